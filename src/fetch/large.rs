//! A large file of a snapshot, left where it is: read when it is parsed, a window at a time.
//!
//! Its digest is taken when it is opened. A file below `--root` may be written to between that
//! and the end of its parsing, so its bytes are digested again as they are parsed: if they are
//! others, what was read is refused. That costs half a second for each gigabyte; to parse first
//! and ask for the digest later would read files that have expired.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;

use crate::base::{Digest, Digester};
use crate::fetch::packing::Packing;
use crate::fetch::{Content, local};

/// A smaller file is read at once: it is a window of what parses it.
pub(super) const LARGE_BYTES: u64 = 16 << 20;
/// What is looked at to tell how a file is packed, or that it is no feed.
const HEAD_BYTES: usize = 4096;
/// What is digested at a time.
const PIECE_BYTES: usize = 1 << 20;

/// A file of a snapshot: in memory, or where it is.
#[derive(Debug)]
pub enum Opened {
    /// Its bytes are at hand.
    Content(Content),
    /// They are not.
    Large(Large),
}

impl Opened {
    /// The digest of its bytes.
    pub fn sha256(&self) -> Digest {
        match self {
            Self::Content(content) => Digest::of(content),
            Self::Large(large) => large.sha256,
        }
    }

    /// How many bytes it has.
    pub fn n_bytes(&self) -> u64 {
        match self {
            Self::Content(content) => content.len() as u64,
            Self::Large(large) => large.len,
        }
    }
}

/// An open file of 16 MiB or more.
#[derive(Debug)]
pub struct Large {
    file: File,
    len: u64,
    sha256: Digest,
    head: Vec<u8>,
    /// Whether nobody changes it in place.
    is_unchanging: bool,
}

impl Large {
    /// Digests what is in the file now. What a writer adds meanwhile is not read; what it takes
    /// away is an error.
    pub(super) fn new(file: File, len: u64, is_unchanging: bool) -> io::Result<Self> {
        let mut head = vec![0; HEAD_BYTES.min(usize::try_from(len).unwrap_or(HEAD_BYTES))];
        file.read_exact_at(&mut head, 0)?;
        let mut large = Self { file, len, sha256: Digest::of(b""), head, is_unchanging };
        let mut digester = Digester::default();
        let mut stream = Stream { large: &large, at: 0, digester: None };
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            match stream.read(&mut piece)? {
                0 => break,
                n_bytes => digester.update(&piece[..n_bytes]),
            }
        }
        large.sha256 = digester.finish();
        Ok(large)
    }

    /// What it begins with.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Whether it is packed in some way.
    pub fn is_packed(&self) -> bool {
        Packing::of(&self.head).is_some()
    }

    /// All of it: mapped where nobody changes it, else read.
    pub fn content(&self) -> io::Result<Content> {
        if self.is_unchanging {
            return Content::map(&self.file);
        }
        let content = local::contents(&self.file, self.len)?.map(Content::from);
        content.filter(|content| Digest::of(content) == self.sha256).ok_or_else(changed)
    }

    /// Reads it from its beginning.
    pub fn stream(&self) -> Stream<'_> {
        let digester = (!self.is_unchanging).then(Digester::default);
        Stream { large: self, at: 0, digester }
    }
}

/// The bytes of a large file, one after the other.
///
/// Its end is an error if they are not those that were digested when it was opened.
pub struct Stream<'a> {
    large: &'a Large,
    at: u64,
    digester: Option<Digester>,
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.large.len - self.at;
        if left == 0 {
            let digest = self.digester.take().map(Digester::finish);
            let is_changed = digest.is_some_and(|digest| digest != self.large.sha256);
            return if is_changed { Err(changed()) } else { Ok(0) };
        }
        let n_wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let n_bytes = self.large.file.read_at(&mut buffer[..n_wanted], self.at)?;
        if n_bytes == 0 && n_wanted > 0 {
            return Err(changed());
        }
        if let Some(digester) = &mut self.digester {
            digester.update(&buffer[..n_bytes]);
        }
        self.at += n_bytes as u64;
        Ok(n_bytes)
    }
}

fn changed() -> io::Error {
    io::Error::other("the file was written to while it was read; build again")
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests write files")]
mod tests {
    use std::fs::{self, File};
    use std::io::Read as _;

    use crate::base::Digest;
    use crate::fetch::large::Large;

    /// Opens a file, has `change` write to it, and reads it.
    #[track_caller]
    fn check(change: impl Fn(&File), is_refused: bool) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let bytes = b"192.0.2.1\n".repeat(300_000);
        fs::write(&path, &bytes).expect("written");
        let open = File::open(&path).expect("there");
        let large = Large::new(open, bytes.len() as u64, false).expect("read");
        assert_eq!(large.sha256, Digest::of(&bytes));
        assert_eq!(large.head(), &bytes[..4096]);
        change(&File::options().write(true).open(&path).expect("there"));
        let mut read = Vec::new();
        let streamed = large.stream().read_to_end(&mut read);
        assert_eq!(streamed.is_err(), is_refused);
        assert_eq!(large.content().is_err(), is_refused);
        assert!(is_refused || read == bytes);
    }

    #[test]
    fn what_is_written_to_is_refused() {
        use std::os::unix::fs::FileExt as _;

        check(|_| {}, false);
        check(|file| file.set_len(9).expect("cut"), true);
        check(|file| file.set_len(0).expect("cut"), true);
        check(|file| file.write_all_at(b"8", 2_999_999).expect("written"), true);
    }

    #[test]
    fn what_is_added_is_not_read() {
        use std::os::unix::fs::FileExt as _;

        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, "12345").expect("written");
        let large = Large::new(File::open(&path).expect("there"), 5, false).expect("read");
        let file = File::options().write(true).open(&path).expect("there");
        file.write_all_at(b"6", 5).expect("written");
        let mut read = Vec::new();
        large.stream().read_to_end(&mut read).expect("read");
        assert_eq!(read, b"12345");
    }
}
