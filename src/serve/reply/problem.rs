//! Errors as they are sent: a code for programs, a sentence for people.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

/// What went wrong, in the words of the interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
    retry_after: Option<u64>,
    more: Map<String, Value>,
}

impl Problem {
    /// A problem; `message` says what, and what to do.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None, more: Map::new() }
    }

    /// 400 `invalid_parameter`.
    pub fn parameter(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_parameter", message)
    }

    /// 404 `not_found`.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 503 `no_database`: nothing was published yet.
    pub fn no_database() -> Self {
        let message = "nothing was published yet; ask again once `ipmint build` is done";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "no_database", message);
        problem.again_after(10)
    }

    /// Says when to ask again, in seconds.
    #[must_use]
    pub fn again_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Says more in the object.
    #[must_use]
    pub fn with(mut self, key: &str, value: Value) -> Self {
        self.more.insert(key.to_owned(), value);
        self
    }

    /// As the JSON object of every route but those of update clients.
    pub fn to_json(&self) -> Response {
        let object =
            json!({"error": self.code, "message": self.message, "status": self.status.as_u16()});
        let Value::Object(mut object) = object else { unreachable!("just made") };
        object.extend(self.more.clone());
        let body = serde_json::to_vec(&object).expect("text keys");
        self.response("application/json", body)
    }

    /// As a line of text: update clients show the first 256 bytes of it.
    pub fn to_text(&self) -> Response {
        self.response("text/plain; charset=utf-8", format!("{}\n", self.message).into_bytes())
    }

    fn response(&self, media_type: &'static str, body: Vec<u8>) -> Response {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"ipmint\", charset=\"UTF-8\"");
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.to_json()
    }
}
