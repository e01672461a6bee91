//! One feed from its snapshot to what compiling takes, or to the reason why it claims nothing.

use crate::base::{BuildEpoch, Day, Digest, chain};
use crate::claim;
use crate::feed::Feed;
use crate::fetch;
use crate::parse::{self, Fault, Parsed, Source, Tally};
use crate::publish::snapshot::{self, Origin, Snapshot};
use crate::release::{FeedState, Lock};

/// A feed, loaded.
#[derive(Debug)]
pub(super) struct Loaded<'a> {
    pub(super) feed: &'a Feed,
    pub(super) state: FeedState,
    /// Why, where it is not fresh.
    pub(super) reason: Option<String>,
    /// Whether its snapshot lies inside the binary, and so is always there.
    pub(super) is_built_in: bool,
    pub(super) sha256: Option<Digest>,
    pub(super) as_of: Option<Day>,
    pub(super) tally: Tally,
    pub(super) samples: Vec<Fault>,
    /// What was read; only of a fresh feed.
    pub(super) parsed: Option<Parsed>,
}

/// Loads a feed. Never fails: a feed that cannot be had or believed claims nothing and says why.
pub(super) fn load<'a>(
    origin: Origin<'_>,
    feed: &'a Feed,
    before: Option<&Lock>,
    epoch: BuildEpoch,
) -> Loaded<'a> {
    let mut loaded = Loaded {
        feed,
        state: FeedState::Fresh,
        reason: None,
        is_built_in: false,
        sha256: None,
        as_of: None,
        tally: Tally::default(),
        samples: Vec::new(),
        parsed: None,
    };
    if !feed.enabled {
        loaded.set(FeedState::Disabled, feed.note.clone().unwrap_or_default());
        return loaded;
    }
    let snapshot = match snapshot::read(origin, feed) {
        Ok(snapshot) => snapshot,
        Err(error) => {
            loaded.set(FeedState::Missing, chain(&error));
            return loaded;
        }
    };
    let first_seen = || before.and_then(|lock| lock.first_seen(feed.id.as_str(), snapshot.sha256));
    let as_of = feed.as_of.or_else(first_seen).unwrap_or(epoch.day());
    loaded.is_built_in = snapshot.is_built_in;
    loaded.sha256 = Some(snapshot.sha256);
    loaded.as_of = Some(as_of);
    if let Some(limit) = feed.expire_seconds {
        let age_days = epoch.day().since(as_of);
        if u64::from(age_days) * 86_400 > limit {
            let limit_days = limit.div_ceil(86_400);
            let reason = format!(
                "expired: its content is of {as_of}, {age_days} days ago; it claims nothing after \
                 {limit_days}"
            );
            loaded.set(FeedState::Stale, reason);
            return loaded;
        }
    }
    match read(feed, &snapshot) {
        Ok(parsed) => {
            loaded.tally = parsed.tally;
            loaded.samples.clone_from(&parsed.samples);
            match claim::guard(feed, &parsed) {
                Ok(()) => loaded.parsed = Some(parsed),
                Err(trip) => loaded.set(FeedState::Rejected, trip.to_string()),
            }
        }
        Err(reason) => loaded.set(FeedState::Rejected, reason),
    }
    loaded
}

impl Loaded<'_> {
    fn set(&mut self, state: FeedState, reason: String) {
        self.state = state;
        self.reason = (!reason.is_empty()).then_some(reason);
    }
}

/// Unpacks and parses; the error says why the content is not believed.
fn read(feed: &Feed, snapshot: &Snapshot) -> Result<Parsed, String> {
    let mut members = Vec::new();
    for (name, bytes) in &snapshot.files {
        members.extend(fetch::unpack(feed, name, bytes).map_err(|error| chain(&error))?);
    }
    for member in &members {
        if let Some(found) = fetch::unexpected(feed.format, &member.bytes) {
            return Err(format!("`{}` is {found}", member.name.escape_debug()));
        }
    }
    let sources: Vec<Source<'_>> = members
        .iter()
        .map(|member| Source {
            name: &member.name,
            captures: &member.captures,
            bytes: &member.bytes,
        })
        .collect();
    Ok(parse::parse(feed, &sources))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests write files")]
mod tests {
    use crate::base::{BuildEpoch, Digest};
    use crate::feed::{Catalogue, embedded};
    use crate::publish::load::load;
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
        let html = "`list.txt` is an HTML page where a feed is due";
        check("", Some("<html>"), FeedState::Rejected, html);
        let few = "1 rows, expected at least 9 (guards.min_rows)";
        check("guards.min_rows = 9", Some("192.0.2.1\n"), FeedState::Rejected, few);
        let expired =
            "expired: its content is of 2026-08-01, 21 days ago; it claims nothing after 7";
        let old = "as_of = '2026-08-01'\nexpire = '7d'";
        check(old, Some("192.0.2.1\n"), FeedState::Stale, expired);
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
        let locked = LockedFeed { state: FeedState::Fresh, sha256: first.sha256, as_of: Some(day) };
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
