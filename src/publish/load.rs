//! One feed from its snapshot to what compiling takes, or to the reason why it claims nothing.

use crate::base::{BuildEpoch, Day, chain};
use crate::feed::Feed;
use crate::fetch::{Cache, CacheError};
use crate::publish::judge::{Loaded, judge, read};
use crate::publish::maps::Maps;
use crate::publish::remote;
use crate::publish::snapshot::{self, Origin};
use crate::release::{FeedState, Lock};

/// How builds come to their snapshots.
#[derive(Clone, Copy, Debug)]
pub enum Mode<'a> {
    /// What is due is fetched first.
    Online,
    /// From the cache alone.
    Offline,
    /// Exactly what a lock names, in the states it names.
    Locked(&'a Lock),
}

/// What loading a feed depends on beside the feed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loader<'a> {
    pub(super) origin: Origin<'a>,
    pub(super) mode: Mode<'a>,
    /// There if some feed has a `url`.
    pub(super) cache: Option<&'a Cache>,
    pub(super) maps: &'a Maps,
    /// Of the last build.
    pub(super) before: Option<&'a Lock>,
    pub(super) epoch: BuildEpoch,
}

/// A feed whose locked snapshot is not to be had.
#[derive(Debug, thiserror::Error)]
#[error("feed `{feed}`: {reason}")]
pub struct LockedError {
    /// The feed.
    pub feed: String,
    /// What is missing, and what to do.
    pub reason: String,
}

/// Loading cannot go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoadError {
    #[error(transparent)]
    Cache(#[from] CacheError),
    #[error(transparent)]
    Locked(#[from] LockedError),
}

impl Loader<'_> {
    /// Loads a feed. One that cannot be had or believed claims nothing, or what it last claimed,
    /// and says why.
    ///
    /// # Errors
    /// Only where the cache is damaged, or has not what a lock names.
    pub(super) fn load<'a>(&self, feed: &'a Feed) -> Result<Loaded<'a>, LoadError> {
        if !feed.enabled {
            let note = feed.note.clone().unwrap_or_default();
            return Ok(Loaded::nothing(feed, FeedState::Disabled, note));
        }
        match (self.mode, self.cache) {
            (Mode::Locked(lock), _) => Ok(self.locked(feed, lock)?),
            (_, Some(cache)) if feed.is_fetched() => {
                Ok(remote::load(cache, self.maps, feed, self.epoch)?)
            }
            _ => Ok(self.local(feed)),
        }
    }

    /// A feed with a `path`.
    fn local<'a>(&self, feed: &'a Feed) -> Loaded<'a> {
        let snapshot = match snapshot::of_paths(self.origin, feed) {
            Ok(snapshot) => snapshot,
            Err(error) => return Loaded::nothing(feed, FeedState::Missing, chain(&error)),
        };
        let before = self.before;
        let first_seen =
            || before.and_then(|lock| lock.first_seen(feed.id.as_str(), snapshot.sha256));
        let as_of = feed.as_of.or_else(first_seen).unwrap_or(self.epoch.day());
        let mut loaded = Loaded::nothing(feed, FeedState::Fresh, String::new());
        loaded.is_built_in = snapshot.is_built_in;
        loaded.sha256 = Some(snapshot.sha256);
        loaded.as_of = Some(as_of);
        if let Some(reason) = expired(feed, as_of, self.epoch) {
            loaded.set(FeedState::Missing, reason);
            return loaded;
        }
        match judge(self.maps, feed, &snapshot) {
            Ok(parsed) => loaded.take(parsed),
            Err(refused) => loaded.refuse(refused),
        }
        loaded
    }

    /// A feed as a lock has it.
    fn locked<'a>(&self, feed: &'a Feed, lock: &Lock) -> Result<Loaded<'a>, LockedError> {
        let gone = |reason: String| LockedError { feed: feed.id.to_string(), reason };
        let Some(locked) = lock.feeds.get(feed.id.as_str()) else {
            return Err(gone("is not in the lock; lock it by a build without --locked".to_owned()));
        };
        let mut loaded = Loaded::nothing(feed, locked.state, "as locked".to_owned());
        (loaded.sha256, loaded.as_of) = (locked.sha256, locked.as_of);
        let Some(sha256) = locked.sha256.filter(|_| locked.claims) else { return Ok(loaded) };
        let snapshot = match self.cache {
            Some(cache) if feed.is_fetched() => {
                snapshot::of_cache(cache, feed, sha256).map_err(|error| gone(chain(&error)))?
            }
            _ => {
                let read = snapshot::of_paths(self.origin, feed);
                read.map_err(|error| gone(chain(&error)))?
            }
        };
        if snapshot.sha256 != sha256 {
            let found = snapshot.sha256;
            return Err(gone(format!(
                "its file is now {found}, the lock names {sha256}; put that file back"
            )));
        }
        loaded.is_built_in = snapshot.is_built_in;
        loaded.take(read(self.maps, feed, &snapshot).map_err(gone)?);
        if !locked.state.is_degraded() {
            loaded.reason = None;
        }
        Ok(loaded)
    }
}

