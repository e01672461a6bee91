//! Every night answers as its release did.

use std::collections::BTreeMap;

use ipmint::base::{BuildEpoch, Day};
use ipmint::mmdb::Reader;
use ipmint::query;
use ipmint::query::history::{Past, PastError};
use ipmint::release::HistoryKind;

use crate::past::diary::{Diary, addresses};

#[test]
fn every_day_answers_as_the_release_that_held_did() {
    let diary = Diary::of(9);
    let store = diary.keeper.store();
    let entries = diary.entries();
    let kinds: Vec<HistoryKind> = entries.iter().map(|entry| entry.kind).collect();
    let n_whole = kinds.iter().filter(|kind| **kind == HistoryKind::Compact).count();
    assert_eq!((entries.len(), n_whole), (7, 2), "{kinds:?}");
    // What the history leads to, each file rebuilt.
    let files: BTreeMap<String, Vec<u8>> = entries
        .iter()
        .map(|entry| (entry.version.clone(), store.history_full(&entry.version).expect("kept")))
        .collect();
    diary.keeper.run(&["releases", "prune", "--keep", "1"]).expect_code(0);

    let past = Past::new(store);
    let (first, today) = (BuildEpoch(entries[0].build_epoch).day(), diary.today());
    assert_eq!(today.since(first), 8);
    let addresses = addresses(1, 400);
    let (mut n_known, mut n_changes) = (0, 0);
    let mut before = vec![None; addresses.len()];
    // Both ways, so that months take each other's place.
    for day in (first.0..=today.0).chain((first.0..=today.0).rev()).map(Day) {
        let held = entries.iter().rfind(|entry| BuildEpoch(entry.build_epoch).day() <= day);
        let held = held.expect("from the first on");
        let reader = Reader::open(&files[&held.version]).expect("sound");
        for (ip, before) in addresses.iter().zip(&mut before) {
            let snapshot = past.on(*ip, day, today).expect("kept");
            let expected = query::lookup(&reader, *ip).expect("sound");
            let answer = snapshot.answer().expect("sound");
            assert_eq!(answer, expected, "{ip} on {day}");
            assert_eq!((snapshot.version.as_str(), snapshot.snapshot_date), (&*held.version, day));
            assert_eq!(snapshot.build_epoch.0, held.build_epoch);
            let known = snapshot.known().expect("sound");
            assert_eq!(known.is_some(), answer.record.is_some());
            let asn =
                answer.record.as_ref().and_then(|r| r.get("network")?.get("asn")?.as_unsigned());
            assert_eq!(known.and_then(|known| known.network.asn).map(u128::from), asn);
            n_known += usize::from(answer.record.is_some());
            n_changes +=
                usize::from(before.as_ref().is_some_and(|before| *before != answer.record));
            *before = Some(answer.record);
        }
    }
    assert!(n_known > 500 && n_changes > 200, "{n_known} known, {n_changes} changes");
}

#[test]
fn nights_that_come_are_looked_up_without_being_told() {
    let diary = Diary::of(2);
    let past = Past::new(diary.keeper.store());
    let ip = "198.51.100.7".parse().expect("an address");
    let version = |today: Day| past.on(ip, today, today).expect("kept").version;
    assert_eq!(version(diary.today()), "20261128.1");
    diary.keeper.wait_days(1);
    diary.tell(20);
    let third = diary.publish();
    assert_eq!(version(diary.today()), third);
    diary.keeper.wait_days(5);
    assert_eq!(version(diary.today()), third);
    diary.tell(21);
    let fourth = diary.publish();
    assert_eq!(version(diary.today()), fourth);
}

