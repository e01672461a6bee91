//! A body that is made while it is sent: a client that takes its time costs none of ours, and no memory.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Bytes of a frame, about.
const FRAME_BYTES: usize = 64 * 1024;

/// Makes a body piece by piece.
pub trait Pieces: Send + Unpin + 'static {
    /// Appends the next piece, which is far smaller than a frame; `false` if there is none.
    fn append(&mut self, to: &mut Vec<u8>) -> bool;
}

/// The pieces as a body.
#[derive(Debug)]
pub struct Streamed<P> {
    pieces: P,
    is_done: bool,
}

impl<P: Pieces> Streamed<P> {
    /// Nothing is made yet.
    pub fn new(pieces: P) -> Self {
        Self { pieces, is_done: false }
    }
}

impl<P: Pieces> Body for Streamed<P> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut frame = Vec::with_capacity(if self.is_done { 0 } else { FRAME_BYTES + 4096 });
        while !self.is_done && frame.len() < FRAME_BYTES {
            self.is_done = !self.pieces.append(&mut frame);
        }
        let frame = (!frame.is_empty()).then(|| Ok(Frame::data(frame.into())));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.is_done
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use http_body::Body as _;

    use crate::serve::reply::stream::{FRAME_BYTES, Pieces, Streamed};

    /// So many pieces of a kilobyte.
    struct Kilobytes(usize);

    impl Pieces for Kilobytes {
        fn append(&mut self, to: &mut Vec<u8>) -> bool {
            to.extend(std::iter::repeat_n(b'x', 1000 * usize::from(self.0 > 0)));
            self.0 = self.0.saturating_sub(1);
            self.0 > 0
        }
    }

    #[track_caller]
    fn check(n_pieces: usize) {
        let mut body = Streamed::new(Kilobytes(n_pieces));
        let mut context = Context::from_waker(Waker::noop());
        let mut n_bytes = 0;
        while let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut body).poll_frame(&mut context) {
            let frame = frame.into_data().expect("data");
            assert!(frame.len() < FRAME_BYTES + 1000);
            n_bytes += frame.len();
        }
        assert_eq!(n_bytes, 1000 * n_pieces);
        assert!(body.is_end_stream());
    }

    #[test]
    fn frames_hold_pieces_and_end_with_them() {
        for n_pieces in [0, 1, 65, 66, 67, 1000] {
            check(n_pieces);
        }
    }
}
