//! What a connection does, in numbers that the sweeper reads.
//!
//! ```text
//! hyper ── Front ── TLS ── Metered ── socket
//!                             │ bytes, and whether the socket takes no more
//! service ── requests ──────> Meter <── once a second ── sweeper
//! ```
//!
//! Whoever writes here writes a number and goes on: no lock, no clock. Numbers that only the
//! connection's own task writes are loaded and stored; those of requests are added to, as requests
//! of one HTTP/2 connection run on many threads. Relaxed everywhere: the sweeper may be a second late.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bits of each of the two counts of running requests.
const RUNNING_BITS: u32 = 20;
const OURS: u64 = 1 << RUNNING_BITS;
const BEGUN: u64 = 1 << (2 * RUNNING_BITS);

/// The numbers of one connection.
#[derive(Debug, Default)]
pub(super) struct Meter {
    read: AtomicU64,
    written: AtomicU64,
    is_blocked: AtomicBool,
    /// What had been read when the last answer ended.
    read_at_end: AtomicU64,
    /// From the lowest bit: requests running, those of them that wait for us, those ever begun.
    requests: AtomicU64,
}

/// The numbers at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// Bytes that came.
    pub(super) read: u64,
    /// Bytes that the socket took.
    pub(super) written: u64,
    /// Whether it takes no more.
    pub(super) is_blocked: bool,
    /// What had been read when the last answer ended.
    pub(super) read_at_end: u64,
    /// Requests running: begun, and their answer not at its end.
    pub(super) n_running: u64,
    /// Those that wait for us, not for the client.
    pub(super) n_ours: u64,
    /// Requests ever begun; wraps.
    pub(super) n_begun: u64,
}

impl Meter {
    /// The numbers now.
    pub(super) fn look(&self) -> Look {
        let requests = self.requests.load(Ordering::Relaxed);
        let count = |at: u32| (requests >> (at * RUNNING_BITS)) & (OURS - 1);
        Look {
            read: self.read.load(Ordering::Relaxed),
            written: self.written.load(Ordering::Relaxed),
            is_blocked: self.is_blocked.load(Ordering::Relaxed),
            read_at_end: self.read_at_end.load(Ordering::Relaxed),
            n_running: count(0),
            n_ours: count(1),
            n_begun: count(2),
        }
    }

    /// What came so far has been understood: a handshake, or requests.
    pub(super) fn mark_read(&self) {
        self.read_at_end.store(self.read.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// A request that runs: it waits for us, then for the client, maybe for us again, and ends when
/// this is dropped.
#[derive(Debug)]
pub(super) struct Running {
    meter: Arc<Meter>,
    is_ours: bool,
}

impl Running {
    /// A request begins.
    pub(super) fn begin(meter: &Arc<Meter>) -> Self {
        meter.requests.fetch_add(BEGUN | OURS | 1, Ordering::Relaxed);
        Self { meter: Arc::clone(meter), is_ours: true }
    }

    /// It waits for us (or for the client) from now on.
    #[inline]
    pub(super) fn wait_for_us(&mut self, is_ours: bool) {
        if self.is_ours == is_ours {
            return;
        }
        self.is_ours = is_ours;
        if is_ours {
            self.meter.requests.fetch_add(OURS, Ordering::Relaxed);
        } else {
            self.meter.requests.fetch_sub(OURS, Ordering::Relaxed);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.meter.mark_read();
        let ended = if self.is_ours { OURS | 1 } else { 1 };
        self.meter.requests.fetch_sub(ended, Ordering::Relaxed);
    }
}

/// A socket whose bytes are counted.
#[derive(Debug)]
pub(super) struct Metered<S> {
    socket: S,
    meter: Arc<Meter>,
    is_blocked: bool,
}

impl<S> Metered<S> {
    /// Counts the bytes of a socket.
    pub(super) fn new(socket: S, meter: Arc<Meter>) -> Self {
        Self { socket, meter, is_blocked: false }
    }

    #[inline]
    fn note(&mut self, taken: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if taken.is_pending() != self.is_blocked {
            self.is_blocked = taken.is_pending();
            self.meter.is_blocked.store(self.is_blocked, Ordering::Relaxed);
        }
        if let Poll::Ready(Ok(n_bytes)) = taken {
            let written = self.meter.written.load(Ordering::Relaxed) + n_bytes as u64;
            self.meter.written.store(written, Ordering::Relaxed);
        }
        taken
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let done = Pin::new(&mut self.socket).poll_read(cx, buf);
        let n_bytes = buf.filled().len() - before;
        if n_bytes > 0 {
            let read = self.meter.read.load(Ordering::Relaxed) + n_bytes as u64;
            self.meter.read.store(read, Ordering::Relaxed);
        }
        done
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    #[inline]
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let taken = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.note(taken)
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let taken = Pin::new(&mut self.socket).poll_write_vectored(cx, slices);
        self.note(taken)
    }

    #[inline]
    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::serve::server::meter::{Look, Meter, Running};

    #[test]
    fn requests_are_counted_by_whom_they_wait_for() {
        let meter = Arc::new(Meter::default());
        let check = |n_running, n_ours, n_begun| {
            let expected = Look { n_running, n_ours, n_begun, ..Look::default() };
            assert_eq!(meter.look(), expected);
        };
        let mut one = Running::begin(&meter);
        let two = Running::begin(&meter);
        check(2, 2, 2);
        one.wait_for_us(false);
        one.wait_for_us(false);
        check(2, 1, 2);
        drop(two);
        check(1, 0, 2);
        one.wait_for_us(true);
        check(1, 1, 2);
        drop(one);
        check(0, 0, 2);
    }
}
