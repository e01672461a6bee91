//! The routes as the server sees them: the router, and what is answered before it.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;

use crate::serve::Context;
use crate::serve::metrics::Route;
use crate::serve::routes::download;
use crate::serve::routes::router::router;
use crate::serve::server::{App, Head};

/// Everything that is answered.
#[derive(Clone)]
pub struct Site {
    context: Arc<Context>,
    router: Router,
}

impl Site {
    /// The routes over a context.
    pub fn new(context: Arc<Context>) -> Self {
        Self { router: router(Arc::clone(&context)), context }
    }
}

impl App for Site {
    fn at_once(&self, head: Head<'_>) -> Option<(Response, Route)> {
        let answer = download::at_once(&self.context, head)?;
        Some((answer, Route(download::ROUTE)))
    }

    fn call(self, request: Request<Body>) -> impl Future<Output = Response> + Send + 'static {
        self.router.call(request)
    }
}
