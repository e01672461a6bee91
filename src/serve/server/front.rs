//! The bytes of requests on their way to hyper: the first ones looked at, suspicious ones counted.
//!
//! A request with both `Content-Length` and `Transfer-Encoding` is how one is smuggled past a proxy
//! that believes the other of the two. RFC 9112 §6.1 lets a server refuse it; hyper obeys the second
//! and hides the first, so the lines that say `content-length` are counted here, before hyper.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

/// What a client of HTTP/2 sends first (RFC 9113 §3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What a line that tells a length begins with.
const LENGTH: &[u8] = b"content-length";

/// Lines that tell a length and have not been seen by the service yet.
#[derive(Debug, Default)]
pub(super) struct Lengths(AtomicU32);

impl Lengths {
    /// Returns whether a request is one with both fields, given which of them hyper shows.
    ///
    /// Bytes come in order, so a request's lines are counted before the request is seen. What lies
    /// in bodies, or in pipelined requests behind, is counted as well: that can only refuse a request
    /// that sends a body in chunks, and the count is never less than it should be.
    pub(super) fn is_smuggled(&self, has_length: bool, has_encoding: bool) -> bool {
        let n_lines = self.0.load(Ordering::Relaxed);
        if has_length && n_lines > 0 {
            self.0.store(n_lines - 1, Ordering::Relaxed);
        }
        has_encoding && n_lines > 0
    }
}

/// A connection whose first bytes were looked at.
#[derive(Debug)]
pub(super) struct Front<S> {
    inner: S,
    /// What was read to tell the protocol, and is still to be handed on.
    first: [u8; PREFACE.len()],
    n_first: usize,
    n_handed: usize,
    /// How much of [`LENGTH`] the current line begins with; `None` if it is another line.
    matched: Option<usize>,
    lengths: Option<Arc<Lengths>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Front<S> {
    /// Looks at nothing.
    pub(super) fn new(inner: S, lengths: Option<Arc<Lengths>>) -> Self {
        let first = [0; PREFACE.len()];
        Self { inner, first, n_first: 0, n_handed: 0, matched: Some(0), lengths }
    }

    /// Waits for the first bytes and tells whether they are HTTP/2's; `None` if there are none.
    ///
    /// # Errors
    /// What the socket says.
    pub(super) async fn is_http2(&mut self) -> io::Result<Option<bool>> {
        loop {
            let n_bytes = self.inner.read(&mut self.first[self.n_first..]).await?;
            self.n_first += n_bytes;
            let first = &self.first[..self.n_first];
            if n_bytes == 0 {
                return Ok(if first.is_empty() { None } else { Some(false) });
            }
            if !PREFACE.starts_with(first) {
                return Ok(Some(false));
            }
            if first.len() == PREFACE.len() {
                return Ok(Some(true));
            }
        }
    }
}

/// Counts the lines that begin with [`LENGTH`]; a line may be cut anywhere.
fn count(mut matched: Option<usize>, bytes: &[u8]) -> (Option<usize>, u32) {
    let mut n_lines = 0;
    let mut rest = bytes;
    loop {
        if let Some(n_before) = matched {
            let wanted = &LENGTH[n_before..];
            let n_same = rest.iter().zip(wanted).take_while(|(a, b)| a.eq_ignore_ascii_case(b));
            let n_same = n_same.count();
            if n_same == wanted.len() {
                n_lines += 1;
                matched = None;
            } else if n_same == rest.len() {
                return (Some(n_before + n_same), n_lines);
            } else {
                matched = None;
            }
            rest = &rest[n_same..];
        }
        match memchr::memchr(b'\n', rest) {
            Some(at) => {
                rest = &rest[at + 1..];
                matched = Some(0);
            }
            None => return (matched, n_lines),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Front<S> {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let done = if self.n_handed < self.n_first {
            let first = &self.first[self.n_handed..self.n_first];
            let first = &first[..first.len().min(buf.remaining())];
            buf.put_slice(first);
            self.n_handed += first.len();
            Poll::Ready(Ok(()))
        } else {
            Pin::new(&mut self.inner).poll_read(cx, buf)
        };
        if let Some(lengths) = &self.lengths {
            let bytes = &buf.filled()[before..];
            let (matched, n_lines) = count(self.matched, bytes);
            if n_lines > 0 {
                let n_lines = lengths.0.load(Ordering::Relaxed).saturating_add(n_lines);
                lengths.0.store(n_lines, Ordering::Relaxed);
            }
            self.matched = matched;
        }
        done
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Front<S> {
    #[inline]
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, slices)
    }

    #[inline]
    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use crate::serve::server::front::{Lengths, count};

    /// However the bytes are cut, the count is the same.
    #[track_caller]
    fn check(text: &str, expected: u32) {
        for at in 0..=text.len() {
            let (head, tail) = text.as_bytes().split_at(at);
            let (matched, n_head) = count(Some(0), head);
            let (_, n_tail) = count(matched, tail);
            assert_eq!(n_head + n_tail, expected, "{text:?} at {at}");
        }
        let step = |(matched, n_lines), byte: &u8| {
            let (matched, n_more) = count(matched, std::slice::from_ref(byte));
            (matched, n_lines + n_more)
        };
        assert_eq!(text.as_bytes().iter().fold((Some(0), 0), step).1, expected, "{text:?}");
    }

    #[test]
    fn lines_that_tell_a_length_are_counted() {
        check("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0);
        check("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 1);
        check("POST / HTTP/1.1\nCONTENT-LENGTH:3\ncontent-length: 3\n\n", 2);
        check("POST / HTTP/1.1\r\nX-Content-Length: 3\r\nContent-Lengt: 3\r\n\r\n", 0);
        check("a\r\n\nContent-\ncontent-length\n\n", 1);
        check("\n\n\n", 0);
    }

    #[test]
    fn both_fields_are_seen_behind_other_requests() {
        let lengths = Lengths::default();
        let read = |n_lines| lengths.0.fetch_add(n_lines, std::sync::atomic::Ordering::Relaxed);
        assert!(!lengths.is_smuggled(false, false));
        assert!(!lengths.is_smuggled(false, true));
        read(1);
        assert!(!lengths.is_smuggled(true, false));
        assert!(!lengths.is_smuggled(false, true));
        // Two at once: one with a length, then one with both.
        read(2);
        assert!(!lengths.is_smuggled(true, false));
        assert!(lengths.is_smuggled(false, true));
    }
}
