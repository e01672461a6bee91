//! One URL: asked, redirected, retried, resumed, until its body is a snapshot or there is a reason.
//!
//! ```text
//! download ── attempt ── ask ─────> 304                    unchanged
//!    └ retries   └ resumes └ redirects  └> receive ── pump   a body, then a snapshot
//! ```
#![expect(clippy::disallowed_methods, reason = "downloads are measured and lie on disk")]

use std::fs;
use std::path::{Path, PathBuf};

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::time::{Instant, timeout};

use crate::base::{BuildEpoch, Digest};
use crate::feed::FetchPolicy;
use crate::fetch::body::{Body, Coding, Sink};
use crate::fetch::hosts::{Hosts, Turn};
use crate::fetch::location::LocationRecord;
use crate::fetch::retry::{backoff, retry_after};
use crate::fetch::{Cache, DownloadError, secret};

/// Fewer bytes than this are fetched anew rather than resumed.
const RESUMABLE_BYTES: u64 = 1 << 20;

/// What all downloads of a run share.
pub(super) struct Context {
    pub(super) client: Client,
    pub(super) cache: Cache,
    pub(super) hosts: Hosts,
    pub(super) policy: FetchPolicy,
    pub(super) now: BuildEpoch,
}

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

/// Asks a URL until it answers. The attempts together have the deadline, without the waits between.
///
/// `limit` is the most bytes its content may have; `conditional` says whether a 304 would do.
pub(super) async fn download(
    context: &Context,
    record: &LocationRecord,
    conditional: bool,
    limit: u64,
) -> Result<Answer, DownloadError> {
    let policy = &context.policy;
    let url = secret::expand(&record.url)?;
    let url = Url::parse(&url).map_err(|_| DownloadError::Url)?;
    let host = host_of(&url);
    let mut left = policy.deadline;
    let mut n_failed = 0;
    let answer = loop {
        // Waiting for others' downloads from the same host is no time of this one.
        let Ok(turn) = context.hosts.turn(&host).await else { break Err(DownloadError::Dead) };
        let started = Instant::now();
        let asked = attempt(context, turn, record, &url, conditional, limit);
        let error = match timeout(left, asked).await {
            Ok(Ok(answer)) => break Ok(answer),
            Ok(Err(error)) => error,
            Err(_) => break Err(DownloadError::Deadline { limit: policy.deadline }),
        };
        if !error.is_passing() || n_failed >= policy.retries {
            break Err(error);
        }
        left = left.saturating_sub(started.elapsed());
        match error {
            DownloadError::Busy { wait: Some(wait), .. } => context.hosts.rest(&host, wait),
            _ => tokio::time::sleep(backoff(policy, n_failed)).await,
        }
        n_failed += 1;
    };
    let is_unreachable = matches!(&answer, Err(error) if error.is_unreachable());
    context.hosts.reached(&host, !is_unreachable);
    answer
}

