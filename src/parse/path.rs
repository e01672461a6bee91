//! Paths into a JSON document: `a.b[*].c`, `[*]` for every element, `*` for every key, and
//! where an array is, a number for one element (`a.0.b`), counted from 0.

use serde_json::Value;

use crate::feed::{Step, parse_select};

/// A path, read once and walked for every row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path<'a>(Vec<Step<'a>>);

impl<'a> Path<'a> {
    /// Reads a path; a text that is none is the name of a key.
    pub(super) fn new(text: &'a str) -> Self {
        Self(parse_select(text).unwrap_or_else(|_| vec![Step::Key(text)]))
    }

    /// Calls `visit` with each value the path leads to, in document order; returns
    /// whether it led anywhere: to a value, or to an array or object without any.
    pub(super) fn walk<'v>(&self, value: &'v Value, visit: &mut dyn FnMut(&'v Value)) -> bool {
        walk(&self.0, value, visit)
    }
}

fn walk<'v>(steps: &[Step<'_>], value: &'v Value, visit: &mut dyn FnMut(&'v Value)) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        visit(value);
        return true;
    };
    match (step, value) {
        (Step::Key(key), Value::Object(object)) => {
            object.get(*key).is_some_and(|value| walk(rest, value, visit))
        }
        (Step::Key(key), Value::Array(array)) => key
            .parse::<usize>()
            .ok()
            .and_then(|element_idx| array.get(element_idx))
            .is_some_and(|value| walk(rest, value, visit)),
        (Step::EachElement, Value::Array(array)) => {
            let mut leads = array.is_empty();
            array.iter().for_each(|value| leads |= walk(rest, value, visit));
            leads
        }
        (Step::AnyKey, Value::Object(object)) => {
            let mut leads = object.is_empty();
            object.values().for_each(|value| leads |= walk(rest, value, visit));
            leads
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::path::Path;

    #[track_caller]
    fn check(path: &str, expected: &[&str]) {
        let document = r#"{"a":{"b":[{"c":1},{"c":2},{"d":3}],"e":{"c":4}},"f":[[5],[6]],"g":[]}"#;
        let document = serde_json::from_str(document).expect("JSON");
        let mut found = Vec::new();
        let leads = Path::new(path).walk(&document, &mut |value| found.push(value.to_string()));
        assert_eq!(found, expected, "{path}");
        assert_eq!(leads, !expected.is_empty() || path == "g[*].c", "{path}");
    }

    #[test]
    fn paths_lead_to_values() {
        check("a.b[*].c", &["1", "2"]);
        check("a.*.c", &["4"]);
        check("f[*][*]", &["5", "6"]);
        check("f[*]", &["[5]", "[6]"]);
        check("f.1.0", &["6"]);
        check("f.2", &[]);
        check("a.x", &[]);
        check("a[*]", &[]);
        check("a[0]", &[]);
        check("g[*].c", &[]);
    }
}
