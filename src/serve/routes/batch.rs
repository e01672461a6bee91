//! `POST /v1/lookup/batch`, `GET /v1/batch`: many addresses at once.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::query::views::Lookup;
use crate::serve::Context;
use crate::serve::access::Grant;
use crate::serve::reply::{Problem, Streamed, X_DATABASE_VERSION};
use crate::serve::routes::answers::{Answers, Failed, Form};
use crate::serve::routes::asked::{Asked, Since, named, usage};
use crate::serve::routes::items::Items;
use crate::serve::routes::params::Params;
use crate::serve::routes::schemas::FieldNames;
use crate::serve::routes::subject::{questions, selected};

/// Several addresses.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchRequest {
    /// Addresses, prefixes or ranges; of these every address is meant.
    #[schema(example = json!(["8.8.8.8", "1.1.1.0/30"]))]
    ips: Vec<String>,
    /// Any of `geo,network,threat,abuse`; all by default.
    #[schema(value_type = Option<FieldNames>)]
    fields: Option<String>,
}

/// What is known of each, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BatchAnswer<'a> {
    /// An answer for each address.
    results: Vec<BatchItem<'a>>,
    /// How many there are.
    count: u64,
}

/// What is known of an address, or why nothing can be.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is sent piece by piece, and described by this")]
#[expect(clippy::large_enum_variant, reason = "none is ever made")]
pub(super) enum BatchItem<'a> {
    /// What is known of it.
    Lookup(Lookup<'a>),
    /// Why nothing can be.
    Error(Failed<'a>),
}

/// What is known of many addresses
///
/// An address that is none is an error at its own place. With `Accept: application/x-ndjson` an answer a line.
#[utoipa::path(
    post,
    path = "/v1/lookup/batch",
    tag = "addresses",
    request_body = BatchRequest,
    responses(
        (
            status = 200,
            description = "An answer for each address, in order",
            content(
                (BatchAnswer = "application/json"),
                (String = "application/x-ndjson"),
            ),
        ),
    ),
)]
pub(super) async fn post(State(context): State<Arc<Context>>, request: Request) -> Response {
    let (since, limit) = (Since::now(), usize::MAX);
    let (parts, body) = request.into_parts();
    // The server has a limit of its own on every body.
    let reply = match to_bytes(body, limit).await {
        Ok(body) => reply_post(&context, &body, &Asked::of_parts(&parts), since),
        Err(error) => Err(unread(&error)),
    };
    named("batch", reply)
}

/// What is known of many addresses, as a link
#[utoipa::path(
    get,
    path = "/v1/batch",
    tag = "addresses",
    params(
        (
            "q" = String,
            Query,
            description = "Addresses, prefixes or ranges, apart by commas; of prefixes and ranges every address is meant",
            example = "1.1.1.1,8.8.8.0/30",
        ),
        ("fields" = Option<FieldNames>, Query, description = "Any of `geo,network,threat,abuse`; all by default"),
    ),
    responses(
        (
            status = 200,
            description = "An answer for each address, in order",
            content(
                (BatchAnswer = "application/json"),
                (String = "application/x-ndjson"),
            ),
        ),
    ),
)]
pub(super) async fn get(State(context): State<Arc<Context>>, request: Request) -> Response {
    named("batch", reply_get(&context, &Asked::of(&request), Since::now()))
}

fn reply_post(
    context: &Context,
    body: &Bytes,
    asked: &Asked<'_>,
    since: Since,
) -> Result<Response, Problem> {
    Params::of(asked.query(), &[])?;
    let read = serde_json::from_slice::<BatchRequest>(body);
    let BatchRequest { ips, fields } = read.map_err(|error| {
        let message = format!(r#"expected {{"ips": ["8.8.8.8", …]}}: {error}"#);
        Problem::parameter(message)
    })?;
    let items = Items::of(ips.iter().map(String::as_str), limit(context, asked))?;
    reply(context, items, fields.as_deref(), asked, since)
}

fn reply_get(context: &Context, asked: &Asked<'_>, since: Since) -> Result<Response, Problem> {
    let params = Params::of(asked.query(), &["q", "fields"])?;
    let q = params.required("q")?;
    let items = Items::of(q.split(',').map(str::trim), limit(context, asked))?;
    reply(context, items, params.get("fields"), asked, since)
}

/// The most addresses that one batch may have.
fn limit(context: &Context, asked: &Asked<'_>) -> u64 {
    asked.grant.and_then(Grant::batch_limit).unwrap_or(context.n_batch())
}

fn reply(
    context: &Context,
    items: Items,
    fields: Option<&str>,
    asked: &Asked<'_>,
    since: Since,
) -> Result<Response, Problem> {
    let fields = selected(fields)?;
    let serving = context.serving();
    let release = serving.catalogue()?.current_release();
    questions(serving.catalogue()?)?;
    if let Some(grant) = asked.grant {
        grant.charge_questions(items.n_addresses())?;
    }
    let form = form(asked.headers);
    let version = release.header_value().clone();
    let usage = asked.grant.map(|grant| usage(grant, since)).unwrap_or_default();
    let answers = Answers::new(release, items, fields, form, usage);
    let mut response = Response::new(Body::new(Streamed::new(answers)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    // What a POST answers is nobody's to keep, and links of many addresses are asked once.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(X_DATABASE_VERSION, version);
    Ok(response)
}

/// Lines for who asks for them by name, one object for all others.
fn form(headers: &HeaderMap) -> Form {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut ranges = accepted.flat_map(|value| value.split(','));
    let is_lines = ranges.any(|range| {
        let media_type = range.split(';').next().unwrap_or_default().trim();
        ["application/x-ndjson", "application/ndjson", "application/jsonl"]
            .iter()
            .any(|known| media_type.eq_ignore_ascii_case(known))
    });
    if is_lines { Form::Lines } else { Form::Object }
}

fn unread(error: &axum::Error) -> Problem {
    let message = format!("the body of the request cannot be read: {error}");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "batch_too_large", message)
}
