//! Disks that are really full, or may not be written to.

use std::fs;

use crate::faults::mounted::Mounted;
use crate::faults::trial::check_sound;
use crate::keeper::{Keeper, PACKED, follow};

#[test]
fn a_disk_that_is_really_full_leaves_the_old_release() {
    let keeper = Keeper::new(PACKED);
    let output = keeper.path("");
    fs::create_dir(&output).expect("free");
    let _mounted = Mounted::new(&["-t", "tmpfs", "-o", "size=1m"], "none", &output);
    let mut current = keeper.publish();
    let mut n_addresses = 10;
    let mut n_refused = 0;
    // Room for nothing, for some files, for nearly all of them.
    for free_kib in [0, 4, 16, 40, 64, 88, 100, 112] {
        fill(&keeper, free_kib);
        n_addresses += 1;
        keeper.list(n_addresses);
        let ended = keeper.build(&[]);
        let what = format!("{free_kib} KiB are free");
        if ended.code == 0 {
            current = keeper.current();
        } else {
            assert_eq!(ended.code, 1, "{what}");
            ended.expect_stderr(&["No space left on device", "nothing was published", "output/"]);
            n_refused += 1;
        }
        assert_eq!(follow(&output).as_ref(), Ok(&current), "{what}");
        check_sound(&keeper, &what);
        let names = keeper.project.names("output/releases");
        assert!(!names.iter().any(|name| name.starts_with(".tmp-")), "{what}: {names:?}");
        fs::remove_file(output.join("filler")).expect("there");
    }
    assert!(n_refused >= 4, "{n_refused} builds were refused");
    keeper.list(60);
    keeper.publish();
    keeper.expect_sound();
}

/// Fills the disk but for so much.
fn fill(keeper: &Keeper, free_kib: usize) {
    let path = keeper.path("filler");
    let mut bytes = vec![0_u8; 1 << 20];
    // All that there is room for, then what is to be free taken back.
    let _ = fs::write(&path, &bytes);
    let n_bytes = fs::metadata(&path).expect("there").len() as usize;
    bytes.truncate(n_bytes.checked_sub(free_kib << 10).expect("so much is free"));
    fs::write(&path, bytes).expect("room was made");
}

#[test]
fn a_store_that_may_not_be_written_to_can_be_read() {
    let keeper = Keeper::with_releases(PACKED, 2);
    let output = keeper.path("");
    let before = keeper.files("");
    let mounted = Mounted::new(&["--bind"], output.to_str().expect("plain"), &output);
    mounted.set("ro");
    let said = ["Read-only file system", "cannot write to output", "nothing was published"];
    keeper.list(40);
    keeper.build(&[]).expect_code(1).expect_stderr(&said);
    keeper.run(&["releases", "rollback"]).expect_code(1).expect_stderr(&said);
    keeper.run(&["releases", "prune", "--keep", "1"]).expect_code(1).expect_stderr(&said);
    // It is known before the work: were it done first, this would be what is missed.
    fs::remove_file(keeper.project.path("data/list.txt")).expect("there");
    keeper.build(&[]).expect_code(1).expect_stderr(&said);
    keeper.run(&["lookup", "192.0.2.2"]).expect_code(0);
    keeper.expect_sound();
    assert_eq!(keeper.files(""), before);

    mounted.set("rw");
    keeper.list(40);
    keeper.publish();
    keeper.expect_sound();
}
