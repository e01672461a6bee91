//! Schemathesis asks what the document allows, and what it does not, and has nothing to complain about.

use std::path::Path;

use crate::serve::questions::Sample;
use crate::serve::running::{client, ended};

/// What it is told beforehand. All of its checks run on all operations; these may say what it would take for a fault,
/// since a schema cannot tell:
///
/// - 400 to an address that is well written, of the private and reserved ones; to a day that is too long ago;
/// - 400 to a length that does not go with its address, and to a text that is neither prefix nor range;
/// - 413 to a batch that is well written: `::/0` is more than anybody gets.
///
/// `ignored_auth` has nothing to do where no keys are asked for; `keys_of_questions` asks with and without.
const CONFIG: &str = r#"
[[operations]]
include-path-regex = "\\{ip\\}|^/v1/(bgp|me|cidr|cidr/map.png)$|^/v1/su(b|per)net/"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "404", "429"]

[[operations]]
include-path-regex = "batch$"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "413"]
"#;

#[test]
fn the_server_does_what_the_document_says() {
    let sample = Sample::serve();
    sample.project.write("schemathesis.toml", CONFIG);
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/schemathesis/bin/python");
    let mut run = client(python);
    run.current_dir(sample.project.path("")).env("NO_COLOR", "1").env("PYTHONHASHSEED", "0");
    // One worker: two of them crash CPython 3.11 while it compiles (cpython#106905).
    run.args(["-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run"]);
    run.args(["--checks", "all", "--seed", "1", "--workers", "1", "--max-examples", "20"]);
    run.args(["--continue-on-failure", "--warnings", "off"]);
    let ended = ended(run.arg(sample.server.at("/openapi.json")));
    assert_eq!(ended.code, 0, "{}\n{}", ended.stdout, ended.stderr);
    let number = |label: &str| {
        let line = ended.stdout.lines().find_map(|line| line.trim().strip_prefix(label));
        line.unwrap_or_else(|| panic!("no `{label}` in {}", ended.stdout)).trim().to_owned()
    };
    // It asked of everything but the document, with which it began.
    let document = sample.json("/openapi.json");
    let n_paths = document["paths"].as_object().expect("a map").len();
    assert_eq!(number("Tested:"), (n_paths - 1).to_string());
}
