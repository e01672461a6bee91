//! Rules about single files: first line, length, and words that must not stay.

use crate::tidy::problem::{Problem, line_at};
use crate::tidy::source::Source;

/// From here on a file is asked what its second noun is.
const WARN_LINES: usize = 600;
/// From here on it is not accepted.
const MAX_LINES: usize = 800;
/// First lines that free a file from the limit.
const EXEMPT: [&str; 2] = ["//! Generated", "//! Table"];

/// Notes to oneself; allowed with the number of an issue on the same line.
const NOTES: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Folders of one machine.
const MACHINE_PATHS: [&str; 3] =
    [concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/ro", "ot/")];

/// Checks a `.rs` file's first line and length.
pub(super) fn check_shape(path: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let first = text.lines().next().unwrap_or_default();
    if !first.starts_with("//!") {
        let message = "line one is no `//!`; say in one sentence what the file is";
        problems.push(Problem::new(path, 1, message));
    }
    let n_lines = text.lines().count();
    if EXEMPT.iter().any(|start| first.starts_with(start)) || n_lines <= WARN_LINES {
        return problems;
    }
    problems.push(if n_lines > MAX_LINES {
        Problem::new(
            path,
            n_lines,
            format!(
                "{n_lines} lines, more than {MAX_LINES}; split it, or open with `{}` or `{}` if it is one",
                EXEMPT[0], EXEMPT[1]
            ),
        )
    } else {
        Problem::warning(path, n_lines, format!("{n_lines} lines; what is the second noun?"))
    });
    problems
}

/// Checks a `.rs` file's attributes and, below `src/`, its use of `unwrap`.
pub(super) fn check_code(path: &str, source: &Source) -> Vec<Problem> {
    let mut problems = Vec::new();
    for attribute in ["#[ignore", "#[should_panic"] {
        for (byte_idx, _) in source.code.match_indices(attribute) {
            let message = format!("`{attribute}]`: a test runs, and says what it expects");
            problems.push(Problem::new(path, line_at(&source.code, byte_idx), message));
        }
    }
    if path.starts_with("src/") {
        let tests = source.test_modules();
        for (byte_idx, _) in source.code.match_indices(".unwrap()") {
            if !tests.iter().any(|module| module.contains(&byte_idx)) {
                let message = "`.unwrap()`: return the error, or `expect` the reason why it holds";
                problems.push(Problem::new(path, line_at(&source.code, byte_idx), message));
            }
        }
    }
    problems
}

/// Checks comments (or, where nobody knows which part is one, all of a file) for notes.
pub(super) fn check_notes(path: &str, comments: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (line, text) in (1..).zip(comments.lines()) {
        let has_issue =
            text.split('#').skip(1).any(|after| after.starts_with(|c: char| c.is_ascii_digit()));
        let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        if let Some(word) = words.find(|word| NOTES.contains(word))
            && !has_issue
        {
            problems.push(Problem::new(
                path,
                line,
                format!("{word} without the number of an issue"),
            ));
        }
    }
    problems
}

/// Checks that a file names no folder of somebody's machine.
pub(super) fn check_paths(path: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for folder in MACHINE_PATHS {
        for (byte_idx, _) in text.match_indices(folder) {
            // `https://example.org/home/` and `${dir}/work/` are not absolute.
            let before = text[..byte_idx].chars().next_back();
            let is_absolute =
                before.is_none_or(|c| !c.is_alphanumeric() && !"_-.~*})>/".contains(c));
            if is_absolute {
                let message = format!("`{folder}` is a folder of one machine");
                problems.push(Problem::new(path, line_at(text, byte_idx), message));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::{MACHINE_PATHS, MAX_LINES, NOTES, WARN_LINES};
    use super::{check_code, check_notes, check_paths, check_shape};
    use crate::tidy::problem::Problem;
    use crate::tidy::source::Source;

    #[track_caller]
    fn check(problems: &[Problem], expected_lines: &[usize]) {
        let lines: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, expected_lines, "{problems:?}");
    }

    #[test]
    fn a_file_opens_with_what_it_is() {
        check(&check_shape("a.rs", "//! A.\n"), &[]);
        check(&check_shape("a.rs", "use a;\n//! A.\n"), &[1]);
        check(&check_shape("a.rs", ""), &[1]);
    }

    #[test]
    fn a_long_file_is_named_and_a_too_long_one_stops() {
        let lines = |first: &str, n: usize| first.to_owned() + &"\n".repeat(n);
        check(&check_shape("a.rs", &lines("//! A.", WARN_LINES)), &[]);
        let long = check_shape("a.rs", &lines("//! A.", WARN_LINES + 1));
        assert!(long[0].is_warning);
        let too_long = check_shape("a.rs", &lines("//! A.", MAX_LINES + 1));
        assert!(!too_long[0].is_warning);
        check(&check_shape("a.rs", &lines("//! Table: all of it.", MAX_LINES + 1)), &[]);
        check(&check_shape("a.rs", &lines("//! Generated by a task.", MAX_LINES + 1)), &[]);
    }

    #[test]
    fn tests_that_do_not_run_are_found() {
        let code =
            Source::new("#[ignore = \"slow\"]\n#[should_panic(expected = \"a\")]\n// #[ignore]\n");
        check(&check_code("tests/it/a.rs", &code), &[1, 2]);
    }

    #[test]
    fn unwrap_is_found_outside_test_modules_below_src() {
        let text = "a.unwrap();\n#[cfg(test)]\nmod tests { fn a() { b.unwrap(); } }\nb\n.unwrap()";
        check(&check_code("src/base/a.rs", &Source::new(text)), &[1, 5]);
        check(&check_code("tests/it/a.rs", &Source::new(text)), &[]);
    }

    #[test]
    fn notes_need_an_issue() {
        for note in NOTES {
            check(&check_notes("a.rs", &format!("\n// {note}: later")), &[2]);
            check(&check_notes("a.rs", &format!("// {note}(#12): later, not {note}S")), &[]);
            check(&check_notes("a.rs", &format!("// #12\n// {note} #a")), &[2]);
        }
    }

    #[test]
    fn machine_paths_are_found() {
        for folder in MACHINE_PATHS {
            check(&check_paths("a.md", &format!("see\n`{folder}x`")), &[2]);
            check(&check_paths("a.md", &format!("{folder}x")), &[1]);
            check(&check_paths("a.md", &format!("https://example.org{folder}x")), &[]);
        }
    }
}
