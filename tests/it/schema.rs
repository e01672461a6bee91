//! What the binary prints and publishes, against `schemas/*.schema.json`.
//!
//! A validator of the keywords that these schemas use; any other keyword fails the test.

use serde_json::Value;

use crate::operator::{Operator, a_list};
use crate::origin::{Answer, list};
use crate::support::Project;

/// Lists what breaks a schema, by JSON pointer.
fn violations(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let all_of = |schema: &Value, value: &Value, at: &str| {
        let mut found = Vec::new();
        violations(root, schema, value, at, &mut found);
        found
    };
    let schema = schema.as_object().expect("a schema is an object");
    for (keyword, rule) in schema {
        let fits = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "format" => true,
            "$ref" => {
                let pointer = rule.as_str().expect("text").strip_prefix('#').expect("local");
                let target = root.pointer(pointer).expect("defined");
                found.extend(all_of(target, value, at));
                true
            }
            "const" => value == rule,
            "enum" => rule.as_array().expect("a list").contains(value),
            "type" => {
                let types: Vec<&Value> = rule.as_array().map_or(vec![rule], |t| t.iter().collect());
                types.into_iter().any(|name| is_of_type(value, name.as_str().expect("text")))
            }
            "minimum" => value.as_i64().is_none_or(|n| n >= rule.as_i64().expect("an integer")),
            "maximum" => value.as_i64().is_none_or(|n| n <= rule.as_i64().expect("an integer")),
            "minItems" => {
                let least = rule.as_u64().expect("an integer");
                value.as_array().is_none_or(|items| items.len() as u64 >= least)
            }
            "pattern" => {
                value.as_str().is_none_or(|text| matches(rule.as_str().expect("text"), text))
            }
            "anyOf" | "oneOf" => {
                let branches = rule.as_array().expect("a list").iter();
                let n_fit = branches.filter(|rule| all_of(rule, value, at).is_empty()).count();
                if keyword == "oneOf" { n_fit == 1 } else { n_fit > 0 }
            }
            "items" => {
                for (idx, item) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(all_of(rule, item, &format!("{at}/{idx}")));
                }
                true
            }
            "properties" => {
                for (key, rule) in rule.as_object().expect("a map") {
                    if let Some(member) = value.get(key) {
                        found.extend(all_of(rule, member, &format!("{at}/{key}")));
                    }
                }
                true
            }
            "required" => {
                let mut keys = rule.as_array().expect("a list").iter().filter_map(Value::as_str);
                !value.is_object() || keys.all(|key| value.get(key).is_some())
            }
            "additionalProperties" => {
                let known = schema.get("properties");
                let is_known = |key: &str| known.is_some_and(|known| known.get(key).is_some());
                let members = value.as_object().into_iter().flatten();
                let mut extra = members.filter(|(key, _)| !is_known(key));
                match rule {
                    Value::Bool(allowed) => *allowed || extra.next().is_none(),
                    rule => {
                        for (key, member) in extra {
                            found.extend(all_of(rule, member, &format!("{at}/{key}")));
                        }
                        true
                    }
                }
            }
            other => panic!("the validator does not know `{other}`"),
        };
        if !fits {
            found.push(format!("{at}: {value} breaks {keyword}: {rule}"));
        }
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("no JSON type is called `{other}`"),
    }
}

/// The patterns of these schemas are sequences of classes with a count, `^[0-9a-f]{64}$`.
fn matches(pattern: &str, text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match pattern {
        "^[0-9]+$" => digits(text),
        "^[0-9a-f]{64}$" => is_hex(text, 64),
        "^[0-9a-f]{32}$" => is_hex(text, 32),
        "^[0-9]{8}\\.[0-9]+$" => {
            text.split_once('.').is_some_and(|(day, n)| day.len() == 8 && digits(day) && digits(n))
        }
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" => {
            let lengths: Vec<usize> = text.split('-').map(str::len).collect();
            lengths == [4, 2, 2] && text.split('-').all(digits)
        }
        other => panic!("the validator does not know the pattern {other}"),
    }
}

fn is_hex(text: &str, n_digits: usize) -> bool {
    let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    text.len() == n_digits && text.bytes().all(is_digit)
}

