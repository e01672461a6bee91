//! What answers requests, as the server sees it.

use std::convert::Infallible;
use std::future::Future;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, Response, Uri};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;

use crate::serve::Peer;
use crate::serve::metrics::Route;

/// A request without its body.
#[derive(Clone, Copy, Debug)]
pub struct Head<'r> {
    /// How it is asked.
    pub method: &'r Method,
    /// For what.
    pub uri: &'r Uri,
    /// Under which conditions.
    pub headers: &'r HeaderMap,
    /// By whom.
    pub peer: Peer,
}

/// Answers requests; cloned for each, so that its future borrows nothing.
///
/// A request carries [`Peer`] in its extensions, and its body is bounded in size and time. A response may
/// carry [`Route`] in its own.
pub trait App: Clone + Send + Sync + 'static {
    /// Answers a request that has no body and needs no waiting, if it is one of those that come most.
    fn at_once(&self, head: Head<'_>) -> Option<(Response<Body>, Route)> {
        let _ = head;
        None
    }

    /// Answers one request.
    fn call(self, request: Request<Body>) -> impl Future<Output = Response<Body>> + Send + 'static;
}

impl App for Router {
    fn call(self, request: Request<Body>) -> impl Future<Output = Response<Body>> + Send + 'static {
        let answer = TowerToHyperService::new(self).call(request);
        async move {
            match answer.await {
                Ok(response) => response,
                Err(never) => {
                    let never: Infallible = never;
                    match never {}
                }
            }
        }
    }
}
