//! `mmdb::check` accepts what strict readers accept, and refuses what they refuse.

use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use ipmint::mmdb::{FormatError, METADATA_MARKER, check};
use ipnet::IpNet;
use mmdb_writer::{IpVersion, RecordSize, Value, Writer};

use crate::readers::Reader;
use crate::world::corpus_folder;

const EPOCH: u64 = 1_795_132_800;

#[track_caller]
fn accepted(name: &str, file: &[u8]) {
    assert_eq!(check(file), [""; 0], "{name}");
    let reader = maxminddb::Reader::from_source(file).expect("a database");
    reader.verify().unwrap_or_else(|error| panic!("{name}: {error}"));
}

#[track_caller]
fn refused(name: &str, file: &[u8]) {
    assert!(!check(file).is_empty(), "{name} was accepted");
}

/// A database by the other crate, of every record size and both families.
fn theirs(ip_version: IpVersion, record_size: RecordSize) -> Vec<u8> {
    let mut writer = Writer::builder("Test")
        .ip_version(ip_version)
        .record_size(record_size)
        .description(&[("en", "a test")])
        .build_epoch(UNIX_EPOCH + Duration::from_secs(EPOCH))
        .build();
    for (number, text) in (0_u16..).zip(["192.0.2.0/24", "198.51.100.128/25", "203.0.113.7/32"]) {
        let value = Value::map([
            ("name", Value::from("Example, long enough to be pointed to")),
            ("number", Value::U16(number)),
            ("list", Value::array([Value::Bool(true), Value::Double(0.5)])),
        ]);
        let net: IpNet = text.parse().expect("a prefix");
        writer.insert_value(net, value).expect("it is no alias");
    }
    writer.to_bytes().expect("it is small")
}

fn small() -> Vec<u8> {
    theirs(IpVersion::V6, RecordSize::Bits24)
}

fn marker(file: &[u8]) -> usize {
    let mut places = file.windows(METADATA_MARKER.len());
    places.rposition(|bytes| bytes == METADATA_MARKER).expect("metadata")
}

#[test]
fn another_writers_databases_are_accepted() {
    for record_size in [RecordSize::Bits24, RecordSize::Bits28, RecordSize::Bits32] {
        for ip_version in [IpVersion::V4, IpVersion::V6] {
            let name = format!("{record_size:?} {ip_version:?}");
            accepted(&name, &theirs(ip_version, record_size));
        }
    }
}

#[test]
fn a_published_database_is_accepted() {
    let Some(folder) = corpus_folder() else {
        eprintln!("no corpus; another writer's database is looked at instead");
        accepted("mmdb-writer", &small());
        return;
    };
    let file = folder.join("mmdb/nextdns__icloud-private-relay-2026-07-25.mmdb");
    let bytes = fs::read(&file).expect("it is in the corpus");
    assert_eq!(check(&bytes), [""; 0]);
    // The crate asks for a description, which the specification leaves out if it likes.
    let strict = maxminddb::Reader::from_source(bytes.as_slice()).expect("a database").verify();
    assert!(strict.is_err_and(|error| error.to_string().contains("description")));
    let address = ["172.224.226.1".parse().expect("an address")];
    for reader in Reader::ALL {
        let answers =
            reader.ask(&file, &address).unwrap_or_else(|error| panic!("{reader:?}: {error}"));
        assert!(answers[0].record.is_object(), "{reader:?}");
    }
    for part in 1..16 {
        refused("cut short", &bytes[..bytes.len() * part / 16]);
    }
}

#[test]
fn what_is_cut_short_is_refused() {
    let file = small();
    for bytes in 0..file.len() {
        refused(&format!("the first {bytes} bytes"), &file[..bytes]);
    }
}

#[test]
fn a_value_that_nothing_points_to_is_refused() {
    let mut file = small();
    let end = marker(&file);
    file.splice(end..end, *b"\x44lost");
    refused("a value that nothing points to", &file);
}

#[test]
fn a_flipped_bit_of_a_record_is_refused_or_leads_elsewhere() {
    let file = small();
    let sound = networks(&file);
    for at in (0..96 * 6 + 40).step_by(7) {
        let mut flipped = file.clone();
        flipped[at] ^= 0x40;
        // What is still a sound database says something else.
        assert!(!check(&flipped).is_empty() || networks(&flipped) != sound, "byte {at}");
    }
    let mut far = file.clone();
    far[..3].copy_from_slice(&[0xff; 3]);
    refused("a record out of range", &far);
}

fn networks(file: &[u8]) -> Vec<(String, serde_json::Value)> {
    let reader = maxminddb::Reader::from_source(file).expect("a database");
    let found = reader.networks(maxminddb::WithinOptions::default()).expect("a tree");
    found
        .map(|found| {
            let found = found.expect("a tree");
            let record = found.decode().expect("a record").expect("it was listed");
            (found.network().expect("a network").to_string(), record)
        })
        .collect()
}

#[test]
fn a_separator_that_is_not_zero_is_refused() {
    let file = theirs(IpVersion::V4, RecordSize::Bits24);
    let tree = file.windows(16).position(|bytes| bytes == [0; 16]).expect("a separator");
    let mut dirty = file;
    dirty[tree + 8] = 1;
    refused("a separator that is not zero", &dirty);
}

