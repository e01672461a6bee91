//! The argument structs and nothing else; checked and turned into options where they are used.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

mod client;
mod database;
mod enrich;
mod feeds;
mod keys;
mod releases;
mod scan;
mod serve;
mod size;

pub(super) use client::*;
pub(super) use database::*;
pub(super) use enrich::*;
pub(super) use feeds::*;
pub(super) use keys::*;
pub(super) use releases::*;
pub(super) use scan::*;
pub(super) use serve::*;
use size::size;

/// Compiles IP-intelligence feeds into MMDB databases, offline.
#[derive(Debug, Parser)]
#[command(
    name = "ipmint",
    version,
    arg_required_else_help = true,
    // The last of two options counts, as in most tools, so that a script can add its own.
    args_override_self = true,
    after_help = "\
Start here:
  ipmint build --sample              build every edition from the sample feeds
  ipmint lookup 185.220.101.45       ask the release just built
  ipmint explain 185.220.101.45      and why it says so

Exit codes: 0 done, 1 failed, 2 usage or catalogue error, 3 a gate refused to publish,
4 done but degraded, 5 nothing changed (both of `build` with --strict only; 5 of `pull` too)."
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Build a release from feeds
    Build(BuildArgs),
    /// Fetch feeds into the cache, without building
    Fetch(FetchArgs),
    /// Say what is known of addresses
    Lookup(LookupArgs),
    /// Add what is known of addresses to a stream of lines, NDJSON or CSV
    Enrich(EnrichArgs),
    /// Say why an address has its score
    Explain(ExplainArgs),
    /// Say what is known of whole networks
    Scan(ScanArgs),
    /// Say what is in a database file
    Inspect(InspectArgs),
    /// Check database files as strictly as the strictest reader
    Verify(VerifyArgs),
    /// Say what changed from one database file to another
    Diff(DiffArgs),
    /// Write a database file as other programs read it
    Export(ExportArgs),
    /// List, show and check the catalogue of feeds
    Feeds(FeedsArgs),
    /// List, show, roll back, prune, check and reproduce releases
    Releases(ReleasesArgs),
    /// Serve a folder of releases over HTTP
    Serve(ServeArgs),
    /// Keep a copy of an edition up to date over HTTP
    Pull(PullArgs),
    /// Make a database of an old one and a delta, or of a compact form
    Apply(ApplyArgs),
    /// Make, list and revoke the keys of clients; make keys that sign releases
    Keys(KeysArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint build --sample
  ipmint build                                    # fetch what is due, then build
  ipmint build --offline                          # from what was fetched before
  ipmint build --profile public --strict
  ipmint build --locked 20261121.1 --output again # the same bytes as that release
  ipmint build --feeds ./feeds --root ./data --output ./output
  ipmint build --sample --edition full --edition asn --json
  ipmint build --feeds ./many --memory 2G         # more rows than memory
  SOURCE_DATE_EPOCH=1795219200 ipmint build --feeds ./feeds     # the same bytes every time

The canaries of the policy are asked of the edition `full`. Where others alone are published
it is made all the same, and thrown away.

Exit codes: 1 nothing was published, 2 usage or catalogue error, 3 a gate refused,
4 published but a feed is stale, rejected or missing, 5 nothing changed (both with --strict).")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(super) struct BuildArgs {
    /// Build from the sample feeds that travel inside the binary, as of their own day
    #[arg(long, conflicts_with = "root")]
    pub(super) sample: bool,
    #[command(flatten)]
    pub(super) catalogue: CatalogueArgs,
    /// Folder where the `path` of a feed starts
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(super) root: PathBuf,
    /// Ask no host: build from what is in the cache
    #[arg(long, conflicts_with_all = ["sample", "locked"])]
    pub(super) offline: bool,
    /// Build exactly what a lock names: a file, or a version of --output [default: its feeds.lock]
    #[arg(
        long,
        value_name = "FILE|VERSION",
        num_args = 0..=1,
        default_missing_value = "",
        conflicts_with = "sample"
    )]
    pub(super) locked: Option<String>,
    /// Folder of fetched snapshots, and of what was read of feeds
    #[arg(long, value_name = "DIR", default_value = "cache")]
    pub(super) cache: PathBuf,
    /// Take in only feeds whose licences a profile of the policy allows, such as `public`
    #[arg(long, value_name = "NAME", conflicts_with = "locked")]
    pub(super) profile: Option<String>,
    /// Folder of releases to publish to
    #[arg(long, value_name = "DIR", default_value = "output")]
    pub(super) output: PathBuf,
    #[command(flatten)]
    pub(super) signing: SigningArgs,
    /// Publish this edition only; may be given several times [default: all]
    #[arg(long, value_name = "NAME")]
    pub(super) edition: Vec<String>,
    /// Threads to use; the result does not depend on it [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// About how much memory to use, such as 512M or 4G; what does not fit goes to files in --cache [default: all]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(super) memory: Option<u64>,
    /// Exit with 4 if some feed is stale, rejected or missing, with 5 if nothing changed
    #[arg(long)]
    pub(super) strict: bool,
    /// Publish although this gate refuses; may be given several times
    #[arg(long, value_name = "GATE", value_parser = ["canaries", "drift", "size"])]
    pub(super) force: Vec<String>,
    /// Print the report as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint fetch
  ipmint fetch torproject-exits spamhaus-drop --cache ./cache
  ipmint fetch --feeds ./feeds --json | jq .feeds

