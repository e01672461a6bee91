//! What the tree's writer asks of addresses besides their order.

use std::ops::{BitAnd, BitXor};

use crate::base::Address;

/// Addresses as bits, numbered from the lowest.
pub(super) trait Bits: Address + BitAnd<Output = Self> + BitXor<Output = Self> {
    /// All bits below this one; all there are, if it is past the highest.
    fn below(bit: u8) -> Self;
    /// The number of the highest bit that is set; one is.
    fn highest(self) -> u8;
    /// The bits of the blocks around a cut whose right halves begin at it or after it.
    fn open(self) -> Self;
    /// Calls for each bit that is set, from the lowest up.
    fn each(self, visit: impl FnMut(u8));
    /// The 64 bits from this one down, the highest first; what is below bit 0 is zero.
    fn down_from(self, bit: u8) -> u64;
}

impl Bits for u32 {
    #[inline]
    fn below(bit: u8) -> Self {
        !Self::MAX.checked_shl(bit.into()).unwrap_or(0)
    }

    #[inline]
    fn highest(self) -> u8 {
        31 - self.leading_zeros() as u8
    }

    #[inline]
    fn open(self) -> Self {
        self.wrapping_neg()
    }

    #[inline]
    fn each(mut self, mut visit: impl FnMut(u8)) {
        while self != 0 {
            visit(self.trailing_zeros() as u8);
            self &= self - 1;
        }
    }

    #[inline]
    fn down_from(self, bit: u8) -> u64 {
        u64::from(self) << (63 - bit)
    }
}

impl Bits for u128 {
    #[inline]
    fn below(bit: u8) -> Self {
        !Self::MAX.checked_shl(bit.into()).unwrap_or(0)
    }

    #[inline]
    fn highest(self) -> u8 {
        127 - self.leading_zeros() as u8
    }

    #[inline]
    fn open(self) -> Self {
        self.wrapping_neg()
    }

    #[inline]
    fn each(self, mut visit: impl FnMut(u8)) {
        for (half, from) in [(self as u64, 0), ((self >> 64) as u64, 64)] {
            let mut left = half;
            while left != 0 {
                visit(left.trailing_zeros() as u8 + from);
                left &= left - 1;
            }
        }
    }

    #[inline]
    fn down_from(self, bit: u8) -> u64 {
        (self << (127 - bit) >> 64) as u64
    }
}
