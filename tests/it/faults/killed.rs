//! A build that is killed, at each of its system calls and at any moment.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::draw::Dice;
use crate::faults::traced::{CHANGING, Call, LOOKING};
use crate::faults::trial::{NEW, OLD, Trial, is_long};
use crate::keeper::plain;

const SIGKILL: i32 = 9;

/// Kills the publication right before each of these calls; returns how often which release was
/// current afterwards.
#[track_caller]
fn kill_before(trial: &Trial, calls: &[Call]) -> [usize; 2] {
    let mut n_current = [0, 0];
    for call in calls {
        let output = trial.inject(call, "signal=KILL");
        assert_eq!(output.status.signal(), Some(SIGKILL), "{call:?}: {output:?}");
        let current = trial.check(&format!("killed at {call:?}"));
        n_current[usize::from(current == NEW)] += 1;
    }
    n_current
}

/// Every call that changes the store: between two of them, all moments are alike. In the long form
/// also every call that only looks.
#[test]
fn a_kill_at_any_change_leaves_a_whole_release() {
    let trial = Trial::new();
    let mut calls = trial.calls(CHANGING);
    calls.retain(Call::changes);
    let switch = calls.iter().position(|call| call.path.ends_with("/.tmp-index.json"));
    let n_before = switch.expect("the index is replaced") + 1;
    for name in ["mkdir", "openat", "write", "fsync", "rename", "linkat"] {
        assert!(calls.iter().any(|call| call.name == name), "no {name}: {calls:?}");
    }
    assert!((30..100).contains(&calls.len()), "{} calls", calls.len());
    let [n_old, n_new] = kill_before(&trial, &calls);
    assert!(n_old > n_before && n_new > 5, "{n_old} times {OLD}, {n_new} times {NEW}");
    if is_long() {
        kill_before(&trial, &trial.calls(LOOKING));
    }
}

/// Two files cannot take their places at once: a kill between the two leaves the index before with
/// a signature that is not its own. Whoever verifies refuses it, and the next build mends it.
#[test]
fn a_kill_leaves_a_signed_index_but_for_one_moment() {
    let trial = Trial::signed();
    let mut calls = trial.calls(CHANGING);
    calls.retain(|call| call.changes() && call.path.contains("index.json"));
    assert_eq!(calls.len(), 8, "{calls:?}");
    let [index, public] = ["output/index.json", "store.pub"].map(|p| trial.keeper.project.path(p));
    let is_signed = || {
        let mut minisign = Command::new("minisign");
        minisign.args(["-V", "-q", "-p", plain(&public), "-m", plain(&index)]);
        minisign.output().expect("`cargo xtask setup` installs it").status.success()
    };
    let mut unsigned = Vec::new();
    for call in &calls {
        trial.inject(call, "signal=KILL");
        if !is_signed() {
            unsigned.push(call);
        }
        let current = trial.check(&format!("killed at {call:?}"));
        assert_eq!(current, OLD, "{call:?}");
        assert!(is_signed(), "after the next build: {call:?}");
    }
    assert_eq!(unsigned, [calls.last().expect("the index's own rename")]);
}

/// Builds on all threads, at moments between their start and their end; two hundred in the long form.
#[test]
fn a_kill_at_any_moment_leaves_a_whole_release() {
    let (n_kills, seed) = if is_long() { (200, 11) } else { (25, 2026) };
    let trial = Trial::new();
    let start = Instant::now();
    trial.keeper.build(&[]).expect_code(0);
    let micros = start.elapsed().as_micros() as usize;
    let mut dice = Dice::new(seed);
    for kill in 0..n_kills {
        trial.restore();
        let mut building = trial.keeper.building(&[]);
        let child = building.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("the binary starts");
        // Some come too late, and kill nothing.
        let moment = dice.below(micros + micros / 4) as u64;
        thread::sleep(Duration::from_micros(moment));
        let _ = child.kill();
        child.wait().expect("ours");
        trial.check(&format!("kill {kill}, after {moment} of {micros} µs"));
    }
}
