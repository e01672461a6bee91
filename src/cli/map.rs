//! `ipmint scan --map`: what is asked, as a picture.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

use crate::base::UnfinishedFile;
use crate::cli::args::ScanArgs;
use crate::cli::exit::UsageError;
use crate::mmdb::Reader;
use crate::query::map::{MapOptions, MapSizeError, MapSubjectError, draw_map};
use crate::query::scan::Cidr;

/// A picture that is wanted.
#[derive(Debug)]
pub(super) struct Map<'a> {
    path: &'a Path,
    options: MapOptions,
}

impl<'a> Map<'a> {
    /// What the arguments say of one; mistakes are told before anything is read.
    pub(super) fn of(args: &'a ScanArgs) -> anyhow::Result<Option<Self>> {
        let mut options = MapOptions::default();
        if let Some(text) = &args.signal {
            let wrong = |error: MapSubjectError| UsageError(format!("--signal: {error}"));
            options.subject = text.parse().map_err(wrong)?;
        }
        if let Some(text) = &args.size {
            let wrong = |error: MapSizeError| UsageError(format!("--size: {error}"));
            options.size = text.parse().map_err(wrong)?;
        }
        if args.map.is_some() && args.cidrs.len() > 1 {
            let message = "--map draws one prefix or range; run it once for each";
            return Err(UsageError(message.to_owned()).into());
        }
        Ok(args.map.as_deref().map(|path| Self { path, options }))
    }

    /// Draws it into its file, which appears whole or not at all.
    pub(super) fn draw(&self, reader: &Reader<'_>, cidr: &Cidr) -> anyhow::Result<()> {
        let damaged = || format!("cannot draw {cidr}; try `ipmint verify` on the file");
        let picture = draw_map(reader, None, cidr.range(), self.options).with_context(damaged)?;
        let cannot_write = || format!("cannot write `{}`", self.path.display());
        let mut file = UnfinishedFile::beside(self.path).with_context(cannot_write)?;
        file.file().write_all(&picture).with_context(cannot_write)?;
        file.place().with_context(cannot_write)
    }
}
