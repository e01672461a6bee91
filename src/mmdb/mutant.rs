//! Files for tests: ours, damaged in a few places, so that many are still sound, and small trees of any shape.

use proptest::prelude::*;

use crate::base::{Address, Family, Run, V4, V6, push_joined};
use crate::mmdb::{
    Contents, DEPTH_OF_V4, METADATA_MARKER, Metadata, Pool, Reader, RecordSize, SEPARATOR, ValueId,
    write,
};

#[derive(Clone, Debug)]
pub(super) struct Mutant {
    pub(super) bytes: Vec<u8>,
    /// Whether it is as it was written.
    pub(super) is_ours: bool,
}

/// Files that are hostile, or nearly not.
pub(super) fn mutants() -> impl Strategy<Value = Mutant> {
    prop_oneof![written(), wild()]
}

/// Files of ours in which a few records or bytes of data were changed, or none.
fn written() -> impl Strategy<Value = Mutant> {
    let change = (any::<bool>(), any::<prop::sample::Index>(), any::<u32>());
    let changes = prop::collection::vec(change, 0..4);
    (runs::<V4>(), runs::<V6>(), changes).prop_map(|(v4, v6, changes)| {
        let mut pool = Pool::new();
        let records = values(&mut pool);
        let v4 = valued(v4, &records);
        let v6 = valued(v6, &records);
        let metadata =
            Metadata { database_type: "t".to_owned(), description: "d".to_owned(), build_epoch: 1 };
        let contents = Contents { pool: &pool, v4: &v4, v6: &v6 };
        let mut bytes = write(contents, &metadata).expect("small").bytes;
        let reader = Reader::open(&bytes).expect("ours");
        let (n_nodes, n_data) = (reader.n_nodes() as usize, reader.data().len());
        let is_ours = changes.is_empty();
        for (is_record, at, value) in changes {
            if is_record || n_data == 0 {
                // Near what may stand there; often to or from IPv4's root.
                let root = DEPTH_OF_V4 as u32;
                let most = (n_nodes + SEPARATOR.len() + n_data) as u32 + 2;
                let is_root = |place: &usize| bytes[*place..place + 3] == root.to_be_bytes()[1..];
                let to_root: Vec<usize> = (0..2 * n_nodes).map(|n| 3 * n).filter(is_root).collect();
                let place = match value % 4 {
                    0 if !to_root.is_empty() => to_root[at.index(to_root.len())],
                    _ => 3 * at.index(2 * n_nodes),
                };
                let value = if value % 4 == 1 { root } else { value / 4 % most };
                bytes[place..place + 3].copy_from_slice(&value.to_be_bytes()[1..]);
            } else {
                let place = 6 * n_nodes + SEPARATOR.len() + at.index(n_data);
                bytes[place] = value as u8;
            }
        }
        Mutant { bytes, is_ours }
    })
}

/// Records with maps, arrays, texts and numbers, some of which repeat.
fn values(pool: &mut Pool) -> Vec<ValueId> {
    let keys = ["is_vpn", "name", "list"].map(|key| pool.utf8(key));
    let (yes, text, number) = (pool.bool(true), pool.utf8("Example"), pool.uint32(70_000));
    let list = pool.array(&[text, number, text]);
    let inner = pool.map(&[(keys[0], yes), (keys[2], list)]);
    vec![
        pool.map(&[(keys[0], yes), (keys[1], text)]),
        pool.map(&[(keys[1], text), (keys[2], list)]),
        pool.map(&[(keys[1], inner), (keys[2], list)]),
        pool.array(&[inner, inner]),
    ]
}

/// Some addresses at which other values begin; 0 is nothing.
fn runs<F: Family>() -> impl Strategy<Value = Vec<(F::Addr, u8)>> {
    let cut = (any::<u128>(), 0..=F::BITS, 0_u8..5).prop_map(|(bits, len, value)| {
        let addr = F::Addr::from_u128(bits >> (128 - F::BITS)).expect("in the family");
        (addr.clear_low(F::BITS - len), value)
    });
    prop::collection::vec(cut, 0..6)
}

fn valued<F: Family>(mut cuts: Vec<(F::Addr, u8)>, values: &[ValueId]) -> Vec<Run<F>> {
    cuts.sort_unstable();
    cuts.dedup_by_key(|cut| cut.0);
    let mut runs = Vec::new();
    for (n, &(first, value)) in cuts.iter().enumerate() {
        let last =
            cuts.get(n + 1).map_or(F::Addr::MAX, |next| next.0.prev().expect("not the first"));
        if let Some(value) = usize::from(value).checked_sub(1) {
            push_joined(&mut runs, Run { first, last, value: values[value].0 });
        }
    }
    runs
}

/// A few nodes whose records lead to any of them, to nothing or to one of two short texts; most forward.
fn wild() -> impl Strategy<Value = Mutant> {
    let node = (any::<bool>(), 1_u32..4, any::<bool>(), 1_u32..4, any::<u32>());
    let nodes = prop::collection::vec(node, 1..12);
    (nodes, prop::sample::select(RecordSize::ALL.to_vec()), any::<bool>()).prop_map(
        |(nodes, size, is_v6)| {
            let n_nodes = nodes.len() as u32;
            let leaf = |n: u32| n_nodes + [0, 16, 18][n as usize % 3];
            let mut bytes = Vec::new();
            for (number, (is_left, left, is_right, right, any)) in (0..).zip(nodes) {
                let lead = |is_node: bool, by: u32| {
                    let forward = number + by;
                    if is_node && forward < n_nodes { forward } else { leaf(by) }
                };
                let left = if any % 16 == 0 { any / 16 % n_nodes } else { lead(is_left, left) };
                let start = bytes.len();
                bytes.resize(start + size.node_bytes(), 0);
                size.encode([left, lead(is_right, right)], &mut bytes[start..]);
            }
            bytes.extend(SEPARATOR);
            bytes.extend(b"\x41a\x41b");
            bytes.extend(METADATA_MARKER);
            bytes.push(0xE3);
            let version = if is_v6 { 6 } else { 4 };
            let numbers = [
                ("node_count", n_nodes),
                ("record_size", size.bits().into()),
                ("ip_version", version),
            ];
            for (key, number) in numbers {
                bytes.push(0x40 | key.len() as u8);
                bytes.extend(key.as_bytes());
                bytes.push(0xC4);
                bytes.extend(number.to_be_bytes());
            }
            Mutant { bytes, is_ours: false }
        },
    )
}
