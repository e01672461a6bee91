//! Ways to pack, told by magic bytes, and their decoders.

use std::io::{self, Read};

/// The largest zstd window that is allowed, 2^27 bytes, as the zstd tool has it.
const ZSTD_WINDOW_LOG: u32 = 27;
/// The most memory that xz may take: `xz -9` needs 65 MiB.
const XZ_MEMORY: u64 = 128 << 20;

/// A way to pack, known by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zstd,
    Bzip2,
    Xz,
    Zip,
    Tar,
}

impl Packing {
    /// Looks at the first bytes; `None` is packed in no way we know.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            // RFC 1952 §2.3.1: ID1, ID2, and deflate, the only method.
            [0x1F, 0x8B, 8, ..] => Some(Self::Gzip),
            // RFC 8878 §3.1.1; §3.1.2 for skippable frames, which may come first.
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Some(Self::Zstd),
            // The level, then pi (a block) or its root (the end of an empty stream).
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => {
                Some(Self::Bzip2)
            }
            // The .xz File Format 1.2.1, §2.1.1.1.
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            // APPNOTE 6.3.10 §4.3.7, and §4.3.16 for an empty archive.
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            // POSIX.1-1988 ustar; GNU writes the same five letters.
            _ if bytes.get(257..262) == Some(b"ustar") => Some(Self::Tar),
            _ => None,
        }
    }

    /// The word in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zip => "zip",
            Self::Tar => "tar",
        }
    }

    /// A decoder of all members, frames or streams there are.
    pub(super) fn decoder(self, bytes: &[u8]) -> io::Result<Box<dyn Read + '_>> {
        Ok(match self {
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(bytes)),
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(bytes)),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Box::new(decoder)
            }
            Self::Xz => {
                let concatenated = liblzma::stream::CONCATENATED;
                let stream = liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY, concatenated)?;
                Box::new(liblzma::bufread::XzDecoder::new_stream(bytes, stream))
            }
            Self::Zip | Self::Tar => Box::new(bytes),
        })
    }
}

/// Undoes the packing of bytes that are packed, or returns them as they are; `None` if that is more
/// than `limit` bytes.
pub fn unpacked(bytes: &[u8], limit: u64) -> io::Result<Option<Vec<u8>>> {
    let decoder: Box<dyn Read> = match Packing::of(bytes) {
        Some(packing) => packing.decoder(bytes)?,
        None => Box::new(bytes),
    };
    let mut unpacked = Vec::new();
    // One byte more than allowed tells a file that ends there from one that goes on.
    decoder.take(limit.saturating_add(1)).read_to_end(&mut unpacked)?;
    Ok((unpacked.len() as u64 <= limit).then_some(unpacked))
}

#[cfg(test)]
mod tests {
    use crate::fetch::packing::Packing;

    #[track_caller]
    fn check(bytes: &[u8], expected: Option<Packing>) {
        assert_eq!(Packing::of(bytes), expected, "{bytes:?}");
    }

    #[test]
    fn text_that_begins_like_an_archive_is_text() {
        check(b"BZh9", None);
        check(b"BZh91AY&SY", Some(Packing::Bzip2));
        check(b"PK", None);
        check(b"PK\x03\x04", Some(Packing::Zip));
        check(b"\x1F\x8B\x08", Some(Packing::Gzip));
        check(b"192.0.2.1\n", None);
        check(b"", None);
    }
}
