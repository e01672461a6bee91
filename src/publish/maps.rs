//! What was read of snapshots, kept: a feed that did not change is not read again.
//!
//! ```text
//! cache/maps/<key>     what this is, <key>, what was parsed, and the SHA-256 of all of that
//! ```
//!
//! `<key>` is the digest of a snapshot's digest, of what the definition says, and of the code that reads
//! snapshots: whatever else is read, is read under another key. A file that is damaged counts as none. What no
//! build has asked for in two days is removed, so that builds of several stores and catalogues can share a cache.
#![expect(clippy::disallowed_methods, reason = "maps lie in the cache, on disk")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::base::{BuildEpoch, Digest, Digester, MappedFile, Memory, UNFINISHED};
use crate::feed::Feed;
use crate::parse::{PARSER, Parsed};

const FOLDER: &str = "maps";
const MAGIC: [u8; 8] = *b"ipmint\0m";
const DIGEST_BYTES: usize = 32;

/// Smaller snapshots are read as fast as their map is opened.
const LEAST_BYTES: usize = 32 << 10;

/// How long a map is kept that no build asks for.
const KEPT_UNUSED: Duration = Duration::from_hours(48);

/// The maps of a cache.
#[derive(Debug)]
pub(super) struct Maps {
    /// None where nothing is kept.
    folder: Option<PathBuf>,
    /// What all that is read may take.
    memory: Memory,
    /// Keys that this build asked for.
    used: Mutex<BTreeSet<Digest>>,
    /// The first thing that went wrong while one was kept.
    trouble: Mutex<Option<io::Error>>,
}

impl Maps {
    /// Those below the folder of a cache, which need not be there; without one, none are kept.
    pub(super) fn at(cache: Option<&Path>, memory: &Memory) -> Self {
        let (folder, memory) = (cache.map(|cache| cache.join(FOLDER)), memory.clone());
        Self { folder, memory, used: Mutex::default(), trouble: Mutex::default() }
    }

    /// What all that is read may take of memory.
    pub(super) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// What was read of a snapshot, if that is known.
    pub(super) fn get(&self, feed: &Feed, snapshot: Digest) -> Option<Parsed> {
        let key = key(feed, snapshot);
        let file = MappedFile::open(&self.folder.as_ref()?.join(key.to_string())).ok()?;
        let (content, digest) = file.split_at_checked(file.len().checked_sub(DIGEST_BYTES)?)?;
        let of_key = content.strip_prefix(&MAGIC)?.strip_prefix(&key.to_bytes())?;
        if Digest::of(content).to_bytes() != *digest {
            return None;
        }
        let parsed = Parsed::stored(of_key, &self.memory)?;
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        Some(parsed)
    }

    /// Keeps what was read of a snapshot of so many bytes, its entries in order.
    ///
    /// What cannot be kept is read again by the next build; [`Maps::collect`] tells why.
    pub(super) fn keep(&self, feed: &Feed, snapshot: Digest, n_bytes: usize, parsed: &Parsed) {
        let Some(folder) = self.folder.as_ref().filter(|_| n_bytes >= LEAST_BYTES) else { return };
        let key = key(feed, snapshot);
        match write(folder, key, parsed) {
            Ok(()) => {
                self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
            }
            Err(error) => {
                self.trouble.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            }
        }
    }

    /// Removes maps that nobody needs.
    ///
    /// # Errors
    /// What went wrong here, or while maps were kept.
    pub(super) fn collect(self, now: BuildEpoch) -> io::Result<()> {
        if let Some(trouble) = self.trouble.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(trouble);
        }
        let Some(folder) = self.folder.filter(|folder| folder.is_dir()) else { return Ok(()) };
        let used = self.used.into_inner().unwrap_or_else(PoisonError::into_inner);
        let now = UNIX_EPOCH + Duration::from_secs(now.0);
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let key = entry.file_name().to_string_lossy().parse::<Digest>();
            if key.is_ok_and(|key| used.contains(&key)) {
                touch(&entry.path(), now)?;
            } else if is_old(&entry.metadata()?.modified()?, now) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// The name of the map of a snapshot.
fn key(feed: &Feed, snapshot: Digest) -> Digest {
    // A feed prints everything that its definition says.
    Digest::of(format!("{PARSER}\n{snapshot}\n{feed:?}").as_bytes())
}

fn write(folder: &Path, key: Digest, parsed: &Parsed) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    // Two processes may be about to make the same map: each has a file of its own until it is whole.
    let file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    fill(file.as_file(), key, parsed)?;
    // Nobody waits for the disk: what a power cut leaves is damaged, and then it is none.
    file.persist(folder.join(key.to_string()))?;
    Ok(())
}

