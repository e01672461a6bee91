//! The body of an answer on its way out: counted, and its end noticed.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};

use crate::serve::metrics::{Metrics, Route};
use crate::serve::server::log::Record;
use crate::serve::server::meter::Running;

/// A body that is counted until it ends or is dropped.
pub(super) struct Counted {
    body: Body,
    running: Running,
    metrics: Arc<Metrics>,
    route: Option<Route>,
    n_bytes: u64,
    is_finished: bool,
    record: Option<Box<Record>>,
}

impl Counted {
    /// Counts a body; `has_body` tells whether hyper will ask for it.
    pub(super) fn new(
        body: Body,
        has_body: bool,
        running: Running,
        metrics: Arc<Metrics>,
        route: Option<Route>,
        record: Option<Box<Record>>,
    ) -> Self {
        let mut counted =
            Self { body, running, metrics, route, n_bytes: 0, is_finished: !has_body, record };
        if has_body && !counted.body.is_end_stream() {
            counted.running.wait_for_us(false);
        } else {
            counted.is_finished = true;
        }
        counted
    }
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        self.running.wait_for_us(polled.is_pending());
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                self.n_bytes += frame.data_ref().map_or(0, Bytes::len) as u64;
                self.is_finished = self.body.is_end_stream();
            }
            Poll::Ready(None) => self.is_finished = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.metrics.route(self.route).ended(self.n_bytes, !self.is_finished);
        if let Some(record) = self.record.take() {
            record.tell(self.route, self.n_bytes, !self.is_finished);
        }
    }
}
