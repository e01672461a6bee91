//! The keys of a database's records: a tree as records nest.

use hashbrown::{HashMap, HashSet};

use crate::mmdb::{Interner, Type, ValueId, View};
use crate::query::names::{Names, UnknownKey};

/// How many keys the records of one file may have. The richest databases sold have some hundred.
const MAX_KEYS: usize = 1 << 14;

/// How many entries of maps may be looked at for them: some seconds.
const MAX_ENTRIES: usize = 1 << 28;

/// How many bytes their dotted names may have, all together.
const MAX_NAME_BYTES: usize = 1 << 26;

/// Every key that some record says.
#[derive(Debug)]
pub(super) struct Keys {
    nodes: Vec<Node>,
    names: Names,
}

#[derive(Debug, Default)]
struct Node {
    /// From the record down.
    path: Vec<ValueId>,
    /// Of the dotted name, at most.
    name_bytes: usize,
    below: HashMap<ValueId, usize>,
    kinds: Kinds,
    /// Which column it fills.
    column: Option<usize>,
}

/// What stands at a key, in some record or other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(super) struct Kinds {
    pub(super) bools: bool,
    /// Whole numbers that fit 64 bits with a sign.
    pub(super) small: bool,
    /// Doubles.
    pub(super) doubles: bool,
    /// Text, larger numbers, and what goes out as JSON.
    pub(super) others: bool,
    maps: bool,
}

/// Why the keys are not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// Too many.
    #[error("the records have more than {MAX_KEYS} distinct keys")]
    TooMany,
    /// Too much to look at.
    #[error("the records hold more than can be looked through")]
    TooMuch,
}

impl Keys {
    /// Looks through distinct records.
    pub(super) fn of(interner: &Interner, records: &[ValueId]) -> Result<Self, KeysError> {
        let mut scan = Scan {
            interner,
            nodes: vec![Node::default()],
            seen: HashSet::new(),
            entries_left: MAX_ENTRIES,
            bytes_left: MAX_NAME_BYTES,
        };
        for &record in records {
            scan.value(0, record)?;
        }
        let mut nodes = scan.nodes;
        let mut found = Names::default();
        for (idx, node) in nodes.iter().enumerate() {
            let names = node.path.iter().map(|&key| interner.text(key).unwrap_or_default());
            let name = names.collect::<Vec<_>>().join(".");
            if node.kinds.has_leaves() {
                found.leaves.entry(name.clone()).or_insert(idx);
            }
            if node.kinds.maps && idx > 0 {
                found.inner.entry(name).or_insert(idx);
            }
        }
        for (column, &idx) in found.leaves.values().enumerate() {
            nodes[idx].column = Some(column);
        }
        Ok(Self { nodes, names: found })
    }

    /// The columns of a table of the records: names by dotted key, and what stands there.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, Kinds)> {
        self.names.leaves.iter().map(|(name, &idx)| (name.as_str(), self.nodes[idx].kinds))
    }

    /// Some of the names of columns, for messages.
    pub(super) fn some_names(&self) -> String {
        self.names.some()
    }

    /// What a record says in each column.
    pub(super) fn row(&self, interner: &Interner, record: ValueId) -> Vec<Option<ValueId>> {
        let mut row = vec![None; self.names.leaves.len()];
        self.fill(interner, 0, record, &mut row);
        row
    }

    fn fill(&self, interner: &Interner, at: usize, id: ValueId, row: &mut [Option<ValueId>]) {
        match interner.pool().view(id) {
            View::Map(entries) if !entries.is_empty() => {
                for entry in entries.chunks_exact(2) {
                    if let Some(&below) = self.nodes[at].below.get(&entry[0]) {
                        self.fill(interner, below, entry[1], row);
                    }
                }
            }
            _ => {
                if let Some(column) = self.nodes[at].column {
                    row[column] = Some(id);
                }
            }
        }
    }

    /// The path of the key that a name means.
    ///
    /// # Errors
    /// As [`Names::find`].
    pub(super) fn find(&self, name: &str) -> Result<&[ValueId], UnknownKey> {
        self.names.find(name).map(|idx| self.nodes[idx].path.as_slice())
    }
}

impl Kinds {
    pub(super) fn has_leaves(self) -> bool {
        self.bools || self.small || self.doubles || self.others
    }
}

struct Scan<'i> {
    interner: &'i Interner,
    nodes: Vec<Node>,
    /// Maps that were looked at where they stand: records share most of them.
    seen: HashSet<(usize, ValueId)>,
    entries_left: usize,
    bytes_left: usize,
}

