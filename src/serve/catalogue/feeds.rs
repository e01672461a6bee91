//! What became of every feed, in the current release and in those before it that are kept.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::{BuildEpoch, Day, Digest};
use crate::release::{FeedRecord, FeedState, LicenceRecord, Manifest};
use crate::serve::catalogue::Choices;
use crate::serve::catalogue::packed::{gzip, zstd};
use crate::serve::rules::Coding;

/// How many releases the history of a feed has at most.
const MAX_RELEASES: usize = 30;

/// The feeds of the current release, and what became of them in others.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedList<'a> {
    /// The current release.
    version: &'a str,
    /// The releases that histories are of: the newest, at most 30, and the current one.
    releases: Vec<&'a str>,
    /// By id.
    feeds: Vec<FeedHealth<'a>>,
}

/// What became of a feed.
#[derive(Debug, Serialize, ToSchema)]
struct FeedHealth<'a> {
    id: &'a str,
    state: FeedState,
    /// Why, where it is not fresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// SHA-256 of what it was read from; null where nothing was.
    #[schema(value_type = Option<String>)]
    snapshot: Option<Digest>,
    /// The day its content is of.
    #[schema(value_type = Option<String>, format = Date)]
    as_of: Option<Day>,
    /// Days from then to the build of the current release.
    age_days: Option<u32>,
    /// Rows that its files hold.
    rows: u64,
    /// Rows that could not be read.
    faults: u64,
    /// Ranges or keys that it asserts something about.
    claims: u64,
    licence: &'a LicenceRecord,
    /// Feeds of one group are one witness.
    group: &'a str,
    /// Per mille.
    reliability: u16,
    /// The newest release first; those that had the feed.
    history: Vec<FeedPast<'a>>,
}

/// What became of a feed in one release.
#[derive(Debug, Serialize, ToSchema)]
struct FeedPast<'a> {
    version: &'a str,
    state: FeedState,
    rows: u64,
    faults: u64,
    /// Why, where it is not fresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// A release, as far as its feeds are looked at.
#[derive(Clone, Copy, Debug)]
struct Made<'a> {
    version: &'a str,
    feeds: &'a BTreeMap<String, FeedRecord>,
}

impl<'a> From<&'a Manifest> for Made<'a> {
    fn from(manifest: &'a Manifest) -> Self {
        Self { version: &manifest.version, feeds: &manifest.feeds }
    }
}

/// The answer of `/v1/feeds`, packed: the releases are the newest first.
pub(super) fn feeds<'a>(
    current: &'a Manifest,
    releases: impl Iterator<Item = &'a Manifest>,
) -> Choices {
    let day = BuildEpoch(current.build_epoch).day();
    let list = FeedList::of(current.into(), day, releases.map(Made::from));
    let bytes = serde_json::to_vec(&list).expect("text keys, and no type that fails");
    let packed = vec![(Coding::Zstd, zstd(&bytes)), (Coding::Gzip, gzip(&bytes))];
    Choices::made(bytes, packed)
}

impl<'a> FeedList<'a> {
    fn of(current: Made<'a>, built: Day, releases: impl Iterator<Item = Made<'a>>) -> Self {
        let mut releases: Vec<Made<'_>> = releases.take(MAX_RELEASES).collect();
        if releases.iter().all(|release| release.version != current.version) {
            // Rolled back past all of these.
            releases.truncate(MAX_RELEASES - 1);
            releases.push(current);
        }
        let feeds = current.feeds.iter().map(|(id, record)| {
            let past =
                |release: &Made<'a>| Some(FeedPast::of(release.version, release.feeds.get(id)?));
            FeedHealth::of(id, record, built, releases.iter().filter_map(past).collect())
        });
        Self {
            version: current.version,
            feeds: feeds.collect(),
            releases: releases.iter().map(|release| release.version).collect(),
        }
    }
}

impl<'a> FeedHealth<'a> {
    fn of(id: &'a str, record: &'a FeedRecord, built: Day, history: Vec<FeedPast<'a>>) -> Self {
        Self {
            id,
            state: record.state,
            reason: record.reason.as_deref(),
            snapshot: record.snapshot,
            as_of: record.as_of,
            age_days: record.as_of.map(|as_of| built.since(as_of)),
            rows: record.rows,
            faults: record.faults,
            claims: record.claims,
            licence: &record.licence,
            group: &record.group,
            reliability: record.reliability,
            history,
        }
    }
}

