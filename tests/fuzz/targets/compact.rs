//! Compact forms: refused or rebuilt within the limits; databases of ours come back whole.
#![no_main]

mod number;

use ipmint::delta::{Limits, compact};
use libfuzzer_sys::fuzz_target;

use number::number;

const LIMITS: Limits = Limits { file_bytes: 1 << 20 };

fuzz_target!(|bytes: &[u8]| {
    if let Ok(file) = compact::decode(bytes, LIMITS) {
        assert!(file.len() as u64 <= LIMITS.file_bytes, "{} bytes", file.len());
    }
    let _ = compact::decode(&form(bytes), LIMITS);
    if let Ok(packed) = compact::encode(bytes) {
        let file = compact::decode(&packed, LIMITS).expect("what we packed");
        assert!(file == bytes, "rebuilt, the file is another");
    }
});

/// A form whose counts and coded parts are the input's: what a header refuses is not looked at,
/// and hardly any input has a header that holds.
fn form(bytes: &[u8]) -> Vec<u8> {
    let [n_nodes, n_leaves, n_records, n_ways, cut, rest @ ..] = bytes else { return Vec::new() };
    let (shape, rest) = rest.split_at(usize::from(*cut).min(rest.len()));
    let (ids, data) = rest.split_at(usize::from(*cut).min(rest.len()));
    let packed = zstd::bulk::compress(data, 1).expect("packs");
    let mut out = b"ipmint/C\x01\x01".to_vec();
    out.extend([0; 32]);
    number(&mut out, 6 * usize::from(*n_nodes) + data.len() + 200);
    // Epoch, type and description.
    out.extend([1, 1, b'T', 1, b'T']);
    for n in [n_nodes, n_leaves, n_records] {
        number(&mut out, usize::from(*n));
    }
    number(&mut out, data.len());
    number(&mut out, usize::from(n_ways % 4));
    (0..n_ways % 4).for_each(|way| number(&mut out, usize::from(way)));
    for part in [shape, ids, &packed] {
        number(&mut out, part.len());
        out.extend_from_slice(part);
    }
    out
}
