//! `mrt`: the routing table of a BGP collector, as prefixes and their origin AS (RFC 6396).
//!
//! ```text
//! record        timestamp 4, type 2, subtype 2, length 4, then so many bytes
//! TABLE_DUMP    view 2, sequence 2, prefix 4 or 16, length 1, status 1, time 4,
//!               peer 4 or 16, peer AS 2, attributes 2 + n          a record for each peer
//! TABLE_DUMP_V2 sequence 4, length 1, prefix 0 to 16, entries 2,   a record for all peers
//!               then for each peer 2, time 4, [path 4,] attributes 2 + n
//! ```
//!
//! A prefix is a row. Its origin AS is the one that most peers see last in the path, of
//! several the smallest number; a path that ends in a set of several has no origin, and a
//! prefix without any claims nothing. Neither do multicast and generic tables. Of the rest of
//! a path, the neighbours of the origin too, nothing is kept: no edition says it.
//!
//! Records are found by their lengths, one after the other, and read in parallel.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use rayon::prelude::*;

use crate::feed::{Column, Feed};
use crate::parse::address::{Addr, Reason};
use crate::parse::block;
use crate::parse::file::File;
use crate::parse::part::Part;
use crate::parse::reading::Reading;
use crate::parse::row::Rules;

const CUT: Reason = "the file ends within a record; was it cut short?";
const UNKNOWN: Reason = "expected a record of type TABLE_DUMP or TABLE_DUMP_V2";
const DAMAGED: Reason = "the record is shorter than what it says it holds";

const TABLE_DUMP: u16 = 12;
const TABLE_DUMP_V2: u16 = 13;
/// Length of a record's header.
const HEADER: usize = 12;

/// Attribute types (RFC 4271 §4.3, RFC 6793 §3).
const AS_PATH: u8 = 2;
const AS4_PATH: u8 = 17;
/// The attribute's length takes two bytes (RFC 4271 §4.3).
const EXTENDED_LENGTH: u8 = 0x10;
/// Stands for an AS number that does not fit two bytes (RFC 6793 §9).
const AS_TRANS: u32 = 23_456;
/// Kinds of path segment (RFC 4271 §4.3).
const AS_SET: u8 = 1;
const AS_SEQUENCE: u8 = 2;

/// The columns of a prefix.
pub(super) fn rules(feed: &Feed) -> Rules<'_> {
    Rules::with_columns(feed, vec![Column::Asn])
}

/// One record: where its content lies.
#[derive(Clone, Debug)]
struct Record {
    kind: u16,
    subtype: u16,
    content: Range<usize>,
}

/// Reads a table.
pub(super) fn read<'r>(file: &File<'_>, rules: &'r Rules<'r>, reading: &mut Reading<'_, 'r>) {
    let (records, rest) = records(file.bytes);
    let chunks = chunks(file, &records);
    let mut parts: Vec<Part<'r>> = chunks
        .par_iter()
        .map(|chunk| {
            let mut part = Part::new(rules, file.idx);
            let mut table = Table { bytes: file.bytes, origins: Vec::new(), open: None };
            for (number, record) in (1..).zip(&records[chunk.clone()]) {
                table.record(number, record, &mut part);
            }
            table.close(&mut part);
            part.n_lines = chunk.len() as u64;
            part.seal()
        })
        .collect();
    if !rest.is_empty() {
        let mut part = Part::new(rules, file.idx);
        part.fault(1, CUT, || Cow::Borrowed(rest));
        parts.push(part.seal());
    }
    (reading.take)(parts);
}

/// Finds the records; also returns what is left behind the last whole one.
fn records(bytes: &[u8]) -> (Vec<Record>, &[u8]) {
    let mut records = Vec::new();
    let mut at = 0;
    while let Some(header) = bytes.get(at..at + HEADER) {
        let [_, _, _, _, k0, k1, s0, s1, l0, l1, l2, l3] = *header else { break };
        let start = at + HEADER;
        let len = u32::from_be_bytes([l0, l1, l2, l3]) as usize;
        let Some(end) = start.checked_add(len).filter(|end| *end <= bytes.len()) else { break };
        let (kind, subtype) = (u16::from_be_bytes([k0, k1]), u16::from_be_bytes([s0, s1]));
        records.push(Record { kind, subtype, content: start..end });
        at = end;
    }
    (records, &bytes[at..])
}

