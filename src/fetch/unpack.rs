//! Snapshots to files: what the first bytes say is unpacked, as a stream, under limits.
//!
//! ```text
//! plain                         -> one file, borrowed
//! gzip zstd bzip2 xz            -> one file
//! tar zip                       -> members
//! gzip zstd bzip2 xz around tar -> members
//! ```
//!
//! Never: anything on disk, a member's name used as a path, a second level of packing.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Read};

use crate::feed::Feed;
use crate::fetch::UnpackError;
use crate::fetch::glob;
use crate::fetch::packing::Packing;

/// How many times larger than packed a file may be, once it is large at all (FAULTS.md).
pub(super) const MAX_RATIO: u64 = 100;
/// Up to here the ratio does not matter: a short run of one line packs well.
pub(super) const FREE_BYTES: u64 = 16 << 20;
/// The size of a tar block, and so of a tar header (POSIX.1-1988).
const TAR_BLOCK: u64 = 512;

/// One unpacked file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// Name in the archive, or of the file itself.
    pub name: String,
    /// What each `*` of the glob that selected it matched.
    pub captures: Vec<String>,
    /// The content.
    pub bytes: Cow<'a, [u8]>,
}

/// Unpacks the bytes of one location of a feed; `name` is what messages call them.
///
/// Members come sorted by name.
pub fn unpack<'a>(
    feed: &Feed,
    name: &str,
    bytes: &'a [u8],
) -> Result<Vec<Member<'a>>, UnpackError> {
    let unpacking = Unpacking { feed, name, packed: bytes.len() as u64, n_bytes: Cell::new(0) };
    let packing = Packing::of(bytes);
    match packing {
        None if feed.members.is_empty() => {
            unpacking.check_size(bytes.len() as u64)?;
            let bytes = Cow::Borrowed(bytes);
            Ok(vec![Member { name: name.to_owned(), captures: Vec::new(), bytes }])
        }
        None => Err(unpacking.not_an_archive()),
        Some(Packing::Zip) => unpacking.zip(bytes),
        Some(Packing::Tar) => unpacking.tar(bytes),
        Some(packing) => {
            let decoder = packing.decoder(bytes);
            unpacking.stream(packing, decoder.map_err(|error| unpacking.damaged(packing, error))?)
        }
    }
}

/// One call of [`unpack`]: what messages name, and how much came out so far.
struct Unpacking<'f> {
    feed: &'f Feed,
    name: &'f str,
    packed: u64,
    n_bytes: Cell<u64>,
}

