//! A history that is not what was kept.

use std::fs;

use ipmint::base::{BuildEpoch, Day};
use ipmint::query::history::{Past, PastError};
use ipmint::release::HistoryEntry;

use crate::keeper::flip_a_bit;
use crate::past::diary::Diary;

fn built(entry: &HistoryEntry) -> Day {
    BuildEpoch(entry.build_epoch).day()
}

/// The day, and what there is instead of an answer.
fn ask(past: &Past, day: Day, today: Day) -> Result<String, PastError> {
    Ok(past.on("192.0.2.1".parse().expect("an address"), day, today)?.version)
}

/// Tells the error and what it came from.
fn told(error: &PastError) -> String {
    ipmint::base::chain(error)
}

#[test]
fn a_damaged_file_is_named_and_what_needs_it_not_is_answered() {
    let diary = Diary::of(5);
    let (entries, today) = (diary.entries(), diary.today());
    assert_eq!(entries.len(), 4);
    for (n, damaged) in entries.iter().enumerate() {
        let path = diary.keeper.path(&format!("history/{}", damaged.name));
        let whole = fs::read(&path).expect("there");
        let damages: [&dyn Fn(); 3] =
            [&|| flip_a_bit(&path), &|| fs::remove_file(&path).expect("there"), &|| {
                fs::write(&path, &whole[..whole.len() / 2]).expect("written");
            }];
        for damage in damages {
            fs::remove_file(&path).expect("there");
            fs::write(&path, &whole).expect("written");
            damage();
            let past = Past::new(diary.keeper.store());
            for (other, entry) in entries.iter().enumerate() {
                let day = built(entry);
                // The fourth begins a month.
                let needs_it = other == n || (n < other && other < 3 && n < 3);
                match ask(&past, day, today) {
                    Ok(version) => {
                        assert!(!needs_it, "{day} does not need {}", damaged.name);
                        assert_eq!(version, entry.version);
                    }
                    Err(error) => {
                        assert!(needs_it, "{day} needs {}: {}", damaged.name, told(&error));
                        assert!(told(&error).contains(&damaged.name), "{}", told(&error));
                        assert_eq!(error.code(), "internal_error");
                    }
                }
            }
            let _ = fs::remove_file(&path);
            fs::write(&path, &whole).expect("written");
            // Once it is mended it is read.
            for entry in &entries {
                assert_eq!(ask(&past, built(entry), today).expect("mended"), entry.version);
            }
        }
    }
}

#[test]
fn a_file_with_its_digest_that_does_not_lead_on_is_named() {
    let diary = Diary::of(3);
    let (entries, today) = (diary.entries(), diary.today());
    let list = diary.keeper.path("history/history.json");
    let text = fs::read_to_string(&list).expect("there");
    let [first, second, third] = &entries[..] else { panic!("three: {entries:?}") };
    // The third night's rows in place of the second's: sound, but from another file.
    let (from, to) = (&second.sha256.to_string(), &third.sha256.to_string());
    let swapped = text.replace(&second.name, &third.name).replacen(from, to, 1);
    fs::write(&list, swapped).expect("written");
    let past = Past::new(diary.keeper.store());
    let error = ask(&past, built(second), today).expect_err("it leads on from elsewhere");
    assert!(told(&error).contains(&third.name), "{}", told(&error));
    assert!(told(&error).contains("the delta is from a file with SHA-256"), "{}", told(&error));
    assert_eq!(ask(&past, built(first), today).expect("whole"), first.version);
    assert!(past.learn(today).is_err());

    // Nothing outside the history is read.
    fs::write(&list, text.replace(&second.name, "../../data/list.txt")).expect("written");
    let error = ask(&past, built(second), today).expect_err("elsewhere");
    assert!(told(&error).contains("leads out of"), "{}", told(&error));

    // What no whole night comes before.
    fs::write(&list, text.replacen("\"compact\"", "\"rows\"", 1)).expect("written");
    let error = ask(&past, built(second), today).expect_err("no beginning");
    assert!(told(&error).contains("leads on from nothing"), "{}", told(&error));
    fs::write(&list, "{").expect("written");
    let error = ask(&past, built(second), today).expect_err("no list");
    assert!(told(&error).contains("history.json is not readable"), "{}", told(&error));
    fs::write(&list, text).expect("written");
    assert_eq!(ask(&past, built(second), today).expect("mended"), second.version);
}
