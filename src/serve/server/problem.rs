//! Answers that the server gives itself, in the form that all errors have.

use axum::body::Body;
use http::header::CONNECTION;
use http::{HeaderValue, Response, StatusCode};

use crate::serve::reply;

/// A request that no route sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// It tells two lengths.
    TwoLengths,
    /// Not one `Host` (RFC 9112 §3.2).
    Host,
    /// More fields than allowed.
    Headers,
    /// A body larger than allowed.
    BodySize,
    /// A body that takes too long.
    BodyTime,
}

impl Problem {
    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::TwoLengths => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "the request has Content-Length and Transfer-Encoding; send one of them",
            ),
            Self::Host => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "the request has no Host field, or several; send one",
            ),
            Self::Headers => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "headers_too_large",
                "the request has too many header fields; send fewer",
            ),
            Self::BodySize => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "batch_too_large",
                "the request's body is larger than this server takes (`body_bytes`); send it in parts",
            ),
            Self::BodyTime => (
                StatusCode::REQUEST_TIMEOUT,
                "body_timeout",
                "the request's body did not come in time; send it again",
            ),
        }
    }

    /// The answer, after which the connection ends: where the next request begins is not certain.
    pub(super) fn answer(self) -> Response<Body> {
        let (status, code, message) = self.parts();
        let mut response = reply::Problem::new(status, code, message).to_json();
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        response
    }
}
