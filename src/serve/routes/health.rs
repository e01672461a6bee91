//! Whether the server is there, whether it has something to serve, and what it counted.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::json;

use crate::serve::Context;
use crate::serve::access::Access;
use crate::serve::reply::Problem;
use crate::serve::routes::asked::named;

/// `/healthz`: 200 for as long as requests are answered at all.
pub(super) async fn alive() -> Response {
    named("health", Ok(unkept("text/plain; charset=utf-8", "ok\n".to_owned())))
}

/// `/readyz`: 200 once there is a release.
pub(super) async fn ready(State(context): State<Arc<Context>>) -> Response {
    named("health", reply_ready(&context))
}

/// `/metrics`: the text format of Prometheus.
pub(super) async fn metrics(State(context): State<Arc<Context>>) -> Response {
    let trouble = context.access().and_then(Access::trouble);
    context.metrics().usage_trouble(trouble.is_some());
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    named("metrics", Ok(unkept(media_type, context.metrics().encode())))
}

fn reply_ready(context: &Context) -> Result<Response, Problem> {
    let serving = context.serving();
    let release = serving.catalogue()?.current();
    let object = json!({"status": "ok", "version": release.version()});
    Ok(unkept("application/json", object.to_string()))
}

fn unkept(media_type: &'static str, body: String) -> Response {
    ([(CONTENT_TYPE, media_type), (CACHE_CONTROL, "no-store")], body).into_response()
}
