//! An update that the stock zstd tool applies, and browsers do (RFC 9842, Dictionary-Compressed
//! Zstandard).
//!
//! ```text
//! header     5e 2a 4d 18 20 00 00 00: a skippable frame (RFC 8878 §3.1.2) of 32 bytes
//!            SHA-256 of the old file
//! frame      zstd; the old file lies before it as the bytes that matches may point into
//! ```
//!
//! `zstd -d --patch-from=OLD --long=27 DELTA.dcz -o NEW` skips the header. It says nothing of the
//! new file's digest: whoever applies it has that from elsewhere, or trusts where it came from.

use std::io::{self, Read as _, Write as _};

use zstd::stream::{read, write};
use zstd::zstd_safe;

use crate::base::Digest;
use crate::delta::error::check_size;
use crate::delta::wire::{Fields, WINDOW_LOG};
use crate::delta::{DeltaError, Limits};

/// RFC 9842 §5.
pub(super) const MAGIC: [u8; 8] = [0x5E, 0x2A, 0x4D, 0x18, 0x20, 0, 0, 0];
const WHAT: &str = "delta of zstd";
const FRAME: &str = "frame";

/// For the frame.
const LEVEL: i32 = 19;

/// Tells in a tenth of the time about how small the frame will be.
const QUICK_LEVEL: i32 = 3;

/// RFC 9842 §5: a client's window has 1.25 times the old file's bytes, at least 8 MB and at most
/// 128 MB. Larger old files have no delta, so that every client can hold what it needs.
const MAX_OLD_BYTES: u64 = 128_000_000 / 5 * 4;
const LEAST_WINDOW_BYTES: u64 = 8_000_000;

/// The bytes of a frame's header at most (RFC 8878 §3.1.1).
const FRAME_HEADER_BYTES: usize = 18;

/// Returns what makes the new file of the old one.
///
/// # Errors
/// [`DeltaError::TooLarge`] if the files are larger than every client of RFC 9842 can take.
pub fn encode(old: &[u8], new: &[u8]) -> Result<Vec<u8>, DeltaError> {
    check_sizes(old, new)?;
    let mut out = MAGIC.to_vec();
    out.extend(Digest::of(old).to_bytes());
    let out = pack(out, old, new, LEVEL)?;
    // The one proof that it leads there is to have gone there.
    if decode(old, &out, Limits { file_bytes: new.len() as u64 })? != new {
        return Err(DeltaError::Corrupt { offset: HEADER_BYTES, field: FRAME });
    }
    Ok(out)
}

/// Returns about how many bytes [`encode`] would make, soon; mostly some more.
///
/// # Errors
/// As [`encode`].
pub fn estimate(old: &[u8], new: &[u8]) -> Result<usize, DeltaError> {
    check_sizes(old, new)?;
    Ok(HEADER_BYTES + pack(Vec::new(), old, new, QUICK_LEVEL)?.len())
}

const HEADER_BYTES: usize = MAGIC.len() + 32;

fn check_sizes(old: &[u8], new: &[u8]) -> Result<(), DeltaError> {
    let (old_bytes, new_bytes) = (old.len() as u64, new.len() as u64);
    check_size("the old file", old_bytes, Limits { file_bytes: MAX_OLD_BYTES })?;
    // The frame is one segment: its window is all of the new file.
    let window = (old_bytes / 4 * 5).max(LEAST_WINDOW_BYTES);
    check_size("the new file", new_bytes, Limits { file_bytes: window })
}

fn pack(out: Vec<u8>, old: &[u8], new: &[u8], level: i32) -> Result<Vec<u8>, DeltaError> {
    let pack = || -> io::Result<Vec<u8>> {
        let mut packer = write::Encoder::with_ref_prefix(out, level, old)?;
        // The only proof that whoever applies it has.
        packer.include_checksum(true)?;
        // zstd makes it as small as both files together allow.
        packer.window_log(WINDOW_LOG)?;
        packer.long_distance_matching(true)?;
        packer.set_pledged_src_size(Some(new.len() as u64))?;
        packer.write_all(new)?;
        packer.finish()
    };
    pack().map_err(|source| DeltaError::Pack { field: FRAME, source })
}

