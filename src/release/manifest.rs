//! `manifest.json`: everything a release says about itself (`schemas/manifest.schema.json`).

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::base::{Day, Digest, Md5, Variant};
use crate::release::{Lock, PolicyRecord};
use crate::verify::Covered;

/// What a release says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// 1.
    pub schema: u32,
    /// `YYYYMMDD.N`.
    pub version: String,
    /// Counts publications of the store, from 1.
    pub sequence: u64,
    /// The release before.
    pub previous: Option<Previous>,
    /// Unix seconds.
    pub build_epoch: u64,
    /// What built it: name and version.
    pub tool: String,
    /// Every number that scores depend on.
    pub policy: PolicyRecord,
    /// What it was made of.
    pub lock: Lock,
    /// By version: what editions that were carried over were made of.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub locks: BTreeMap<String, Lock>,
    /// By feed.
    pub feeds: BTreeMap<String, FeedRecord>,
    /// By edition.
    pub editions: BTreeMap<String, EditionRecord>,
    /// What was asked before publishing.
    pub gates: Vec<GateRecord>,
    /// Digest of `NOTICE`.
    pub notice_sha256: Digest,
}

/// The release before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// Its version.
    pub version: String,
    /// Digest of its manifest.
    pub sha256: Digest,
}

/// What became of a feed in a build.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FeedState {
    /// Content that no build before had, read and believed.
    Fresh,
    /// Content that a build before had believed, as its host confirms.
    Unchanged,
    /// Could not be had now; what was last believed stands in.
    Stale,
    /// Had, and not believed: a guard tripped. What was last believed stands in, if anything was.
    Rejected,
    /// Could not be had, and nothing stands in: there never was anything, or it is past `expire`.
    Missing,
    /// Its definition says so.
    Disabled,
}

impl FeedState {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Unchanged => "unchanged",
            Self::Stale => "stale",
            Self::Rejected => "rejected",
            Self::Missing => "missing",
            Self::Disabled => "disabled",
        }
    }

    /// Whether the release is poorer for it.
    pub fn is_degraded(self) -> bool {
        matches!(self, Self::Stale | Self::Rejected | Self::Missing)
    }
}

impl fmt::Display for FeedState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a feed brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedRecord {
    /// What became of it.
    pub state: FeedState,
    /// Why, where it is not fresh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Digest of its snapshot.
    pub snapshot: Option<Digest>,
    /// The day its content is of.
    pub as_of: Option<Day>,
    /// Rows that its files hold.
    pub rows: u64,
    /// Rows that could not be read.
    pub faults: u64,
    /// Ranges or keys that it asserts something about.
    pub claims: u64,
    /// Under what terms it is published.
    pub licence: LicenceRecord,
    /// Feeds of one group are one witness.
    pub group: String,
    /// Per mille.
    pub reliability: u16,
}

/// The licence of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LicenceRecord {
    /// SPDX id or URL; empty when not known.
    pub id: String,
    /// Whether what was made from it may be passed on.
    pub redistribute: bool,
}

/// One database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditionRecord {
    /// The release whose lock makes these bytes.
    pub since: String,
    /// The one in its metadata.
    pub build_epoch: u64,
    /// How its bytes are laid out: another number, other bytes of the same content.
    pub layout: u32,
    /// Nodes of the search tree.
    pub nodes: u64,
    /// Distinct records.
    pub records: u64,
    /// Networks with a record.
    pub prefixes: u64,
    /// By signal, the last word of a key whose value is true or false: how many addresses it is
    /// true of.
    pub coverage: BTreeMap<String, Covered>,
    /// The database, and what it is packed as.
    pub files: Vec<FileRecord>,
    /// Updates from older releases.
    pub deltas: Vec<DeltaRecord>,
}

/// One file of an edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Its name in the release's folder.
    pub name: String,
    /// What it is packed as.
    pub variant: Variant,
    /// Its size.
    pub bytes: u64,
    /// Its digest.
    pub sha256: Digest,
    /// The same for clients that know no better.
    pub md5: Md5,
}

