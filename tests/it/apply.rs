//! Deltas and compact forms are applied by name, and those of zstd by the stock tool as well.

use std::fs;
use std::path::Path;
use std::process::Command;

use ipmint::base::Digest;
use ipmint::delta::{Limits, compact, dcz, rows};

use crate::publisher::Publisher;
use crate::support::Project;

/// The databases of two nights.
fn nights() -> [Vec<u8>; 2] {
    let publisher = Publisher::new();
    let old = publisher.newest();
    publisher.publish();
    [old, publisher.newest()]
}

/// A folder with `old`, `new` and everything that leads to `new`.
fn project() -> (Project, [Vec<u8>; 2]) {
    let project = Project::new();
    let [old, new] = nights();
    project.write("old.mmdb", &old);
    project.write("new.mmdb", &new);
    project.write("d.rows", rows::diff(&old, &new).expect("ours"));
    project.write("d.dcz", dcz::encode(&old, &new).expect("small enough"));
    project.write("new.compact", compact::encode(&new).expect("ours"));
    (project, [old, new])
}

#[test]
fn every_form_leads_to_the_same_database() {
    let (project, [_, new]) = project();
    for form in [&["old.mmdb", "d.rows"][..], &["old.mmdb", "d.dcz"], &["new.compact"]] {
        let args = [&["apply"], form, &["--out", "made.mmdb"]].concat();
        let ended = project.run(&args).expect_code(0);
        assert!(ended.stdout.contains(&Digest::of(&new).to_string()), "{ended:?}");
        assert!(fs::read(project.path("made.mmdb")).expect("made") == new, "{form:?}");
        fs::remove_file(project.path("made.mmdb")).expect("made");
    }
    // In place.
    project.run(&["apply", "old.mmdb", "d.rows", "--out", "old.mmdb"]).expect_code(0);
    assert!(fs::read(project.path("old.mmdb")).expect("there") == new);
}

#[test]
fn what_leads_nowhere_leaves_the_output_as_it_was() {
    let (project, _) = project();
    project.write("out.mmdb", "as it was");
    let check = |files: &[&str], code: i32, parts: &[&str]| {
        let args = [&["apply"], files, &["--out", "out.mmdb"]].concat();
        project.run(&args).expect_code(code).expect_stderr(parts);
        assert_eq!(fs::read(project.path("out.mmdb")).expect("there"), b"as it was");
    };
    check(&["new.mmdb", "d.rows"], 1, &["d.rows", "the delta is from a file with SHA-256"]);
    check(&["new.mmdb", "d.dcz"], 1, &["d.dcz", "the delta is from a file with SHA-256"]);
    check(&["d.rows"], 2, &["expected `ipmint apply OLD.mmdb d.rows`"]);
    check(&["d.dcz"], 2, &["expected `ipmint apply OLD.mmdb d.dcz`"]);
    check(&["old.mmdb", "new.compact"], 2, &["needs no old file"]);
    check(&["old.mmdb", "new.mmdb"], 1, &["is no delta"]);
    check(&["old.mmdb", "none"], 1, &["cannot open `none`"]);
    check(&["new.compact", "--max-bytes", "1000"], 1, &["the limit is 1000"]);
    check(&["old.mmdb", "d.dcz", "--max-bytes", "1000"], 1, &["the limit is 1000"]);
    check(&["a", "b", "c"], 2, &[]);
}

/// Runs the stock tool in a folder.
#[track_caller]
fn zstd(folder: &Path, args: &[&str]) {
    let output = Command::new("zstd").args(["-q", "-f"]).args(args).current_dir(folder).output();
    let output = output.expect("zstd; `cargo xtask setup` installs it");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_stock_tool_applies_our_delta() {
    let (project, [old, new]) = project();
    let folder = project.path("");
    let apply = ["-d", "--patch-from=old.mmdb", "--long=27", "d.dcz", "-o", "made.mmdb"];
    zstd(&folder, &apply);
    assert!(fs::read(project.path("made.mmdb")).expect("made") == new);
    let n_bytes = fs::metadata(project.path("d.dcz")).expect("there").len();
    assert!(n_bytes < old.len() as u64 / 5, "{n_bytes} of {}", old.len());
}

#[test]
fn we_apply_a_delta_of_the_stock_tool() {
    let (project, [old, new]) = project();
    let limits = Limits { file_bytes: new.len() as u64 };
    for level in ["-1", "-19"] {
        let args = ["--patch-from=old.mmdb", "--long=27", level, "new.mmdb", "-o", "frame"];
        zstd(&project.path(""), &args);
        let frame = fs::read(project.path("frame")).expect("made");
        let header = [0x5E, 0x2A, 0x4D, 0x18, 0x20, 0, 0, 0];
        let delta = [&header[..], &Digest::of(&old).to_bytes(), &frame].concat();
        assert!(dcz::decode(&old, &delta, limits).expect("theirs") == new, "{level}");
    }
}

#[test]
fn the_stock_tool_applies_a_delta_with_a_large_window() {
    // Matches lie far back, and beyond the old file's end.
    let noise = |seed: u32, n_bytes: usize| {
        let mut dice = crate::draw::Dice::new(seed.into());
        (0..n_bytes).map(|_| dice.below(256) as u8).collect::<Vec<u8>>()
    };
    let project = Project::new();
    let old = noise(1, 10 << 20);
    let fresh = noise(2, 1 << 20);
    let new = [&fresh[..], &old[5 << 20..], &fresh, &old[..5 << 20]].concat();
    let delta = dcz::encode(&old, &new).expect("small enough");
    assert!(delta.len() < (1 << 20) + 10_000, "{} bytes", delta.len());
    project.write("old", &old);
    project.write("d.dcz", &delta);
    zstd(&project.path(""), &["-d", "--patch-from=old", "--long=27", "d.dcz", "-o", "made"]);
    assert!(fs::read(project.path("made")).expect("made") == new);
}
