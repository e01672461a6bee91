//! Whether the server is there, whether it has something to serve, and what it counted.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde::Serialize;
use utoipa::ToSchema;

use crate::serve::Context;
use crate::serve::access::Access;
use crate::serve::reply::Problem;
use crate::serve::routes::asked::named;

/// There is a release.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Ready<'a> {
    /// `ok`.
    status: &'static str,
    /// The release that is current.
    version: &'a str,
}

/// Whether requests are answered at all
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "server",
    responses(
        (status = 200, description = "They are", content_type = "text/plain", body = String),
    ),
)]
pub(super) async fn alive() -> Response {
    named("health", Ok(unkept("text/plain; charset=utf-8", "ok\n".to_owned())))
}

/// Whether there is a release to serve
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "server",
    responses(
        (status = 200, description = "There is", body = Ready),
    ),
)]
pub(super) async fn ready(State(context): State<Arc<Context>>) -> Response {
    named("health", reply_ready(&context))
}

/// What was counted, for Prometheus
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "server",
    responses(
        (
            status = 200,
            description = "Counters",
            content_type = "application/openmetrics-text",
            body = String,
        ),
    ),
)]
pub(super) async fn metrics(State(context): State<Arc<Context>>) -> Response {
    let trouble = context.access().and_then(Access::trouble);
    context.metrics().usage_trouble(trouble.is_some());
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    named("metrics", Ok(unkept(media_type, context.metrics().encode())))
}

fn reply_ready(context: &Context) -> Result<Response, Problem> {
    let serving = context.serving();
    let release = serving.catalogue()?.current();
    let ready = Ready { status: "ok", version: release.version() };
    let body = serde_json::to_string(&ready).expect("text keys");
    Ok(unkept("application/json", body))
}

fn unkept(media_type: &'static str, body: String) -> Response {
    ([(CONTENT_TYPE, media_type), (CACHE_CONTROL, "no-store")], body).into_response()
}
