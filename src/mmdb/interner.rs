//! Records of any files, read into one pool: equal records are one value, whichever file, offset
//! or writer they come from.
//!
//! What is equal is the content: integers of any width are equal as numbers, a float is the double
//! of its value, and the order of a map's keys says nothing. What pointers repeat is read once, so
//! reading costs what the files weigh; what it would unfold to is worked out beside, and bounded
//! as [`Reader::decode`] bounds it.

use hashbrown::HashMap;

use crate::mmdb::decode::{self, Head, MAX_BYTES, MAX_VALUES};
use crate::mmdb::{FormatError, MAX_DEPTH, Pool, Reader, Type, Value, ValueId, View};

/// A pool and what its values unfold to.
#[derive(Debug)]
pub struct Interner {
    pool: Pool,
    /// By id.
    extents: Vec<Extent>,
    /// What may still be read, and what all records together may still unfold to.
    left: Budget,
    /// Children of the values that are being read, the outermost value's first.
    children: Vec<ValueId>,
}

/// What a value unfolds to.
#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    /// Values in it, itself and keys included.
    values: u32,
    /// Bytes of its texts and numbers.
    bytes: u32,
    /// Levels of values below it.
    height: u8,
}

/// How often each byte of a data section may be read, on average. A value takes at least one, and is
/// read where it stands and where pointers lead to it or to what is around it, at most once a level;
/// records that lie in each other are nobody's.
const READS_PER_BYTE: u64 = 64;

#[derive(Clone, Copy, Debug)]
struct Budget {
    values: u64,
    bytes: u64,
    unfolded: u64,
}

impl Budget {
    /// Far past the largest databases sold (some million records of a hundred values, most of them
    /// shared); the bytes are what a pool can address.
    const FILES: Self = Self { values: 1 << 28, bytes: 1 << 31, unfolded: 1 << 29 };
}

impl Default for Interner {
    fn default() -> Self {
        Self { pool: Pool::new(), extents: Vec::new(), left: Budget::FILES, children: Vec::new() }
    }
}

impl Interner {
    /// Reads the records at these offsets of a file's data section.
    ///
    /// # Errors
    /// If one is damaged, or they unfold to more than can be looked through.
    pub fn read(
        &mut self,
        reader: &Reader<'_>,
        offsets: &[u32],
    ) -> Result<Vec<ValueId>, FormatError> {
        let data = reader.data();
        let reads_left = READS_PER_BYTE * data.len() as u64;
        let mut section = Section { data, known: HashMap::new(), reads_left, interner: self };
        let mut ids = Vec::with_capacity(offsets.len());
        for &offset in offsets {
            let (id, _) = section.value(offset as usize, 0)?;
            let extent = u64::from(section.interner.extents[id.0 as usize].values);
            let left = &mut section.interner.left.unfolded;
            let too_much = FormatError::TooMuch { offset: offset as usize };
            *left = left.checked_sub(extent).ok_or(too_much)?;
            ids.push(id);
        }
        Ok(ids)
    }

    /// The values.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// A value, unfolded.
    pub fn value(&self, id: ValueId) -> Value {
        match self.pool.view(id) {
            View::Map(entries) => {
                let entry = |entry: &[ValueId]| {
                    (self.text(entry[0]).unwrap_or_default().to_owned(), self.value(entry[1]))
                };
                Value::Map(entries.chunks_exact(2).map(entry).collect())
            }
            View::Array(values) => Value::Array(values.iter().map(|&id| self.value(id)).collect()),
            View::Scalar(Type::Bool, payload) => Value::Bool(!payload.is_empty()),
            View::Scalar(kind, payload) => {
                decode::scalar(kind, payload, 0).expect("it was decoded before")
            }
        }
    }

    /// How many bytes the texts and numbers of a value have, unfolded.
    pub fn unfolded_bytes(&self, id: ValueId) -> usize {
        self.extents[id.0 as usize].bytes as usize
    }

