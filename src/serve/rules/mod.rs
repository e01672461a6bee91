//! The rules of HTTP by which files of a release are handed out: headers in, a decision out.
//!
//! ```text
//! coding ──── Accept-Encoding, Available-Dictionary → which representation (its ETag, size, bytes)
//! answer ─┬── precondition   304, 412, or go on
//!         └── range          200, 206 or 416, and which bytes of it
//!                 multipart  several ranges as one body, its length known ahead
//! etag, date, dictionary, field: what stands in the headers
//! ```
//!
//! A representation is chosen first, since ETag, preconditions and ranges are about its encoded
//! bytes (RFC 9110 §8.8.3, §14). No sockets, no clock, no disk: whatever bytes a client sends, these
//! functions return, and what cannot be read counts as not sent, or as not matching, whichever
//! leads to a whole and current answer.

mod answer;
mod coding;
mod date;
mod dictionary;
mod etag;
mod field;
mod multipart;
mod precondition;
mod range;

pub use answer::Answer;
pub use coding::{Coding, negotiate, vary};
pub use date::{HttpDate, HttpDateError};
pub use dictionary::available_dictionary;
pub use etag::{EntityTag, TagList, etag_of};
pub use multipart::{Boundary, Multipart, Piece};
pub use precondition::{Decision, Validators, evaluate, if_range_holds};
pub use range::{ByteRange, MAX_RANGES, Selection, continues, select};