#[test]
fn who_announced_an_address_is_told_for_all_months() {
    let diary = Diary::of(9);
    let past = Past::new(diary.keeper.store());
    let today = diary.today();
    let ip = |text: &str| text.parse().expect("an address");
    // Nothing is read for the question alone.
    let history = past.asn_history(ip("192.0.2.1"), today).expect("readable");
    assert_eq!((history.periods.len(), history.is_complete), (0, false));
    // The newest month first.
    assert!(past.learn(today).expect("readable"));
    let history = past.asn_history(ip("198.51.100.1"), today).expect("readable");
    assert!(!history.is_complete);
    let found = serde_json::to_value(&history.periods).expect("text keys");
    let expected =
        serde_json::json!([{ "asn": 64500, "firstSeen": "2026-12-01", "lastSeen": "2026-12-05" }]);
    assert_eq!(found, expected);
    assert!(past.learn(today).expect("readable"));
    assert!(!past.learn(today).expect("readable"));

    let check = |address: &str, expected: &[(u32, &str, &str)]| {
        let history = past.asn_history(ip(address), today).expect("readable");
        assert!(history.is_complete);
        let found: Vec<_> = history
            .periods
            .iter()
            .map(|p| (p.asn, p.first_seen.to_string(), p.last_seen.to_string()))
            .collect();
        let expected: Vec<_> =
            expected.iter().map(|(asn, a, b)| (*asn, (*a).to_owned(), (*b).to_owned())).collect();
        assert_eq!(found, expected, "{address}");
    };
    check("198.51.100.1", &[(64500, "2026-11-27", "2026-12-05")]);
    // The fourth night brought nothing new, so what held went on.
    check("192.0.2.1", &[(64496, "2026-11-27", "2026-11-30"), (64497, "2026-12-01", "2026-12-05")]);
    check("2001:db8::1", &[(64501, "2026-11-27", "2026-11-28")]);
    check("192.0.2.200", &[]);

    // As look-ups by date have it, whatever the address.
    for ip in addresses(2, 100) {
        let asn = |day| past.on(ip, day, today).expect("kept").known().expect("sound")?.network.asn;
        let history = past.asn_history(ip, today).expect("readable");
        for day in (today.0 - 8..=today.0).map(Day) {
            let period = history.periods.iter().find(|p| p.first_seen <= day && day <= p.last_seen);
            assert_eq!(period.map(|period| period.asn), asn(day), "{ip} on {day}");
        }
    }
}

#[test]
fn a_month_that_is_not_held_is_read_for_who_may_wait_alone() {
    let diary = Diary::of(9);
    let past = Past::new(diary.keeper.store());
    let today = diary.today();
    let ip = "192.0.2.1".parse().expect("an address");
    let held = |day| past.on_held(ip, day, today).expect("kept").map(|held| held.version);
    let first = Day(today.0 - 8);
    assert_eq!((held(first), held(today)), (None, None));
    // To learn a month is not to hold it.
    assert!(past.learn(today).expect("readable"));
    assert_eq!(held(today), None);
    let asked = past.on(ip, first, today).expect("kept").version;
    assert_eq!((held(first), held(today)), (Some(asked), None));
    let error = past.on_held(ip, Day(first.0 - 1), today).expect_err("before all");
    assert_eq!(error.code(), "no_snapshot");
}

#[test]
fn what_is_known_is_told_until_the_newest_nights_are_learnt() {
    let diary = Diary::of(2);
    let past = Past::new(diary.keeper.store());
    let check = |is_complete: bool, expected: &[(u32, &str, &str)]| {
        let ip = "192.0.2.1".parse().expect("an address");
        let history = past.asn_history(ip, diary.today()).expect("readable");
        let found: Vec<_> = history
            .periods
            .iter()
            .map(|p| (p.asn, p.first_seen.to_string(), p.last_seen.to_string()))
            .collect();
        let expected: Vec<_> =
            expected.iter().map(|(asn, a, b)| (*asn, (*a).to_owned(), (*b).to_owned())).collect();
        assert_eq!((found, history.is_complete), (expected, is_complete));
    };
    let learn = || while past.learn(diary.today()).expect("readable") {};
    check(false, &[]);
    learn();
    let first = (64496, "2026-11-27", "2026-11-28");
    check(true, &[first]);
    // A night of the same month.
    diary.keeper.wait_days(1);
    diary.tell(20);
    diary.publish();
    check(true, &[first]);
    diary.keeper.wait_days(1);
    check(true, &[first]);
    // It should have been learnt by now.
    diary.keeper.wait_days(1);
    check(false, &[first]);
    learn();
    check(true, &[first, (64497, "2026-11-29", "2026-12-01")]);
    // The first night of another month.
    diary.keeper.wait_days(1);
    diary.tell(1);
    diary.publish();
    check(true, &[first, (64497, "2026-11-29", "2026-12-01")]);
    learn();
    check(true, &[first, (64497, "2026-11-29", "2026-12-01"), (64496, "2026-12-02", "2026-12-02")]);
}

