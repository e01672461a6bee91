//! `/v1/badge/{ip}.svg`: the risk of an address as a picture, for pages that show it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;

use crate::query::views::{Badge, Language};
use crate::serve::Context;
use crate::serve::reply::Problem;
use crate::serve::routes::asked::{Asked, named};
use crate::serve::routes::names::Names;
use crate::serve::routes::params::Params;
use crate::serve::routes::schemas::Address;
use crate::serve::routes::subject::{Subject, public};

/// How many characters a label may have.
const MAX_LABEL: usize = 64;

/// The risk of an address as a picture
#[utoipa::path(
    get,
    path = "/v1/badge/{ip}.svg",
    tag = "addresses",
    params(
        ("ip" = Address, Path, description = "An IPv4 or IPv6 address", example = "1.1.1.1"),
        ("label" = Option<String>, Query, max_length = 64, description = "The text on the left; up to 64 characters"),
        ("lang" = Option<Language>, Query, description = "English by default"),
    ),
    responses(
        (status = 200, description = "The picture", content_type = "image/svg+xml", body = String),
    ),
)]
pub(super) async fn badge(
    State(context): State<Arc<Context>>,
    Names(file): Names<String>,
    request: Request,
) -> Response {
    named("badge", reply(&context, &file, &Asked::of(&request)))
}

fn reply(context: &Context, file: &str, asked: &Asked<'_>) -> Result<Response, Problem> {
    let params = Params::of(asked.query(), &["label", "lang"])?;
    let ip = file
        .strip_suffix(".svg")
        .ok_or_else(|| Problem::not_found("a badge is a picture; add `.svg` to the address"))?;
    let language = params.get("lang").map_or(Ok(Language::En), |name| {
        let unknown = || Problem::parameter("no such lang; expected en or zh");
        Language::from_name(name).ok_or_else(unknown)
    })?;
    let label = params.get("label");
    if label.is_some_and(|label| label.chars().count() > MAX_LABEL) {
        let message = format!("the label has more than {MAX_LABEL} characters");
        return Err(Problem::parameter(message));
    }
    let serving = context.serving();
    let catalogue = serving.catalogue()?;
    let subject = Subject::of(catalogue, public(ip)?)?;
    let svg = || Badge { label, language, score: subject.known.score }.to_svg();
    Ok(asked.made(context, catalogue, "image/svg+xml", || Body::from(svg())))
}