/// Cuts the records into chunks; those of one prefix, which only TABLE_DUMP has several of,
/// stay together.
fn chunks(file: &File<'_>, records: &[Record]) -> Vec<Range<usize>> {
    let prefix_of = |record| prefix_of(file.bytes, record);
    let mut chunks = Vec::new();
    let mut start = 0;
    for idx in 1..=records.len() {
        let n_bytes = records[idx - 1].content.end - records[start].content.start;
        let is_whole = match records.get(idx) {
            None => true,
            Some(_) if n_bytes < file.sizes.chunk_bytes => false,
            Some(next) => {
                next.kind != TABLE_DUMP || prefix_of(next) != prefix_of(&records[idx - 1])
            }
        };
        if is_whole {
            chunks.push(start..idx);
            start = idx;
        }
    }
    chunks
}

/// What a record of TABLE_DUMP is about: family, prefix and length.
fn prefix_of<'a>(bytes: &'a [u8], record: &Record) -> Option<(u16, &'a [u8])> {
    let n_bytes = if record.subtype == 1 { 4 } else { 16 };
    let prefix = bytes[record.content.clone()].get(4..4 + n_bytes + 1)?;
    (record.kind == TABLE_DUMP).then_some((record.subtype, prefix))
}

/// The records of a chunk, one after the other.
struct Table<'a> {
    bytes: &'a [u8],
    /// The origins that the peers see, one each.
    origins: Vec<u32>,
    /// TABLE_DUMP: the prefix whose records are being read, and the number of the first.
    open: Option<(u64, (u16, &'a [u8]))>,
}

impl<'a> Table<'a> {
    fn record(&mut self, number: u64, record: &Record, part: &mut Part<'_>) {
        if record.kind == TABLE_DUMP && matches!(record.subtype, 1 | 2) {
            return self.table_dump(number, record, part);
        }
        self.close(part);
        let content = Bytes(&self.bytes[record.content.clone()]);
        match (record.kind, record.subtype) {
            // PEER_INDEX_TABLE, GEO_PEER_TABLE: who the peers are, not what they see.
            (TABLE_DUMP_V2, 1 | 7) => {}
            (TABLE_DUMP_V2, 2) => self.rib(number, 4, false, content, part),
            (TABLE_DUMP_V2, 4) => self.rib(number, 16, false, content, part),
            // With several paths of one peer (RFC 8050 §4).
            (TABLE_DUMP_V2, 8) => self.rib(number, 4, true, content, part),
            (TABLE_DUMP_V2, 10) => self.rib(number, 16, true, content, part),
            (TABLE_DUMP_V2, 3 | 5 | 6 | 9 | 11 | 12) => part.valueless(),
            (kind, subtype) => part.fault(number, UNKNOWN, || {
                Cow::Owned(format!("type {kind}, subtype {subtype}").into_bytes())
            }),
        }
    }

    /// A prefix as all peers see it.
    fn rib(
        &mut self,
        number: u64,
        n_addr_bytes: usize,
        has_paths: bool,
        mut content: Bytes<'a>,
        part: &mut Part<'_>,
    ) {
        let mut read = || {
            content.take(4)?;
            let len = content.byte()?;
            let prefix = content.take(usize::from(len).div_ceil(8))?;
            for _ in 0..content.number()? {
                content.take(if has_paths { 10 } else { 6 })?;
                let n_bytes = content.number()?;
                let attributes = Bytes(content.take(usize::from(n_bytes))?);
                self.origins.extend(origin(attributes, 4)?);
            }
            Some((prefix, len))
        };
        let Some((prefix, len)) = read() else {
            self.origins.clear();
            return part.fault(number, DAMAGED, || Cow::Borrowed(content.0));
        };
        self.prefix(number, n_addr_bytes, prefix, len, part);
    }

    /// A prefix as one peer sees it.
    fn table_dump(&mut self, number: u64, record: &Record, part: &mut Part<'_>) {
        let Some(prefix) = prefix_of(self.bytes, record) else {
            self.close(part);
            return part.fault(number, DAMAGED, || Cow::Borrowed(b""));
        };
        if self.open.is_none_or(|(_, open)| open != prefix) {
            self.close(part);
            self.open = Some((number, prefix));
        }
        let n_addr_bytes = prefix.1.len() - 1;
        let mut content = Bytes(&self.bytes[record.content.clone()]);
        let mut read = || {
            // To the prefix, it and its length, status and time, and the peer.
            content.take(4 + n_addr_bytes + 1 + 5 + n_addr_bytes + 2)?;
            let n_bytes = content.number()?;
            origin(Bytes(content.take(usize::from(n_bytes))?), 2)
        };
        match read() {
            Some(origin) => self.origins.extend(origin),
            None => part.fault(number, DAMAGED, || Cow::Borrowed(prefix.1)),
        }
    }

    /// No record of the open prefix follows.
    fn close(&mut self, part: &mut Part<'_>) {
        if let Some((number, (_, prefix))) = self.open.take()
            && let Some((len, prefix)) = prefix.split_last()
        {
            self.prefix(number, prefix.len(), prefix, *len, part);
        }
    }

    fn prefix(
        &mut self,
        number: u64,
        n_addr_bytes: usize,
        prefix: &[u8],
        len: u8,
        part: &mut Part<'_>,
    ) {
        let origin = most_seen(&mut self.origins);
        self.origins.clear();
        let mut addr = [0; 16];
        let n_bytes = prefix.len().min(16);
        addr[16 - n_addr_bytes..]
            .iter_mut()
            .zip(&prefix[..n_bytes])
            .for_each(|(to, byte)| *to = *byte);
        let addr = u128::from_be_bytes(addr);
        let addr = if n_addr_bytes == 4 { Addr::V4(addr as u32) } else { Addr::V6(addr) };
        let shown = || {
            Cow::Owned(match addr {
                Addr::V4(addr) => format!("{}/{len}", Ipv4Addr::from_bits(addr)).into_bytes(),
                Addr::V6(addr) => format!("{}/{len}", Ipv6Addr::from_bits(addr)).into_bytes(),
            })
        };
        match block::of_prefix(addr, len).and_then(|read| part.admit(read)) {
            Ok(read) => match origin {
                Some(origin) => {
                    let rules = part.rules;
                    let label = || rules.label(&[origin.to_string()]);
                    let meaning = part.labels.meaning(&origin.to_be_bytes(), label);
                    part.entry(number, read, meaning, shown);
                }
                None => part.valueless(),
            },
            Err(reason) => part.fault(number, reason, shown),
        }
    }
}

/// The origin that is there most often, of several the smallest.
fn most_seen(origins: &mut [u32]) -> Option<u32> {
    let first = *origins.first()?;
    if origins.iter().all(|origin| *origin == first) {
        return Some(first);
    }
    origins.sort_unstable();
    let runs = origins.chunk_by(|one, other| one == other);
    // The first of those with the most: `max_by_key` would take the last.
    let most = runs.reduce(|most, run| if run.len() > most.len() { run } else { most });
    most.and_then(|run| run.first().copied())
}

/// The AS that a path ends in: `None` if the attributes are damaged, `Some(None)` if there is none.
fn origin(mut attributes: Bytes<'_>, n_asn_bytes: usize) -> Option<Option<u32>> {
    let (mut origin, mut long) = (None, None);
    while !attributes.0.is_empty() {
        let flags = attributes.byte()?;
        let kind = attributes.byte()?;
        let len = if flags & EXTENDED_LENGTH == 0 {
            usize::from(attributes.byte()?)
        } else {
            usize::from(attributes.number()?)
        };
        let value = Bytes(attributes.take(len)?);
        match kind {
            AS_PATH => origin = end_of_path(value, n_asn_bytes)?,
            AS4_PATH => long = end_of_path(value, 4)?,
            _ => {}
        }
    }
    Some(if origin == Some(AS_TRANS) { long.or(origin) } else { origin })
}

/// The last AS of a path, unless it ends in a set of several.
fn end_of_path(mut path: Bytes<'_>, n_asn_bytes: usize) -> Option<Option<u32>> {
    let mut end = None;
    while !path.0.is_empty() {
        let kind = path.byte()?;
        let n_asns = usize::from(path.byte()?);
        let asns = path.take(n_asns * n_asn_bytes)?;
        let last = asns.rchunks_exact(n_asn_bytes).next();
        let last = last.map(|asn| asn.iter().fold(0, |asn, byte| asn << 8 | u32::from(*byte)));
        end = match kind {
            AS_SEQUENCE => last.or(end),
            AS_SET if n_asns == 1 => last,
            AS_SET => None,
            // Segments of a confederation are its own business (RFC 5065 §5).
            _ => end,
        };
    }
    Some(end)
}

/// Bytes that are taken from the front; `None` where there are too few.
#[derive(Clone, Copy, Debug)]
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn number(&mut self) -> Option<u16> {
        self.take(2).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::fixture::feed;
    use crate::feed::{Column, Feed, Format, Kind};
    use crate::parse::fixture::check;

    fn record(kind: u16, subtype: u16, content: &[u8]) -> Vec<u8> {
        let head = [&[0; 4][..], &kind.to_be_bytes(), &subtype.to_be_bytes()].concat();
        [&head, &(content.len() as u32).to_be_bytes()[..], content].concat()
    }

    /// An AS path of one segment, as an attribute, after another one of extended length.
    fn path(attribute: u8, segment: u8, n_asn_bytes: usize, asns: &[u32]) -> Vec<u8> {
        let mut path = vec![segment, asns.len() as u8];
        path.extend(asns.iter().flat_map(|asn| asn.to_be_bytes()[4 - n_asn_bytes..].to_vec()));
        let head = [0x50, 8, 0, 1, 0, 0x40, attribute, path.len() as u8];
        [&head[..], &path].concat()
    }

    fn sequence(asns: &[u32]) -> Vec<u8> {
        path(2, 2, 4, asns)
    }

    /// A record of TABLE_DUMP_V2: the prefix as it stands there, and what each peer sees.
    fn rib(subtype: u16, prefix: &[u8], peers: &[Vec<u8>]) -> Vec<u8> {
        let mut content = [&[0; 4], prefix, &(peers.len() as u16).to_be_bytes()].concat();
        for attributes in peers {
            content.extend([0; 6]);
            if subtype >= 8 {
                content.extend([0; 4]);
            }
            content.extend((attributes.len() as u16).to_be_bytes());
            content.extend(attributes);
        }
        record(13, subtype, &content)
    }

    /// A record of TABLE_DUMP, IPv4.
    fn dump(prefix: [u8; 5], attributes: &[u8]) -> Vec<u8> {
        let head = [&[0; 4][..], &prefix, &[1], &[0; 4], &[0; 4], &[0; 2]].concat();
        record(12, 1, &[&head, &(attributes.len() as u16).to_be_bytes()[..], attributes].concat())
    }

    fn table() -> Feed {
        Feed { attributes: vec![Column::Asn], ..feed(Format::Mrt, Kind::Assignment) }
    }

    #[test]
    fn the_origin_is_what_most_peers_see() {
        let doc = [24, 192, 0, 2];
        let set = path(2, 1, 4, &[64_500, 64_501]);
        let bytes = [
            record(13, 1, b"peers"),
            rib(2, &doc, &[sequence(&[1, 64_497]), sequence(&[2, 64_496]), sequence(&[64_497])]),
            rib(2, &[24, 198, 51, 100], &[sequence(&[1, 64_499]), sequence(&[64_498])]),
            rib(4, &[32, 0x20, 1, 0xd, 0xb8], &[set.clone(), sequence(&[64_496]), set.clone()]),
            rib(8, &[25, 203, 0, 113, 128], &[sequence(&[64_502])]),
            rib(2, &doc, &[set, Vec::new()]),
            rib(3, &doc, &[sequence(&[1])]),
        ];
        check(
            &table(),
            bytes.concat(),
            &[
                "192.0.2.0/24 AS64497",
                "198.51.100.0/24 AS64498",
                "203.0.113.128/25 AS64502",
                "2001:db8::/32 AS64496",
                "2 valueless",
            ],
        );
    }

    #[test]
    fn the_records_of_a_prefix_count_together() {
        let short = |asns: &[u32]| path(2, 2, 2, asns);
        let long = [short(&[7, 23_456]), path(17, 2, 4, &[4_200_000_001])].concat();
        let bytes = [
            dump([192, 0, 2, 0, 24], &short(&[64_497])),
            dump([192, 0, 2, 0, 24], &short(&[7, 64_496])),
            dump([192, 0, 2, 0, 24], &short(&[8, 64_496])),
            dump([192, 0, 2, 0, 25], &long),
        ];
        check(&table(), bytes.concat(), &["192.0.2.0/24 AS64496", "192.0.2.0/25 AS4200000001"]);
    }

    #[test]
    fn damage_is_told_and_the_rest_is_read() {
        let whole = rib(2, &[24, 192, 0, 2], &[sequence(&[64_496])]);
        let mut lying = whole.clone();
        lying[21] = 9; // entries
        let bytes = [
            lying,
            record(16, 4, b""),
            rib(2, &[33, 192, 0, 2, 0, 0], &[]),
            rib(2, &[0], &[sequence(&[64_496])]),
            record(12, 1, b"x"),
            whole.clone(),
            b"cut".to_vec(),
        ];
        let expected = [
            "192.0.2.0/24 AS64496",
            "f:1: ``: the record is shorter than what it says it holds",
            "f:2: `type 16, subtype 4`: expected a record of type TABLE_DUMP or TABLE_DUMP_V2",
            "f:3: `192.0.2.0/33`: prefix length above 32",
            "f:4: `0.0.0.0/0`: broader than the feed's min_prefix_v4",
            "f:5: ``: the record is shorter than what it says it holds",
            "f:7: `cut`: the file ends within a record; was it cut short?",
        ];
        check(&table(), bytes.concat(), &expected);
    }
}