/// A database of one node by hand: what begins with 0 leads to `record`, the rest nowhere.
struct ByHand {
    record: u32,
    data: Vec<u8>,
    metadata: Vec<(&'static str, Vec<u8>)>,
}

/// A control byte and what follows it; sizes here are below 29.
fn value(kind: u8, payload: &[u8], size: usize) -> Vec<u8> {
    let head = if kind < 8 { vec![kind << 5 | size as u8] } else { vec![size as u8, kind - 7] };
    [head, payload.to_vec()].concat()
}

fn text(text: &str) -> Vec<u8> {
    value(2, text.as_bytes(), text.len())
}

fn uint16(number: u16) -> Vec<u8> {
    value(5, &number.to_be_bytes(), 2)
}

fn uint32(number: u32) -> Vec<u8> {
    value(6, &number.to_be_bytes(), 4)
}

fn uint64(number: u64) -> Vec<u8> {
    value(9, &number.to_be_bytes(), 8)
}

impl ByHand {
    /// A sound one.
    fn new() -> Self {
        let map = value(7, &[text("en"), text("by hand")].concat(), 1);
        let metadata = vec![
            ("binary_format_major_version", uint16(2)),
            ("binary_format_minor_version", uint16(0)),
            ("build_epoch", uint64(EPOCH)),
            ("database_type", text("Test")),
            ("description", map),
            ("ip_version", uint16(4)),
            ("languages", value(11, &text("en"), 1)),
            ("node_count", uint32(1)),
            ("record_size", uint16(24)),
        ];
        Self { record: 1 + 16, data: text("data"), metadata }
    }

    fn with(mut self, key: &'static str, value: Vec<u8>) -> Self {
        self.metadata.retain(|(name, _)| *name != key);
        self.metadata.push((key, value));
        self
    }

    fn without(mut self, key: &'static str) -> Self {
        self.metadata.retain(|(name, _)| *name != key);
        self
    }

    fn with_data(self, data: &[u8]) -> Self {
        Self { data: data.to_vec(), ..self }
    }

