//! The checker: as strict as the strictest reader.
//!
//! What libmaxminddb refuses, what Go's `Verify` refuses, and what the
//! specification forbids: metadata of the wrong kind, records out of range, nodes
//! that nothing leads to or that lead in a circle, a separator that is not zero,
//! data that no record points to, pointers into the middle of a value, text that
//! is not UTF-8. Linear in the file, whatever the bytes.

use crate::mmdb::decode::{self, Head};
use crate::mmdb::sound::is_sound;
use crate::mmdb::{FormatError, MAX_DEPTH, Reader, SEPARATOR, Type, Value};

/// How many problems are listed; a broken file has one at every node.
const MAX_PROBLEMS: usize = 20;

/// Lists what is wrong with a database; empty if nothing is.
pub fn check(bytes: &[u8]) -> Vec<String> {
    let reader = match Reader::open(bytes) {
        Ok(reader) => reader,
        Err(error) => return vec![error.to_string()],
    };
    let mut problems = Vec::new();
    metadata(reader.metadata(), &mut problems);
    if reader.separator() != SEPARATOR {
        problems.push("the 16 bytes between tree and data are not zero".to_owned());
    }
    if !is_sound(&reader) {
        contents(&reader, &mut problems);
    }
    problems.truncate(MAX_PROBLEMS);
    problems
}

/// What is wrong with tree and data of a file from any writer.
pub(super) fn contents(reader: &Reader<'_>, problems: &mut Vec<String>) {
    let records = tree(reader, problems);
    data(reader.data(), &records, problems);
}

fn metadata(map: &Value, problems: &mut Vec<String>) {
    let mut want = |key: &str, expected: &str, fits: fn(&Value) -> bool| {
        if !map.get(key).is_some_and(fits) {
            problems.push(format!("metadata: `{key}` is missing or not {expected}"));
        }
    };
    // The specification asks for integers of some width, libmaxminddb for these very types.
    want("binary_format_major_version", "a uint16 of 2", |v| *v == Value::Uint16(2));
    want("binary_format_minor_version", "a uint16 of 0", |v| *v == Value::Uint16(0));
    want("build_epoch", "a positive uint64", |v| matches!(v, Value::Uint64(1..)));
    want("ip_version", "a uint16", |v| matches!(v, Value::Uint16(_)));
    want("node_count", "a uint32", |v| matches!(v, Value::Uint32(_)));
    want("record_size", "a uint16", |v| matches!(v, Value::Uint16(_)));
    want("database_type", "text", |v| v.as_str().is_some_and(|text| !text.is_empty()));
    want("description", "a map of texts", |v| match v {
        Value::Map(entries) => entries.iter().all(|(_, text)| text.as_str().is_some()),
        _ => false,
    });
    // Optional by the specification, but libmaxminddb opens no file without it.
    want("languages", "an array of texts", |v| match v {
        Value::Array(values) => values.iter().all(|text| text.as_str().is_some()),
        _ => false,
    });
}

/// Walks every node once; returns which data offsets records lead to, sorted.
fn tree(reader: &Reader<'_>, problems: &mut Vec<String>) -> Vec<usize> {
    const UNSEEN: u8 = 0;
    const OPEN: u8 = u8::MAX;
    let bits = if reader.ip_version() == 4 { 32 } else { 128 };
    // Levels of nodes from here down, 1 for a node without nodes below.
    let mut height = vec![UNSEEN; reader.n_nodes() as usize];
    let mut records = Vec::new();
    let mut stack = vec![0];
    while let Some(&node) = stack.last() {
        let children = reader.node(node);
        if height[node as usize] == UNSEEN {
            height[node as usize] = OPEN;
            for record in children {
                if record >= reader.n_nodes() {
                    match reader.data_offset(node, record) {
                        Ok(offset) => records.extend(offset),
                        Err(error) => problems.push(error.to_string()),
                    }
                } else if height[record as usize] == UNSEEN {
                    stack.push(record);
                } else if height[record as usize] == OPEN {
                    problems
                        .push(format!("node {node}: record {record} leads back up, in a circle"));
                    return sorted(records);
                }
            }
        } else {
            stack.pop();
            if height[node as usize] == OPEN {
                let below = children.iter().filter(|&&record| record < reader.n_nodes());
                let tallest = below.map(|&record| height[record as usize]).max().unwrap_or(0);
                height[node as usize] = tallest.saturating_add(1);
                if tallest >= bits {
                    problems.push(format!("node {node}: more than {bits} levels of nodes below"));
                    return sorted(records);
                }
            }
        }
        if problems.len() > MAX_PROBLEMS {
            break;
        }
    }
    if let Some(orphan) = height.iter().position(|&levels| levels == UNSEEN) {
        problems.push(format!("node {orphan}: no record leads to it"));
    }
    sorted(records)
}

fn sorted(mut offsets: Vec<usize>) -> Vec<usize> {
    offsets.sort_unstable();
    offsets.dedup();
    offsets
}

