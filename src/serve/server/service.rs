//! One request: checked, given to the application, and its answer sent on its way.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Request, Response, StatusCode, Version};
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::time::Instant;

use crate::serve::Peer;
use crate::serve::metrics::{Metrics, Route};
use crate::serve::server::app::{App, Head};
use crate::serve::server::body::Counted;
use crate::serve::server::cors;
use crate::serve::server::front::Lengths;
use crate::serve::server::incoming::{Trouble, bounded};
use crate::serve::server::log::Record;
use crate::serve::server::meter::{Meter, Running};
use crate::serve::server::problem::Problem;
use crate::serve::server::proxies::Proxies;
use crate::serve::server::settings::Limits;

/// What every request of a server is answered by.
pub(super) struct Rules {
    /// What a client may cost.
    pub(super) limits: Limits,
    /// Whose word is taken for who the client is.
    pub(super) trusted_proxies: Proxies,
    /// What is counted.
    pub(super) metrics: Arc<Metrics>,
    /// Whether requests are logged.
    pub(super) is_logging: bool,
}

/// What every request of a connection shares; one count of references a request, and no more.
pub(super) struct Link {
    /// The server's.
    pub(super) rules: Arc<Rules>,
    /// Who is at the other end.
    pub(super) peer: Peer,
    /// The connection's numbers.
    pub(super) meter: Arc<Meter>,
    /// The lengths that were told in it; none where requests are frames.
    pub(super) lengths: Option<Arc<Lengths>>,
}

impl AsRef<Meter> for Link {
    fn as_ref(&self) -> &Meter {
        &self.meter
    }
}

/// What is kept of a request until its answer is there.
struct Asked {
    running: Running<Link>,
    started: Instant,
    is_head: bool,
    is_open: bool,
    record: Option<Box<Record>>,
}

/// Answers a request.
pub(super) fn answer<A: App>(
    app: &A,
    link: &Arc<Link>,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Counted>, Infallible>> + Send + 'static + use<A> {
    let started = Instant::now();
    let running = Running::begin(Arc::clone(link));
    let is_head = *request.method() == Method::HEAD;
    let is_open = is_head || *request.method() == Method::GET;
    let peer = link.rules.trusted_proxies.client(link.peer, request.headers());
    let record = link.rules.is_logging.then(|| Record::new(&request, peer, started));
    let asked = Asked { running, started, is_head, is_open, record };
    let answered = admit(link, &request).map(|answer| (answer, None));
    let answered = answered.or_else(|| {
        let head = request.body().is_end_stream().then(|| Head {
            method: request.method(),
            uri: request.uri(),
            headers: request.headers(),
            peer,
        });
        app.at_once(head?).map(|(answer, route)| (answer, Some(route)))
    });
    let given = match answered {
        Some(answered) => Err(answered),
        None => bound(&link.rules.limits, request, peer)
            .map_err(|problem| (problem.answer(), None))
            .map(|(request, trouble)| (app.clone().call(request), trouble)),
    };
    async move {
        let (response, route) = match given {
            Err(answered) => answered,
            Ok((answer, trouble)) => {
                let response = answer.await;
                let problem = trouble.and_then(|trouble| trouble.problem());
                let response = problem.map_or(response, Problem::answer);
                let route = response.extensions().get::<Route>().copied();
                (response, route)
            }
        };
        Ok(asked.answered(response, route))
    }
}

impl Asked {
    /// Opens the answer to scripts, counts it, and has its body counted.
    fn answered(mut self, mut response: Response<Body>, route: Option<Route>) -> Response<Counted> {
        // A 304 is a word on headers that the client has: those of the 200 opened it.
        if self.is_open && response.status() != StatusCode::NOT_MODIFIED {
            cors::open(response.headers_mut());
        }
        let status = response.status();
        let counts = self.running.link().rules.metrics.route(route);
        counts.answered(status.as_u16(), self.started.elapsed());
        if let Some(record) = &mut self.record {
            record.answered(status.as_u16());
        }
        let is_bodiless = matches!(status, StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT);
        let has_body = !self.is_head && !is_bodiless;
        response.map(|body| Counted::new(body, has_body, self.running, route, self.record))
    }
}

/// The answer to a request that the application does not see.
fn admit(link: &Link, request: &Request<Incoming>) -> Option<Response<Body>> {
    let headers = request.headers();
    let has_encoding = headers.contains_key(TRANSFER_ENCODING);
    let smuggled = |lengths: &Arc<Lengths>| {
        lengths.is_smuggled(headers.contains_key(CONTENT_LENGTH), has_encoding)
    };
    let problem = if link.lengths.as_ref().is_some_and(smuggled) {
        Problem::TwoLengths
    } else if headers.len() > usize::from(link.rules.limits.headers) {
        Problem::Headers
    } else if request.version() == Version::HTTP_11 && !has_one_host(headers) {
        Problem::Host
    } else if cors::is_preflight(request.method(), headers) {
        return Some(cors::preflight());
    } else {
        return None;
    };
    Some(problem.answer())
}

fn has_one_host(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    hosts.next().is_some() && hosts.next().is_none()
}

/// The request as the application sees it, unless it says itself that it is too large.
fn bound(
    limits: &Limits,
    request: Request<Incoming>,
    peer: Peer,
) -> Result<(Request<Body>, Option<Trouble>), Problem> {
    let (parts, incoming) = request.into_parts();
    let (body, trouble) = bounded(incoming, limits.body_bytes, limits.body_timeout)?;
    let mut request = Request::from_parts(parts, body);
    request.extensions_mut().insert(peer);
    Ok((request, trouble))
}
