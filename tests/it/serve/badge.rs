//! Badges: pictures that say what the database says, whatever their label.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::serve::questions::{ADDRESSES, Sample};
use crate::serve::running::client;

/// Reads pictures; fails if one is no XML, or has an element that badges have not.
const READ: &str = "
import sys, json, xml.etree.ElementTree as tree
shown = []
for svg in json.load(sys.stdin):
    root = tree.fromstring(svg.encode())
    names = {e.tag.removeprefix('{http://www.w3.org/2000/svg}') for e in root.iter()}
    assert names <= {'svg', 'title', 'clipPath', 'rect', 'g', 'text'}, names
    texts = [e.text or '' for e in root.iter('{http://www.w3.org/2000/svg}text')]
    shown.append([texts, sorted({e.get('fill') for e in root.iter() if e.get('fill')})])
print(json.dumps(shown))";

/// The texts of pictures, and the colours in them.
#[track_caller]
fn read(pictures: &[String]) -> Vec<(Value, Value)> {
    let mut python = client("python3");
    python.args(["-c", READ]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = python.spawn().expect("python3; `cargo xtask setup`");
    let mut stdin = python.stdin.take().expect("piped");
    stdin.write_all(json!(pictures).to_string().as_bytes()).expect("sent");
    drop(stdin);
    let output = python.wait_with_output().expect("ended");
    assert!(output.status.success(), "{pictures:#?}");
    serde_json::from_slice(&output.stdout).expect("pairs")
}

#[test]
fn a_badge_shows_the_score_in_the_colour_of_its_level() {
    let sample = Sample::serve();
    let (mut pictures, mut expected) = (Vec::new(), Vec::new());
    for ip in ADDRESSES {
        let threat = &sample.command("lookup", ip)["record"]["threat"];
        let level = threat["risk_level"].as_str().unwrap_or("low").to_owned();
        expected.push((threat["score"].as_u64().unwrap_or(0), level));
        let reply = sample.get(&format!("/v1/badge/{ip}.svg")).expect(200);
        pictures.push(reply.expect_header("content-type", "image/svg+xml").text());
    }
    let mut colours = Vec::new();
    for ((texts, fills), (score, level)) in read(&pictures).into_iter().zip(expected) {
        assert_eq!(texts, json!(["IP risk", format!("{score} {level}")]));
        colours.push((level, fills.to_string()));
    }
    colours.sort();
    colours.dedup();
    let levels: Vec<&str> = colours.iter().map(|(level, _)| level.as_str()).collect();
    assert_eq!(levels, ["critical", "high", "low", "medium"], "one colour each");
}

#[test]
fn a_label_is_text_and_nothing_else() {
    let sample = Sample::serve();
    let longest = (format!("label={}", "%F0%9F%A7%85".repeat(64)), "🧅".repeat(64));
    let table = [
        ("label=%3Cscript%3Ealert(1)%3C/script%3E", "<script>alert(1)</script>", "90 critical"),
        ("label=%22%3E%3Ca%20b='%26amp;", "\"><a b='&amp;", "90 critical"),
        ("label=]]%3E%3C!--", "]]><!--", "90 critical"),
        // What XML has no character for is left out.
        ("label=a%00b%0Cc%EF%BF%BEd%ff", "abcd\u{fffd}", "90 critical"),
        ("label=", "", "90 critical"),
        ("lang=zh", "IP 风险", "90 严重"),
        ("lang=zh&label=%E9%A3%8E", "风", "90 严重"),
        (&longest.0, &longest.1, "90 critical"),
    ];
    let picture = |query| {
        let target = format!("/v1/badge/185.220.101.45.svg?{query}");
        sample.get(&target).expect(200).text()
    };
    let pictures: Vec<String> = table.iter().map(|(query, ..)| picture(query)).collect();
    for ((texts, _), (query, label, value)) in read(&pictures).into_iter().zip(table) {
        assert_eq!(texts, json!([label, value]), "{query}");
    }
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let sample = Sample::serve();
    let check = |target: &str, status, code| {
        sample.get(target).expect_problem(status, code);
    };
    let badge = "/v1/badge/1.1.1.1.svg";
    check(&format!("{badge}?label={}", "x".repeat(65)), 400, "invalid_parameter");
    for query in ["lang=de", "lang=EN", "lang=", "lang=en&lang=zh", "style=flat"] {
        check(&format!("{badge}?{query}"), 400, "invalid_parameter");
    }
    check("/v1/badge/1.1.1.1", 404, "not_found");
    check("/v1/badge/.svg", 400, "invalid_ip");
    check("/v1/badge/10.0.0.1.svg", 400, "invalid_ip");
    check("/v1/badge/%3Cscript%3E.svg", 400, "invalid_ip");
}
