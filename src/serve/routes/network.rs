//! `/v1/subnet/{cidr}`, `/v1/supernet/{cidr}`: how much of a network is listed.
//!
//! A prefix has a slash in it: it may be sent as it is, or percent-encoded.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use crate::query::scan::{Cidr, NetworkError, Subnet, Supernet, subnet, supernet};
use crate::serve::Context;
use crate::serve::catalogue::Questions;
use crate::serve::reply::{Problem, json};
use crate::serve::routes::asked::{Asked, Since, named};
use crate::serve::routes::cidr::{in_turn, invalid, parsed};
use crate::serve::routes::names::Names;
use crate::serve::routes::params::Params;
use crate::serve::routes::schemas::Address;
use crate::serve::routes::subject::{internal, questions};

/// How much of a /24 or a /48 is listed
#[utoipa::path(
    get,
    path = "/v1/subnet/{addr}/{len}",
    tag = "networks",
    params(
        ("addr" = Address, Path, description = "First address", example = "140.235.170.0"),
        ("len" = u8, Path, maximum = 128, description = "24 of IPv4, 48 of IPv6", example = 24),
    ),
    responses((status = 200, description = "What is listed", body = Subnet)),
)]
pub(super) async fn subnet_of(
    State(context): State<Arc<Context>>,
    Names((addr, len)): Names<(String, String)>,
    request: Request,
) -> Response {
    named("subnet", subnet_reply(&context, &format!("{addr}/{len}"), &request))
}

/// The same, the slash percent-encoded
#[utoipa::path(
    get,
    path = "/v1/subnet/{cidr}",
    tag = "networks",
    params(("cidr" = String, Path, description = "A /24 of IPv4 or a /48 of IPv6", example = "140.235.170.0/24")),
    responses((status = 200, description = "What is listed", body = Subnet)),
)]
pub(super) async fn subnet_at(
    State(context): State<Arc<Context>>,
    Names(cidr): Names<String>,
    request: Request,
) -> Response {
    named("subnet", subnet_reply(&context, &cidr, &request))
}

/// Which subnets of a /16 or a /32 are listed
#[utoipa::path(
    get,
    path = "/v1/supernet/{addr}/{len}",
    tag = "networks",
    params(
        ("addr" = Address, Path, description = "First address", example = "140.235.0.0"),
        ("len" = u8, Path, maximum = 128, description = "16 of IPv4, 32 of IPv6", example = 16),
    ),
    responses((status = 200, description = "What is listed", body = Supernet)),
)]
pub(super) async fn supernet_of(
    State(context): State<Arc<Context>>,
    Names((addr, len)): Names<(String, String)>,
    request: Request,
) -> Response {
    named("supernet", supernet_reply(context, &format!("{addr}/{len}"), request).await)
}

/// The same, the slash percent-encoded
#[utoipa::path(
    get,
    path = "/v1/supernet/{cidr}",
    tag = "networks",
    params(("cidr" = String, Path, description = "A /16 of IPv4 or a /32 of IPv6", example = "140.235.0.0/16")),
    responses((status = 200, description = "What is listed", body = Supernet)),
)]
pub(super) async fn supernet_at(
    State(context): State<Arc<Context>>,
    Names(cidr): Names<String>,
    request: Request,
) -> Response {
    named("supernet", supernet_reply(context, &cidr, request).await)
}

fn subnet_json(questions: &Questions, cidr: &Cidr) -> Result<Vec<u8>, NetworkError> {
    Ok(json(&subnet(&questions.reader(), questions.index(), cidr)?))
}

fn supernet_json(questions: &Questions, cidr: &Cidr) -> Result<Vec<u8>, NetworkError> {
    Ok(json(&supernet(&questions.reader(), questions.index(), cidr)?))
}

fn subnet_reply(context: &Context, cidr: &str, request: &Request) -> Result<Response, Problem> {
    let since = Since::now();
    let cidr = asked(cidr, request)?;
    reply(context, &cidr, request, since, subnet_json)
}

/// Every network of a supernet is visited: that may take some milliseconds.
async fn supernet_reply(
    context: Arc<Context>,
    cidr: &str,
    request: Request,
) -> Result<Response, Problem> {
    let since = Since::now();
    let cidr = asked(cidr, &request)?;
    in_turn(move || reply(&context, &cidr, &request, since, supernet_json)).await
}

fn asked(cidr: &str, request: &Request) -> Result<Cidr, Problem> {
    Params::of(request.uri().query(), &[])?;
    parsed(cidr)
}

fn reply(
    context: &Context,
    cidr: &Cidr,
    request: &Request,
    since: Since,
    object: impl FnOnce(&Questions, &Cidr) -> Result<Vec<u8>, NetworkError>,
) -> Result<Response, Problem> {
    let serving = context.serving();
    let catalogue = serving.catalogue()?;
    let object = object(questions(catalogue)?, cidr).map_err(|error| match error {
        NetworkError::Length { .. } => invalid(error.to_string()),
        error => internal(error),
    })?;
    Ok(Asked::of(request).document(context, catalogue, || object, since))
}
