//! One connection, from its first byte to its last.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::serve::Peer;
use crate::serve::metrics::Refusal;
use crate::serve::server::app::App;
use crate::serve::server::front::{Front, Lengths};
use crate::serve::server::meter::Metered;
use crate::serve::server::registry::Place;
use crate::serve::server::service::{Link, Rules, answer};
use crate::serve::server::settings::Limits;

/// How often a silent client of HTTP/2 is asked whether it is there, and how long it may take to say.
const PING: Duration = Duration::from_secs(20);

/// Streams that a client opened and gave up before they were looked at (CVE-2023-44487).
const MAX_RESET: usize = 20;

/// Streams that ended by a client's mistakes.
const MAX_FAULTY: usize = 256;

/// What every connection of a server is served by.
pub(super) struct Protocols<A> {
    app: A,
    /// The server's rules.
    pub(super) rules: Arc<Rules>,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl<A: App> Protocols<A> {
    /// Both protocols, within the limits.
    ///
    /// Without hyper's timers: what they would watch, the sweeper does. Without its bound on the count
    /// of fields: it would allocate for each request, and the service counts them, below hyper's own
    /// 100.
    pub(super) fn new(app: A, rules: Arc<Rules>) -> Self {
        let Limits { header_bytes, streams, .. } = rules.limits;
        let mut http1 = http1::Builder::new();
        http1.header_read_timeout(None).max_header_size(header_bytes as usize);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING)
            .max_concurrent_streams(streams)
            .max_header_list_size(header_bytes)
            .max_pending_accept_reset_streams(MAX_RESET)
            .max_local_error_reset_streams(MAX_FAULTY);
        Self { app, rules, http1, http2 }
    }

    /// Serves a connection until it ends.
    pub(super) async fn serve<S>(
        &self,
        socket: S,
        tls: Option<TlsAcceptor>,
        mut place: Place,
        peer: Peer,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let metered = Metered::new(socket, Arc::clone(&place.meter));
        let Some(acceptor) = tls else {
            let lengths = Arc::new(Lengths::default());
            let mut front = Front::new(metered, Some(Arc::clone(&lengths)));
            let is_http2 = tokio::select! {
                is_http2 = front.is_http2() => is_http2,
                _ = &mut place.told => return,
            };
            // Nothing came, or nothing could: there is nobody to tell.
            if let Ok(Some(is_http2)) = is_http2 {
                self.speak(front, is_http2, Some(lengths), place, peer).await;
            }
            return;
        };
        let handshake = timeout(self.rules.limits.handshake_timeout, acceptor.accept(metered));
        let shaken = tokio::select! {
            shaken = handshake => shaken,
            _ = &mut place.told => return,
        };
        match shaken {
            Ok(Ok(stream)) => {
                place.meter.mark_read();
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                let lengths = (!is_http2).then(Arc::default);
                let front = Front::new(stream, lengths.clone());
                self.speak(front, is_http2, lengths, place, peer).await;
            }
            Ok(Err(_)) | Err(_) => self.rules.metrics.refused(Refusal::Handshake),
        }
    }

    async fn speak<S>(
        &self,
        front: Front<S>,
        is_http2: bool,
        lengths: Option<Arc<Lengths>>,
        mut place: Place,
        peer: Peer,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let app = self.app.clone();
        let link = Arc::new(Link {
            rules: Arc::clone(&self.rules),
            peer,
            meter: Arc::clone(&place.meter),
            lengths: lengths.filter(|_| !is_http2),
        });
        let io = TokioIo::new(front);
        let service = service_fn(move |request| answer(&app, &link, request));
        // How a connection ended is told by its requests; the rest is weather.
        let _ = if is_http2 {
            place.speaks_http2();
            drive(self.http2.serve_connection(io, service), &mut place.told).await
        } else {
            drive(self.http1.serve_connection(io, service), &mut place.told).await
        };
    }
}

/// Drives a connection to its end, which comes sooner once it is told.
async fn drive<C: GracefulConnection>(
    connection: C,
    told: &mut oneshot::Receiver<()>,
) -> Result<(), C::Error> {
    let mut connection = pin!(connection);
    let mut is_told = false;
    poll_fn(|cx| {
        if !is_told && Pin::new(&mut *told).poll(cx).is_ready() {
            is_told = true;
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(cx)
    })
    .await
}

/// What a connection past a bound is told, in plain text as nothing of it was read: a balancer in
/// front then asks another server, which it would not do while it waits in a queue.
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\n\
retry-after: 1\r\nconnection: close\r\ncontent-length: 96\r\n\r\n\
{\"error\":\"too_many_connections\",\"message\":\"too many connections; try again later\",\"status\":503}\n";

/// Tells a connection that there is no place for it; if it cannot be told at once, it is not.
pub(super) fn turn_away(mut socket: impl io::Write) {
    let _ = socket.write(BUSY);
}

#[cfg(test)]
mod tests {
    use crate::serve::server::connection::BUSY;

    #[test]
    fn the_length_of_a_refusal_is_right() {
        let text = std::str::from_utf8(BUSY).expect("text");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{head}");
        assert!(serde_json::from_str::<serde_json::Value>(body).is_ok());
    }
}
