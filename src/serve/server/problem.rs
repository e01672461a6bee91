//! Answers that the server gives itself, in the form that all errors have.

use axum::body::Body;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

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
                "body_too_large",
                "the request's body is larger than this server takes; send it in parts",
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
        let (status, error, message) = self.parts();
        let body = json!({ "error": error, "message": message, "status": status.as_u16() });
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        response
    }
}
