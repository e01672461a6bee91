//! Prefixes: an address and a length, host bits zero (RFC 4632, RFC 4291 §2.3).

use std::fmt;

use crate::base::{Address, Family, Range};

/// An address and a length whose host bits are zero.
///
/// Ordered by address, then by length: a prefix comes before those inside it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix<F: Family> {
    addr: F::Addr, // invariant: the low BITS - len bits are zero
    len: u8,       // invariant: at most BITS
}

impl<F: Family> Prefix<F> {
    /// Clears the host bits of `addr`; `None` if `len` passes the family's bits.
    pub fn masked(addr: F::Addr, len: u8) -> Option<Self> {
        (len <= F::BITS).then(|| Self { addr: addr.clear_low(F::BITS - len), len })
    }

    /// Lowest address.
    pub fn addr(self) -> F::Addr {
        self.addr
    }

    /// Length in bits.
    #[expect(clippy::len_without_is_empty, reason = "a length in bits, not of a collection")]
    pub fn len(self) -> u8 {
        self.len
    }

    /// All addresses of the prefix.
    pub fn range(self) -> Range<F> {
        Range::new(self.addr, self.addr.set_low(F::BITS - self.len))
            .expect("first is not after last")
    }

    /// Whether the address lies in the prefix.
    pub fn covers(self, addr: F::Addr) -> bool {
        addr.clear_low(F::BITS - self.len) == self.addr
    }
}

impl<F: Family> fmt::Display for Prefix<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", F::to_ip(self.addr), self.len)
    }
}

impl<F: Family> fmt::Debug for Prefix<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
