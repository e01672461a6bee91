//! Small updates: whatever a database says, its compact form and the deltas to and from it
//! give back its very bytes; and bytes that are neither are refused.

use ipmint::base::{Address, Family, Range, Run, V4, V6, push_joined};
use ipmint::delta::{DeltaError, Limits, compact, rows};
use ipmint::mmdb::{self, Contents, Metadata, Pool, RecordSize, Rows, ValueId};
use proptest::prelude::*;

const LIMITS: Limits = Limits { file_bytes: 1 << 20 };

fn metadata(build_epoch: u64) -> Metadata {
    Metadata { database_type: "Test".into(), description: "A test".into(), build_epoch }
}

/// Where a run may end, and what begins there.
type Cuts<A> = Vec<(A, Option<u8>)>;

fn runs<F: Family>(mut cuts: Cuts<F::Addr>, records: &[ValueId]) -> Vec<Run<F>> {
    cuts.sort_unstable();
    cuts.dedup_by_key(|cut| cut.0);
    let ends = cuts.iter().skip(1).map(|cut| cut.0.prev().expect("after another"));
    let ends: Vec<F::Addr> = ends.chain([F::Addr::MAX]).collect();
    let mut runs = Vec::new();
    for ((first, value), last) in cuts.into_iter().zip(ends) {
        if let Some(value) = value {
            let range = Range::new(first, last).expect("in order");
            push_joined(&mut runs, Run::new(range, records[usize::from(value) % records.len()].0));
        }
    }
    runs
}

/// What a database says; `salt` makes some of its records others than those of another salt.
#[derive(Clone, Debug)]
struct World {
    v4: Cuts<u32>,
    v6: Cuts<u128>,
    salt: u16,
    build_epoch: u64,
}

impl World {
    fn file(&self) -> Vec<u8> {
        let mut pool = Pool::new();
        let records = records(&mut pool, self.salt);
        let (v4, v6) = (runs(self.v4.clone(), &records), runs(self.v6.clone(), &records));
        let contents = Contents { pool: &pool, v4: &v4, v6: &v6 };
        mmdb::write(contents, &metadata(self.build_epoch)).expect("fits").bytes
    }
}

/// Records of every type, that share keys, texts and parts.
fn records(pool: &mut Pool, salt: u16) -> Vec<ValueId> {
    let keys = ["asn", "name", "score", "sources"].map(|key| pool.utf8(key));
    let flags = [pool.bool(false), pool.bool(true)];
    (0..12_u16)
        .map(|n| {
            let score = pool.uint16(n * (1 + salt % 2));
            let name = pool.utf8(&format!("Example {} {}", n / 2, if n == 7 { salt } else { 0 }));
            match n {
                0 => pool.double(f64::from(salt)),
                1 => pool.bytes(&[1, 2, 3]),
                2 => pool.int32(-7),
                3 => pool.uint128(u128::MAX),
                4 => flags[0],
                5 => pool.float(1.5),
                _ => {
                    let asn = pool.uint32(64_496 + u32::from(n));
                    let big = pool.uint64(u64::from(n) << 40);
                    let list = pool.array(&[name, flags[1], big]);
                    let inner = pool.map(&[(keys[1], name), (keys[2], flags[0])]);
                    let sources = pool.array(&[list, inner]);
                    pool.map(&[
                        (keys[0], asn),
                        (keys[1], name),
                        (keys[2], score),
                        (keys[3], sources),
                    ])
                }
            }
        })
        .collect()
}

/// An address near IPv4's places, or anywhere, with few or many bits that matter.
fn v6_addr() -> impl Strategy<Value = u128> {
    let places = [0, 0xffff_u128 << 32, 0x2001_0000 << 96, 0x2002 << 112, 0x2001_0db8 << 96];
    (prop::sample::select(places.to_vec()), any::<u128>(), 0_u32..128, any::<bool>()).prop_map(
        |(place, bits, len, is_near)| {
            let bits = bits & !u128::MAX.checked_shr(len).unwrap_or(0);
            if is_near { place ^ bits >> 48 } else { bits }
        },
    )
}

