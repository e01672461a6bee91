//! `ipmint lookup --date` and `ipmint explain --date`.

use serde_json::Value;

use crate::past::diary::Diary;
use crate::schema;

/// An address that the list of a night has, and the score it has for that.
fn listed(diary: &Diary) -> (String, Value) {
    let list = std::fs::read_to_string(diary.keeper.project.path("data/list.txt"));
    let list = list.expect("written");
    let line = list.lines().find(|line| line.starts_with("192.0.2.")).expect("one of them");
    let ip = line.split('/').next().expect("an address").to_owned();
    let found = diary.keeper.run(&["lookup", "--json", &ip]).expect_code(0).json();
    (ip, found)
}

#[test]
fn lookup_answers_as_it_did_on_the_day() {
    let diary = Diary::of(2);
    let (ip, second) = listed(&diary);
    let keeper = &diary.keeper;
    keeper.project.write("data/list.txt", "203.0.113.1\n");
    keeper.project.write("data/more.txt", "203.0.113.1\n");
    keeper.wait_days(3);
    diary.publish();
    keeper.run(&["releases", "prune", "--keep", "1"]).expect_code(0);
    let now = keeper.run(&["lookup", "--json", &ip]).expect_code(0).json();
    assert_ne!(now["record"], second["record"]);

    for day in ["2026-11-28", "2026-11-30"] {
        let then = keeper.run(&["lookup", "--json", "--date", day, &ip]).expect_code(0).json();
        schema::check("lookup", &then);
        assert_eq!(then["snapshot_date"], day);
        assert_eq!(then["version"], "20261128.1");
        assert_eq!((&then["record"], &then["network"]), (&second["record"], &second["network"]));
    }
    let text = keeper.run(&["lookup", "--date", "2026-11-28", &ip, "::1"]).expect_code(0).stdout;
    assert!(text.contains("on 2026-11-28, release 20261128.1"), "{text}");
    assert!(text.contains("threat.score"), "{text}");
    assert!(text.contains("nothing is known of it"), "{text}");
    let lines = keeper.run(&["lookup", "--json", "--date", "2026-12-01", "nonsense", &ip]);
    let lines = lines.expect_code(1).json_lines();
    assert_eq!(lines[0]["error"], "not an IPv4 or IPv6 address");
    assert_eq!(lines[1]["version"], "20261201.1");
}

#[test]
fn explain_explains_the_day() {
    let diary = Diary::of(2);
    let (ip, second) = listed(&diary);
    let keeper = &diary.keeper;
    let explain = |more: &[&str]| {
        keeper.run(&[&["explain", "--date", "2026-11-28", &ip], more].concat()).expect_code(0)
    };
    let of_second = keeper.run(&["explain", "--json", &ip]).expect_code(0).json();
    keeper.wait_days(1);
    diary.tell(3);
    diary.publish();
    let mut then = explain(&["--json"]).json();
    schema::check("explain", &then);
    assert_eq!(
        (&then["snapshot_date"], &then["version"]),
        (&"2026-11-28".into(), &"20261128.1".into())
    );
    let object = then.as_object_mut().expect("an object");
    object.remove("snapshot_date");
    object.remove("version");
    assert_eq!(then, of_second);
    let text = explain(&[]).stdout;
    assert!(
        text.contains("on 2026-11-28, release 20261128.1") && text.contains("Score "),
        "{text}"
    );

    keeper.wait_days(1);
    keeper.run(&["releases", "prune", "--keep", "1"]).expect_code(0);
    let then = explain(&["--json"]).json();
    schema::check("explain", &then);
    assert_eq!((&then["release"], &then["explanation"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&then["claims"], &then["threat"]),
        (&of_second["claims"], &second["record"]["threat"])
    );
    let text = explain(&[]).stdout;
    assert!(text.contains("claims only"), "{text}");
    assert!(text.contains("release 20261128.1 is not in the store any more"), "{text}");
}

#[test]
fn days_that_cannot_be_asked_for_are_refused() {
    let diary = Diary::of(1);
    let keeper = &diary.keeper;
    let check = |args: &[&str], code: i32, said: &str| {
        for command in ["lookup", "explain"] {
            let args = [&[command], args, &["192.0.2.1"]].concat();
            let ended = keeper.run(&args).expect_code(code);
            assert_eq!(ended.stdout, "", "{args:?}");
            ended.expect_stderr(&[said]);
        }
    };
    check(&["--date", "28.11.2026"], 2, "`28.11.2026` is no date; expected YYYY-MM-DD");
    check(&["--date", "2026-11-28"], 2, "2026-11-28 has not come yet; today is 2026-11-27 (UTC)");
    check(&["--date", "2025-11-26"], 2, "the oldest day to ask for is 2025-11-27");
    check(&["--date", "2026-11-26"], 1, "the first day there is is 2026-11-27");
    check(&["--date", "2026-11-27", "--output", "nowhere"], 1, "no history was kept yet");
    check(&["--date", "2026-11-27", "--db", "x.mmdb"], 2, "cannot be used with");
    let asn = ["lookup", "--date", "2026-11-27", "--edition", "asn", "192.0.2.1"];
    keeper.run(&asn).expect_code(2).expect_stderr(&["cannot be used with"]);
    let name = &diary.entries()[0].name;
    std::fs::remove_file(keeper.path(&format!("history/{name}"))).expect("there");
    check(&["--date", "2026-11-27"], 1, name);
}
