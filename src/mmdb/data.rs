//! The data section: what repeats is written once and pointed to where that is shorter.
//!
//! Every top-level value is some leaf's record, in the order of first use. Within
//! a record a shared value lies inline at its first use, so no pointer ever points
//! to a pointer, and nothing lies in the section that no record reaches (Go's
//! `Verify` refuses anything else).

use crate::mmdb::{CapacityError, Pool, Type, ValueId, View};

/// The largest size of a text, map or array (MaxMind DB 2.0, "Payload Size").
const MAX_SIZE: usize = 65_821 + 0xFF_FFFF;

const UNWRITTEN: u32 = u32::MAX;

/// Space that the section begins with, in bytes.
const ROOM: usize = 1 << 10;

/// Writes values of one pool, each at most once.
#[derive(Debug)]
pub struct DataWriter<'a> {
    pool: &'a Pool,
    /// The section, and space to go on in.
    bytes: Vec<u8>,
    /// How much of it is written.
    len: usize,
    /// How a value is said again within another one, by id.
    again: Vec<Again>,
    /// Where a value lies as a record of its own, by id.
    record: Vec<u32>,
    n_records: usize,
    pointers: bool,
    /// The largest size that was written, of those that are worth a look.
    largest: usize,
}

impl<'a> DataWriter<'a> {
    /// A writer for the values of the pool.
    pub fn new(pool: &'a Pool) -> Self {
        Self {
            pool,
            bytes: vec![0; ROOM],
            len: 0,
            again: vec![Again::UNKNOWN; pool.len()],
            record: vec![UNWRITTEN; pool.len()],
            n_records: 0,
            pointers: true,
            largest: 0,
        }
    }

    /// A writer that never points, as metadata wants it: readers decode that
    /// before they know where the data section begins.
    pub(crate) fn without_pointers(pool: &'a Pool) -> Self {
        Self { pointers: false, ..Self::new(pool) }
    }

    /// Writes a value as a record, unless it is one already; returns its offset.
    ///
    /// Offsets past 4 GiB saturate: no record size can say them, and the writer
    /// of the file refuses.
    pub fn record(&mut self, id: ValueId) -> u32 {
        let known = self.record[id.0 as usize];
        if known != UNWRITTEN {
            return known;
        }
        let offset = u32::try_from(self.len).unwrap_or(UNWRITTEN);
        self.inline(id);
        self.record[id.0 as usize] = offset;
        self.n_records += 1;
        offset
    }

    /// Number of records written.
    pub fn n_records(&self) -> usize {
        self.n_records
    }

    /// Returns the section, and the offset of every value that is a record
    /// (others: `u32::MAX`), by id.
    ///
    /// # Errors
    /// If a value is larger than the format can say.
    pub fn finish(mut self) -> Result<(Vec<u8>, Vec<u32>), CapacityError> {
        if self.largest > MAX_SIZE {
            return Err(CapacityError::Value { size: self.largest, limit: MAX_SIZE });
        }
        self.bytes.truncate(self.len);
        Ok((self.bytes, self.record))
    }

    fn inline(&mut self, id: ValueId) {
        let start = self.len;
        let children = match self.pool.view(id) {
            View::Scalar(kind, payload) => {
                self.control(kind, payload.len());
                // A truth value is said by the size alone.
                if kind != Type::Bool {
                    self.payload(payload);
                }
                &[]
            }
            View::Map(children) => {
                self.control(Type::Map, children.len() / 2);
                children
            }
            View::Array(children) => {
                self.control(Type::Array, children.len());
                children
            }
        };
        self.children(children);
        if self.again[id.0 as usize] == Again::UNKNOWN {
            self.again[id.0 as usize] = self.again_of(start);
        }
    }

    /// How the value is said again that begins there and was written last.
    #[inline]
    fn again_of(&mut self, start: usize) -> Again {
        // Nothing can point past 4 GiB; such a section is refused.
        let Ok(offset) = u32::try_from(start) else { return Again::UNKNOWN };
        let (pointer, n_pointer) = pointer(offset);
        let n_bytes = self.len - start;
        if n_bytes <= n_pointer {
            self.reserve(8);
            let room = self.bytes[start..].first_chunk().expect("just made");
            Again::new(u64::from_be_bytes(*room), n_bytes)
        } else if self.pointers {
            Again::new(pointer, n_pointer)
        } else {
            Again::UNKNOWN
        }
    }

    fn children(&mut self, mut children: &[ValueId]) {
        while !children.is_empty() {
            self.reserve(8 * children.len());
            let room = &mut self.bytes[self.len..];
            let mut end = 0;
            let mut n_known = 0;
            for child in children {
                let again = self.again[child.0 as usize];
                if again == Again::UNKNOWN {
                    break;
                }
                // What is over-written of the eight bytes was never written.
                room[end..end + 8].copy_from_slice(&again.bytes());
                end += again.len();
                n_known += 1;
            }
            self.len += end;
            children = &children[n_known..];
            if let Some((&unknown, rest)) = children.split_first() {
                self.inline(unknown);
                children = rest;
            }
        }
    }

