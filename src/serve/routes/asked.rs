//! A request, as far as routes look at it.
#![expect(clippy::disallowed_methods, reason = "answers say how long they took")]

use std::hash::Hash;
use std::time::Instant;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header::{HeaderMap, USER_AGENT};
use http::request::Parts;
use http::{Method, Uri};
use serde_json::{Map, Value};

use crate::base::{BuildEpoch, Day, Digest};
use crate::serve::access::{Grant, Moment};
use crate::serve::catalogue::Catalogue;
use crate::serve::reply::{Document, Prepared, Problem, Recall, Who, joined};
use crate::serve::server::Head;
use crate::serve::{Context, Peer, Route};

/// Who asks for what. Bodies are not read.
pub(super) struct Asked<'r> {
    pub(super) method: &'r Method,
    pub(super) uri: &'r Uri,
    pub(super) headers: &'r HeaderMap,
    pub(super) peer: Option<Peer>,
    pub(super) grant: Option<&'r Grant>,
}

/// When a request began to be answered.
#[derive(Clone, Copy)]
pub(super) struct Since(Instant);

impl Since {
    /// Now.
    pub(super) fn now() -> Self {
        Self(Instant::now())
    }
}

impl<'r> Asked<'r> {
    /// Looks at a request.
    pub(super) fn of(request: &'r Request<Body>) -> Self {
        let (peer, grant) = (request.extensions().get().copied(), request.extensions().get());
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        Self { method, uri, headers, peer, grant }
    }

    /// Looks at a request whose body was taken from it.
    pub(super) fn of_parts(parts: &'r Parts) -> Self {
        let Parts { method, uri, headers, extensions, .. } = parts;
        Self { method, uri, headers, peer: extensions.get().copied(), grant: extensions.get() }
    }

    /// Looks at a request that no router has seen, of a server that asks for no keys.
    pub(super) fn at_once(head: Head<'r>) -> Self {
        let Head { method, uri, headers, peer } = head;
        Self { method, uri, headers, peer: Some(peer), grant: None }
    }

    /// The query.
    pub(super) fn query(&self) -> Option<&str> {
        self.uri.query()
    }

    /// Who asks for `what`, as far as clients can be told apart.
    pub(super) fn who(&self, recall: &Recall, what: impl Hash) -> Who {
        let address = self.peer.and_then(|peer| peer.address);
        let agent = self.headers.get(USER_AGENT).map(http::HeaderValue::as_bytes);
        recall.who((address, agent, self.grant.map(Grant::account), what))
    }

    /// Answers with an object, and says what is left of the key.
    pub(super) fn document(
        &self,
        context: &Context,
        catalogue: &Catalogue,
        object: impl FnOnce() -> Vec<u8>,
        since: Since,
    ) -> Response {
        let body = || match self.grant {
            Some(grant) => joined(object(), &usage(grant, since)),
            None => object(),
        };
        self.made(context, catalogue, "application/json", || Body::from(body()))
    }

    /// As [`document`](Self::document), of which more than the catalogue decides: the tag is of what it says, too.
    pub(super) fn document_by_content(
        &self,
        context: &Context,
        catalogue: &Catalogue,
        object: Vec<u8>,
        since: Since,
    ) -> Response {
        let digest = Digest::of(&object).to_string();
        let body = || match self.grant {
            Some(grant) => Body::from(joined(object, &usage(grant, since))),
            None => Body::from(object),
        };
        self.tagged(context, catalogue, &digest, "application/json", body)
    }

    /// Answers with what is made of a catalogue alone.
    pub(super) fn made(
        &self,
        context: &Context,
        catalogue: &Catalogue,
        media_type: &'static str,
        body: impl FnOnce() -> Body,
    ) -> Response {
        self.tagged(context, catalogue, "", media_type, body)
    }

    /// Answers with what is made of a catalogue and something else, which the tag is of, too.
    pub(super) fn tagged(
        &self,
        context: &Context,
        catalogue: &Catalogue,
        more: &str,
        media_type: &'static str,
        body: impl FnOnce() -> Body,
    ) -> Response {
        let document = Document { body, media_type, catalogue, audience: context.audience() };
        let target = self.uri.path_and_query().map_or("", |target| target.as_str());
        document.reply(self.method, &format!("{target}\n{more}"), self.headers)
    }

    /// Answers, and counts what is sent against the downloads of the key.
    pub(super) fn charged(
        &self,
        edition: &str,
        prepared: Prepared<'_>,
    ) -> Result<Response, Problem> {
        let (n_bytes, size) = (prepared.n_bytes(), prepared.size());
        let Some(grant) = self.grant.filter(|_| n_bytes > 0) else {
            return Ok(prepared.reply());
        };
        grant.charge_download(edition, n_bytes, size)?;
        // What is not sent in the end is not paid for: a download that breaks off and is resumed costs one.
        let (grant, edition) = (grant.clone(), edition.to_owned());
        let refund = move |n_unsent| grant.refund_download(&edition, n_unsent, size);
        Ok(prepared.reply_or(Box::new(refund)))
    }
}

/// The day it is (UTC).
pub(super) fn today() -> Day {
    BuildEpoch(Moment::now().seconds()).day()
}

/// An answer, and which route gave it.
pub(super) fn named(route: &'static str, reply: Result<Response, Problem>) -> Response {
    let mut response = reply.unwrap_or_else(|problem| problem.to_json());
    response.extensions_mut().insert(Route(route));
    response
}

/// As [`named`], for clients that show what went wrong as it is sent.
pub(super) fn named_text(route: &'static str, reply: Result<Response, Problem>) -> Response {
    let mut response = reply.unwrap_or_else(|problem| problem.to_text());
    response.extensions_mut().insert(Route(route));
    response
}

/// What every object says of the key it was asked for with.
pub(super) fn usage(grant: &Grant, since: Since) -> Map<String, Value> {
    let mut usage = Map::new();
    usage.insert("api_plan".to_owned(), grant.plan().into());
    usage.insert("api_usage".to_owned(), grant.usage().to_json());
    let milliseconds = since.0.elapsed().as_secs_f64() * 1000.0;
    // Tenths are what the clients' documents show.
    let milliseconds = (milliseconds * 10.0).round() / 10.0;
    usage.insert("response_ms".to_owned(), milliseconds.into());
    usage
}
