//! The body of a request: bounded in size and in time, whoever reads it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Sleep, sleep};

use crate::serve::server::problem::Problem;

/// What went wrong with a body while a handler read it.
///
/// The handler sees a body that breaks off; what the client is told is decided from this, so that no
/// handler has to know.
#[derive(Clone, Debug, Default)]
pub(super) struct Trouble(Arc<AtomicU8>);

const SIZE: u8 = 1;
const TIME: u8 = 2;

impl Trouble {
    /// What to answer instead of the handler's answer.
    pub(super) fn problem(&self) -> Option<Problem> {
        match self.0.load(Ordering::Relaxed) {
            SIZE => Some(Problem::BodySize),
            TIME => Some(Problem::BodyTime),
            _ => None,
        }
    }
}

/// A body that breaks off when it passes a bound.
struct Bounded {
    incoming: Incoming,
    bytes_left: u64,
    deadline: Pin<Box<Sleep>>,
    trouble: Trouble,
}

/// Bounds a body; one that there is not costs nothing.
///
/// # Errors
/// If it says itself that it is too large.
pub(super) fn bounded(
    incoming: Incoming,
    limit_bytes: u64,
    timeout: Duration,
) -> Result<(Body, Option<Trouble>), Problem> {
    if incoming.is_end_stream() {
        // An empty body is no allocation.
        return Ok((Body::empty(), None));
    }
    if incoming.size_hint().lower() > limit_bytes {
        return Err(Problem::BodySize);
    }
    let trouble = Trouble::default();
    let deadline = Box::pin(sleep(timeout));
    let bounded = Bounded { incoming, bytes_left: limit_bytes, deadline, trouble: trouble.clone() };
    Ok((Body::new(bounded), Some(trouble)))
}

impl Bounded {
    fn fail(&self, trouble: u8, message: &'static str) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.trouble.0.store(trouble, Ordering::Relaxed);
        Poll::Ready(Some(Err(io::Error::other(message))))
    }
}

impl http_body::Body for Bounded {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.trouble.problem().is_some() {
            return Poll::Ready(None);
        }
        if self.deadline.as_mut().poll(cx).is_ready() {
            return self.fail(TIME, "the body did not come in time");
        }
        let frame = match ready!(Pin::new(&mut self.incoming).poll_frame(cx)) {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Poll::Ready(Some(Err(io::Error::other(error)))),
            None => return Poll::Ready(None),
        };
        let n_bytes = frame.data_ref().map_or(0, Bytes::len) as u64;
        match self.bytes_left.checked_sub(n_bytes) {
            Some(left) => self.bytes_left = left,
            None => return self.fail(SIZE, "the body is too large"),
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
