//! The sockets to accept at: opened, or handed over by systemd.
#![expect(clippy::disallowed_methods, reason = "the file of a Unix socket is made and removed")]

use std::fs::{self, Permissions};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use listenfd::ListenFd;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpSocket, UnixListener};

use crate::serve::ServeError;
use crate::serve::server::listen::{Listen, Scheme};
use crate::serve::server::settings::Settings;

/// Connections that wait to be accepted: a fleet that wakes at the same second.
const BACKLOG: u32 = 4096;

/// Where connections come from.
#[derive(Debug)]
pub(super) enum Listener {
    /// TCP, and whether TLS is spoken there.
    Tcp(TcpListener, bool),
    /// A Unix socket, and its file if that is ours to remove.
    Unix(
        UnixListener,
        #[expect(dead_code, reason = "its end removes the file")] Option<SocketFile>,
    ),
}

/// The file of a Unix socket, removed when this is dropped.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// Device and number: another server may have put its own in this place since.
    id: (u64, u64),
}

impl Listener {
    /// Its address, as a client would write it.
    pub(super) fn url(&self) -> String {
        match self {
            Self::Tcp(listener, is_tls) => {
                let scheme = if *is_tls { "https" } else { "http" };
                let address = listener.local_addr();
                address.map_or_else(|_| "?".to_owned(), |address| format!("{scheme}://{address}"))
            }
            Self::Unix(listener, _) => {
                let address = listener.local_addr().ok();
                let path = address.as_ref().and_then(|address| address.as_pathname());
                format!("unix:{}", path.unwrap_or(Path::new("?")).display())
            }
        }
    }
}

/// Opens every socket. Those that were handed over come first, and stand for the default of `listen`:
/// only another value is listened at as well.
///
/// # Errors
/// The first that cannot be had.
pub(super) fn open(settings: &Settings) -> Result<Vec<Listener>, ServeError> {
    let has_certificate = settings.tls.is_some();
    let mut listeners = inherited(has_certificate)?;
    if !listeners.is_empty() && settings.listen == Settings::default().listen {
        return Ok(listeners);
    }
    for listen in &settings.listen {
        let opened = match listen {
            Listen::Tcp(address, scheme) => {
                tcp(*address).map(|tcp| Listener::Tcp(tcp, scheme.is_tls(has_certificate)))
            }
            Listen::Unix(path) => unix(path, settings.unix_mode),
        };
        let listen = listen.to_string();
        listeners.push(opened.map_err(|source| ServeError::Listen { listen, source })?);
    }
    Ok(listeners)
}

/// Takes over the sockets that systemd opened (`sd_listen_fds(3)`).
fn inherited(has_certificate: bool) -> Result<Vec<Listener>, ServeError> {
    let mut sockets = ListenFd::from_env();
    let mut listeners = Vec::new();
    for idx in 0..sockets.len() {
        let taken = take(&mut sockets, idx, Scheme::Either.is_tls(has_certificate));
        listeners.push(taken.map_err(|source| ServeError::Inherited { idx, source })?);
    }
    Ok(listeners)
}

fn take(sockets: &mut ListenFd, idx: usize, is_tls: bool) -> io::Result<Listener> {
    let gone = || io::Error::other("it was taken already");
    if let Ok(taken) = sockets.take_tcp_listener(idx) {
        let listener = taken.ok_or_else(gone)?;
        listener.set_nonblocking(true)?;
        return Ok(Listener::Tcp(TcpListener::from_std(listener)?, is_tls));
    }
    let listener = sockets.take_unix_listener(idx)?.ok_or_else(gone)?;
    listener.set_nonblocking(true)?;
    Ok(Listener::Unix(UnixListener::from_std(listener)?, None))
}

fn tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart does not wait for the connections of the one before to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn unix(path: &Path, mode: u32) -> io::Result<Listener> {
    remove_stale(path)?;
    let listener = UnixListener::bind(path)?;
    let metadata = fs::metadata(path)?;
    let file = SocketFile { path: path.to_owned(), id: (metadata.dev(), metadata.ino()) };
    fs::set_permissions(path, Permissions::from_mode(mode))?;
    Ok(Listener::Unix(listener, Some(file)))
}

/// Removes a socket that nobody listens at any more; whatever else lies there stays.
fn remove_stale(path: &Path) -> io::Result<()> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    if !metadata.file_type().is_socket() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "there is a file that is no socket",
        ));
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) => Err(error),
        Ok(_) => Err(io::Error::new(io::ErrorKind::AddrInUse, "another server listens there")),
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let metadata = fs::symlink_metadata(&self.path);
        if metadata.is_ok_and(|metadata| (metadata.dev(), metadata.ino()) == self.id) {
            // Left behind, it is stale, and the next start removes it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Lets this process open as many files as the system allows it; returns how many that is.
pub(super) fn raise_file_limit() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return current;
    }
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    if raised.is_ok() { maximum } else { current }
}
