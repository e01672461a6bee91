//! The two address families and the integers that stand for their addresses.

use std::fmt;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address as an unsigned integer: `u32` for IPv4, `u128` for IPv6.
///
/// Only what generic code needs; everything else goes through `u128`.
pub trait Address: Copy + Default + Ord + Hash + fmt::Debug + Send + Sync + 'static {
    /// The lowest address of the family.
    const MIN: Self;
    /// The highest address of the family.
    const MAX: Self;

    /// Returns the address after this one, or `None` after the last.
    fn next(self) -> Option<Self>;
    /// Returns the address before this one, or `None` before the first.
    fn prev(self) -> Option<Self>;
    /// Returns how far `self` lies above `lower`; 0 if it does not.
    fn distance(self, lower: Self) -> Self;
    /// Widens to 128 bits.
    fn to_u128(self) -> u128;
    /// Narrows from 128 bits, or `None` if the value does not fit the family.
    fn from_u128(value: u128) -> Option<Self>;
    /// Returns the number of low bits that are zero, at most the family's bits.
    fn trailing_zeros(self) -> u8;
    /// Returns `self` with the lowest `n` bits cleared (`n` at most the family's bits).
    fn clear_low(self, n: u8) -> Self;
    /// Returns `self` with the lowest `n` bits set (`n` at most the family's bits).
    fn set_low(self, n: u8) -> Self;
    /// Returns the position of the highest bit in which the two differ, counted
    /// from the most significant one (0); the family's bits if they are equal.
    fn common_prefix(self, other: Self) -> u8;
}

macro_rules! address {
    ($int:ty) => {
        impl Address for $int {
            const MIN: Self = 0;
            const MAX: Self = <$int>::MAX;

            fn next(self) -> Option<Self> {
                self.checked_add(1)
            }
            fn prev(self) -> Option<Self> {
                self.checked_sub(1)
            }
            fn distance(self, lower: Self) -> Self {
                self.saturating_sub(lower)
            }
            fn to_u128(self) -> u128 {
                self as u128
            }
            fn from_u128(value: u128) -> Option<Self> {
                <$int>::try_from(value).ok()
            }
            fn trailing_zeros(self) -> u8 {
                <$int>::trailing_zeros(self) as u8
            }
            fn clear_low(self, n: u8) -> Self {
                // A shift by the full width would overflow; it clears everything.
                self & <$int>::MAX.checked_shl(u32::from(n)).unwrap_or(0)
            }
            fn set_low(self, n: u8) -> Self {
                self | !<$int>::MAX.checked_shl(u32::from(n)).unwrap_or(0)
            }
            fn common_prefix(self, other: Self) -> u8 {
                (self ^ other).leading_zeros() as u8
            }
        }
    };
}

address!(u32);
address!(u128);

/// An address family, as a type: families never mix.
pub trait Family: Copy + Default + Ord + Hash + fmt::Debug + Send + Sync + 'static {
    /// The integer that stands for an address.
    type Addr: Address;
    /// Bits of an address: 32 or 128.
    const BITS: u8;
    /// `IPv4` or `IPv6`, for messages.
    const NAME: &'static str;

    /// Returns the address in the form the standard library prints.
    fn to_ip(addr: Self::Addr) -> IpAddr;
}

/// IPv4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct V4;

/// IPv6.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct V6;

impl Family for V4 {
    type Addr = u32;
    const BITS: u8 = 32;
    const NAME: &'static str = "IPv4";

    fn to_ip(addr: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(addr))
    }
}

impl Family for V6 {
    type Addr = u128;
    const BITS: u8 = 128;
    const NAME: &'static str = "IPv6";

    fn to_ip(addr: u128) -> IpAddr {
        IpAddr::V6(Ipv6Addr::from_bits(addr))
    }
}
