//! Content that is much smaller or larger than usual is held back until somebody confirms it.

use crate::operator::{LISTED, Operator};
use crate::origin::{Answer, list};

/// A list of rows 0 to `n_rows`.
fn rows(n_rows: u32) -> Answer {
    Answer::content(list(0, n_rows))
}

/// Nights with lists of so many rows, and how each of them ends; returns the last one's reason.
#[track_caller]
fn check(guards: &str, nights: &[(u32, &str)]) -> (Operator, String) {
    let answers = nights.iter().map(|(n_rows, _)| rows(*n_rows)).collect();
    let operator = Operator::with_list(answers);
    operator.feed("list", &operator.origin.url(1, "/list"), guards);
    let mut reasons = Vec::new();
    for (night, (n_rows, state)) in nights.iter().enumerate() {
        let report = if night == 0 { operator.report(&[]) } else { operator.next_night() };
        let found = &report.report["feeds"]["list"];
        assert_eq!(found["state"], *state, "night {night}, {n_rows} rows: {found}");
        reasons.push(found["reason"].as_str().unwrap_or_default().to_owned());
    }
    (operator, reasons.pop().expect("a night"))
}

#[test]
fn a_sudden_loss_is_held_back() {
    let (operator, reason) = check("", &[(200, "fresh"), (99, "rejected")]);
    assert!(operator.claims("2001:db8::c0"));
    assert!(reason.contains("guards.shrink"), "{reason}");
}

#[test]
fn a_sudden_growth_is_held_back() {
    let (operator, reason) = check("", &[(200, "fresh"), (401, "rejected")]);
    assert!(operator.claims(LISTED) && !operator.claims("2001:db8::180"));
    assert!(reason.contains("guards.grow"), "{reason}");
}

#[test]
fn moves_within_the_guards_are_let_through() {
    check("", &[(200, "fresh"), (100, "fresh"), (210, "fresh")]);
    check("[guards]\nshrink = 100", &[(200, "fresh"), (180, "fresh"), (150, "rejected")]);
    check("[guards]\ngrow = 1100", &[(200, "fresh"), (220, "fresh"), (260, "rejected")]);
}

#[test]
fn moves_of_ten_rows_never_trip() {
    check("", &[(12, "fresh"), (2, "fresh")]);
    check("", &[(2, "fresh"), (12, "fresh")]);
    check("", &[(12, "fresh"), (1, "rejected")]);
}

#[test]
fn the_usual_size_is_the_median_of_seven() {
    // Compared with the last alone, 160 would be a loss of 47 ‰ and let through.
    let steps = [(200, "fresh"), (201, "fresh"), (202, "fresh"), (168, "fresh"), (160, "rejected")];
    check("[guards]\nshrink = 190", &steps);
}

#[test]
fn two_confirmations_let_it_through() {
    let (operator, _) =
        check("", &[(200, "fresh"), (50, "rejected"), (50, "rejected"), (50, "fresh")]);
    assert!(!operator.claims("2001:db8::c0"));
    operator.next_night().expect_rows("list", "unchanged", 50);
}

#[test]
fn a_similar_content_confirms_and_another_one_does_not() {
    check("", &[(200, "fresh"), (50, "rejected"), (51, "rejected"), (52, "fresh")]);
    let steps = [
        (200, "fresh"),
        (50, "rejected"),
        (51, "rejected"),
        (200, "unchanged"),
        (50, "rejected"),
        (50, "rejected"),
        (50, "fresh"),
    ];
    check("", &steps);
}

#[test]
fn building_again_without_asking_confirms_nothing() {
    let (operator, _) = check("", &[(200, "fresh"), (50, "rejected")]);
    for _ in 0..4 {
        operator.report(&[]).expect("list", "rejected");
        operator.report(&["--offline"]).expect("list", "rejected");
    }
    assert_eq!(operator.requests().len(), 2);
}

#[test]
fn an_operator_lets_it_through_at_once() {
    let (operator, _) = check("", &[(200, "fresh"), (50, "rejected")]);
    let folders = ["--feeds", "feeds", "--cache", "cache"];
    let run = |id: &str| operator.run(&[&["feeds", "accept", id], &folders[..]].concat());
    run("lost").expect_code(2).expect_stderr(&["lost"]);
    run("list").expect_code(0);
    operator.report(&[]).expect_rows("list", "fresh", 50);
    assert!(!operator.claims("2001:db8::c0"));
    assert_eq!(operator.requests().len(), 2);
    operator.next_night().expect("list", "unchanged");
    // There is nothing left to accept.
    let again = run("list");
    assert_ne!(again.code, 2, "{again:?}");
}

#[test]
fn rows_that_cannot_be_read_are_held_back() {
    let broken = list(0, 100) + &"nonsense\n".repeat(60);
    let operator = Operator::with_list(vec![rows(100), Answer::content(broken)]);
    operator.report(&[]).expect("list", "fresh");
    operator.next_night().expect("list", "rejected").expect_reason("list", &["guards.faults"]);
    assert!(operator.claims(LISTED));
    let status = ["feeds", "status", "--feeds", "feeds", "--cache", "cache", "--output", "output"];
    let told = operator.run(&status).expect_code(0).stdout;
    for part in ["list", "rejected", "guards.faults", "nonsense"] {
        assert!(told.contains(part), "no {part:?} in {told}");
    }
    let json = operator.run(&[&status[..], &["--json"]].concat()).expect_code(0).json();
    assert_eq!(json["feeds"]["list"]["state"], "rejected");
}