#[test]
fn what_a_night_did_not_say_yet_is_absent() {
    let diary = Diary::empty();
    let keeper = &diary.keeper;
    // In the first night `full` has no origin AS yet.
    let schema = include_str!("../../../schemas/full.toml");
    let field = "[[field]]\npath = \"network.asn\"\ntype = \"uint32\"\nfrom = \"network.asn\"\n";
    assert!(schema.contains(field), "{schema}");
    keeper.project.write("schemas/full.toml", schema.replace(field, ""));
    diary.tell(1);
    keeper.build(&["--schemas", "schemas"]).expect_code(0);
    keeper.wait_days(1);
    diary.publish();
    let entries = diary.entries();
    assert_eq!(entries[1].kind, HistoryKind::Rows);
    assert_ne!(entries[0].schemas, entries[1].schemas);

    let past = Past::new(keeper.store());
    let today = diary.today();
    let listed = keeper.project.path("data/list.txt");
    let listed = std::fs::read_to_string(listed).expect("written");
    let listed = listed.lines().find(|line| line.starts_with("198.51.100.")).expect("one of them");
    let ip = listed.split('/').next().and_then(|ip| ip.parse().ok()).expect("an address");
    let ask = |day| past.on(ip, day, today).expect("kept");
    let (before, now) = (ask(Day(today.0 - 1)), ask(today));
    let (before, now) = (before.known().expect("sound"), now.known().expect("sound"));
    let (before, now) = (before.expect("listed"), now.expect("listed"));
    assert_eq!((before.network.asn, now.network.asn), (None, Some(64500)));
    assert!(before.score > 0);
    assert_eq!((before.score, before.signals), (now.score, now.signals));
    while past.learn(today).expect("readable") {}
    let periods = past.asn_history(ip, today).expect("readable").periods;
    assert_eq!((periods.len(), periods[0].first_seen), (1, today));
}

#[test]
fn days_that_cannot_be_answered_are_told_apart() {
    let diary = Diary::of(2);
    let past = Past::new(diary.keeper.store());
    let today = diary.today();
    let ip = "192.0.2.1".parse().expect("an address");
    let check = |past: &Past, day: i32, code: &str, said: &str| {
        let error: PastError = past.on(ip, Day(day), today).expect_err("no answer");
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(said), "{error}");
    };
    check(&past, today.0 + 1, "invalid_date", "2026-11-29 has not come yet; today is 2026-11-28");
    check(&past, today.0 - 2, "no_snapshot", "the first day there is is 2026-11-27");
    check(&past, today.0 - 365, "no_snapshot", "the first day there is is 2026-11-27");
    check(&past, today.0 - 366, "date_out_of_range", "the oldest day to ask for is 2025-11-28");
    let empty = tempfile::tempdir().expect("a folder");
    let past = Past::new(ipmint::release::Store::at(empty.path()));
    check(&past, today.0, "no_snapshot", "no history was kept yet");
    let history = past.asn_history(ip, today).expect("empty");
    assert_eq!((history.periods.len(), history.is_complete), (0, true));
    assert!(!past.learn(today).expect("nothing to learn"));
}
