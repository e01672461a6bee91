//! A database decoded with offsets, by the specification and no code of ours: one line a node or value.

use std::fmt::Write as _;

const MARKER: &[u8] = b"\xAB\xCD\xEFMaxMind.com";
/// Bytes between tree and data.
const SEPARATOR: usize = 16;
/// Bytes of a node of 24-bit records, the only ones a tiny database has.
const NODE: usize = 6;
/// How much of a text is shown.
const SHOWN: usize = 40;

/// Decodes a file that is known to be good; panics with the offset where it is not.
pub(super) fn text(bytes: &[u8]) -> String {
    let marker = bytes.windows(MARKER.len()).rposition(|window| window == MARKER);
    let marker = marker.expect("a marker");
    let mut metadata = Dump::new(bytes, marker + MARKER.len());
    metadata.all(bytes.len());
    let of_metadata = metadata.out;

    let number = |key: &str| -> usize {
        let at = of_metadata.find(&format!("\"{key}\"")).expect("a key of the metadata");
        let value = of_metadata[at..].lines().nth(1).expect("its value");
        value.rsplit(' ').next().and_then(|word| word.parse().ok()).expect("a number")
    };
    assert_eq!(number("record_size"), 24);
    let n_nodes = number("node_count");

    let data = n_nodes * NODE + SEPARATOR;
    let mut out = "== search tree: offset, node, records ==\n".to_owned();
    for (node_idx, node) in bytes[..n_nodes * NODE].chunks(NODE).enumerate() {
        let [left, right] =
            [&node[..3], &node[3..]].map(|record| shown(big_endian(record), n_nodes));
        let _ = writeln!(out, "{:06x}  node {node_idx}: {left}, {right}", node_idx * NODE);
    }
    let separator = &bytes[n_nodes * NODE..data];
    let _ = writeln!(out, "{:06x}  separator {separator:?}", n_nodes * NODE);
    out.push_str("== data section: offset in file, offset in section, value ==\n");
    let mut section = Dump::new(bytes, data);
    section.all(marker);
    out.push_str(&section.out);
    out.push_str("== metadata: offset in file, offset in section, value ==\n");
    let _ = writeln!(out, "{marker:06x}  marker");
    out.push_str(&of_metadata);
    out
}

/// Index of the line that shows what lies at the offset.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    let begins = |line: &str| usize::from_str_radix(line.split(' ').next()?, 16).ok();
    let before = |(_, line): &(usize, &str)| begins(line).is_some_and(|begin| begin <= offset);
    text.lines().enumerate().filter(before).last().map_or(0, |(line, _)| line)
}

fn shown(record: usize, n_nodes: usize) -> String {
    match record.checked_sub(n_nodes) {
        None => format!("node {record}"),
        Some(0) => "nothing".to_owned(),
        Some(past) => format!("data +{}", past - SEPARATOR),
    }
}

fn big_endian(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |value, byte| value << 8 | usize::from(*byte))
}

/// Values of one section, in the order in which they lie.
struct Dump<'a> {
    bytes: &'a [u8],
    start: usize,
    at: usize,
    out: String,
}

impl<'a> Dump<'a> {
    fn new(bytes: &'a [u8], start: usize) -> Self {
        Self { bytes, start, at: start, out: String::new() }
    }

    fn all(&mut self, end: usize) {
        while self.at < end {
            self.value(0);
        }
        assert_eq!(self.at, end, "the last value reaches out of its section");
    }

    fn take(&mut self, n_bytes: usize) -> &'a [u8] {
        let taken = &self.bytes[self.at..self.at + n_bytes];
        self.at += n_bytes;
        taken
    }

    fn number(&mut self, n_bytes: usize) -> usize {
        big_endian(self.take(n_bytes))
    }

    /// MaxMind DB 2.0, "Data Field Format".
    fn value(&mut self, depth: usize) {
        let at = self.at;
        let control = self.number(1);
        let mut kind = control >> 5;
        if kind == 1 {
            let high = control & 7;
            let target = match control >> 3 & 3 {
                0 => high << 8 | self.number(1),
                1 => (high << 16 | self.number(2)) + 2048,
                2 => (high << 24 | self.number(3)) + 526_336,
                _ => self.number(4),
            };
            return self.line(at, depth, &format!("pointer to +{target}"));
        }
        if kind == 0 {
            kind = 7 + self.number(1);
        }
        let size = match control & 0x1F {
            29 => 29 + self.number(1),
            30 => 285 + self.number(2),
            31 => 65_821 + self.number(3),
            size => size,
        };
        let said = match kind {
            2 => self.utf8(size),
            3 => format!("double {:?}", f64::from_bits(self.number(8) as u64)),
            4 => format!("bytes {:02x?}", self.take(size)),
            5 => format!("uint16 {}", self.number(size)),
            6 => format!("uint32 {}", self.number(size)),
            7 => format!("map of {size}"),
            8 => format!("int32 {}", (self.number(size) as u32).cast_signed()),
            9 => format!("uint64 {}", self.number(size)),
            10 => {
                let bytes = self.take(size);
                let value =
                    bytes.iter().fold(0, |value: u128, byte| value << 8 | u128::from(*byte));
                format!("uint128 {value}")
            }
            11 => format!("array of {size}"),
            14 => format!("bool {}", size == 1),
            15 => format!("float {:?}", f32::from_bits(self.number(4) as u32)),
            _ => panic!("type {kind} at {at:#x}"),
        };
        self.line(at, depth, &said);
        let n_values = match kind {
            7 => 2 * size,
            11 => size,
            _ => 0,
        };
        for _ in 0..n_values {
            self.value(depth + 1);
        }
    }

    fn utf8(&mut self, size: usize) -> String {
        let text = std::str::from_utf8(self.take(size)).expect("UTF-8");
        match text.char_indices().nth(SHOWN) {
            Some((cut, _)) => format!("utf8 {:?}... of {size} bytes", &text[..cut]),
            None => format!("utf8 {text:?}"),
        }
    }

    fn line(&mut self, at: usize, depth: usize, said: &str) {
        let indent = 2 * depth;
        let _ = writeln!(self.out, "{at:06x}  +{:<5}{:indent$}{said}", at - self.start, "");
    }
}
