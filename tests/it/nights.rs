//! Three nights of an operator: everything new, nothing new, and half of it gone wrong.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::operator::{Night, Operator};
use crate::origin::{Answer, html_page, list};
use crate::world::{corpus_folder, files_below};

/// A feed: its id, its host, its category, what else its definition says, and its two contents.
struct Source {
    id: &'static str,
    host: u8,
    category: &'static str,
    more: &'static str,
    /// Of the first night and of the third.
    contents: [Vec<u8>; 2],
}

/// Loses 17 % of its rows in the third night, more than it may.
const TOR: &str = "x4bnet-torexit";
/// Is a page in the third night.
const VPN: &str = "x4bnet-vpn-ipv4";
/// Its host is dead in the third night.
const MALWARE: &str = "threatfox-ips";
/// Has good new content in the third night.
const LARGE: &str = "is-vpn-ipv4";

/// The host that dies.
const MORTAL: u8 = 3;

/// Real lists of two days; generated ones where there is no corpus.
fn sources() -> Vec<Source> {
    let corpus = corpus_folder();
    if corpus.is_none() {
        eprintln!("no corpus; these nights are of generated lists (set IPMINT_CORPUS)");
    }
    let source = |id, host, category, more, days: [&str; 2], generated: [(u32, u32); 2]| {
        let contents = [0, 1].map(|night| match &corpus {
            Some(folder) => {
                let path = folder.join(format!("history/{id}/{}", days[night]));
                fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            }
            None => list(generated[night].0, generated[night].1).into_bytes(),
        });
        Source { id, host, category, more, contents }
    };
    let zst = ["2026-08-20.txt.zst", "2026-08-22.txt.zst"];
    let shrink = "[guards]\nshrink = 100";
    vec![
        source(
            TOR,
            1,
            "tor_exit",
            shrink,
            ["2026-08-20.txt", "2026-08-22.txt"],
            [(0, 900), (0, 750)],
        ),
        source(VPN, 2, "vpn", "", zst, [(1000, 500), (1010, 500)]),
        source(MALWARE, MORTAL, "malware", "", zst, [(2000, 500), (2010, 500)]),
        source(LARGE, 1, "vpn", "", ["2026-08-21.txt.zst", zst[1]], [(3000, 500), (3010, 500)]),
    ]
}

/// An operator of all of them after the first night.
fn after_one_night(sources: &[Source]) -> (Operator, Night) {
    let operator = Operator::new(MORTAL);
    for Source { id, host, category, more, contents } in sources {
        operator.origin.route(&path(id), vec![Answer::content(&contents[0])]);
        let url = operator.origin.url(*host, &path(id));
        operator.define(id, &format!("url = '{url}'"), category, more);
    }
    let night = operator.report(&[]);
    let night = sources.iter().fold(night, |night, source| night.expect(source.id, "fresh"));
    (operator, night)
}

/// Lets the third night break.
fn spoil(operator: &mut Operator, sources: &[Source]) {
    for source in sources {
        let content = if source.id == VPN {
            Answer::content(html_page())
        } else {
            Answer::content(&source.contents[1])
        };
        operator.origin.route(&path(source.id), vec![content]);
    }
    operator.origin.kill(MORTAL);
    operator.origin.forget();
}

fn path(id: &str) -> String {
    format!("/lists/{id}")
}

/// Every database of the newest release in a store: name and bytes.
fn databases(operator: &Operator, output: &str) -> Vec<(String, Vec<u8>)> {
    let index = fs::read(operator.project.path(&format!("{output}/index.json"))).expect("there");
    let index: serde_json::Value = serde_json::from_slice(&index).expect("JSON");
    let version = index["current"].as_str().expect("a version");
    let folder = operator.project.path(&format!("{output}/releases/{version}"));
    let is_database = |name: &String| Path::new(name).extension() == Some(OsStr::new("mmdb"));
    let names = files_below(&folder).into_iter().filter(is_database);
    names.map(|name| (name.clone(), fs::read(folder.join(name)).expect("listed"))).collect()
}

/// The state of a feed in the table that people read.
fn state_in_table<'a>(table: &'a str, id: &str) -> &'a str {
    let mut rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<&str>>());
    let row = rows.find(|row| row.first() == Some(&id) && row.len() > 1);
    row.unwrap_or_else(|| panic!("no {id} in {table}"))[1]
}

