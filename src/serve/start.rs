//! The server put together: settings in, a server that runs until it is told to end.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tokio::runtime;

use crate::serve::metrics::Metrics;
use crate::serve::server::{self, Hooks, ServeError, Settings};

/// Serves a store until SIGTERM or SIGINT.
///
/// # Errors
/// Why it could not begin.
pub fn serve(settings: Settings, hooks: Hooks) -> Result<(), ServeError> {
    let mut builder = runtime::Builder::new_multi_thread();
    if let Some(threads) = settings.threads {
        builder.worker_threads(usize::from(threads));
    }
    let runtime = builder.enable_all().build();
    let system = |source| ServeError::System { what: "start threads", source };
    let metrics = Arc::new(Metrics::new());
    let router = Router::new().route("/healthz", get(|| async { "ok\n" }));
    runtime.map_err(system)?.block_on(server::run(settings, router, metrics, hooks))
}
