//! One URL: asked, retried, resumed, until its body is a snapshot or there is a reason.
//!
//! ```text
//! download ── attempt ── ask ─> 304                    unchanged
//!    └ retries    └ resumes  └> receive ── pump        a body, then a snapshot
//! ```
#![expect(clippy::disallowed_methods, reason = "downloads are measured and lie on disk")]

use std::fs;
use std::path::{Path, PathBuf};

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Response, StatusCode, Url};
use tokio::time::{Instant, timeout};

use crate::feed::FetchPolicy;
use crate::fetch::body::{Body, Coding, Sink};
use crate::fetch::exchange::{Budget, Context, ask, text};
use crate::fetch::location::LocationRecord;
use crate::fetch::retry::backoff;
use crate::fetch::{DownloadError, secret};

/// Fewer bytes than this are fetched anew rather than resumed.
const RESUMABLE_BYTES: u64 = 1 << 20;

/// What a host said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// 304: what is known is what it has.
    Unchanged,
    /// 200: a body, now a snapshot.
    Body { body: Body, etag: Option<String>, last_modified: Option<String> },
}

/// A download that was broken off and can go on.
struct Broken {
    n_bytes: u64,
    /// Of the whole, if its host said so.
    total: Option<u64>,
    etag: String,
}

/// What is wanted of a URL.
pub(super) struct Wanted<'a> {
    pub(super) record: &'a LocationRecord,
    /// Whether a 304 would do.
    pub(super) conditional: bool,
    /// The most bytes its content may have.
    pub(super) limit: u64,
}

/// Asks a URL until it answers. The attempts together have the deadline, without the waits between.
pub(super) async fn download(
    context: &Context,
    wanted: &Wanted<'_>,
) -> Result<Answer, DownloadError> {
    let policy = &context.policy;
    let url = secret::expand(&wanted.record.url)?;
    let url = Url::parse(&url).map_err(|_| DownloadError::Url)?;
    let mut budget = Budget::new(policy.deadline);
    let mut earlier = None;
    for n_failed in 0.. {
        let error = match attempt(context, &mut budget, &url, wanted).await {
            Ok(answer) => return Ok(answer),
            // What it did to be given up says more than that it was.
            Err(DownloadError::Dead) => return Err(earlier.unwrap_or(DownloadError::Dead)),
            Err(error) if !error.is_passing() || n_failed >= policy.retries => return Err(error),
            Err(error) => error,
        };
        earlier = Some(error);
        tokio::time::sleep(backoff(policy, n_failed)).await;
    }
    unreachable!("attempts end")
}

async fn attempt(
    context: &Context,
    budget: &mut Budget,
    url: &Url,
    wanted: &Wanted<'_>,
) -> Result<Answer, DownloadError> {
    let partial = context.cache.partial(wanted.record.key());
    let broken = broken(&partial, wanted.limit);
    let headers = request_headers(wanted, broken.as_ref());
    let (turn, response) = ask(context, budget, url, &headers).await?;
    let answer = match response.status() {
        StatusCode::NOT_MODIFIED if wanted.conditional => Ok(Answer::Unchanged),
        StatusCode::OK => receive(context, budget, response, &partial, None, wanted.limit).await,
        StatusCode::PARTIAL_CONTENT if broken.is_some() => {
            receive(context, budget, response, &partial, broken, wanted.limit).await
        }
        StatusCode::RANGE_NOT_SATISFIABLE if broken.is_some() => {
            forget(&partial);
            Err(DownloadError::Splice)
        }
        status => Err(DownloadError::Status { status: status.as_u16() }),
    };
    turn.ended(answer.as_ref().is_err_and(DownloadError::comes_to_nothing));
    answer
}

