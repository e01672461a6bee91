//! Evidence fades, and what a feed cannot say does not come out.

use serde_json::{Value, json};

use crate::support::Project;

/// Seconds of 2026-11-21, the day of [`Project`]'s builds.
const FIRST_DAY: u64 = 1_795_219_200;

fn locked_day(project: &Project) -> Value {
    let lock = std::fs::read_to_string(project.path("output/feeds.lock")).expect("written");
    let lock: Value = serde_json::from_str(&lock).expect("JSON");
    lock["feeds"]["vpn"]["as_of"].clone()
}

#[test]
fn content_that_comes_back_after_a_night_without_is_as_old_as_it_is() {
    let project = Project::new();
    let definition = crate::support::definition("vpn.txt", "list", "");
    project.write("feeds/vpn.toml", definition.replace("as_of = '2026-11-20'", ""));
    project.list("other", "");
    project.write("data/other.txt", "203.0.113.1\n");
    for (day, content) in [(0, Some("198.51.100.1\n")), (1, None), (10, Some("198.51.100.1\n"))] {
        match content {
            Some(content) => project.write("data/vpn.txt", content),
            None => std::fs::remove_file(project.path("data/vpn.txt")).expect("removed"),
        }
        let epoch = (FIRST_DAY + day * 86_400).to_string();
        let arguments = ["build", "--feeds", "feeds", "--root", "data"];
        let built = project.command(&arguments).env("SOURCE_DATE_EPOCH", epoch).output();
        assert!(built.expect("runs").status.success());
        assert_eq!(locked_day(&project), "2026-11-21", "day {day}");
    }
}

#[test]
fn what_a_rule_replaced_is_not_told_as_last_seen() {
    let project = Project::new();
    let vpn = "columns = { network = 1, last_seen = 2 }";
    let definition = crate::support::definition("vpn.csv", "csv", vpn);
    project.write("feeds/vpn.toml", &definition);
    project.write("data/vpn.csv", "198.51.100.1,2026-11-20\n198.51.100.2,2026-11-20\n");
    let relay = crate::support::definition("relay.txt", "list", "").replace("'vpn'", "'relay'");
    project.write("feeds/relay.toml", relay);
    project.write("data/relay.txt", "198.51.100.1\n");
    project.build(&[]).expect_code(0);
    let asked = ["lookup", "--json", "--edition", "anonymous-plus", "198.51.100.1", "198.51.100.2"];
    let answers = project.run(&asked).expect_code(0).json_lines();
    assert_eq!(answers[0]["record"], Value::Null);
    assert_eq!(answers[1]["record"]["network_last_seen"], "2026-11-16");
}

#[test]
fn nobody_speaks_of_the_places_where_ipv4_lives_in_ipv6() {
    let project = Project::new();
    project.list("vpn", "");
    project.write("data/vpn.txt", "2002:c633:6401::/48\n2001:0:c633:6401::/64\n198.51.100.1\n");
    let report = project.build(&["--json"]).expect_code(0).json();
    let feed = &report["feeds"]["vpn"];
    assert_eq!((&feed["reserved"], &feed["claims"]), (&json!(2), &json!(1)), "{feed}");
}

#[test]
fn an_as_keeps_no_more_labels_of_a_feed_than_an_address_does() {
    let project = Project::new();
    let rows: String = (0..100).map(|n| format!("64496,provider {n}\n")).collect();
    project.write("data/asns.csv", rows);
    let columns = "columns = { asn = 1, provider = 2 }";
    let definition = crate::support::definition("asns.csv", "csv", columns);
    project.write("feeds/asns.toml", definition.replace("membership", "asn"));
    project.list("vpn", "");
    project.write("data/vpn.txt", "198.51.100.1\n");
    let report = project.build(&["--json"]).expect_code(0).json();
    let feed = &report["feeds"]["asns"];
    assert_eq!((&feed["crowded"], &feed["claims"]), (&json!(68), &json!(32)), "{feed}");
}
