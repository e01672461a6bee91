//! A file of ours, read back into what it was written from: runs, values, metadata.
//!
//! The tree is walked once, in pre-order, which is also the order of its nodes'
//! numbers; the data section is read once, from end to end. Both are linear in the
//! file, whatever the bytes: a record that leads to a node other than the next one
//! is refused, and a pointer only leads to a value that has been read. What was
//! read may still not be what this program would write: who needs the same bytes
//! writes them again and compares.

use crate::base::{Address, Family, Range, Run, V4, V6, push_joined};
use crate::mmdb::alias::{DEPTH_OF_V4, graft, v4_prefixes};
use crate::mmdb::decode::{self, Head};
use crate::mmdb::{FormatError, MAX_DEPTH, Metadata, Pool, Reader, Type, ValueId};

/// What a file says, as [`crate::mmdb::write`] takes it; values are ids of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// What the maker said.
    pub metadata: Metadata,
    /// IPv4, sorted, disjoint and joined.
    pub v4: Vec<Run<V4>>,
    /// IPv6 without IPv4's places, sorted, disjoint and joined.
    pub v6: Vec<Run<V6>>,
    /// The records of the data section, in its order.
    pub records: Vec<ValueId>,
}

impl Rows {
    /// Reads a file; its values go to the pool.
    ///
    /// # Errors
    /// If it is no database, or its nodes stand in another order than ours.
    pub fn read(bytes: &[u8], pool: &mut Pool) -> Result<Self, FormatError> {
        Self::with_records(bytes, |data| records(data, pool)).map(|(rows, _)| rows)
    }

    /// Reads a file but for its records, whose ids are their places in the data section; returns
    /// where each begins, too.
    ///
    /// # Errors
    /// As [`Rows::read`]; the values are only looked at as far as [`record_offsets`] does.
    pub fn numbered(bytes: &[u8]) -> Result<(Self, Vec<u32>), FormatError> {
        let ids = |offsets: Vec<u32>| offsets.into_iter().zip((0..).map(ValueId)).collect();
        Self::with_records(bytes, |data| record_offsets(data).map(ids))
    }

    /// Reads a file and where its records begin; `records` gives them ids.
    fn with_records(
        bytes: &[u8],
        records: impl FnOnce(&[u8]) -> Result<Vec<(u32, ValueId)>, FormatError> + Send,
    ) -> Result<(Self, Vec<u32>), FormatError> {
        let reader = Reader::open(bytes)?;
        if reader.ip_version() != 6 {
            let expected = "6, as in every file that ipmint writes";
            return Err(FormatError::Metadata { key: "ip_version", expected });
        }
        let metadata = Metadata::read(reader.metadata())?;
        let (leaves, records) = rayon::join(|| Walk::run(&reader), || records(reader.data()));
        let (Walk { v4, v6, .. }, records) = (leaves?, records?);
        let (offsets, ids): (Vec<u32>, Vec<ValueId>) = records.into_iter().unzip();
        let rows = Self {
            metadata,
            v4: resolve(v4, &offsets, &ids)?,
            // Joining is over what is said of IPv4's places, which is said no more.
            v6: graft(&resolve(v6, &offsets, &ids)?, None),
            records: ids,
        };
        Ok((rows, offsets))
    }
}

/// Turns data offsets into ids of the records there.
fn resolve<F: Family>(
    runs: Vec<Run<F>>,
    offsets: &[u32],
    ids: &[ValueId],
) -> Result<Vec<Run<F>>, FormatError> {
    let mut resolved = Vec::with_capacity(runs.len());
    // First uses come in the order of the section, so the next record is the likeliest.
    let mut next = 0;
    for run in runs {
        let record = if offsets.get(next) == Some(&run.value) {
            next
        } else {
            let found = offsets.binary_search(&run.value);
            found.map_err(|_| FormatError::NoRecord { offset: run.value as usize })?
        };
        next = next.max(record + 1);
        push_joined(&mut resolved, Run { value: ids[record].0, ..run });
    }
    Ok(resolved)
}

/// Runs whose values are data offsets.
struct Walk<'r, 'a> {
    reader: &'r Reader<'a>,
    /// The number of the node that comes next.
    n_entered: u32,
    v4: Vec<Run<V4>>,
    v6: Vec<Run<V6>>,
}

