//! The rows that changed from one file to the next.
//!
//! ```text
//! header     "ipmint/D", form 1, layout 1, SHA-256 of the old file, SHA-256 and length of the new one
//! body       (zstd; its length unpacked stands before it)
//!   metadata     of the new file
//!   values       records that the old file does not have, as a data section of their own
//!   becomes      records that became others, wherever they stood
//!   rows         IPv4's, then IPv6's: ranges whose record is another than that would give
//! ```
//!
//! A record whose content changes (a date, a score) changes in thousands of rows at once;
//! "becomes" says it once. Rows are written by column: exponents, gaps, counts, records. A
//! range is a count of blocks of 2^exponent addresses, so that a prefix is a count of one.

use crate::base::Digest;
use crate::delta::body::{self, Most};
use crate::delta::changes::{Changes, patched};
use crate::delta::error::check_size;
use crate::delta::wire::{Fields, pack, put_number, unpack};
use crate::delta::{DeltaError, LAYOUT, Limits};
use crate::mmdb::{self, Contents, Pool, Rows};

pub(super) const MAGIC: [u8; 8] = *b"ipmint/D";
const WHAT: &str = "delta";
const FORM: u8 = 1;

/// For the body.
const LEVEL: i32 = 19;

/// Which file a delta is from, and which it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// SHA-256 of the old file.
    pub old: Digest,
    /// SHA-256 of the new file.
    pub new: Digest,
}

/// Returns what has to be done to the old file to have the new one.
///
/// # Errors
/// If either is no database of ours, or the new one is not what [`mmdb::write`] makes of its
/// contents, to the byte.
pub fn diff(old: &[u8], new: &[u8]) -> Result<Vec<u8>, DeltaError> {
    const WHICH: [&str; 2] = ["the old file", "the new file"];
    for (what, file) in WHICH.into_iter().zip([old, new]) {
        check_size(what, file.len() as u64, Limits { file_bytes: u64::MAX })?;
    }
    let (ends, rows) = rayon::join(
        || rayon::join(|| Digest::of(old), || Digest::of(new)),
        || {
            let mut pool = Pool::new();
            let format = |what| move |source| DeltaError::Format { what, source };
            let old = Rows::read(old, &mut pool).map_err(format(WHICH[0]))?;
            let new = Rows::read(new, &mut pool).map_err(format(WHICH[1]))?;
            Ok::<_, DeltaError>((pool, old, new))
        },
    );
    let (pool, old_rows, new_rows) = rows?;
    let changes = Changes::between(&old_rows, &new_rows, pool.len());
    let body = body::encode(&changes, &new_rows.metadata, &pool, &old_rows.records)?;
    drop((pool, old_rows, new_rows, changes));

    let mut out = MAGIC.to_vec();
    out.extend([FORM, LAYOUT]);
    out.extend(ends.0.to_bytes());
    out.extend(ends.1.to_bytes());
    put_number(&mut out, new.len() as u64);
    put_number(&mut out, body.len() as u64);
    out.extend(pack(&body, LEVEL, "body")?);

    // The one proof that it leads there is to have gone there.
    let rebuilt = rebuild(old, &Header::read(&out)?, Limits { file_bytes: u64::MAX })?;
    if rebuilt != new {
        let offset = new.iter().zip(&rebuilt).take_while(|(a, b)| a == b).count();
        return Err(DeltaError::NotCanonical { what: WHICH[1], offset });
    }
    Ok(out)
}

/// Returns the new file.
///
/// # Errors
/// If the delta is not from this old file, or is malformed, or leads past the limits or to
/// another file than it says.
pub fn apply(old: &[u8], delta: &[u8], limits: Limits) -> Result<Vec<u8>, DeltaError> {
    let header = Header::read(delta)?;
    check_size("the old file", old.len() as u64, limits)?;
    let (found, rebuilt) = rayon::join(|| Digest::of(old), || rebuild(old, &header, limits));
    let expected = header.ends.old;
    if found != expected {
        return Err(DeltaError::WrongBase { expected, found });
    }
    let rebuilt = rebuilt?;
    let (expected, found) = (header.ends.new, Digest::of(&rebuilt));
    if found != expected {
        return Err(DeltaError::WrongResult { expected, found });
    }
    Ok(rebuilt)
}

