//! What changed between two databases, by the numbers and page by page.

use std::net::IpAddr;

use ipmint::mmdb::Reader;
use ipmint::query::changed::Changed;
use ipmint::query::{Comparison, DiffError, Difference, write_changes};
use serde_json::{Value, json};

use crate::draw::Dice;
use crate::small::ours;

fn json_of(changed: &Changed) -> Value {
    serde_json::to_value(changed).expect("text keys")
}

/// All pages of at most `limit` ranges, one after the other.
fn ranges(changed: &Changed, files: [&[u8]; 2], limit: usize) -> Vec<Value> {
    let readers = files.map(|file| Reader::open(file).expect("sound"));
    let mut ranges = Vec::new();
    let mut after: Option<IpAddr> = None;
    loop {
        let page = changed.page([&readers[0], &readers[1]], after, limit).expect("sound");
        let page = serde_json::to_value(page).expect("text keys");
        let found = page["ranges"].as_array().expect("a list");
        assert!(found.len() <= limit);
        ranges.extend(found.iter().cloned());
        match page["next"].as_str() {
            Some(next) => {
                assert_eq!(found.len(), limit);
                after = Some(next.parse().expect("an address"));
            }
            None => return ranges,
        }
    }
}

/// As `ipmint diff --ndjson` tells them.
fn expected(files: [&[u8]; 2]) -> Vec<Value> {
    let comparison = Comparison::between(files[0], files[1]).expect("sound");
    let mut out = Vec::new();
    write_changes(&comparison, &mut out).expect("written");
    let lines = std::str::from_utf8(&out).expect("text").lines();
    lines.map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn as_line(range: &Value) -> Value {
    let text = range["range"].as_str().expect("text");
    let mut line = match text.split_once('-') {
        Some((first, last)) => json!({ "first": first, "last": last }),
        None => json!({ "network": text }),
    };
    for key in ["change", "old", "new"] {
        line[key] = range[key].clone();
    }
    line
}

fn drawn(dice: &mut Dice) -> Vec<u8> {
    let mut rows = Vec::new();
    let v4 = (0..20).map(|n| format!("192.0.2.{}/30", 4 * n));
    let v4 = v4.chain((0..10).map(|n| format!("198.51.{n}.0/24")));
    for network in v4.chain((0..10).map(|n| format!("2001:db8:{n:x}::/48"))) {
        if dice.below(4) > 0 {
            let record = json!({
                "signals": { "is_vpn": dice.below(2) == 0, "is_tor": dice.below(3) == 0 },
                "threat": { "score": dice.below(3) * 30 },
                "attributions": [{ "feed": format!("f{}", dice.below(3)) }],
            });
            rows.push((network, record));
        }
    }
    let rows: Vec<(&str, Value)> = rows.iter().map(|(n, r)| (n.as_str(), r.clone())).collect();
    ours(&rows)
}

#[test]
fn pages_are_what_diff_tells_line_by_line() {
    let mut dice = Dice::new(7);
    let mut n_ranges = 0;
    for _ in 0..30 {
        let (old, new) = (drawn(&mut dice), drawn(&mut dice));
        let files = [&old[..], &new[..]];
        let changed = Changed::between(&old, &new).expect("sound");
        let expected = expected(files);
        assert_eq!(changed.n_ranges(), expected.len());
        for limit in [1, 7, expected.len(), 1000] {
            let found = ranges(&changed, files, limit.max(1));
            let lines: Vec<Value> = found.iter().map(as_line).collect();
            assert_eq!(lines, expected, "{limit} a page");
        }
        n_ranges += expected.len();
        // The numbers are those of `ipmint diff --json`.
        let comparison = Comparison::between(&old, &new).expect("sound");
        let difference = Difference::of(&comparison).expect("small").to_json();
        let json = json_of(&changed);
        for key in ["added", "removed", "changed", "addresses_v4", "addresses_v6"] {
            assert_eq!(json[key], difference[key], "{key}");
        }
        for (key, field) in difference["by_field"].as_object().expect("an object") {
            for count in ["ranges", "addresses_v4", "addresses_v6"] {
                assert_eq!(json["by_field"][key][count], field[count], "{key}");
            }
            if let Some(signal) = key.strip_prefix("signals.") {
                for count in ["gained_v4", "gained_v6", "lost_v4", "lost_v6"] {
                    assert_eq!(json["signals"][signal][count], field[count], "{key}");
                }
            }
        }
        // The first movers are those whose score changed most.
        let score = |side: &Value| side["threat"]["score"].as_i64().unwrap_or(0);
        let moved = |range: &Value| (score(&range["old"]) - score(&range["new"])).abs();
        let all = ranges(&changed, files, 1000);
        let most = all.iter().filter(|r| !is_v6(r)).map(moved).max().unwrap_or(0);
        let first = &json["movers"]["ranges"][0];
        let of = |key: &str| first[key].as_i64().unwrap_or(0);
        assert_eq!((of("old_score") - of("new_score")).abs(), most, "{first}");
        assert_eq!(
            json["movers"]["by"],
            if all.iter().any(|r| moved(r) > 0) { "score" } else { "size" }
        );
    }
    assert!(n_ranges > 500, "{n_ranges}");
}

fn is_v6(range: &Value) -> bool {
    range["range"].as_str().is_some_and(|range| range.contains(':'))
}

#[test]
fn the_largest_movers_are_those_of_the_score_and_else_the_largest() {
    let vpn = |score: u16| json!({ "signals": { "is_vpn": true }, "threat": { "score": score } });
    let old =
        ours(&[("192.0.2.0/25", vpn(40)), ("198.51.100.0/24", vpn(40)), ("2001:db8::/64", vpn(9))]);
    let new = ours(&[
        ("192.0.2.0/25", vpn(45)),
        ("192.0.2.128/25", vpn(95)),
        ("198.51.100.0/24", json!({ "signals": { "is_vpn": false }, "threat": { "score": 45 } })),
    ]);
    let changed = json_of(&Changed::between(&old, &new).expect("sound"));
    assert_eq!(changed["movers"]["by"], "score");
    let movers: Vec<Value> = changed["movers"]["ranges"].as_array().expect("a list").clone();
    let shown: Vec<Value> = movers
        .iter()
        .map(|m| json!([m["range"], m["change"], m["old_score"], m["new_score"], m["fields"]]))
        .collect();
    let expected = json!([
        ["192.0.2.128/25", "added", null, 95, ["signals.is_vpn", "threat.score"]],
        ["198.51.100.0/24", "changed", 40, 45, ["signals.is_vpn", "threat.score"]],
        ["192.0.2.0/25", "changed", 40, 45, ["threat.score"]],
        ["2001:db8::/64", "removed", 9, null, ["signals.is_vpn", "threat.score"]],
    ]);
    assert_eq!(Value::from(shown), expected);
    assert_eq!(movers[0]["addresses"], 128);
    let vpn = json!({ "gained_v4": 128, "gained_v6": 0, "lost_v4": 256,
        "lost_v6": "18446744073709551616" });
    assert_eq!(changed["signals"]["is_vpn"], vpn);

    // On one level, and without a score.
    let named = |name: &str| json!({ "name": name, "is_anycast": true });
    let old = ours(&[("192.0.2.0/25", named("a")), ("198.51.100.0/24", named("b"))]);
    let new = ours(&[("192.0.2.0/25", named("b"))]);
    let changed = json_of(&Changed::between(&old, &new).expect("sound"));
    assert_eq!(changed["movers"]["by"], "size");
    assert_eq!(changed["movers"]["ranges"][0]["range"], "198.51.100.0/24");
    assert_eq!(changed["signals"]["is_anycast"]["lost_v4"], 256);
    assert_eq!(changed["signals"].as_object().map(serde_json::Map::len), Some(1));
}

#[test]
fn a_file_that_is_damaged_since_is_an_error() {
    let old = ours(&[("192.0.2.0/24", json!({ "name": "a" }))]);
    let new = ours(&[("192.0.2.0/24", json!({ "name": "b" }))]);
    let changed = Changed::between(&old, &new).expect("sound");
    // What other bytes stand there is not known to be a record.
    let other = ours(&[("198.51.100.0/24", json!("t"))]);
    let readers = [&old, &other].map(|file| Reader::open(file).expect("sound"));
    let page = changed.page([&readers[0], &readers[1]], None, 10);
    assert!(page.is_ok() || matches!(page, Err(DiffError::Format { which: "new", .. })));
    let error = Changed::between(&old, &new[..new.len() / 2]).expect_err("cut");
    assert!(matches!(error, DiffError::Format { which: "new", .. }), "{error}");
}
