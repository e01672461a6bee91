//! What is in a database file, by the numbers.

use std::collections::BTreeMap;

use serde_json::{Map, json};

use crate::base::{Coverage, Prefix, V6};
use crate::mmdb::{Cost, FormatError, Reader, Value};

/// The bits before an IPv4 address in an IPv6 tree.
const V4_BITS_AT: u8 = 96;

/// What is in a database file.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Size of the file.
    pub bytes: u64,
    /// The metadata map.
    pub metadata: Value,
    /// Nodes of the search tree.
    pub nodes: u64,
    /// Bits of a record.
    pub record_size: u16,
    /// Bytes of the data section.
    pub data_bytes: u64,
    /// Distinct records that networks lead to.
    pub records: u64,
    /// IPv4, its aliases not counted.
    pub v4: FamilySummary,
    /// IPv6.
    pub v6: FamilySummary,
    /// Dotted keys of records, and how many networks say them; the most common first.
    pub keys: Vec<(String, u64)>,
}

/// The networks of one family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FamilySummary {
    /// Networks with a record.
    pub networks: u64,
    /// Their addresses.
    pub coverage: Coverage,
    /// How many networks have each length.
    pub lengths: BTreeMap<u8, u64>,
}

impl FamilySummary {
    fn count(&mut self, len: u8, coverage: Coverage) {
        self.networks += 1;
        self.coverage += coverage;
        *self.lengths.entry(len).or_default() += 1;
    }

    fn to_json(&self) -> serde_json::Value {
        let lengths: Map<String, serde_json::Value> =
            self.lengths.iter().map(|(len, n)| (len.to_string(), (*n).into())).collect();
        json!({ "networks": self.networks, "addresses": self.coverage.to_json(), "lengths": lengths })
    }
}

impl Summary {
    /// The object of `inspect --json`.
    pub fn to_json(&self) -> serde_json::Value {
        let keys: Map<String, serde_json::Value> =
            self.keys.iter().map(|(key, n)| (key.clone(), (*n).into())).collect();
        json!({
            "bytes": self.bytes,
            "metadata": self.metadata.to_json(),
            "nodes": self.nodes,
            "record_size": self.record_size,
            "data_bytes": self.data_bytes,
            "records": self.records,
            "v4": self.v4.to_json(),
            "v6": self.v6.to_json(),
            "keys": keys,
        })
    }
}

/// Walks every network of a database once.
///
/// # Errors
/// If the database is damaged, or small records unfold to more than can be looked through.
pub fn inspect(bytes: &[u8]) -> Result<Summary, FormatError> {
    let reader = Reader::open(bytes)?;
    let mut v4 = FamilySummary::default();
    let mut v6 = FamilySummary::default();
    let mut uses: BTreeMap<usize, u64> = BTreeMap::new();
    for network in reader.networks() {
        let (prefix, offset) = network?;
        *uses.entry(offset).or_default() += 1;
        if is_v4(prefix) {
            v4.count(prefix.len() - V4_BITS_AT, prefix.range().coverage());
        } else {
            v6.count(prefix.len(), prefix.range().coverage());
        }
    }
    Ok(Summary {
        bytes: bytes.len() as u64,
        metadata: reader.metadata().clone(),
        nodes: u64::from(reader.n_nodes()),
        record_size: reader.record_size().bits(),
        data_bytes: reader.data().len() as u64,
        records: uses.len() as u64,
        v4,
        v6,
        keys: keys(&reader, &uses, Budget::FILE)?,
    })
}

fn is_v4(prefix: Prefix<V6>) -> bool {
    prefix.len() >= V4_BITS_AT && prefix.addr() >> 32 == 0
}

/// Counts keys, record by record in the order of the file.
fn keys(
    reader: &Reader<'_>,
    uses: &BTreeMap<usize, u64>,
    mut budget: Budget,
) -> Result<Vec<(String, u64)>, FormatError> {
    let mut keys = Keys::new();
    for (&offset, &n_uses) in uses {
        let (record, cost) = reader.decode_counted(offset)?;
        let spent = budget.spend(cost);
        let told = spent.and_then(|()| keys.tell(&record, n_uses, &mut budget));
        told.ok_or(FormatError::TooMuch { offset })?;
    }
    Ok(keys.finish())
}

