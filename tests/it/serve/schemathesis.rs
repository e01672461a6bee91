//! Schemathesis asks what the document allows, and what it does not, and has nothing to complain about.

use std::path::Path;

use crate::serve::questions::Sample;
use crate::serve::running::{client, ended};

/// What it is told beforehand. All of its checks run; these operations may answer what it takes for a fault:
///
/// - with 400 to an address that is well written: of the private and reserved ones a schema can say nothing;
/// - with 413 to a batch that is well written: `::/0` is more than anybody gets.
///
/// `ignored_auth` has nothing to do where no keys are asked for; `serve::keys` asks with and without.
const CONFIG: &str = r#"
[[operations]]
include-path-regex = "\\{ip\\}|^/v1/bgp$|^/v1/me$"
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
    // It asked of everything.
    assert!(ended.stdout.contains("Test Phases:"), "{}", ended.stdout);
    let skipped = ended.stdout.lines().find(|line| line.contains("Selected:"));
    let line = skipped.expect("how many").split(':').nth(1).expect("of how many").trim();
    let (asked, all) = line.split_once('/').expect("of all");
    assert_eq!(asked, all);
}
