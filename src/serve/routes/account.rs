//! `/v1/account/usage`: what a key has used.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::serve::Context;
use crate::serve::access::AccountUsage;
use crate::serve::reply::{Problem, joined, json};
use crate::serve::routes::asked::{Asked, Since, named, usage as usage_of};
use crate::serve::routes::params::Params;

/// What a key has used
///
/// The running 30 days.
#[utoipa::path(
    get,
    path = "/v1/account/usage",
    tag = "account",
    responses(
        (status = 200, description = "What was used", body = AccountUsage),
    ),
)]
pub(super) async fn usage(State(_): State<Arc<Context>>, request: Request) -> Response {
    named("account", reply(&Asked::of(&request), Since::now()))
}

fn reply(asked: &Asked<'_>, since: Since) -> Result<Response, Problem> {
    Params::of(asked.query(), &[])?;
    let Some(grant) = asked.grant else {
        let message = "this server asks for no keys, and counts nobody's requests";
        return Err(Problem::not_found(message));
    };
    let body = joined(json(&grant.period().said(grant.plan())), &usage_of(grant, since));
    let headers = [(CACHE_CONTROL, "private, no-store"), (CONTENT_TYPE, "application/json")];
    Ok((headers, body).into_response())
}
