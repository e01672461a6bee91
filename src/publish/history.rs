//! What builds made of a feed's snapshots: those they believed, and the one they hold back.
//!
//! A record of the cache, `feeds/<id>.json`. Feeds with a `path` have none: what an operator puts
//! in a folder is the operator's word, and is not copied.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::base::{Day, Digest};
use crate::claim::Extent;

/// Good snapshots that are remembered (FAULTS: "the median of up to seven").
const MAX_GOOD: usize = 7;
/// How often a snapshot that breaks with the trend has to come again (FAULTS: "two confirmations
/// in a row").
const CONFIRMATIONS: u32 = 2;

/// What builds made of a feed's snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Believed, the newest first.
    pub good: VecDeque<Good>,
    /// Not believed, and not gone yet.
    pub held: Option<Held>,
    /// Took part in a build that gates refused, and in none that was published.
    pub refused: Option<Digest>,
}

/// A snapshot that was believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Good {
    /// The snapshot.
    pub sha256: Digest,
    /// How many files it leads to.
    pub files: usize,
    /// The day its content was first seen.
    pub as_of: Day,
    /// When its host last said that this is the content; Unix seconds.
    pub confirmed: u64,
    /// How much there is in it.
    #[serde(flatten)]
    pub extent: Extent,
}

/// A snapshot that is held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The snapshot.
    pub sha256: Digest,
    /// Why.
    pub reason: String,
    /// A row that shows it, where there is one.
    pub sample: Option<String>,
    /// How much there is in it.
    #[serde(flatten)]
    pub extent: Extent,
    /// When the first of its kind came; Unix seconds.
    pub since: u64,
    /// When its host last said that this is the content; Unix seconds.
    pub confirmed: u64,
    /// Whether it only breaks with the trend; then coming again makes it believable.
    pub is_of_trend: bool,
    /// How often it came again.
    pub confirmations: u32,
    /// Whether an operator let it through.
    pub is_accepted: bool,
}

impl History {
    /// How much there was in good snapshots.
    pub fn extents(&self) -> Vec<Extent> {
        self.good.iter().map(|good| good.extent).collect()
    }

    /// Whether the snapshot was believed before.
    pub fn knows(&self, sha256: Digest) -> bool {
        self.good.iter().any(|good| good.sha256 == sha256)
    }

    /// Takes a snapshot among the good ones, in front.
    pub fn accept(&mut self, good: Good) {
        self.held = None;
        self.refused = self.refused.filter(|refused| *refused != good.sha256);
        self.good.retain(|earlier| earlier.sha256 != good.sha256);
        self.good.push_front(good);
        self.good.truncate(MAX_GOOD);
    }

    /// Holds a snapshot back, unless it came often enough or an operator let it through: then
    /// those before it are no measure any more, and are forgotten.
    ///
    /// `is_alike` says whether what is held already would not break with the new one's trend.
    pub fn hold(&mut self, held: Held, is_alike: impl FnOnce(&Held) -> bool) -> bool {
        let earlier = self.held.take();
        let mut held = held;
        if let Some(earlier) = earlier.filter(|earlier| earlier.is_of_trend && held.is_of_trend)
            && is_alike(&earlier)
        {
            held.since = earlier.since;
            held.is_accepted = earlier.is_accepted;
            held.confirmations = earlier.confirmations;
            if held.confirmed > earlier.confirmed {
                held.confirmations += 1;
            }
        }
        let is_through = held.is_accepted || held.confirmations >= CONFIRMATIONS;
        if is_through {
            self.good.clear();
        } else {
            self.held = Some(held);
        }
        is_through
    }

    /// Every snapshot that may be needed again.
    pub fn snapshots(&self) -> impl Iterator<Item = Digest> {
        let held = self.held.iter().map(|held| held.sha256);
        self.good.iter().map(|good| good.sha256).chain(held)
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{Day, Digest};
    use crate::claim::Extent;
    use crate::publish::history::{Good, Held, History};

    fn good(text: &str) -> Good {
        let extent = Extent { rows: 1, ..Extent::default() };
        let sha256 = Digest::of(text.as_bytes());
        Good { sha256, files: 1, as_of: Day(0), confirmed: 0, extent }
    }

    fn held(text: &str, confirmed: u64) -> Held {
        Held {
            sha256: Digest::of(text.as_bytes()),
            reason: "shrunk".to_owned(),
            sample: None,
            extent: Extent::default(),
            since: confirmed,
            confirmed,
            is_of_trend: true,
            confirmations: 0,
            is_accepted: false,
        }
    }

    #[test]
    fn seven_good_snapshots_are_remembered() {
        let mut history = History::default();
        for text in ["1", "2", "3", "4", "5", "6", "7", "8", "3"] {
            history.accept(good(text));
        }
        let kept: Vec<Digest> = history.snapshots().collect();
        let expected = ["3", "8", "7", "6", "5", "4", "2"];
        assert_eq!(kept, expected.map(|text| Digest::of(text.as_bytes())));
        assert!(history.knows(Digest::of(b"2")) && !history.knows(Digest::of(b"1")));
    }

    #[test]
    fn what_comes_again_twice_is_let_through() {
        let mut history = History::default();
        history.accept(good("1"));
        assert!(!history.hold(held("2", 10), |_| true));
        // The same answer, asked by another build: nobody confirmed anything.
        assert!(!history.hold(held("2", 10), |_| true));
        assert!(!history.hold(held("3", 20), |_| true));
        assert!(history.hold(held("4", 30), |_| true));
        assert_eq!(history, History::default());
    }

    #[test]
    fn what_comes_differently_starts_again() {
        let mut history = History::default();
        assert!(!history.hold(held("2", 10), |_| true));
        assert!(!history.hold(held("3", 20), |_| true));
        assert!(!history.hold(held("4", 30), |_| false));
        assert!(!history.hold(held("5", 40), |_| true));
        let broken = Held { is_of_trend: false, ..held("6", 50) };
        assert!(!history.hold(broken.clone(), |_| true));
        assert!(!history.hold(broken, |_| true));
        assert!(!history.hold(held("7", 60), |_| true));
        let accepted = history.held.as_mut().expect("held");
        accepted.is_accepted = true;
        assert!(history.hold(held("7", 60), |_| true));
    }
}
