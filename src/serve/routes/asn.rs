//! `/v1/asn/{asn}`: how much of what an AS announces is listed.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use crate::base::Asn;
use crate::query::scan::{AsnSummary, asn as summary};
use crate::serve::Context;
use crate::serve::reply::{Problem, json, shown};
use crate::serve::routes::asked::{Asked, Since, named};
use crate::serve::routes::names::Names;
use crate::serve::routes::params::Params;
use crate::serve::routes::schemas::AsnText;
use crate::serve::routes::subject::{internal, questions};

/// What is known of an AS, and how much of it is listed
#[utoipa::path(
    get,
    path = "/v1/asn/{asn}",
    tag = "networks",
    params(("asn" = AsnText, Path, description = "`13335` or `AS13335`", example = "AS26548")),
    responses((status = 200, description = "What is known", body = AsnSummary)),
)]
pub(super) async fn asn(
    State(context): State<Arc<Context>>,
    Names(asn): Names<String>,
    request: Request,
) -> Response {
    named("asn", reply(&context, &asn, &request))
}

fn reply(context: &Context, asn: &str, request: &Request) -> Result<Response, Problem> {
    let since = Since::now();
    Params::of(request.uri().query(), &[])?;
    let asn: Asn = asn
        .parse()
        .map_err(|error| Problem::parameter(format!("`{}` is no AS: {error}", shown(asn))))?;
    let serving = context.serving();
    let catalogue = serving.catalogue()?;
    let questions = questions(catalogue)?;
    let found = summary(&questions.reader(), questions.index(), asn).map_err(internal)?;
    let found = found.ok_or_else(|| {
        Problem::not_found(format!(
            "{asn} is the origin of no address in this release; /v1/lookup/{{ip}} has the AS of an address"
        ))
    })?;
    Ok(Asked::of(request).document(context, catalogue, || json(&found), since))
}
