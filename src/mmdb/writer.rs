//! A whole file: search tree, separator, data section, metadata.
//!
//! Canonical: the bytes are a pure function of the runs, their values and the
//! metadata. Nodes are numbered in pre-order, values lie in the order of first
//! use by ascending address, the record size is the smallest that fits.

use rayon::prelude::*;

use crate::base::{Run, V4, V6};
use crate::mmdb::alias::{DEPTH_OF_V4, graft, uniform};
use crate::mmdb::metadata::Shape;
use crate::mmdb::tree::{Piece, Record, Target, Tree};
use crate::mmdb::{DataWriter, Metadata, Pool, RecordSize, SEPARATOR, ValueId};

/// What a database says: sorted, disjoint, joined runs, their values indices into the pool.
///
/// Whatever `v6` says of `::/96` and its aliases is dropped: that is IPv4's place.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// The values.
    pub pool: &'a Pool,
    /// IPv4.
    pub v4: &'a [Run<V4>],
    /// IPv6.
    pub v6: &'a [Run<V6>],
}

/// A database, written.
#[derive(Clone, Debug)]
pub struct Database {
    /// The file.
    pub bytes: Vec<u8>,
    /// Nodes of the search tree.
    pub n_nodes: u64,
    /// Distinct records in the data section.
    pub n_records: u64,
    /// Networks with a record, IPv4's aliases not counted.
    pub n_networks: u64,
    /// Bits of a record.
    pub record_size: RecordSize,
}

/// A database too large for the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CapacityError {
    /// Too many nodes and values.
    #[error(
        "{n_nodes} nodes and {data_bytes} bytes of data; a record of 32 bits cannot point at the last of them"
    )]
    File {
        /// Nodes of the search tree.
        n_nodes: u64,
        /// Bytes of the data section.
        data_bytes: u64,
    },
    /// A value that is too long.
    #[error("a text, map or array of size {size}; {limit} is the largest that the format can say")]
    Value {
        /// Bytes of the text, or entries.
        size: usize,
        /// The largest there is.
        limit: usize,
    },
}

/// The value that stands for "IPv4's root" among the values of IPv6 runs.
const GRAFT: u32 = Record::MAX;

/// Writes a database.
///
/// # Errors
/// If node count and data section together pass what 32 bits can say, or a value is
/// larger than the format's largest.
pub fn write(contents: Contents<'_>, metadata: &Metadata) -> Result<Database, CapacityError> {
    let v4_uniform = uniform(contents.v4);
    let v6 = graft(contents.v6, v4_uniform.unwrap_or(Some(GRAFT)));
    let ((head, tail), data) = rayon::join(
        || {
            if v4_uniform.is_some() {
                return (None, Tree::build(&v6));
            }
            let (v4, v6) = rayon::join(|| Tree::build(contents.v4), || Tree::build(&v6));
            (Some(v4), v6)
        },
        || data_section(contents.pool, contents.v4, &v6),
    );
    let (data, offsets, n_records) = data?;
    let trees = Trees { v4: head, v6: tail };
    let n_nodes = trees.n_nodes();
    let n_networks = trees.n_networks();
    let largest = (n_nodes + SEPARATOR.len() + data.len()) as u64;
    let record_size = RecordSize::fitting(largest)
        .ok_or(CapacityError::File { n_nodes: n_nodes as u64, data_bytes: data.len() as u64 })?;

    let tree_bytes = n_nodes * record_size.node_bytes();
    let mut bytes = Vec::with_capacity(tree_bytes + SEPARATOR.len() + data.len() + 512);
    bytes.resize(tree_bytes, 0);
    let leaves = Leaves { empty: n_nodes as u32, offsets: &offsets };
    trees.encode(record_size, leaves, &mut bytes);
    drop(trees);
    bytes.extend_from_slice(&SEPARATOR);
    bytes.extend_from_slice(&data);
    metadata.write(Shape { n_nodes: n_nodes as u32, record_size }, &mut bytes)?;
    Ok(Database {
        bytes,
        n_nodes: n_nodes as u64,
        n_records: n_records as u64,
        n_networks,
        record_size,
    })
}

/// The section's bytes, each value's offset by id, and the number of records.
fn data_section(
    pool: &Pool,
    v4: &[Run<V4>],
    v6: &[Run<V6>],
) -> Result<(Vec<u8>, Vec<u32>, usize), CapacityError> {
    let mut data = DataWriter::new(pool);
    // `::/96` comes first in address order, and so do its values.
    let values = v4.iter().map(|run| run.value).chain(v6.iter().map(|run| run.value));
    for value in values {
        if value != GRAFT {
            data.record(ValueId(value));
        }
    }
    let n_records = data.n_records();
    let (bytes, offsets) = data.finish()?;
    Ok((bytes, offsets, n_records))
}

/// The two trees that make one: IPv4's nodes stand between those on the path to
/// `::/96` and the rest of IPv6's, as pre-order has it.
struct Trees {
    v4: Option<Tree>,
    v6: Tree,
}

