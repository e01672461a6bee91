//! The database that a command asks: a file, or an edition of the current release.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use crate::base::MappedFile;
use crate::cli::args::DatabaseArgs;
use crate::mmdb::Reader;
use crate::release::{Manifest, Store};

/// A database, mapped, and the release it is of.
#[derive(Debug)]
pub(super) struct Opened {
    path: PathBuf,
    bytes: MappedFile,
    pub(super) manifest: Option<Manifest>,
}

/// Opens what the arguments name.
pub(super) fn open(args: &DatabaseArgs, edition: &str) -> anyhow::Result<Opened> {
    if let Some(path) = &args.db {
        return Ok(Opened { path: path.clone(), bytes: map(path)?, manifest: None });
    }
    let release = Store::at(&args.output).current()?;
    let path = release.path(edition)?;
    let bytes = release.edition(edition)?;
    Ok(Opened { path, bytes, manifest: Some(release.manifest().clone()) })
}

/// Maps a file; a folder says so.
pub(super) fn map(path: &Path) -> anyhow::Result<MappedFile> {
    MappedFile::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::IsADirectory => {
            anyhow!("`{}` is a folder, expected a database file", path.display())
        }
        _ => anyhow::Error::from(error).context(format!("cannot open `{}`", path.display())),
    })
}

impl Opened {
    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A reader of it.
    pub(super) fn reader(&self) -> anyhow::Result<Reader<'_>> {
        let not_readable = || format!("`{}` cannot be read", self.path.display());
        Reader::open(&self.bytes).with_context(not_readable)
    }
}