impl Unpacking<'_> {
    /// One compressed stream: a file, or a tar.
    fn stream<'a>(
        &self,
        packing: Packing,
        decoder: Box<dyn Read + '_>,
    ) -> Result<Vec<Member<'a>>, UnpackError> {
        let mut reader = self.counted(decoder);
        let mut bytes = Vec::new();
        let read = reader.by_ref().take(TAR_BLOCK).read_to_end(&mut bytes);
        self.checked(packing, read)?;
        match Packing::of(&bytes) {
            Some(Packing::Tar) => return self.tar(io::Cursor::new(bytes).chain(reader)),
            Some(_) => return Err(self.nested(self.name)),
            None if !self.feed.members.is_empty() => return Err(self.not_an_archive()),
            None => {}
        }
        let read = reader.read_to_end(&mut bytes);
        self.checked(packing, read)?;
        let bytes = Cow::Owned(bytes);
        Ok(vec![Member { name: self.name.to_owned(), captures: Vec::new(), bytes }])
    }

    fn tar<'a>(&self, reader: impl Read) -> Result<Vec<Member<'a>>, UnpackError> {
        let mut members = BTreeMap::new();
        // A tar that is not compressed is counted here, any other by its decoder.
        let is_counted = self.n_bytes.get() > 0;
        let mut reader = if is_counted {
            Box::new(reader) as Box<dyn Read + '_>
        } else {
            Box::new(self.counted(Box::new(reader)))
        };
        let mut archive = tar::Archive::new(&mut reader);
        let entries = self.checked(Packing::Tar, archive.entries())?;
        for entry in entries {
            let mut entry = self.checked(Packing::Tar, entry)?;
            // Directories, links, devices, sparse files.
            let kind = entry.header().entry_type();
            if !kind.is_file() && !kind.is_contiguous() {
                continue;
            }
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let Some((name, captures)) = self.select(&name)? else {
                continue;
            };
            let mut bytes = Vec::new();
            let read = entry.read_to_end(&mut bytes);
            let read = read.and_then(|_| if_whole(bytes.len() as u64, entry.size()));
            self.checked(Packing::Tar, read)?;
            self.keep(&mut members, name, captures, bytes)?;
        }
        // What follows the archive's end is not read; but a compressed stream has to
        // end well, or its checksum was never looked at.
        self.checked(Packing::Tar, io::copy(&mut reader, &mut io::sink()))?;
        self.finish(members)
    }

    fn zip<'a>(&self, bytes: &[u8]) -> Result<Vec<Member<'a>>, UnpackError> {
        let error = |entry: usize| {
            move |source| UnpackError::Zip {
                feed: self.feed.id.clone(),
                name: self.name.to_owned(),
                entry,
                source,
            }
        };
        let mut archive = zip::ZipArchive::new(io::Cursor::new(bytes)).map_err(error(0))?;
        if archive.has_duplicate_names() {
            // The archive's index has forgotten which.
            return Err(self.duplicate("?"));
        }
        let mut members = BTreeMap::new();
        for entry_idx in 0..archive.len() {
            let file = archive.by_index(entry_idx).map_err(error(entry_idx))?;
            if !file.is_file() {
                continue;
            }
            let name = file.name().map_err(error(entry_idx))?.into_owned();
            let Some((name, captures)) = self.select(&name)? else {
                continue;
            };
            let size = file.size();
            let mut bytes = Vec::new();
            let read = self.counted(Box::new(file)).read_to_end(&mut bytes);
            let read = read.and_then(|_| if_whole(bytes.len() as u64, size));
            self.checked(Packing::Zip, read)?;
            self.keep(&mut members, name, captures, bytes)?;
        }
        self.finish(members)
    }

    /// Returns the member's plain name and captures, if the feed wants it.
    fn select(&self, name: &str) -> Result<Option<(String, Vec<String>)>, UnpackError> {
        let plain = name.strip_prefix("./").unwrap_or(name);
        let captures = if self.feed.members.is_empty() {
            let is_hidden =
                |part: &str| part == "__MACOSX" || part.starts_with('.') && part != "..";
            (!plain.split('/').any(is_hidden)).then(Vec::new)
        } else {
            self.feed.members.iter().find_map(|pattern| glob::captures(pattern, plain))
        };
        let Some(captures) = captures else {
            return Ok(None);
        };
        let is_absolute = plain.starts_with(['/', '\\']) || plain.get(1..2) == Some(":");
        if is_absolute || plain.split(['/', '\\']).any(|part| part == "..") {
            return Err(UnpackError::Unsafe {
                feed: self.feed.id.clone(),
                name: self.name.to_owned(),
                member: name.escape_debug().to_string(),
            });
        }
        Ok(Some((plain.to_owned(), captures)))
    }

    fn keep(
        &self,
        members: &mut BTreeMap<String, Member<'_>>,
        name: String,
        captures: Vec<String>,
        bytes: Vec<u8>,
    ) -> Result<(), UnpackError> {
        if Packing::of(&bytes).is_some() {
            return Err(self.nested(&name));
        }
        if members.contains_key(&name) {
            return Err(self.duplicate(&name));
        }
        let bytes = Cow::Owned(bytes);
        members.insert(name.clone(), Member { name, captures, bytes });
        Ok(())
    }

    fn finish<'a>(
        &self,
        members: BTreeMap<String, Member<'a>>,
    ) -> Result<Vec<Member<'a>>, UnpackError> {
        if members.is_empty() {
            return Err(UnpackError::NoMember {
                feed: self.feed.id.clone(),
                file: self.feed.file.clone(),
                name: self.name.to_owned(),
                pattern: match &self.feed.members[..] {
                    [] => "*".to_owned(),
                    patterns => patterns.join("` or `"),
                },
            });
        }
        Ok(members.into_values().collect())
    }

    /// Counts what comes out, and stops when it is too much.
    fn counted<'r>(&'r self, reader: Box<dyn Read + 'r>) -> Counted<'r> {
        Counted { reader, n_bytes: &self.n_bytes, limit: self.limit() }
    }

    /// The most bytes that may come out.
    fn limit(&self) -> u64 {
        self.feed.guards.bytes.min(self.bomb_limit())
    }

    fn bomb_limit(&self) -> u64 {
        self.packed.saturating_mul(MAX_RATIO).max(FREE_BYTES)
    }

    fn check_size(&self, n_bytes: u64) -> Result<(), UnpackError> {
        if n_bytes <= self.limit() {
            return Ok(());
        }
        let (feed, name) = (self.feed.id.clone(), self.name.to_owned());
        Err(if n_bytes > self.feed.guards.bytes {
            let (file, limit) = (self.feed.file.clone(), self.feed.guards.bytes);
            UnpackError::TooLarge { feed, file, name, limit }
        } else {
            UnpackError::Bomb { feed, name, packed: self.packed, ratio: MAX_RATIO }
        })
    }

    /// Tells a limit that was passed from damage.
    fn checked<T>(&self, packing: Packing, read: io::Result<T>) -> Result<T, UnpackError> {
        read.map_err(|error| match self.check_size(self.n_bytes.get()) {
            Err(too_much) => too_much,
            Ok(()) => self.damaged(packing, error),
        })
    }

    fn damaged(&self, packing: Packing, source: io::Error) -> UnpackError {
        UnpackError::Damaged {
            feed: self.feed.id.clone(),
            name: self.name.to_owned(),
            kind: packing.name(),
            offset: self.n_bytes.get(),
            source,
        }
    }

    fn duplicate(&self, member: &str) -> UnpackError {
        UnpackError::Duplicate {
            feed: self.feed.id.clone(),
            name: self.name.to_owned(),
            member: member.escape_debug().to_string(),
        }
    }

    fn nested(&self, member: &str) -> UnpackError {
        UnpackError::Nested {
            feed: self.feed.id.clone(),
            name: self.name.to_owned(),
            member: member.escape_debug().to_string(),
        }
    }

    fn not_an_archive(&self) -> UnpackError {
        UnpackError::NotAnArchive {
            feed: self.feed.id.clone(),
            file: self.feed.file.clone(),
            name: self.name.to_owned(),
        }
    }
}