/// Reads the section from end to end: record after record, nothing between them.
fn data(data: &[u8], records: &[usize], problems: &mut Vec<String>) {
    let mut section = Section { data, values: Vec::new(), pointers: Vec::new() };
    let mut expected = records.iter().copied().peekable();
    let mut offset = 0;
    while offset < data.len() && problems.len() <= MAX_PROBLEMS {
        while let Some(missed) = expected.next_if(|&record| record < offset) {
            problems
                .push(format!("data offset {missed}: a record leads into the middle of a value"));
        }
        if expected.next_if_eq(&offset).is_none() {
            problems
                .push(format!("data offset {offset}: no record of the tree leads to this value"));
        }
        match section.skip(offset, 0) {
            Ok((next, _)) => offset = next,
            Err(error) => {
                problems.push(error.to_string());
                return;
            }
        }
    }
    if let Some(missed) = expected.next() {
        problems.push(format!("data offset {missed}: a record leads into the middle of a value"));
    }
    section.check_pointers(problems);
}

struct Section<'a> {
    data: &'a [u8],
    /// Values, nested ones too, in the order of their places.
    values: Vec<Place>,
    /// Where pointers stand and lead, in the same order.
    pointers: Vec<Pointer>,
}

/// Where a value lies.
struct Place {
    start: usize,
    end: usize,
    /// Levels of values around it, as it lies in the section.
    level: u8,
    /// Levels of values in it, pointers not followed.
    height: u8,
}

struct Pointer {
    offset: usize,
    target: usize,
    level: u8,
}

impl Section<'_> {
    /// Returns the offset after the value and its height, following no pointer.
    fn skip(&mut self, offset: usize, level: u8) -> Result<(usize, u8), FormatError> {
        if usize::from(level) > MAX_DEPTH {
            return Err(FormatError::TooDeep { offset });
        }
        let Head { kind, size, next } = decode::head(self.data, offset)?;
        if kind == Type::Pointer {
            self.pointers.push(Pointer { offset, target: size, level });
            return Ok((next, 0));
        }
        let place = self.values.len();
        self.values.push(Place { start: offset, end: offset, level, height: 0 });
        let (mut end, mut height) = (next, 0);
        match kind {
            Type::Map | Type::Array => {
                for _ in 0..size {
                    if kind == Type::Map {
                        self.key(end)?;
                        end = self.skip(end, level + 1)?.0;
                        height = height.max(1);
                    }
                    let (after, below) = self.skip(end, level + 1)?;
                    end = after;
                    height = height.max(below + 1);
                }
            }
            Type::Bool => {}
            _ => {
                decode::scalar(kind, &self.data[next..next + size], offset)?;
                end += size;
            }
        }
        self.values[place].end = end;
        self.values[place].height = height;
        Ok((end, height))
    }

    fn key(&self, offset: usize) -> Result<(), FormatError> {
        let mut key = decode::head(self.data, offset)?;
        if key.kind == Type::Pointer {
            key = decode::target(self.data, offset, key)?;
        }
        if key.kind == Type::Utf8 { Ok(()) } else { Err(FormatError::BadKey { offset }) }
    }

    /// Pointers must lead to where a value begins, and never too deep or in a circle.
    fn check_pointers(&self, problems: &mut Vec<String>) {
        for &Pointer { offset, target, .. } in &self.pointers {
            if self.value_at(target).is_none() {
                problems.push(FormatError::BadPointer { offset, target }.to_string());
            }
            if problems.len() > MAX_PROBLEMS {
                return;
            }
        }
        // Found once for each value that stands by itself or is pointed to: each pointer is
        // looked at once for each value around it, of which there are at most `MAX_DEPTH`.
        let mut heights = vec![Height::Unknown; self.values.len()];
        for (value, place) in self.values.iter().enumerate().filter(|(_, place)| place.level == 0) {
            if self.height(value, 0, &mut heights).is_none() {
                problems.push(FormatError::TooDeep { offset: place.start }.to_string());
                return;
            }
        }
    }

    fn value_at(&self, offset: usize) -> Option<usize> {
        self.values.binary_search_by_key(&offset, |place| place.start).ok()
    }

    /// Levels of values in the value, pointers followed, as a reader counts them: what a pointer
    /// leads to stands in its place. `None` if that makes more than [`MAX_DEPTH`] below `level`,
    /// or a circle.
    fn height(&self, value: usize, level: usize, heights: &mut [Height]) -> Option<usize> {
        let fits = |height: usize| (level + height <= MAX_DEPTH).then_some(height);
        match heights[value] {
            Height::Known(height) => return fits(height.into()),
            Height::Open => return None,
            Height::Unknown => {}
        }
        heights[value] = Height::Open;
        let place = &self.values[value];
        let mut height = fits(place.height.into())?;
        let from = self.pointers.partition_point(|pointer| pointer.offset < place.start);
        for pointer in self.pointers[from..].iter().take_while(|pointer| pointer.offset < place.end)
        {
            // A pointer to no value is a problem of its own.
            let Some(target) = self.value_at(pointer.target) else { continue };
            let above = usize::from(pointer.level - place.level);
            height = height.max(above + self.height(target, level + above, heights)?);
        }
        heights[value] = Height::Known(height as u8); // at most MAX_DEPTH, see `fits`
        Some(height)
    }
}

#[derive(Clone, Copy)]
enum Height {
    Unknown,
    Open,
    Known(u8),
}
