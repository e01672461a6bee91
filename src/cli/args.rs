//! The argument structs and nothing else; checked and turned into options where they are used.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::edition;

mod client;
mod releases;

pub(super) use client::*;
pub(super) use releases::*;

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
    /// Say why an address has its score
    Explain(ExplainArgs),
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
    /// Keep a copy of an edition up to date over HTTP
    Pull(PullArgs),
    /// Make a database of an old one and a delta, or of a compact form
    Apply(ApplyArgs),
    /// Make keys that sign releases
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
    /// Folder of fetched snapshots
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

/// Which database is asked.
#[derive(Debug, Args)]
pub(super) struct DatabaseArgs {
    /// Ask this database file
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    pub(super) db: Option<PathBuf>,
    /// Ask the current release of this folder
    #[arg(long, value_name = "DIR", default_value = "output")]
    pub(super) output: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint lookup 185.220.101.45
  ipmint lookup --edition asn 8.8.8.8 2001:4860:4860::8888
  ipmint lookup --db GeoLite2-City.mmdb 8.8.8.8
  cut -d' ' -f1 access.log | sort -u | ipmint lookup --json

Exit code 1 if some address is none.")]
pub(super) struct LookupArgs {
    #[command(flatten)]
    pub(super) database: DatabaseArgs,
    /// Edition of the release
    #[arg(long, value_name = "NAME", default_value = edition::FULL, conflicts_with = "db")]
    pub(super) edition: String,
    /// Addresses; one a line from standard input when none is given
    #[arg(value_name = "IP")]
    pub(super) ips: Vec<String>,
    /// Print one JSON object a line
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint explain 185.220.101.45
  ipmint explain --json 185.220.101.45 | jq .explanation.effects
  ipmint explain --db output/releases/20261121.1/full.mmdb 185.220.101.45   # claims only")]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    pub(super) database: DatabaseArgs,
    /// The address
    #[arg(value_name = "IP")]
    pub(super) ip: IpAddr,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint inspect GeoLite2-City.mmdb
  ipmint inspect --json output/releases/20261121.1/full.mmdb | jq .keys")]
pub(super) struct InspectArgs {
    /// The database file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint verify output/releases/20261121.1/*.mmdb
  ipmint verify --json GeoLite2-City.mmdb

Exit code 1 if some file has a problem.")]
pub(super) struct VerifyArgs {
    /// Database files
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Print one JSON object a line
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint diff output/releases/20261120.1/full.mmdb output/releases/20261121.1/full.mmdb
  ipmint diff --json old.mmdb new.mmdb | jq '.by_field.\"signals.is_vpn\"'
  ipmint diff --ndjson GeoLite2-ASN.mmdb.1 GeoLite2-ASN.mmdb | head

Any writer's databases are compared by what they say: the same number in another width, or the
same record at another place, is no change. A range is a run of addresses with one old and one
new record. IPv4 is counted once, however IPv6's tree leads to it. The exit code does not tell
whether something differs.")]
pub(super) struct DiffArgs {
    /// The database file before
    #[arg(value_name = "OLD")]
    pub(super) old: PathBuf,
    /// The database file after
    #[arg(value_name = "NEW")]
    pub(super) new: PathBuf,
    /// Print one JSON object: counts, and counts by field
    #[arg(long, conflicts_with = "ndjson")]
    pub(super) json: bool,
    /// Print one JSON object a line for each range, with the fields that differ
    #[arg(long)]
    pub(super) ndjson: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint export full.mmdb --to csv --out full.csv
  ipmint export full.mmdb --to nftables --where 'is_tor or score >= 90' | nft -f -
  ipmint export full.mmdb --to ipset --where 'is_drop' --family v4 | ipset -exist restore
  ipmint export full.mmdb --to netset --where \"country_code in ['DE', 'AT'] and not is_hosting\"
  ipmint export asn.mmdb --to nginx-map --value autonomous_system_number --out asn.geo
  ipmint export GeoLite2-ASN.mmdb --to parquet --out asn.parquet

Neighbouring networks of which the same goes out are joined and split into the fewest prefixes.
IPv4 goes out once, however IPv6's tree leads to it.

Expressions: keys are dotted, or the last parts of one (is_vpn for signals.is_vpn), in backticks
if they hold other signs; a key alone asks whether something stands there that is neither false
nor zero nor empty. and or not ( )  == != < <= > >=  in ['a', 'b']  contains 'a'  with text in
quotes, numbers, true, false, null. What a record does not say is null.")]
pub(super) struct ExportArgs {
    /// The database file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// What to write
    #[arg(long, value_name = "FORMAT")]
    pub(super) to: ExportFormat,
    /// Write only networks of whose records this holds
    #[arg(long = "where", value_name = "EXPR")]
    pub(super) filter: Option<String>,
    /// The key whose value a map gives; networks without it are left out [default: all have 1]
    #[arg(long, value_name = "KEY")]
    pub(super) value: Option<String>,
    /// Write one family [default: both, IPv4 first]
    #[arg(long)]
    pub(super) family: Option<FamilyName>,
    /// Write to this file, which appears whole or not at all [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ExportFormat {
    /// The network and every leaf of the record
    Csv,
    /// {"network","record"} a line
    Ndjson,
    /// As CSV, with typed columns
    Parquet,
    /// A prefix a line
    Netset,
    /// For `ipset restore`
    Ipset,
    /// For `nft -f`
    Nftables,
    /// The body of a `geo` block
    NginxMap,
    /// For `map_ip`
    HaproxyMap,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FamilyName {
    /// IPv4
    V4,
    /// IPv6
    V6,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint feeds list
  ipmint feeds show torproject-exits
  ipmint feeds check --feeds ./feeds --schemas ./schemas
  ipmint feeds status")]
pub(super) struct FeedsArgs {
    #[command(subcommand)]
    pub(super) command: FeedsCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum FeedsCommand {
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
pub(super) struct FeedsStatusArgs {
    #[command(flatten)]
    pub(super) catalogue: CatalogueArgs,
    /// Folder of fetched snapshots
    #[arg(long, value_name = "DIR", default_value = "cache")]
    pub(super) cache: PathBuf,
    /// Folder of releases whose last build tells the states
    #[arg(long, value_name = "DIR", default_value = "output")]
    pub(super) output: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct FeedsAcceptArgs {
    #[command(flatten)]
    pub(super) catalogue: CatalogueArgs,
    /// Folder of fetched snapshots
    #[arg(long, value_name = "DIR", default_value = "cache")]
    pub(super) cache: PathBuf,
    /// The feed
    #[arg(value_name = "ID")]
    pub(super) id: String,
}

#[derive(Debug, Args)]
pub(super) struct FeedsListArgs {
    #[command(flatten)]
    pub(super) catalogue: CatalogueArgs,
    /// List the sample feeds
    #[arg(long)]
    pub(super) sample: bool,
    /// Folder of releases whose last build tells the states
    #[arg(long, value_name = "DIR", default_value = "output")]
    pub(super) output: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct FeedsShowArgs {
    #[command(flatten)]
    pub(super) catalogue: CatalogueArgs,
    /// Look among the sample feeds
    #[arg(long)]
    pub(super) sample: bool,
    /// The feed
    #[arg(value_name = "ID")]
    pub(super) id: String,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct FeedsCheckArgs {
    #[command(flatten)]
    pub(super) catalogue: CatalogueArgs,
    /// Check the sample feeds
    #[arg(long)]
    pub(super) sample: bool,
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
