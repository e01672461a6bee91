//! Deltas of zstd: refused or applied within the limits; what is made of two files leads there.
#![no_main]

use ipmint::base::Digest;
use ipmint::delta::{Limits, dcz};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits { file_bytes: 1 << 20 };

const OLD: &[u8] = b"an old file, whose bytes a frame may point into";

fuzz_target!(|bytes: &[u8]| {
    for delta in [bytes, &delta(bytes)] {
        if let Ok(file) = dcz::decode(OLD, delta, LIMITS) {
            assert!(file.len() as u64 <= LIMITS.file_bytes, "{} bytes", file.len());
        }
    }
    for (old, new) in [(OLD, bytes), (bytes, OLD)] {
        let delta = dcz::encode(old, new).expect("small files");
        assert!(dcz::decode(old, &delta, LIMITS).expect("what we made") == new);
    }
});

/// A delta from [`OLD`] whose frame is the input: what has another header is not looked at.
fn delta(frame: &[u8]) -> Vec<u8> {
    let header = [0x5E, 0x2A, 0x4D, 0x18, 0x20, 0, 0, 0];
    [&header[..], &Digest::of(OLD).to_bytes(), frame].concat()
}