/// Why content that is of that day claims nothing any more, if so.
fn expired(feed: &Feed, as_of: Day, epoch: BuildEpoch) -> Option<String> {
    let limit = feed.expire_seconds?;
    let age_days = epoch.day().since(as_of);
    let limit_days = limit.div_ceil(86_400);
    (u64::from(age_days) * 86_400 > limit).then(|| {
        format!(
            "expired: its content is of {as_of}, {age_days} days ago; it claims nothing after \
             {limit_days}"
        )
    })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests write files")]
mod tests {
    use crate::base::{BuildEpoch, Digest, Memory};
    use crate::feed::{Catalogue, Feed, embedded};
    use crate::publish::judge::Loaded;
    use crate::publish::load::{Loader, Mode};
    use crate::publish::maps::Maps;
    use crate::publish::snapshot::Origin;
    use crate::release::{FeedState, Lock, LockedFeed};

    const EPOCH: BuildEpoch = BuildEpoch(1_787_400_000); // 2026-08-22

    fn definition(more: &str) -> Catalogue {
        let text = format!(
            "title = 't'\npath = 'list.txt'\nformat = 'list'\nkind = 'membership'\n\
             category = 'vpn'\nreserved = 'keep'\nlicence = {{ id = 'CC0-1.0' }}\n{more}\n"
        );
        Catalogue::from_files(&[("x.toml".to_owned(), text)]).expect("good")
    }

    fn load<'a>(
        origin: Origin<'_>,
        feed: &'a Feed,
        before: Option<&Lock>,
        epoch: BuildEpoch,
    ) -> Loaded<'a> {
        let maps = Maps::at(None, &Memory::unbounded());
        let loader = Loader { origin, mode: Mode::Online, cache: None, maps: &maps, before, epoch };
        loader.load(feed).expect("no cache, no lock")
    }

    /// Loads a feed whose file holds `content` (`None`: there is no file).
    #[track_caller]
    fn check(more: &str, content: Option<&str>, state: FeedState, reason: &str) {
        let root = tempfile::tempdir().expect("a folder");
        if let Some(content) = content {
            std::fs::write(root.path().join("list.txt"), content).expect("written");
        }
        let catalogue = definition(more);
        let feed = catalogue.get("x").expect("defined");
        let loaded = load(Origin::Below { root: root.path(), feeds: None }, feed, None, EPOCH);
        let found = loaded.reason.unwrap_or_default();
        let found = found.replace(&format!("{}/", root.path().display()), "");
        assert_eq!((loaded.state, found.as_str()), (state, reason));
        assert_eq!(loaded.parsed.is_some(), state == FeedState::Fresh);
    }

    #[test]
    fn each_state_has_its_reason() {
        check("", Some("192.0.2.1\n"), FeedState::Fresh, "");
        let missing = "list.txt is missing; put the file there, or set --root";
        check("", None, FeedState::Missing, missing);
        check("enabled = false\nnote = 'dead'", None, FeedState::Disabled, "dead");
        let html = "`list.txt` is an HTML page where a feed is due: `<html>`";
        check("", Some("<html>"), FeedState::Rejected, html);
        let few = "1 rows, expected at least 9 (guards.min_rows)";
        check("guards.min_rows = 9", Some("192.0.2.1\n"), FeedState::Rejected, few);
        let expired =
            "expired: its content is of 2026-08-01, 21 days ago; it claims nothing after 7";
        let old = "as_of = '2026-08-01'\nexpire = '7d'";
        check(old, Some("192.0.2.1\n"), FeedState::Missing, expired);
        check("as_of = '2026-08-20'\nexpire = '7d'", Some("192.0.2.1\n"), FeedState::Fresh, "");
    }

    #[test]
    fn content_ages_from_the_day_it_was_first_seen() {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::write(root.path().join("list.txt"), "192.0.2.1\n").expect("written");
        let catalogue = definition("");
        let feed = catalogue.get("x").expect("defined");
        let load =
            |before| load(Origin::Below { root: root.path(), feeds: None }, feed, before, EPOCH);
        let first = load(None);
        assert_eq!(first.as_of, Some(EPOCH.day()));
        let day = "2026-08-01".parse().expect("a date");
        let locked = LockedFeed {
            state: FeedState::Fresh,
            sha256: first.sha256,
            as_of: Some(day),
            claims: true,
        };
        let digest = Digest::of(b"");
        let lock = Lock {
            schema: Lock::SCHEMA,
            build_epoch: 0,
            definitions: digest,
            policy: digest,
            schemas: digest,
            feeds: [("x".to_owned(), locked)].into(),
        };
        assert_eq!(load(Some(&lock)).as_of, Some(day));
        std::fs::write(root.path().join("list.txt"), "192.0.2.2\n").expect("written");
        assert_eq!(load(Some(&lock)).as_of, Some(EPOCH.day()));
    }

    #[test]
    fn every_feed_of_the_sample_is_fresh() {
        let catalogue = Catalogue::from_files(&embedded::sample_definitions()).expect("good");
        for feed in &catalogue {
            let epoch = BuildEpoch(1_795_219_200); // 2026-11-21
            let loaded = load(Origin::Sample, feed, None, epoch);
            assert_eq!(loaded.state, FeedState::Fresh, "{}: {:?}", feed.id, loaded.reason);
        }
    }
}