impl<'r, 'a> Walk<'r, 'a> {
    fn run(reader: &'r Reader<'a>) -> Result<Self, FormatError> {
        let mut walk = Self { reader, n_entered: 1, v4: Vec::new(), v6: Vec::new() };
        walk.v6_node(0, 0, 0)?;
        if walk.n_entered < reader.n_nodes() {
            return Err(FormatError::Unreached { node: walk.n_entered });
        }
        Ok(walk)
    }

    /// Whether the record leads to the next node; if so, that one is entered.
    fn enters(&mut self, record: u32) -> bool {
        let is_next = record == self.n_entered && record < self.reader.n_nodes();
        self.n_entered += u32::from(is_next);
        is_next
    }

    fn v6_node(&mut self, node: u32, addr: u128, depth: u8) -> Result<(), FormatError> {
        let [left, right] = self.reader.node(node);
        let half = 1 << (V6::BITS - 1 - depth);
        self.v6_record(node, left, addr, depth + 1)?;
        self.v6_record(node, right, addr | half, depth + 1)
    }

    fn v6_record(
        &mut self,
        node: u32,
        record: u32,
        addr: u128,
        depth: u8,
    ) -> Result<(), FormatError> {
        let [v4, aliases @ ..] = v4_prefixes();
        if aliases.iter().any(|alias| (alias.addr(), alias.len()) == (addr, depth)) {
            // What stands here is what stands at `::/96`, by rule.
            return Ok(());
        }
        if record >= self.reader.n_nodes() {
            let Some(offset) = self.reader.data_offset(node, record)? else { return Ok(()) };
            let value = offset as u32; // below 2^32, as records are
            if addr == 0 {
                self.v4.push(Run::new(Range::ALL, value));
            }
            let range = Range::new(addr, addr.set_low(V6::BITS - depth)).expect("in order");
            push_joined(&mut self.v6, Run::new(range, value));
            return Ok(());
        }
        if depth == V6::BITS || !self.enters(record) {
            return Err(FormatError::Order { node, record });
        }
        if (addr, depth) == (v4.addr(), v4.len()) {
            debug_assert_eq!(record as usize, DEPTH_OF_V4);
            return self.v4_node(record, 0, 0);
        }
        self.v6_node(record, addr, depth)
    }

    fn v4_node(&mut self, node: u32, addr: u32, depth: u8) -> Result<(), FormatError> {
        let half = 1 << (V4::BITS - 1 - depth);
        for (record, addr) in self.reader.node(node).into_iter().zip([addr, addr | half]) {
            let depth = depth + 1;
            if record >= self.reader.n_nodes() {
                if let Some(offset) = self.reader.data_offset(node, record)? {
                    let range = Range::new(addr, addr.set_low(V4::BITS - depth));
                    let run = Run::new(range.expect("in order"), offset as u32);
                    push_joined(&mut self.v4, run);
                }
            } else if depth < V4::BITS && self.enters(record) {
                self.v4_node(record, addr, depth)?;
            } else {
                return Err(FormatError::Order { node, record });
            }
        }
        Ok(())
    }
}

/// Returns where each record of a data section begins, in order.
///
/// # Errors
/// If a value is cut short or of no known type. What pointers lead to is not looked at.
pub fn record_offsets(data: &[u8]) -> Result<Vec<u32>, FormatError> {
    let mut offsets = Vec::new();
    let mut offset = 0;
    while offset < data.len() {
        offsets.push(addressable(offset)?);
        // Values still to come, this one included; a count may lie, the bytes run out.
        let mut n_left = 1_u64;
        while n_left > 0 {
            let Head { kind, size, next } = decode::head(data, offset)?;
            n_left -= 1;
            offset = next;
            match kind {
                Type::Map => n_left += 2 * size as u64,
                Type::Array => n_left += size as u64,
                Type::Pointer | Type::Bool => {}
                _ => offset += size,
            }
        }
    }
    Ok(offsets)
}

/// Reads every record of a data section into the pool; returns where each begins and its id.
///
/// Linear in the section: a value that pointers repeat is not read again.
///
/// # Errors
/// If a value is cut short or malformed, or a pointer leads anywhere but to a value before it.
pub fn records(data: &[u8], pool: &mut Pool) -> Result<Vec<(u32, ValueId)>, FormatError> {
    let mut section = Section { data, pool, places: Places::new(data.len()), children: Vec::new() };
    let mut records = Vec::new();
    let mut offset = 0;
    while offset < data.len() {
        let place = addressable(offset)?;
        let (value, next) = section.value(offset, 0)?;
        records.push((place, value.id));
        offset = next;
    }
    Ok(records)
}

