//! What a build of a small catalogue publishes, and how an address of it is explained.

use std::fs;

use serde_json::Value;

use crate::golden::check_text;
use crate::support::{Project, definition};

const RELEASE: &str = "output/releases/20261121.1";

/// A catalogue in documentation space with a feed in every state that a feed can be in.
fn project() -> Project {
    let project = Project::new();
    project.list("vpn-list", "guards.faults = 500");
    project.write(
        "data/vpn-list.txt",
        "# Example VPN\n192.0.2.0/25\n192.0.2.128\n192.0.2.999\n2001:db8:1::/48\n",
    );
    let assigned = definition("origins.csv", "csv", "");
    let assigned = assigned.replace("category = 'vpn'\n", "").replace("membership", "assignment");
    let mapped = "attributes = ['asn', 'country', 'name']\n\
                  columns = { network = 1, asn = 2, country = 3, name = 4 }\n";
    project.write("feeds/origins.toml", assigned + mapped);
    project.write(
        "data/origins.csv",
        "192.0.2.0/24,64496,DE,Example One\n198.51.100.0/24,64497,,Example Two\n\
         2001:db8::/32,64496,DE,Example One\n203.0.113.0/24,,,\n",
    );
    let dropped = definition("public.txt", "list", "").replace("reserved = 'keep'\n", "");
    project.write("feeds/public.toml", dropped);
    project.write("data/public.txt", "192.0.2.7\n");
    project.list("gone", "");
    project.list("rejected", "guards.min_rows = 9");
    project.write("data/rejected.txt", "192.0.2.1\n");
    let old = definition("old.txt", "list", "expire = '7d'").replace("2026-11-20", "2026-11-01");
    project.write("feeds/old.toml", old);
    project.write("data/old.txt", "192.0.2.1\n");
    // The built-in feed of that name stays out, or each change of its list would show here.
    let disabled = definition("x", "list", "enabled = false\nnote = 'not part of this test'");
    project.write("feeds/trusted/public-infrastructure.toml", disabled);
    project
}

fn pretty(json: &Value) -> String {
    serde_json::to_string_pretty(json).expect("JSON") + "\n"
}

#[test]
fn a_release_is_published_as_reviewed() {
    let project = project();
    let more = ["--json", "--edition", "full", "--edition", "asn"];
    let report = project.build(&more).expect_code(0);
    check_text("release/build.json", &pretty(&report.json()));
    let text = |below: &str| fs::read_to_string(project.path(below)).expect("text");
    check_text("release/manifest.json", &text(&format!("{RELEASE}/manifest.json")));
    check_text("release/index.json", &text("output/index.json"));
    check_text("release/NOTICE", &text(&format!("{RELEASE}/NOTICE")));

    let explained = project.run(&["explain", "192.0.2.1"]).expect_code(0);
    check_text("release/explain.txt", &explained.stdout);
    let explained = project.run(&["explain", "--json", "192.0.2.1"]).expect_code(0);
    check_text("release/explain.json", &pretty(&explained.json()));
}
