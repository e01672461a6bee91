//! `/v1/lookup/{ip}?date=` and `asnHistory`, from a store that is as old as its nights say.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use ipmint::base::{BuildEpoch, Day};
use serde_json::{Value, json};

use crate::keeper::{Keeper, flip_a_bit, text};
use crate::serve::ask::{Reply, get};
use crate::serve::running::Running;
use crate::serve::server::until;

/// Of the sample.
const IP: &str = "185.220.101.45";

const POLICY: &str = "[release]\nvariants = []\ndeltas = 1\npatches = 0\n";

/// Nights counted from today on: the server's clock is the real one.
struct Nights {
    keeper: Keeper,
    today: Day,
}

impl Nights {
    /// Twenty days ago the address was a VPN's of AS64496, nineteen days ago it was no VPN's any more, and
    /// from fifteen days ago on it is of AS64497. No night was kept in between or since.
    fn new() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        let today = BuildEpoch(now.as_secs()).day();
        let keeper = Keeper::new(POLICY);
        let first = Day(today.0 - 20);
        keeper.wait_days(i64::from(first.0 - BuildEpoch(keeper.now()).day().0));
        let feed = |more: &str| {
            format!("title = 'A test'\nas_of = '{first}'\nlicence = {{ id = 'CC0-1.0' }}\n{more}\n")
        };
        let list = "path = 'list.txt'\nformat = 'list'\nkind = 'membership'\ncategory = 'vpn'";
        let origin = "path = 'origin.csv'\nformat = 'csv'\nkind = 'assignment'\n\
                      attributes = ['asn']\ncolumns = { network = 1, asn = 2 }";
        keeper.project.write("feeds/list.toml", feed(list));
        keeper.project.write("feeds/origin.toml", feed(origin));
        let nights = Self { keeper, today };
        nights.publish(&format!("{IP}\n"), 64496);
        nights.keeper.wait_days(1);
        nights.publish("185.220.102.8\n", 64496);
        nights.keeper.wait_days(4);
        nights.publish("185.220.102.8\n", 64497);
        nights
    }

    fn publish(&self, list: &str, asn: u32) -> String {
        self.keeper.project.write("data/list.txt", list);
        self.keeper.project.write("data/origin.csv", format!("185.220.101.0/24,{asn}\n"));
        let report = self.keeper.build(&["--json", "--force", "drift"]).expect_code(0).json();
        text(&report["version"])
    }

    /// So many days ago.
    fn ago(&self, n_days: i32) -> Day {
        Day(self.today.0 - n_days)
    }

    fn serve(&self) -> Running {
        Running::start(&self.keeper.project, &[])
    }

    fn version(&self, n_days: i32) -> String {
        format!("{}.1", self.ago(n_days).compact())
    }
}

fn ask(server: &Running, date: impl std::fmt::Display) -> Reply {
    get(server.address(), &format!("/v1/lookup/{IP}?date={date}"), &[])
}

#[test]
fn a_day_is_answered_from_the_release_that_held() {
    let nights = Nights::new();
    let server = nights.serve();
    let check = |n_days: i32, built: i32, is_vpn: bool, asn: u32| {
        let day = nights.ago(n_days);
        let answer = ask(&server, day).expect(200).json();
        let frame = json!([
            answer["ip"],
            answer["snapshot_date"],
            answer["is_historical"],
            answer["version"]
        ]);
        assert_eq!(frame, json!([IP, day.to_string(), true, nights.version(built)]));
        let data = &answer["data"];
        let said =
            json!([data["threat"]["is_vpn"], data["network"]["asn"], data["ip"], data["type"]]);
        assert_eq!(said, json!([is_vpn, asn, IP, "IPv4"]), "{day}");
        // As the command tells it.
        let args = ["lookup", "--json", "--date", &day.to_string(), IP];
        let mut command = nights.keeper.command(&args);
        let output = command.env_remove("SOURCE_DATE_EPOCH").output().expect("runs");
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(
            (&told["version"], &told["record"]["network"]["asn"]),
            (&answer["version"], &asn.into())
        );
    };
    check(20, 20, true, 64496);
    check(19, 19, false, 64496);
    check(17, 19, false, 64496);
    check(15, 15, false, 64497);
    check(1, 15, false, 64497);
    // The newest release alone is left: the past is the same.
    nights.keeper.wait_days(15);
    nights.keeper.run(&["releases", "prune", "--keep", "1"]).expect_code(0);
    check(20, 20, true, 64496);
    let only = get(
        server.address(),
        &format!("/v1/lookup/{IP}?fields=network&date={}", nights.ago(20)),
        &[],
    );
    let only = only.expect(200).json();
    assert_eq!(
        (&only["data"]["network"]["asn"], &only["data"]["threat"]),
        (&64496.into(), &Value::Null)
    );
}

#[test]
fn a_night_that_comes_is_answered_without_restart() {
    let nights = Nights::new();
    let server = nights.serve();
    let version = || text(&ask(&server, nights.ago(2)).expect(200).json()["version"]);
    assert_eq!(version(), nights.version(15));
    nights.keeper.wait_days(12);
    let next = nights.publish(&format!("{IP}\n"), 64498);
    assert_eq!(next, nights.version(3));
    assert_eq!(version(), next);
}

