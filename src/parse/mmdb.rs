//! `mmdb`: somebody else's database as a feed, each of its networks a row.
//!
//! The tree says what a row is about, the record what it says: a column is a dotted key into
//! it, where a number is an element of an array (`subdivisions.0.iso_code`). Truth values are
//! the cells `true` and `false`. In a feed without columns any network with a record is listed.
//! Of kinds `asn` and `country` each distinct record is a row, since networks do not matter.
//!
//! Aliases of IPv4 are not walked twice, and each record is decoded once. A database whose
//! records unfold to more than [`MAX_COST`] is read up to there: what follows are faults.

use std::borrow::Cow;

use hashbrown::HashMap;

use crate::base::{Prefix, V6};
use crate::mmdb::{FormatError, Reader};
use crate::parse::address::{Addr, Reason};
use crate::parse::block;
use crate::parse::file::File;
use crate::parse::json::{Layout, row};
use crate::parse::labels::Meaning;
use crate::parse::part::Part;
use crate::parse::reading::Reading;
use crate::parse::row::Rules;

const NOT_MMDB: Reason = "not an MMDB database, or cut short";
const BAD_TREE: Reason = "a record of the search tree leads nowhere";
const BAD_RECORD: Reason = "the record cannot be decoded";
const TOO_MUCH: Reason = "the records before unfold to too much";

/// Values and bytes of text that all records together may unfold to: tens of times what the
/// largest database published has, and a minute's work.
const MAX_COST: usize = 1 << 30;

/// Reads a database.
pub(super) fn read<'r>(file: &File<'_>, rules: &'r Rules<'r>, reading: &mut Reading<'_, 'r>) {
    let mut part = Part::new(rules, file.idx);
    match Reader::open(file.bytes) {
        Ok(reader) => networks(&reader, &Layout::new(file, rules), &mut part),
        Err(error) => part.fault(1, NOT_MMDB, || Cow::Owned(error.to_string().into_bytes())),
    }
    (reading.take)(vec![part.seal()]);
}

fn networks(reader: &Reader<'_>, layout: &Layout<'_>, part: &mut Part<'_>) {
    let is_keyed = part.rules.is_keyed();
    let mut records = Records { reader, layout, known: HashMap::new(), cost: 0 };
    for (number, network) in (1..).zip(reader.networks()) {
        let (prefix, offset) = match network {
            Ok(network) => network,
            Err(error) => {
                part.fault(number, BAD_TREE, || Cow::Owned(error.to_string().into_bytes()));
                continue;
            }
        };
        if is_keyed {
            records.key(number, offset, part);
            continue;
        }
        let shown = || Cow::Owned(prefix.to_string().into_bytes());
        match of_network(prefix).and_then(|read| part.admit(read)) {
            Ok(read) => {
                let meaning = records.meaning(offset, part);
                part.entry(number, read, meaning, shown);
            }
            Err(reason) => part.fault(number, reason, shown),
        }
    }
}

/// IPv4 lives at `::/96`.
fn of_network(prefix: Prefix<V6>) -> Result<block::Read, Reason> {
    match (u32::try_from(prefix.addr()), prefix.len().checked_sub(96)) {
        (Ok(addr), Some(len)) => block::of_prefix(Addr::V4(addr), len),
        _ => block::of_prefix(Addr::V6(prefix.addr()), prefix.len()),
    }
}

/// The records, each decoded when it is first met.
struct Records<'r, 'a> {
    reader: &'r Reader<'a>,
    layout: &'r Layout<'r>,
    /// By offset; looked up, never walked.
    known: HashMap<usize, Meaning>,
    cost: usize,
}

impl Records<'_, '_> {
    fn decode(&mut self, offset: usize) -> Result<serde_json::Value, Reason> {
        if self.cost > MAX_COST {
            return Err(TOO_MUCH);
        }
        match self.reader.decode_counted(offset) {
            Ok((value, cost)) => {
                self.cost = self.cost.saturating_add(cost.values).saturating_add(cost.bytes);
                Ok(value.to_json())
            }
            Err(error) => {
                // It may have unfolded nearly that much before it turned out to be too large.
                if let FormatError::TooLarge { .. } = error {
                    self.cost = self.cost.saturating_add(32 << 20);
                }
                Err(BAD_RECORD)
            }
        }
    }

