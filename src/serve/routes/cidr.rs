//! `/v1/cidr`: what is known of all addresses of a prefix or a range.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::query::scan::{Cidr, CidrError, Scan, ScanOptions, scan};
use crate::serve::Context;
use crate::serve::reply::{Problem, json, shown};
use crate::serve::routes::asked::{Asked, Since, named};
use crate::serve::routes::params::Params;
use crate::serve::routes::schemas::Address;
use crate::serve::routes::subject::{internal, questions};

/// How many walks run beside each other: one of a range that is no prefix keeps every core busy for a while.
const MAX_WALKS: usize = 4;

/// Who may walk now.
static WALKS: Semaphore = Semaphore::const_new(MAX_WALKS);

/// What is known of all addresses of a prefix or a range
///
/// Any prefix at once, any other range by walking its networks: of all IPv4 some tenths of a second. Of IPv6
/// `::/96`, `::ffff:0:0/96`, `2001::/32` and `2002::/16` are left out: IPv4 is counted once.
#[utoipa::path(
    get,
    path = "/v1/cidr",
    tag = "networks",
    params(
        ("q" = String, Query, description = "A prefix, an address or a range `a-b`", example = "146.70.50.0/24"),
        ("top" = Option<u8>, Query, maximum = 32, description = "How many AS, countries and providers, at most 32; 10 by default"),
        ("runs" = Option<u16>, Query, maximum = 1000, description = "How many runs, at most 1000; 100 by default"),
        ("after" = Option<Address>, Query, description = "Where the page of runs begins: `next` of the page before"),
    ),
    responses(
        (status = 200, description = "What is known", body = Scan),
    ),
)]
pub(super) async fn cidr(State(context): State<Arc<Context>>, request: Request) -> Response {
    named("cidr", answer(context, request, Since::now()).await)
}

async fn answer(
    context: Arc<Context>,
    request: Request,
    since: Since,
) -> Result<Response, Problem> {
    let params = Params::of(request.uri().query(), &["q", "top", "runs", "after"])?;
    let cidr = parsed(params.required("q")?)?;
    let options = options(&params)?;
    if let Some(after) = options.after.filter(|&after| !cidr.is_of_family(after)) {
        let message =
            format!("`after` is `{after}`, and `q` is {cidr}; expected an address of its family");
        return Err(Problem::parameter(message));
    }
    let catalogue = context.catalogue().ok_or_else(Problem::no_database)?;
    let is_prefix = cidr.is_prefix();
    let reply = move || {
        let questions = questions(&catalogue)?;
        let reader = questions.reader();
        let found = scan(&reader, Some(questions.index()), &cidr, options).map_err(internal)?;
        let body = || json(&found);
        Ok(Asked::of(&request).document(&context, &catalogue, body, since))
    };
    // Of any prefix the index has the sums: it need not wait for who walks.
    if is_prefix { reply() } else { in_turn(reply).await }
}

/// Walks networks where nothing else waits for it, when it is its turn.
pub(super) async fn in_turn(
    walk: impl FnOnce() -> Result<Response, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    let permit = WALKS.acquire().await.expect("never closed");
    let walk = move || {
        let _permit = permit;
        walk()
    };
    spawn_blocking(walk).await.unwrap_or_else(|error| Err(internal(error)))
}

/// Reads a prefix, an address or a range.
///
/// # Errors
/// 400 `invalid_cidr`.
pub(super) fn parsed(text: &str) -> Result<Cidr, Problem> {
    Cidr::parse(text).map_err(|error: CidrError| invalid(error.to_string()))
}

/// 400 `invalid_cidr`.
pub(super) fn invalid(message: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid_cidr", message)
}

fn options(params: &Params<'_>) -> Result<ScanOptions, Problem> {
    let count = |name: &str, usual: usize, most: usize| match params.get(name) {
        None => Ok(usual),
        Some(text) => text.parse().ok().filter(|&count| count <= most).ok_or_else(|| {
            Problem::parameter(format!("`{name}` is `{}`; expected 0 to {most}", shown(text)))
        }),
    };
    let usual = ScanOptions::default();
    let after = params.get("after").map(|text| {
        let message =
            || format!("`after` is `{}`; expected `next` of the page before", shown(text));
        text.parse().map_err(|_| Problem::parameter(message()))
    });
    Ok(ScanOptions {
        top: count("top", usual.top, ScanOptions::MAX_TOP)?,
        runs: count("runs", usual.runs, ScanOptions::MAX_RUNS)?,
        after: after.transpose()?,
    })
}
