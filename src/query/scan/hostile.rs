//! Files that would have a walk go on for ever.

use crate::mmdb::{FormatError, METADATA_MARKER, Reader, SEPARATOR};
use crate::query::scan::{Cidr, Index, ScanOptions, scan};

/// A database of 24 bits of these nodes, whose data are these bytes.
fn file(ip_version: u8, nodes: &[[u32; 2]], data: &[u8]) -> Vec<u8> {
    let record = |record: &u32| record.to_be_bytes()[1..].to_vec();
    let tree: Vec<u8> = nodes.iter().flatten().flat_map(record).collect();
    let number = |key: &str, kind: u8, value: &[u8]| {
        [&[0x40 | key.len() as u8], key.as_bytes(), &[kind << 5 | value.len() as u8], value]
            .concat()
    };
    let metadata = [
        vec![0xE3],
        number("node_count", 6, &(nodes.len() as u32).to_be_bytes()),
        number("record_size", 5, &[24]),
        number("ip_version", 5, &[ip_version]),
    ];
    [&tree[..], &SEPARATOR, data, METADATA_MARKER, &metadata.concat()].concat()
}

/// An index and a walk end with the same error.
#[track_caller]
fn check(file: &[u8], cidr: &str, is_expected: impl Fn(&FormatError) -> bool) {
    let reader = Reader::open(file).expect("the header is sound");
    let error = Index::build(&reader).expect_err("damaged");
    assert!(is_expected(&error), "{error:?}");
    let cidr = Cidr::parse(cidr).expect("a CIDR");
    let error = scan(&reader, None, &cidr, ScanOptions::default()).expect_err("damaged");
    assert!(is_expected(&error), "{error:?}");
}

#[test]
fn circles_and_doublings_end() {
    let circle = file(4, &[[0, 0]], b"\xE0");
    check(&circle, "0.0.0.0/0", |error| {
        matches!(error, FormatError::Unfolds { node: 0 } | FormatError::TooLong { .. })
    });
    let circle = file(6, &[[0, 0]], b"\xE0");
    check(&circle, "::/0", |error| {
        matches!(error, FormatError::Unfolds { .. } | FormatError::TooLong { .. })
    });
    // Each node leads twice to the next: 2^32 leaves of 32 nodes.
    let nodes: Vec<[u32; 2]> = (1..32).map(|next| [next; 2]).chain([[48, 48]]).collect();
    check(&file(4, &nodes, b"\xE0"), "0.0.0.0/0", |error| {
        matches!(error, FormatError::Unfolds { .. })
    });
    let chain: Vec<[u32; 2]> = (1..=40).map(|next| [next, 40]).collect();
    check(&file(4, &chain, b"\xE0"), "0.0.0.0/32", |error| {
        matches!(error, FormatError::TooLong { node: 32 })
    });
}

#[test]
fn an_index_of_another_file_is_noticed() {
    let one = file(4, &[[17, 17]], b"\xE0");
    let other = file(4, &[[18, 18]], b"\xE0\xE0");
    let index = Index::build(&Reader::open(&one).expect("sound")).expect("sound");
    let reader = Reader::open(&other).expect("sound");
    assert!(!index.is_of(&reader));
    let cidr = Cidr::parse("0.0.0.0/8").expect("a CIDR");
    let error = scan(&reader, Some(&index), &cidr, ScanOptions::default());
    assert_eq!(error, Err(FormatError::NoRecord { offset: 1 }));
}
