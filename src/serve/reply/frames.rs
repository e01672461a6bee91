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
    current: Part,
    later: std::vec::IntoIter<Part>,
    n_left: u64,      // invariant: bytes of `current` and `later`
    n_file_left: u64, // invariant: those of them that are the file's
    unsent: Option<Unsent>,
}

/// A piece of a body.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) bytes: Bytes,
    /// Not what stands between ranges: that is paid for by nobody.
    pub(super) is_file: bool,
}

impl Frames {
    /// One piece of a file.
    pub(super) fn one(bytes: Bytes) -> Self {
        let n_left = bytes.len() as u64;
        let current = Part { bytes, is_file: true };
        let later = Vec::new().into_iter();
        Self { current, later, n_left, n_file_left: n_left, unsent: None }
    }

    /// Several, one after the other.
    pub(super) fn several(parts: Vec<Part>) -> Self {
        let n_bytes = |part: &Part| part.bytes.len() as u64;
        let n_left = parts.iter().map(n_bytes).sum();
        let n_file_left = parts.iter().filter(|part| part.is_file).map(n_bytes).sum();
        let (current, later) = (Part::default(), parts.into_iter());
        Self { current, later, n_left, n_file_left, unsent: None }
    }

    /// Tells somebody if it breaks off.
    pub(super) fn or_tell(mut self, unsent: Unsent) -> Self {
        self.unsent = Some(unsent);
        self
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        if let Some(unsent) = self.unsent.take().filter(|_| self.n_file_left > 0) {
            unsent(self.n_file_left);
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
        while self.current.bytes.is_empty() {
            match self.later.next() {
                Some(part) => self.current = part,
                None => return Poll::Ready(None),
            }
        }
        let n_bytes = self.current.bytes.len().min(FRAME_BYTES);
        let frame = self.current.bytes.split_to(n_bytes);
        self.n_left -= n_bytes as u64;
        if self.current.is_file {
            self.n_file_left -= n_bytes as u64;
        }
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
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::task::{Context, Poll, Waker};

    use bytes::Bytes;
    use http_body::Body as _;

    use crate::serve::reply::frames::{FRAME_BYTES, Frames, Part};

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

    fn part(text: &'static str) -> Part {
        Part { bytes: Bytes::from_static(text.as_bytes()), is_file: text != "--" }
    }

    #[test]
    fn what_breaks_off_tells_how_much_of_the_file_was_not_sent() {
        let told = Arc::new(AtomicU64::new(0));
        for (n_frames, expected) in [(0, 5), (1, 5), (2, 3), (3, 3), (4, 0), (5, 0)] {
            told.store(0, Ordering::Relaxed);
            let teller = Arc::clone(&told);
            let parts = ["--", "ab", "--", "cde", "--"].map(part);
            let body = Frames::several(parts.into());
            let mut body =
                body.or_tell(Box::new(move |n_bytes| teller.store(n_bytes, Ordering::Relaxed)));
            let mut context = Context::from_waker(Waker::noop());
            for _ in 0..n_frames {
                assert!(Pin::new(&mut body).poll_frame(&mut context).is_ready());
            }
            drop(body);
            assert_eq!(told.load(Ordering::Relaxed), expected, "{n_frames} frames");
        }
    }

    #[test]
    fn pieces_follow_each_other_and_empty_ones_are_passed_over() {
        let parts = ["", "ab", "", "c", ""].map(part);
        let (sizes, found) = sent(Frames::several(parts.into()));
        assert_eq!(sizes, [2, 1]);
        assert_eq!(found, b"abc");
        assert_eq!(sent(Frames::one(Bytes::new())).0, [0_usize; 0]);
    }
}
