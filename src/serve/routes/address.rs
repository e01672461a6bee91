//! `/v1/lookup/{ip}` and the other views of one address.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::query::history::AsnPeriod;
use crate::query::views::{Check, Fraud, Lookup, ProxyAttribution, Reputation, Threat};
use crate::serve::Context;
use crate::serve::reply::{Problem, json};
use crate::serve::routes::asked::{Asked, Since, named, today};
use crate::serve::routes::dated::{PastLookup, looked_up};
use crate::serve::routes::names::Names;
use crate::serve::routes::params::Params;
use crate::serve::routes::schemas::{Address, FieldNames};
use crate::serve::routes::subject::{BY_MANIFEST, Subject, public, selected};

/// What is known of an address
#[utoipa::path(
    get,
    path = "/v1/lookup/{ip}",
    tag = "addresses",
    params(
        ("ip" = Address, Path, description = "An IPv4 or IPv6 address", example = "185.220.101.45"),
        ("fields" = Option<FieldNames>, Query, description = "Any of `geo,network,threat,abuse`; all by default"),
        ("date" = Option<String>, Query, format = Date, description = "A day of the last 365, `YYYY-MM-DD`: what was said then"),
    ),
    responses(
        (status = 200, description = "What is known; with a date, what was", body = LookupAnswer),
    ),
)]
pub(super) async fn lookup(
    State(context): State<Arc<Context>>,
    Names(ip): Names<String>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    named("lookup", reply_lookup(&context, &ip, &Asked::of_parts(&parts)).await)
}

async fn reply_lookup(
    context: &Arc<Context>,
    ip: &str,
    asked: &Asked<'_>,
) -> Result<Response, Problem> {
    let params = Params::of(asked.query(), &["fields", "date"])?;
    let fields = selected(params.get("fields"))?;
    match params.get("date") {
        None => answer(context, ip, asked, |subject| Ok(json(&subject.lookup(fields)?))),
        Some(date) => looked_up(context, public(ip)?, date, fields, asked).await,
    }
}

/// What is known of an address, or was.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes what two handlers answer")]
enum LookupAnswer<'a> {
    Now(Lookup<'a>),
    Then(PastLookup<'a>),
}

/// Everything about an address, fields by rule included
#[utoipa::path(
    get,
    path = "/v1/check/{ip}",
    tag = "addresses",
    params(
        ("ip" = Address, Path, description = "An IPv4 or IPv6 address", example = "185.220.101.45"),
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
        let since = Since::now();
        let serving = context.serving();
        let catalogue = serving.catalogue()?;
        let subject = Subject::of(catalogue, public(&ip)?)?;
        // Read behind the first answers, and told up to today: more than the catalogue decides.
        let asns = asn_history(&context, subject.ip);
        let object = subject.check(asns.as_deref())?;
        Ok(Asked::of(&request).document_by_content(&context, catalogue, object, since))
    };
    named("check", reply())
}

/// How an address is to be trusted, from 0 to 1
#[utoipa::path(
    get,
    path = "/v1/reputation/{ip}",
    tag = "addresses",
    params(
        ("ip" = Address, Path, description = "An IPv4 or IPv6 address", example = "185.220.101.45"),
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
    view("reputation", &context, &ip, &request, |subject| {
        Ok(json(&Reputation::of(subject.ip, &subject.known)))
    })
}

/// What an address threatens, in sentences
#[utoipa::path(
    get,
    path = "/v1/threat/{ip}",
    tag = "addresses",
    params(
        ("ip" = Address, Path, description = "An IPv4 or IPv6 address", example = "185.220.101.45"),
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
    view("threat", &context, &ip, &request, |subject| {
        let explained = subject.explained()?;
        Ok(json(&Threat::of(&explained, &subject.known).expect(BY_MANIFEST)))
    })
}

/// How likely an address is up to fraud, and what to do
#[utoipa::path(
    get,
    path = "/v1/fraud/{ip}",
    tag = "addresses",
    params(
        ("ip" = Address, Path, description = "An IPv4 or IPv6 address", example = "185.220.101.45"),
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
    view("fraud", &context, &ip, &request, |subject| {
        Ok(json(&Fraud::of(subject.ip, &subject.known, subject.threat_score()?)))
    })
}

/// Whose proxy, VPN or data centre an address is
#[utoipa::path(
    get,
    path = "/v1/proxy-attribution/{ip}",
    tag = "addresses",
    params(
        ("ip" = Address, Path, description = "An IPv4 or IPv6 address", example = "185.220.101.45"),
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
    view("proxy_attribution", &context, &ip, &request, |subject| {
        let explained = subject.explained()?;
        Ok(json(&ProxyAttribution::of(&explained, &subject.known).expect(BY_MANIFEST)))
    })
}

/// Why an address has its score
#[utoipa::path(
    get,
    path = "/v1/explain/{ip}",
    tag = "addresses",
    params(
        ("ip" = Address, Path, description = "An IPv4 or IPv6 address", example = "185.220.101.45"),
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
    view("explain", &context, &ip, &request, |subject| Ok(json(&subject.explained()?.to_json())))
}

/// Which ASes announced an address, where all that is kept of that is known: of a part, the first days would
/// be wrong.
fn asn_history(context: &Context, ip: IpAddr) -> Option<Vec<AsnPeriod>> {
    // What is wrong with the history was told when it was read.
    let history = context.past().asn_history(ip, today()).ok()?;
    let is_told = history.is_complete && !history.periods.is_empty();
    is_told.then_some(history.periods)
}

/// Answers about an address with a view that takes no parameters.
fn view(
    route: &'static str,
    context: &Context,
    ip: &str,
    request: &Request,
    view: impl FnOnce(&Subject<'_>) -> Result<Vec<u8>, Problem>,
) -> Response {
    let asked = Asked::of(request);
    let known = Params::of(asked.query(), &[]);
    named(route, known.and_then(|_| answer(context, ip, &asked, view)))
}

/// Answers about an address with a view of it.
fn answer(
    context: &Context,
    ip: &str,
    asked: &Asked<'_>,
    view: impl FnOnce(&Subject<'_>) -> Result<Vec<u8>, Problem>,
) -> Result<Response, Problem> {
    let since = Since::now();
    let serving = context.serving();
    let catalogue = serving.catalogue()?;
    let subject = Subject::of(catalogue, public(ip)?)?;
    let object = view(&subject)?;
    Ok(asked.document(context, catalogue, || object, since))
}