async fn attempt(
    context: &Context,
    turn: Turn,
    record: &LocationRecord,
    url: &Url,
    conditional: bool,
    limit: u64,
) -> Result<Answer, DownloadError> {
    let partial = context.cache.partial(Digest::of(record.url.as_bytes()));
    let broken = broken(&partial, limit);
    let headers = request_headers(record, conditional, broken.as_ref());
    let (turn, response) = ask(context, turn, url, headers).await?;
    match response.status() {
        StatusCode::NOT_MODIFIED if conditional => Ok(Answer::Unchanged),
        StatusCode::OK => receive(context, turn, response, &partial, None, limit).await,
        StatusCode::PARTIAL_CONTENT if broken.is_some() => {
            receive(context, turn, response, &partial, broken, limit).await
        }
        StatusCode::RANGE_NOT_SATISFIABLE if broken.is_some() => {
            forget(&partial);
            Err(DownloadError::Splice)
        }
        status @ (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => {
            let value = text(response.headers(), &header::RETRY_AFTER);
            let wait = value.and_then(|value| retry_after(&value, said_at(&response, context.now)));
            Err(DownloadError::busy(status.as_u16(), wait, &context.policy, context.now))
        }
        status => Err(DownloadError::Status { status: status.as_u16() }),
    }
}

/// Sends a request, and follows redirects. The host's connection is ours until the turn ends.
async fn ask(
    context: &Context,
    turn: Turn,
    url: &Url,
    headers: HeaderMap,
) -> Result<(Turn, Response), DownloadError> {
    let policy = &context.policy;
    let mut url = url.clone();
    let mut turn = turn;
    for _ in 0..=policy.max_redirects {
        let request = context.client.get(url.clone()).headers(headers.clone()).send();
        let response = match timeout(policy.first_byte_timeout, request).await {
            Ok(response) => response.map_err(|error| DownloadError::of(error, policy))?,
            Err(_) => return Err(DownloadError::Silent { limit: policy.first_byte_timeout }),
        };
        let status = response.status();
        if !status.is_redirection() || status == StatusCode::NOT_MODIFIED {
            return Ok((turn, response));
        }
        let target = text(response.headers(), &header::LOCATION);
        let target = target.and_then(|target| url.join(&target).ok());
        let target = target.filter(|target| matches!(target.scheme(), "http" | "https"));
        let Some(target) = target else {
            return Err(DownloadError::Status { status: status.as_u16() });
        };
        // What was asked for in secret is not asked for in public.
        if url.scheme() == "https" && target.scheme() == "http" {
            return Err(DownloadError::Downgrade);
        }
        drop((response, turn));
        turn = context.hosts.turn(&host_of(&target)).await.map_err(|_| DownloadError::Dead)?;
        url = target;
    }
    Err(DownloadError::Redirects { limit: policy.max_redirects })
}

/// Takes a body in; `broken` is what it goes on with.
async fn receive(
    context: &Context,
    _turn: Turn,
    mut response: Response,
    partial: &Path,
    broken: Option<Broken>,
    limit: u64,
) -> Result<Answer, DownloadError> {
    let headers = response.headers();
    let coding = text(headers, &header::CONTENT_ENCODING).unwrap_or_default();
    let coding = Coding::of(&coding).ok_or(DownloadError::Coding { found: coding })?;
    let etag = text(headers, &header::ETAG);
    let last_modified = text(headers, &header::LAST_MODIFIED);
    let length = response.content_length();
    let start = broken.as_ref().map_or(0, |broken| broken.n_bytes);
    if let Some(broken) = &broken {
        let range = text(response.headers(), &header::CONTENT_RANGE);
        let fits = range.is_some_and(|range| broken.goes_on_with(&range));
        if !fits || coding != Coding::Identity || etag.as_ref() != Some(&broken.etag) {
            forget(partial);
            return Err(DownloadError::Splice);
        }
    }
    if coding == Coding::Identity && length.is_some_and(|length| start + length > limit) {
        return Err(DownloadError::TooLarge { limit });
    }
    let strong = etag.clone().filter(|etag| coding == Coding::Identity && !etag.starts_with("W/"));
    let sink = if let Some(broken) = &broken {
        Sink::resume(partial, broken.n_bytes, limit)
    } else {
        forget(partial);
        // First the tag, then the bytes: bytes without a tag are never gone on with.
        let total = length.map(|length| length.to_string()).unwrap_or_default();
        let tagged = strong
            .as_ref()
            .map_or(Ok(()), |etag| fs::write(tag(partial), format!("{total}\n{etag}")));
        tagged.and_then(|()| Sink::create(partial, coding, limit))
    };
    let mut sink = sink.map_err(DownloadError::Disk)?;
    if let Err(error) = pump(context, &mut response, &mut sink, limit).await {
        let kept = sink.pause().map_err(DownloadError::Disk)?;
        let is_worth_it = strong.is_some() && kept >= RESUMABLE_BYTES && error.is_passing();
        if !is_worth_it {
            forget(partial);
        }
        return Err(error);
    }
    let body = sink.finish().map_err(DownloadError::Damaged)?;
    let cache = &context.cache;
    // Waiting for the disk keeps no other download waiting.
    tokio::task::block_in_place(|| cache.adopt(partial, body.sha256))?;
    forget(partial);
    Ok(Answer::Body { body, etag, last_modified })
}

/// Moves a body from the wire into the sink, unless it is cut, stalls or drips.
async fn pump(
    context: &Context,
    response: &mut Response,
    sink: &mut Sink,
    limit: u64,
) -> Result<(), DownloadError> {
    let policy = &context.policy;
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

fn request_headers(
    record: &LocationRecord,
    conditional: bool,
    broken: Option<&Broken>,
) -> HeaderMap {
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
    if conditional {
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

/// The moment of an answer, Unix seconds: what its host's clock says, else ours.
fn said_at(response: &Response, now: BuildEpoch) -> u64 {
    let date = text(response.headers(), &header::DATE);
    let ago = |date: String| retry_after(&date, 0).map(|since| since.as_secs());
    date.and_then(ago).unwrap_or(now.0)
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
    /// Whether `Content-Range` (RFC 9110 §14.4) says that a part begins where this one ends, and is
    /// of a whole of the same size.
    fn goes_on_with(&self, range: &str) -> bool {
        let part = range.strip_prefix("bytes ").and_then(|range| range.split_once('/'));
        let Some((span, total)) = part else { return false };
        let first = span.split_once('-').and_then(|(first, _)| first.parse().ok());
        let is_same_size =
            total == "*" || self.total.is_none_or(|known| total.parse() == Ok(known));
        first == Some(self.n_bytes) && is_same_size
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

/// Host and port.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    format!("{host}:{}", url.port_or_known_default().unwrap_or_default())
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}