/// What the records of one file may still unfold to, all together: a small file can hold a
/// million records that each unfold to a million values.
#[derive(Clone, Copy, Debug)]
struct Budget {
    values: usize,
    bytes: usize,
    /// Bytes of the distinct keys, which are kept; a kept key counts as [`KEY_BYTES`] more.
    key_bytes: usize,
}

impl Budget {
    /// Some seconds of work. The largest databases sold have a few million records of a hundred
    /// values, and some hundred distinct keys.
    const FILE: Self = Self { values: 1 << 29, bytes: 1 << 33, key_bytes: 1 << 26 };

    /// Returns `None` once it is overdrawn.
    fn spend(&mut self, cost: Cost) -> Option<()> {
        self.values = self.values.checked_sub(cost.values)?;
        self.bytes = self.bytes.checked_sub(cost.bytes)?;
        Some(())
    }
}

/// About what a distinct key takes beside its text.
const KEY_BYTES: usize = 128;

/// The keys of the records seen: a tree as records nest, so that no text is made for a key that
/// was seen before.
struct Keys {
    nodes: Vec<Node>,
    /// Counts by dotted key; two places of the tree may spell the same one.
    counts: BTreeMap<String, usize>,
    /// Networks, and the last record that was counted.
    seen: Vec<(u64, usize)>,
    n_records: usize,
}

struct Node {
    path: String,
    below: BTreeMap<String, usize>,
    items: Option<usize>,
    count: Option<usize>,
}

impl Keys {
    fn new() -> Self {
        let root = Node::new(String::new());
        Self { nodes: vec![root], counts: BTreeMap::new(), seen: Vec::new(), n_records: 0 }
    }

    /// Counts what a record says; `None` if its keys pass the budget.
    fn tell(&mut self, record: &Value, n_uses: u64, budget: &mut Budget) -> Option<()> {
        self.n_records += 1;
        self.walk(record, 0, n_uses, budget)
    }

    /// Counts the dotted keys of what is no map; elements of arrays share `[]`.
    fn walk(&mut self, value: &Value, node: usize, n_uses: u64, budget: &mut Budget) -> Option<()> {
        match value {
            Value::Map(entries) => {
                for (key, value) in entries {
                    let known = self.nodes[node].below.get(key).copied();
                    let below = if let Some(below) = known {
                        below
                    } else {
                        let dot = if self.nodes[node].path.is_empty() { "" } else { "." };
                        let below = self.add(node, &[dot, key], budget)?;
                        self.nodes[node].below.insert(key.clone(), below);
                        below
                    };
                    self.walk(value, below, n_uses, budget)?;
                }
            }
            Value::Array(values) if !values.is_empty() => {
                let items = match self.nodes[node].items {
                    Some(items) => items,
                    None => self.add(node, &["[]"], budget)?,
                };
                self.nodes[node].items = Some(items);
                for value in values {
                    self.walk(value, items, n_uses, budget)?;
                }
            }
            Value::Array(_) => {}
            _ => self.count(node, n_uses),
        }
        Some(())
    }

    fn add(&mut self, node: usize, more: &[&str], budget: &mut Budget) -> Option<usize> {
        let path = &self.nodes[node].path;
        let len = path.len() + more.iter().map(|text| text.len()).sum::<usize>();
        budget.key_bytes = budget.key_bytes.checked_sub(len + KEY_BYTES)?;
        let path = [&[path.as_str()], more].concat().concat();
        self.nodes.push(Node::new(path));
        Some(self.nodes.len() - 1)
    }

    /// Counts a key once for each record.
    fn count(&mut self, node: usize, n_uses: u64) {
        let Node { path, count, .. } = &mut self.nodes[node];
        let count = *count.get_or_insert_with(|| {
            *self.counts.entry(path.clone()).or_insert_with(|| {
                self.seen.push((0, 0));
                self.seen.len() - 1
            })
        });
        let (n_networks, last) = &mut self.seen[count];
        if std::mem::replace(last, self.n_records) != self.n_records {
            *n_networks += n_uses;
        }
    }

    /// The most common first, then by name.
    fn finish(self) -> Vec<(String, u64)> {
        let Self { counts, seen, .. } = self;
        let mut keys: Vec<(String, u64)> =
            counts.into_iter().map(|(path, count)| (path, seen[count].0)).collect();
        keys.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
        keys
    }
}