fn v4_addr() -> impl Strategy<Value = u32> {
    (any::<u32>(), 0_u32..=32)
        .prop_map(|(bits, len)| bits & !u32::MAX.checked_shr(len).unwrap_or(0))
}

fn value() -> impl Strategy<Value = Option<u8>> {
    prop::option::weighted(0.8, 0_u8..12)
}

fn world() -> impl Strategy<Value = World> {
    let v4 = prop_oneof![
        4 => prop::collection::vec((v4_addr(), value()), 0..40),
        // One thing said of all IPv4, or nothing: there is no subtree then.
        1 => value().prop_map(|value| vec![(0, value)]),
    ];
    let v6 = prop_oneof![
        3 => prop::collection::vec((v6_addr(), value()), 0..40),
        1 => Just(Vec::new()),
        1 => value().prop_map(|value| vec![(0, value)]),
    ];
    (v4, v6, 0_u16..4, 1_u64..3).prop_map(|(v4, v6, salt, build_epoch)| World {
        v4,
        v6,
        salt,
        build_epoch,
    })
}

/// A world, and what became of it: a few cuts more, other records.
fn night() -> impl Strategy<Value = [World; 2]> {
    let more = (
        prop::collection::vec((v4_addr(), value()), 0..4),
        prop::collection::vec((v6_addr(), value()), 0..4),
    );
    (world(), more, 0_u16..4, 1_u64..3).prop_map(|(old, (v4, v6), salt, build_epoch)| {
        let new = World {
            v4: [v4, old.v4.clone()].concat(),
            v6: [v6, old.v6.clone()].concat(),
            salt,
            build_epoch,
        };
        [old, new]
    })
}

proptest! {
    #[test]
    fn a_file_is_what_its_rows_say(world in world()) {
        let file = world.file();
        let mut pool = Pool::new();
        let rows = Rows::read(&file, &mut pool).expect("ours");
        let contents = Contents { pool: &pool, v4: &rows.v4, v6: &rows.v6 };
        prop_assert!(mmdb::write(contents, &rows.metadata).expect("fits").bytes == file);
    }

    #[test]
    fn the_compact_form_rebuilds_the_file(world in world()) {
        let file = world.file();
        let compact = compact::encode(&file).expect("ours");
        prop_assert!(compact::decode(&compact, LIMITS).expect("whole") == file);
        prop_assert_eq!(compact, compact::encode(&file).expect("ours"), "another each time");
    }

    #[test]
    fn a_delta_leads_from_one_file_to_the_other(nights in night(), other in world()) {
        let [old, new] = nights.map(|world| world.file());
        for (old, new) in [(&old, &new), (&new, &old), (&old, &other.file())] {
            let delta = rows::diff(old, new).expect("ours");
            prop_assert!(&rows::apply(old, &delta, LIMITS).expect("whole") == new);
            prop_assert_eq!(&delta, &rows::diff(old, new).expect("ours"), "another each time");
        }
    }

    #[test]
    fn deltas_are_applied_in_turn(nights in night(), last in world()) {
        let [first, second] = nights.map(|world| world.file());
        let last = last.file();
        let deltas = [rows::diff(&first, &second), rows::diff(&second, &last)];
        let end = deltas.iter().fold(first, |file, delta| {
            rows::apply(&file, delta.as_ref().expect("ours"), LIMITS).expect("whole")
        });
        prop_assert!(end == last);
    }

    #[test]
    fn flipped_bytes_are_refused(
        nights in night(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..4),
    ) {
        let [old, new] = nights.map(|world| world.file());
        let flip = |bytes: &[u8]| {
            let mut flipped = bytes.to_vec();
            flips.iter().for_each(|(at, by)| flipped[at.index(bytes.len())] ^= by);
            flipped
        };
        let whole = compact::encode(&new).expect("ours");
        let flipped = flip(&whole);
        if let Ok(file) = compact::decode(&flipped, LIMITS) {
            // What the last bits of a coded part say need not matter.
            prop_assert!(file == new);
        }
        let whole = rows::diff(&old, &new).expect("ours");
        if let Ok(file) = rows::apply(&old, &flip(&whole), LIMITS) {
            prop_assert!(file == new);
        }
        // Files that are not what we write are refused, or are what we write.
        let flipped = flip(&new);
        let _ = rows::apply(&flipped, &whole, LIMITS).expect_err("another old file");
        if let Ok(compact) = compact::encode(&flipped) {
            prop_assert!(compact::decode(&compact, LIMITS).expect("whole") == flipped);
        }
        if let Ok(delta) = rows::diff(&flipped, &old) {
            prop_assert!(rows::apply(&flipped, &delta, LIMITS).expect("whole") == old);
        }
        if let Ok(delta) = rows::diff(&old, &flipped) {
            prop_assert!(rows::apply(&old, &delta, LIMITS).expect("whole") == flipped);
        }
    }
}