impl Scan<'_> {
    fn value(&mut self, at: usize, id: ValueId) -> Result<(), KeysError> {
        let kinds = &mut self.nodes[at].kinds;
        match self.interner.pool().view(id) {
            View::Map(entries) if !entries.is_empty() => {
                kinds.maps = true;
                if !self.seen.insert((at, id)) {
                    return Ok(());
                }
                let left = self.entries_left.checked_sub(entries.len());
                self.entries_left = left.ok_or(KeysError::TooMuch)?;
                for entry in entries.chunks_exact(2) {
                    let below = self.below(at, entry[0])?;
                    self.value(below, entry[1])?;
                }
            }
            // A record without keys says nothing in any column.
            View::Map(_) if at == 0 => {}
            View::Scalar(Type::Bool, _) => kinds.bools = true,
            View::Scalar(Type::Double, _) => kinds.doubles = true,
            View::Scalar(Type::Int32, _) => kinds.small = true,
            View::Scalar(Type::Uint128, payload)
                if payload.len() < 8 || payload.len() == 8 && payload[0] < 0x80 =>
            {
                kinds.small = true;
            }
            _ => kinds.others = true,
        }
        Ok(())
    }

    fn below(&mut self, at: usize, key: ValueId) -> Result<usize, KeysError> {
        if let Some(&below) = self.nodes[at].below.get(&key) {
            return Ok(below);
        }
        let below = self.nodes.len();
        if below > MAX_KEYS {
            return Err(KeysError::TooMany);
        }
        let above = &self.nodes[at];
        let name_bytes = above.name_bytes + self.interner.text(key).map_or(0, str::len) + 1;
        self.bytes_left = self.bytes_left.checked_sub(name_bytes).ok_or(KeysError::TooMuch)?;
        let path = [&above.path[..], &[key]].concat();
        self.nodes.push(Node { path, name_bytes, ..Node::default() });
        self.nodes[at].below.insert(key, below);
        Ok(below)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::mmdb::Interner;
    use crate::query::fixture::interned;
    use crate::query::keys::Keys;
    use crate::query::names::UnknownKey;

    #[track_caller]
    fn check(name: &str, expected: Result<&str, &str>) {
        let mut interner = Interner::default();
        let records = [
            json!({ "signals": { "is_vpn": true }, "threat": { "score": 3, "lists": ["a"] } }),
            json!({ "a": { "code": "x" }, "b": { "code": "y", "score": {} }, "n": { "n": 1 } }),
        ];
        let ids = interned(&mut interner, &records);
        let keys = Keys::of(&interner, &ids).expect("few");
        let found = keys.find(name).map(|path| {
            path.iter().map(|&key| interner.text(key).expect("text")).collect::<Vec<_>>().join(".")
        });
        let expected = expected.map(str::to_owned).map_err(|e| UnknownKey(e.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_key_is_named_whole_or_by_its_last_parts() {
        check("signals.is_vpn", Ok("signals.is_vpn"));
        check("is_vpn", Ok("signals.is_vpn"));
        check("lists", Ok("threat.lists"));
        check("b.code", Ok("b.code"));
        check("signals", Ok("signals"));
        // The whole name first.
        check("n", Ok("n"));
    }

    #[test]
    fn what_is_ambiguous_or_unknown_is_answered_with_keys() {
        check("code", Err("`code` may be any of a.code, b.code"));
        check("score", Err("`score` may be any of b.score, threat.score"));
        check("vpn", Err("no record has a key `vpn`; did you mean signals.is_vpn?"));
        check("is_vnp", Err("no record has a key `is_vnp`; did you mean signals.is_vpn?"));
        let all = "a.code, b.code, b.score, n.n, signals.is_vpn, threat.lists, threat.score";
        check("quux", Err(&format!("no record has a key `quux`; there are {all}")));
    }

    #[test]
    fn columns_are_in_the_order_of_their_names() {
        let mut interner = Interner::default();
        let records = [json!({ "b": { "c": 1 }, "a": [] }), json!({ "b": "x" }), json!({})];
        let ids = interned(&mut interner, &records);
        let keys = Keys::of(&interner, &ids).expect("few");
        let names: Vec<&str> = keys.columns().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b", "b.c"]);
        let filled =
            |id| -> Vec<bool> { keys.row(&interner, id).iter().map(Option::is_some).collect() };
        assert_eq!(filled(ids[0]), [true, false, true]);
        assert_eq!(filled(ids[1]), [false, true, false]);
        assert_eq!(filled(ids[2]), [false; 3]);
    }
}
