//! Reads the files of the repository and hands each to the checks that concern it.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::command::{command, output, root};
use crate::tidy::problem::Problem;
use crate::tidy::source::Source;
use crate::tidy::{fixtures, layers, page, text};

/// Files whose every line may carry a comment, in a syntax we do not take apart.
const COMMENTED: [&str; 8] = ["toml", "py", "js", "mjs", "css", "sh", "yml", "yaml"];
/// What a browser or Node reads.
const SCRIPTS: [&str; 3] = ["js", "mjs", "css"];

/// Checks every file that git knows or would add.
pub(crate) fn run() -> Result<()> {
    let list = output(&mut command(
        "git",
        &["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    ))
    .context("listing the files of the repository")?;
    let mut problems = Vec::new();
    for path in list.split_terminator('\0') {
        let bytes = match fs::read(root().join(path)) {
            Ok(bytes) => bytes,
            // Deleted but not yet committed, or a link to a folder.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => {
                continue;
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {path}")),
        };
        // The rules are about text.
        if let Ok(text) = String::from_utf8(bytes) {
            problems.extend(check(path, &text));
        }
    }
    for problem in &problems {
        eprintln!("{problem}");
    }
    let n_errors = problems.iter().filter(|problem| !problem.is_warning).count();
    ensure!(n_errors == 0, "tidy: {n_errors} problems");
    Ok(())
}

fn check(path: &str, text: &str) -> Vec<Problem> {
    // Real feeds, as they came.
    if path.starts_with("feeds/sample/") {
        return Vec::new();
    }
    let mut problems = text::check_paths(path, text);
    let extension = Path::new(path).extension().and_then(OsStr::to_str).unwrap_or_default();
    if extension == "rs" {
        let source = Source::new(text);
        problems.extend(text::check_shape(path, text));
        problems.extend(text::check_code(path, &source));
        problems.extend(text::check_notes(path, &source.comments));
        problems.extend(layers::check(path, &source));
    } else if COMMENTED.contains(&extension) {
        problems.extend(text::check_notes(path, text));
    }
    if SCRIPTS.contains(&extension) {
        problems.extend(page::check(path, text));
    }
    if path.starts_with("tests/fixtures/") && !path.ends_with("README.md") {
        problems.extend(fixtures::check(path, text));
    }
    problems
}

#[cfg(test)]
mod tests {
    use crate::tidy::tree::check as check_file;

    #[track_caller]
    fn check(path: &str, text: &str, n_problems: usize) {
        let problems = check_file(path, text);
        assert_eq!(problems.len(), n_problems, "{problems:?}");
    }

    #[test]
    fn each_file_meets_the_checks_that_concern_it() {
        check("src/base/a.rs", "use crate::cli;\n#[ignore]\n", 3);
        check("feeds/sample/a.csv", "8.8.8.8\n", 0);
        check("feeds/vpn/a.toml", concat!("# TO", "DO\n"), 1);
        check("tests/fixtures/a.csv", "8.8.8.8\n", 1);
        check("tests/fixtures/README.md", "8.8.8.8\n", 0);
        check("README.md", concat!("cd /ho", "me/me\n"), 1);
    }
}
