//! The checker: as strict as the strictest reader.
//!
//! What libmaxminddb refuses, what Go's `Verify` refuses, and what the
//! specification forbids: metadata of the wrong kind, records out of range, nodes
//! that nothing leads to or that lead in a circle, a separator that is not zero,
//! data that no record points to, pointers into the middle of a value, text that
//! is not UTF-8. Linear in the file, whatever the bytes.

use crate::mmdb::decode::{self, Head};
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
    let records = tree(&reader, &mut problems);
    data(reader.data(), &records, &mut problems);
    problems.truncate(MAX_PROBLEMS);
    problems
}

fn metadata(map: &Value, problems: &mut Vec<String>) {
    let mut want = |key: &str, expected: &str, fits: fn(&Value) -> bool| {
        if !map.get(key).is_some_and(fits) {
            problems.push(format!("metadata: `{key}` is missing or not {expected}"));
        }
    };
    want("binary_format_major_version", "2", |v| v.as_unsigned() == Some(2));
    want("binary_format_minor_version", "0", |v| v.as_unsigned() == Some(0));
    want("build_epoch", "a positive integer", |v| v.as_unsigned().is_some_and(|epoch| epoch > 0));
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
    let mut section = Section { data, starts: Vec::new(), pointers: Vec::new() };
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
            Ok(next) => offset = next,
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
    /// Where values begin, nested ones too, and how deep each is nested in itself, in order.
    starts: Vec<(usize, usize)>,
    /// Where pointers stand and lead.
    pointers: Vec<(usize, usize)>,
}

impl Section<'_> {
    /// Returns the offset after the value, following no pointer.
    fn skip(&mut self, offset: usize, depth: usize) -> Result<usize, FormatError> {
        if depth > MAX_DEPTH {
            return Err(FormatError::TooDeep { offset });
        }
        let Head { kind, size, next } = decode::head(self.data, offset)?;
        if kind == Type::Pointer {
            self.pointers.push((offset, size));
            return Ok(next);
        }
        let start = self.starts.len();
        self.starts.push((offset, offset));
        let end = match kind {
            Type::Map => {
                let mut next = next;
                for _ in 0..size {
                    self.key(next)?;
                    next = self.skip(next, depth + 1)?;
                    next = self.skip(next, depth + 1)?;
                }
                next
            }
            Type::Array => {
                let mut next = next;
                for _ in 0..size {
                    next = self.skip(next, depth + 1)?;
                }
                next
            }
            Type::Bool => next,
            _ => {
                decode::scalar(kind, &self.data[next..next + size], offset)?;
                next + size
            }
        };
        self.starts[start].1 = end;
        Ok(end)
    }

    fn key(&self, offset: usize) -> Result<(), FormatError> {
        let mut key = decode::head(self.data, offset)?;
        if key.kind == Type::Pointer {
            key = decode::target(self.data, offset, key)?;
        }
        if key.kind == Type::Utf8 { Ok(()) } else { Err(FormatError::BadKey { offset }) }
    }

    /// Pointers must lead to where a value begins, and never in a circle.
    fn check_pointers(&self, problems: &mut Vec<String>) {
        let place = |target: usize| self.starts.binary_search_by_key(&target, |&(start, _)| start);
        for &(offset, target) in &self.pointers {
            if place(target).is_err() {
                problems.push(FormatError::BadPointer { offset, target }.to_string());
            }
            if problems.len() > MAX_PROBLEMS {
                return;
            }
        }
        // Depth of nesting through pointers, found once for each value that is pointed to.
        let mut depths = vec![Depth::Unknown; self.starts.len()];
        for &(_, target) in &self.pointers {
            if let Ok(value) = place(target)
                && self.depth(value, 0, &mut depths).is_none()
            {
                problems.push(FormatError::TooDeep { offset: target }.to_string());
                return;
            }
        }
    }

    /// Levels below the value, pointers followed; `None` if they are too many or a circle.
    fn depth(&self, value: usize, level: usize, depths: &mut [Depth]) -> Option<usize> {
        match depths[value] {
            Depth::Known(depth) => return Some(depth),
            Depth::Open => return None,
            Depth::Unknown => {}
        }
        if level > MAX_DEPTH {
            return None;
        }
        depths[value] = Depth::Open;
        let (start, end) = self.starts[value];
        let from = self.pointers.partition_point(|&(offset, _)| offset < start);
        let mut deepest = 0;
        for &(_, target) in self.pointers[from..].iter().take_while(|&&(offset, _)| offset < end) {
            let child = self.starts.binary_search_by_key(&target, |&(start, _)| start).ok()?;
            deepest = deepest.max(self.depth(child, level + 1, depths)? + 1);
        }
        depths[value] = Depth::Known(deepest);
        (deepest <= MAX_DEPTH).then_some(deepest)
    }
}

#[derive(Clone, Copy)]
enum Depth {
    Unknown,
    Open,
    Known(usize),
}
