//! Two builds at once on one store, of different feeds.

use std::process::Stdio;

use crate::faults::trial::check_sound;
use crate::keeper::{Keeper, PLAIN, follow};
use crate::support::Ended;

#[test]
fn two_builds_at_once_both_publish() {
    let keeper = Keeper::with_releases(PLAIN, 1);
    keeper.project.write("feeds2/policy.toml", "canary = []\nage_steps_days = [0]\n");
    let definition = crate::support::definition("other.txt", "list", "");
    keeper.project.write("feeds2/other.toml", definition);
    let mut n_before = 1;
    for round in 1..=4 {
        keeper.list(10 + round);
        keeper.project.write("data/other.txt", format!("198.51.100.{round}\n"));
        let mut builds = ["feeds", "feeds2"].map(|feeds| {
            let mut build = keeper.building(&["--json", "--feeds", feeds]);
            build.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts")
        });
        // Both run before either is waited for.
        builds.iter_mut().for_each(|build| assert!(build.id() > 0));
        let versions = builds.map(|build| {
            let ended = Ended::of(build.wait_with_output().expect("ends")).expect_code(0);
            let report = ended.json();
            assert_eq!(report["changed"], true);
            report["version"].as_str().expect("text").to_owned()
        });
        assert_ne!(versions[0], versions[1]);
        let listed = keeper.versions();
        assert!(versions.iter().all(|version| listed.contains(version)), "{listed:?}");
        n_before += 2;
        assert_eq!(listed.len(), n_before);
        let current = follow(&keeper.path("")).expect("whole");
        assert!(versions.contains(&current));
        // Of each feed is what its own build says.
        for (version, feed) in versions.iter().zip(["list", "other"]) {
            let feeds = keeper.manifest(version)["feeds"].clone();
            assert!(feeds[feed].is_object(), "{version}: {feeds}");
        }
        check_sound(&keeper, &format!("round {round}"));
    }
    assert_eq!(keeper.index()["sequence"], 9);
    keeper.expect_sound();
}
