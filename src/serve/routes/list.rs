//! `/v1/database/list`: what there is.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::serve::Context;
use crate::serve::access::Grant;
use crate::serve::catalogue::Source;
use crate::serve::reply::{Problem, json};
use crate::serve::routes::asked::{Asked, Since, named};
use crate::serve::routes::params::Params;

/// What there is to download.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct List<'a> {
    /// The plan of the key; null where no keys are asked for.
    plan: Option<&'a str>,
    /// Every edition of every release, the current one's first.
    sources: &'a [Source],
}

/// What there is to download
///
/// Every edition of every release, the current one's first.
#[utoipa::path(
    get,
    path = "/v1/database/list",
    tag = "databases",
    responses(
        (status = 200, description = "What there is", body = List),
    ),
)]
pub(super) async fn list(State(context): State<Arc<Context>>, request: Request) -> Response {
    named("list", reply(&context, &Asked::of(&request), Since::now()))
}

fn reply(context: &Context, asked: &Asked<'_>, since: Since) -> Result<Response, Problem> {
    let serving = context.serving();
    let catalogue = serving.catalogue()?;
    Params::of(asked.query(), &[])?;
    let plan = asked.grant.map(Grant::plan);
    let list = List { plan, sources: catalogue.listing().sources() };
    Ok(asked.document(context, catalogue, || json(&list), since))
}
