//! JSON made for one request from what a catalogue says.

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap};
use http::{HeaderValue, Method};
use serde_json::{Map, Value};

use crate::base::Digest;
use crate::serve::catalogue::Catalogue;
use crate::serve::reply::sending::X_DATABASE_VERSION;
use crate::serve::reply::{Audience, Kept, Problem};
use crate::serve::rules::{Decision, EntityTag, Validators, evaluate};

/// A JSON object.
pub struct Document<'a> {
    /// Says what it says of the data, if that is to be sent.
    pub object: &'a dyn Fn() -> Map<String, Value>,
    /// What it was made from.
    pub catalogue: &'a Catalogue,
    /// Who may have it.
    pub audience: Audience,
    /// What it says of the key it was asked for with, which no ETag covers.
    pub usage: Map<String, Value>,
}

impl Document<'_> {
    /// Answers a request. The ETag is weak, of path, query and catalogue: what is left of a key changes with each
    /// answer, and is no reason to send the rest again.
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
                let mut object = (self.object)();
                object.extend(self.usage);
                let body = serde_json::to_vec(&object).expect("text keys");
                let mut response = Response::new(Body::from(body));
                let json = HeaderValue::from_static("application/json");
                response.headers_mut().insert(CONTENT_TYPE, json);
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
