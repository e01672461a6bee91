//! Arguments of `ipmint feeds`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::args::CatalogueArgs;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint feeds list
  ipmint feeds show torproject-exits
  ipmint feeds check --feeds ./feeds --schemas ./schemas
  ipmint feeds status")]
pub(in crate::cli) struct FeedsArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: FeedsCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum FeedsCommand {
    /// List feeds by category, with licence and state
    #[command(after_help = "\
Examples:
  ipmint feeds list
  ipmint feeds list --sample
  ipmint feeds list --feeds ./feeds --json")]
    List(FeedsListArgs),
    /// Show the definition of a feed, defaults included
    #[command(after_help = "\
Examples:
  ipmint feeds show torproject-exits
  ipmint feeds show --feeds ./feeds my-feed --json")]
    Show(FeedsShowArgs),
    /// Check definitions, policy and editions; print every mistake
    #[command(after_help = "\
Examples:
  ipmint feeds check
  ipmint feeds check --feeds ./feeds --schemas ./schemas

Exit code 2 if there is a mistake.")]
    Check(FeedsCheckArgs),
    /// Show how feeds fare: last success, age, rows, trend, and why one is held back
    #[command(after_help = "\
Examples:
  ipmint feeds status
  ipmint feeds status --cache ./cache --output ./output --json")]
    Status(FeedsStatusArgs),
    /// Believe a snapshot that is held back because it shrank or grew too much
    #[command(after_help = "\
Examples:
  ipmint feeds accept x4bnet-torexit
  ipmint build --offline

Other reasons than size are mended in the definition of the feed.")]
    Accept(FeedsAcceptArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FeedsStatusArgs {
    #[command(flatten)]
    pub(in crate::cli) catalogue: CatalogueArgs,
    /// Folder of fetched snapshots
    #[arg(long, value_name = "DIR", default_value = "cache")]
    pub(in crate::cli) cache: PathBuf,
    /// Folder of releases whose last build tells the states
    #[arg(long, value_name = "DIR", default_value = "output")]
    pub(in crate::cli) output: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FeedsAcceptArgs {
    #[command(flatten)]
    pub(in crate::cli) catalogue: CatalogueArgs,
    /// Folder of fetched snapshots
    #[arg(long, value_name = "DIR", default_value = "cache")]
    pub(in crate::cli) cache: PathBuf,
    /// The feed
    #[arg(value_name = "ID")]
    pub(in crate::cli) id: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FeedsListArgs {
    #[command(flatten)]
    pub(in crate::cli) catalogue: CatalogueArgs,
    /// List the sample feeds
    #[arg(long)]
    pub(in crate::cli) sample: bool,
    /// Folder of releases whose last build tells the states
    #[arg(long, value_name = "DIR", default_value = "output")]
    pub(in crate::cli) output: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FeedsShowArgs {
    #[command(flatten)]
    pub(in crate::cli) catalogue: CatalogueArgs,
    /// Look among the sample feeds
    #[arg(long)]
    pub(in crate::cli) sample: bool,
    /// The feed
    #[arg(value_name = "ID")]
    pub(in crate::cli) id: String,
    /// Print one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FeedsCheckArgs {
    #[command(flatten)]
    pub(in crate::cli) catalogue: CatalogueArgs,
    /// Check the sample feeds
    #[arg(long)]
    pub(in crate::cli) sample: bool,
}