/// Returns the new file; whether it is the one that was meant, its caller has to know.
///
/// # Errors
/// If the delta is not from this old file, or is malformed, or leads past the limits.
pub fn decode(old: &[u8], delta: &[u8], limits: Limits) -> Result<Vec<u8>, DeltaError> {
    let mut fields = Fields::new(delta);
    if fields.take(MAGIC.len(), "first bytes")? != MAGIC {
        return Err(DeltaError::Magic { what: WHAT });
    }
    let expected = fields.digest("digest of the old file")?;
    let frame = &delta[HEADER_BYTES..];
    let corrupt = || DeltaError::Corrupt { offset: HEADER_BYTES, field: FRAME };
    let header = &frame[..frame.len().min(FRAME_HEADER_BYTES)];
    let said = zstd_safe::get_frame_content_size(header).map_err(|_| corrupt())?;
    check_size("the new file", said.unwrap_or(0), limits)?;
    let found = Digest::of(old);
    if found != expected {
        return Err(DeltaError::WrongBase { expected, found });
    }
    let unpack = || -> io::Result<(Vec<u8>, usize)> {
        let mut unpacker = read::Decoder::with_ref_prefix(frame, old)?.single_frame();
        unpacker.window_log_max(WINDOW_LOG)?;
        let mut new = Vec::new();
        // One byte more than allowed tells a file that ends there from one that goes on.
        (&mut unpacker).take(limits.file_bytes.saturating_add(1)).read_to_end(&mut new)?;
        Ok((new, unpacker.finish().len()))
    };
    let unpacked = unpack();
    let (new, n_left) = unpacked.map_err(|source| DeltaError::Unpack {
        offset: HEADER_BYTES,
        field: FRAME,
        source,
    })?;
    check_size("the new file", new.len() as u64, limits)?;
    if n_left > 0 || said.is_some_and(|said| said != new.len() as u64) {
        return Err(corrupt());
    }
    Ok(new)
}

#[cfg(test)]
mod tests {
    use crate::delta::{DeltaError, Limits, dcz};

    const LIMITS: Limits = Limits { file_bytes: 1 << 20 };

    /// Bytes that do not pack by themselves.
    fn noise(n_bytes: u32) -> Vec<u8> {
        let mut state = 1_u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..n_bytes).map(next).collect()
    }

    fn night() -> [Vec<u8>; 2] {
        let old = noise(100_000);
        let new = [&old[..40_000], b"what is new", &old[40_000..]].concat();
        [old, new]
    }

    #[test]
    fn the_new_file_comes_back_from_the_old_one() {
        let [old, new] = night();
        let delta = dcz::encode(&old, &new).expect("small enough");
        assert!(delta.len() < 200, "{} bytes", delta.len());
        assert!(dcz::decode(&old, &delta, LIMITS).expect("what we made") == new);
        for (old, new) in [(&b""[..], &b"x"[..]), (b"x", b""), (b"", b"")] {
            let delta = dcz::encode(old, new).expect("small enough");
            assert_eq!(dcz::decode(old, &delta, LIMITS).expect("what we made"), new);
        }
    }

    #[test]
    fn what_is_no_delta_of_this_file_is_refused() {
        let [old, new] = night();
        let delta = dcz::encode(&old, &new).expect("small enough");
        let wrong = dcz::decode(&new, &delta, LIMITS);
        assert!(matches!(wrong, Err(DeltaError::WrongBase { .. })));
        let limits = Limits { file_bytes: new.len() as u64 - 1 };
        assert!(matches!(dcz::decode(&old, &delta, limits), Err(DeltaError::TooLarge { .. })));
        assert!(matches!(dcz::decode(&old, &old, LIMITS), Err(DeltaError::Magic { .. })));
        for end in 0..delta.len() {
            dcz::decode(&old, &delta[..end], LIMITS).expect_err("cut short");
        }
        let longer = [&delta[..], b"x"].concat();
        dcz::decode(&old, &longer, LIMITS).expect_err("something follows");
        for idx in 0..delta.len() {
            let mut damaged = delta.clone();
            damaged[idx] ^= 1;
            dcz::decode(&old, &damaged, LIMITS).expect_err("damaged");
        }
    }

    #[test]
    fn a_frame_that_does_not_say_its_length_is_capped() {
        let old = noise(1000);
        let mut delta = dcz::encode(&old, b"").expect("small enough");
        delta.truncate(super::HEADER_BYTES);
        let bomb = zstd::stream::encode_all(&vec![0; 1 << 22][..], 1).expect("packs");
        delta.extend(bomb);
        let refused = dcz::decode(&old, &delta, LIMITS);
        assert!(matches!(refused, Err(DeltaError::TooLarge { limit: 0x10_0000, .. })));
    }

    #[test]
    fn files_that_a_client_cannot_hold_have_no_delta() {
        let large = vec![0; 8_000_001];
        assert!(matches!(dcz::encode(b"", &large), Err(DeltaError::TooLarge { .. })));
        let larger = vec![0; 102_400_001];
        assert!(matches!(dcz::encode(&larger, b""), Err(DeltaError::TooLarge { .. })));
    }
}
