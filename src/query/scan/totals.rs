//! What is counted of addresses, in columns that can be added and subtracted.

use crate::feed::Category;
use crate::query::scan::exact::ScoreSum;
use crate::query::scan::facts::Facts;
use crate::score::Signals;

/// How many bins of scores: 0, 1 to 10, 11 to 20, …, 91 to 100.
pub(super) const N_BINS: usize = 11;

const KNOWN: usize = Category::ALL.len();
const ANONYMOUS: usize = KNOWN + 1;
const ABUSE: usize = KNOWN + 2;
const LISTED: usize = KNOWN + 3;
const BINS: usize = KNOWN + 4;
const SCORE: usize = BINS + N_BINS;
const LISTED_SCORE: usize = SCORE + 2;

/// How many columns there are.
pub(super) const N_COLUMNS: usize = LISTED_SCORE + 2;

/// Counts of addresses: a column for each signal, then those above. None passes 2^128 less one, as IPv6 without
/// the places through which IPv4 is reached has fewer addresses than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Totals {
    /// The columns.
    pub(super) columns: [u128; N_COLUMNS],
}

impl Totals {
    /// Nothing.
    pub(super) const NONE: Self = Self { columns: [0; N_COLUMNS] };

    /// Counts addresses with these facts.
    pub(super) fn add(&mut self, facts: Facts, count: u128) {
        for category in facts.signals.iter() {
            self.columns[category as usize] += count;
        }
        let is_anonymous = !facts.signals.intersection(Signals::anonymizers()).is_empty();
        let is_abuse = !facts.signals.intersection(Signals::abuse()).is_empty();
        self.columns[KNOWN] += count;
        self.columns[ANONYMOUS] += if is_anonymous { count } else { 0 };
        self.columns[ABUSE] += if is_abuse { count } else { 0 };
        self.columns[BINS + bin(facts.score)] += count;
        let sum = ScoreSum::of(facts.score, count);
        self.columns[SCORE] += sum.high;
        self.columns[SCORE + 1] += sum.low;
        if is_anonymous || is_abuse {
            self.columns[LISTED] += count;
            self.columns[LISTED_SCORE] += sum.high;
            self.columns[LISTED_SCORE + 1] += sum.low;
        }
    }

    /// Counts what other totals counted.
    pub(super) fn plus(&mut self, other: &Self) {
        for (column, more) in self.columns.iter_mut().zip(other.columns) {
            *column += more;
        }
    }

    /// Addresses with a signal.
    pub(super) fn signal(&self, category: Category) -> u128 {
        self.columns[category as usize]
    }

    /// Addresses of which something is known.
    pub(super) fn known(&self) -> u128 {
        self.columns[KNOWN]
    }

    /// Addresses with a signal of an anonymizer.
    pub(super) fn anonymous(&self) -> u128 {
        self.columns[ANONYMOUS]
    }

    /// Addresses with a signal of abuse.
    pub(super) fn abuse(&self) -> u128 {
        self.columns[ABUSE]
    }

    /// Addresses with either.
    pub(super) fn listed(&self) -> u128 {
        self.columns[LISTED]
    }

    /// Addresses by bin of their score.
    pub(super) fn bins(&self) -> &[u128] {
        &self.columns[BINS..][..N_BINS]
    }

    /// The scores of all of them.
    pub(super) fn score(&self) -> ScoreSum {
        ScoreSum { high: self.columns[SCORE], low: self.columns[SCORE + 1] }
    }

    /// The scores of the listed ones.
    pub(super) fn listed_score(&self) -> ScoreSum {
        ScoreSum { high: self.columns[LISTED_SCORE], low: self.columns[LISTED_SCORE + 1] }
    }

    /// The words of the signals by their counts, the most first; in category order where counts are equal.
    pub(super) fn badges(&self) -> Vec<&'static str> {
        let count = |category: &&Category| std::cmp::Reverse(self.signal(**category));
        let mut categories: Vec<&Category> =
            Category::ALL.iter().filter(|category| self.signal(**category) > 0).collect();
        categories.sort_by_key(count);
        categories.into_iter().map(|category| category.word()).collect()
    }
}

/// The lowest and the highest score of a bin.
pub(super) fn bin_ends(bin: usize) -> (u8, u8) {
    let to = 10 * bin as u8;
    (if bin == 0 { 0 } else { to - 9 }, to)
}

fn bin(score: u8) -> usize {
    usize::from(score.min(100)).div_ceil(10)
}

#[cfg(test)]
mod tests {
    use crate::feed::Category;
    use crate::query::scan::facts::Facts;
    use crate::query::scan::totals::{N_BINS, Totals, bin, bin_ends};

    #[test]
    fn every_score_has_its_bin() {
        for score in 0..=100 {
            let (from, to) = bin_ends(bin(score));
            assert!((from..=to).contains(&score), "{score}");
        }
        assert_eq!(bin_ends(N_BINS - 1), (91, 100));
    }

    #[test]
    fn unions_count_an_address_once() {
        let mut totals = Totals::NONE;
        let facts = |categories: &[Category], score| Facts {
            signals: categories.iter().copied().collect(),
            score,
            ..Facts::default()
        };
        totals.add(facts(&[Category::Vpn, Category::TorExit, Category::Spam], 90), 3);
        totals.add(facts(&[Category::Hosting], 30), 5);
        totals.add(facts(&[Category::Vpn], 65), 1);
        assert_eq!((totals.known(), totals.anonymous(), totals.abuse()), (9, 4, 3));
        assert_eq!((totals.listed(), totals.signal(Category::Vpn)), (4, 4));
        assert_eq!(totals.badges(), ["hosting", "vpn", "tor", "spam"]);
        assert_eq!(totals.listed_score().mean(totals.listed()).to_bits(), 83.75_f64.to_bits());
    }
}
