//! From what was looked up to an answer: conditions, ranges, codings, bodies, errors.
//!
//! - `sending`: a file and how it is sent, by the rules of RFC 9110;
//! - `frames`: its bytes;
//! - `kept`: for how long, and by whom, it may be kept;
//! - `recall`: what a client that resumes without a validator was sent before;
//! - `document`: JSON made for one request; `stream`: what is made while it is sent;
//! - `problem`: what is sent instead.

mod document;
mod frames;
mod kept;
mod problem;
mod recall;
mod sending;
mod stream;

pub use document::{Document, joined, json};
pub use frames::Unsent;
pub use kept::{Audience, Kept};
pub use problem::{Problem, Said, shown};
pub use recall::{Recall, Who};
pub use sending::{Prepared, Sending, X_DATABASE_VERSION};
pub use stream::{Pieces, Streamed};