    /// What a record says of its networks.
    fn meaning(&mut self, offset: usize, part: &mut Part<'_>) -> Meaning {
        if let Some(meaning) = self.known.get(&offset) {
            return *meaning;
        }
        let meaning = match self.decode(offset) {
            Ok(record) => self.layout.meaning(&record, part),
            Err(reason) => Meaning::Fault(reason),
        };
        self.known.insert(offset, meaning);
        meaning
    }

    /// A record of kind `asn` or `country` is a row the first time it is met.
    fn key(&mut self, number: u64, offset: usize, part: &mut Part<'_>) {
        if self.known.insert(offset, Meaning::Valueless).is_some() {
            return;
        }
        match self.decode(offset) {
            Ok(record) => row(&record, number, part, self.layout),
            Err(reason) => part.fault(number, reason, || Cow::Borrowed(b"")),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{Run, V4, V6};
    use crate::feed::fixture::feed;
    use crate::feed::{Column, Feed, Format, Kind};
    use crate::mmdb::{Contents, Metadata, Pool, write};
    use crate::parse::fixture::{check, columns};

    /// A database of one record for 192.0.2.0/24 and 2001:db8::/33, another for 198.51.100.0/25.
    fn database() -> Vec<u8> {
        let mut pool = Pool::new();
        let [asn, name, tor, codes] = ["asn", "name", "is_tor", "codes"].map(|key| pool.utf8(key));
        let (number, example, is) = (pool.uint32(64_496), pool.utf8("Example"), pool.bool(true));
        let (code_de, code_fr) = (pool.utf8("DE"), pool.utf8("FR"));
        let list = pool.array(&[code_de, code_fr]);
        let record = pool.map(&[(asn, number), (name, example), (codes, list)]);
        let other = pool.map(&[(tor, is)]);
        let v4 = [
            Run::<V4> { first: 0xC000_0200, last: 0xC000_02FF, value: record.0 },
            Run::<V4> { first: 0xC633_6400, last: 0xC633_647F, value: other.0 },
        ];
        let db8 = 0x2001_0db8_u128 << 96;
        let v6 = [Run::<V6> { first: db8, last: db8 | (1 << 95) - 1, value: record.0 }];
        let metadata = Metadata {
            database_type: "Example".to_owned(),
            description: "an example".to_owned(),
            build_epoch: 1,
        };
        write(Contents { pool: &pool, v4: &v4, v6: &v6 }, &metadata).expect("small").bytes
    }

    fn reading(kind: Kind, mapped: &[(Column, &[&str])]) -> Feed {
        Feed { columns: columns(mapped), ..feed(Format::Mmdb, kind) }
    }

    #[test]
    fn networks_are_rows_and_aliases_are_not() {
        check(
            &reading(Kind::Membership, &[]),
            database(),
            &["192.0.2.0/24", "198.51.100.0/25", "2001:db8::/33"],
        );
    }

    #[test]
    fn columns_are_keys_of_the_record() {
        let mut feed = reading(
            Kind::Assignment,
            &[
                (Column::Asn, &["asn"]),
                (Column::Name, &["org", "name"]),
                (Column::Country, &["codes.1"]),
            ],
        );
        feed.attributes = vec![Column::Asn];
        check(
            &feed,
            database(),
            &["192.0.2.0/24 AS64496 FR Example", "2001:db8::/33 AS64496 FR Example", "1 valueless"],
        );
        let mut feed = reading(Kind::Membership, &[(Column::Category, &["is_tor"])]);
        feed.category = None;
        let tor = [("true".to_owned(), "tor_exit".to_owned())];
        feed.values = [(Column::Category, tor.into())].into();
        check(&feed, database(), &["198.51.100.0/25 tor_exit", "2 valueless"]);
    }

    #[test]
    fn keys_are_rows_once_a_record() {
        let mut feed = reading(Kind::Asn, &[(Column::Asn, &["asn"]), (Column::Name, &["name"])]);
        feed.attributes = vec![Column::Name];
        check(&feed, database(), &["key AS64496 Example", "1 valueless"]);
    }

    #[test]
    fn what_is_no_database_is_one_fault() {
        let whole = database();
        check(
            &reading(Kind::Membership, &[]),
            &whole[..whole.len() / 2],
            &[&format!(
                "f:1: `no metadata in the last 128 KiB of {} bytes; expected a MaxMind DB file, whole `: \
                 not an MMDB database, or cut short",
                whole.len() / 2
            )],
        );
    }
}