#[test]
fn days_that_cannot_be_answered_have_codes() {
    let nights = Nights::new();
    let server = nights.serve();
    let check = |date: &str, status: u16, code: &str, said: &str| {
        let problem = ask(&server, date).expect_problem(status, code).json();
        assert!(text(&problem["message"]).contains(said), "{date}: {problem}");
    };
    for date in ["yesterday", "", "20261122", "2026-02-30", "%ff", "2026-11-22T00:00:00Z"] {
        check(date, 400, "invalid_date", "is no date; expected YYYY-MM-DD");
    }
    // Not today and not tomorrow: it may be midnight.
    check(&nights.ago(-2).to_string(), 400, "invalid_date", "has not come yet");
    check(&nights.ago(367).to_string(), 400, "date_out_of_range", "the oldest day to ask for is");
    let first = format!("the first day there is is {}", nights.ago(20));
    check(&nights.ago(21).to_string(), 404, "no_snapshot", &first);
    let twice = format!("{0}&date={0}", nights.ago(20));
    check(&twice, 400, "invalid_parameter", "twice");
    let reserved =
        get(server.address(), &format!("/v1/lookup/192.0.2.1?date={}", nights.ago(20)), &[]);
    reserved.expect_problem(400, "invalid_ip");
}

#[test]
fn a_damaged_history_takes_nothing_else_along() {
    let nights = Nights::new();
    let path = |n_days: i32| {
        let version = nights.version(n_days);
        let files = nights.keeper.files("history").into_iter().map(|(name, ..)| name);
        let name = files.into_iter().find(|name| name.contains(&version)).expect("kept");
        nights.keeper.path(&format!("history/{name}"))
    };
    flip_a_bit(&path(15));
    let server = nights.serve();
    let problem = ask(&server, nights.ago(15)).expect_problem(500, "internal_error").json();
    assert!(!text(&problem["message"]).is_empty());
    // What does not need the file is answered.
    let first = ask(&server, nights.ago(20)).expect(200).json();
    assert_eq!(first["version"], nights.version(20));
    get(server.address(), &format!("/v1/lookup/{IP}"), &[]).expect(200);
    get(server.address(), &format!("/v1/check/{IP}"), &[]).expect(200);
}

#[test]
fn check_tells_who_announced_an_address() {
    let nights = Nights::new();
    let server = nights.serve();
    let history = || {
        let check = get(server.address(), &format!("/v1/check/{IP}"), &[]).expect(200).json();
        check["asnHistory"].as_array().cloned().unwrap_or_default()
    };
    // Months are read beside the answers.
    until("who announced it is known", || history().len() == 2);
    let expected = json!([
        { "asn": 64496, "firstSeen": nights.ago(20), "lastSeen": nights.ago(16) },
        { "asn": 64497, "firstSeen": nights.ago(15) },
    ]);
    let mut found = Value::from(history());
    // Today, or tomorrow by now.
    found[1].as_object_mut().and_then(|newest| newest.remove("lastSeen")).expect("there");
    assert_eq!(found, expected);
}

#[test]
fn a_history_that_comes_after_the_index_is_learnt_too() {
    let nights = Nights::new();
    // What is built lies elsewhere, and is brought to what is served bit by bit.
    let (built, served) = (nights.keeper.project.path("built"), nights.keeper.path(""));
    bring(&served, &built);
    let server = nights.serve();
    let check = || get(server.address(), &format!("/v1/check/{IP}"), &[]).expect(200);
    let n_periods = || check().json()["asnHistory"].as_array().map_or(0, Vec::len);
    until("who announced it is known", || n_periods() == 2);
    let then = |ago| ask(&server, nights.ago(ago)).expect(200);
    let before = then(0);

    nights.keeper.wait_days(15);
    nights.keeper.project.write("data/origin.csv", "185.220.101.0/24,64498\n");
    let build = nights.keeper.build(&["--json", "--force", "drift", "--output", "built"]);
    let version = text(&build.expect_code(0).json()["version"]);
    bring(&built.join("releases"), &served.join("releases"));
    fs::rename(built.join("index.json"), served.join("index.json")).expect("there");
    until("the release is served", || check().header("x-database-version") == Some(&version));
    let only_index = then(0);
    assert_eq!(only_index.json()["version"], nights.version(15));
    assert_eq!(n_periods(), 2);

    bring(&built.join("history"), &served.join("history.new"));
    fs::rename(served.join("history"), served.join("history.old")).expect("there");
    fs::rename(served.join("history.new"), served.join("history")).expect("there");
    until("the new night is known", || {
        // It is told all the while.
        assert!(n_periods() >= 2);
        n_periods() == 3
    });
    // Three answers, three tags.
    let after = then(0);
    assert_eq!(after.json()["version"], version);
    let tag = |reply: &Reply| reply.header("etag").expect("one").to_owned();
    assert_ne!(tag(&before), tag(&only_index));
    assert_ne!(tag(&only_index), tag(&after));
}

/// Copies what is below a folder, but for what is there.
fn bring(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("readable").path();
        let to = to.join(path.file_name().expect("below"));
        if path.is_dir() {
            bring(&path, &to);
        } else if !to.exists() {
            fs::copy(&path, &to).expect("copied");
        }
    }
}
