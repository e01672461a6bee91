//! `/v1/database`: the list that Elasticsearch's downloader of GeoIP databases asks for.
//!
//! Its setting `ingest.geoip.downloader.endpoint` is this URL. A relative `url` is taken as beside the
//! endpoint, and the name without `.tgz` is the database's in a pipeline.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::json;

use crate::base::{Md5, Variant};
use crate::serve::Context;
use crate::serve::catalogue::{Blob, Choices};
use crate::serve::reply::{Kept, Problem, Sending};
use crate::serve::routes::asked::{Asked, named};
use crate::serve::routes::params::Params;

/// What there is, as Elasticsearch asks
///
/// Every edition of the current release, under its name and its aliases.
#[utoipa::path(
    get,
    path = "/v1/database",
    tag = "clients",
    params(
        ("elastic_geoip_service_tos" = String, Query, pattern = "^agree$", description = "`agree`"),
    ),
    responses(
        (status = 200, description = "What there is", body = Vec<serde_json::Value>),
    ),
)]
pub(super) async fn databases(State(context): State<Arc<Context>>, request: Request) -> Response {
    named("elastic", reply(&context, &Asked::of(&request)))
}

fn reply(context: &Context, asked: &Asked<'_>) -> Result<Response, Problem> {
    let serving = context.serving();
    let catalogue = serving.catalogue()?;
    let params = Params::of(asked.query(), &["elastic_geoip_service_tos"])?;
    if params.get("elastic_geoip_service_tos") != Some("agree") {
        let message = "expected elastic_geoip_service_tos=agree; /v1/database/list has everything";
        return Err(Problem::parameter(message));
    }
    let release = catalogue.current();
    let version = release.version();
    let entry = |id: &str, md5: Md5| {
        let url = format!("database/download/{id}/{version}?variant=tar.gz");
        json!({"name": format!("{id}.tgz"), "md5_hash": md5.to_string(), "url": url})
    };
    let own = release.editions().iter().filter_map(|(name, edition)| {
        Some(entry(name, edition.record().file(Variant::TarGz)?.md5))
    });
    let aliased = context.aliases().iter().filter_map(|(alias, name)| {
        Some(entry(alias, release.editions().get(name)?.archive(alias)?.md5))
    });
    let databases = own.chain(aliased);
    let databases: Vec<serde_json::Value> = databases.collect();
    let body = serde_json::to_vec(&databases).expect("text keys");
    let choices = Choices::only(Arc::new(Blob::held(body)));
    let cache = Kept::Revalidated.header_value(context.audience());
    let sending = Sending::of(&choices, "application/json", cache).of_release(release);
    Ok(sending.reply(asked.method, asked.headers))
}
