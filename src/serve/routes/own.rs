//! `/v1/me`, `/v1/validate/{ip}`: what needs no key, and is limited by the address that asks.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

use crate::query::views::{Lookup, Validation};
use crate::serve::Context;
use crate::serve::access::{AddressLimits, Moment};
use crate::serve::reply::{Problem, json};
use crate::serve::routes::asked::{Asked, Since, named};
use crate::serve::routes::names::Names;
use crate::serve::routes::params::Params;
use crate::serve::routes::schemas::FieldNames;
use crate::serve::routes::subject::{Subject, selected, special_address};

/// How many characters of a text are looked at.
const MAX_TEXT: usize = 256;

/// What is known of the address that asks
///
/// 30 times a minute, where no keys are asked for.
#[utoipa::path(
    get,
    path = "/v1/me",
    tag = "addresses",
    params(
        ("fields" = Option<FieldNames>, Query, description = "Any of `geo,network,threat,abuse`; all by default"),
    ),
    responses(
        (status = 200, description = "What is known of it", body = Lookup),
    ),
)]
pub(super) async fn me(State(context): State<Arc<Context>>, request: Request) -> Response {
    named("me", reply_me(&context, &Asked::of(&request), Since::now()))
}

/// Whether a text is an address, and of which kind
///
/// Needs no key; 60 times a minute.
#[utoipa::path(
    get,
    path = "/v1/validate/{ip}",
    tag = "addresses",
    params(
        ("ip" = String, Path, description = "Any text", max_length = 256, example = "10.0.0.1"),
    ),
    responses(
        (status = 200, description = "What it is", body = Validation),
    ),
)]
pub(super) async fn validate(
    State(context): State<Arc<Context>>,
    Names(text): Names<String>,
    request: Request,
) -> Response {
    named("validate", reply_validate(&context, &text, &Asked::of(&request)))
}

fn reply_me(context: &Context, asked: &Asked<'_>, since: Since) -> Result<Response, Problem> {
    let params = Params::of(asked.query(), &["fields"])?;
    let fields = selected(params.get("fields"))?;
    let Some(ip) = caller(asked) else {
        let message = "you ask through a socket that has no addresses; ask /v1/lookup/{ip}";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "invalid_ip", message));
    };
    if asked.grant.is_none() {
        limited(context.own_limit(), Some(ip))?;
    }
    if let Some(problem) = special_address(ip) {
        return Err(problem);
    }
    let serving = context.serving();
    let catalogue = serving.catalogue()?;
    let subject = Subject::of(catalogue, ip)?;
    let object = json(&subject.lookup(fields)?);
    let mut response = asked.document_by_content(context, catalogue, object, since);
    // Others who ask get something else.
    let kept = HeaderValue::from_static("private, no-cache");
    response.headers_mut().insert(CACHE_CONTROL, kept);
    Ok(response)
}

fn reply_validate(context: &Context, text: &str, asked: &Asked<'_>) -> Result<Response, Problem> {
    Params::of(asked.query(), &[])?;
    limited(context.validate_limit(), caller(asked))?;
    if text.chars().count() > MAX_TEXT {
        let message = format!("more than {MAX_TEXT} characters; no address has more than 45");
        return Err(Problem::parameter(message));
    }
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    Ok((headers, json(&Validation::of(text))).into_response())
}

/// Who asks; proxies are believed as they are configured.
fn caller(asked: &Asked<'_>) -> Option<IpAddr> {
    asked.peer.and_then(|peer| peer.address).map(|address| address.to_canonical())
}

fn limited(limits: &AddressLimits, caller: Option<IpAddr>) -> Result<(), Problem> {
    // Behind a socket of this machine everybody is one.
    caller.map_or(Ok(()), |caller| Ok(limits.admit(caller, Moment::now())?))
}
