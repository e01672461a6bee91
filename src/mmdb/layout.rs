//! Numbers of the MaxMind DB 2.0 format, each with the place that fixes it.

/// Sixteen zero bytes between the search tree and the data section.
///
/// A reader subtracts this length when it turns a record into a data offset
/// (MaxMind DB 2.0, "Data Section Separator").
pub const SEPARATOR: [u8; 16] = [0; 16];

/// What the metadata begins with, searched for from the end of the file
/// (MaxMind DB 2.0, "Database Metadata").
pub const METADATA_MARKER: &[u8] = b"\xAB\xCD\xEFMaxMind.com";

/// The metadata lies within this many bytes of the end (same section).
pub const METADATA_MAX_BYTES: usize = 128 * 1024;

/// How deep values may nest here; libmaxminddb's own limit is 512
/// (`MAXIMUM_DATA_STRUCTURE_DEPTH`), which would be a gift to hostile files.
pub const MAX_DEPTH: usize = 64;

/// Type numbers of the data section (MaxMind DB 2.0, "Output Data Section").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Type {
    /// A pointer to another value.
    Pointer = 1,
    /// UTF-8 text.
    Utf8 = 2,
    /// IEEE 754 binary64, big-endian.
    Double = 3,
    /// Bytes.
    Bytes = 4,
    /// Unsigned, up to 16 bits.
    Uint16 = 5,
    /// Unsigned, up to 32 bits.
    Uint32 = 6,
    /// Text keys and values.
    Map = 7,
    /// Signed, 32 bits.
    Int32 = 8,
    /// Unsigned, up to 64 bits.
    Uint64 = 9,
    /// Unsigned, up to 128 bits.
    Uint128 = 10,
    /// Values in order.
    Array = 11,
    /// A container of the reader's cache; never in a file.
    CacheContainer = 12,
    /// The end of the data; never in a file.
    EndMarker = 13,
    /// A truth value, said by the size.
    Bool = 14,
    /// IEEE 754 binary32, big-endian.
    Float = 15,
}

impl Type {
    /// The type of that number.
    pub fn from_number(number: u8) -> Option<Self> {
        use Type::{
            Array, Bool, Bytes, CacheContainer, Double, EndMarker, Float, Int32, Map, Pointer,
            Uint16, Uint32, Uint64, Uint128, Utf8,
        };
        [
            Pointer,
            Utf8,
            Double,
            Bytes,
            Uint16,
            Uint32,
            Map,
            Int32,
            Uint64,
            Uint128,
            Array,
            CacheContainer,
            EndMarker,
            Bool,
            Float,
        ]
        .into_iter()
        .find(|kind| *kind as u8 == number)
    }
}

/// Bits of a record; a node is two records (MaxMind DB 2.0, "Node Layout").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordSize {
    /// Six bytes a node.
    Bits24,
    /// Seven bytes a node; the middle one holds the high bits of both records.
    Bits28,
    /// Eight bytes a node.
    Bits32,
}

impl RecordSize {
    /// Every size, smallest first.
    pub const ALL: [Self; 3] = [Self::Bits24, Self::Bits28, Self::Bits32];

    /// Bits of a record.
    pub fn bits(self) -> u16 {
        match self {
            Self::Bits24 => 24,
            Self::Bits28 => 28,
            Self::Bits32 => 32,
        }
    }

    /// Bytes of a node.
    pub fn node_bytes(self) -> usize {
        usize::from(self.bits()) / 4
    }

    /// The size with that many bits.
    pub fn from_bits(bits: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|size| u64::from(size.bits()) == bits)
    }

    /// The smallest size whose records can say `largest`.
    pub fn fitting(largest: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|size| largest >> size.bits() == 0)
    }

    /// Writes a node into its bytes (`out` is [`RecordSize::node_bytes`] long).
    #[inline]
    pub fn encode(self, [left, right]: [u32; 2], out: &mut [u8]) {
        let (left, right) = (u64::from(left), u64::from(right));
        match self {
            Self::Bits24 => {
                out[..6].copy_from_slice(&(left << 40 | right << 16).to_be_bytes()[..6]);
            }
            Self::Bits28 => {
                let node = (left & 0xFF_FFFF) << 40 | left >> 24 << 36 | right << 8;
                out[..7].copy_from_slice(&node.to_be_bytes()[..7]);
            }
            Self::Bits32 => out[..8].copy_from_slice(&(left << 32 | right).to_be_bytes()),
        }
    }

    /// Writes the right record of a node into its bytes and leaves the left one as it is.
    #[inline]
    pub(super) fn encode_right(self, right: u32, out: &mut [u8]) {
        let r = right.to_be_bytes();
        match self {
            Self::Bits24 => out[3..].copy_from_slice(&r[1..]),
            Self::Bits28 => {
                out[3] = out[3] & 0xF0 | r[0];
                out[4..].copy_from_slice(&r[1..]);
            }
            Self::Bits32 => out[4..].copy_from_slice(&r),
        }
    }

    /// Reads one record of a node from its bytes, as [`RecordSize::decode`] does both.
    #[inline]
    pub fn decode_one(self, node: &[u8], is_right: bool) -> u32 {
        let be = |high: u8, rest: &[u8]| u32::from_be_bytes([high, rest[0], rest[1], rest[2]]);
        match (self, is_right) {
            (Self::Bits24, false) => be(0, &node[..3]),
            (Self::Bits24, true) => be(0, &node[3..6]),
            (Self::Bits28, false) => be(node[3] >> 4, &node[..3]),
            (Self::Bits28, true) => be(node[3] & 0x0F, &node[4..7]),
            (Self::Bits32, false) => be(node[0], &node[1..4]),
            (Self::Bits32, true) => be(node[4], &node[5..8]),
        }
    }

    /// Reads a node from its bytes (`node` is [`RecordSize::node_bytes`] long).
    #[inline]
    pub fn decode(self, node: &[u8]) -> [u32; 2] {
        [self.decode_one(node, false), self.decode_one(node, true)]
    }
}

#[cfg(test)]
mod tests {
    use crate::mmdb::RecordSize;

    #[test]
    fn nodes_are_read_back() {
        for size in RecordSize::ALL {
            let largest = (u64::MAX >> (64 - size.bits())) as u32;
            let mut bytes = vec![0; size.node_bytes()];
            for node in [[0, 0], [1, largest], [largest, 1], [0x12_3456, 0x65_4321]] {
                size.encode(node, &mut bytes);
                assert_eq!(size.decode(&bytes), node, "{size:?}");
            }
            assert_eq!(RecordSize::fitting(u64::from(largest)), Some(size));
        }
        assert_eq!(RecordSize::fitting(1 << 32), None);
    }
}
