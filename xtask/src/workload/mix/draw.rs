//! Numbers from a place: any block of any feed can be drawn alone.

/// `SplitMix64` (Steele, Lea, Flood 2014): one multiplication-heavy mix a number.
pub(super) struct Draw {
    state: u64,
}

impl Draw {
    /// The stream of a place, named by a few numbers.
    pub(super) fn at(place: &[u64]) -> Self {
        Self { state: hash(place) }
    }

    /// 64 random bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.state)
    }

    /// A number below `n`, which is at least 1.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// The smaller of two numbers below `n`: low ones come more often.
    pub(super) fn low(&mut self, n: u64) -> u64 {
        self.below(n).min(self.below(n))
    }

    /// Whether something happens that does so `per_mille` times in a thousand.
    pub(super) fn happens(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// Changes the order of items.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for idx in (1..items.len()).rev() {
            items.swap(idx, self.below(idx as u64 + 1) as usize);
        }
    }
}

/// A number that stands for a place.
pub(super) fn hash(place: &[u64]) -> u64 {
    place.iter().fold(0x1234_5678_9abc_def0, |sum, part| {
        mixed(sum.rotate_left(17) ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    })
}

fn mixed(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Splits rows over blocks by weight, so that the shares add up to the row.
pub(super) struct Shares {
    n_rows: u64,
    weight: u64,
    /// Of the blocks that had their share.
    given_weight: u64,
    given_rows: u64,
}

impl Shares {
    /// `weight` is that of all blocks.
    pub(super) fn new(n_rows: u64, weight: u64) -> Self {
        Self { n_rows, weight, given_weight: 0, given_rows: 0 }
    }

    /// The rows of the next block.
    pub(super) fn next(&mut self, weight: u64) -> u64 {
        self.given_weight += weight;
        let due = u128::from(self.n_rows) * u128::from(self.given_weight);
        let due = (due / u128::from(self.weight.max(1))) as u64;
        let n_rows = due - self.given_rows;
        self.given_rows = due;
        n_rows
    }
}

#[cfg(test)]
mod tests {
    use crate::workload::mix::draw::Shares;

    #[test]
    fn shares_add_up() {
        let weights = [3, 0, 9, 1, 1];
        for n_rows in [0, 1, 7, 1000] {
            let mut shares = Shares::new(n_rows, weights.iter().sum());
            let given: Vec<u64> = weights.iter().map(|weight| shares.next(*weight)).collect();
            assert_eq!(given.iter().sum::<u64>(), n_rows, "{given:?}");
            assert_eq!(given[1], 0);
        }
    }
}
