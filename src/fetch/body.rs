//! A body to a file, piece by piece: hashed, unpacked if it is in a content coding, under limits.
#![expect(clippy::disallowed_methods, reason = "downloads go to disk")]

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read as _, Write};
use std::path::Path;

use flate2::write::MultiGzDecoder;

use crate::base::{Digest, Digester};
use crate::fetch::unpack::{FREE_BYTES, MAX_RATIO};

/// What is written to disk at a time.
const PIECE_BYTES: usize = 256 << 10;

/// How a body is coded (RFC 9110 §8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// As it is.
    Identity,
    /// RFC 1952.
    Gzip,
}

impl Coding {
    /// Reads `Content-Encoding`; `None` is one we did not ask for.
    pub(super) fn of(value: &str) -> Option<Self> {
        match value.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Self::Identity),
            "gzip" | "x-gzip" => Some(Self::Gzip),
            _ => None,
        }
    }
}

/// A body on its way to a file.
pub(super) struct Sink {
    decoder: Decoder,
    n_wire: u64,
    limit: u64,
}

enum Decoder {
    Identity(Out),
    Gzip(Box<MultiGzDecoder<Out>>),
}

/// The file, and what went into it.
struct Out {
    file: BufWriter<File>,
    digester: Digester,
    n_bytes: u64,
    limit: u64,
}

/// A whole body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) sha256: Digest,
    pub(super) bytes: u64,
    /// Of them, those that came over the wire by now; packed if they came so.
    pub(super) wire_bytes: u64,
}

impl Sink {
    /// Starts a file; `limit` is the most bytes that may go into it.
    pub(super) fn create(path: &Path, coding: Coding, limit: u64) -> io::Result<Self> {
        Ok(Self::new(File::create(path)?, coding, limit, Digester::default(), 0))
    }

    /// Goes on with a file that has `n_bytes` already.
    pub(super) fn resume(path: &Path, n_bytes: u64, limit: u64) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).open(path)?;
        // What was not yet confirmed by a range that starts there is cut off.
        file.set_len(n_bytes)?;
        let mut digester = Digester::default();
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            match file.read(&mut piece)? {
                0 => break,
                len => digester.update(&piece[..len]),
            }
        }
        Ok(Self::new(file, Coding::Identity, limit, digester, n_bytes))
    }

    fn new(file: File, coding: Coding, limit: u64, digester: Digester, n_bytes: u64) -> Self {
        let file = BufWriter::with_capacity(PIECE_BYTES, file);
        let out = Out { file, digester, n_bytes, limit };
        let decoder = match coding {
            Coding::Identity => Decoder::Identity(out),
            Coding::Gzip => Decoder::Gzip(Box::new(MultiGzDecoder::new(out))),
        };
        Self { decoder, n_wire: 0, limit }
    }

    /// Takes the next bytes from the wire.
    ///
    /// # Errors
    /// [`io::ErrorKind::FileTooLarge`] past the limit; what the decoder or the disk says.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.n_wire += bytes.len() as u64;
        if self.n_wire > self.limit {
            // A coding that makes more of less would be taken in for ever.
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        match &mut self.decoder {
            Decoder::Identity(out) => out.write_all(bytes),
            Decoder::Gzip(decoder) => {
                // What is small may pack as well as it likes.
                let bomb = self.n_wire.saturating_mul(MAX_RATIO).max(FREE_BYTES);
                decoder.get_mut().limit = self.limit.min(bomb);
                decoder.write_all(bytes)
            }
        }
    }

    /// How many bytes are in the file so far.
    pub(super) fn n_bytes(&self) -> u64 {
        match &self.decoder {
            Decoder::Identity(out) => out.n_bytes,
            Decoder::Gzip(decoder) => decoder.get_ref().n_bytes,
        }
    }

    /// Ends a file that stays as it is: what came is kept for a resumption.
    pub(super) fn pause(self) -> io::Result<u64> {
        let n_bytes = self.n_bytes();
        if let Decoder::Identity(mut out) = self.decoder {
            out.file.flush()?;
        }
        Ok(n_bytes)
    }

    /// Ends the file of a whole body.
    ///
    /// # Errors
    /// Among others if a gzip stream is not whole.
    pub(super) fn finish(self) -> io::Result<Body> {
        let mut out = match self.decoder {
            Decoder::Identity(out) => out,
            Decoder::Gzip(decoder) => decoder.finish()?,
        };
        out.file.flush()?;
        let sha256 = out.digester.finish();
        Ok(Body { sha256, bytes: out.n_bytes, wire_bytes: self.n_wire })
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.n_bytes + bytes.len() as u64 > self.limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.file.write_all(bytes)?;
        self.digester.update(bytes);
        self.n_bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
