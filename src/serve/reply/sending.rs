//! A file and the way it is sent: from what a request says to an answer.

use axum::body::Body;
use axum::response::Response;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_LOCATION, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED,
    VARY,
};
use http::{HeaderValue, Method, StatusCode};

use crate::base::Digest;
use crate::serve::catalogue::{Blob, Choices, ServedRelease, Stamp};
use crate::serve::reply::Problem;
use crate::serve::reply::frames::{Frames, Part, Unsent};
use crate::serve::rules::{
    Answer, Boundary, Coding, EntityTag, Multipart, Piece, Selection, Validators,
};

const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");
/// As many as the shortest answers have, and at once: growing costs.
const N_HEADERS: usize = 6;
/// The version that an answer is of.
pub const X_DATABASE_VERSION: HeaderName = HeaderName::from_static("x-database-version");

/// What a URL is answered with.
#[derive(Debug)]
pub struct Sending<'a> {
    /// What it can be had as.
    pub choices: &'a Choices,
    /// The one to send, whatever is asked for.
    pub chosen: Option<(Coding, &'a Blob)>,
    /// `Cache-Control`.
    pub cache: HeaderValue,
    /// When it came to be, if dates tell.
    pub stamp: Option<&'a Stamp>,
    /// What it is.
    pub media_type: &'static str,
    /// The release it is of.
    pub version: Option<&'a HeaderValue>,
    /// Where these bytes stay.
    pub location: Option<HeaderValue>,
    /// Headers of answers with content; no list, which would be memory asked for by every 304.
    more: [Option<(HeaderName, HeaderValue)>; 2],
}

/// An answer to come: what is going to be sent can be asked before it is.
#[derive(Debug)]
pub struct Prepared<'a> {
    sending: Sending<'a>,
    coding: Coding,
    blob: &'a Blob,
    answer: Answer,
    is_get: bool,
}

impl<'a> Sending<'a> {
    /// A file that is sent as it is.
    pub fn of(choices: &'a Choices, media_type: &'static str, cache: HeaderValue) -> Self {
        Self {
            choices,
            chosen: None,
            cache,
            stamp: None,
            media_type,
            version: None,
            location: None,
            more: [None, None],
        }
    }

    /// The same, of a release.
    #[must_use]
    pub fn of_release(self, release: &'a ServedRelease) -> Self {
        Self { version: Some(release.header_value()), ..self }
    }

    /// The same, that came to be then.
    #[must_use]
    pub fn since(self, stamp: &'a Stamp) -> Self {
        Self { stamp: Some(stamp), ..self }
    }

    /// The same, to be stored under a name.
    #[must_use]
    pub fn stored_as(self, disposition: HeaderValue) -> Self {
        self.with(CONTENT_DISPOSITION, disposition)
    }

    /// The same, with a header more where there is content.
    ///
    /// # Panics
    /// At the third.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        let place = self.more.iter_mut().find(|place| place.is_none());
        *place.expect("no answer has more than two") = Some((name, value));
        self
    }

    /// Answers that the client has it, as it says in words of its own protocol.
    pub fn unchanged(self) -> Response {
        let blob = self.choices.identity();
        let (coding, answer) = (Coding::Identity, Answer::NotModified);
        Prepared { coding, blob, answer, is_get: true, sending: Sending { chosen: None, ..self } }
            .reply()
    }

    /// Decides what a request comes to.
    pub fn prepare(self, method: &Method, headers: &HeaderMap) -> Prepared<'a> {
        let (coding, blob) = self.chosen.unwrap_or_else(|| {
            let (coding, blob) = self.choices.negotiated(headers);
            (coding, &**blob)
        });
        let etag = EntityTag::made(blob.etag());
        let current = Validators { etag, last_modified: self.stamp.map(Stamp::epoch) };
        let answer = Answer::of(method, headers, current, blob.size());
        Prepared { sending: self, coding, blob, answer, is_get: *method == Method::GET }
    }

    /// Answers a request.
    pub fn reply(self, method: &Method, headers: &HeaderMap) -> Response {
        self.prepare(method, headers).reply()
    }
}

