//! What is in a database file, by the numbers.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, json};

use crate::base::{Coverage, Prefix, V6};
use crate::mmdb::{FormatError, Reader, Value};

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
        let addresses = match self.coverage.get() {
            // As everywhere, integers above 2^53 - 1 are decimal strings.
            Some(count) => Value::Uint128(count).to_json(),
            None => self.coverage.to_string().into(),
        };
        json!({ "networks": self.networks, "addresses": addresses, "lengths": lengths })
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
/// If the database is damaged.
pub fn inspect(bytes: &[u8]) -> Result<Summary, FormatError> {
    let reader = Reader::open(bytes)?;
    let mut v4 = FamilySummary::default();
    let mut v6 = FamilySummary::default();
    let mut uses: HashMap<usize, u64> = HashMap::new();
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
        keys: keys(&reader, &uses)?,
    })
}

fn is_v4(prefix: Prefix<V6>) -> bool {
    prefix.len() >= V4_BITS_AT && prefix.addr() >> 32 == 0
}

fn keys(
    reader: &Reader<'_>,
    uses: &HashMap<usize, u64>,
) -> Result<Vec<(String, u64)>, FormatError> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (&offset, &n_uses) in uses {
        let mut paths = Vec::new();
        leaves(&reader.decode(offset)?, String::new(), &mut paths);
        paths.sort_unstable();
        paths.dedup();
        for path in paths {
            *counts.entry(path).or_default() += n_uses;
        }
    }
    let mut keys: Vec<(String, u64)> = counts.into_iter().collect();
    keys.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    Ok(keys)
}

/// Collects the dotted keys of what is no map; elements of arrays share `[]`.
fn leaves(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Map(entries) => {
            for (key, value) in entries {
                let dot = if path.is_empty() { "" } else { "." };
                leaves(value, format!("{path}{dot}{key}"), paths);
            }
        }
        Value::Array(values) => {
            for value in values {
                leaves(value, format!("{path}[]"), paths);
            }
        }
        _ => paths.push(path),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::base::{Run, V4, V6};
    use crate::mmdb::{Contents, Metadata, Pool, write};
    use crate::query::inspect;

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
}