/// Records say offsets in 32 bits.
fn addressable(offset: usize) -> Result<u32, FormatError> {
    u32::try_from(offset).map_err(|_| FormatError::TooLarge { offset })
}

/// A value that has been read.
#[derive(Clone, Copy)]
struct Known {
    id: ValueId,
    /// Levels of values in it, pointers followed.
    height: u8,
}

struct Section<'a, 'p> {
    data: &'a [u8],
    pool: &'p mut Pool,
    places: Places,
    /// Children of the values that are being read, the outermost value's first.
    children: Vec<ValueId>,
}

impl Section<'_, '_> {
    /// Returns the value and the offset after it.
    fn value(&mut self, offset: usize, depth: usize) -> Result<(Known, usize), FormatError> {
        let Head { kind, size, next } = decode::head(self.data, offset)?;
        if kind == Type::Pointer {
            let known = self.places.get(size);
            let known = known.ok_or(FormatError::BadPointer { offset, target: size })?;
            if depth + usize::from(known.height) > MAX_DEPTH {
                return Err(FormatError::TooDeep { offset });
            }
            return Ok((known, next));
        }
        if depth > MAX_DEPTH {
            return Err(FormatError::TooDeep { offset });
        }
        let place = self.places.begin(offset);
        let (known, next) = match kind {
            Type::Map | Type::Array => self.container(kind, size, next, depth)?,
            Type::Bool => (Known { id: self.pool.bool(size == 1), height: 0 }, next),
            _ => {
                let payload = &self.data[next..next + size];
                if kind == Type::Utf8 && std::str::from_utf8(payload).is_err() {
                    return Err(FormatError::BadText { offset });
                }
                (Known { id: self.pool.scalar(kind, payload), height: 0 }, next + size)
            }
        };
        self.places.end(place, known);
        Ok((known, next))
    }

    fn container(
        &mut self,
        kind: Type,
        size: usize,
        mut next: usize,
        depth: usize,
    ) -> Result<(Known, usize), FormatError> {
        let from = self.children.len();
        let mut height = 0;
        let n_children = if kind == Type::Map { 2 * size } else { size };
        for child in 0..n_children {
            let (known, after) = self.value(next, depth + 1)?;
            if kind == Type::Map && child % 2 == 0 && !self.pool.is_utf8(known.id) {
                return Err(FormatError::BadKey { offset: next });
            }
            height = height.max(known.height + 1); // at most MAX_DEPTH
            self.children.push(known.id);
            next = after;
        }
        let id = if kind == Type::Map {
            let entries: Vec<(ValueId, ValueId)> =
                self.children[from..].chunks_exact(2).map(|entry| (entry[0], entry[1])).collect();
            self.pool.map(&entries)
        } else {
            self.pool.array(&self.children[from..])
        };
        self.children.truncate(from);
        Ok((Known { id, height }, next))
    }
}

/// What has been read, by the offset at which it begins: a bit for each offset, counted by words.
struct Places {
    /// Offsets at which values begin, 64 to a word, and how many begin before the word.
    words: Vec<(u64, u32)>,
    known: Vec<Option<Known>>,
}

impl Places {
    fn new(n_offsets: usize) -> Self {
        Self { words: vec![(0, 0); n_offsets.div_ceil(64)], known: Vec::new() }
    }

    /// Marks the offset, which lies after all that were marked before.
    fn begin(&mut self, offset: usize) -> usize {
        let place = self.known.len();
        let word = &mut self.words[offset / 64];
        if word.0 == 0 {
            word.1 = place as u32; // one for each byte of a section that 32 bits address
        }
        word.0 |= 1 << (offset % 64);
        self.known.push(None);
        place
    }

    fn end(&mut self, place: usize, known: Known) {
        self.known[place] = Some(known);
    }

    /// The value that begins at the offset, if it has been read to its end.
    fn get(&self, offset: usize) -> Option<Known> {
        let &(bits, before) = self.words.get(offset / 64)?;
        let bit = 1 << (offset % 64);
        if bits & bit == 0 {
            return None;
        }
        self.known[before as usize + (bits & (bit - 1)).count_ones() as usize]
    }
}
