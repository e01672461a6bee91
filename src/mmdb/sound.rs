//! The checker's quick way: says at once that a file is sound, if it is made as ours are.
//!
//! In such a file every pointer leads to a value before it, and every record to a node of a larger number, but
//! for those outside of IPv4's tree that lead to its root. So there are no circles, and one pass over the nodes
//! and one over the data section find out the rest. Of what this way cannot vouch for, sound or not, it says
//! nothing: that is for [`check`](crate::mmdb::check()) to judge.

use crate::mmdb::decode::{self, Head};
use crate::mmdb::tree::records;
use crate::mmdb::{MAX_DEPTH, Reader, RecordSize, SEPARATOR, Type};

/// Whether tree and data are as ours are, and nothing is wrong with them.
pub(super) fn is_sound(reader: &Reader<'_>) -> bool {
    let tree = || match reader.record_size() {
        RecordSize::Bits24 => led_to::<6>(reader),
        RecordSize::Bits28 => led_to::<7>(reader),
        RecordSize::Bits32 => led_to::<8>(reader),
    };
    let (led_to, records) = rayon::join(tree, || Section::records(reader.data()));
    led_to.is_some() && led_to == records
}

/// Offsets of a data section, a bit for each.
#[derive(PartialEq, Eq)]
struct Offsets(Vec<u64>);

impl Offsets {
    fn none(data: &[u8]) -> Self {
        Self(vec![0; data.len().div_ceil(64)])
    }

    fn add(&mut self, offset: usize) {
        self.0[offset / 64] |= 1 << (offset % 64);
    }
}

/// The data offsets that records lead to, if the tree is sound.
fn led_to<const N: usize>(reader: &Reader<'_>) -> Option<Offsets> {
    let n_nodes = reader.n_nodes();
    let data = reader.data();
    let (v4_root, bits) =
        if reader.ip_version() == 6 { (reader.v4_root(), 128) } else { (n_nodes, 32) };
    let mut places = vec![Place::UNKNOWN; n_nodes as usize];
    places[0] = Place::ROOT;
    let mut offsets = Offsets::none(data);
    let [tree, ..] = reader.before_metadata();
    for (node, bytes) in (0..).zip(tree.as_chunks::<N>().0) {
        let place = places[node as usize];
        if place == Place::UNKNOWN {
            return None;
        }
        for record in records(bytes) {
            if record < n_nodes {
                let next = &mut places[record as usize];
                if record == v4_root {
                    let root = place.v4_root()?;
                    // Where it has been left behind, all below it has: nothing may be new then.
                    if record > node {
                        *next = next.or(root);
                    } else if next.or(root) != *next {
                        return None;
                    }
                } else if record > node && place.levels() < bits {
                    *next = next.or(place.below());
                } else {
                    return None;
                }
            } else if record > n_nodes {
                let offset = ((record - n_nodes) as usize).checked_sub(SEPARATOR.len())?;
                if offset >= data.len() {
                    return None;
                }
                offsets.add(offset);
            }
        }
    }
    Some(offsets)
}

/// How far down a node lies: levels of nodes on the longest way from the root, this one included. In IPv4's
/// tree within IPv6's, where they are 97 to 128, 32 more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place(u8);

impl Place {
    /// No record has led there.
    const UNKNOWN: Self = Self(0);
    const ROOT: Self = Self(1);

    fn is_v4(self) -> bool {
        self.0 > 128
    }

    fn levels(self) -> u8 {
        if self.is_v4() { self.0 - 32 } else { self.0 }
    }

    /// One level further down.
    fn below(self) -> Self {
        Self(self.0 + 1)
    }

    /// That of IPv4's root, if a record here leads to it; not from below it, in a circle.
    fn v4_root(self) -> Option<Self> {
        // There is a way of 96 nodes to it.
        (self.0 < 128).then(|| Self(self.0.max(96) + 1 + 32))
    }

    /// Of two ways to a node the longer one; what is in IPv4's tree by one of them is in it.
    #[inline]
    fn or(self, other: Self) -> Self {
        let longer = self.levels().max(other.levels());
        if self.is_v4() || other.is_v4() { Self(longer + 32) } else { Self(longer) }
    }
}

/// A data section that is read from end to end.
struct Section<'a> {
    data: &'a [u8],
    /// What begins at each offset.
    read: Vec<Read>,
}

/// What is known of an offset: nothing, or that a value begins there and what its height is, which is levels
/// of values in it, pointers followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Read(u8);

impl Read {
    const NOTHING: Self = Self(0);
    /// A text, whose height is 0.
    const TEXT: Self = Self(u8::MAX);

    fn of(height: u8) -> Self {
        Self(height + 1) // at most `MAX_DEPTH` and 1
    }

    fn height(self) -> u8 {
        if self == Self::TEXT { 0 } else { self.0 - 1 }
    }
}

impl<'a> Section<'a> {
    /// Where its records begin, if all of them are sound.
    fn records(data: &'a [u8]) -> Option<Offsets> {
        let mut section = Self { data, read: vec![Read::NOTHING; data.len()] };
        let mut records = Offsets::none(data);
        let mut offset = 0;
        while offset < data.len() {
            records.add(offset);
            (_, offset) = section.value(offset, 0)?;
        }
        Some(records)
    }

    /// Returns what stands at the offset, or what the pointer there leads to, and the offset after it.
    fn value(&mut self, offset: usize, level: usize) -> Option<(Read, usize)> {
        let Head { kind, size, mut next } = decode::head(self.data, offset).ok()?;
        let read = match kind {
            Type::Pointer => {
                // What is still being read is as unknown as what comes later.
                let read = *self.read.get(size)?;
                let fits = read != Read::NOTHING && level + usize::from(read.height()) <= MAX_DEPTH;
                return fits.then_some((read, next));
            }
            _ if level > MAX_DEPTH => return None,
            Type::Map | Type::Array => {
                let mut height = 0;
                for _ in 0..size {
                    if kind == Type::Map {
                        let (key, after) = self.value(next, level + 1)?;
                        if key != Read::TEXT {
                            return None;
                        }
                        next = after;
                        height = height.max(1);
                    }
                    let (value, after) = self.value(next, level + 1)?;
                    next = after;
                    height = height.max(value.height() + 1);
                }
                Read::of(height)
            }
            Type::Utf8 => {
                let text = &self.data[next..next + size];
                if !text.is_ascii() && std::str::from_utf8(text).is_err() {
                    return None;
                }
                next += size;
                Read::TEXT
            }
            Type::Bool => Read::of(0),
            // Of numbers and bytes all are sound whose heads are.
            _ => {
                next += size;
                Read::of(0)
            }
        };
        self.read[offset] = read;
        Some((read, next))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::mmdb::mutant::mutants;
    use crate::mmdb::{Reader, check, sound};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn what_is_sound_has_no_problems(mutant in mutants()) {
            let Ok(reader) = Reader::open(&mutant.bytes) else { return Ok(()) };
            let is_sound = sound::is_sound(&reader);
            let mut problems = Vec::new();
            check::contents(&reader, &mut problems);
            if is_sound {
                prop_assert_eq!(problems, Vec::<String>::new());
            } else if mutant.is_ours {
                prop_assert!(false, "found unsound: {problems:?}");
            }
        }
    }
}