impl Prepared<'_> {
    /// How many bytes of the file the body will have: none of a 304 or to a HEAD.
    pub fn n_bytes(&self) -> u64 {
        match &self.answer {
            _ if !self.is_get => 0,
            Answer::Content(Selection::Whole) => self.blob.size(),
            Answer::Content(Selection::Part(range)) => range.n_bytes(),
            Answer::Content(Selection::Parts(ranges)) => {
                ranges.iter().map(|range| range.n_bytes()).sum()
            }
            _ => 0,
        }
    }

    /// Which bytes they are of.
    pub fn digest(&self) -> Digest {
        self.blob.digest()
    }

    /// How they are encoded.
    pub fn coding(&self) -> Coding {
        self.coding
    }

    /// The size of the whole.
    pub fn size(&self) -> u64 {
        self.blob.size()
    }

    /// Answers.
    pub fn reply(self) -> Response {
        self.reply_or(Box::new(|_| {}))
    }

    /// Answers; tells how many bytes of the body were not sent, if it breaks off.
    pub fn reply_or(self, unsent: Unsent) -> Response {
        let Self { sending, coding, blob, answer, is_get } = self;
        let mut response = match &answer {
            Answer::PreconditionFailed => {
                let message =
                    "the file is not the one that the request speaks of; ask without conditions";
                return Problem::new(answer.status(), "precondition_failed", message).to_json();
            }
            Answer::Content(Selection::NotSatisfiable) => {
                let message = format!("the file ends after {} bytes", blob.size());
                let problem = Problem::new(answer.status(), "range_not_satisfiable", message);
                problem.to_json()
            }
            Answer::NotModified => Response::new(Body::empty()),
            Answer::Content(selection) => {
                content(&sending, coding, blob, selection, is_get.then_some(unsent))
            }
        };
        *response.status_mut() = answer.status();
        let headers = response.headers_mut();
        headers.reserve(N_HEADERS);
        if let Answer::Content(selection) = &answer
            && let Some(range) = selection.content_range(blob.size())
        {
            headers.insert(CONTENT_RANGE, range);
        }
        // What a cache needs, on 304 as on 200 (RFC 9110 §15.4.5).
        headers.insert(ETAG, blob.etag().clone());
        if answer.status() != StatusCode::RANGE_NOT_SATISFIABLE {
            headers.insert(CACHE_CONTROL, sending.cache);
        }
        if let Some(vary) = sending.choices.vary() {
            headers.insert(VARY, vary.clone());
        }
        if let Some(version) = sending.version {
            headers.insert(X_DATABASE_VERSION, version.clone());
        }
        if let Some(location) = sending.location {
            headers.insert(CONTENT_LOCATION, location);
        }
        response
    }
}

/// An answer with all of it, or some.
fn content(
    sending: &Sending<'_>,
    coding: Coding,
    blob: &Blob,
    selection: &Selection,
    unsent: Option<Unsent>,
) -> Response {
    let media_type = HeaderValue::from_static(sending.media_type);
    let (body, n_bytes, media_type) = body(blob, selection, media_type);
    // To a HEAD the length is that of the GET (RFC 9110 §9.3.2).
    let mut response = Response::new(match unsent {
        Some(unsent) => Body::new(body.or_tell(unsent)),
        None => Body::empty(),
    });
    let headers = response.headers_mut();
    headers.reserve(2 * N_HEADERS);
    headers.insert(CONTENT_TYPE, media_type);
    headers.insert(CONTENT_LENGTH, n_bytes.into());
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some(stamp) = sending.stamp {
        headers.insert(LAST_MODIFIED, stamp.header_value().clone());
    }
    headers.insert(REPR_DIGEST, blob.repr_digest().clone());
    if coding != Coding::Identity {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    }
    for (name, value) in sending.more.iter().flatten() {
        headers.insert(name, value.clone());
    }
    response
}

/// The body, its length and its type.
fn body(blob: &Blob, selection: &Selection, media_type: HeaderValue) -> (Frames, u64, HeaderValue) {
    let file = |bytes| Part { bytes, is_file: true };
    let frames = |first: u64, n_bytes: u64| {
        let mut slices = blob.slice(first, n_bytes);
        match (slices.pop(), slices.is_empty()) {
            (Some(only), true) => Frames::one(only),
            (last, _) => Frames::several(slices.into_iter().chain(last).map(file).collect()),
        }
    };
    match selection {
        Selection::Part(range) => {
            (frames(range.first(), range.n_bytes()), range.n_bytes(), media_type)
        }
        Selection::Parts(ranges) => {
            let digest = blob.digest().to_string();
            let boundary = Boundary::new(&digest).expect("hex digits");
            let (content_type, size) = (&media_type, blob.size());
            let multipart = Multipart { boundary, content_type, ranges, size };
            let parts = multipart.pieces().flat_map(|piece| match piece {
                Piece::Frame(bytes) => vec![Part { bytes: bytes.into(), is_file: false }],
                Piece::File(range) => {
                    blob.slice(range.first(), range.n_bytes()).into_iter().map(file).collect()
                }
            });
            let frames = Frames::several(parts.collect());
            (frames, multipart.content_length(), multipart.header_value())
        }
        Selection::Whole | Selection::NotSatisfiable => {
            (frames(0, blob.size()), blob.size(), media_type)
        }
    }
}
