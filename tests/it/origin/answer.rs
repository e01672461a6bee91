//! One answer of a script: what is sent, and what goes wrong on the way.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

/// What an origin does with a request.
///
/// [`Answer::content`] behaves like a static file and [`Answer::status`] like a canned reply; the
/// other functions change one thing about an answer each.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Arc<[u8]>,
    pub(super) etag: Etag,
    pub(super) last_modified: Modified,
    pub(super) ranges: Ranges,
    pub(super) coding: Coding,
    pub(super) framing: Framing,
    pub(super) fate: Fate,
    /// How many bytes go out at once, and the pause before each such piece.
    pub(super) drip: Option<(usize, Duration)>,
}

/// The entity tag of an answer.
#[derive(Clone, Debug)]
pub(super) enum Etag {
    None,
    /// From the digest of the bytes sent.
    Strong,
    /// The same, marked as weak.
    Weak,
    /// Whatever the bytes are.
    Fixed(String),
}

/// The date of an answer, in Unix seconds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Modified {
    None,
    /// When the script was given.
    Routed,
    At(u64),
}

/// What becomes of a `Range`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ranges {
    /// 206, where `If-Range` allows it.
    Served,
    /// 200 with everything.
    Ignored,
    /// 206 with bytes that begin one later than asked, and a `Content-Range` that says so.
    Misplaced,
    /// 206 whatever `If-Range` says: the end of this content behind the start of another.
    Spliced,
}

/// Whether the body is sent as gzip to those who accept it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Plain,
    Gzip,
}

/// How the end of the body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Length,
    /// A `Content-Length` that is not so.
    Claimed(usize),
    Chunked,
    /// By the end of the connection.
    Close,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Whole,
    /// The connection ends before the first byte of an answer.
    HangUp,
    /// No byte ever comes.
    Silence,
    /// Nothing more comes after so many bytes of the body.
    StallAfter(usize),
    /// The connection ends after so many bytes of the body.
    CutAfter(usize),
}

impl Answer {
    /// A static file: ETag, Last-Modified, 304, ranges.
    pub(crate) fn content(body: impl AsRef<[u8]>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.as_ref().into(),
            etag: Etag::Strong,
            last_modified: Modified::Routed,
            ranges: Ranges::Served,
            coding: Coding::Plain,
            framing: Framing::Length,
            fate: Fate::Whole,
            drip: None,
        }
    }

    /// That status whatever was asked, without a body.
    pub(crate) fn status(status: u16) -> Self {
        Self { status, ranges: Ranges::Ignored, ..Self::content("").bare() }
    }

    /// A redirect to a place as `Location` has it.
    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::status(status).header("Location", location)
    }

    /// With a header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With more than `n_bytes` of headers that mean nothing, 1 000 bytes a line.
    pub(crate) fn huge_headers(self, n_bytes: usize) -> Self {
        let value = "x".repeat(1000);
        (0..=n_bytes / 1000)
            .fold(self, |answer, n| answer.header(&format!("X-Padding-{n}"), &value))
    }

    /// With another body.
    pub(crate) fn body(self, body: impl AsRef<[u8]>) -> Self {
        Self { body: body.as_ref().into(), ..self }
    }

    /// With a weak ETag.
    pub(crate) fn weak(self) -> Self {
        Self { etag: Etag::Weak, ..self }
    }

    /// With this ETag, quotes included, whatever the content is.
    pub(crate) fn etag(self, etag: &str) -> Self {
        Self { etag: Etag::Fixed(etag.to_owned()), ..self }
    }

    /// With nothing but a date to ask by.
    pub(crate) fn without_etag(self) -> Self {
        Self { etag: Etag::None, ..self }
    }

    /// Without ETag and date: cannot be asked conditionally.
    pub(crate) fn bare(self) -> Self {
        Self { etag: Etag::None, last_modified: Modified::None, ..self }
    }

    /// Last changed then, unless it has a date or is to have none.
    pub(super) fn or_dated(self, seconds: u64) -> Self {
        match self.last_modified {
            Modified::Routed => Self { last_modified: Modified::At(seconds), ..self },
            Modified::None | Modified::At(_) => self,
        }
    }

    /// With another idea of ranges.
    pub(crate) fn ranges(self, ranges: Ranges) -> Self {
        Self { ranges, ..self }
    }

    /// Sent with gzip as content coding to those who accept it.
    pub(crate) fn gzip(self) -> Self {
        Self { coding: Coding::Gzip, ..self }
    }

    /// With a `Content-Length` that is not so; the connection ends behind the body.
    pub(crate) fn claiming(self, length: usize) -> Self {
        Self { framing: Framing::Claimed(length), ..self }
    }

    /// Sent in chunks, its length untold.
    pub(crate) fn chunked(self) -> Self {
        Self { framing: Framing::Chunked, ..self }
    }

    /// Ends with the connection, its length untold.
    pub(crate) fn until_close(self) -> Self {
        Self { framing: Framing::Close, ..self }
    }

    /// Never sent: the connection ends.
    pub(crate) fn hang_up(self) -> Self {
        Self { fate: Fate::HangUp, ..self }
    }

    /// Never sent: the connection stays.
    pub(crate) fn silence(self) -> Self {
        Self { fate: Fate::Silence, ..self }
    }

    /// Stops in the body and keeps the connection.
    pub(crate) fn stall_after(self, n_bytes: usize) -> Self {
        Self { fate: Fate::StallAfter(n_bytes), ..self }
    }

    /// Ends the connection in the body; if chunked, without the last chunk.
    pub(crate) fn cut_after(self, n_bytes: usize) -> Self {
        Self { fate: Fate::CutAfter(n_bytes), ..self }
    }

    /// Sent in pieces of `n_bytes`, with a pause before each.
    pub(crate) fn drip(self, n_bytes: usize, pause: Duration) -> Self {
        Self { drip: Some((n_bytes, pause)), ..self }
    }
}

/// A time as HTTP writes it (RFC 9110 §5.6.7).
pub(crate) fn http_date(seconds: u64) -> String {
    let time = Timestamp::from_second(seconds as i64).expect("before the year 10000");
    DateTimePrinter::new().timestamp_to_rfc9110_string(&time).expect("after the year 0")
}