fn if_whole(n_bytes: u64, size: u64) -> io::Result<()> {
    if n_bytes == size { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// A reader that counts, and fails once more than `limit` came out of it.
struct Counted<'r> {
    reader: Box<dyn Read + 'r>,
    n_bytes: &'r Cell<u64>,
    limit: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.reader.read(buffer)?;
        self.n_bytes.set(self.n_bytes.get() + len as u64);
        if self.n_bytes.get() > self.limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use crate::feed::fixture::feed;
    use crate::feed::{Feed, Format, Kind};
    use crate::fetch::unpack;

    fn selecting(members: &[&str]) -> Feed {
        let members = members.iter().map(|glob| (*glob).to_owned()).collect();
        Feed { members, ..feed(Format::List, Kind::Membership) }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn bzip2(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn xz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::stream::encode_all(bytes, 1).expect("memory")
    }

    /// Names go into the header as they are: a writer would refuse the bad ones.
    fn tar(members: &[(&str, &str)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, text) in members {
            let mut header = tar::Header::new_gnu();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            let is_link = name.ends_with("link");
            header.set_entry_type(if is_link {
                tar::EntryType::Symlink
            } else {
                tar::EntryType::Regular
            });
            header.set_size(text.len() as u64);
            header.set_cksum();
            builder.append(&header, text.as_bytes()).expect("memory");
        }
        builder.into_inner().expect("memory")
    }

    fn zip(members: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, text) in members {
            let options = zip::write::SimpleFileOptions::default();
            writer.start_file(*name, options).expect("memory");
            writer.write_all(text.as_bytes()).expect("memory");
        }
        writer.finish().expect("memory").into_inner()
    }

    /// `expected` is `name[captures]=text` of each member, or the error.
    #[track_caller]
    fn check(feed: &Feed, bytes: &[u8], expected: &[&str]) {
        let found = match unpack(feed, "f", bytes) {
            Ok(members) => members
                .iter()
                .map(|member| {
                    let text = String::from_utf8_lossy(&member.bytes);
                    format!("{}{:?}={text}", member.name, member.captures)
                })
                .collect(),
            Err(error) => vec![error.to_string()],
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn one_file_comes_out_of_each_compression() {
        let feed = selecting(&[]);
        check(&feed, b"text", &["f[]=text"]);
        check(&feed, b"", &["f[]="]);
        for pack in [gzip, zstd, bzip2, xz] {
            check(&feed, &pack(b"text"), &["f[]=text"]);
            check(&feed, &pack(b""), &["f[]="]);
            check(&feed, &[pack(b"te"), pack(b"xt")].concat(), &["f[]=text"]);
        }
    }

    #[test]
    fn members_are_selected_and_sorted() {
        let members = [
            ("./b/de.txt", "1"),
            ("a.txt", "2"),
            ("__MACOSX/a.txt", "3"),
            (".x", "4"),
            ("link", ""),
        ];
        let (tar, zip) = (tar(&members), zip(&members[..4]));
        for bytes in [&tar, &zip, &gzip(&tar), &zstd(&tar), &bzip2(&tar), &xz(&tar)] {
            check(&selecting(&[]), bytes, &["a.txt[]=2", "b/de.txt[]=1"]);
            check(
                &selecting(&["b/*.txt", "*.txt"]),
                bytes,
                &["a.txt[\"a\"]=2", "b/de.txt[\"de\"]=1"],
            );
            check(
                &selecting(&["*.csv"]),
                bytes,
                &["feed `test`: `f` has no member that matches `*.csv`, set in test.toml"],
            );
        }
        check(
            &selecting(&["*"]),
            b"text",
            &["feed `test`: `f` is no archive; expected one, for test.toml sets `member`"],
        );
    }

    #[test]
    fn archives_that_attack_are_refused() {
        let feed = selecting(&[]);
        check(
            &feed,
            &tar(&[("a", "1"), ("a", "2")]),
            &["feed `test`: `f` has two members `a`; expected one"],
        );
        for name in ["../a", "/a", "b/../a"] {
            let expected = format!(
                "feed `test`: `f` has a member `{name}`; expected no absolute path and no `..`"
            );
            check(&feed, &tar(&[(name, "1")]), &[&expected]);
            check(&selecting(&["b"]), &tar(&[(name, "1"), ("b", "2")]), &["b[]=2"]);
        }
        check(
            &feed,
            &gzip(&gzip(b"text")),
            &["feed `test`: `f` in `f` is packed again; expected one level"],
        );
    }

    #[test]
    fn bombs_stop_at_the_limit() {
        let bomb = vec![0; 17 << 20];
        let expected = "more than 100 times; expected no such bomb, look at it by hand";
        for pack in [gzip, zstd, bzip2, xz] {
            let error = unpack(&selecting(&[]), "f", &pack(&bomb)).expect_err("a bomb");
            assert!(error.to_string().ends_with(expected), "{error}");
        }
        let mut feed = selecting(&[]);
        feed.guards.bytes = 3;
        let expected = "feed `test`: `f` unpacks to more than 3 bytes, the limit `guards.bytes` set in test.toml";
        check(&feed, &gzip(b"text"), &[expected]);
        check(&feed, b"text", &[expected]);
        check(&feed, &zip(&[("a", "12"), ("b", "34")]), &[expected]);
    }

    #[test]
    fn truncated_streams_are_errors() {
        let text = "192.0.2.1\n".repeat(500);
        let tar = tar(&[("a", &text)]);
        let zip = zip(&[("a", &text)]);
        let packed = [gzip, zstd, bzip2, xz].map(|pack| pack(text.as_bytes()));
        let tars = [gzip, zstd, bzip2, xz].map(|pack| pack(&tar));
        for bytes in packed.iter().chain(&tars).chain([&zip]) {
            for cut in [1, 5, bytes.len() / 2] {
                let cut = &bytes[..bytes.len() - cut];
                assert!(unpack(&selecting(&[]), "f", cut).is_err(), "{} {cut:?}", bytes.len());
            }
        }
        assert!(unpack(&selecting(&[]), "f", &tar[..1024]).is_err());
    }

    proptest! {
        #[test]
        fn damaged_bytes_never_panic(place in any::<prop::sample::Index>(), byte: u8) {
            let tar = tar(&[("a", "192.0.2.1"), ("b/c", "198.51.100.1")]);
            let zip = zip(&[("a", "192.0.2.1"), ("b/c", "198.51.100.1")]);
            for mut bytes in [gzip(&tar), zstd(&tar), bzip2(&tar), xz(&tar), tar, zip] {
                let at = place.index(bytes.len());
                bytes[at] = byte;
                let _ = unpack(&selecting(&[]), "f", &bytes);
            }
        }
    }
}
