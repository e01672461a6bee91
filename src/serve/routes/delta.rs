//! `/v1/database/delta/{edition}/{from}/{to}`: what makes a newer database of an older one.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use crate::release::DeltaKind;
use crate::serve::Context;
use crate::serve::catalogue::{ServedEdition, attachment};
use crate::serve::reply::{Kept, Problem, Sending};
use crate::serve::routes::asked::{Asked, named};
use crate::serve::routes::download::{edition, release};
use crate::serve::routes::names::Names;
use crate::serve::routes::params::Params;
use crate::serve::routes::schemas::VersionName;

/// What makes a newer database of an older one
///
/// The rows that changed, for `ipmint apply`; or a patch, for `zstd -d --patch-from`.
#[utoipa::path(
    get,
    path = "/v1/database/delta/{edition}/{from}/{to}",
    tag = "databases",
    params(
        ("edition" = String, Path, description = "An edition or an alias of one", example = "full"),
        ("from" = VersionName, Path, description = "The version that is there"),
        ("to" = VersionName, Path, description = "The version that is wanted"),
        ("kind" = Option<String>, Query, pattern = "^(rows|dcz)$", description = "`rows` or `dcz`; the rows by default"),
    ),
    responses(
        (
            status = 200,
            description = "The delta",
            content_type = "application/octet-stream",
            body = [u8],
        ),
    ),
)]
pub(super) async fn delta(
    State(context): State<Arc<Context>>,
    Names((edition, from, to)): Names<(String, String, String)>,
    request: Request,
) -> Response {
    named("delta", reply(&context, [&edition, &from, &to], &Asked::of(&request)))
}

fn reply(
    context: &Context,
    [name, from, to]: [&str; 3],
    asked: &Asked<'_>,
) -> Result<Response, Problem> {
    let serving = context.serving();
    let params = Params::of(asked.query(), &["kind"])?;
    let kind = match params.get("kind") {
        None | Some("rows") => DeltaKind::Rows,
        Some("dcz") => DeltaKind::Dcz,
        Some(_) => return Err(Problem::parameter("no such kind; expected rows or dcz")),
    };
    let release = release(serving.catalogue()?, to)?;
    let name = context.edition(name);
    let edition = edition(release, name)?;
    let choices = edition.delta(from, kind).ok_or_else(|| missing(edition, kind))?;
    let file_name = format!("{name}.from-{from}.{}", kind.name());
    let cache = Kept::Forever.header_value(context.audience());
    let sending = Sending::of(choices, "application/octet-stream", cache).of_release(release);
    let sending = sending.since(release.stamp()).stored_as(attachment(&file_name));
    Ok(sending.reply(asked.method, asked.headers))
}

fn missing(edition: &ServedEdition, kind: DeltaKind) -> Problem {
    let deltas = edition.record().deltas.iter().filter(|delta| delta.kind == kind);
    let from: Vec<&str> = deltas.map(|delta| delta.from.as_str()).collect();
    let kind = kind.name();
    Problem::not_found(if from.is_empty() {
        format!("this release has no delta of kind {kind} for it; download the whole file")
    } else {
        format!("no such delta of kind {kind}; there is one from {}", from.join(", "))
    })
}
