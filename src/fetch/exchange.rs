//! One exchange: a request, its redirects, and what the hosts on the way say of themselves.

use std::future::Future;
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderName};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::time::{Instant, timeout};

use crate::base::BuildEpoch;
use crate::feed::FetchPolicy;
use crate::fetch::hosts::{Hosts, Refusal, Turn};
use crate::fetch::location::{MAX_PATIENCE_SECONDS, is_patience, key};
use crate::fetch::retry::retry_after;
use crate::fetch::{Cache, DownloadError};

/// The folder of the cache that holds until when hosts want to be left alone.
const HOSTS: &str = "hosts";

/// What all downloads of a run share.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) client: Client,
    pub(super) cache: Cache,
    pub(super) hosts: Hosts,
    pub(super) policy: FetchPolicy,
    pub(super) now: BuildEpoch,
}

/// What is left of a location's deadline. Waiting for others' exchanges with a host does not count.
pub(super) struct Budget {
    left: Duration,
    limit: Duration,
}

impl Budget {
    pub(super) fn new(limit: Duration) -> Self {
        Self { left: limit, limit }
    }

    /// Waits for something as long as there is time.
    pub(super) async fn spend<T>(
        &mut self,
        work: impl Future<Output = Result<T, DownloadError>>,
    ) -> Result<T, DownloadError> {
        let started = Instant::now();
        let done = timeout(self.left, work).await;
        self.left = self.left.saturating_sub(started.elapsed());
        done.unwrap_or(Err(DownloadError::Deadline { limit: self.limit }))
    }
}

/// Sends a request and follows redirects, each host in its turn. The connection of the host that
/// answered is ours until the turn ends.
pub(super) async fn ask(
    context: &Context,
    budget: &mut Budget,
    url: &Url,
    headers: &HeaderMap,
) -> Result<(Turn, Response), DownloadError> {
    let policy = &context.policy;
    let mut url = url.clone();
    for _ in 0..=policy.max_redirects {
        let host = host_of(&url);
        if let Some(until) = patience(context, &host)? {
            return Err(DownloadError::Patience { until });
        }
        let turn = context.hosts.turn(&host).await.map_err(|refusal| match refusal {
            Refusal::Dead => DownloadError::Dead,
            Refusal::Busy(until) => DownloadError::Patience { until },
        })?;
        let sent = budget.spend(send(context, &url, headers)).await;
        let response = sent.inspect_err(|error| turn.ended(error.comes_to_nothing()))?;
        let status = response.status();
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            turn.ended(false);
            return Err(busy(context, &turn, &host, &response));
        }
        if !status.is_redirection() || status == StatusCode::NOT_MODIFIED {
            return Ok((turn, response));
        }
        turn.ended(false);
        url = target(&url, &response)?;
    }
    Err(DownloadError::Redirects { limit: policy.max_redirects })
}

async fn send(
    context: &Context,
    url: &Url,
    headers: &HeaderMap,
) -> Result<Response, DownloadError> {
    let policy = &context.policy;
    let request = context.client.get(url.clone()).headers(headers.clone()).send();
    match timeout(policy.first_byte_timeout, request).await {
        Ok(response) => response.map_err(|error| DownloadError::of(error, policy)),
        Err(_) => Err(DownloadError::Silent { limit: policy.first_byte_timeout }),
    }
}

/// Where a redirect leads.
fn target(url: &Url, response: &Response) -> Result<Url, DownloadError> {
    let target = text(response.headers(), &header::LOCATION);
    let target = target.and_then(|target| url.join(&target).ok());
    let target = target.filter(|target| matches!(target.scheme(), "http" | "https"));
    let status = response.status().as_u16();
    let target = target.ok_or(DownloadError::Status { status })?;
    // What was asked for in secret is not asked for in public.
    if url.scheme() == "https" && target.scheme() == "http" {
        return Err(DownloadError::Downgrade);
    }
    Ok(target)
}

/// Until when the host asked an earlier run to be left alone, if that is still to come.
fn patience(context: &Context, host: &str) -> Result<Option<BuildEpoch>, DownloadError> {
    let (cache, name) = (&context.cache, key(host).to_string());
    let until: Option<u64> = cache.record(HOSTS, &name)?;
    let is_to_come = |until: &u64| is_patience(*until, context.now);
    if until.is_some_and(|until| until <= context.now.0) {
        cache.remove(HOSTS, &name)?;
    }
    Ok(until.filter(is_to_come).map(BuildEpoch))
}

/// Leaves a busy host alone for as long as it asks.
fn busy(context: &Context, turn: &Turn, host: &str, response: &Response) -> DownloadError {
    let status = response.status().as_u16();
    let value = text(response.headers(), &header::RETRY_AFTER);
    let wait = value.and_then(|value| retry_after(&value, said_at(response, context.now)));
    match wait {
        Some(wait) if wait > context.policy.max_wait => {
            let until =
                BuildEpoch(context.now.0.saturating_add(wait.as_secs().min(MAX_PATIENCE_SECONDS)));
            turn.close(until);
            // Its other URLs, and feeds of tomorrow, have to know too.
            let noted = context.cache.note(HOSTS, &key(host).to_string(), &until.0);
            if let Err(error) = noted {
                return error.into();
            }
            DownloadError::Busy { status, until: Some(until) }
        }
        wait => {
            turn.rest(wait.unwrap_or_default());
            DownloadError::Busy { status, until: None }
        }
    }
}

/// The moment of an answer, Unix seconds: what its host's clock says, else ours.
fn said_at(response: &Response, now: BuildEpoch) -> u64 {
    let date = text(response.headers(), &header::DATE);
    let ago = |date: String| retry_after(&date, 0).map(|since| since.as_secs());
    date.and_then(ago).unwrap_or(now.0)
}

/// Host and port.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    format!("{host}:{}", url.port_or_known_default().unwrap_or_default())
}

/// The value of a header, if it is text.
pub(super) fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}
