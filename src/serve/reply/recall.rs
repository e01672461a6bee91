//! What each client was last sent from a URL whose content changes.
//!
//! `curl -C -`, `wget -c` and `aria2c` ask for "the bytes from here on" and send no validator, so that a
//! server cannot see that the bytes they have are of another release; joined to the newest ones they make a
//! file that nobody published. So the newest URLs remember, by client (address and User-Agent) and URL,
//! which bytes were begun there, and a range without a validator continues those, from the release
//! that they are of. Whoever sends If-Range or If-Match needs no memory, and none is asked.
//!
//! After two days nobody is thought to resume, and releases that old may be pruned.
//!
//! A table of a fixed size in which later clients take the places of earlier ones: what was forgotten is answered
//! as any other server would.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::base::Digest;

/// Clients that are remembered; a power of two.
const N_SEATS: usize = 1 << 14;

/// How long something is remembered: the grace that a policy gives by default.
const MEMORY: Duration = Duration::from_hours(48);

/// The memory: 1 MiB.
#[derive(Debug)]
pub struct Recall {
    hasher: RandomState, // its keys are secret, so that nobody can choose whose seat to take
    seats: Box<[Mutex<Option<Seat>>]>,
}

#[derive(Clone, Copy, Debug)]
struct Seat {
    who: u64,
    sent: Digest,
    when: Instant,
}

/// A client and a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who(u64);

impl Default for Recall {
    fn default() -> Self {
        let seats = (0..N_SEATS).map(|_| Mutex::new(None)).collect();
        Self { hasher: RandomState::new(), seats }
    }
}

impl Recall {
    /// Who asks for what, in any words that tell them apart.
    pub fn who(&self, words: impl Hash) -> Who {
        Who(self.hasher.hash_one(words))
    }

    /// Takes down what somebody is being sent.
    pub fn remember(&self, who: Who, sent: Digest) {
        *self.seat(who) = Some(Seat { who: who.0, sent, when: Instant::now() });
    }

    /// What somebody was last sent.
    pub fn last_sent(&self, who: Who) -> Option<Digest> {
        let is_theirs = |seat: &Seat| seat.who == who.0 && seat.when.elapsed() < MEMORY;
        self.seat(who).filter(is_theirs).map(|seat| seat.sent)
    }

    fn seat(&self, who: Who) -> MutexGuard<'_, Option<Seat>> {
        // A seat is written whole: whoever panicked beside it left it sound.
        self.seats[who.0 as usize % N_SEATS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use crate::base::Digest;
    use crate::serve::reply::recall::{N_SEATS, Recall, Who};

    #[test]
    fn the_last_counts_and_others_are_others() {
        let recall = Recall::default();
        let (one, other) = (recall.who(("192.0.2.1", "a")), recall.who(("192.0.2.1", "b")));
        assert_eq!(recall.last_sent(one), None);
        recall.remember(one, Digest::of(b"1"));
        recall.remember(one, Digest::of(b"2"));
        assert_eq!(recall.last_sent(one), Some(Digest::of(b"2")));
        assert_eq!(recall.last_sent(other), None);
    }

    #[test]
    fn whose_seat_was_taken_is_forgotten_not_mixed_up() {
        let recall = Recall::default();
        let (one, other) = (Who(5), Who(5 + N_SEATS as u64));
        recall.remember(one, Digest::of(b"1"));
        recall.remember(other, Digest::of(b"2"));
        assert_eq!(recall.last_sent(one), None);
        assert_eq!(recall.last_sent(other), Some(Digest::of(b"2")));
    }
}