#[track_caller]
pub(crate) fn check(name: &str, value: &Value) {
    let path = format!("{}/schemas/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("published");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let mut found = Vec::new();
    violations(&schema, &schema, value, "", &mut found);
    assert_eq!(found, [] as [String; 0]);
}

/// A file of the store as JSON.
fn file(project: &Project, below: &str) -> Value {
    let bytes = std::fs::read(project.path(below)).expect("published");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[test]
fn a_build_report_and_its_files_keep_their_schemas() {
    let project = Project::new();
    let report = project.run(&["build", "--sample", "--json"]).expect_code(0).json();
    check("build", &report);
    let unchanged = project.run(&["build", "--sample", "--json"]).expect_code(0).json();
    check("build", &unchanged);
    assert_eq!((&report["changed"], &unchanged["changed"]), (&true.into(), &false.into()));
    project.run(&["build", "--sample", "--edition", "asn"]).expect_code(0);
    check("index", &file(&project, "output/index.json"));
    check("history", &file(&project, "output/history/history.json"));
    for version in ["20261121.1", "20261121.2"] {
        let manifest = file(&project, &format!("output/releases/{version}/manifest.json"));
        check("manifest", &manifest);
    }
    let manifest = file(&project, "output/releases/20261121.2/manifest.json");
    assert_eq!(manifest["previous"]["version"], "20261121.1");
    assert_eq!(manifest["lock"], file(&project, "output/feeds.lock"));
}

#[test]
fn a_report_of_trouble_keeps_its_schema() {
    let project = Project::new();
    project.list("good", "guards.faults = 900");
    project.write("data/good.txt", "192.0.2.1\nnot an address\n");
    project.list("gone", "");
    project.list("off", "enabled = false\nnote = 'not now'");
    let report = project.build(&["--json"]).expect_code(0).json();
    check("build", &report);
    assert_eq!(report["feeds"]["gone"]["state"], "missing");
    assert_eq!(report["feeds"]["off"]["state"], "disabled");
    assert_eq!(report["feeds"]["good"]["samples"][0]["line"], 2);
}

#[test]
fn answers_keep_their_schemas() {
    let project = Project::with_sample();
    let addresses = ["185.220.101.45", "x", "192.0.2.1", "2001:db8::1", "1.1.1.1"];
    let answers = project.run(&[&["lookup", "--json"], &addresses[..]].concat()).expect_code(1);
    let answers = answers.json_lines();
    assert_eq!(answers.len(), addresses.len());
    for answer in answers {
        check("lookup", &answer);
    }
    for address in addresses.into_iter().filter(|&address| address != "x") {
        check("explain", &project.run(&["explain", "--json", address]).expect_code(0).json());
    }
    let database = "output/releases/20261121.1/full.mmdb";
    let alone = ["explain", "--json", "--db", database, addresses[0]];
    check("explain", &project.run(&alone).expect_code(0).json());
}

#[test]
fn inspections_and_verifications_keep_their_schemas() {
    let project = Project::with_sample();
    for name in project.names("output/releases/20261121.1") {
        let file = format!("output/releases/20261121.1/{name}");
        if std::path::Path::new(&name).extension().is_some_and(|kind| kind == "mmdb") {
            check("inspect", &project.run(&["inspect", "--json", &file]).expect_code(0).json());
        }
    }
    project.write("bad.mmdb", "no database");
    let full = "output/releases/20261121.1/full.mmdb";
    let files = ["verify", "--json", full, "bad.mmdb", "none.mmdb"];
    let lines = project.run(&files).expect_code(1).json_lines();
    lines.iter().for_each(|line| check("verify", line));
    let ok: Vec<_> = lines.iter().map(|line| line["ok"] == true).collect();
    assert_eq!(ok, [true, false, false]);
}

#[test]
fn feeds_keep_their_schemas() {
    let project = Project::with_sample();
    for more in [&["--sample"][..], &[]] {
        let list =
            project.run(&[&["feeds", "list", "--json"], more].concat()).expect_code(0).json();
        check("feeds-list", &list);
        for id in list["feeds"].as_object().expect("a map").keys() {
            let show = [&["feeds", "show", "--json", id], more].concat();
            check("feeds-show", &project.run(&show).expect_code(0).json());
        }
    }
}

#[test]
fn fetching_and_its_status_keep_their_schemas() {
    let answers = vec![a_list(), Answer::content(list(0, 10)), Answer::status(404)];
    let operator = Operator::with_list(answers);
    let fetch = ["fetch", "--json", "--feeds", "feeds"];
    let status = ["feeds", "status", "--json", "--feeds", "feeds"];
    check("feeds-status", &operator.run(&status).expect_code(0).json());
    for code in [0, 0, 1] {
        check("fetch", &operator.run(&fetch).expect_code(code).json());
        check("fetch", &operator.run(&fetch).expect_code(code).json());
        operator.report(&["--offline"]);
        check("feeds-status", &operator.run(&status).expect_code(0).json());
        operator.wait_hours(24);
    }
}

#[test]
fn keys_keep_their_schemas() {
    let project = Project::new();
    for name in ["", "one"] {
        let new = ["keys", "new", "--json", "--name", name];
        check("keys-new", &project.run(&new).expect_code(0).json());
    }
    project.run(&["keys", "revoke", "2"]).expect_code(0);
    check("keys-list", &project.run(&["keys", "list", "--json"]).expect_code(0).json());
}
