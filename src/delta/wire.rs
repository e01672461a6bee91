//! Fields of a header or body, and packing with zstd.
//!
//! Numbers are seven bits a byte, the lowest first, the high bit set on all bytes but the
//! last; texts and parts have their length before them.

use std::io;

use crate::base::Digest;
use crate::delta::DeltaError;
use crate::mmdb::Metadata;

/// Bytes of a packed part whose window zstd may use: all of them, up to 128 MiB.
pub(super) const WINDOW_LOG: u32 = 27;

/// The longest text of metadata; the format's readers look at 128 KiB of it in all.
const MAX_TEXT: usize = 1 << 16;

/// Appends a number.
pub(super) fn put_number(out: &mut Vec<u8>, number: impl Into<u128>) {
    let mut rest = number.into();
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Appends bytes and, before them, how many.
pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends what a maker said.
pub(super) fn put_metadata(out: &mut Vec<u8>, metadata: &Metadata) {
    put_number(out, metadata.build_epoch);
    put_bytes(out, metadata.database_type.as_bytes());
    put_bytes(out, metadata.description.as_bytes());
}

/// Fields yet to be read.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// Where the next field begins.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn take(&mut self, n: usize, field: &'static str) -> Result<&'a [u8], DeltaError> {
        let rest = &self.bytes[self.offset..];
        let taken = rest.get(..n).ok_or(DeltaError::Truncated { offset: self.offset, field })?;
        self.offset += n;
        Ok(taken)
    }

    pub(super) fn byte(&mut self, field: &'static str) -> Result<u8, DeltaError> {
        Ok(self.take(1, field)?[0])
    }

    pub(super) fn digest(&mut self, field: &'static str) -> Result<Digest, DeltaError> {
        let bytes: [u8; 32] = self.take(32, field)?.try_into().expect("32 were taken");
        Ok(Digest::from(bytes))
    }

    /// A number of the type that is asked for, in the fewest bytes.
    pub(super) fn number<T: TryFrom<u128>>(
        &mut self,
        field: &'static str,
    ) -> Result<T, DeltaError> {
        let corrupt = DeltaError::Corrupt { offset: self.offset, field };
        let mut number = 0_u128;
        for shift in (0..128).step_by(7) {
            let byte = self.byte(field)?;
            let digit = u128::from(byte & 0x7F);
            if digit << shift >> shift != digit {
                return Err(corrupt);
            }
            number |= digit << shift;
            if byte & 0x80 == 0 {
                return if byte == 0 && shift > 0 {
                    Err(corrupt)
                } else {
                    T::try_from(number).map_err(|_| corrupt)
                };
            }
        }
        Err(corrupt)
    }

    /// Bytes with their length before them.
    pub(super) fn bytes(&mut self, field: &'static str) -> Result<&'a [u8], DeltaError> {
        let n = self.number::<usize>(field)?;
        self.take(n, field)
    }

    pub(super) fn metadata(&mut self) -> Result<Metadata, DeltaError> {
        Ok(Metadata {
            build_epoch: self.number("build epoch")?,
            database_type: self.text("database type")?,
            description: self.text("description")?,
        })
    }

    fn text(&mut self, field: &'static str) -> Result<String, DeltaError> {
        let corrupt = DeltaError::Corrupt { offset: self.offset, field };
        let bytes = self.bytes(field)?;
        match std::str::from_utf8(bytes) {
            Ok(text) if bytes.len() <= MAX_TEXT => Ok(text.to_owned()),
            _ => Err(corrupt),
        }
    }

    /// The first bytes: what this is, and by which rules it was made.
    pub(super) fn magic(
        &mut self,
        magic: [u8; 8],
        what: &'static str,
        versions: [(&'static str, u8); 2],
    ) -> Result<(), DeltaError> {
        if self.take(magic.len(), "first bytes")? != magic {
            return Err(DeltaError::Magic { what });
        }
        for (field, known) in versions {
            let found = self.byte(field)?;
            if found != known {
                return Err(DeltaError::Version { what, field, found, known });
            }
        }
        Ok(())
    }

    /// Nothing may follow.
    pub(super) fn end(self) -> Result<(), DeltaError> {
        if self.offset == self.bytes.len() {
            return Ok(());
        }
        Err(DeltaError::Corrupt { offset: self.offset, field: "end" })
    }
}

/// Packs bytes.
pub(super) fn pack(bytes: &[u8], level: i32, field: &'static str) -> Result<Vec<u8>, DeltaError> {
    let pack = || -> io::Result<Vec<u8>> {
        let mut packer = zstd::bulk::Compressor::new(level)?;
        // The digest of the whole stands in the header.
        packer.include_checksum(false)?;
        packer.window_log(WINDOW_LOG)?;
        packer.long_distance_matching(true)?;
        packer.compress(bytes)
    };
    pack().map_err(|source| DeltaError::Pack { field, source })
}

/// Unpacks bytes that must fill `out`; `offset` is where the packed ones began.
pub(super) fn unpack(
    packed: &[u8],
    out: &mut [u8],
    offset: usize,
    field: &'static str,
) -> Result<(), DeltaError> {
    let unpacked = zstd::bulk::Decompressor::new()
        .and_then(|mut unpacker| unpacker.decompress_to_buffer(packed, out));
    match unpacked {
        Ok(n) if n == out.len() => Ok(()),
        Ok(_) => Err(DeltaError::Corrupt { offset, field }),
        Err(source) => Err(DeltaError::Unpack { offset, field, source }),
    }
}
