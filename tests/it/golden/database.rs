//! Tiny databases, byte for byte, each beside what a reading by hand would write down.

use std::net::Ipv6Addr;

use ipmint::base::{Run, V4, V6};
use ipmint::mmdb::{self, Contents, Metadata, Pool, ValueId};

use crate::golden::{check_bytes, check_text, dump, lines_around};

/// 192.0.2.0
const TEST_NET_1: u32 = 0xC000_0200;
/// 198.51.100.0
const TEST_NET_2: u32 = 0xC633_6400;
/// 203.0.113.0
const TEST_NET_3: u32 = 0xCB00_7100;

fn v6(text: &str) -> u128 {
    text.parse::<Ipv6Addr>().expect("an address").to_bits()
}

/// Writes the database and compares file and decoded text.
#[track_caller]
fn check(name: &str, pool: &Pool, v4: &[Run<V4>], v6: &[Run<V6>]) {
    let metadata = Metadata {
        database_type: "ipmint-Golden".to_owned(),
        description: "A golden file".to_owned(),
        build_epoch: 1_795_219_200, // 2026-11-21
    };
    let database = mmdb::write(Contents { pool, v4, v6 }, &metadata).expect("fits");
    assert_eq!(mmdb::check(&database.bytes), [] as [String; 0]);
    let decoded = dump::text(&database.bytes);
    // The file first: where it differs, the text differs too, and says less.
    check_bytes(&format!("{name}.mmdb"), &database.bytes, |at| {
        let line = dump::line_at(&decoded, at);
        format!("found, decoded:\n{}", lines_around(&decoded, line))
    });
    check_text(&format!("{name}.txt"), &decoded);
}

#[test]
fn nothing_known_is_still_a_database() {
    check("empty", &Pool::new(), &[], &[]);
}

#[test]
fn every_type_of_value() {
    let mut pool = Pool::new();
    let text = [pool.utf8(""), pool.utf8("Zürich")];
    let bytes = [pool.bytes(&[]), pool.bytes(&[0, 0xFF])];
    let unsigned = [
        pool.uint16(0),
        pool.uint16(0xFFFF),
        pool.uint32(0x0001_0000),
        pool.uint64(u64::MAX),
        pool.uint128(1 << 127),
    ];
    let signed = [pool.int32(0), pool.int32(-1), pool.int32(i32::MAX)];
    let real = [pool.double(-0.5), pool.float(0.25)];
    let truth = [pool.bool(false), pool.bool(true)];
    let nothing = [pool.array(&[]), pool.map(&[])];
    let groups: [(&str, &[ValueId]); 7] = [
        ("text", &text),
        ("bytes", &bytes),
        ("unsigned", &unsigned),
        ("signed", &signed),
        ("real", &real),
        ("truth", &truth),
        ("nothing", &nothing),
    ];
    let entries = groups.map(|(key, values)| (pool.utf8(key), pool.array(values)));
    let all = pool.map(&entries);
    let plain = pool.uint16(7);
    check(
        "types",
        &pool,
        &[
            Run { first: TEST_NET_1, last: TEST_NET_1 + 127, value: all.0 },
            Run { first: TEST_NET_3 + 1, last: TEST_NET_3 + 6, value: plain.0 },
        ],
        &[Run { first: v6("2001:db8::"), last: v6("2001:db8::ffff"), value: all.0 }],
    );
}

#[test]
fn what_repeats_is_pointed_to() {
    let mut pool = Pool::new();
    let (name, country) = (pool.utf8("name"), pool.utf8("country"));
    let (german, example) = (pool.utf8("DE"), pool.utf8("Example One"));
    // Texts whose sizes take one more byte, and two more.
    let (longer, longest) = (pool.utf8(&"long ".repeat(6)), pool.utf8(&"longest ".repeat(256)));
    let one = pool.map(&[(name, example), (country, german)]);
    let two = pool.map(&[(name, longer), (country, german)]);
    let three = pool.map(&[(name, longest)]);
    // Its values lie behind the longest text, so that pointers take a byte more.
    let late = pool.utf8("said late, then again");
    let four = pool.map(&[(name, late)]);
    let five = pool.array(&[late, one, three]);
    let run = |first: u32, bits: u32, value: ValueId| Run {
        first,
        last: first + (1 << bits) - 1,
        value: value.0,
    };
    check(
        "pointers",
        &pool,
        &[
            run(TEST_NET_1, 8, one),
            run(TEST_NET_2, 8, two),
            run(TEST_NET_3, 7, one),
            run(TEST_NET_3 + 128, 7, three),
        ],
        &[
            Run { first: v6("2001:db8::"), last: v6("2001:db8:0:ffff::"), value: four.0 },
            Run { first: v6("2001:db8:1::"), last: v6("2001:db8:1::1"), value: five.0 },
        ],
    );
}
