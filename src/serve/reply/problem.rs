//! Errors as they are sent: a code for programs, a sentence for people.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::serve::reply::{joined, json};

/// What went wrong, in the words of the interface. Small, so that answers without one do not pay for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem(Box<Details>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Details {
    status: StatusCode,
    code: &'static str,
    message: String,
    retry_after: Option<u64>,
    more: Map<String, Value>,
}

/// What is sent instead of an answer. `plan_required` has `allowed_plans` and may have `upgrade_hint` too.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub struct Said<'a> {
    /// A code for programs, such as `invalid_ip`.
    pub error: &'a str,
    /// What is wrong, and what to do.
    pub message: &'a str,
    /// The status of the answer.
    pub status: u16,
}

impl Problem {
    /// A problem; `message` says what, and what to do.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let (message, more) = (message.into(), Map::new());
        Self(Box::new(Details { status, code, message, retry_after: None, more }))
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
        self.0.retry_after = Some(seconds);
        self
    }

    /// Says more in the object.
    #[must_use]
    pub fn with(mut self, key: &str, value: Value) -> Self {
        self.0.more.insert(key.to_owned(), value);
        self
    }

    /// As it is told in JSON.
    pub fn said(&self) -> Said<'_> {
        let Details { status, code, message, .. } = &*self.0;
        Said { error: code, message, status: status.as_u16() }
    }

    /// As the JSON object of every route but those of update clients.
    pub fn to_json(&self) -> Response {
        self.response("application/json", joined(json(&self.said()), &self.0.more))
    }

    /// As a line of text: update clients show the first 256 bytes of it.
    pub fn to_text(&self) -> Response {
        self.response("text/plain; charset=utf-8", format!("{}\n", self.0.message).into_bytes())
    }

    fn response(&self, media_type: &'static str, body: Vec<u8>) -> Response {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.0.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if self.0.status == StatusCode::UNAUTHORIZED {
            // Every 401 has one (RFC 9110 §15.5.2); wget sends a password only after it.
            for scheme in ["Bearer realm=\"ipmint\"", "Basic realm=\"ipmint\", charset=\"UTF-8\""] {
                headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
            }
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.to_json()
    }
}

/// What a client sent, as far as it is shown to people: little of it, and nothing that a terminal obeys.
pub fn shown(sent: &str) -> String {
    let short: String = sent.chars().take(40).collect();
    short.escape_debug().take(60).collect()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::json;

    use crate::serve::reply::Problem;

    #[test]
    fn a_401_says_how_to_ask_and_a_429_when() {
        let problem = Problem::new(StatusCode::UNAUTHORIZED, "missing_api_key", "a key");
        let response = problem.to_json();
        let challenges = response.headers().get_all("www-authenticate").iter();
        let challenges: Vec<_> = challenges.map(|value| value.to_str().expect("ours")).collect();
        let expected = ["Bearer realm=\"ipmint\"", "Basic realm=\"ipmint\", charset=\"UTF-8\""];
        assert_eq!(challenges, expected);
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "later");
        let response = problem.again_after(7).with("more", json!([1])).to_text();
        assert_eq!(response.headers()["retry-after"], "7");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert!(!response.headers().contains_key("www-authenticate"));
    }
}
