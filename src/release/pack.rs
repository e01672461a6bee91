//! What a database is packed as, beside itself. The same bytes give the same packages.

use std::io::{self, Write as _};

use flate2::{Compression, GzBuilder};
use zstd::zstd_safe::CParameter;

use crate::base::{BuildEpoch, Variant};
use crate::delta::{DeltaError, compact};
use crate::mmdb::{Metadata, Reader};

/// Of zstd: nobody waits for a nightly build, and everybody downloads it.
const ZSTD_LEVEL: i32 = 19;
/// 8 MiB: the most that a file may ask for to be a `Content-Encoding` too (RFC 9659 §3). 128 MiB would make
/// the largest edition of the corpus 0.13 % smaller.
const WINDOW_LOG: u32 = 23;
/// Of deflate, where the next levels cost twice the time for one per cent.
const DEFLATE_LEVEL: u32 = 6;

/// Packs an edition's database.
pub(super) fn pack(edition: &str, bytes: &[u8], variant: Variant) -> Result<Vec<u8>, DeltaError> {
    let unpackable = |source| DeltaError::Pack { field: "file", source };
    match variant {
        Variant::Mmdb => Ok(bytes.to_vec()),
        Variant::Zst => zst(bytes).map_err(unpackable),
        Variant::Gz => gz(|out| out.write_all(bytes)).map_err(unpackable),
        Variant::TarGz => tar_gz(edition, bytes).map_err(unpackable),
        Variant::Compact => compact::encode(bytes),
    }
}

fn zst(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = zstd::Encoder::new(Vec::new(), ZSTD_LEVEL)?;
    encoder.set_pledged_src_size(Some(bytes.len() as u64))?;
    encoder.include_checksum(true)?;
    encoder.set_parameter(CParameter::EnableLongDistanceMatching(true))?;
    // No larger than the file: a reader sets aside what the frame says.
    let fitting = usize::BITS - bytes.len().leading_zeros();
    encoder.set_parameter(CParameter::WindowLog(fitting.clamp(10, WINDOW_LOG)))?;
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Without a name and a time: what is packed when, and from where, changes nothing.
fn gz(write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> io::Result<Vec<u8>> {
    let level = Compression::new(DEFLATE_LEVEL);
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), level);
    write(&mut encoder)?;
    encoder.finish()
}

/// `<edition>_YYYYMMDD/<edition>.mmdb`: update clients look for one database in one folder.
fn tar_gz(edition: &str, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let metadata = Reader::open(bytes).and_then(|reader| Metadata::read(reader.metadata()));
    let epoch = metadata.map_err(io::Error::other)?.build_epoch;
    let name = Variant::Mmdb.file_name(edition);
    let path = format!("{edition}_{}/{name}", BuildEpoch(epoch).day().compact());
    gz(|out| {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(epoch);
        let mut archive = tar::Builder::new(out);
        archive.append_data(&mut header, path, bytes)?;
        archive.finish()
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use crate::base::Variant;
    use crate::delta::{Limits, compact};
    use crate::mmdb::{Contents, Metadata, Pool, write};
    use crate::release::pack::pack;

    fn database() -> Vec<u8> {
        let metadata = Metadata {
            database_type: "ipmint-test".to_owned(),
            description: "a test".to_owned(),
            build_epoch: 1_787_400_000,
        };
        let contents = Contents { pool: &Pool::new(), v4: &[], v6: &[] };
        write(contents, &metadata).expect("small").bytes
    }

    #[test]
    fn every_variant_is_unpacked_to_the_same_bytes() {
        let bytes = database();
        for &variant in Variant::PACKED {
            let packed = pack("asn", &bytes, variant).expect("packed");
            assert_eq!(packed, pack("asn", &bytes, variant).expect("again"));
            let unpacked = match variant {
                Variant::Mmdb => unreachable!("not packed"),
                Variant::Zst => zstd::decode_all(&*packed).expect("zstd"),
                Variant::Compact => compact::decode(&packed, Limits::default()).expect("compact"),
                Variant::Gz => gunzip(&packed),
                Variant::TarGz => {
                    let tar = gunzip(&packed);
                    let mut archive = tar::Archive::new(&*tar);
                    let mut entries = archive.entries().expect("tar");
                    let mut entry = entries.next().expect("one").expect("sound");
                    assert_eq!(entry.path_bytes().as_ref(), b"asn_20260822/asn.mmdb");
                    let mut content = Vec::new();
                    entry.read_to_end(&mut content).expect("whole");
                    assert!(entries.next().is_none());
                    content
                }
            };
            assert_eq!(unpacked, bytes, "{variant:?}");
        }
    }

    fn gunzip(packed: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes).expect("gzip");
        bytes
    }
}
