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

/// Writes values of one pool, each at most once.
#[derive(Debug)]
pub struct DataWriter<'a> {
    pool: &'a Pool,
    bytes: Vec<u8>,
    /// Where a value lies and how long it is as written, by id.
    written: Vec<(u32, u32)>,
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
            bytes: Vec::new(),
            written: vec![(UNWRITTEN, 0); pool.len()],
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
        let offset = u32::try_from(self.bytes.len()).unwrap_or(UNWRITTEN);
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
    pub fn finish(self) -> Result<(Vec<u8>, Vec<u32>), CapacityError> {
        if self.largest > MAX_SIZE {
            return Err(CapacityError::Value { size: self.largest, limit: MAX_SIZE });
        }
        Ok((self.bytes, self.record))
    }

    fn inline(&mut self, id: ValueId) {
        let start = self.bytes.len();
        match self.pool.view(id) {
            View::Scalar(kind, payload) => self.scalar(kind, payload),
            View::Map(children) => {
                self.control(Type::Map, children.len() / 2);
                children.iter().for_each(|&child| self.nested(child));
            }
            View::Array(children) => {
                self.control(Type::Array, children.len());
                children.iter().for_each(|&child| self.nested(child));
            }
        }
        let place = &mut self.written[id.0 as usize];
        if place.0 == UNWRITTEN {
            let size = self.bytes.len() - start;
            *place = (u32::try_from(start).unwrap_or(UNWRITTEN), size as u32);
        }
    }

    fn nested(&mut self, id: ValueId) {
        let (offset, size) = self.written[id.0 as usize];
        if self.pointers && offset != UNWRITTEN && size > pointer_size(offset) {
            pointer(&mut self.bytes, offset);
        } else {
            self.inline(id);
        }
    }

    fn scalar(&mut self, kind: Type, payload: &[u8]) {
        self.control(kind, payload.len());
        // A truth value is said by the size alone.
        if kind != Type::Bool {
            self.bytes.extend_from_slice(payload);
        }
    }

    /// The control byte, the extended type, and the size (MaxMind DB 2.0, "Data Field Format").
    fn control(&mut self, kind: Type, size: usize) {
        let (low, extra): (u8, &[u8]) = match size {
            0..29 => (size as u8, &[]),
            29..285 => (29, &[(size - 29) as u8]),
            285..65_821 => (30, &((size - 285) as u16).to_be_bytes()),
            _ => {
                // What three bytes cannot say `finish` refuses.
                self.largest = self.largest.max(size);
                (31, &((size - 65_821) as u32).to_be_bytes()[1..])
            }
        };
        let out = &mut self.bytes;
        let number = kind as u8;
        if number <= 7 {
            out.push(number << 5 | low);
        } else {
            out.extend([low, number - 7]);
        }
        out.extend_from_slice(extra);
    }
}

/// Bytes of a pointer to the offset (MaxMind DB 2.0, "pointer - 1").
fn pointer_size(offset: u32) -> u32 {
    match offset {
        0..2_048 => 2,
        2_048..526_336 => 3,
        526_336..134_744_064 => 4,
        _ => 5,
    }
}

fn pointer(out: &mut Vec<u8>, offset: u32) {
    let head = (Type::Pointer as u8) << 5;
    match pointer_size(offset) {
        2 => {
            let [_, _, a, b] = offset.to_be_bytes();
            out.extend([head | a, b]);
        }
        3 => {
            let [_, a, b, c] = (offset - 2_048).to_be_bytes();
            out.extend([head | 0x08 | a, b, c]);
        }
        4 => {
            let [a, b, c, d] = (offset - 526_336).to_be_bytes();
            out.extend([head | 0x10 | a, b, c, d]);
        }
        _ => {
            out.push(head | 0x18);
            out.extend(offset.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::mmdb::{DataWriter, Pool};

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
