//! System calls that fail: the build says which file and why, and the old release stands.

use std::process::Output;

use crate::faults::traced::{CHANGING, Call, LOOKING};
use crate::faults::trial::{NEW, OLD, Trial, is_long};
use crate::keeper::plain;

/// What became of a publication in which a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Exit code 1, nothing published.
    Refused,
    /// Exit code 1: it is published, and may not be there after a power cut.
    Unknown,
    /// Exit code 0, and a word on what is left for the next build.
    Noted,
    /// Exit code 0: there was another way.
    Done,
}

fn fate(output: &Output) -> Fate {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("panicked"), "{stderr}");
    match output.status.code() {
        Some(0) if stderr.contains("the next build will try again") => Fate::Noted,
        Some(0) => Fate::Done,
        Some(1) if stderr.contains("is published, but") => Fate::Unknown,
        Some(1) => Fate::Refused,
        code => panic!("{code:?}: {stderr}"),
    }
}

/// Lets each call fail, and checks what is said and what stands; returns what became of each.
#[track_caller]
fn fail_each(trial: &Trial, calls: &[Call], error: &str, text: &str) -> Vec<Fate> {
    let fail = |call: &Call| {
        let what = format!("{error} at {call:?}");
        let output = trial.inject(call, &format!("error={error}"));
        let fate = fate(&output);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let says = |part: &str| assert!(stderr.contains(part), "{what}: no {part:?} in: {stderr}");
        let current = trial.check(&what);
        match fate {
            Fate::Refused => {
                assert_eq!(current, OLD, "{what}: {stderr}");
                says(text);
                // Where: the file itself, or the folder of what was being made.
                let root = trial.output();
                says(root.to_str().expect("a plain name"));
                says("nothing was published");
            }
            Fate::Unknown => {
                assert_eq!(current, NEW, "{what}: {stderr}");
                says(text);
                says(&format!("release {NEW} is published, but"));
                says("could not be synced");
            }
            Fate::Noted => {
                assert_eq!(current, NEW, "{what}: {stderr}");
                says(text);
                says("/output/history");
                says("the history does not have the release yet");
                assert!(!stderr.contains("nothing was published"), "{what}: {stderr}");
            }
            Fate::Done => assert_eq!(current, NEW, "{what}: {stderr}"),
        }
        fate
    };
    calls.iter().map(fail).collect()
}

/// The changing calls of a trial that have one of these names.
fn changing(trial: &Trial, names: &[&str]) -> Vec<Call> {
    let mut calls = trial.calls(CHANGING);
    calls.retain(|call| call.changes() && names.contains(&call.name.as_str()));
    for name in names {
        assert!(calls.iter().any(|call| call.name == *name), "no {name}: {calls:?}");
    }
    calls
}

/// Lets each call that changes the store fail; in the long form also those that only look.
#[track_caller]
fn check(error: &str, text: &str) {
    let trial = Trial::new();
    let calls = changing(&trial, &["fsync", "write", "rename", "linkat", "mkdir", "openat"]);
    let fates = fail_each(&trial, &calls, error, text);
    let of = |fate: Fate| -> Vec<&Call> {
        calls
            .iter()
            .zip(&fates)
            .filter(|(_, found)| **found == fate)
            .map(|(call, _)| call)
            .collect()
    };
    // The one sync of the store's folder, after the index took its place.
    let unknown = of(Fate::Unknown);
    assert_eq!(unknown.len(), 1, "{unknown:?}");
    assert_eq!((unknown[0].name.as_str(), &*unknown[0].path), ("fsync", plain(&trial.output())));
    // Where a link cannot be made, the file is copied; folders that are there need not be made.
    let done = of(Fate::Done);
    assert!(done.iter().all(|call| ["linkat", "mkdir"].contains(&call.name.as_str())), "{done:?}");
    assert!(done.iter().filter(|call| call.name == "linkat").count() >= 2, "{done:?}");
    assert!(of(Fate::Refused).len() > 20 && of(Fate::Noted).len() > 5, "{fates:?}");
    if is_long() {
        check_looking(&trial, error);
    }
}

/// Whether a file is there may be answered by what comes next, and closing one is no news; all else
/// that cannot be read is told, or made anew.
fn check_looking(trial: &Trial, error: &str) {
    let mut calls = trial.calls(LOOKING);
    calls.retain(|call| !["close", "statx", "newfstatat"].contains(&call.name.as_str()));
    for call in &calls {
        let what = format!("{error} at {call:?}");
        let output = trial.inject(call, &format!("error={error}"));
        let is_published = fate(&output) != Fate::Refused;
        assert_eq!(trial.check(&what) == NEW, is_published, "{what}: {output:?}");
    }
}

#[test]
fn a_disk_that_fails_is_told() {
    check("EIO", "Input/output error");
}

#[test]
fn a_disk_that_is_full_at_any_call_is_told() {
    check("ENOSPC", "No space left on device");
}
