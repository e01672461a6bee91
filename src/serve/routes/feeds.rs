//! `/v1/feeds`: how the feeds are that the databases were made from.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use crate::serve::Context;
use crate::serve::catalogue::FeedList;
use crate::serve::reply::{Kept, Problem, Sending};
use crate::serve::routes::asked::{Asked, named};
use crate::serve::routes::params::Params;

/// What became of each feed
///
/// In the current release, and in the newest 30 that are kept. The same for every key, so it says nothing of keys.
#[utoipa::path(
    get,
    path = "/v1/feeds",
    tag = "databases",
    responses(
        (status = 200, description = "What became of each feed", body = FeedList),
    ),
)]
pub(super) async fn feeds(State(context): State<Arc<Context>>, request: Request) -> Response {
    named("feeds", reply(&context, &Asked::of(&request)))
}

fn reply(context: &Context, asked: &Asked<'_>) -> Result<Response, Problem> {
    let serving = context.serving();
    let catalogue = serving.catalogue()?;
    Params::of(asked.query(), &[])?;
    let cache = Kept::Revalidated.header_value(context.audience());
    let sending = Sending::of(catalogue.feeds(), "application/json", cache);
    Ok(sending.of_release(catalogue.current()).reply(asked.method, asked.headers))
}