fn fill(file: &File, key: Digest, parsed: &Parsed) -> io::Result<()> {
    let mut out = Digesting { out: BufWriter::new(file), digester: Digester::default() };
    out.write_all(&MAGIC)?;
    out.write_all(&key.to_bytes())?;
    parsed.store(&mut out)?;
    let digest = out.digester.finish();
    out.out.write_all(&digest.to_bytes())?;
    out.out.flush()
}

/// Digests what is written.
struct Digesting<W> {
    out: W,
    digester: Digester,
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.out.write(bytes)?;
        self.digester.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Notes that a map was asked for, so that it is kept.
fn touch(path: &Path, now: SystemTime) -> io::Result<()> {
    File::options().write(true).open(path)?.set_modified(now)
}

fn is_old(modified: &SystemTime, now: SystemTime) -> bool {
    now.duration_since(*modified).is_ok_and(|age| age > KEPT_UNUSED)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::base::{BuildEpoch, Digest, Memory, Run};
    use crate::feed::fixture::feed;
    use crate::feed::{Format, Kind};
    use crate::parse::{Label, Parsed};
    use crate::publish::maps::{FOLDER, LEAST_BYTES, Maps};

    fn parsed() -> Parsed {
        let v4 = vec![Run { first: 1, last: 2, value: 0 }].into();
        Parsed { v4, labels: vec![Label::default()], ..Parsed::default() }
    }

    #[test]
    fn a_map_is_of_one_snapshot_and_one_definition() {
        let cache = tempfile::tempdir().expect("a folder");
        let maps = Maps::at(Some(cache.path()), &Memory::unbounded());
        let feed = feed(Format::List, Kind::Membership);
        let snapshot = Digest::of(b"1");
        maps.keep(&feed, snapshot, LEAST_BYTES - 1, &parsed());
        assert!(maps.get(&feed, snapshot).is_none());
        maps.keep(&feed, snapshot, LEAST_BYTES, &parsed());
        let read = maps.get(&feed, snapshot).expect("just kept");
        assert_eq!(format!("{read:?}"), format!("{:?}", parsed()));
        assert!(maps.get(&feed, Digest::of(b"2")).is_none());
        let other = crate::feed::Feed { widen_v6: 64, ..feed };
        assert!(maps.get(&other, snapshot).is_none());
    }

    #[test]
    fn a_damaged_map_is_none_and_is_replaced() {
        let cache = tempfile::tempdir().expect("a folder");
        let maps = Maps::at(Some(cache.path()), &Memory::unbounded());
        let feed = feed(Format::List, Kind::Membership);
        let snapshot = Digest::of(b"1");
        maps.keep(&feed, snapshot, LEAST_BYTES, &parsed());
        let folder = fs::read_dir(cache.path().join(FOLDER)).expect("there");
        let path = folder.map(|entry| entry.expect("an entry").path()).next().expect("one");
        let whole = fs::read(&path).expect("readable");
        for damaged in [&whole[..whole.len() - 1], &[], &[&whole[..], b"\0"].concat()] {
            fs::write(&path, damaged).expect("written");
            assert!(maps.get(&feed, snapshot).is_none());
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, damaged).expect("written");
            assert!(maps.get(&feed, snapshot).is_none(), "byte {at}");
        }
        maps.keep(&feed, snapshot, LEAST_BYTES, &parsed());
        assert!(maps.get(&feed, snapshot).is_some());
    }

    #[test]
    fn what_nobody_asks_for_is_removed_in_the_end() {
        const DAY: u64 = 86_400;
        let cache = tempfile::tempdir().expect("a folder");
        let folder = cache.path().join(FOLDER);
        let feed = feed(Format::List, Kind::Membership);
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        let keep = |day: u64, snapshot| {
            let maps = Maps::at(Some(cache.path()), &Memory::unbounded());
            if maps.get(&feed, snapshot).is_none() {
                maps.keep(&feed, snapshot, LEAST_BYTES, &parsed());
            }
            maps.collect(BuildEpoch(day * DAY)).expect("collected");
            fs::read_dir(&folder).expect("there").count()
        };
        assert_eq!(keep(20_000, one), 1);
        assert_eq!(keep(20_001, two), 2);
        assert_eq!(keep(20_002, two), 2);
        assert_eq!(keep(20_003, two), 1);
    }
}
