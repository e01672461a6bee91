//! Releases on disk: published whole or not at all, never changed after.
//!
//! ```text
//! output/
//!   index.json                which release is current; replaced by rename, last
//!   feeds.lock                what the last build was made of
//!   releases/<version>/       <edition>.mmdb, manifest.json, NOTICE
//! ```

mod index;
mod lock;
mod manifest;
mod notice;
mod policy_record;
mod sign;
mod store;

pub use index::{Index, IndexEntry};
pub use lock::{Lock, LockedFeed, digest_of_files};
pub use manifest::{
    CoverageRecord, DeltaKind, DeltaRecord, EditionRecord, FeedRecord, FeedState, FileRecord,
    GateRecord, LicenceRecord, Manifest, Previous, Variant,
};
pub use notice::notice;
pub use policy_record::{
    CanaryRecord, CategoryRecord, PolicyRecord, PolicyRecordError, ReleaseRecord, ViaRecord,
};
pub use sign::{Overwrite, PublicKey, SignError, Signer};
pub use store::{Draft, DraftEdition, Published, Release, Store, StoreError};