impl<'a> FeedPast<'a> {
    fn of(version: &'a str, record: &'a FeedRecord) -> Self {
        Self {
            version,
            state: record.state,
            rows: record.rows,
            faults: record.faults,
            reason: record.reason.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use crate::base::Day;
    use crate::release::{FeedRecord, FeedState, LicenceRecord};
    use crate::serve::catalogue::feeds::{FeedList, Made};

    type Feeds = BTreeMap<String, FeedRecord>;

    /// Feeds with their rows; of day 20,000.
    fn feeds(all: &[(&str, FeedState, u64)]) -> Feeds {
        let feed = |&(id, state, rows): &(&str, FeedState, u64)| {
            let is_there = state != FeedState::Missing;
            let record = FeedRecord {
                state,
                reason: (!is_there).then(|| "503".to_owned()),
                snapshot: None,
                as_of: is_there.then_some(Day(20_000)),
                rows,
                faults: rows / 10,
                claims: rows,
                licence: LicenceRecord { id: "CC0-1.0".to_owned(), redistribute: true },
                group: "g".to_owned(),
                reliability: 980,
            };
            (id.to_owned(), record)
        };
        all.iter().map(feed).collect()
    }

    fn listed(current: &str, built: i32, releases: &[(&str, Feeds)]) -> Value {
        let made: Vec<Made<'_>> =
            releases.iter().map(|(version, feeds)| Made { version, feeds }).collect();
        let current = made.iter().find(|release| release.version == current).expect("in the list");
        let list = FeedList::of(*current, Day(built), made.iter().copied());
        serde_json::to_value(list).expect("JSON")
    }

    #[test]
    fn feeds_of_the_current_release_have_what_became_of_them_before() {
        let releases = [
            ("3.1", feeds(&[("a", FeedState::Missing, 0), ("b", FeedState::Fresh, 20)])),
            ("2.1", feeds(&[("a", FeedState::Stale, 10), ("z", FeedState::Fresh, 1)])),
            ("1.1", feeds(&[("a", FeedState::Fresh, 10), ("b", FeedState::Fresh, 30)])),
        ];
        let list = listed("3.1", 20_002, &releases);
        assert_eq!(
            (&list["version"], &list["releases"]),
            (&json!("3.1"), &json!(["3.1", "2.1", "1.1"]))
        );
        let licence = json!({ "id": "CC0-1.0", "redistribute": true });
        let expected = json!([
            {
                "id": "a", "state": "missing", "reason": "503", "snapshot": null, "as_of": null,
                "age_days": null, "rows": 0, "faults": 0, "claims": 0, "licence": licence,
                "group": "g", "reliability": 980,
                "history": [
                    { "version": "3.1", "state": "missing", "rows": 0, "faults": 0, "reason": "503" },
                    { "version": "2.1", "state": "stale", "rows": 10, "faults": 1 },
                    { "version": "1.1", "state": "fresh", "rows": 10, "faults": 1 },
                ],
            },
            {
                "id": "b", "state": "fresh", "snapshot": null, "as_of": "2024-10-04",
                "age_days": 2, "rows": 20, "faults": 2, "claims": 20, "licence": licence,
                "group": "g", "reliability": 980,
                "history": [
                    { "version": "3.1", "state": "fresh", "rows": 20, "faults": 2 },
                    { "version": "1.1", "state": "fresh", "rows": 30, "faults": 3 },
                ],
            },
        ]);
        assert_eq!(list["feeds"], expected);
        // Rolled back: what is newer is history, too.
        let list = listed("2.1", 20_000, &releases);
        assert_eq!(list["feeds"][0]["history"][0]["version"], "3.1");
        assert_eq!(list["feeds"][0]["state"], "stale");
        assert_eq!(list["feeds"][0]["age_days"], 0);
        assert_eq!(list["feeds"][1]["id"], "z");
    }

    #[test]
    fn histories_end_and_the_current_release_is_in_them() {
        let versions: Vec<String> = (0..40).rev().map(|n| format!("{n:02}.1")).collect();
        let releases: Vec<(&str, Feeds)> = versions
            .iter()
            .map(|version| (version.as_str(), feeds(&[("a", FeedState::Fresh, 1)])))
            .collect();
        for (current, last) in [("39.1", "10.1"), ("10.1", "10.1"), ("03.1", "03.1")] {
            let list = listed(current, 20_000, &releases);
            let named = list["releases"].as_array().expect("a list");
            assert_eq!((named.len(), &named[29]), (30, &json!(last)), "{current}");
            let history = list["feeds"][0]["history"].as_array().expect("a list");
            assert_eq!((history.len(), &history[29]["version"]), (30, &json!(last)), "{current}");
        }
    }
}