    /// The text, if the value is one.
    pub fn text(&self, id: ValueId) -> Option<&str> {
        match self.pool.view(id) {
            View::Scalar(Type::Utf8, text) => {
                Some(std::str::from_utf8(text).expect("looked at when it was read"))
            }
            _ => None,
        }
    }

    fn scalar(
        &mut self,
        kind: Type,
        payload: &[u8],
        offset: usize,
    ) -> Result<ValueId, FormatError> {
        let value = decode::scalar(kind, payload, offset)?;
        Ok(match value {
            Value::Float(value) => self.pool.double(f64::from(value)),
            Value::Int32(value) => match u32::try_from(value) {
                Ok(value) => self.pool.uint128(u128::from(value)),
                Err(_) => self.pool.int32(value),
            },
            value => match value.as_unsigned() {
                Some(value) => self.pool.uint128(value),
                None => self.pool.scalar(kind, payload),
            },
        })
    }

    /// Keeps what a value unfolds to.
    fn keep(&mut self, id: ValueId, extent: Extent) -> ValueId {
        if self.extents.len() == id.0 as usize {
            self.extents.push(extent);
        }
        id
    }
}

struct Section<'a, 'i> {
    data: &'a [u8],
    /// Values that pointers lead to, by offset.
    known: HashMap<usize, ValueId>,
    reads_left: u64,
    interner: &'i mut Interner,
}

impl Section<'_, '_> {
    /// Returns the value and the offset after it.
    fn value(&mut self, offset: usize, depth: usize) -> Result<(ValueId, usize), FormatError> {
        let at = decode::head(self.data, offset)?;
        if at.kind != Type::Pointer {
            return self.content(offset, at, depth);
        }
        let target = decode::target(self.data, offset, at)?;
        if let Some(&id) = self.known.get(&at.size) {
            let height = self.interner.extents[id.0 as usize].height;
            if depth + usize::from(height) > MAX_DEPTH {
                return Err(FormatError::TooDeep { offset });
            }
            return Ok((id, at.next));
        }
        let (id, _) = self.content(at.size, target, depth)?;
        self.known.insert(at.size, id);
        Ok((id, at.next))
    }

    fn content(
        &mut self,
        offset: usize,
        at: Head,
        depth: usize,
    ) -> Result<(ValueId, usize), FormatError> {
        if depth > MAX_DEPTH {
            return Err(FormatError::TooDeep { offset });
        }
        let too_much = FormatError::TooMuch { offset };
        let left = &mut self.interner.left;
        left.values = left.values.checked_sub(1).ok_or(too_much.clone())?;
        self.reads_left = self.reads_left.checked_sub(1).ok_or(too_much.clone())?;
        let Head { kind, size, next } = at;
        if matches!(kind, Type::Map | Type::Array) {
            return self.container(offset, at, depth);
        }
        let extent = |bytes| Extent { values: 1, bytes, height: 0 };
        if kind == Type::Bool {
            let id = self.interner.pool.bool(size == 1);
            return Ok((self.interner.keep(id, extent(0)), next));
        }
        left.bytes = left.bytes.checked_sub(size as u64).ok_or(too_much)?;
        let id = self.interner.scalar(kind, &self.data[next..next + size], offset)?;
        // A text's size is below 2^25 (MaxMind DB 2.0, "Payload Size").
        Ok((self.interner.keep(id, extent(size as u32)), next + size))
    }

