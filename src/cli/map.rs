//! `ipmint scan --map`: a picture of what is asked.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

use crate::base::UnfinishedFile;
use crate::cli::exit::UsageError;
use crate::mmdb::Reader;
use crate::query::AnyRange;
use crate::query::map::{MapOptions, draw_map};

/// Reads what a picture is to show, and how large it is to be.
pub(super) fn options(signal: Option<&str>, size: Option<&str>) -> Result<MapOptions, UsageError> {
    let mut options = MapOptions::default();
    if let Some(text) = signal {
        options.subject = text.parse().map_err(|error| UsageError(format!("--signal: {error}")))?;
    }
    if let Some(text) = size {
        options.size = text.parse().map_err(|error| UsageError(format!("--size: {error}")))?;
    }
    Ok(options)
}
