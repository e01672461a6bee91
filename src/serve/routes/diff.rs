//! `/v1/diff/{edition}/{from}/{to}`: what changed from one release to another.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

use crate::base::{Digest, Variant, chain};
use crate::mmdb::{FormatError, Reader};
use crate::query::DiffError;
use crate::query::changed::{ChangePage, Changed};
use crate::serve::Context;
use crate::serve::catalogue::{Catalogue, NoDifference, ServedRelease};
use crate::serve::reply::{Problem, json, shown};
use crate::serve::routes::asked::{Asked, Since, named};
use crate::serve::routes::download;
use crate::serve::routes::names::Names;
use crate::serve::routes::params::Params;
use crate::serve::routes::schemas::{Address, VersionName};

/// How many ranges an answer has unless somebody says otherwise.
const DEFAULT_LIMIT: usize = 100;
/// How many it may have.
const MAX_LIMIT: usize = 1000;
/// How many versions an error names.
const MAX_NAMED: usize = 20;

/// What changed from one release to another.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Diff<'a> {
    /// The edition that was compared.
    edition: &'a str,
    /// The version before.
    from: &'a str,
    /// The version after.
    to: &'a str,
    #[serde(flatten)]
    changed: &'a Changed,
    #[serde(flatten)]
    page: ChangePage,
}

/// What changed from one release to another
///
/// By signal and by field, the ranges that changed most, and all that changed, page by page. Either release
/// may be the newer one. The first answer for two releases takes as long as reading both.
#[utoipa::path(
    get,
    path = "/v1/diff/{edition}/{from}/{to}",
    tag = "changes",
    params(
        ("edition" = String, Path, description = "An edition or an alias of one", example = "full"),
        ("from" = VersionName, Path, description = "The version before"),
        ("to" = VersionName, Path, description = "The version after"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 1000, description = "How many ranges, at most 1000; 100 by default"),
        ("after" = Option<Address>, Query, description = "`next` of the page before"),
    ),
    responses(
        (status = 200, description = "What changed", body = Diff),
    ),
)]
pub(super) async fn diff(
    State(context): State<Arc<Context>>,
    Names(names): Names<(String, String, String)>,
    request: Request,
) -> Response {
    named("diff", answer(context, names, request, Since::now()).await)
}

async fn answer(
    context: Arc<Context>,
    (edition, from, to): (String, String, String),
    request: Request,
    since: Since,
) -> Result<Response, Problem> {
    let wanted = Wanted::of(&request)?;
    let catalogue = context.catalogue().ok_or_else(Problem::no_database)?;
    let edition = context.edition(&edition).to_owned();
    let old = database(&catalogue, &edition, &from)?;
    let new = database(&catalogue, &edition, &to)?;
    let changed = context.differences().between(old.clone(), new.clone()).await?;
    let reply = move || {
        let page = page(&changed, [&old.1, &new.1], &wanted)?;
        let (changed, edition) = (&*changed, edition.as_str());
        let body = || json(&Diff { edition, from: &from, to: &to, changed, page });
        Ok(Asked::of(&request).document(&context, &catalogue, body, since))
    };
    // A thousand records of both sides are read and compared.
    spawn_blocking(reply).await.unwrap_or_else(|_| Err(NoDifference::Broken.into()))
}

/// Which ranges are wanted.
struct Wanted {
    limit: usize,
    after: Option<IpAddr>,
}

impl Wanted {
    fn of(request: &Request) -> Result<Self, Problem> {
        let params = Params::of(request.uri().query(), &["limit", "after"])?;
        let limit = match params.get("limit") {
            None => DEFAULT_LIMIT,
            Some(text) => {
                text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)).ok_or_else(
                    || {
                        Problem::parameter(format!(
                            "`limit` is `{}`; expected 1 to {MAX_LIMIT}",
                            shown(text)
                        ))
                    },
                )?
            }
        };
        let after = params.get("after").map(|text| {
            let wrong = || {
                let text = shown(text);
                Problem::parameter(format!(
                    "`after` is `{text}`; expected `next` of the page before"
                ))
            };
            text.parse().map_err(|_| wrong())
        });
        Ok(Self { limit, after: after.transpose()? })
    }
}

/// The file of an edition, and its digest.
fn database(
    catalogue: &Catalogue,
    edition: &str,
    version: &str,
) -> Result<(Digest, Bytes), Problem> {
    let release = catalogue.release(version).ok_or_else(|| {
        let mut there: Vec<&str> = catalogue.releases().map(ServedRelease::version).collect();
        let n_more = there.len().saturating_sub(MAX_NAMED);
        there.truncate(MAX_NAMED);
        let more = if n_more > 0 { format!(" and {n_more} older ones") } else { String::new() };
        let (version, there) = (shown(version), there.join(", "));
        Problem::not_found(format!("no release `{version}`; there is {there}{more}"))
    })?;
    let form = download::edition(release, edition)?.form(edition, Some(Variant::Mmdb));
    let form = form.ok_or_else(|| Problem::not_found("the release has no database of it"))?;
    let blob = form.choices.identity();
    // A file of a release is one map.
    let bytes = blob.slice(0, blob.size()).pop().unwrap_or_default();
    Ok((blob.digest(), bytes))
}

fn page(changed: &Changed, files: [&[u8]; 2], wanted: &Wanted) -> Result<ChangePage, NoDifference> {
    if changed.n_ranges() == 0 {
        return Ok(ChangePage::default());
    }
    let format = |which| move |source: FormatError| DiffError::Format { which, source };
    let old = Reader::open(files[0]).map_err(format("old"))?;
    let new = Reader::open(files[1]).map_err(format("new"))?;
    Ok(changed.page([&old, &new], wanted.after, wanted.limit)?)
}

impl From<NoDifference> for Problem {
    fn from(error: NoDifference) -> Self {
        let message = chain(&error);
        match error {
            NoDifference::Busy(_) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message).again_after(5)
            }
            _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", message),
        }
    }
}
