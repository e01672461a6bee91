//! Values of the data section, each distinct one held once.
//!
//! Making a value gives its [`ValueId`]; making it again gives the same id, so
//! "equal" is a comparison of two integers from here on, and the writer can ask
//! "did I write this before" of an array instead of a hash table.
//!
//! ```text
//! nodes     [kind start len]…      one for each distinct value, by id
//! bytes     scalars and text       big-endian, without leading zeros
//! children  ids                    of arrays; of maps key, value, key, value …
//! ```

use std::hash::{BuildHasher, Hash, Hasher};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::mmdb::Type;

/// A distinct value of a [`Pool`]; equal ids are equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueId(pub u32);

#[derive(Clone, Copy, Debug)]
struct Node {
    kind: Type,
    start: u32,
    len: u32,
}

/// Every distinct value of a database.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    nodes: Vec<Node>,
    bytes: Vec<u8>,
    children: Vec<ValueId>,
    ids: HashTable<u32>,
    hasher: DefaultHashBuilder,
    scratch: Vec<(ValueId, ValueId)>,
    /// `false` and `true`, which records are full of.
    bools: [Option<ValueId>; 2],
}

/// What a value is, for whoever writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum View<'a> {
    /// Anything that is neither map nor array: its type and payload. Of a `Bool`
    /// the payload is empty for false and one byte for true.
    Scalar(Type, &'a [u8]),
    /// Keys (text) and values, alternating, in key order.
    Map(&'a [ValueId]),
    /// Values in order.
    Array(&'a [ValueId]),
}

impl Pool {
    /// A pool without values.
    pub fn new() -> Self {
        Self::default()
    }

    /// A pool with room for that many distinct values, before it grows.
    pub fn with_capacity(n_values: usize) -> Self {
        let (nodes, ids) = (Vec::with_capacity(n_values), HashTable::with_capacity(n_values));
        Self { nodes, ids, ..Self::default() }
    }

    /// Number of distinct values, nested ones included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Returns the value.
    #[inline]
    pub fn view(&self, id: ValueId) -> View<'_> {
        let node = self.nodes[id.0 as usize];
        let place = node.start as usize..(node.start + node.len) as usize;
        match node.kind {
            Type::Map => View::Map(&self.children[place]),
            Type::Array => View::Array(&self.children[place]),
            kind => View::Scalar(kind, &self.bytes[place]),
        }
    }

    /// Whether the value is text, as keys are.
    pub(crate) fn is_utf8(&self, id: ValueId) -> bool {
        self.nodes[id.0 as usize].kind == Type::Utf8
    }

    /// UTF-8 text.
    pub fn utf8(&mut self, text: &str) -> ValueId {
        self.scalar(Type::Utf8, text.as_bytes())
    }

    /// An unsigned integer of up to 16 bits.
    pub fn uint16(&mut self, value: u16) -> ValueId {
        self.unsigned(Type::Uint16, u128::from(value))
    }

    /// An unsigned integer of up to 32 bits.
    pub fn uint32(&mut self, value: u32) -> ValueId {
        self.unsigned(Type::Uint32, u128::from(value))
    }

    /// An unsigned integer of up to 64 bits.
    pub fn uint64(&mut self, value: u64) -> ValueId {
        self.unsigned(Type::Uint64, u128::from(value))
    }

    /// An unsigned integer of up to 128 bits.
    pub fn uint128(&mut self, value: u128) -> ValueId {
        self.unsigned(Type::Uint128, value)
    }

    /// A signed integer of 32 bits; negative ones take all four bytes.
    pub fn int32(&mut self, value: i32) -> ValueId {
        self.unsigned(Type::Int32, u128::from(value.cast_unsigned()))
    }

    /// A double.
    pub fn double(&mut self, value: f64) -> ValueId {
        self.scalar(Type::Double, &value.to_be_bytes())
    }

    /// A float.
    pub fn float(&mut self, value: f32) -> ValueId {
        self.scalar(Type::Float, &value.to_be_bytes())
    }

    /// A truth value.
    pub fn bool(&mut self, value: bool) -> ValueId {
        if let Some(id) = self.bools[usize::from(value)] {
            return id;
        }
        let id = self.scalar(Type::Bool, if value { &[1] } else { &[] });
        self.bools[usize::from(value)] = Some(id);
        id
    }

    /// Bytes.
    pub fn bytes(&mut self, value: &[u8]) -> ValueId {
        self.scalar(Type::Bytes, value)
    }

    /// An array.
    pub fn array(&mut self, values: &[ValueId]) -> ValueId {
        self.container(Type::Array, values.iter().copied())
    }

    /// A map, whatever the order of its entries: they are kept by key, so that
    /// equal maps are one value. Of equal keys the last wins.
    pub fn map(&mut self, entries: &[(ValueId, ValueId)]) -> ValueId {
        let mut sorted = std::mem::take(&mut self.scratch);
        sorted.clear();
        sorted.extend_from_slice(entries);
        let key = |id: ValueId| match self.view(id) {
            View::Scalar(Type::Utf8, text) => text,
            _ => unreachable!("keys are made by `utf8`"),
        };
        // Most maps are made in order already.
        if !sorted.is_sorted_by(|a, b| key(a.0) < key(b.0)) {
            sorted.sort_by(|a, b| key(a.0).cmp(key(b.0)));
            sorted.reverse();
            sorted.dedup_by_key(|entry| entry.0);
            sorted.reverse();
        }
        let id = self.container(Type::Map, sorted.iter().flat_map(|&(key, value)| [key, value]));
        self.scratch = sorted;
        id
    }

    fn unsigned(&mut self, kind: Type, value: u128) -> ValueId {
        // MaxMind DB 2.0: leading zero bytes are left out, zero has no payload.
        let bytes = value.to_be_bytes();
        self.scalar(kind, &bytes[value.leading_zeros() as usize / 8..])
    }

    /// Anything that is neither map nor array, by its payload as [`View::Scalar`] has it.
    pub(crate) fn scalar(&mut self, kind: Type, payload: &[u8]) -> ValueId {
        let hash = self.hash(kind, payload);
        let (nodes, bytes) = (&self.nodes, &self.bytes);
        let same = |&id: &u32| {
            let node = nodes[id as usize];
            node.kind == kind && bytes[node.start as usize..][..node.len as usize] == *payload
        };
        if let Some(&id) = self.ids.find(hash, same) {
            return ValueId(id);
        }
        let start = index(self.bytes.len());
        self.bytes.extend_from_slice(payload);
        self.insert(hash, Node { kind, start, len: index(payload.len()) })
    }

    fn container(&mut self, kind: Type, values: impl Iterator<Item = ValueId>) -> ValueId {
        // Written first and taken back if it is known: most are, but the copy is short.
        let start = self.children.len();
        self.children.extend(values);
        let hash = self.hash(kind, &self.children[start..]);
        let (nodes, children) = (&self.nodes, &self.children);
        let same = |&id: &u32| {
            let node = nodes[id as usize];
            node.kind == kind
                && children[node.start as usize..][..node.len as usize] == children[start..]
        };
        if let Some(&id) = self.ids.find(hash, same) {
            self.children.truncate(start);
            return ValueId(id);
        }
        let len = index(self.children.len() - start);
        self.insert(hash, Node { kind, start: index(start), len })
    }

    fn insert(&mut self, hash: u64, node: Node) -> ValueId {
        let id = index(self.nodes.len());
        self.nodes.push(node);
        let Self { ids, nodes, bytes, children, hasher, .. } = self;
        ids.insert_unique(hash, id, |&id| {
            let node = nodes[id as usize];
            let place = node.start as usize..(node.start + node.len) as usize;
            match node.kind {
                Type::Map | Type::Array => digest(hasher, node.kind, &children[place]),
                kind => digest(hasher, kind, &bytes[place]),
            }
        });
        ValueId(id)
    }

    fn hash(&self, kind: Type, payload: impl Hash) -> u64 {
        digest(&self.hasher, kind, payload)
    }
}

fn digest(hasher: &DefaultHashBuilder, kind: Type, payload: impl Hash) -> u64 {
    let mut state = hasher.build_hasher();
    state.write_u8(kind as u8);
    payload.hash(&mut state);
    state.finish()
}

/// Sizes fit 32 bits: a data section of 4 GiB is refused long before.
fn index(len: usize) -> u32 {
    u32::try_from(len).expect("fewer than 2^32 distinct values and bytes")
}

#[cfg(test)]
mod tests {
    use crate::mmdb::{Pool, Type, View};

    #[test]
    fn equal_values_are_one() {
        let mut pool = Pool::new();
        let (a, b) = (pool.utf8("a"), pool.utf8("b"));
        let (one, two) = (pool.uint16(1), pool.uint32(2));
        let map = pool.map(&[(b, two), (a, one)]);
        assert_eq!(map, pool.map(&[(a, one), (b, two)]));
        assert_eq!(pool.view(map), View::Map(&[a, one, b, two]));
        assert_eq!(pool.array(&[a]), pool.array(&[a]));
        assert_ne!(pool.uint16(1), pool.uint32(1));
        assert_ne!(pool.map(&[]), pool.array(&[]));
    }

    #[test]
    fn the_last_of_equal_keys_wins() {
        let mut pool = Pool::new();
        let key = pool.utf8("k");
        let (one, two) = (pool.uint16(1), pool.uint16(2));
        let map = pool.map(&[(key, one), (key, two)]);
        assert_eq!(pool.view(map), View::Map(&[key, two]));
    }

    #[test]
    fn integers_drop_leading_zeros() {
        let mut pool = Pool::new();
        let zero = pool.uint32(0);
        let some = pool.uint64(0x01_0203);
        let negative = pool.int32(-1);
        assert_eq!(pool.view(zero), View::Scalar(Type::Uint32, &[]));
        assert_eq!(pool.view(some), View::Scalar(Type::Uint64, &[1, 2, 3]));
        assert_eq!(pool.view(negative), View::Scalar(Type::Int32, &[255; 4]));
    }
}
