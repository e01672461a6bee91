//! `/v1/account/usage`: what a key has used.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::CACHE_CONTROL;
use serde_json::Value;

use crate::serve::Context;
use crate::serve::reply::Problem;
use crate::serve::routes::asked::{Asked, Since, named, usage as usage_of};
use crate::serve::routes::params::Params;

/// The month of the key.
pub(super) async fn usage(State(_): State<Arc<Context>>, request: Request) -> Response {
    named("account", reply(&Asked::of(&request), Since::now()))
}

fn reply(asked: &Asked<'_>, since: Since) -> Result<Response, Problem> {
    Params::of(asked.query(), &[])?;
    let Some(grant) = asked.grant else {
        let message = "this server asks for no keys, and counts nobody's requests";
        return Err(Problem::not_found(message));
    };
    let mut object = grant.period().to_json(grant.plan());
    if let Value::Object(object) = &mut object {
        object.extend(usage_of(grant, since));
    }
    Ok(([(CACHE_CONTROL, "private, no-store")], axum::Json(object)).into_response())
}
