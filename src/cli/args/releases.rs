//! Arguments of `ipmint releases`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::args::{CatalogueArgs, SigningArgs};
use crate::feed::parse_seconds;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint releases list
  ipmint releases show 20261121.1
  ipmint releases rollback
  ipmint releases prune --keep 7 --older-than 30d
  ipmint releases check
  ipmint releases reproduce 20261121.1")]
pub(in crate::cli) struct ReleasesArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: ReleasesCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ReleasesCommand {
    /// List the releases of a store, the newest first
    #[command(after_help = "\
Examples:
  ipmint releases list
  ipmint releases list --output ./output --json")]
    List(ReleasesListArgs),
    /// Show what a release says about itself
    #[command(after_help = "\
Examples:
  ipmint releases show
  ipmint releases show 20261121.1 --json | jq .editions.full.coverage")]
    Show(ReleasesShowArgs),
    /// Make an older release the current one again
    #[command(after_help = "\
Examples:
  ipmint releases rollback                # to the one before the current
  ipmint releases rollback 20261121.1

Every file of it is checked first. The next build publishes on top, as ever.")]
    Rollback(ReleasesRollbackArgs),
    /// Remove old releases
    #[command(after_help = "\
Examples:
  ipmint releases prune --dry-run
  ipmint releases prune --keep 30
  ipmint releases prune --keep 3 --older-than 30d

The current release stays, and what clients may still ask for: the policy's `release.grace`.
The history is kept apart, and loses nothing. What a build left that died right before its end
goes too.")]
    Prune(ReleasesPruneArgs),
    /// Hold every file on disk against its digests, and every database against the checker
    #[command(after_help = "\
Examples:
  ipmint releases check
  ipmint releases check 20261121.1 --json

Exit code 1 if there is a problem.")]
    Check(ReleasesCheckArgs),
    /// Make a release again from what its manifest names, and compare
    #[command(after_help = "\
Examples:
  ipmint releases reproduce 20261121.1
  ipmint releases reproduce 20261120.1 --sample
  ipmint releases reproduce 20261121.1 --output copy --cache ./cache

It takes the snapshots in the cache, and the definitions, policy and editions of then.
Nothing is written. Exit code 1 if some database comes out otherwise.")]
    Reproduce(ReleasesReproduceArgs),
}

/// Which store is asked or changed.
#[derive(Debug, Args)]
pub(in crate::cli) struct StoreArgs {
    /// Folder of releases
    #[arg(long, value_name = "DIR", default_value = "output")]
    pub(in crate::cli) output: PathBuf,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ReleasesListArgs {
    #[command(flatten)]
    pub(in crate::cli) store: StoreArgs,
    /// Print one JSON object: the index
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ReleasesShowArgs {
    /// The release [default: the current one]
    #[arg(value_name = "VERSION")]
    pub(in crate::cli) version: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) store: StoreArgs,
    /// Print one JSON object: the manifest
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ReleasesRollbackArgs {
    /// The release [default: the one before the current]
    #[arg(value_name = "VERSION")]
    pub(in crate::cli) version: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) store: StoreArgs,
    #[command(flatten)]
    pub(in crate::cli) signing: SigningArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ReleasesPruneArgs {
    /// Keep this many of the newest
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub(in crate::cli) keep: usize,
    /// Keep those that were built less than this ago, such as 12h or 30d
    #[arg(long, value_name = "AGE", value_parser = duration)]
    pub(in crate::cli) older_than: Option<u64>,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    #[command(flatten)]
    pub(in crate::cli) store: StoreArgs,
    #[command(flatten)]
    pub(in crate::cli) signing: SigningArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ReleasesCheckArgs {
    /// These releases only [default: all, the index and the history]
    #[arg(value_name = "VERSION")]
    pub(in crate::cli) versions: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) store: StoreArgs,
    /// Print one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ReleasesReproduceArgs {
    /// The release
    #[arg(value_name = "VERSION")]
    pub(in crate::cli) version: String,
    /// It was built from the sample feeds
    #[arg(long, conflicts_with = "root")]
    pub(in crate::cli) sample: bool,
    #[command(flatten)]
    pub(in crate::cli) catalogue: CatalogueArgs,
    /// Folder where the `path` of a feed starts
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(in crate::cli) root: PathBuf,
    /// Folder of fetched snapshots
    #[arg(long, value_name = "DIR", default_value = "cache")]
    pub(in crate::cli) cache: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) store: StoreArgs,
    /// Print one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// Reads `90m`, `45d` and the like.
fn duration(text: &str) -> Result<u64, String> {
    let expected = || "expected a duration such as 90m, 12h or 45d".to_owned();
    parse_seconds(text).ok_or_else(expected)
}
