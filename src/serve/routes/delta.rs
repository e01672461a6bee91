//! `/v1/database/delta/{edition}/{from}/{to}`: what makes a newer database of an older one.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::header::CONTENT_DISPOSITION;

use crate::release::DeltaKind;
use crate::serve::Context;
use crate::serve::catalogue::{ServedEdition, attachment};
use crate::serve::reply::{Kept, Problem, Sending};
use crate::serve::routes::asked::{Asked, named};
use crate::serve::routes::download::{edition, release};
use crate::serve::routes::params::Params;

/// `?kind=rows` for `ipmint apply`, `?kind=dcz` for `zstd -d --patch-from`; the rows by default.
pub(super) async fn delta(
    State(context): State<Arc<Context>>,
    Path((edition, from, to)): Path<(String, String, String)>,
    request: Request,
) -> Response {
    named("delta", reply(&context, [&edition, &from, &to], &Asked::of(&request)))
}

fn reply(
    context: &Context,
    [name, from, to]: [&str; 3],
    asked: &Asked<'_>,
) -> Result<Response, Problem> {
    let moment = context.moment();
    let params = Params::of(asked.query(), &["kind"])?;
    let kind = match params.get("kind") {
        None | Some("rows") => DeltaKind::Rows,
        Some("dcz") => DeltaKind::Dcz,
        Some(_) => return Err(Problem::parameter("no such kind; expected rows or dcz")),
    };
    let release = release(moment.catalogue()?, to)?;
    let name = context.edition(name);
    let edition = edition(release, name)?;
    let choices = edition.delta(from, kind).ok_or_else(|| missing(edition, kind))?;
    let file_name = format!("{name}.from-{from}.{}", kind.name());
    let sending = Sending {
        choices,
        chosen: None,
        cache: Kept::Forever.header_value(context.audience()),
        stamp: release.stamp(),
        media_type: "application/octet-stream",
        version: Some(release.header_value()),
        location: None,
        more: vec![(CONTENT_DISPOSITION, attachment(&file_name))],
    };
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