/// Two small files.
fn pair() -> [Vec<u8>; 2] {
    let v4 = vec![(0xC000_0200, Some(6)), (0xC000_0280, Some(7)), (0xC000_0300, None)];
    let v6 = vec![(0x2001_0db8 << 96, Some(8)), (0x2001_0db9 << 96, None)];
    let old = World { v4, v6, salt: 0, build_epoch: 1 };
    let mut new = World { salt: 1, build_epoch: 2, ..old.clone() };
    new.v4.push((0xCB00_7100, Some(9)));
    [old.file(), new.file()]
}

#[test]
fn cut_short_anywhere_they_are_refused() {
    let [old, new] = pair();
    let compact = compact::encode(&new).expect("ours");
    for n in 0..compact.len() {
        compact::decode(&compact[..n], LIMITS).expect_err("cut short");
    }
    let delta = rows::diff(&old, &new).expect("ours");
    for n in 0..delta.len() {
        rows::apply(&old, &delta[..n], LIMITS).expect_err("cut short");
    }
}

#[test]
fn a_byte_more_is_refused() {
    let [old, new] = pair();
    let compact = [compact::encode(&new).expect("ours"), vec![0]].concat();
    compact::decode(&compact, LIMITS).expect_err("a byte more");
    let delta = [rows::diff(&old, &new).expect("ours"), vec![0]].concat();
    rows::apply(&old, &delta, LIMITS).expect_err("a byte more");
}

#[test]
fn every_byte_turned_every_way_is_refused_or_does_not_matter() {
    let [old, new] = pair();
    let compact = compact::encode(&new).expect("ours");
    let delta = rows::diff(&old, &new).expect("ours");
    for by in [0x01, 0x80, 0xFF, 0x7F] {
        for at in 0..compact.len() {
            let mut flipped = compact.clone();
            flipped[at] ^= by;
            assert!(compact::decode(&flipped, LIMITS).map_or(true, |file| file == new));
        }
        for at in 0..delta.len() {
            let mut flipped = delta.clone();
            flipped[at] ^= by;
            assert!(rows::apply(&old, &flipped, LIMITS).map_or(true, |file| file == new));
        }
    }
}

#[test]
fn a_delta_between_equal_files_is_tiny() {
    let [file, _] = pair();
    let delta = rows::diff(&file, &file).expect("ours");
    assert!(delta.len() < 128, "{} bytes", delta.len());
    let ends = rows::ends(&delta).expect("a delta");
    assert_eq!(ends.old, ends.new);
    assert_eq!(rows::apply(&file, &delta, LIMITS).expect("whole"), file);
}

#[test]
fn a_delta_is_refused_by_another_file() {
    let [old, new] = pair();
    let delta = rows::diff(&old, &new).expect("ours");
    let error = rows::apply(&new, &delta, LIMITS).expect_err("another file");
    assert!(matches!(error, DeltaError::WrongBase { .. }), "{error}");
}

