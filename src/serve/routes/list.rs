//! `/v1/database/list`: what there is.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Map, json};

use crate::serve::Context;
use crate::serve::access::Grant;
use crate::serve::reply::Problem;
use crate::serve::routes::asked::{Asked, Since, named};
use crate::serve::routes::params::Params;

/// Every edition of every release, the current one's first.
pub(super) async fn list(State(context): State<Arc<Context>>, request: Request) -> Response {
    named("list", reply(&context, &Asked::of(&request), Since::now()))
}

fn reply(context: &Context, asked: &Asked<'_>, since: Since) -> Result<Response, Problem> {
    let serving = context.serving();
    let catalogue = serving.catalogue()?;
    Params::of(asked.query(), &[])?;
    let object = || {
        let sources = serde_json::to_value(catalogue.listing().sources()).expect("text keys");
        let plan = json!(asked.grant.map(Grant::plan));
        Map::from_iter([("plan".to_owned(), plan), ("sources".to_owned(), sources)])
    };
    Ok(asked.document(context, catalogue, &object, since))
}
