//! One request: checked, given to the application, and its answer sent on its way.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use tokio::time::Instant;

use crate::serve::Peer;
use crate::serve::metrics::{Metrics, Route};
use crate::serve::server::app::App;
use crate::serve::server::body::Counted;
use crate::serve::server::cors;
use crate::serve::server::front::Lengths;
use crate::serve::server::incoming::bounded;
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

/// What every request of a connection is answered by.
pub(super) struct Connected<A> {
    /// The application.
    pub(super) app: A,
    /// The server's.
    pub(super) rules: Arc<Rules>,
    /// Who is at the other end.
    pub(super) peer: Peer,
    /// The connection's numbers.
    pub(super) meter: Arc<Meter>,
    /// The lengths that were told in it; none where requests are frames.
    pub(super) lengths: Option<Arc<Lengths>>,
}

/// Answers a request.
pub(super) async fn answer<A: App>(
    connected: Arc<Connected<A>>,
    request: Request<Incoming>,
) -> Result<Response<Counted>, Infallible> {
    let started = Instant::now();
    let running = Running::begin(&connected.meter);
    let rules = &connected.rules;
    let is_head = *request.method() == Method::HEAD;
    let is_open = is_head || *request.method() == Method::GET;
    let peer = rules.trusted_proxies.client(connected.peer, request.headers());
    let mut record = rules.is_logging.then(|| Record::new(&request, peer, started));
    let mut response = match admit(&connected, &request) {
        Some(answer) => answer,
        None => respond(&connected, request, peer).await,
    };
    if is_open {
        cors::open(response.headers_mut());
    }
    let status = response.status();
    let route = response.extensions().get::<Route>().copied();
    rules.metrics.route(route).answered(status.as_u16(), started.elapsed());
    if let Some(record) = &mut record {
        record.answered(status.as_u16());
    }
    let is_bodiless = matches!(status, StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT);
    let has_body = !is_head && !is_bodiless;
    let metrics = Arc::clone(&rules.metrics);
    Ok(response.map(|body| Counted::new(body, has_body, running, metrics, route, record)))
}

/// The answer to a request that the application does not see.
fn admit<A>(connected: &Connected<A>, request: &Request<Incoming>) -> Option<Response<Body>> {
    let headers = request.headers();
    let has_encoding = headers.contains_key(TRANSFER_ENCODING);
    let smuggled = |lengths: &Arc<Lengths>| {
        lengths.is_smuggled(headers.contains_key(CONTENT_LENGTH), has_encoding)
    };
    let problem = if connected.lengths.as_ref().is_some_and(smuggled) {
        Problem::TwoLengths
    } else if headers.len() > usize::from(connected.rules.limits.headers) {
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

async fn respond<A: App>(
    connected: &Connected<A>,
    request: Request<Incoming>,
    peer: Peer,
) -> Response<Body> {
    let limits = &connected.rules.limits;
    let (parts, incoming) = request.into_parts();
    let (body, trouble) = match bounded(incoming, limits.body_bytes, limits.body_timeout) {
        Ok(bounded) => bounded,
        Err(problem) => return problem.answer(),
    };
    let mut request = Request::from_parts(parts, body);
    request.extensions_mut().insert(peer);
    let response = connected.app.call(request).await;
    match trouble.and_then(|trouble| trouble.problem()) {
        Some(problem) => problem.answer(),
        None => response,
    }
}