#[test]
fn nothing_past_the_limit_is_rebuilt() {
    let [old, new] = pair();
    let limits = Limits { file_bytes: new.len() as u64 - 1 };
    let compact = compact::encode(&new).expect("ours");
    let error = compact::decode(&compact, limits).expect_err("too large");
    assert!(matches!(error, DeltaError::TooLarge { .. }), "{error}");
    let delta = rows::diff(&old, &new).expect("ours");
    let error = rows::apply(&old, &delta, limits).expect_err("too large");
    assert!(matches!(error, DeltaError::TooLarge { .. }), "{error}");
}

#[test]
fn one_is_not_taken_for_the_other() {
    let [old, new] = pair();
    let compact = compact::encode(&new).expect("ours");
    let delta = rows::diff(&old, &new).expect("ours");
    let error = compact::decode(&delta, LIMITS).expect_err("a delta");
    assert!(matches!(error, DeltaError::Magic { .. }), "{error}");
    let error = rows::apply(&old, &compact, LIMITS).expect_err("a compact form");
    assert!(matches!(error, DeltaError::Magic { .. }), "{error}");
    let mut later = compact;
    later[8] += 1;
    let error = compact::decode(&later, LIMITS).expect_err("a later form");
    assert!(matches!(error, DeltaError::Version { .. }), "{error}");
}

/// A file with that many values of the largest size there is, and a small one.
fn heavy(n_values: u8, small: u16) -> mmdb::Database {
    let mut pool = Pool::new();
    let values = (0..n_values).map(|value| pool.bytes(&vec![value; 16_843_036]));
    let values: Vec<ValueId> = values.collect();
    let small = pool.uint16(small);
    let v4: Vec<Run<V4>> = (0..)
        .zip(values.iter().chain([&small]))
        .map(|(n, value)| Run { first: n << 24, last: (n << 24) + 255, value: value.0 })
        .collect();
    let v6 = [Run::<V6> { first: 1 << 125, last: 1 << 126, value: values[0].0 }];
    let contents = Contents { pool: &pool, v4: &v4, v6: &v6 };
    mmdb::write(contents, &metadata(1)).expect("fits")
}

#[test]
fn records_of_28_bits_are_rebuilt() {
    // Two such values pass what 24 bits can say.
    let (old, new) = (heavy(2, 1), heavy(2, 2));
    assert_eq!(new.record_size, RecordSize::Bits28);
    let limits = Limits::default();
    let compact = compact::encode(&new.bytes).expect("ours");
    assert!(compact::decode(&compact, limits).expect("whole") == new.bytes);
    let delta = rows::diff(&old.bytes, &new.bytes).expect("ours");
    assert!(delta.len() < 200, "{} bytes", delta.len());
    assert!(rows::apply(&old.bytes, &delta, limits).expect("whole") == new.bytes);
}

#[test]
fn records_of_32_bits_are_rebuilt() {
    let file = heavy(16, 1);
    assert_eq!(file.record_size, RecordSize::Bits32);
    // Which compares what comes back.
    let compact = compact::encode(&file.bytes).expect("ours");
    assert!(compact.len() < 100_000, "{} bytes", compact.len());
}

#[test]
fn a_large_tree_is_rebuilt() {
    let mut pool = Pool::new();
    let values: Vec<ValueId> = (0..300).map(|n| pool.uint32(n)).collect();
    let file = |step: u32| {
        let v4: Vec<Run<V4>> = (0_u32..60_000)
            .map(|n| Run {
                first: n << 9,
                last: (n << 9) + 255,
                value: values[(n.wrapping_mul(n / step) % 300) as usize].0,
            })
            .collect();
        let contents = Contents { pool: &pool, v4: &v4, v6: &[] };
        mmdb::write(contents, &metadata(1)).expect("fits").bytes
    };
    let (old, new) = (file(1000), file(1001));
    let compact = compact::encode(&new).expect("ours");
    assert!(compact.len() * 3 < new.len(), "{} of {} bytes", compact.len(), new.len());
    assert!(compact::decode(&compact, LIMITS).expect("whole") == new);
    let delta = rows::diff(&old, &new).expect("ours");
    assert!(rows::apply(&old, &delta, LIMITS).expect("whole") == new);
}
