//! Who reads a month: one at a time, and who is asked something before who learns.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Whose turn to read it is.
#[derive(Debug, Default)]
pub(super) struct Turn {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_taken: bool,
    n_asking: usize,
}

/// The turn; ends when it is dropped.
#[derive(Debug)]
pub(super) struct Reading<'a>(&'a Turn);

/// Somebody who waits for an answer: while it is there no month is begun to be learnt.
#[derive(Debug)]
pub struct Asking(Arc<Turn>);

impl Turn {
    /// Waits for the turn of somebody who is asked something.
    pub(super) fn ask(&self) -> Reading<'_> {
        let mut state = self.state();
        state.n_asking += 1;
        let state = self.changed.wait_while(state, |state| state.is_taken);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        state.n_asking -= 1;
        state.is_taken = true;
        Reading(self)
    }

    /// Waits for a turn that nobody who is asked something wants.
    pub(super) fn learn(&self) -> Reading<'_> {
        let is_wanted = |state: &mut State| state.is_taken || state.n_asking > 0;
        let state = self.changed.wait_while(self.state(), is_wanted);
        state.unwrap_or_else(PoisonError::into_inner).is_taken = true;
        Reading(self)
    }

    /// Says that somebody waits.
    pub(super) fn asking(self: &Arc<Self>) -> Asking {
        self.state().n_asking += 1;
        Asking(Arc::clone(self))
    }

    /// Two numbers, never left half-changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.state().is_taken = false;
        self.0.changed.notify_all();
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.state().n_asking -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::sync::{Arc, Mutex};
    use std::thread;

    use crate::query::history::turn::Turn;

    #[test]
    fn who_learns_gives_way_to_who_asks() {
        let (turn, order) = (Arc::new(Turn::default()), Mutex::new(Vec::new()));
        let note = |what| order.lock().expect("sound").push(what);
        let (begun, has_begun) = channel();
        thread::scope(|scope| {
            let asking = turn.asking();
            let learning = Arc::clone(&turn);
            scope.spawn(move || {
                begun.send(()).expect("waited for");
                let _reading = learning.learn();
                note("learns");
            });
            has_begun.recv().expect("told");
            // Twice, as who is asked waits for none but another who reads.
            for _ in 0..2 {
                let _reading = turn.ask();
                note("asks");
            }
            drop(asking);
        });
        assert_eq!(order.into_inner().expect("sound"), ["asks", "asks", "learns"]);
    }
}
