//! Releases on disk: published whole or not at all, never changed after.
//!
//! ```text
//! output/
//!   index.json                which release is current; replaced by rename, last
//!   feeds.lock                what the last build was made of
//!   releases/<version>/       manifest.json, NOTICE; <edition>.mmdb and what it is packed as
//!     delta/                  updates from older releases
//!   history/                  what `full` said on each day
//! ```
//!
//! - `store`: what is there, read; `publication` and `make`: one release more; `carry`: or none;
//! - `pack`, `update`: what clients fetch instead of the database;
//! - `sign`: the index and every manifest, as minisign does;
//! - `retention`: rollback and pruning; `audit`: files held against manifests; `history`.

mod audit;
mod carry;
mod error;
mod history;
mod index;
mod lock;
mod make;
mod manifest;
mod notice;
mod pack;
mod policy_record;
mod publication;
mod retention;
mod sign;
mod store;
mod update;

pub use error::StoreError;
pub use history::{History, HistoryEntry, HistoryKind, HistoryStamp};
pub use index::{Index, IndexEntry};
pub use lock::{Lock, LockedFeed, digest_of_files};
pub use manifest::{
    DeltaKind, DeltaRecord, EditionRecord, FeedRecord, FeedState, FileRecord, GateRecord,
    LicenceRecord, Manifest, Previous,
};
pub use notice::notice;
pub use policy_record::{
    CanaryRecord, CategoryRecord, PolicyRecord, PolicyRecordError, ReleaseRecord, ViaRecord,
};
pub use publication::{Draft, DraftEdition, Published};
pub use retention::{Keep, Pruned};
pub use sign::{Overwrite, PublicKey, SignError, Signer};
pub use store::{IndexFile, Release, Store};
