//! What answers requests, as the server sees it.

use std::convert::Infallible;
use std::future::Future;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;

/// Answers requests; cloned once a connection.
///
/// A request carries [`Peer`](crate::serve::Peer) in its extensions, and its body is bounded in size
/// and time. A response may carry [`Route`](crate::serve::Route) in its own.
pub trait App: Clone + Send + Sync + 'static {
    /// Answers one request.
    fn call(&self, request: Request<Body>)
    -> impl Future<Output = Response<Body>> + Send + 'static;
}

impl App for Router {
    fn call(
        &self,
        request: Request<Body>,
    ) -> impl Future<Output = Response<Body>> + Send + 'static {
        // A router is an `Arc`: a clone is a number plus one.
        let answer = TowerToHyperService::new(self.clone()).call(request);
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
