//! `POST /v1/lookup/batch`, `GET /v1/batch`: many addresses at once.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::query::views::{Fields, Lookup};
use crate::serve::Context;
use crate::serve::access::Grant;
use crate::serve::catalogue::ServedRelease;
use crate::serve::reply::{Problem, Streamed, X_DATABASE_VERSION};
use crate::serve::routes::answers::{Answers, Failed, Form};
use crate::serve::routes::asked::{Asked, Since, named};
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
    let answers = Batch::of(context, items, fields.as_deref(), asked)?;
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answers.form.media_type()));
    // What a POST answers is nobody's to keep.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(X_DATABASE_VERSION, answers.release.header_value().clone());
    answers.fill(response, asked, since)
}

fn reply_get(context: &Context, asked: &Asked<'_>, since: Since) -> Result<Response, Problem> {
    let params = Params::of(asked.query(), &["q", "fields"])?;
    let q = params.required("q")?;
    let items = Items::of(q.split(',').map(str::trim), limit(context, asked))?;
    let answers = Batch::of(context, items, params.get("fields"), asked)?;
    let serving = context.serving();
    let media_type = answers.form.media_type();
    // The same link has two answers, each with a tag of its own.
    let mut response =
        asked.tagged(context, serving.catalogue()?, media_type, media_type, Body::empty);
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    // What the client has costs nothing but the request.
    if response.status() != StatusCode::OK {
        return Ok(response);
    }
    answers.fill(response, asked, since)
}

/// The most addresses that one batch may have.
fn limit(context: &Context, asked: &Asked<'_>) -> u64 {
    asked.grant.and_then(Grant::batch_limit).unwrap_or(context.n_batch())
}

/// What is to be answered, of the release that is current.
struct Batch {
    release: Arc<ServedRelease>,
    items: Items,
    fields: Fields,
    form: Form,
}

impl Batch {
    fn of(
        context: &Context,
        items: Items,
        fields: Option<&str>,
        asked: &Asked<'_>,
    ) -> Result<Self, Problem> {
        let fields = selected(fields)?;
        let serving = context.serving();
        let catalogue = serving.catalogue()?;
        questions(catalogue)?;
        let release = catalogue.current_release();
        Ok(Self { release, items, fields, form: form(asked.headers) })
    }

    /// Gives a response its body, once that is paid for.
    fn fill(
        self,
        mut response: Response,
        asked: &Asked<'_>,
        since: Since,
    ) -> Result<Response, Problem> {
        if let Some(grant) = asked.grant {
            grant.charge_questions(self.items.n_addresses())?;
        }
        let grant = asked.grant.map(|grant| (grant.clone(), since));
        let Self { release, items, fields, form } = self;
        let answers = Answers::new(release, items, fields, form, grant);
        *response.body_mut() = Body::new(Streamed::new(answers));
        Ok(response)
    }
}

/// Lines for who asks for them by name, one object for all others.
fn form(headers: &HeaderMap) -> Form {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut ranges = accepted.flat_map(|value| value.split(','));
    let is_lines = ranges.any(|range| {
        let (media_type, more) = range.split_once(';').unwrap_or((range, ""));
        let (media_type, weight) = (media_type.trim(), more.trim().strip_prefix("q="));
        if weight.and_then(|weight| weight.parse::<f32>().ok()) == Some(0.0) {
            return false;
        }
        ["application/x-ndjson", "application/ndjson", "application/jsonl"]
            .iter()
            .any(|known| media_type.eq_ignore_ascii_case(known))
    });
    if is_lines { Form::Lines } else { Form::Object }
}

/// What is too large or too slow the server itself tells.
fn unread(error: &axum::Error) -> Problem {
    Problem::parameter(format!("the body of the request broke off: {error}"))
}
