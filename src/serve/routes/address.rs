//! `/v1/lookup/{ip}` and the other views of one address.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use crate::query::views::{Check, Fraud, Lookup, ProxyAttribution, Reputation, Threat};
use crate::serve::Context;
use crate::serve::reply::{Problem, json};
use crate::serve::routes::asked::{Asked, Since, named};
use crate::serve::routes::names::Names;
use crate::serve::routes::params::Params;
use crate::serve::routes::subject::{Subject, public, selected};

/// What is known of an address
#[utoipa::path(
    get,
    path = "/v1/lookup/{ip}",
    tag = "addresses",
    params(
        ("ip" = String, Path, description = "An IPv4 or IPv6 address", example = "185.220.101.45"),
        ("fields" = Option<String>, Query, description = "Any of `geo,network,threat,abuse`; all by default"),
    ),
    responses(
        (status = 200, description = "The answer", body = Lookup),
    ),
)]
pub(super) async fn lookup(
    State(context): State<Arc<Context>>,
    Names(ip): Names<String>,
    request: Request,
) -> Response {
    let reply = || {
        let params = Params::of(request.uri().query(), &["fields"])?;
        let fields = selected(params.get("fields"))?;
        answer(&context, &ip, &request, |subject| Ok(json(&subject.lookup(fields)?)))
    };
    named("lookup", reply())
}

/// Everything about an address, fields by rule included
#[utoipa::path(
    get,
    path = "/v1/check/{ip}",
    tag = "addresses",
    params(
        ("ip" = String, Path, description = "An IPv4 or IPv6 address", example = "185.220.101.45"),
    ),
    responses(
        (status = 200, description = "The answer", body = Check),
    ),
)]
pub(super) async fn check(
    State(context): State<Arc<Context>>,
    Names(ip): Names<String>,
    request: Request,
) -> Response {
    let reply = || {
        Params::of(request.uri().query(), &[])?;
        answer(&context, &ip, &request, |subject| subject.check())
    };
    named("check", reply())
}

/// How an address is to be trusted, from 0 to 1
#[utoipa::path(
    get,
    path = "/v1/reputation/{ip}",
    tag = "addresses",
    params(
        ("ip" = String, Path, description = "An IPv4 or IPv6 address", example = "185.220.101.45"),
    ),
    responses(
        (status = 200, description = "The answer", body = Reputation),
    ),
)]
pub(super) async fn reputation(
    State(context): State<Arc<Context>>,
    Names(ip): Names<String>,
    request: Request,
) -> Response {
    let reply = || {
        Params::of(request.uri().query(), &[])?;
        answer(&context, &ip, &request, |subject| {
            Ok(json(&Reputation::of(subject.ip, &subject.known)))
        })
    };
    named("reputation", reply())
}

/// What an address threatens, in sentences
#[utoipa::path(
    get,
    path = "/v1/threat/{ip}",
    tag = "addresses",
    params(
        ("ip" = String, Path, description = "An IPv4 or IPv6 address", example = "185.220.101.45"),
    ),
    responses(
        (status = 200, description = "The answer", body = Threat),
    ),
)]
pub(super) async fn threat(
    State(context): State<Arc<Context>>,
    Names(ip): Names<String>,
    request: Request,
) -> Response {
    let reply = || {
        Params::of(request.uri().query(), &[])?;
        answer(&context, &ip, &request, |subject| subject.threat())
    };
    named("threat", reply())
}

/// How likely an address is up to fraud, and what to do
#[utoipa::path(
    get,
    path = "/v1/fraud/{ip}",
    tag = "addresses",
    params(
        ("ip" = String, Path, description = "An IPv4 or IPv6 address", example = "185.220.101.45"),
    ),
    responses(
        (status = 200, description = "The answer", body = Fraud),
    ),
)]
pub(super) async fn fraud(
    State(context): State<Arc<Context>>,
    Names(ip): Names<String>,
    request: Request,
) -> Response {
    let reply = || {
        Params::of(request.uri().query(), &[])?;
        answer(&context, &ip, &request, |subject| {
            Ok(json(&Fraud::of(subject.ip, &subject.known, subject.threat_score()?)))
        })
    };
    named("fraud", reply())
}

/// Whose proxy, VPN or data centre an address is
#[utoipa::path(
    get,
    path = "/v1/proxy-attribution/{ip}",
    tag = "addresses",
    params(
        ("ip" = String, Path, description = "An IPv4 or IPv6 address", example = "185.220.101.45"),
    ),
    responses(
        (status = 200, description = "The answer", body = ProxyAttribution),
    ),
)]
pub(super) async fn proxy_attribution(
    State(context): State<Arc<Context>>,
    Names(ip): Names<String>,
    request: Request,
) -> Response {
    let reply = || {
        Params::of(request.uri().query(), &[])?;
        answer(&context, &ip, &request, |subject| subject.proxy_attribution())
    };
    named("proxy_attribution", reply())
}

/// Why an address has its score
#[utoipa::path(
    get,
    path = "/v1/explain/{ip}",
    tag = "addresses",
    params(
        ("ip" = String, Path, description = "An IPv4 or IPv6 address", example = "185.220.101.45"),
    ),
    responses(
        (status = 200, description = "The answer", body = serde_json::Value),
    ),
)]
pub(super) async fn explain(
    State(context): State<Arc<Context>>,
    Names(ip): Names<String>,
    request: Request,
) -> Response {
    let reply = || {
        Params::of(request.uri().query(), &[])?;
        answer(&context, &ip, &request, |subject| Ok(json(&subject.explained()?.to_json())))
    };
    named("explain", reply())
}

/// Answers about an address with a view of it.
fn answer(
    context: &Context,
    ip: &str,
    request: &Request,
    view: impl FnOnce(&Subject<'_>) -> Result<Vec<u8>, Problem>,
) -> Result<Response, Problem> {
    let (asked, since) = (Asked::of(request), Since::now());
    let serving = context.serving();
    let catalogue = serving.catalogue()?;
    let subject = Subject::of(catalogue, public(ip)?)?;
    let object = view(&subject)?;
    Ok(asked.document(context, catalogue, || object, since))
}
