//! Bodies in both directions: bounded, counted, and nobody blamed for what others do.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::Extension;
use axum::http::{HeaderMap, Request, Response};
use axum::routing::{get, post};
use axum::{Router, response::IntoResponse as _};
use http_body::Frame;
use ipmint::serve::{Peer, Route};
use tokio::sync::mpsc;

use crate::serve::inside::Inside;
use crate::serve::server::Client;

const FRAME: &[u8] = &[b'x'; 128 << 10];

/// So many frames of 128 KiB.
struct Frames(u32);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        if self.0 == 0 {
            return Poll::Ready(None);
        }
        self.0 -= 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(FRAME)))))
    }
}

/// Whatever is sent through a channel, when it is.
pub(crate) struct Fed(mpsc::Receiver<&'static str>);

impl http_body::Body for Fed {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        let text = self.0.poll_recv(cx);
        text.map(|text| text.map(|text| Ok(Frame::data(Bytes::from_static(text.as_bytes())))))
    }
}

/// A route whose body is fed by the test, once.
pub(crate) fn fed() -> (mpsc::Sender<&'static str>, Router) {
    let (feed, body) = mpsc::channel(16);
    let body = std::sync::Arc::new(std::sync::Mutex::new(Some(body)));
    let handler = move || {
        let body = body.lock().expect("no panic").take().expect("asked once");
        async { Response::new(Body::new(Fed(body))) }
    };
    (feed, Router::new().route("/fed", get(handler)))
}

async fn large() -> Response<Body> {
    let mut response = Response::new(Body::new(Frames(8192)));
    response.extensions_mut().insert(Route("large"));
    response
}

async fn echo(body: Result<String, axum::extract::rejection::StringRejection>) -> Response<Body> {
    match body {
        Ok(text) => text.into_response(),
        Err(error) => error.into_response(),
    }
}

async fn who(Extension(peer): Extension<Peer>) -> String {
    format!("{:?} {}", peer.address, peer.is_secure)
}

async fn broken(_: Request<Body>) -> Response<Body> {
    panic!("as a test wants it")
}

fn router() -> Router {
    let headers = |headers: HeaderMap| async move { format!("{headers:?}") };
    Router::new()
        .route("/large", get(large))
        .route("/echo", post(echo))
        .route("/who", get(who))
        .route("/broken", get(broken))
        .route("/headers", get(headers))
}

