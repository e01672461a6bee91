//! From what is known of a cell to its colour.

use crate::query::map::MapSubject;
use crate::query::map::cells::{Cell, unit};
use crate::query::map::colour::{GROUPS, NOTHING, STEPS, UNKNOWN, step};

/// The binary logarithm of ten, in 65536ths.
const LOG2_OF_TEN: u64 = 217_706;

/// Even steps for single addresses. Of blocks, of which most have little, steps of equal ratio: from all of it down to
/// one address, but for no more than four powers of ten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    subject: MapSubject,
    /// What the end of the scale is.
    full: u64,
    /// Powers of ten from its beginning to its end; 0 for even steps.
    pub(super) n_decades: u32,
}

impl Scale {
    pub(super) fn new(subject: MapSubject, cell_bits: u8) -> Self {
        let most = if subject == MapSubject::Score { 100 } else { 1 };
        let mut n_decades = 0;
        while n_decades < 4 && unit(cell_bits) > 10_u64.pow(n_decades) {
            n_decades += 1;
        }
        Self { subject, full: most * unit(cell_bits), n_decades }
    }

    /// The colour of a cell.
    pub(super) fn colour(&self, cell: Cell) -> u8 {
        match (cell.value(), self.subject) {
            (0, _) if cell.is_known() => NOTHING,
            (0, _) => UNKNOWN,
            (groups, MapSubject::Groups) => GROUPS[groups.trailing_zeros() as usize % GROUPS.len()],
            (value, _) => step(self.step(value.min(self.full))),
        }
    }

    fn step(&self, value: u64) -> u8 {
        let last = u64::from(STEPS) - 1;
        if self.n_decades == 0 {
            return (value * last / self.full) as u8;
        }
        let below = log2(self.full) - log2(value);
        let whole = u64::from(self.n_decades) * LOG2_OF_TEN;
        (whole.saturating_sub(below) * last / whole) as u8
    }
}

/// The binary logarithm of a number above 0 in 65536ths, rounded down: by squaring, the same on every machine.
fn log2(number: u64) -> u64 {
    let whole = number.ilog2();
    // 1 to 2, as 2^63 to 2^64.
    let mut mantissa = number << (63 - whole);
    let mut log = u64::from(whole);
    for _ in 0..16 {
        let square = u128::from(mantissa) * u128::from(mantissa);
        let is_over = square >> 127 == 1;
        mantissa = (square >> if is_over { 64 } else { 63 }) as u64;
        log = log << 1 | u64::from(is_over);
    }
    log
}

#[cfg(test)]
mod tests {
    use crate::query::map::MapSubject;
    use crate::query::map::scale::{LOG2_OF_TEN, Scale, log2};

    #[test]
    fn logarithms_are_right() {
        for number in [1, 2, 3, 10, 100, 1000, 12_345, 1 << 40, u64::MAX] {
            let expected = (number as f64).log2() * 65536.0;
            assert!((log2(number) as f64 - expected).abs() < 2.0, "{number}");
        }
        assert!((10_f64.log2() * 65536.0 - LOG2_OF_TEN as f64).abs() < 1.0);
    }

    #[track_caller]
    fn check(subject: MapSubject, cell_bits: u8, n_decades: u32, steps: &[(u64, u8)]) {
        let scale = Scale::new(subject, cell_bits);
        assert_eq!(scale.n_decades, n_decades);
        for &(value, expected) in steps {
            assert_eq!(scale.step(value), expected, "{value}");
        }
    }

    #[test]
    fn single_addresses_have_even_steps_and_blocks_powers_of_ten() {
        check(MapSubject::Score, 0, 0, &[(1, 2), (50, 119), (100, 239)]);
        // A block of four: 10 and more of 100.
        check(MapSubject::Score, 2, 1, &[(400, 239), (40, 0), (1, 0), (127, 119)]);
        check(MapSubject::Score, 12, 4, &[(409_600, 239), (41, 0), (4096, 119)]);
        let anycast = MapSubject::Signal(crate::feed::Category::Anycast);
        check(anycast, 108, 4, &[(1 << 40, 239), (1 << 20, 0), (1, 0)]);
    }
}
