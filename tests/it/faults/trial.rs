//! A publication that is tried again and again, from the same store.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::keeper::{Keeper, PLAIN, follow, plain, tool};

/// A store with one release, and news for the next.
pub(crate) struct Trial {
    pub(crate) keeper: Keeper,
}

/// The release before, and the one that is tried.
pub(crate) const OLD: &str = "20261121.1";
pub(crate) const NEW: &str = "20261122.1";

/// Whether the long form is asked for.
pub(crate) fn is_long() -> bool {
    env::var_os("IPMINT_LONG").is_some()
}

impl Trial {
    /// The tried publication carries `asn` over, makes `full` and one update, and adds to the
    /// history: every kind of step there is.
    pub(crate) fn new() -> Self {
        Self::of(Keeper::new(PLAIN))
    }

    /// The same of a signed store.
    pub(crate) fn signed() -> Self {
        let keeper = Keeper::new(PLAIN);
        keeper.sign();
        Self::of(keeper)
    }

    fn of(keeper: Keeper) -> Self {
        assert_eq!(keeper.publish(), OLD);
        keeper.list(11);
        keeper.wait_days(1);
        tool("cp", &["-a", plain(&keeper.path("")), plain(&keeper.project.path("before"))]);
        Self { keeper }
    }

    /// Takes the store back to where it was.
    pub(crate) fn restore(&self) {
        tool("rm", &["-rf", plain(&self.output())]);
        tool("cp", &["-a", plain(&self.keeper.project.path("before")), plain(&self.output())]);
    }

    /// The store, from the root of the file system.
    pub(crate) fn output(&self) -> PathBuf {
        self.keeper.project.path("output")
    }

    /// The publication, on one thread, so that its calls come in the same order every time.
    pub(crate) fn building(&self) -> Command {
        let output = self.output();
        self.keeper.building(&["--json", "--threads", "1", "--output", plain(&output)])
    }

    /// Fails the test unless a whole release is current, old or new, everything that is there is
    /// sound but for what nobody is sent to, and the next build publishes the news. Returns what
    /// was current before that build.
    #[track_caller]
    pub(crate) fn check(&self, what: &str) -> String {
        let keeper = &self.keeper;
        let current = follow(&self.output()).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!([OLD, NEW].contains(&&*current), "{what}: {current}");
        check_sound(keeper, what);

        let ended = keeper.build(&["--json"]);
        assert_eq!(ended.code, 0, "{what}: the next build: {ended:?}");
        let next = follow(&self.output()).unwrap_or_else(|error| panic!("{what}: then {error}"));
        assert_eq!(keeper.manifest(&next)["feeds"]["list"]["rows"], 11, "{what}");
        // A build with the same news has nothing to add to what was published.
        assert!(current == OLD || next == current, "{what}: {current}, then {next}");
        check_sound(keeper, what);
        for version in keeper.versions() {
            let kept = keeper.store().history_full(&version);
            let kept = kept.unwrap_or_else(|error| panic!("{what}: {version}: {error}"));
            assert!(kept == keeper.read(&format!("releases/{version}/full.mmdb")), "{what}");
        }
        let leftovers = files_named(keeper, ".tmp-");
        assert!(leftovers.is_empty(), "{what}: {leftovers:?}");
        current
    }
}

/// Fails the test unless every release and the history are sound. One release may be there that no
/// index names: it is reported, and nobody is sent there.
#[track_caller]
pub(crate) fn check_sound(keeper: &Keeper, what: &str) {
    let store = keeper.store();
    let mut problems = store.check_history();
    let versions = keeper.versions();
    problems.extend(versions.iter().flat_map(|version| store.check(version)));
    assert!(problems.is_empty(), "{what}: {problems:?}");
    let index = store.published().expect("read above");
    let mut strays = store.strays(&index).expect("a folder");
    strays.retain(|stray| !stray.starts_with("releases/.tmp-"));
    assert!(strays.len() < 2, "{what}: {strays:?}");
}

/// The names in the store and its folders of releases and history that begin like that.
fn files_named(keeper: &Keeper, start: &str) -> Vec<String> {
    let folders = ["output", "output/releases", "output/history"];
    let names = folders.iter().flat_map(|folder| keeper.project.names(folder));
    names.filter(|name| name.starts_with(start)).collect()
}