    /// Makes room for more bytes.
    fn reserve(&mut self, n_more: usize) {
        if self.bytes.len() - self.len < n_more {
            // What is never written takes memory all the same: not twice as much.
            self.bytes.resize(self.bytes.len() + self.bytes.len() / 8 + n_more, 0);
        }
    }

    fn payload(&mut self, payload: &[u8]) {
        self.reserve(payload.len());
        self.bytes[self.len..self.len + payload.len()].copy_from_slice(payload);
        self.len += payload.len();
    }

    /// Appends the highest bytes of a number.
    #[inline]
    fn put(&mut self, bytes: u64, len: usize) {
        self.reserve(8);
        self.bytes[self.len..self.len + 8].copy_from_slice(&bytes.to_be_bytes());
        self.len += len;
    }

    /// The control byte, the extended type, and the size (MaxMind DB 2.0, "Data Field Format").
    #[inline]
    fn control(&mut self, kind: Type, size: usize) {
        if size < 29 {
            self.head(kind, size);
        } else {
            self.long(kind, size);
        }
    }

    #[inline]
    fn head(&mut self, kind: Type, low: usize) {
        let number = kind as usize;
        if number <= 7 {
            self.put(((number << 5 | low) as u64) << 56, 1);
        } else {
            self.put(((low << 8 | (number - 7)) as u64) << 48, 2);
        }
    }

    #[cold]
    fn long(&mut self, kind: Type, size: usize) {
        let (low, extra, n_extra) = match size {
            0..285 => (29, size - 29, 1),
            285..65_821 => (30, size - 285, 2),
            _ => {
                // What three bytes cannot say `finish` refuses.
                self.largest = self.largest.max(size);
                (31, (size - 65_821) & 0xFF_FFFF, 3)
            }
        };
        self.head(kind, low);
        self.put((extra as u64) << (64 - 8 * n_extra), n_extra);
    }
}

/// What stands for a value that was written before: a pointer, or the value itself where that is no longer.
/// At most five bytes, the first one the lowest, and how many they are in the highest byte.
///
/// What is in a value that is no longer than a pointer to it was no longer itself, whether it lay there or
/// further ahead: the same bytes say the same wherever they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Again(u64);

impl Again {
    const UNKNOWN: Self = Self(0);

    /// The highest `len` bytes, at most five.
    fn new(bytes: u64, len: usize) -> Self {
        let bytes = bytes & !(u64::MAX >> (8 * len));
        Self(bytes.swap_bytes() | (len as u64) << 56)
    }

    #[inline]
    fn bytes(self) -> [u8; 8] {
        self.0.to_le_bytes()
    }

    #[inline]
    fn len(self) -> usize {
        (self.0 >> 56) as usize
    }
}

/// A pointer to the offset in the highest bytes, and how many they are (MaxMind DB 2.0, "pointer - 1").
fn pointer(offset: u32) -> (u64, usize) {
    let head = u64::from(Type::Pointer as u8) << 61;
    let offset = u64::from(offset);
    match offset {
        0..2_048 => (head | offset << 48, 2),
        2_048..526_336 => (head | 1 << 59 | (offset - 2_048) << 40, 3),
        526_336..134_744_064 => (head | 2 << 59 | (offset - 526_336) << 32, 4),
        _ => (head | 3 << 59 | offset << 24, 5),
    }
}

#[cfg(test)]
mod tests {
    use crate::mmdb::decode::{self, Head};
    use crate::mmdb::{DataWriter, Pool, Type};

    #[test]
    fn what_repeats_is_pointed_to() {
        let mut pool = Pool::new();
        let (key, text) = (pool.utf8("name"), pool.utf8("Example"));
        let (two, n) = (pool.utf8("n"), pool.uint16(7));
        let a = pool.map(&[(key, text)]);
        let b = pool.map(&[(key, text), (two, n)]);
        let mut writer = DataWriter::new(&pool);
        assert_eq!(writer.record(a), 0);
        assert_eq!(writer.record(b), 14);
        assert_eq!(writer.record(a), 0);
        assert_eq!(writer.n_records(), 2);
        let (bytes, _) = writer.finish().expect("small values");
        assert_eq!(bytes[..14], *b"\xE1\x44name\x47Example");
        // "n" 7 inline (a pointer would be no shorter), then pointers to offsets 1 and 6.
        assert_eq!(bytes[14..], *b"\xE2\x41n\xA1\x07\x20\x01\x20\x06");
    }

    #[test]
    fn pointers_lead_back_at_every_length() {
        for offset in [0, 2_047, 2_048, 526_335, 526_336, 134_744_063, 134_744_064, u32::MAX] {
            let (pointer, n_bytes) = super::pointer(offset);
            let head = decode::head(&pointer.to_be_bytes(), 0).expect("a pointer");
            let expected = Head { kind: Type::Pointer, size: offset as usize, next: n_bytes };
            assert_eq!(head, expected, "{offset}");
        }
    }

    #[test]
    fn a_value_larger_than_the_format_can_say_is_refused() {
        for (size, is_written) in [(16_843_036, true), (16_843_037, false)] {
            let mut pool = Pool::new();
            let text = pool.utf8(&"a".repeat(size));
            let mut writer = DataWriter::new(&pool);
            writer.record(text);
            assert_eq!(writer.finish().is_ok(), is_written, "{size}");
        }
    }
}
