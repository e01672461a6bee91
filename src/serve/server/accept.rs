//! Connections as they come: taken in, or turned away.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsAcceptor;

use crate::serve::Peer;
use crate::serve::server::app::App;
use crate::serve::server::connection::{Protocols, turn_away};
use crate::serve::server::registry::{Place, Registry};
use crate::serve::server::sockets::Listener;

/// How long to wait when the system has no more of something.
const PAUSE: Duration = Duration::from_millis(100);

/// What takes connections in.
pub(super) struct Reception<A> {
    /// How they are served.
    pub(super) protocols: Arc<Protocols<A>>,
    /// Where they are kept.
    pub(super) registry: Arc<Registry>,
    /// How TLS is spoken, where it is.
    pub(super) tls: Option<TlsAcceptor>,
    /// When the server began.
    pub(super) started: Instant,
}

impl<A: App> Reception<A> {
    /// Takes in connections until the server ends.
    pub(super) async fn accept(
        self: Arc<Self>,
        listener: Listener,
        mut ending: watch::Receiver<bool>,
    ) {
        tokio::select! {
            biased;
            // An error is the sender's end, which is an end as well.
            _ = ending.wait_for(|is_ending| *is_ending) => {}
            () = async {
                match &listener {
                    Listener::Tcp(tcp, is_tls) => self.accept_tcp(tcp, *is_tls).await,
                    Listener::Unix(unix, _) => self.accept_unix(unix).await,
                }
            } => {}
        }
    }

    async fn accept_tcp(&self, listener: &TcpListener, is_tls: bool) {
        let mut patience = Patience::default();
        loop {
            let (socket, address) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    patience.wait(&error).await;
                    continue;
                }
            };
            patience = Patience::default();
            // An answer's last part goes out at once. A socket that cannot be told is about to fail.
            let _ = socket.set_nodelay(true);
            let address = address.ip().to_canonical();
            match self.place(Some(address), is_tls) {
                Some(place) => {
                    let peer = Peer { address: Some(address), is_secure: is_tls };
                    self.spawn(socket, self.tls.clone().filter(|_| is_tls), place, peer);
                }
                // Over TLS it would have to shake hands first, which is what costs.
                None if is_tls => {}
                None => {
                    if let Ok(socket) = socket.into_std() {
                        turn_away(socket);
                    }
                }
            }
        }
    }

    async fn accept_unix(&self, listener: &UnixListener) {
        let mut patience = Patience::default();
        loop {
            let socket = match listener.accept().await {
                Ok((socket, _)) => socket,
                Err(error) => {
                    patience.wait(&error).await;
                    continue;
                }
            };
            patience = Patience::default();
            if let Some(place) = self.place(None, false) {
                self.spawn(socket, None, place, Peer { address: None, is_secure: false });
            } else if let Ok(socket) = socket.into_std() {
                turn_away(socket);
            }
        }
    }

    /// A place, if there is one. Behind a proxy are many clients: it has no bound of its own.
    fn place(&self, address: Option<IpAddr>, is_tls: bool) -> Option<Place> {
        let rules = &self.protocols.rules;
        let bounded = address.filter(|_| !rules.trusted_proxies.trust(address));
        let place = self.registry.enter(bounded, is_tls, self.started.elapsed());
        place.map_err(|refusal| rules.metrics.refused(refusal)).ok()
    }

    fn spawn<S>(&self, socket: S, tls: Option<TlsAcceptor>, place: Place, peer: Peer)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let protocols = Arc::clone(&self.protocols);
        let id = place.id();
        let task = tokio::spawn(async move { protocols.serve(socket, tls, place, peer).await });
        self.registry.runs(id, task.abort_handle());
    }
}

/// Says once that nothing can be accepted, and waits.
#[derive(Default)]
struct Patience {
    has_told: bool,
}

impl Patience {
    async fn wait(&mut self, error: &io::Error) {
        let is_gone = matches!(
            error.kind(),
            io::ErrorKind::ConnectionAborted
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionRefused
        );
        if is_gone {
            return;
        }
        if !self.has_told {
            tracing::warn!(%error, "cannot accept connections");
            self.has_told = true;
        }
        sleep(PAUSE).await;
    }
}