/// Returns between which files a delta leads, for whoever looks for a chain of them.
///
/// # Errors
/// If the bytes do not begin as a delta does.
pub fn ends(delta: &[u8]) -> Result<Ends, DeltaError> {
    Ok(Header::read(delta)?.ends)
}

/// What stands before the body, and that, packed.
pub(super) struct Header<'a> {
    pub(super) ends: Ends,
    /// Length of the new file.
    pub(super) file_bytes: u64,
    body_bytes: u64,
    body: &'a [u8],
    /// Where the body begins.
    offset: usize,
}

impl<'a> Header<'a> {
    pub(super) fn read(delta: &'a [u8]) -> Result<Self, DeltaError> {
        let mut fields = Fields::new(delta);
        fields.magic(MAGIC, WHAT, [("form", FORM), ("layout", LAYOUT)])?;
        let old = fields.digest("digest of the old file")?;
        let new = fields.digest("digest of the new file")?;
        let file_bytes = fields.number("length of the new file")?;
        let body_bytes = fields.number("length of the body")?;
        let offset = fields.offset();
        let body = &delta[offset..];
        Ok(Self { ends: Ends { old, new }, file_bytes, body_bytes, body, offset })
    }

    /// Unpacks the body, and says how much it may hold; the old file has `old_bytes`.
    pub(super) fn unpacked(
        &self,
        old_bytes: u64,
        limits: Limits,
    ) -> Result<(Vec<u8>, Most), DeltaError> {
        check_size("the new file", self.file_bytes, limits)?;
        let files_bytes = old_bytes + self.file_bytes;
        let most_bytes = Limits { file_bytes: 4 * files_bytes + BODY_BYTES };
        check_size("the body", self.body_bytes, most_bytes)?;
        let mut body = vec![0; self.body_bytes as usize];
        unpack(self.body, &mut body, self.offset, "body")?;
        let most = Most {
            // All of them come to lie in the new file.
            values_bytes: self.file_bytes + BODY_BYTES,
            // A row is cut off by an end of a leaf in either file; a node has at most two leaves.
            rows: files_bytes / 3 + 16,
        };
        Ok((body, most))
    }
}

/// Everything but the digests.
fn rebuild(old: &[u8], header: &Header<'_>, limits: Limits) -> Result<Vec<u8>, DeltaError> {
    let (body, most) = header.unpacked(old.len() as u64, limits)?;
    let mut pool = Pool::new();
    let old = Rows::read(old, &mut pool)
        .map_err(|source| DeltaError::Format { what: "the old file", source })?;
    let (metadata, changes) = body::decode(&body, &old.records, most, |values| {
        Ok(mmdb::records(values, &mut pool)?.into_iter().map(|(_, id)| id).collect())
    })?;

    let becomes = changes.becomes(pool.len());
    let (v4, v6) = rayon::join(
        || patched(&old.v4, &becomes, &changes.v4),
        || patched(&old.v6, &becomes, &changes.v6),
    );
    // Counted before it is built: a row of two bytes can make 128 nodes.
    let n_nodes = mmdb::n_nodes(&v4) + mmdb::n_nodes(&v6);
    let least_bytes = n_nodes.saturating_sub(NODES_SHARED) * 6;
    if least_bytes > header.file_bytes {
        return Err(DeltaError::Corrupt { offset: header.offset, field: "number of rows" });
    }
    let contents = Contents { pool: &pool, v4: &v4, v6: &v6 };
    Ok(mmdb::write(contents, &metadata)?.bytes)
}

/// How many nodes fewer a file may have than its families' trees alone: where all of IPv4 has
/// one record, its four places can join with what is beside them.
const NODES_SHARED: u64 = 4 * 128;

/// What a body may have in any case; the rest of its limit is in proportion to the files, whose
/// values it may hold all of and whose leaves take fewer bytes here than there.
const BODY_BYTES: u64 = 1 << 17;