    fn container(
        &mut self,
        offset: usize,
        Head { kind, size, mut next }: Head,
        depth: usize,
    ) -> Result<(ValueId, usize), FormatError> {
        let from = self.interner.children.len();
        let mut extent = Extent { values: 1, ..Extent::default() };
        for child in 0..if kind == Type::Map { 2 * size } else { size } {
            let (id, after) = self.value(next, depth + 1)?;
            if kind == Type::Map && child % 2 == 0 && self.interner.text(id).is_none() {
                return Err(FormatError::BadKey { offset: next });
            }
            let Extent { values, bytes, height } = self.interner.extents[id.0 as usize];
            extent.values = extent.values.saturating_add(values);
            extent.bytes = extent.bytes.saturating_add(bytes);
            extent.height = extent.height.max(height + 1); // at most MAX_DEPTH
            if extent.values as usize > MAX_VALUES || extent.bytes as usize > MAX_BYTES {
                return Err(FormatError::TooLarge { offset });
            }
            self.interner.children.push(id);
            next = after;
        }
        let Interner { pool, children, .. } = &mut *self.interner;
        let id = if kind == Type::Map {
            let entries: Vec<(ValueId, ValueId)> =
                children[from..].chunks_exact(2).map(|entry| (entry[0], entry[1])).collect();
            pool.map(&entries)
        } else {
            pool.array(&children[from..])
        };
        children.truncate(from);
        Ok((self.interner.keep(id, extent), next))
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{Run, V4};
    use crate::mmdb::interner::{Budget, Interner};
    use crate::mmdb::{Contents, Metadata, write};
    use crate::mmdb::{FormatError, Pool, Reader, Value, ValueId};

    /// A file whose n-th address has the n-th of these values.
    fn file(pool: &Pool, values: &[ValueId]) -> Vec<u8> {
        let run = |(addr, id): (u32, &ValueId)| Run::<V4> { first: addr, last: addr, value: id.0 };
        let v4: Vec<_> = (0xC000_0200..).zip(values).map(run).collect();
        let metadata = Metadata {
            database_type: "ipmint-test".to_owned(),
            description: "test".to_owned(),
            build_epoch: 1,
        };
        write(Contents { pool, v4: &v4, v6: &[] }, &metadata).expect("small").bytes
    }

    fn read(interner: &mut Interner, bytes: &[u8]) -> Result<Vec<ValueId>, FormatError> {
        let reader = Reader::open(bytes).expect("sound");
        let offsets: Vec<u32> =
            reader.networks().map(|network| network.expect("sound").1 as u32).collect();
        interner.read(&reader, &offsets)
    }

    #[test]
    fn records_are_equal_by_what_they_say() {
        let mut pool = Pool::new();
        let key = pool.utf8("k");
        let values = [pool.uint16(5), pool.uint64(5), pool.int32(5), pool.int32(-5)];
        let floats = [pool.float(1.5), pool.double(1.5), pool.bool(true)];
        let records = [&values[..], &floats].concat();
        let records: Vec<ValueId> = records.into_iter().map(|id| pool.map(&[(key, id)])).collect();
        let mut interner = Interner::default();
        let ids = read(&mut interner, &file(&pool, &records)).expect("sound");
        assert!(ids[0] == ids[1] && ids[1] == ids[2] && ids[2] != ids[3] && ids[4] == ids[5]);
        let value = interner.value(ids[3]);
        assert_eq!(value, Value::Map(vec![("k".to_owned(), Value::Int32(-5))]));
        // Another file's records are the same values.
        let again = read(&mut interner, &file(&pool, &records[6..])).expect("sound");
        assert_eq!(again, ids[6..]);
    }

    #[test]
    fn all_files_together_have_one_budget() {
        let mut pool = Pool::new();
        let key = pool.utf8("key");
        let texts = ["aaaa", "bbbb"].map(|text| pool.utf8(text));
        let records = texts.map(|text| pool.map(&[(key, text)]));
        let bytes = file(&pool, &records);
        let enough = Budget { values: 6, bytes: 14, unfolded: 6 };
        let check = |left: Budget, is_enough: bool| {
            let mut interner = Interner { left, ..Interner::default() };
            assert_eq!(read(&mut interner, &bytes).is_ok(), is_enough, "{left:?}");
        };
        check(enough, true);
        check(Budget { values: 4, ..enough }, false);
        check(Budget { bytes: 10, ..enough }, false);
        check(Budget { unfolded: 5, ..enough }, false);
    }
}
