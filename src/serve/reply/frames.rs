//! Bodies: pieces of mapped files and a few bytes between them, handed on in frames.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The most bytes of a frame.
///
/// A connection holds no more than a few frames, whatever the file's size; larger ones are not sent faster
/// (BENCHMARKS.md).
const FRAME_BYTES: usize = 128 * 1024;

/// Told how many bytes were not sent, if a body breaks off.
pub type Unsent = Box<dyn FnOnce(u64) + Send + Sync>;

/// A body whose length is known.
pub(super) struct Frames {
    current: Bytes,
    later: std::vec::IntoIter<Bytes>,
    n_left: u64, // invariant: bytes of `current` and `later`
    unsent: Option<Unsent>,
}

impl Frames {
    /// One piece.
    pub(super) fn one(bytes: Bytes) -> Self {
        let n_left = bytes.len() as u64;
        Self { current: bytes, later: Vec::new().into_iter(), n_left, unsent: None }
    }

    /// Several, one after the other.
    pub(super) fn several(pieces: Vec<Bytes>) -> Self {
        let n_left = pieces.iter().map(|piece| piece.len() as u64).sum();
        Self { current: Bytes::new(), later: pieces.into_iter(), n_left, unsent: None }
    }

    /// Tells somebody if it breaks off.
    pub(super) fn or_tell(mut self, unsent: Unsent) -> Self {
        self.unsent = Some(unsent);
        self
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        if let Some(unsent) = self.unsent.take().filter(|_| self.n_left > 0) {
            unsent(self.n_left);
        }
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        while self.current.is_empty() {
            match self.later.next() {
                Some(piece) => self.current = piece,
                None => return Poll::Ready(None),
            }
        }
        let n_bytes = self.current.len().min(FRAME_BYTES);
        let frame = self.current.split_to(n_bytes);
        self.n_left -= n_bytes as u64;
        Poll::Ready(Some(Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.n_left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.n_left)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use bytes::Bytes;
    use http_body::Body as _;

    use super::{FRAME_BYTES, Frames};

    /// The sizes of the frames, and the bytes.
    fn sent(mut body: Frames) -> (Vec<usize>, Vec<u8>) {
        let (mut sizes, mut bytes) = (Vec::new(), Vec::new());
        let mut context = Context::from_waker(Waker::noop());
        loop {
            assert_eq!(
                body.size_hint().exact().is_some_and(|left| left == 0),
                body.is_end_stream()
            );
            match Pin::new(&mut body).poll_frame(&mut context) {
                Poll::Ready(Some(Ok(frame))) => {
                    let data = frame.into_data().expect("data");
                    sizes.push(data.len());
                    bytes.extend_from_slice(&data);
                }
                Poll::Ready(None) => return (sizes, bytes),
                Poll::Ready(Some(Err(never))) => match never {},
                Poll::Pending => panic!("mapped bytes are there"),
            }
        }
    }

    #[test]
    fn a_large_piece_goes_out_in_frames() {
        let bytes: Vec<u8> = (0..FRAME_BYTES * 2 + 5).map(|n| n as u8).collect();
        let (sizes, found) = sent(Frames::one(Bytes::from(bytes.clone())));
        assert_eq!(sizes, [FRAME_BYTES, FRAME_BYTES, 5]);
        assert_eq!(found, bytes);
    }

    #[test]
    fn pieces_follow_each_other_and_empty_ones_are_passed_over() {
        let pieces = ["", "ab", "", "c", ""].map(|text| Bytes::from_static(text.as_bytes()));
        let (sizes, found) = sent(Frames::several(pieces.to_vec()));
        assert_eq!(sizes, [2, 1]);
        assert_eq!(found, b"abc");
        assert_eq!(sent(Frames::one(Bytes::new())).0, [0_usize; 0]);
    }
}