/// What leaf records say.
#[derive(Clone, Copy)]
struct Leaves<'a> {
    /// Node count, which is also the record for "nothing".
    empty: u32,
    /// Offset of each value in the data section.
    offsets: &'a [u32],
}

impl Trees {
    fn n_v4(&self) -> usize {
        self.v4.as_ref().map_or(0, |tree| tree.n_nodes)
    }

    fn n_nodes(&self) -> usize {
        self.n_v4() + self.v6.n_nodes
    }

    fn n_networks(&self) -> u64 {
        let of_tree = |tree: &Tree| {
            let records =
                tree.pieces.par_iter().flat_map_iter(|piece| piece.nodes.iter().flatten());
            records
                .filter(|record| matches!(record.target(), Target::Value(v) if v != GRAFT))
                .count()
        };
        (self.v4.as_ref().map_or(0, of_tree) + of_tree(&self.v6)) as u64
    }

    fn encode(&self, size: RecordSize, leaves: Leaves<'_>, out: &mut [u8]) {
        let n_v4 = self.n_v4();
        let v6_number = |number: usize| if number < DEPTH_OF_V4 { number } else { number + n_v4 };
        let v4_number = |number: usize| number + DEPTH_OF_V4;

        let (path, rest) = out.split_at_mut(self.v6.n_nodes.min(DEPTH_OF_V4) * size.node_bytes());
        let (v4, rest) = rest.split_at_mut(n_v4 * size.node_bytes());
        let mut chunks = Vec::new();
        cut(&self.v6.pieces, 0..DEPTH_OF_V4, size, path, &mut chunks);
        cut(&self.v6.pieces, DEPTH_OF_V4..usize::MAX, size, rest, &mut chunks);
        chunks.into_par_iter().for_each(|chunk| chunk.encode(size, leaves, v6_number));
        if let Some(tree) = &self.v4 {
            let mut chunks = Vec::new();
            cut(&tree.pieces, 0..usize::MAX, size, v4, &mut chunks);
            chunks.into_par_iter().for_each(|chunk| chunk.encode(size, leaves, v4_number));
        }
    }
}

/// Nodes of one piece and the bytes they go to.
struct Chunk<'a> {
    nodes: &'a [[Record; 2]],
    origin: usize,
    out: &'a mut [u8],
}

/// Pairs the pieces' nodes whose numbers lie in `numbers` with their bytes in `out`.
fn cut<'a>(
    pieces: &'a [Piece],
    numbers: std::ops::Range<usize>,
    size: RecordSize,
    mut out: &'a mut [u8],
    chunks: &mut Vec<Chunk<'a>>,
) {
    for piece in pieces {
        let end = piece.base + piece.nodes.len();
        let (from, to) = (piece.base.max(numbers.start), end.min(numbers.end));
        if from < to {
            let nodes = &piece.nodes[from - piece.base..to - piece.base];
            let (mine, rest) = out.split_at_mut(nodes.len() * size.node_bytes());
            out = rest;
            chunks.push(Chunk { nodes, origin: piece.origin, out: mine });
        }
    }
}

