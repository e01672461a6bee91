//! A power cut: what was acknowledged is there when the machine comes up again.
//!
//! The store is on an ext4 of its own in a file. While a build runs it is stopped, and the file
//! copied: what the kernel had not handed to the disk is not in the copy. Mounting that replays the
//! journal, as a machine does that comes up.

use std::fs::{self, File};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::draw::Dice;
use crate::faults::mounted::Mounted;
use crate::faults::trial::{check_sound, is_long};
use crate::keeper::{Keeper, PLAIN, follow, plain, tool};

/// No commit by the clock: what is on the disk is there because somebody asked for it.
const OPTIONS: [&str; 2] = ["-o", "loop,commit=300"];

/// Large enough for a journal and a few dozen releases.
const DISK_BYTES: u64 = 24 << 20;

/// What a command that ended well leaves behind.
struct Acknowledged {
    /// Of the index.
    sequence: u64,
    /// The newest release, which the history has too.
    newest: String,
}

impl Acknowledged {
    #[track_caller]
    fn by(keeper: &Keeper) -> Self {
        let sequence = keeper.index()["sequence"].as_u64().expect("a number");
        Self { sequence, newest: keeper.versions().pop().expect("one") }
    }
}

/// Four cuts; twenty in the long form.
#[test]
fn a_power_cut_loses_nothing_that_was_acknowledged() {
    let (n_cuts, seed) = if is_long() { (20, 11) } else { (4, 2026) };
    let keeper = Keeper::new(PLAIN);
    let output = keeper.path("");
    fs::create_dir(&output).expect("free");
    let [disk, copy] = ["disk", "copy"].map(|name| keeper.project.path(name));
    File::create(&disk).and_then(|file| file.set_len(DISK_BYTES)).expect("room");
    tool("mkfs.ext4", &["-q", "-E", "root_owner", plain(&disk)]);
    let _mounted = Mounted::new(&OPTIONS, plain(&disk), &output);
    let start = Instant::now();
    keeper.publish();
    let micros = start.elapsed().as_micros() as usize;

    let mut dice = Dice::new(seed);
    let mut n_lists = 10;
    for cut in 0..n_cuts {
        // One that is acknowledged, and one that is under way; every other time that may end too.
        n_lists = 11 + (n_lists - 10) % 200;
        keeper.list(n_lists);
        keeper.publish();
        let mut acknowledged = Acknowledged::by(&keeper);
        n_lists += 1;
        keeper.list(n_lists);
        let mut building = keeper.building(&[]);
        let mut child = building.stdout(Stdio::null()).spawn().expect("the binary starts");
        if cut % 2 == 0 {
            assert!(child.wait().expect("ours").success());
            if cut % 4 == 2 {
                // Replaces the index, and makes nothing else that the disk would be asked for.
                keeper.run(&["releases", "rollback"]).expect_code(0);
            }
        } else {
            thread::sleep(Duration::from_micros(dice.below(micros) as u64));
        }
        if let Some(status) = child.try_wait().expect("ours") {
            assert!(status.success());
            acknowledged = Acknowledged::by(&keeper);
        } else {
            tool("kill", &["-STOP", &child.id().to_string()]);
        }
        tool("cp", &["--sparse=always", plain(&disk), plain(&copy)]);
        if child.try_wait().expect("ours").is_none() {
            tool("kill", &["-CONT", &child.id().to_string()]);
            assert!(child.wait().expect("ours").success());
        }
        check_copy(&keeper, &acknowledged, &format!("cut {cut}"));
    }
}

/// Comes up again from the copy, in the place of the store.
#[track_caller]
fn check_copy(keeper: &Keeper, acknowledged: &Acknowledged, what: &str) {
    let output = keeper.path("");
    let copy = keeper.project.path("copy");
    let _mounted = Mounted::new(&OPTIONS, plain(&copy), &output);
    let found = follow(&output).unwrap_or_else(|error| panic!("{what}: {error}"));
    let Acknowledged { sequence, newest } = acknowledged;
    let now = Acknowledged::by(keeper);
    assert!(
        now.sequence >= *sequence,
        "{what}: {found} at {} is older than {sequence}",
        now.sequence
    );
    let kept = keeper.store().history_full(newest);
    assert!(kept.is_ok(), "{what}: {kept:?}");
    check_sound(keeper, what);
    // A build under way may have been cut off before its end.
    keeper.build(&[]).expect_code(0);
    follow(&output).unwrap_or_else(|error| panic!("{what}, the next build: {error}"));
    check_sound(keeper, what);
}
