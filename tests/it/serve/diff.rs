//! `/v1/diff/{edition}/{from}/{to}`.

use serde_json::Value;

use crate::past::diary::Diary;
use crate::serve::ask::{Reply, ask, get};
use crate::serve::running::Running;

const FIRST: &str = "20261127.1";
const SECOND: &str = "20261128.1";

fn diff(server: &Running, path: &str) -> Reply {
    get(server.address(), &format!("/v1/diff/{path}"), &[])
}

fn ranges(page: &Value) -> Vec<Value> {
    page["ranges"].as_array().expect("a list").clone()
}

#[test]
fn what_changed_between_two_releases_is_told_page_by_page() {
    let diary = Diary::of(3);
    let server = Running::start(&diary.keeper.project, &[]);
    let path = format!("full/{FIRST}/{SECOND}");
    let reply = diff(&server, &format!("{path}?limit=1000")).expect(200);
    let reply = reply
        .expect_header("content-type", "application/json")
        .expect_header("cache-control", "no-cache")
        .expect_header("x-database-version", "20261129.1");
    let whole = reply.json();
    let path_of = |version| diary.keeper.path(&format!("releases/{version}/full.mmdb"));
    let files = [FIRST, SECOND].map(|version| path_of(version).display().to_string());
    let command = diary.keeper.run(&["diff", "--json", &files[0], &files[1]]).expect_code(0).json();
    for key in ["added", "removed", "changed", "addresses_v4", "addresses_v6"] {
        assert_eq!(whole[key], command[key], "{key}");
    }
    let vpn = &command["by_field"]["signals.is_vpn"];
    for count in ["gained_v4", "lost_v4", "gained_v6", "lost_v6"] {
        assert_eq!(whole["signals"]["is_vpn"][count], vpn[count], "{count}");
    }
    assert_eq!(
        (&whole["edition"], &whole["from"], &whole["to"]),
        (&"full".into(), &FIRST.into(), &SECOND.into())
    );
    assert_eq!(whole["movers"]["by"], "score");
    let all = ranges(&whole);
    let count = |key: &str| command[key].as_u64().expect("a count");
    assert_eq!(all.len() as u64, count("added") + count("removed") + count("changed"));
    assert!(all.len() > 20 && whole["next"].is_null(), "{}", all.len());

    let mut pages = Vec::new();
    let mut after = String::new();
    loop {
        let page = diff(&server, &format!("{path}?limit=7{after}")).expect(200).json();
        pages.extend(ranges(&page));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(pages, all);

    // The other way round what was gained is lost.
    let back = diff(&server, &format!("full/{SECOND}/{FIRST}")).expect(200).json();
    let (there, back) = (&whole["signals"]["is_vpn"], &back["signals"]["is_vpn"]);
    assert_eq!((&there["gained_v4"], &there["lost_v6"]), (&back["lost_v4"], &back["gained_v6"]));

    let etag = reply.header("etag").expect("one").to_owned();
    let target = format!("/v1/diff/{path}?limit=1000");
    let again = [format!("If-None-Match: {etag}")];
    ask(server.address(), "GET", &target, &[&again[0]]).expect(304);
    ask(server.address(), "HEAD", &target, &[]).expect(200);
    ask(server.address(), "POST", &target, &[]).expect_problem(405, "method_not_allowed");
}

#[test]
fn what_did_not_change_is_empty() {
    let diary = Diary::of(2);
    let server = Running::start(&diary.keeper.project, &[]);
    // Of `asn` only the list of VPNs would be news.
    for path in [format!("full/{SECOND}/{SECOND}"), format!("asn/{FIRST}/{FIRST}")] {
        let empty = diff(&server, &path).expect(200).json();
        assert_eq!(
            (&empty["added"], &empty["removed"], &empty["changed"]),
            (&0.into(), &0.into(), &0.into())
        );
        assert_eq!((ranges(&empty).len(), &empty["next"]), (0, &Value::Null));
        assert_eq!(
            (&empty["signals"], &empty["by_field"]),
            (&serde_json::json!({}), &serde_json::json!({}))
        );
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let diary = Diary::of(2);
    let server = Running::start(&diary.keeper.project, &[]);
    let check = |path: &str, status: u16, code: &str, said: &str| {
        let problem = diff(&server, path).expect_problem(status, code).json();
        let message = problem["message"].as_str().expect("text");
        assert!(message.contains(said), "{path}: {message}");
    };
    let both = format!("{FIRST}/{SECOND}");
    check(&format!("nothing/{both}"), 404, "not_found", "there is asn, full");
    check(
        &format!("full/20200101.1/{SECOND}"),
        404,
        "not_found",
        "there is 20261128.1, 20261127.1",
    );
    check(
        &format!("full/{FIRST}/..%2F..%2Fx"),
        404,
        "not_found",
        "there is 20261128.1, 20261127.1",
    );
    for limit in ["0", "1001", "-1", "x", "", "1e2"] {
        let path = format!("full/{both}?limit={limit}");
        check(&path, 400, "invalid_parameter", "expected 1 to 1000");
    }
    check(&format!("full/{both}?after=x"), 400, "invalid_parameter", "`next` of the page before");
    check(&format!("full/{both}?page=2"), 400, "invalid_parameter", "there is no parameter `page`");
    // Past the end there is nothing.
    let end = diff(&server, &format!("full/{both}?after=ffff::")).expect(200).json();
    assert_eq!((ranges(&end).len(), &end["next"]), (0, &Value::Null));
}

#[test]
fn an_old_release_that_is_damaged_is_told() {
    let diary = Diary::of(2);
    let path = diary.keeper.path(&format!("releases/{FIRST}/full.mmdb"));
    let mut bytes = std::fs::read(&path).expect("there");
    // Every node leads nowhere; of older releases only sizes are looked at when they are taken in.
    let middle = bytes.len() / 2;
    bytes[..middle].fill(0xFF);
    crate::keeper::replace(&path, &bytes);
    let server = Running::start(&diary.keeper.project, &[]);
    let reply = diff(&server, &format!("full/{FIRST}/{SECOND}"));
    let problem = reply.expect_problem(500, "internal_error").json();
    assert!(
        problem["message"].as_str().is_some_and(|m| m.contains("the old database")),
        "{problem}"
    );
    diff(&server, &format!("asn/{FIRST}/{SECOND}")).expect(200);
}

#[test]
fn many_may_ask_for_the_same_at_once() {
    let diary = Diary::of(3);
    let server = Running::start(&diary.keeper.project, &["--threads", "2"]);
    let address = server.address();
    let ask = |n: usize| {
        let pair = [(FIRST, SECOND), (SECOND, "20261129.1"), (FIRST, "20261129.1")][n % 3];
        let path = format!("/v1/diff/full/{}/{}", pair.0, pair.1);
        std::thread::spawn(move || get(address, &path, &[]).expect(200).json())
    };
    let asked: Vec<_> = (0..12).map(ask).collect();
    let answers: Vec<Value> =
        asked.into_iter().map(|asked| asked.join().expect("no panic")).collect();
    for (n, answer) in answers.iter().enumerate() {
        assert_eq!(answer["ranges"], answers[n % 3]["ranges"]);
    }
    assert_ne!(answers[0]["ranges"], answers[1]["ranges"]);
}