/// Takes a body in; `broken` is what it goes on with.
async fn receive(
    context: &Context,
    budget: &mut Budget,
    mut response: Response,
    partial: &Path,
    broken: Option<Broken>,
    limit: u64,
) -> Result<Answer, DownloadError> {
    let headers = response.headers();
    let coding = text(headers, &header::CONTENT_ENCODING).unwrap_or_default();
    let coding = Coding::of(&coding).ok_or_else(|| DownloadError::coding(&coding))?;
    let etag = text(headers, &header::ETAG);
    let last_modified = text(headers, &header::LAST_MODIFIED);
    let length = response.content_length().filter(|_| coding == Coding::Identity);
    let mut total = length;
    if let Some(broken) = &broken {
        let range = text(headers, &header::CONTENT_RANGE);
        total = range.and_then(|range| broken.goes_on_with(&range));
        if total.is_none() || coding != Coding::Identity || etag.as_ref() != Some(&broken.etag) {
            forget(partial);
            return Err(DownloadError::Splice);
        }
    }
    if total.max(length).is_some_and(|total| total > limit) {
        return Err(DownloadError::TooLarge { limit });
    }
    let strong = etag.clone().filter(|etag| coding == Coding::Identity && !etag.starts_with("W/"));
    let sink = if let Some(broken) = &broken {
        Sink::resume(partial, broken.n_bytes, limit)
    } else {
        forget(partial);
        // First the tag, then the bytes: bytes without a tag are never gone on with.
        let total = total.map(|total| total.to_string()).unwrap_or_default();
        let tagged = strong
            .as_ref()
            .map_or(Ok(()), |etag| fs::write(tag(partial), format!("{total}\n{etag}")));
        tagged.and_then(|()| Sink::create(partial, coding, limit))
    };
    let mut sink = sink.map_err(DownloadError::Disk)?;
    let pumped = budget.spend(pump(&context.policy, &mut response, &mut sink, limit)).await;
    let whole = pumped.and_then(|()| match total {
        Some(total) if total != sink.n_bytes() => {
            Err(DownloadError::Cut { received: sink.n_bytes() })
        }
        _ => Ok(()),
    });
    if let Err(error) = whole {
        let kept = sink.pause().unwrap_or(0);
        let is_worth_it = strong.is_some() && kept >= RESUMABLE_BYTES && error.is_passing();
        if !is_worth_it {
            forget(partial);
        }
        return Err(error);
    }
    let adopted = sink.finish().map_err(|error| DownloadError::of_sink(error, limit));
    let adopted = adopted.and_then(|body| {
        // Waiting for the disk keeps no other download waiting.
        tokio::task::block_in_place(|| context.cache.adopt(partial, body.sha256))?;
        Ok(Answer::Body { body, etag, last_modified })
    });
    forget(partial);
    adopted
}

/// Moves a body from the wire into the sink, unless it is cut, stalls or drips.
async fn pump(
    policy: &FetchPolicy,
    response: &mut Response,
    sink: &mut Sink,
    limit: u64,
) -> Result<(), DownloadError> {
    let window = policy.stall_timeout;
    let mut window_ends = Instant::now() + window;
    let mut n_in_window = 0_u64;
    let least = policy.min_rate.saturating_mul(window.as_secs());
    loop {
        let chunk = match timeout(window, response.chunk()).await {
            Ok(chunk) => chunk.map_err(|_| DownloadError::Cut { received: sink.n_bytes() })?,
            Err(_) => return Err(DownloadError::Stalled { limit: window }),
        };
        let Some(chunk) = chunk else { return Ok(()) };
        sink.write(&chunk).map_err(|error| DownloadError::of_sink(error, limit))?;
        n_in_window += chunk.len() as u64;
        if Instant::now() >= window_ends {
            if n_in_window < least {
                return Err(DownloadError::Slow { limit: policy.min_rate });
            }
            (window_ends, n_in_window) = (Instant::now() + window, 0);
        }
    }
}

fn request_headers(wanted: &Wanted<'_>, broken: Option<&Broken>) -> HeaderMap {
    let record = wanted.record;
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value: &str| {
        // A validator that is no header value came in none.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    if let Some(broken) = broken {
        set(header::ACCEPT_ENCODING, "identity");
        set(header::RANGE, &format!("bytes={}-", broken.n_bytes));
        set(header::IF_RANGE, &broken.etag);
    } else {
        set(header::ACCEPT_ENCODING, "gzip");
    }
    if wanted.conditional {
        for (name, value) in [
            (header::IF_NONE_MATCH, &record.etag),
            (header::IF_MODIFIED_SINCE, &record.last_modified),
        ] {
            if let Some(value) = value {
                set(name, value);
            }
        }
    }
    headers
}

/// What is left of a download that was broken off, if it is worth going on with.
///
/// Bytes reach the file in order, so whatever ended the process, what is there is a beginning.
fn broken(partial: &Path, limit: u64) -> Option<Broken> {
    let n_bytes = fs::metadata(partial).ok()?.len();
    let said = fs::read_to_string(tag(partial)).ok()?;
    let (total, etag) = said.split_once('\n')?;
    let (total, etag) = (total.parse().ok(), etag.to_owned());
    let is_worth_it = (RESUMABLE_BYTES..limit).contains(&n_bytes);
    is_worth_it.then_some(Broken { n_bytes, total, etag })
}

impl Broken {
    /// The size of the whole, if `Content-Range` (RFC 9110 §14.4) says that a part begins where this
    /// one ends, goes to the end, and is of the same whole.
    fn goes_on_with(&self, range: &str) -> Option<u64> {
        let (span, total) = range.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = span.split_once('-')?;
        let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
        let end = last.checked_add(1)?;
        // `*` says nothing of the end: then somebody must have said it before.
        let whole = if total == "*" { self.total? } else { total.parse().ok()? };
        let is_same = first == self.n_bytes && self.total.is_none_or(|known| known == whole);
        (whole == end && is_same).then_some(end)
    }
}

/// Removes what is left of a download; what cannot be removed is overwritten by the next.
pub(super) fn forget(partial: &Path) {
    let _ = fs::remove_file(tag(partial));
    let _ = fs::remove_file(partial);
}

/// The file that holds the entity tag of a download.
fn tag(partial: &Path) -> PathBuf {
    partial.with_extension("etag")
}
