//! A binary arithmetic coder with chances that learn.
//!
//! Each decision costs as many bits as it was unlikely. What makes it likely is in the
//! model: which [`Chance`] is asked. Encoder and decoder run the same model; the encoder
//! knows the decision, the decoder finds it out. Integers only, so both always agree.
//!
//! The interval `low..=high` is narrowed by every decision, and leading bytes on which both
//! ends agree are moved out; there is no carry (as in the `lpaq` coders).

/// How likely a decision is to be "yes", of 2^16.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance(u16);

impl Chance {
    pub(super) const EVEN: Self = Self(1 << 15);

    /// Learns by a thirty-second of the difference; never reaches 0 or 2^16.
    fn learn(&mut self, yes: bool) {
        if yes {
            self.0 += (u16::MAX - self.0) >> 5;
        } else {
            self.0 -= self.0 >> 5;
        }
    }
}

/// One end of the wire.
pub(super) trait Coder {
    /// Codes a decision under a chance. The encoder takes `yes` and returns it; the decoder
    /// does not look at it and returns what the encoder was given.
    fn code(&mut self, chance: &mut Chance, yes: bool) -> bool;
}

/// Writes decisions.
#[derive(Debug)]
pub(super) struct Encoder {
    low: u32,
    high: u32,
    bytes: Vec<u8>,
}

impl Encoder {
    pub(super) fn new() -> Self {
        Self { low: 0, high: u32::MAX, bytes: Vec::new() }
    }

    /// Returns the bytes; the last ones fix the interval.
    pub(super) fn finish(mut self) -> Vec<u8> {
        // Zeros follow for the decoder, so the shortest number in the interval will do.
        let rest = self.high.to_be_bytes();
        let n = (0..4).find(|&n| high_bytes(self.high, n) >= self.low).unwrap_or(4);
        self.bytes.extend_from_slice(&rest[..n as usize]);
        self.bytes
    }
}

/// The number with all but its `n` highest bytes zero.
fn high_bytes(number: u32, n: u32) -> u32 {
    number & !u32::MAX.checked_shr(8 * n).unwrap_or(0)
}

/// The highest number of the lower part, which stands for "yes".
fn middle(low: u32, high: u32, chance: Chance) -> u32 {
    low + ((u64::from(high - low) * u64::from(chance.0)) >> 16) as u32
}

impl Coder for Encoder {
    #[inline]
    fn code(&mut self, chance: &mut Chance, yes: bool) -> bool {
        let middle = middle(self.low, self.high, *chance);
        if yes {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        chance.learn(yes);
        while (self.low ^ self.high) >> 24 == 0 {
            self.bytes.push((self.high >> 24) as u8);
            self.low <<= 8;
            self.high = self.high << 8 | 0xFF;
        }
        yes
    }
}

/// Reads decisions; past the end of the bytes it reads zeros.
#[derive(Debug)]
pub(super) struct Decoder<'a> {
    low: u32,
    high: u32,
    code: u32,
    bytes: &'a [u8],
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Self { low: 0, high: u32::MAX, code: 0, bytes };
        for _ in 0..4 {
            decoder.shift();
        }
        decoder
    }

    fn shift(&mut self) {
        let byte = match self.bytes {
            [first, rest @ ..] => {
                self.bytes = rest;
                *first
            }
            [] => 0,
        };
        self.code = self.code << 8 | u32::from(byte);
    }
}

impl Coder for Decoder<'_> {
    #[inline]
    fn code(&mut self, chance: &mut Chance, _: bool) -> bool {
        let middle = middle(self.low, self.high, *chance);
        let yes = self.code <= middle;
        if yes {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        chance.learn(yes);
        while (self.low ^ self.high) >> 24 == 0 {
            self.low <<= 8;
            self.high = self.high << 8 | 0xFF;
            self.shift();
        }
        yes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::delta::coder::{Chance, Coder, Decoder, Encoder};

    proptest! {
        #[test]
        fn decisions_are_read_back(
            decisions in prop::collection::vec((0_usize..3, prop::bool::weighted(0.1)), 0..2000),
        ) {
            let (mut encoder, mut chances) = (Encoder::new(), [Chance::EVEN; 3]);
            for &(chance, yes) in &decisions {
                encoder.code(&mut chances[chance], yes);
            }
            let bytes = encoder.finish();
            let (mut decoder, mut chances) = (Decoder::new(&bytes), [Chance::EVEN; 3]);
            for &(chance, yes) in &decisions {
                prop_assert_eq!(decoder.code(&mut chances[chance], false), yes);
            }
        }
    }

    #[test]
    fn what_never_happens_costs_next_to_nothing() {
        let (mut encoder, mut chance) = (Encoder::new(), Chance::EVEN);
        for _ in 0..1_000_000 {
            encoder.code(&mut chance, false);
        }
        assert!(encoder.finish().len() < 100);
    }
}
