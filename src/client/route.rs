//! Which deltas lead from the file that is here to the one that is wanted.
//!
//! A manifest lists deltas to its own file. Where none of them begins at the file that is here,
//! manifests of the releases they begin at list more; so the way is looked for from its end.

use std::collections::{BTreeSet, VecDeque};

use crate::base::Digest;
use crate::client::store::Edition;
use crate::release::DeltaRecord;

/// Deltas one after the other, and manifests read to find them. A week of nightly deltas reaches
/// two months back with it; who is further behind fetches the whole file.
const MAX_STEPS: usize = 8;

/// One delta of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// The release that lists it.
    pub(super) version: String,
    pub(super) delta: DeltaRecord,
    /// Bytes of the file that it leads to.
    pub(super) new_bytes: u64,
}

/// A release from which deltas lead to the end.
struct Place {
    version: String,
    edition: Edition,
    /// From here to the end, the last step first.
    steps: Vec<Step>,
    n_bytes: u64,
}

/// Returns the fewest deltas from `have` to the file of a release, if together they have fewer
/// than `below` bytes; `older` reads the manifest of another release.
pub(super) fn route(
    have: Digest,
    version: &str,
    edition: &Edition,
    below: u64,
    mut older: impl FnMut(&str) -> Option<Edition>,
) -> Option<Vec<Step>> {
    let end = Place {
        version: version.to_owned(),
        edition: edition.clone(),
        steps: Vec::new(),
        n_bytes: 0,
    };
    let mut seen = BTreeSet::from([version.to_owned()]);
    let mut places = VecDeque::from([end]);
    while let Some(place) = places.pop_front() {
        let Some(database) = place.edition.database() else { continue };
        let (new, new_bytes) = (database.sha256, database.bytes);
        let step = |delta: &DeltaRecord| Step {
            version: place.version.clone(),
            delta: delta.clone(),
            new_bytes,
        };
        let n_bytes = |delta: &DeltaRecord| place.n_bytes.saturating_add(delta.bytes);
        let cheap = |delta: &&DeltaRecord| n_bytes(delta) < below && delta.old_sha256 != new;
        let mut deltas: Vec<&DeltaRecord> = place.edition.deltas().filter(cheap).collect();
        let here = deltas.iter().filter(|delta| delta.old_sha256 == have);
        if let Some(first) = here.min_by_key(|delta| delta.bytes) {
            let steps = place.steps.iter().rev().cloned();
            return Some([step(first)].into_iter().chain(steps).collect());
        }
        if place.steps.len() + 1 == MAX_STEPS {
            continue;
        }
        // What begins furthest back brings nearest to who is far behind.
        deltas.sort_by(|a, b| a.from.cmp(&b.from));
        for delta in deltas {
            if seen.len() > MAX_STEPS || !seen.insert(delta.from.clone()) {
                continue;
            }
            let Some(edition) = older(&delta.from) else { continue };
            if edition.database().is_none_or(|database| database.sha256 != delta.old_sha256) {
                continue;
            }
            let steps = place.steps.iter().cloned().chain([step(delta)]).collect();
            let version = delta.from.clone();
            places.push_back(Place { version, edition, steps, n_bytes: n_bytes(delta) });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::base::Digest;
    use crate::client::route::route;
    use crate::client::store::Edition;

    fn digest(n: usize) -> Digest {
        Digest::of(&n.to_be_bytes())
    }

    /// Release `n` with deltas from others, each of so many bytes.
    fn edition(n: usize, deltas: &[(usize, u64)]) -> Edition {
        let delta = |&(from, bytes): &(usize, u64)| {
            json!({ "from": from.to_string(), "kind": "rows", "name": "x", "bytes": bytes,
                "sha256": digest(0), "old_sha256": digest(from) })
        };
        let file = json!({ "name": "x", "variant": "mmdb", "bytes": 1000, "sha256": digest(n),
            "md5": "0".repeat(32) });
        let edition =
            json!({ "files": [file], "deltas": deltas.iter().map(delta).collect::<Vec<_>>() });
        serde_json::from_value(edition).expect("as manifests have it")
    }

    /// From `have` to release 20, where release `n` has deltas from `deltas(n)`; `expected` are
    /// the releases that list them, and how many manifests were read.
    #[track_caller]
    fn check(
        have: usize,
        below: u64,
        deltas: impl Fn(usize) -> Vec<(usize, u64)>,
        expected: (Option<&[&str]>, usize),
    ) {
        let mut n_read = 0;
        let older = |version: &str| {
            n_read += 1;
            let n: usize = version.parse().expect("ours");
            (n < 20).then(|| edition(n, &deltas(n)))
        };
        let found = route(digest(have), "20", &edition(20, &deltas(20)), below, older);
        let versions = found.as_ref().map(|steps| steps.iter().map(|step| &*step.version));
        let versions: Option<Vec<&str>> = versions.map(Iterator::collect);
        assert_eq!((versions.as_deref(), n_read), expected, "from {have}");
    }

    #[test]
    fn the_fewest_deltas_are_taken_that_are_smaller_than_the_file() {
        let nightly = |n: usize| vec![(n - 1, 10)];
        check(19, 100, nightly, (Some(&["20"]), 0));
        check(17, 100, nightly, (Some(&["18", "19", "20"]), 2));
        check(17, 31, nightly, (Some(&["18", "19", "20"]), 2));
        check(17, 30, nightly, (None, 2));
        check(12, 1000, nightly, (Some(&["13", "14", "15", "16", "17", "18", "19", "20"]), 7));
        check(11, 1000, nightly, (None, 7));
        let weekly = |n: usize| (n - 4..n).map(|from| (from, 10)).collect();
        check(16, 100, weekly, (Some(&["20"]), 0));
        check(12, 100, weekly, (Some(&["16", "20"]), 4));
    }

    #[test]
    fn a_circle_is_walked_once() {
        check(1, 1000, |n| vec![(20, 1), (if n == 19 { 18 } else { 19 }, 1)], (None, 2));
        check(1, 1000, |n| vec![(n, 1), (n - 1, 0)], (None, 7));
        check(1, 1000, |n| (2..n).map(|from| (from, 1)).collect(), (None, 8));
    }
}
