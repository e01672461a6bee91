//! The store as it lies on the disk: `/index.json`, `/releases/{version}/{file}`. What `ipmint pull` reads.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use crate::serve::Context;
use crate::serve::reply::{Kept, Problem, Sending};
use crate::serve::routes::asked::{Asked, named};
use crate::serve::routes::download::{MMDB_TYPE, release};
use crate::serve::routes::names::Names;
use crate::serve::routes::params::Params;
use crate::serve::routes::schemas::VersionName;

/// The index of the store
///
/// Its signature is `/index.json.minisig`.
#[utoipa::path(
    get,
    path = "/index.json",
    tag = "clients",
    responses(
        (status = 200, description = "The index", body = serde_json::Value),
    ),
)]
pub(super) async fn top(State(context): State<Arc<Context>>, request: Request) -> Response {
    named("store", reply_top(&context, &Asked::of(&request)))
}

/// The signature of the index
#[utoipa::path(
    get,
    path = "/index.json.minisig",
    tag = "clients",
    responses(
        (status = 200, description = "As minisign checks it", content_type = "text/plain", body = String),
    ),
)]
pub(super) async fn signature(state: State<Arc<Context>>, request: Request) -> Response {
    top(state, request).await
}

/// A file of a release, as it lies in the store
#[utoipa::path(
    get,
    path = "/releases/{version}/{file}",
    tag = "clients",
    params(
        ("version" = VersionName, Path, description = "A version, such as `20261121.1`"),
        ("file" = String, Path, description = "A file that the manifest names"),
    ),
    responses(
        (
            status = 200,
            description = "The file",
            content(
                ([u8] = "application/octet-stream"),
                ([u8] = "application/vnd.maxmind.maxmind-db"),
                ([u8] = "application/zstd"),
                ([u8] = "application/gzip"),
                (serde_json::Value = "application/json"),
                (String = "text/plain"),
            ),
        ),
    ),
)]
pub(super) async fn file(
    State(context): State<Arc<Context>>,
    Names((version, name)): Names<(String, String)>,
    request: Request,
) -> Response {
    named("store", reply_file(&context, &version, &name, &Asked::of(&request)))
}

fn reply_top(context: &Context, asked: &Asked<'_>) -> Result<Response, Problem> {
    let serving = context.serving();
    let catalogue = serving.catalogue()?;
    Params::of(asked.query(), &[])?;
    let name = asked.uri.path().trim_start_matches('/');
    let choices = catalogue
        .file(name)
        .ok_or_else(|| Problem::not_found("the store is not signed; see `ipmint keys sign new`"))?;
    let cache = Kept::Revalidated.header_value(context.audience());
    let sending = Sending::of(choices, media_type(name), cache).of_release(catalogue.current());
    Ok(sending.reply(asked.method, asked.headers))
}

fn reply_file(
    context: &Context,
    version: &str,
    name: &str,
    asked: &Asked<'_>,
) -> Result<Response, Problem> {
    let serving = context.serving();
    Params::of(asked.query(), &[])?;
    let release = release(serving.catalogue()?, version)?;
    let choices = release.file(name).ok_or_else(|| {
        Problem::not_found(format!("release {version} has no such file; its manifest.json has all"))
    })?;
    let cache = Kept::Forever.header_value(context.audience());
    let sending = Sending::of(choices, media_type(name), cache).of_release(release);
    let sending = sending.since(release.stamp());
    let edition =
        name.split('.').next().filter(|edition| release.editions().contains_key(*edition));
    let prepared = sending.prepare(asked.method, asked.headers);
    match edition {
        Some(edition) => asked.charged(edition, prepared),
        None => Ok(prepared.reply()),
    }
}

fn media_type(name: &str) -> &'static str {
    let kinds = [
        (".json", "application/json"),
        (".minisig", "text/plain; charset=utf-8"),
        ("NOTICE", "text/plain; charset=utf-8"),
        (".mmdb", MMDB_TYPE),
        (".zst", "application/zstd"),
        (".gz", "application/gzip"),
    ];
    let kind = kinds.into_iter().find(|(end, _)| name.ends_with(end));
    kind.map_or("application/octet-stream", |(_, media_type)| media_type)
}