    fn bytes(&self) -> Vec<u8> {
        let tree = [&self.record.to_be_bytes()[1..], &[0, 0, 1]].concat();
        let entries = self.metadata.iter().map(|(key, value)| [text(key), value.clone()].concat());
        let entries: Vec<u8> = entries.flatten().collect();
        let metadata = value(7, &entries, self.metadata.len());
        [tree, vec![0; 16], self.data.clone(), METADATA_MARKER.to_vec(), metadata].concat()
    }
}

#[test]
fn a_database_by_hand_is_accepted() {
    accepted("by hand", &ByHand::new().bytes());
    // A map whose value points at its own key.
    let data = [vec![0xe1], text("key"), vec![0x20, 1]].concat();
    accepted("with a pointer", &ByHand::new().with_data(&data).bytes());
}

#[test]
fn pointers_that_lead_nowhere_are_refused() {
    let by_hand = |data: &[u8]| ByHand::new().with_data(data).bytes();
    refused("a pointer to itself", &by_hand(&[0x20, 0]));
    refused("two pointers to each other", &by_hand(&[0x02, 0x04, 0x20, 4, 0x20, 2]));
    refused("an array that holds itself", &by_hand(&[0x01, 0x04, 0x20, 0]));
    refused("a pointer past the end", &by_hand(&[0x01, 0x04, 0x20, 200]));
    refused("a pointer into a value", &by_hand(&[0x02, 0x04, 0x43, b'a', b'b', b'c', 0x20, 4]));
    refused("a pointer to a pointer", &by_hand(&[0x03, 0x04, 0x41, b'a', 0x20, 2, 0x20, 4]));
}

/// An array of chains: `n_levels` arrays of one, each in the other; in the innermost stands a text,
/// or from the second chain on a pointer to the chain before.
fn chains(n_levels: &[usize]) -> Vec<u8> {
    let n_chains = u8::try_from(n_levels.len()).expect("few");
    let mut data = match n_chains.checked_sub(29) {
        Some(more) => vec![29, 4, more],
        None => vec![n_chains, 4],
    };
    let mut before = None;
    for &n_levels in n_levels {
        let start = u32::try_from(data.len()).expect("small");
        data.extend([1, 4].repeat(n_levels));
        match before {
            None => data.extend(text("end")),
            Some(before) => data.extend([&[0x38], &u32::to_be_bytes(before)[..]].concat()),
        }
        before = Some(start);
    }
    data
}

#[test]
fn nesting_is_counted_through_pointers() {
    let address = "1.2.3.4".parse().expect("an address");
    let ours = |file: &[u8]| {
        let reader = ipmint::mmdb::Reader::open(file).expect("a database");
        let found = reader.lookup(address).expect("a record");
        reader.decode(found.offset.expect("a record")).map(drop)
    };
    let by_hand = |n_levels: &[usize]| ByHand::new().with_data(&chains(n_levels)).bytes();
    // With the array around the chains, 64 levels: as deep as the reader goes.
    for n_levels in [&[63][..], &[62, 1], &[40, 23], &[1, 62], &[20, 1, 20, 1, 21]] {
        let file = by_hand(n_levels);
        accepted(&format!("{n_levels:?}"), &file);
        assert_eq!(ours(&file), Ok(()), "{n_levels:?}");
    }
    for n_levels in [&[64][..], &[63, 1], &[40, 24], &[1, 63], &[20, 1, 20, 1, 22], &[60; 30]] {
        let file = by_hand(n_levels);
        refused(&format!("{n_levels:?}"), &file);
        assert!(matches!(ours(&file), Err(FormatError::TooDeep { .. })), "{n_levels:?}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.mmdb");
    fs::write(&file, by_hand(&[60; 30])).expect("a file");
    assert!(Reader::Mmdblookup.ask(&file, &[address]).is_err());
}

#[test]
fn broken_values_are_refused() {
    let by_hand = |data: &[u8]| ByHand::new().with_data(data).bytes();
    refused("text that is not UTF-8", &by_hand(&[0x42, 0xc3, 0x28]));
    refused("a boolean of two", &by_hand(&[0x02, 0x07]));
    refused("a double of four bytes", &by_hand(&[0x64, 0, 0, 0, 0]));
    refused("a uint16 of three bytes", &by_hand(&[0xa3, 0, 0, 1]));
    refused("a key that is no text", &by_hand(&[0xe1, 0xa1, 1, 0xa1, 1]));
    refused("a value that ends too late", &by_hand(&[0x5c, b'a']));
    refused("an end marker", &by_hand(&[0x00, 0x06]));
    refused("no data", &by_hand(&[]));
}

#[test]
fn records_that_lead_nowhere_are_refused() {
    for record in [0, 2, 16, 18, 17 + 5, 0xff_ffff] {
        refused(&format!("record {record}"), &ByHand { record, ..ByHand::new() }.bytes());
    }
}

#[test]
fn metadata_of_the_wrong_type_is_refused() {
    let numbers = ["binary_format_major_version", "build_epoch", "node_count", "record_size"];
    for key in numbers.into_iter().chain(["binary_format_minor_version", "ip_version"]) {
        refused(&format!("{key} as text"), &ByHand::new().with(key, text("2")).bytes());
        refused(&format!("no {key}"), &ByHand::new().without(key).bytes());
    }
    for key in ["database_type", "description", "languages"] {
        refused(&format!("{key} as number"), &ByHand::new().with(key, uint16(1)).bytes());
    }
    for key in ["database_type", "description"] {
        refused(&format!("no {key}"), &ByHand::new().without(key).bytes());
    }
    let numbers = value(11, &uint16(1), 1);
    refused("languages as numbers", &ByHand::new().with("languages", numbers).bytes());
    let description = value(7, &[text("en"), uint16(1)].concat(), 1);
    refused("description of numbers", &ByHand::new().with("description", description).bytes());
    refused("format 3", &ByHand::new().with("binary_format_major_version", uint16(3)).bytes());
    refused("ip_version 5", &ByHand::new().with("ip_version", uint16(5)).bytes());
    refused("records of 26 bits", &ByHand::new().with("record_size", uint16(26)).bytes());
    refused("no nodes", &ByHand::new().with("node_count", uint32(0)).bytes());
    refused("too many nodes", &ByHand::new().with("node_count", uint32(9)).bytes());
    refused("built in 1970", &ByHand::new().with("build_epoch", uint64(0)).bytes());
}

/// libmaxminddb opens no file without them, so the checker passes none.
#[test]
fn what_libmaxminddb_does_not_open_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.mmdb");
    let address = ["1.2.3.4".parse().expect("an address")];
    fs::write(&file, ByHand::new().bytes()).expect("a file");
    Reader::Mmdblookup.ask(&file, &address).expect("a sound database");
    for key in ["languages", "description", "database_type", "node_count", "build_epoch"] {
        let bytes = ByHand::new().without(key).bytes();
        fs::write(&file, &bytes).expect("a file");
        assert!(Reader::Mmdblookup.ask(&file, &address).is_err(), "no {key}");
        refused(&format!("no {key}"), &bytes);
    }
}

/// The specification speaks of integers of at least so many bits; libmaxminddb takes one width.
#[test]
fn metadata_integers_of_another_width_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.mmdb");
    let address = ["1.2.3.4".parse().expect("an address")];
    for (key, other) in [
        ("binary_format_major_version", uint32(2)),
        ("binary_format_minor_version", uint32(0)),
        ("ip_version", uint32(4)),
        ("record_size", uint32(24)),
        ("record_size", uint64(24)),
        ("node_count", uint16(1)),
        ("node_count", uint64(1)),
        ("build_epoch", uint32(EPOCH as u32)),
        ("build_epoch", value(10, &u128::from(EPOCH).to_be_bytes(), 16)),
    ] {
        let bytes = ByHand::new().with(key, other).bytes();
        fs::write(&file, &bytes).expect("a file");
        assert!(Reader::Mmdblookup.ask(&file, &address).is_err(), "{key}");
        refused(&format!("{key} of another width"), &bytes);
    }
}
