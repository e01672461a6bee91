//! Neighbouring ranges of which the same is said, joined as they come.

use crate::base::{Address, Family, Range};

/// Takes ranges in address order, gives back each run of neighbours with equal keys once it ends.
#[derive(Debug)]
pub(super) struct Joined<F: Family, K> {
    open: Option<(Range<F>, K)>,
}

impl<F: Family, K: PartialEq> Joined<F, K> {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self { open: None }
    }

    /// Adds a range after all before; returns the run that it does not continue.
    pub(super) fn push(&mut self, range: Range<F>, key: K) -> Option<(Range<F>, K)> {
        if let Some((open, open_key)) = &mut self.open
            && *open_key == key
            && open.last().next() == Some(range.first())
        {
            *open = Range::new(open.first(), range.last()).expect("in address order");
            return None;
        }
        self.open.replace((range, key))
    }

    /// Takes the run that is open out, as if nothing came before.
    pub(super) fn take(&mut self) -> Option<(Range<F>, K)> {
        self.open.take()
    }

    /// The run that is still open.
    pub(super) fn finish(self) -> Option<(Range<F>, K)> {
        self.open
    }
}
