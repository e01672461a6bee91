//! An edition's archive under another name.
//!
//! ```text
//! gzip member   tar header: <alias>_YYYYMMDD/<alias>.mmdb
//! gzip member   the database, as `.mmdb.gz` has it
//! gzip member   zeros up to a whole block, and the two that end an archive
//! ```
//!
//! Clients look for the file by the name that they asked for. gzip members can be joined (RFC 1952 §2.2),
//! so nothing is packed again.

use std::io::{self, Write as _};
use std::sync::Arc;

use bytes::Bytes;
use flate2::{Compression, GzBuilder};

use crate::base::{BuildEpoch, Md5, Variant};
use crate::serve::catalogue::{Blob, Choices, Form};

/// Of tar (POSIX.1, pax, "ustar Interchange Format").
const BLOCK_BYTES: u64 = 512;

/// An archive that was put together here.
#[derive(Debug)]
pub struct Archive {
    /// It, as it is.
    pub form: Form,
    /// Its digest for clients that know no better.
    pub md5: Md5,
}

impl Archive {
    /// Puts the database of `size` bytes, which `packed` is the gzip of, into an archive named `alias`.
    pub(super) fn of(
        alias: &str,
        version: &str,
        epoch: BuildEpoch,
        size: u64,
        packed: &Blob,
    ) -> io::Result<Self> {
        let mut header = tar::Header::new_ustar();
        header.set_path(format!("{alias}_{}/{alias}.mmdb", epoch.day().compact()))?;
        header.set_size(size);
        header.set_mode(0o644);
        header.set_mtime(epoch.0);
        header.set_cksum();
        let end = size.next_multiple_of(BLOCK_BYTES) - size + 2 * BLOCK_BYTES;
        let mut parts = vec![Bytes::from(member(header.as_bytes())?)];
        parts.extend_from_slice(packed.parts());
        // At most 1,535 zeros.
        parts.push(Bytes::from(member(&vec![0; end as usize])?));
        let md5 = Md5::md5_of_parts(&parts);
        let choices = Choices::only(Arc::new(Blob::joined(parts)));
        Ok(Self { form: Form::of(alias, version, Some(Variant::TarGz), choices), md5 })
    }
}

fn member(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::MultiGzDecoder;

    use crate::base::BuildEpoch;
    use crate::serve::catalogue::Blob;
    use crate::serve::catalogue::alias::{Archive, member};

    #[test]
    fn it_holds_the_database_under_the_other_name() {
        for n_bytes in [0, 1, 511, 512, 513, 100_000] {
            let bytes = vec![7; n_bytes];
            let packed = Blob::held(member(&bytes).expect("packed"));
            let epoch = BuildEpoch(1_787_400_000);
            let archive = Archive::of("GeoLite2-ASN", "20260822.1", epoch, n_bytes as u64, &packed);
            let archive = archive.expect("a short name");
            let blob = archive.form.choices.identity();
            let bytes_of_archive = blob.slice(0, blob.size()).concat();
            let mut archive = tar::Archive::new(MultiGzDecoder::new(&bytes_of_archive[..]));
            let mut entries = archive.entries().expect("tar");
            let mut entry = entries.next().expect("one").expect("sound");
            let path = entry.path_bytes().into_owned();
            assert_eq!(path, b"GeoLite2-ASN_20260822/GeoLite2-ASN.mmdb");
            let mut found = Vec::new();
            entry.read_to_end(&mut found).expect("whole");
            assert_eq!(found, bytes);
            assert!(entries.next().is_none());
        }
    }

    #[test]
    fn a_name_that_tar_has_no_room_for_is_an_error() {
        let long = "x".repeat(300);
        assert!(Archive::of(&long, "20260822.1", BuildEpoch(0), 0, &Blob::held("")).is_err());
    }
}
