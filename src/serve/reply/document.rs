//! JSON made for one request from what a catalogue says.

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap};
use http::{HeaderValue, Method};
use serde::Serialize;

use crate::base::Digest;
use crate::serve::catalogue::Catalogue;
use crate::serve::reply::sending::X_DATABASE_VERSION;
use crate::serve::reply::{Audience, Kept, Problem};
use crate::serve::rules::{Decision, EntityTag, Validators, evaluate};

/// An answer made of what a catalogue says.
pub struct Document<'a, F> {
    /// Makes it, if it is to be sent.
    pub body: F,
    /// What it is.
    pub media_type: &'static str,
    /// What it was made from.
    pub catalogue: &'a Catalogue,
    /// Who may have it.
    pub audience: Audience,
}

impl<F: FnOnce() -> Body> Document<'_, F> {
    /// Answers a request. The ETag is weak, of the target (whatever else than the catalogue decides) and the
    /// catalogue: what is left of a key changes with each answer, and is no reason to send the rest again.
    pub fn reply(self, method: &Method, target: &str, headers: &HeaderMap) -> Response {
        let key = format!("{target}\n{}", self.catalogue.state());
        let etag = HeaderValue::try_from(format!("W/\"{}\"", Digest::of(key.as_bytes())));
        let etag = etag.expect("hex digits");
        let current = Validators {
            etag: EntityTag::parse(etag.as_bytes()).expect("just made"),
            last_modified: None,
        };
        let mut response = match evaluate(method, headers, current) {
            Decision::NotModified => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = http::StatusCode::NOT_MODIFIED;
                response
            }
            Decision::PreconditionFailed => {
                let message = "the answer is not the one that the request speaks of";
                let status = http::StatusCode::PRECONDITION_FAILED;
                return Problem::new(status, "precondition_failed", message).to_json();
            }
            Decision::Proceed => {
                let mut response = Response::new((self.body)());
                let media_type = HeaderValue::from_static(self.media_type);
                response.headers_mut().insert(CONTENT_TYPE, media_type);
                response
            }
        };
        let headers = response.headers_mut();
        headers.insert(ETAG, etag);
        headers.insert(CACHE_CONTROL, Kept::Revalidated.header_value(self.audience));
        let version = self.catalogue.current().header_value().clone();
        headers.insert(X_DATABASE_VERSION, version);
        response
    }
}

/// An answer as JSON.
pub fn json(answer: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(answer).expect("text keys, and no type that fails")
}

/// Two objects in JSON as one: the keys of the second after those of the first.
///
/// # Panics
/// If either is no object.
pub fn joined(object: Vec<u8>, more: &impl Serialize) -> Vec<u8> {
    let is_object = |object: &[u8]| object.starts_with(b"{") && object.ends_with(b"}");
    let (mut body, more) = (object, json(more));
    assert!(is_object(&body) && is_object(&more), "both are objects");
    if more.len() > 2 {
        body.pop();
        if body.len() > 1 {
            body.push(b',');
        }
        body.extend_from_slice(&more[1..]);
    }
    body
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::serve::reply::{joined, json as to_json};

    #[track_caller]
    fn check(object: &serde_json::Value, more: &serde_json::Value, expected: &str) {
        assert_eq!(String::from_utf8(joined(to_json(object), more)).as_deref(), Ok(expected));
    }

    #[test]
    fn objects_are_joined() {
        check(&json!({}), &json!({}), "{}");
        check(&json!({"a": 1}), &json!({}), r#"{"a":1}"#);
        check(&json!({}), &json!({"b": 2}), r#"{"b":2}"#);
        check(&json!({"a": 1}), &json!({"b": {"c": 2}}), r#"{"a":1,"b":{"c":2}}"#);
    }
}
