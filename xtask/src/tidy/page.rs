//! Rules of the page's rooms: `kit` stands alone, a view knows the kit and itself, `shell` and `main.js` bring views.

use crate::tidy::problem::{Problem, line_at};

/// Where the page's sources are.
const PAGE: &str = "src/serve/page/";
/// What every room may use.
const KIT: &str = "kit";
/// What brings the others together.
const SHELL: &str = "shell";

/// Columns of a line.
const MAX_COLUMNS: usize = 120;

/// Checks a `.js`, `.mjs` or `.css` file: its first line, its columns, and what it imports if it is the page's.
pub(super) fn check(path: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !text.starts_with("// ") && !text.starts_with("/* ") {
        let message = "line one is no comment; say in one sentence what the file is";
        problems.push(Problem::new(path, 1, message));
    }
    for (number, line) in (1..).zip(text.lines()) {
        let n_columns = line.chars().count();
        if n_columns > MAX_COLUMNS {
            let message = format!("{n_columns} columns, more than {MAX_COLUMNS}");
            problems.push(Problem::new(path, number, message));
        }
    }
    if let Some(name) = path.strip_prefix(PAGE) {
        problems.extend(imports(path, name, text));
    }
    problems
}

fn imports(path: &str, name: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let room = name.split_once('/').map(|(room, _)| room);
    for (byte_idx, _) in text.match_indices(" from '") {
        let rest = &text[byte_idx + " from '".len()..];
        let imported = rest.split('\'').next().unwrap_or_default();
        let target = match (imported.strip_prefix("../"), imported.strip_prefix("./")) {
            (Some(other), _) => other.split('/').next(),
            (None, Some(other)) => room.or_else(|| other.split('/').next()),
            (None, None) => None,
        };
        let may = target == Some(KIT) || target == room || room.is_none() && target == Some(SHELL);
        if !may || target.is_none() {
            let message = format!("`{imported}`: a room of the page knows itself and the kit");
            problems.push(Problem::new(path, line_at(text, byte_idx), message));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use crate::tidy::page::check as check_file;

    #[track_caller]
    fn check(path: &str, text: &str, n_problems: usize) {
        let problems = check_file(path, text);
        assert_eq!(problems.len(), n_problems, "{problems:?}");
    }

    #[test]
    fn rooms_know_themselves_and_the_kit() {
        let import = |path: &str| format!("// A view.\nimport {{ a }} from '{path}';\n");
        check("src/serve/page/feeds/view.js", &import("../kit/dom.js"), 0);
        check("src/serve/page/feeds/view.js", &import("./row.js"), 0);
        check("src/serve/page/feeds/view.js", &import("../lookup/dial.js"), 1);
        check("src/serve/page/kit/copy.js", &import("./dom.js"), 0);
        check("src/serve/page/kit/copy.js", &import("../feeds/row.js"), 1);
        check("src/serve/page/main.js", &import("./shell/head.js"), 0);
        check("src/serve/page/main.js", &import("./kit/dom.js"), 0);
        check("src/serve/page/main.js", &import("./feeds/view.js"), 1);
        check("src/serve/page/kit/dom.js", &import("https://example.org/a.js"), 1);
    }

    #[test]
    fn a_file_says_what_it_is_in_lines_that_fit() {
        check("tests/page/a.mjs", "import fs from 'node:fs';\n", 1);
        check("src/serve/page/kit/base.css", "/* Colours. */\n", 0);
        check("src/serve/page/kit/base.css", &format!("/* {} */\n", "a".repeat(120)), 1);
    }
}
