//! A whole file: search tree, separator, data section, metadata.
//!
//! Canonical: the bytes are a pure function of the runs, their values and the
//! metadata. Nodes are numbered in pre-order, values lie in the order of first
//! use by ascending address, the record size is the smallest that fits.

use crate::base::{Run, V4, V6};
use crate::mmdb::{Draft, Metadata, Pool, RecordSize};

/// What a database says: sorted, disjoint, joined runs, their values indices into the pool.
///
/// Whatever `v6` says of `::/96` and its aliases is dropped: that is IPv4's place.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'p, 'r> {
    /// The values.
    pub pool: &'p Pool,
    /// IPv4.
    pub v4: &'r [Run<V4>],
    /// IPv6.
    pub v6: &'r [Run<V6>],
}

/// A database, written.
#[derive(Clone, Debug)]
pub struct Database<B = Vec<u8>> {
    /// The file.
    pub bytes: B,
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

/// Writes a database.
///
/// # Errors
/// If node count and data section together pass what 32 bits can say, or a value is
/// larger than the format's largest.
pub fn write(contents: Contents<'_, '_>, metadata: &Metadata) -> Result<Database, CapacityError> {
    let draft = Draft::new(contents, metadata)?;
    Ok(draft.write(vec![0; draft.n_bytes()]))
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