What answered less than its `refresh` ago is not asked again. The proxies that HTTP_PROXY,
HTTPS_PROXY, ALL_PROXY and NO_PROXY name are used.

Exit code 1 if something could not be had.")]
pub(super) struct FetchArgs {
    #[command(flatten)]
    pub(super) catalogue: CatalogueArgs,
    /// Folder of fetched snapshots
    #[arg(long, value_name = "DIR", default_value = "cache")]
    pub(super) cache: PathBuf,
    /// Feeds to fetch [default: all that are enabled]
    #[arg(value_name = "FEED")]
    pub(super) ids: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// Where definitions, policy and schemas come from.
#[derive(Debug, Args)]
pub(super) struct CatalogueArgs {
    /// Folder of definitions, in place of the built-in catalogue; its policy.toml and tables replace
    /// the built-in ones
    #[arg(long, value_name = "DIR")]
    pub(super) feeds: Option<PathBuf>,
    /// Folder of editions; a file replaces the built-in one of its name
    #[arg(long, value_name = "DIR")]
    pub(super) schemas: Option<PathBuf>,
}

/// With which key the index and the manifest are signed.
#[derive(Debug, Args)]
pub(super) struct SigningArgs {
    /// Sign with this secret key, as `ipmint keys sign new` makes it; if that is encrypted,
    /// IPMINT_SIGN_PASSWORD has its password
    #[arg(long, value_name = "FILE", env = "IPMINT_SIGN_KEY", hide_env_values = true)]
    pub(super) sign_key: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint completions bash > ~/.local/share/bash-completion/completions/ipmint
  ipmint completions zsh > ~/.zfunc/_ipmint")]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(super) shell: Shell,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use crate::cli::args::Cli;
    use crate::verify::Gate;

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_shows_examples() {
        fn check(command: &clap::Command) {
            if command.get_name() != "help" {
                let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.contains("  ipmint "), "{}", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn the_gates_that_can_be_forced_are_named() {
        let command = Cli::command();
        let build = command.find_subcommand("build").expect("declared");
        let force = build.get_arguments().find(|arg| arg.get_id() == "force").expect("declared");
        let values = force.get_possible_values();
        let names: Vec<&str> = values.iter().map(clap::builder::PossibleValue::get_name).collect();
        assert_eq!(names, Gate::FORCEABLE.map(Gate::name));
    }
}
