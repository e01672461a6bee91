//! Imports point downwards: a module uses only modules of smaller layers.
//!
//! rustc allows import cycles between modules of one crate, so this check holds
//! what separate crates would give for free.

use crate::tidy::problem::{Problem, line_at};
use crate::tidy::source::Source;

/// The modules of `src/`, lowest layer first; neighbours never import each other.
const LAYERS: [&[&str]; 11] = [
    &["base"],
    &["algebra", "mmdb", "feed"],
    &["delta", "fetch", "parse"],
    &["claim"],
    &["score"],
    &["edition"],
    &["compile", "verify"],
    &["release"],
    &["query", "client", "publish"],
    &["serve"],
    &["cli"],
];

/// Checks every `crate::…` path of one file below `src/`.
pub(super) fn check(path: &str, source: &Source) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(module) = module_of(path) else {
        return problems;
    };
    let Some(own_layer) = layer_of(module) else {
        problems.push(Problem::new(path, 1, unknown(module)));
        return problems;
    };
    for (byte_idx, imported) in crate_paths(&source.code) {
        if imported == module {
            continue;
        }
        let message = match layer_of(imported) {
            None => unknown(imported),
            Some(layer) if layer < own_layer => continue,
            Some(layer) => format!(
                "`{module}` (layer {own_layer}) imports `crate::{imported}` (layer {layer}); {}",
                allowed(own_layer)
            ),
        };
        problems.push(Problem::new(path, line_at(&source.code, byte_idx), message));
    }
    for (byte_idx, _) in source.code.match_indices("super::super::") {
        let message = "`super::super::` hides which layer it reaches; write `crate::…`";
        problems.push(Problem::new(path, line_at(&source.code, byte_idx), message));
    }
    problems
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

fn unknown(module: &str) -> String {
    format!("`{module}` has no layer; give it one in `LAYERS` of xtask/src/tidy/layers.rs")
}

fn allowed(layer: usize) -> String {
    match layer {
        0 => "layer 0 imports nothing of ours".to_owned(),
        _ => format!(
            "it may import layers 0 to {}: {}",
            layer - 1,
            LAYERS[..layer].concat().join(", ")
        ),
    }
}

/// Returns the module a file of the library belongs to; the two roots belong to none.
fn module_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    let module = inside.split('/').next()?;
    match module {
        "lib.rs" | "main.rs" => None,
        _ => Some(module.strip_suffix(".rs").unwrap_or(module)),
    }
}

/// Returns the first name of every path that starts at the crate's root.
fn crate_paths(code: &str) -> Vec<(usize, &str)> {
    let mut names = Vec::new();
    for (byte_idx, root) in code.match_indices("crate::") {
        let after_word = code[..byte_idx].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if after_word {
            continue;
        }
        let from = byte_idx + root.len();
        if code[from..].starts_with('{') {
            names.extend(group(code, from));
        } else {
            names.extend(name_at(code, from));
        }
    }
    names
}

fn name_at(code: &str, from: usize) -> Option<(usize, &str)> {
    let rest = &code[from..];
    let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    (length > 0).then(|| (from, &rest[..length]))
}

/// Returns the first name of each path in `{a::b, c::{d, e}, f}`.
fn group(code: &str, from: usize) -> Vec<(usize, &str)> {
    let mut names = Vec::new();
    let mut depth = 0;
    let mut expects_name = false;
    for (idx, c) in code[from..].char_indices() {
        match c {
            '{' => {
                depth += 1;
                expects_name = depth == 1;
            }
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' => expects_name = depth == 1,
            _ if expects_name && !c.is_whitespace() => {
                names.extend(name_at(code, from + idx));
                expects_name = false;
            }
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use crate::tidy::layers::check as check_layers;
    use crate::tidy::source::Source;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[(usize, &str)]) {
        let problems = check_layers(path, &Source::new(text));
        let found: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
        assert_eq!(
            found,
            expected.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
            "{problems:?}"
        );
        for (problem, (_, part)) in problems.iter().zip(expected) {
            assert!(problem.message.contains(part), "{problem} does not say `{part}`");
        }
    }

    #[test]
    fn imports_of_lower_layers_and_of_oneself_pass() {
        check("src/score/rule.rs", "use crate::claim::Claim;\nuse crate::score::Verdict;\n", &[]);
        check("src/client.rs", "use crate::{base::Day, release, fetch::{http, cache}};\n", &[]);
        check("src/lib.rs", "pub use crate::cli::run;\n", &[]);
        check("xtask/src/main.rs", "use crate::nowhere;\n", &[]);
    }

    #[test]
    fn imports_of_neighbours_and_higher_layers_are_found() {
        check(
            "src/parse/csv.rs",
            "\nuse crate::fetch::Cache;\n",
            &[(2, "layers 0 to 1: base, algebra")],
        );
        check(
            "src/base/asn.rs",
            "fn a() -> crate::feed::Feed {}",
            &[(1, "imports nothing of ours")],
        );
        check(
            "src/feed.rs",
            "use crate::{\n base::Day,\n  score::{Policy, rule},\n serve};",
            &[(3, "`crate::score` (layer 4)"), (4, "`crate::serve` (layer 9)")],
        );
    }

    #[test]
    fn a_module_without_a_layer_is_found() {
        check("src/helper/mod.rs", "", &[(1, "`helper` has no layer")]);
        check("src/cli/run.rs", "use crate::helper;", &[(1, "`helper` has no layer")]);
    }

    #[test]
    fn comments_and_strings_are_no_imports() {
        check("src/base/mod.rs", "//! See `crate::cli`.\nconst A: &str = \"crate::cli\";", &[]);
    }

    #[test]
    fn climbing_past_the_module_is_found() {
        check("src/base/mod.rs", "use super::super::cli;", &[(1, "write `crate::…`")]);
    }
}