/// An update from an older release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeltaRecord {
    /// The older release.
    pub from: String,
    /// How it is applied.
    pub kind: DeltaKind,
    /// The file's name in the release's folder; releases with the same old file share it.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its digest.
    pub sha256: Digest,
    /// Digest of the database that it is applied to.
    pub old_sha256: Digest,
}

/// How an update is applied.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DeltaKind {
    /// Changed rows ([`crate::delta::rows`]), by `ipmint apply`.
    Rows,
    /// A zstd frame with the old file as its prefix (RFC 9842), by the stock tool.
    Dcz,
}

/// What a gate said about an edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateRecord {
    /// The gate.
    pub name: String,
    /// The edition.
    pub edition: String,
    /// How many things it found.
    pub seen: u64,
    /// How many are allowed.
    pub limit: u64,
    /// Whether it let the edition pass by itself.
    pub ok: bool,
    /// Whether it was overruled.
    pub forced: bool,
}

impl Manifest {
    /// The schema that this code writes and reads.
    pub const SCHEMA: u32 = 1;

    /// The layout of the databases that this code writes.
    pub const LAYOUT: u32 = 1;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::base::{Digest, Md5, Variant};
    use crate::release::{
        DeltaKind, DeltaRecord, EditionRecord, FeedRecord, FeedState, FileRecord, GateRecord,
        LicenceRecord, Lock, Manifest, PolicyRecord, Previous,
    };
    use crate::score::Policy;
    use crate::verify::Covered;

    #[test]
    fn a_manifest_is_read_back() {
        let digest = Digest::of(b"x");
        let feed = FeedRecord {
            state: FeedState::Rejected,
            reason: Some("3 rows".to_owned()),
            snapshot: Some(digest),
            as_of: None,
            rows: 3,
            faults: 1,
            claims: 0,
            licence: LicenceRecord { id: "CC0-1.0".to_owned(), redistribute: true },
            group: "g".to_owned(),
            reliability: 980,
        };
        let edition = EditionRecord {
            since: "20260822.1".to_owned(),
            build_epoch: 1,
            layout: Manifest::LAYOUT,
            nodes: 1,
            records: 2,
            prefixes: 3,
            files: vec![FileRecord {
                name: "full.mmdb".to_owned(),
                variant: Variant::TarGz,
                bytes: 4,
                sha256: digest,
                md5: Md5::md5_of(b"x"),
            }],
            coverage: BTreeMap::from([("is_vpn".to_owned(), Covered::default())]),
            deltas: vec![DeltaRecord {
                from: "20260821.1".to_owned(),
                kind: DeltaKind::Dcz,
                name: "delta/full.from-20260821.1.dcz".to_owned(),
                bytes: 5,
                sha256: digest,
                old_sha256: digest,
            }],
        };
        let manifest = Manifest {
            schema: Manifest::SCHEMA,
            version: "20260822.1".to_owned(),
            sequence: 1,
            previous: Some(Previous { version: "20260821.1".to_owned(), sha256: digest }),
            build_epoch: 1,
            tool: "ipmint 0.1.0".to_owned(),
            policy: PolicyRecord::from(&Policy::default()),
            lock: Lock {
                schema: Lock::SCHEMA,
                build_epoch: 1,
                definitions: digest,
                policy: digest,
                schemas: digest,
                feeds: BTreeMap::new(),
            },
            locks: BTreeMap::new(),
            feeds: BTreeMap::from([("x".to_owned(), feed)]),
            editions: BTreeMap::from([("full".to_owned(), edition)]),
            gates: vec![GateRecord {
                name: "structure".to_owned(),
                edition: "full".to_owned(),
                seen: 0,
                limit: 0,
                ok: true,
                forced: false,
            }],
            notice_sha256: digest,
        };
        let json = serde_json::to_string(&manifest).expect("serializable");
        assert_eq!(serde_json::from_str::<Manifest>(&json).expect("its own JSON"), manifest);
        for part in [r#""state":"rejected""#, r#""variant":"tar.gz""#, r#""kind":"dcz""#] {
            assert!(json.contains(part), "{json}");
        }
    }
}
