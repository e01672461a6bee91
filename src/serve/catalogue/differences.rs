//! What changed between two files of the catalogue, worked out once.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::task::spawn_blocking;

use crate::base::Digest;
use crate::query::DiffError;
use crate::query::changed::Changed;
use crate::serve::{TooManyWait, Turns};

/// How many pairs are kept at the most.
const MAX_PAIRS: usize = 4;

/// How many bytes they may take together; one is kept whatever it takes, which is in proportion to its files.
const MAX_BYTES: usize = 128 << 20;

/// An old and a new file, by their digests.
type Pair = [Digest; 2];

/// What changed between the pairs that were asked for last.
#[derive(Clone)]
pub struct Differences(Arc<Inner>);

struct Inner {
    /// The one asked last is the last.
    kept: Mutex<Vec<(Pair, Arc<Changed>)>>,
    /// Two files are read through for each: one at a time.
    turns: Turns,
}

/// Why it is not told what changed.
#[derive(Debug, thiserror::Error)]
pub enum NoDifference {
    /// Too many wait.
    #[error(transparent)]
    Busy(#[from] TooManyWait),
    /// The files cannot be compared.
    #[error(transparent)]
    Diff(#[from] DiffError),
    /// A mistake of ours.
    #[error("the comparison ended before it was done")]
    Broken,
}

impl Default for Differences {
    fn default() -> Self {
        Self(Arc::new(Inner { kept: Mutex::default(), turns: Turns::default() }))
    }
}

impl Differences {
    /// What changed between two files, each with its digest.
    ///
    /// # Errors
    /// If either is damaged, or many wait already.
    pub async fn between(
        &self,
        old: (Digest, Bytes),
        new: (Digest, Bytes),
    ) -> Result<Arc<Changed>, NoDifference> {
        let pair = [old.0, new.0];
        if pair[0] == pair[1] {
            return Ok(Arc::default());
        }
        if let Some(changed) = self.0.kept(pair) {
            return Ok(changed);
        }
        let turn = self.0.turns.next().await?;
        // Somebody else may have asked for the same.
        if let Some(changed) = self.0.kept(pair) {
            return Ok(changed);
        }
        let inner = Arc::clone(&self.0);
        // Whoever asked may be gone before it is done: the turn ends with the work, which is kept all the same.
        let work = move || {
            let changed = Arc::new(Changed::between(&old.1, &new.1)?);
            inner.keep(pair, Arc::clone(&changed));
            drop(turn);
            Ok(changed)
        };
        spawn_blocking(work).await.unwrap_or(Err(NoDifference::Broken))
    }
}

impl Inner {
    fn kept(&self, pair: Pair) -> Option<Arc<Changed>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let idx = kept.iter().position(|(other, _)| *other == pair)?;
        let found = kept.remove(idx);
        let changed = Arc::clone(&found.1);
        kept.push(found);
        Some(changed)
    }

    fn keep(&self, pair: Pair, changed: Arc<Changed>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push((pair, changed));
        let n_bytes = |kept: &[(Pair, Arc<Changed>)]| -> usize {
            kept.iter().map(|(_, changed)| changed.n_bytes()).sum()
        };
        while kept.len() > MAX_PAIRS || (kept.len() > 1 && n_bytes(&kept) > MAX_BYTES) {
            kept.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};

    use bytes::Bytes;

    use crate::base::Digest;
    use crate::serve::catalogue::Differences;
    use crate::serve::catalogue::differences::{MAX_PAIRS, NoDifference};
    use crate::serve::turns::MAX_WAITING;

    fn digest(n: usize) -> Digest {
        Digest::of(n.to_string().as_bytes())
    }

    #[test]
    fn the_pairs_asked_last_are_kept() {
        let differences = Differences::default();
        for n in 0..MAX_PAIRS {
            differences.0.keep([digest(n), digest(n + 1)], Arc::default());
        }
        // The oldest is asked for again, so that the second gives way.
        assert!(differences.0.kept([digest(0), digest(1)]).is_some());
        differences.0.keep([digest(90), digest(91)], Arc::default());
        assert!(differences.0.kept([digest(0), digest(1)]).is_some());
        assert!(differences.0.kept([digest(1), digest(2)]).is_none());
        assert!(differences.0.kept([digest(91), digest(90)]).is_none());
    }

    #[test]
    fn few_wait_for_their_turn() {
        let differences = Differences::default();
        let ask = |n: usize| {
            let file = |n| (digest(n), Bytes::new());
            differences.between(file(2 * n), file(2 * n + 1))
        };
        let mut context = Context::from_waker(Waker::noop());
        let _turn = pin!(differences.0.turns.next()).poll(&mut context);
        let mut waiting: Vec<_> = (0..MAX_WAITING).map(|n| Box::pin(ask(n))).collect();
        for asked in &mut waiting {
            assert!(asked.as_mut().poll(&mut context).is_pending());
        }
        let refused = pin!(ask(1000)).poll(&mut context);
        assert!(matches!(refused, Poll::Ready(Err(NoDifference::Busy(_)))));
        // Who leaves makes room.
        waiting.pop();
        assert!(pin!(ask(1000)).poll(&mut context).is_pending());
        // What is the same is known at once.
        let same = (digest(7), Bytes::new());
        let nothing = pin!(differences.between(same.clone(), same)).poll(&mut context);
        assert!(matches!(nothing, Poll::Ready(Ok(changed)) if changed.n_ranges() == 0));
    }
}
