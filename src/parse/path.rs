//! Paths into a JSON document: `a.b[*].c`, `[*]` for every element, `*` for every key.

use serde_json::Value;

/// A path, read once and walked for every row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Elements,
    AnyKey,
}

impl Path {
    /// Reads a path; what is neither `*` nor `[*]` is a key.
    pub(super) fn new(text: &str) -> Self {
        let mut steps = Vec::new();
        for part in text.split('.') {
            let mut key = part;
            let mut n_elements = 0;
            while let Some(rest) = key.strip_suffix("[*]") {
                key = rest;
                n_elements += 1;
            }
            match key {
                "" => {}
                "*" => steps.push(Step::AnyKey),
                key => steps.push(Step::Key(key.to_owned())),
            }
            steps.extend(std::iter::repeat_n(Step::Elements, n_elements));
        }
        Self(steps)
    }

    /// Calls `visit` with each value the path leads to, in document order.
    pub(super) fn walk<'v>(&self, value: &'v Value, visit: &mut dyn FnMut(&'v Value)) {
        walk(&self.0, value, visit);
    }
}

fn walk<'v>(steps: &[Step], value: &'v Value, visit: &mut dyn FnMut(&'v Value)) {
    let Some((step, rest)) = steps.split_first() else {
        return visit(value);
    };
    match (step, value) {
        (Step::Key(key), Value::Object(object)) => {
            if let Some(value) = object.get(key) {
                walk(rest, value, visit);
            }
        }
        (Step::Elements, Value::Array(array)) => {
            array.iter().for_each(|value| walk(rest, value, visit));
        }
        (Step::AnyKey, Value::Object(object)) => {
            object.values().for_each(|value| walk(rest, value, visit));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::path::Path;

    #[track_caller]
    fn check(path: &str, expected: &[&str]) {
        let document = r#"{"a":{"b":[{"c":1},{"c":2},{"d":3}],"e":{"c":4}},"f":[[5],[6]]}"#;
        let document = serde_json::from_str(document).expect("JSON");
        let mut found = Vec::new();
        Path::new(path).walk(&document, &mut |value| found.push(value.to_string()));
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn paths_lead_to_values() {
        check("a.b[*].c", &["1", "2"]);
        check("a.*.c", &["4"]);
        check("f[*][*]", &["5", "6"]);
        check("f[*]", &["[5]", "[6]"]);
        check("a.x", &[]);
        check("a[*]", &[]);
    }
}
