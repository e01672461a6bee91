//! Bytes from outside: fetched politely, kept under their digests, recognised, unpacked, all under
//! limits.
//!
//! ```text
//! job                                         the URLs of a catalogue
//! run ── download ── exchange ── hosts        a URL that is due (location) to its answer
//!            └ body ── cache                  an answer to a snapshot
//! getter ── download                          a URL whose record is kept elsewhere
//! local ── content, large                     a file below the root; how its bytes are held, or not
//! unpack ── packing, glob     sniff           a snapshot to members; what is plainly no feed
//! ```

mod glob;
mod packing;

mod body;
mod cache;
mod content;
mod download;
mod error;
mod exchange;
mod getter;
mod hosts;
mod job;
mod large;
mod local;
mod location;
mod retry;
mod run;
mod secret;
mod sniff;
mod unpack;

pub use cache::{Cache, CacheError, Collected};
pub use content::Content;
pub use error::{DownloadError, FetchError, UnpackError};
pub use getter::{Getter, Got, Validators};
pub use job::{Job, jobs};
pub use large::{Large, Opened, Stream};
pub(crate) use local::contents;
pub use local::{open, read};
pub use location::LocationRecord;
pub use packing::unpacked;
pub use retry::random_share;
pub use run::{FetchRunError, Outcome, Standing, fetch, forget, location, locations, standing};
pub use sniff::unexpected;
pub use unpack::{Member, unpack};