#[test]
fn who_takes_too_little_of_a_body_is_shown_out() {
    let inside = Inside::start("[limits]\nstall_timeout = '1s'\n", router());
    let mut client = inside.connect();
    assert!(client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"));
    // Nothing is read until the server has given up.
    inside.expect_counted(r#"ipmint_connections_cut_total{reason="stalled"} 1"#);
    inside.expect_counted(r#"ipmint_answers_cut_total{route="large"} 1"#);
    inside.expect_counted("ipmint_connections_open 0");
    client.expect_closed();
}

/// A frame of HTTP/2 (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len() as u8;
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

#[test]
fn a_window_that_stays_shut_is_taking_too_little() {
    let inside = Inside::start("[limits]\nstall_timeout = '1s'\n", router());
    let mut client = inside.connect();
    // SETTINGS_INITIAL_WINDOW_SIZE = 0, then `GET /large` in HPACK's static table and literals.
    let settings = frame(4, 0, 0, &[0, 4, 0, 0, 0, 0]);
    let fields = b"\x82\x86\x04\x06/large\x41\x01a";
    let headers = frame(1, 0x5, 1, fields);
    assert!(client.send([b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &settings[..], &headers].concat()));
    inside.expect_counted(r#"ipmint_connections_cut_total{reason="stalled"} 1"#);
    client.expect_closed();
    inside.expect_counted(r#"ipmint_answers_cut_total{route="large"} 1"#);
}

#[test]
fn who_waits_for_us_is_not_shown_out() {
    let (feed, router) = fed();
    let config = "[limits]\nstall_timeout = '1s'\nidle_timeout = '1s'\nheader_timeout = '1s'\n";
    let inside = Inside::start(config, router);
    let mut client = inside.connect();
    assert!(client.send("GET /fed HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    feed.blocking_send("first ").expect("it is asked for");
    // Others come and go meanwhile, and are shown out after a second.
    for _ in 0..2 {
        inside.connect().expect_closed();
    }
    feed.blocking_send("second").expect("it is asked for");
    drop(feed);
    let answer = client.expect_closed();
    assert!(answer.contains("first ") && answer.contains("second"), "{answer}");
    inside.expect_counted(r#"ipmint_answers_cut_total{route="other"} 0"#);
    inside.expect_counted(r#"ipmint_body_bytes_total{route="other"} 12"#);
}

#[test]
fn a_body_has_a_bound() {
    let inside = Inside::start("[limits]\nbody_bytes = 10\n", router());
    let post = |fields: &str, body: &str| {
        let mut client = inside.connect();
        client.send(format!("POST /echo HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n{body}"));
        client.answer()
    };
    assert!(post("Content-Length: 10", "0123456789").ends_with("0123456789"));
    assert!(post("Transfer-Encoding: chunked", "a\r\n0123456789\r\n0\r\n\r\n").ends_with("456789"));
    for answer in [
        post("Content-Length: 11", "0123456789a"),
        post("Content-Length: 99999999999", ""),
        post("Transfer-Encoding: chunked", "5\r\n01234\r\n6\r\n56789a\r\n0\r\n\r\n"),
    ] {
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        assert!(answer.contains(r#""error":"batch_too_large""#), "{answer}");
        assert!(answer.contains(r#""status":413"#), "{answer}");
    }
}

#[test]
fn a_body_that_does_not_end_is_not_waited_for() {
    let inside = Inside::start("[limits]\nbody_timeout = '1s'\n", router());
    let mut client = inside.connect();
    assert!(client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n012"));
    let answer = client.expect_closed();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains(r#""error":"body_timeout""#), "{answer}");
}

#[test]
fn a_panic_costs_one_connection() {
    let inside = Inside::start("", router());
    let mut other = inside.connect();
    assert!(other.get("/who").contains("127.0.0.1"));
    let mut client = inside.connect();
    assert!(client.send("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n"));
    client.expect_closed();
    assert!(other.get("/who").contains("127.0.0.1"));
    inside.expect_counted("ipmint_connections_open 1");
}

#[test]
fn a_trusted_proxy_says_who_asks() {
    let ask = |inside: &Inside| {
        let mut client = inside.connect();
        let forwarded = "X-Forwarded-For: 10.0.0.1, 198.51.100.7\r\nX-Forwarded-Proto: https\r\n";
        client.send(format!("GET /who HTTP/1.1\r\nHost: a\r\n{forwarded}\r\n"));
        client.answer().lines().last().expect("a body").to_owned()
    };
    let nobody = Inside::start("", router());
    assert_eq!(ask(&nobody), "Some(127.0.0.1) false");
    let trusting = Inside::start("trusted_proxies = ['127.0.0.0/8']\n", router());
    assert_eq!(ask(&trusting), "Some(198.51.100.7) true");
}

#[test]
fn scripts_of_other_sites_may_read() {
    let inside = Inside::start("", router());
    let mut client = inside.connect();
    let answer = client.get("/who");
    assert!(answer.contains("access-control-allow-origin: *"), "{answer}");
    assert!(answer.contains("access-control-expose-headers: ETag"), "{answer}");
    let asks = "Origin: http://b\r\nAccess-Control-Request-Method: GET\r\n";
    assert!(client.send(format!("OPTIONS /who HTTP/1.1\r\nHost: a\r\n{asks}\r\n")));
    let answer = client.answer();
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    assert!(answer.contains("access-control-allow-methods: GET, HEAD"), "{answer}");
    assert!(answer.contains("X-API-Key"), "{answer}");
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab");
    let answer = client.answer();
    assert!(answer.ends_with("ab") && !answer.contains("access-control"), "{answer}");
}

#[test]
fn an_answer_goes_out_whole() {
    let inside = Inside::start("", Router::new().route("/some", get(|| async { some() })));
    let mut client = inside.connect();
    assert!(client.send("GET /some HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    assert!(client.expect_closed().len() > 40 * FRAME.len());
    inside.expect_counted(r#"ipmint_answers_cut_total{route="some"} 0"#);
    let bytes = 40 * FRAME.len();
    inside.expect_counted(&format!(r#"ipmint_body_bytes_total{{route="some"}} {bytes}"#));
}

fn some() -> Response<Body> {
    let mut response = Response::new(Body::new(Frames(40)));
    response.extensions_mut().insert(Route("some"));
    response
}

/// A client that leaves in the middle.
#[test]
fn an_answer_that_nobody_waits_for_is_cut() {
    let inside = Inside::start("", router());
    let mut client: Client = inside.connect();
    assert!(client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"));
    // Not before it is being answered: a request of somebody gone is not answered at all.
    client.answer();
    drop(client);
    inside.expect_counted(r#"ipmint_answers_cut_total{route="large"} 1"#);
}
