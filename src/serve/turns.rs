//! Work that is done one piece at a time, and for which few wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many may wait for their turn.
pub(super) const MAX_WAITING: usize = 16;

/// Whose turn it is, and how many wait for theirs.
pub struct Turns {
    turn: Arc<Semaphore>,
    n_waiting: AtomicUsize,
}

/// Too many wait.
#[derive(Debug, thiserror::Error)]
#[error("{MAX_WAITING} questions that take long are waiting already; ask again in some seconds")]
pub struct TooManyWait;

impl Default for Turns {
    fn default() -> Self {
        Self { turn: Arc::new(Semaphore::new(1)), n_waiting: AtomicUsize::new(0) }
    }
}

impl Turns {
    /// Waits for a turn, which ends with what is returned.
    ///
    /// # Errors
    /// If many wait already.
    pub async fn next(&self) -> Result<OwnedSemaphorePermit, TooManyWait> {
        let _waiting = Waiting::of(&self.n_waiting).ok_or(TooManyWait)?;
        let turn = Arc::clone(&self.turn).acquire_owned().await;
        Ok(turn.expect("nobody closes it"))
    }
}

/// One that waits.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn of(n_waiting: &'a AtomicUsize) -> Option<Self> {
        let waiting = Self(n_waiting);
        (n_waiting.fetch_add(1, Ordering::Relaxed) < MAX_WAITING).then_some(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use crate::serve::turns::{MAX_WAITING, TooManyWait, Turns};

    #[test]
    fn few_wait_for_their_turn() {
        let turns = Turns::default();
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(Ok(turn)) = pin!(turns.next()).poll(&mut context) else {
            panic!("nobody else's");
        };
        let mut waiting: Vec<_> = (0..MAX_WAITING).map(|_| Box::pin(turns.next())).collect();
        for asked in &mut waiting {
            assert!(asked.as_mut().poll(&mut context).is_pending());
        }
        let refused = pin!(turns.next()).poll(&mut context);
        assert!(matches!(refused, Poll::Ready(Err(TooManyWait))));
        // Who leaves makes room.
        waiting.pop();
        assert!(pin!(turns.next()).poll(&mut context).is_pending());
        drop(turn);
        assert!(matches!(waiting[0].as_mut().poll(&mut context), Poll::Ready(Ok(_))));
    }
}
