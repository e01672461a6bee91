//! Paths to the rows of a JSON or TOML feed: `a.b[*].c`, `*` for any key.
//!
//! ```text
//! path = step { "." step }          step = ( name | "*" ) { "[*]" } | "[*]" { "[*]" }
//! ```
//!
//! A name is any text without `.`, `[`, `]` and `*`. `[*]` is every element of an array,
//! so a path that starts with it reads a document that is an array.

/// One step down from a value to those below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'s> {
    /// The value of a key of a table.
    Key(&'s str),
    /// The values of every key of a table.
    AnyKey,
    /// Every element of an array.
    EachElement,
}

/// The text is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a path such as a.b[*].c, with * for any key")]
pub struct SelectError;

/// Parses a path; it has at least one step.
pub fn parse_select(text: &str) -> Result<Vec<Step<'_>>, SelectError> {
    let mut steps = Vec::new();
    for (idx, part) in text.split('.').enumerate() {
        let bracket = part.find('[').unwrap_or(part.len());
        let (name, mut brackets) = part.split_at(bracket);
        match name {
            // Only the document itself has elements but no name.
            "" if idx > 0 || brackets.is_empty() => return Err(SelectError),
            "" => {}
            "*" => steps.push(Step::AnyKey),
            _ if name.contains(['*', ']']) => return Err(SelectError),
            _ => steps.push(Step::Key(name)),
        }
        while !brackets.is_empty() {
            brackets = brackets.strip_prefix("[*]").ok_or(SelectError)?;
            steps.push(Step::EachElement);
        }
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::feed::select::{Step, parse_select};

    #[track_caller]
    fn check(text: &str, expected: Option<&[Step<'_>]>) {
        assert_eq!(parse_select(text).ok().as_deref(), expected, "{text}");
    }

    #[test]
    fn paths_go_down_by_key_and_element() {
        use Step::{AnyKey, EachElement, Key};
        check("prefixes[*]", Some(&[Key("prefixes"), EachElement]));
        check("a.b[*].c", Some(&[Key("a"), Key("b"), EachElement, Key("c")]));
        check("[*]", Some(&[EachElement]));
        check("[*].ip", Some(&[EachElement, Key("ip")]));
        check("*", Some(&[AnyKey]));
        check("*.servers[*][*]", Some(&[AnyKey, Key("servers"), EachElement, EachElement]));
        check("a b.c-d", Some(&[Key("a b"), Key("c-d")]));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", ".", "a.", ".a", "a..b", "a.[*]", "a[0]", "a[*", "a]", "a*", "**", "a[*]b", "[]"]
        {
            check(text, None);
        }
    }

    proptest! {
        #[test]
        fn a_path_written_from_its_steps_is_read_back(text in "[a*.\\[\\]]{0,12}") {
            if let Ok(steps) = parse_select(&text) {
                let mut written = String::new();
                for step in steps {
                    let name = match step {
                        Step::EachElement => { written.push_str("[*]"); continue }
                        Step::AnyKey => "*",
                        Step::Key(name) => name,
                    };
                    if !written.is_empty() {
                        written.push('.');
                    }
                    written.push_str(name);
                }
                prop_assert_eq!(written, text);
            }
        }
    }
}
