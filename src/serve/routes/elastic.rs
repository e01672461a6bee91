//! `/v1/database`: the list that Elasticsearch's downloader of GeoIP databases asks for.
//!
//! Its setting `ingest.geoip.downloader.endpoint` is this URL. A relative `url` is taken as beside the
//! endpoint, and the name without `.tgz` is the database's in a pipeline.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::json;

use crate::base::Variant;
use crate::serve::Context;
use crate::serve::catalogue::{Blob, Choices};
use crate::serve::reply::{Kept, Problem, Sending};
use crate::serve::routes::asked::{Asked, named};
use crate::serve::routes::params::Params;

/// Every edition of the current release, under its name and its aliases.
pub(super) async fn databases(State(context): State<Arc<Context>>, request: Request) -> Response {
    named("elastic", reply(&context, &Asked::of(request)))
}

fn reply(context: &Context, asked: &Asked) -> Result<Response, Problem> {
    let moment = context.moment();
    let catalogue = moment.catalogue()?;
    let params = Params::of(asked.query(), &["elastic_geoip_service_tos"])?;
    if params.get("elastic_geoip_service_tos") != Some("agree") {
        let message = "expected elastic_geoip_service_tos=agree; /v1/database/list has everything";
        return Err(Problem::parameter(message));
    }
    let release = catalogue.current();
    let version = release.version();
    let own = release.editions().keys().map(|name| (name, name));
    let databases = own.chain(context.aliases()).filter_map(|(id, name)| {
        let archive = release.editions().get(name)?.record().file(Variant::TarGz)?;
        let url = format!("database/download/{name}/{version}?variant=tar.gz");
        Some(json!({"name": format!("{id}.tgz"), "md5_hash": archive.md5.to_string(), "url": url}))
    });
    let databases: Vec<serde_json::Value> = databases.collect();
    let body = serde_json::to_vec(&databases).expect("text keys");
    let choices = Choices::only(Arc::new(Blob::held(body)));
    let sending = Sending {
        choices: &choices,
        chosen: None,
        cache: Kept::Revalidated.header_value(context.audience()),
        stamp: catalogue.stamp(),
        media_type: "application/json",
        version: Some(release.header_value()),
        location: None,
        more: Vec::new(),
    };
    Ok(sending.reply(&asked.method, &asked.headers))
}