impl Chunk<'_> {
    fn encode(self, size: RecordSize, leaves: Leaves<'_>, number: impl Fn(usize) -> usize) {
        let record = |record: Record| match record.target() {
            Target::Empty => leaves.empty,
            Target::Node(node) => number(node as usize + self.origin) as u32,
            // IPv4's root is the first node after the path to it.
            Target::Value(GRAFT) => DEPTH_OF_V4 as u32,
            Target::Value(value) => {
                leaves.empty + SEPARATOR.len() as u32 + leaves.offsets[value as usize]
            }
        };
        for (node, out) in self.nodes.iter().zip(self.out.chunks_exact_mut(size.node_bytes())) {
            size.encode(node.map(record), out);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use crate::base::{Family, Range, Run, V4, V6, push_joined};
    use crate::mmdb::{self, Contents, Metadata, Pool, Reader, Value, is_v4_place};

    fn metadata() -> Metadata {
        Metadata { database_type: "Test".into(), description: "A test".into(), build_epoch: 1 }
    }

    /// Runs over a small part of the space whose ends fall on many bit positions.
    fn runs<F: Family>(place: impl Fn(u32) -> F::Addr) -> impl Strategy<Value = Vec<Run<F>>> {
        let place = move |cuts: Vec<(u32, Option<u8>)>| {
            let mut cuts: Vec<_> = cuts.into_iter().collect();
            cuts.sort_unstable();
            cuts.dedup_by_key(|cut| cut.0);
            let mut runs = Vec::new();
            for pair in cuts.windows(2) {
                if let Some(value) = pair[0].1 {
                    let range =
                        Range::new(place(pair[0].0), place(pair[1].0 - 1)).expect("in order");
                    push_joined(&mut runs, Run::new(range, u32::from(value)));
                }
            }
            runs
        };
        prop::collection::vec((0_u32..4096, prop::option::of(0_u8..5)), 0..40).prop_map(place)
    }

    proptest! {
        #[test]
        fn every_address_is_read_back(
            // Ascending in `n`, low bits scattered.
            v4 in runs::<V4>(|n| n << 20 | n.wrapping_mul(0x9E37_79B9) >> 12 >> (n % 21)),
            v6 in runs::<V6>(|n| u128::from(n) << 116 | u128::MAX / 7 >> (n % 117) >> 12),
            asked in prop::collection::vec(any::<(u32, u128)>(), 20),
        ) {
            let mut pool = Pool::new();
            for value in 0..5 {
                pool.uint16(value);
            }
            let contents = Contents { pool: &pool, v4: &v4, v6: &v6 };
            let database = mmdb::write(contents, &metadata()).expect("fits");
            prop_assert_eq!(mmdb::check(&database.bytes), Vec::<String>::new());
            let ours = Reader::open(&database.bytes).expect("opens");
            let theirs = maxminddb::Reader::from_source(&database.bytes[..]).expect("opens");

            let edges4 = v4.iter().flat_map(|run| [run.first, run.last, run.last.wrapping_add(1)]);
            for addr in edges4.chain(asked.iter().map(|pair| pair.0)) {
                let expected = v4.iter().find(|run| run.range().contains(addr)).map(|run| run.value);
                let mapped = u128::from(addr) | 0xffff << 32;
                let teredo = 0x2001_0000 << 96 | u128::from(addr) << 64 | 7;
                let sixtofour = 0x2002 << 112 | u128::from(addr) << 80 | 7;
                let forms = [mapped, teredo, sixtofour].map(|bits| Ipv6Addr::from_bits(bits).into());
                for ip in forms.into_iter().chain([IpAddr::from(Ipv4Addr::from_bits(addr))]) {
                    let theirs: Option<u16> = theirs.lookup(ip).expect("found").decode().expect("decodes");
                    prop_assert_eq!(theirs.map(u32::from), expected, "{}", ip);
                    let found = ours.lookup(ip).expect("found");
                    let value = found.offset.map(|offset| ours.decode(offset).expect("decodes"));
                    prop_assert_eq!(value, expected.map(|v| Value::Uint16(v as u16)), "{}", ip);
                }
            }
            let edges6 = v6.iter().flat_map(|run| [run.first, run.last, run.last.wrapping_add(1)]);
            for addr in edges6.chain(asked.iter().map(|pair| pair.1)).filter(|&addr| !is_v4_place(addr)) {
                let expected = v6.iter().find(|run| run.range().contains(addr)).map(|run| run.value);
                let ip = IpAddr::from(Ipv6Addr::from_bits(addr));
                let theirs: Option<u16> = theirs.lookup(ip).expect("found").decode().expect("decodes");
                prop_assert_eq!(theirs.map(u32::from), expected, "{}", ip);
            }
            let networks = ours.networks().collect::<Result<Vec<_>, _>>().expect("walks").len() as u64;
            prop_assert_eq!(networks, database.n_networks);
        }

        #[test]
        fn hostile_files_are_refused_not_obeyed(
            cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        ) {
            let mut pool = Pool::new();
            let key = pool.utf8("k");
            let value = pool.uint16(7);
            let map = pool.map(&[(key, value)]);
            let list = pool.array(&[map, map]);
            let v4 = [Run { first: 0x0100_0000, last: 0x0100_00ff, value: list.0 }];
            let v6 = [Run { first: 1 << 125, last: (1 << 125) + 255, value: map.0 }];
            let contents = Contents { pool: &pool, v4: &v4, v6: &v6 };
            let mut bytes = mmdb::write(contents, &metadata()).expect("fits").bytes;
            for (at, byte) in cuts {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _ = mmdb::check(&bytes);
            if let Ok(reader) = Reader::open(&bytes) {
                for network in reader.networks().take(1000).flatten() {
                    let _ = reader.decode(network.1);
                }
            }
        }
    }

    #[test]
    fn a_large_tree_is_the_same_in_pieces() {
        // More runs than a piece holds, so that the space is cut; every second /24.
        let v4: Vec<Run<V4>> = (0_u32..60_000)
            .map(|n| Run { first: n << 9, last: (n << 9) + 255, value: n % 3 })
            .collect();
        let mut pool = Pool::new();
        for value in 0..3 {
            pool.uint16(value);
        }
        let contents = Contents { pool: &pool, v4: &v4, v6: &[] };
        let database = mmdb::write(contents, &metadata()).expect("fits");
        assert_eq!(mmdb::check(&database.bytes), Vec::<String>::new());
        assert_eq!(database.n_networks, 60_000);
        let reader = Reader::open(&database.bytes).expect("opens");
        for run in &v4 {
            let found = reader.lookup(Ipv4Addr::from_bits(run.first + 7).into()).expect("found");
            let value = reader.decode(found.offset.expect("a record")).expect("decodes");
            assert_eq!(value, Value::Uint16(run.value as u16));
            assert_eq!(found.prefix_len, 24);
        }
    }
}