#[test]
fn the_second_night_is_all_304() {
    let sources = sources();
    let (operator, first) = after_one_night(&sources);
    operator.origin.forget();
    let second = operator.next_night();
    for Source { id, .. } in &sources {
        let requests = operator.origin.requests_for(&path(id));
        let statuses: Vec<u16> = requests.iter().map(|request| request.status).collect();
        assert_eq!(statuses, [304], "{id}");
        for field in ["snapshot", "as_of", "rows", "claims"] {
            assert_eq!(first.of(id, field), second.of(id, field), "{id}: {field}");
        }
    }
    let second = sources.iter().fold(second, |night, source| night.expect(source.id, "unchanged"));
    second.expect("anchor", "unchanged");
    let hosts = 1..=MORTAL;
    assert!(hosts.clone().all(|host| operator.origin.most_connections(host) == 1));
}

#[test]
fn the_third_night_is_told_in_the_table_and_by_its_code() {
    let sources = sources();
    let (mut operator, _) = after_one_night(&sources);
    operator.next_night();
    spoil(&mut operator, &sources);
    operator.wait_hours(24);
    let ended = operator.build(&["--strict"]).expect_code(4);
    let expected = [
        (TOR, "rejected"),
        (VPN, "rejected"),
        (MALWARE, "stale"),
        (LARGE, "fresh"),
        ("anchor", "unchanged"),
    ];
    for (id, state) in expected {
        assert_eq!(state_in_table(&ended.stdout, id), state, "{}", ended.stdout);
    }
    ended.expect_stderr(&[TOR, "guards.shrink", VPN, "HTML page", MALWARE, "127.0.0.3"]);
}

#[test]
fn the_third_night_is_told_in_json_and_the_last_good_stands_in() {
    let sources = sources();
    let (mut operator, first) = after_one_night(&sources);
    operator.next_night();
    spoil(&mut operator, &sources);
    let third = operator.next_night();
    let third = third.expect(TOR, "rejected").expect_reason(TOR, &["guards.shrink"]);
    let third = third.expect(VPN, "rejected").expect_reason(VPN, &["HTML page"]);
    let third = third.expect(MALWARE, "stale").expect_reason(MALWARE, &["127.0.0.3"]);
    let third = third.expect(LARGE, "fresh");
    for id in [TOR, VPN, MALWARE] {
        for field in ["snapshot", "as_of", "claims"] {
            assert_eq!(first.of(id, field), third.of(id, field), "{id}: {field}");
        }
    }
    assert_ne!(first.of(LARGE, "snapshot"), third.of(LARGE, "snapshot"));
    // The loss is real: it is there on two later checks, and let through. A page never is.
    operator.next_night().expect(TOR, "rejected");
    operator.next_night().expect(TOR, "fresh").expect(VPN, "rejected").expect(MALWARE, "stale");
}

#[test]
fn the_first_night_is_made_again_from_its_lock() {
    let sources = sources();
    let (mut operator, _) = after_one_night(&sources);
    let lock = fs::read(operator.project.path("output/feeds.lock")).expect("there");
    let first = databases(&operator, "output");
    assert_eq!(first.len(), 9);
    operator.next_night();
    spoil(&mut operator, &sources);
    operator.next_night();
    let third = databases(&operator, "output");
    assert!(first != third, "the third night changed nothing");
    operator.origin.forget();

    operator.project.write("one.lock", &lock);
    operator.build(&["--locked", "one.lock", "--output", "again"]).expect_code(0);
    for (was, is) in first.iter().zip(databases(&operator, "again")) {
        assert!(*was == is, "{} differs", was.0);
    }
    assert_eq!(fs::read(operator.project.path("again/feeds.lock")).expect("there"), lock);
    assert_eq!(operator.origin.requests(), []);
    // The newest release's own lock makes it again too, but for what was carried over.
    operator.build(&["--locked", "output/feeds.lock", "--output", "newest"]).expect_code(0);
    for ((was, is), first) in third.iter().zip(databases(&operator, "newest")).zip(&first) {
        assert!(*was == is || was == first, "{}: the third night differs", was.0);
    }
}
