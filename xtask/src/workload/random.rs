//! The pseudo-random numbers of CPython 3.11's `random.Random`, to the bit.
//!
//! MT19937 after Matsumoto and Nishimura ("Mersenne Twister", 1998; reference
//! code `mt19937ar.c`, 2002), seeded and stretched as `Modules/_randommodule.c`
//! and `Lib/random.py` do it. Only what the workload draws is here.

use std::collections::HashSet;

/// Words of state (`mt19937ar.c`, `N`).
const N: usize = 624;
/// Distance of the recurrence (`mt19937ar.c`, `M`).
const M: usize = 397;

/// One stream of numbers.
pub(super) struct Random {
    state: [u32; N],
    next_idx: usize,
}

impl Random {
    /// Starts the stream that `random.Random(seed)` starts.
    pub(super) fn new(seed: u64) -> Self {
        // CPython cuts the integer into 32-bit words, lowest first, and leaves
        // out leading zero words but the last.
        let words = [seed as u32, (seed >> 32) as u32];
        let key = if words[1] == 0 { &words[..1] } else { &words[..] };
        Self { state: init_by_array(key), next_idx: N }
    }

    /// Returns 32 random bits.
    fn next_u32(&mut self) -> u32 {
        if self.next_idx == N {
            self.refill();
        }
        let mut y = self.state[self.next_idx];
        self.next_idx += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    fn refill(&mut self) {
        for i in 0..N {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7fff_ffff);
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + M) % N] ^ (y >> 1) ^ odd;
        }
        self.next_idx = 0;
    }

    /// `random()`: 53 bits in `[0, 1)`.
    pub(super) fn random(&mut self) -> f64 {
        let high = f64::from(self.next_u32() >> 5);
        let low = f64::from(self.next_u32() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }

    /// `int(random() * scale)`, for a scale whose products fit.
    pub(super) fn scaled(&mut self, scale: f64) -> u64 {
        (self.random() * scale) as u64
    }

    /// `_randbelow(n)`: draws as many bits as `n` has, until they are below it.
    pub(super) fn below(&mut self, n: u32) -> u32 {
        let n_bits = u32::BITS - n.leading_zeros();
        loop {
            let drawn = self.next_u32() >> (u32::BITS - n_bits);
            if drawn < n {
                return drawn;
            }
        }
    }

    /// `randint(first, last)`, both included.
    pub(super) fn between(&mut self, first: u32, last: u32) -> u32 {
        first + self.below(last - first + 1)
    }

    /// `choice(items)`.
    pub(super) fn choice<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u32) as usize]
    }

    /// `shuffle(items)`.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u32 + 1) as usize);
        }
    }

    /// `sample(range(n), k)`: `k` different indices in the order drawn.
    ///
    /// CPython copies a small population and marks what it drew of a large
    /// one; the two ways draw different numbers, so both are here.
    pub(super) fn sample(&mut self, n: u32, k: u32) -> Vec<u32> {
        if u64::from(n) <= sample_set_size(k) {
            let mut pool: Vec<u32> = (0..n).collect();
            return (0..k)
                .map(|i| {
                    let drawn = self.below(n - i) as usize;
                    let vacant = (n - i - 1) as usize;
                    let item = pool[drawn];
                    pool[drawn] = pool[vacant];
                    item
                })
                .collect();
        }
        let mut drawn_before = HashSet::with_capacity(k as usize);
        (0..k)
            .map(|_| {
                loop {
                    let drawn = self.below(n);
                    if drawn_before.insert(drawn) {
                        return drawn;
                    }
                }
            })
            .collect()
    }

    /// `expovariate(1 / mean)`, given the rate as the caller computed it.
    pub(super) fn exponential(&mut self, rate: f64) -> f64 {
        -(1.0 - self.random()).ln() / rate
    }
}

/// The largest population that `sample` copies (`Lib/random.py`, `setsize`).
fn sample_set_size(k: u32) -> u64 {
    if k <= 5 {
        return 21;
    }
    let exponent = (f64::from(k * 3).ln() / 4.0_f64.ln()).ceil();
    21 + 4_u64.pow(exponent as u32)
}

/// `init_genrand` of `mt19937ar.c`.
fn init_by_seed(seed: u32) -> [u32; N] {
    let mut state = [0; N];
    state[0] = seed;
    for i in 1..N {
        let previous = state[i - 1];
        state[i] = (previous ^ (previous >> 30)).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
    }
    state
}

/// `init_by_array` of `mt19937ar.c`; seeding by one word still goes this way.
fn init_by_array(key: &[u32]) -> [u32; N] {
    let mut state = init_by_seed(19_650_218);
    let (mut i, mut j) = (1, 0);
    for _ in 0..N.max(key.len()) {
        let mixed = (state[i - 1] ^ (state[i - 1] >> 30)).wrapping_mul(1_664_525);
        state[i] = (state[i] ^ mixed).wrapping_add(key[j]).wrapping_add(j as u32);
        i += 1;
        j = (j + 1) % key.len();
        if i == N {
            state[0] = state[N - 1];
            i = 1;
        }
    }
    for _ in 1..N {
        let mixed = (state[i - 1] ^ (state[i - 1] >> 30)).wrapping_mul(1_566_083_941);
        state[i] = (state[i] ^ mixed).wrapping_sub(i as u32);
        i += 1;
        if i == N {
            state[0] = state[N - 1];
            i = 1;
        }
    }
    state[0] = 0x8000_0000;
    state
}

#[cfg(test)]
mod tests {
    use super::Random;

    /// Python and Rust print the fewest digits that lead back to the same float.
    #[track_caller]
    fn check_floats(seed: u64, expected: &[&str]) {
        let mut random = Random::new(seed);
        let drawn: Vec<String> = expected.iter().map(|_| random.random().to_string()).collect();
        assert_eq!(drawn, expected);
    }

    #[test]
    fn floats_are_those_of_cpython() {
        // python3.11 -c 'import random; r = random.Random(S); print([r.random() for _ in range(3)])'
        check_floats(
            20_260_101,
            &["0.044717192733188416", "0.297835610487425", "0.006481402397762404"],
        );
        check_floats((1 << 40) + 5, &["0.5043802970418443", "0.2686044399723282"]);
    }

    #[test]
    fn samples_of_small_and_large_populations_are_those_of_cpython() {
        // r = random.Random(7); print(r.sample(range(25), 3), r.sample(range(1000), 6), r.randint(20, 70), r.expovariate(1 / 4.0))
        let mut random = Random::new(7);
        assert_eq!(random.sample(25, 3), [10, 4, 12]);
        assert_eq!(random.sample(1000, 6), [666, 49, 74, 840, 548, 96]);
        assert_eq!(random.between(20, 70), 43);
        assert_eq!(random.exponential(1.0 / 4.0).to_string(), "3.49664322894232");
    }
}
