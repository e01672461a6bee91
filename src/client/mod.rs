//! Who keeps a copy of an edition: what changed is fetched, checked, and put in place whole.
//!
//! ```text
//! pull ── store     index.json, its signature, manifests: what there is, and whether to believe it
//!      ├─ route     deltas that lead from the file that is here to the one that is wanted
//!      ├─ form      a delta or a whole file, from its bytes on the wire to the database
//!      └─ state     what was last pulled, and what never to go back behind
//! schedule          when to pull again
//! ```
//!
//! Nothing is believed because a server says so: an index by its signature, if a key is pinned; a
//! manifest by the digest in the index; a file by the digest in the manifest. Names of the server
//! are looked up there, and never become paths here. What it says of sizes bounds what is taken in
//! and is itself bounded.

mod error;
mod form;
mod pull;
mod route;
mod schedule;
mod state;
mod store;

pub use error::PullError;
pub use pull::{Pulled, Settings, Via, pull};
pub use schedule::wait;
