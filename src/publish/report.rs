//! What a build did, for people and for `--json` (`schemas/build.schema.json`).

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::base::{BuildEpoch, Day, Digest};
use crate::claim::Counts;
use crate::feed::FeedId;
use crate::parse::{Fault, Tally};
use crate::release::FeedState;

/// What a build did.
#[derive(Clone, Debug)]
pub struct Report {
    /// The release's name.
    pub version: String,
    /// Whether it is a new one; if not, nothing changed, and the one before stands.
    pub is_new: bool,
    /// When it is said to have been built.
    pub build_epoch: BuildEpoch,
    /// In the order they were asked for.
    pub editions: Vec<EditionReport>,
    /// By id.
    pub feeds: Vec<FeedReport>,
    /// Runs of addresses under the same claims.
    pub n_segments: u64,
    /// Distinct sets of claims.
    pub n_sets: u64,
}

/// One database.
#[derive(Clone, Debug)]
pub struct EditionReport {
    /// Its name.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Nodes of the search tree.
    pub nodes: u64,
    /// Distinct records.
    pub records: u64,
    /// Networks with a record.
    pub prefixes: u64,
    /// Its digest.
    pub sha256: Digest,
}

/// What became of a feed.
#[derive(Clone, Debug)]
pub struct FeedReport {
    /// Its id.
    pub id: FeedId,
    /// Its definition.
    pub file: String,
    /// What became of it.
    pub state: FeedState,
    /// Why, where it is not fresh.
    pub reason: Option<String>,
    /// Digest of its snapshot.
    pub snapshot: Option<Digest>,
    /// The day its content is of.
    pub as_of: Option<Day>,
    /// Whether the build took its snapshot in.
    pub claims: bool,
    /// Its rows.
    pub tally: Tally,
    /// What became of those that could be read.
    pub counts: Counts,
    /// The first of those that could not.
    pub samples: Vec<Fault>,
}

impl Report {
    /// Whether some feed is stale, rejected or missing.
    pub fn is_degraded(&self) -> bool {
        self.feeds.iter().any(|feed| feed.state.is_degraded())
    }

    /// The object of `build --json`.
    pub fn to_json(&self) -> Value {
        let editions: Map<String, Value> =
            self.editions.iter().map(|edition| (edition.name.clone(), edition.to_json())).collect();
        let feeds: Map<String, Value> =
            self.feeds.iter().map(|feed| (feed.id.to_string(), feed.to_json())).collect();
        json!({
            "version": self.version,
            "build_epoch": self.build_epoch.0,
            "changed": self.is_new,
            "editions": editions,
            "feeds": feeds,
        })
    }
}

impl EditionReport {
    fn to_json(&self) -> Value {
        json!({
            "path": self.path.to_string_lossy(),
            "bytes": self.bytes,
            "nodes": self.nodes,
            "records": self.records,
            "prefixes": self.prefixes,
            "sha256": self.sha256.to_string(),
        })
    }
}

impl FeedReport {
    fn to_json(&self) -> Value {
        let sample = |fault: &Fault| {
            json!({
                "file": fault.file,
                "line": fault.line,
                "reason": fault.reason,
                "text": fault.text,
            })
        };
        let Self { tally, counts, .. } = self;
        json!({
            "state": self.state.name(),
            "reason": self.reason,
            "snapshot": self.snapshot.map(|digest| digest.to_string()),
            "as_of": self.as_of.map(|day| day.to_string()),
            "rows": tally.rows,
            "faults": tally.faults,
            "valueless": tally.valueless,
            "masked": tally.masked,
            "claims": counts.claims,
            "reserved": counts.reserved,
            "clipped": counts.clipped,
            "expired": counts.expired,
            "outvoted": counts.outvoted,
            "crowded": counts.crowded,
            "coverage_v4": counts.coverage_v4.to_json(),
            "coverage_v6": counts.coverage_v6.to_json(),
            "samples": self.samples.iter().map(sample).collect::<Vec<_>>(),
        })
    }
}