impl Node {
    fn new(path: String) -> Self {
        Self { path, below: BTreeMap::new(), items: None, count: None }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::base::{Run, V4, V6};
    use crate::mmdb::{Contents, FormatError, Metadata, Pool, Reader, write};
    use crate::query::inspect;
    use crate::query::inspect::{Budget, keys};

    #[test]
    fn networks_are_counted_once_by_family() {
        let mut pool = Pool::new();
        let (key, value) = (pool.utf8("a"), pool.uint32(7));
        let inner = pool.map(&[(key, value)]);
        let list = pool.array(&[inner, inner]);
        let other = pool.utf8("b");
        let record = pool.map(&[(key, inner), (other, list)]);
        let v4 = [Run::<V4> { first: 0xC000_0200, last: 0xC000_027F, value: record.0 }];
        let first = 0x2001_0db8 << 96;
        let v6 = [Run::<V6> { first, last: first | (u128::MAX >> 32), value: inner.0 }];
        let metadata = Metadata {
            database_type: "ipmint-test".to_owned(),
            description: "test".to_owned(),
            build_epoch: 1,
        };
        let database = write(Contents { pool: &pool, v4: &v4, v6: &v6 }, &metadata).expect("small");
        let json = inspect(&database.bytes).expect("sound").to_json();
        assert_eq!(json["v4"], json!({ "networks": 1, "addresses": 128, "lengths": { "25": 1 } }));
        let addresses = "79228162514264337593543950336";
        let v6 = json!({ "networks": 1, "addresses": addresses, "lengths": { "32": 1 } });
        assert_eq!(json["v6"], v6);
        assert_eq!(json["keys"], json!({ "a": 1, "a.a": 1, "b[].a": 1 }));
        assert_eq!((&json["records"], &json["record_size"]), (&json!(2), &json!(24)));
    }

    /// A database of one text for each /32 from 192.0.2.0 on, each in a map under that key.
    fn texts(key: &str, texts: &[&str]) -> Vec<u8> {
        let mut pool = Pool::new();
        let runs = (0xC000_0200..).zip(texts).map(|(addr, text)| {
            let entry = (pool.utf8(key), pool.utf8(text));
            Run::<V4> { first: addr, last: addr, value: pool.map(&[entry]).0 }
        });
        let v4: Vec<_> = runs.collect();
        let metadata = Metadata {
            database_type: "ipmint-test".to_owned(),
            description: "test".to_owned(),
            build_epoch: 1,
        };
        write(Contents { pool: &pool, v4: &v4, v6: &[] }, &metadata).expect("small").bytes
    }

    #[test]
    fn the_first_error_of_the_file_is_told() {
        let words: Vec<String> = (0..64).map(|n| format!("word {n:03}")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut bytes = texts("a", &words);
        for at in 0..bytes.len() - 4 {
            if bytes[at..].starts_with(b"word") {
                bytes[at] = 0xFF;
            }
        }
        // Behind the head of the first map and its key.
        assert_eq!(inspect(&bytes).err(), Some(FormatError::BadText { offset: 3 }));
    }

    #[test]
    fn all_records_together_have_one_budget() {
        let bytes = texts("key", &["aaaa", "bbbb", "cccc"]);
        let reader = Reader::open(&bytes).expect("sound");
        let uses = reader.networks().map(|network| (network.expect("sound").1, 1)).collect();
        // Each record: a map, a key and a text; seven bytes. One distinct key.
        let enough = Budget { values: 9, bytes: 21, key_bytes: 128 + 3 };
        let all = Ok(vec![("key".to_owned(), 3)]);
        assert_eq!(keys(&reader, &uses, enough), all);
        let last = *uses.last_key_value().expect("three").0;
        let too_much = |offset| Err(FormatError::TooMuch { offset });
        assert_eq!(keys(&reader, &uses, Budget { values: 8, ..enough }), too_much(last));
        assert_eq!(keys(&reader, &uses, Budget { bytes: 20, ..enough }), too_much(last));
        assert_eq!(keys(&reader, &uses, Budget { key_bytes: 130, ..enough }), too_much(0));
    }
}
