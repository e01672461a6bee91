//! Packing of what is made here: small, often asked for, and packed once.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};

/// The best: it is done once, and sent for as long as the content is the same.
const ZSTD_LEVEL: i32 = 19;

/// `Content-Encoding: gzip`, without a name and a time.
pub(in crate::serve) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    packed.expect("memory takes it")
}

/// `Content-Encoding: zstd`.
pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(bytes, ZSTD_LEVEL).expect("memory takes it, and the level is one")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::sync::Arc;

    use crate::serve::catalogue::packed::{gzip, zstd};
    use crate::serve::catalogue::{Blob, Choices};
    use crate::serve::rules::Coding;

    #[track_caller]
    fn check(bytes: &[u8]) {
        let mut unpacked = Vec::new();
        let packed = gzip(bytes);
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).expect("gzip");
        assert_eq!(unpacked, bytes);
        assert_eq!(zstd::decode_all(&zstd(bytes)[..]).expect("zstd"), bytes);
        assert_eq!(gzip(bytes), packed);
    }

    #[test]
    fn what_is_packed_is_had_back() {
        check(b"");
        check(b"x");
        check(&b"feeds ".repeat(10_000));
    }

    #[test]
    fn what_does_not_get_smaller_is_not_offered() {
        let offered = |bytes: &[u8]| {
            let choices = Choices::made(bytes.to_vec(), vec![(Coding::Gzip, gzip(bytes))]);
            assert_eq!(choices.identity().digest(), Arc::new(Blob::held(bytes.to_vec())).digest());
            choices.vary().is_some()
        };
        assert!(!offered(b"x"));
        assert!(offered(&b"x".repeat(1000)));
    }
}
