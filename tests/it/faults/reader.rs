//! Somebody who reads while others publish: an index leads to a whole release, always.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::keeper::{Keeper, PACKED, follow};

#[test]
fn whoever_reads_meets_whole_releases_only() {
    let keeper = Keeper::new(PACKED);
    keeper.publish();
    let output = keeper.path("");
    let is_over = AtomicBool::new(false);
    let read = || {
        let mut met = BTreeSet::new();
        let mut n_reads = 0;
        loop {
            // One more after the end.
            let is_last = is_over.load(Ordering::Acquire);
            met.insert(follow(&output)?);
            n_reads += 1;
            if is_last {
                return Ok::<_, String>((met, n_reads));
            }
        }
    };
    let (published, readers) = thread::scope(|scope| {
        let readers = [0, 1].map(|_| scope.spawn(read));
        let mut published = BTreeSet::from([keeper.current()]);
        for n in 11..19 {
            keeper.list(n);
            published.insert(keeper.publish());
            if n % 3 == 0 {
                keeper.run(&["releases", "rollback"]).expect_code(0);
            }
            if n % 4 == 0 {
                keeper.wait_days(1);
                keeper.build(&["--edition", "anonymous"]).expect_code(0);
                published.insert(keeper.current());
            }
        }
        is_over.store(true, Ordering::Release);
        (published, readers.map(|reader| reader.join().expect("no panic")))
    });
    for reader in readers {
        let (met, n_reads) = reader.expect("every release is whole");
        assert!(n_reads > 0 && met.is_subset(&published), "{met:?}");
        assert!(met.contains(&keeper.current()));
    }
    keeper.expect_sound();
}
