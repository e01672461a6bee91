//! Arguments of commands that read databases.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::edition;

/// Which database is asked.
#[derive(Debug, Args)]
pub(in crate::cli) struct DatabaseArgs {
    /// Ask this database file
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    pub(in crate::cli) db: Option<PathBuf>,
    /// Ask the current release of this folder
    #[arg(long, value_name = "DIR", default_value = "output")]
    pub(in crate::cli) output: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint lookup 185.220.101.45
  ipmint lookup --edition asn 8.8.8.8 2001:4860:4860::8888
  ipmint lookup --db GeoLite2-City.mmdb 8.8.8.8
  ipmint lookup --date 2026-10-31 185.220.101.45
  cut -d' ' -f1 access.log | sort -u | ipmint lookup --json

Exit code 1 if some address is none.")]
pub(in crate::cli) struct LookupArgs {
    #[command(flatten)]
    pub(in crate::cli) database: DatabaseArgs,
    /// Edition of the release
    #[arg(long, value_name = "NAME", default_value = edition::FULL, conflicts_with = "db")]
    pub(in crate::cli) edition: String,
    /// Ask what `full` said on this day, at most 365 days back (YYYY-MM-DD, UTC)
    #[arg(long, value_name = "DATE", conflicts_with_all = ["db", "edition"])]
    pub(in crate::cli) date: Option<String>,
    /// Addresses; one a line from standard input when none is given
    #[arg(value_name = "IP")]
    pub(in crate::cli) ips: Vec<String>,
    /// Print one JSON object a line
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint explain 185.220.101.45
  ipmint explain --json 185.220.101.45 | jq .explanation.effects
  ipmint explain --date 2026-10-31 185.220.101.45
  ipmint explain --db output/releases/20261121.1/full.mmdb 185.220.101.45   # claims only")]
pub(in crate::cli) struct ExplainArgs {
    #[command(flatten)]
    pub(in crate::cli) database: DatabaseArgs,
    /// Explain what `full` said on this day, at most 365 days back (YYYY-MM-DD, UTC); claims only,
    /// if that release is gone
    #[arg(long, value_name = "DATE", conflicts_with = "db")]
    pub(in crate::cli) date: Option<String>,
    /// The address
    #[arg(value_name = "IP")]
    pub(in crate::cli) ip: IpAddr,
    /// Print one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint inspect GeoLite2-City.mmdb
  ipmint inspect --json output/releases/20261121.1/full.mmdb | jq .keys")]
pub(in crate::cli) struct InspectArgs {
    /// The database file
    #[arg(value_name = "FILE")]
    pub(in crate::cli) file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint verify output/releases/20261121.1/*.mmdb
  ipmint verify --json GeoLite2-City.mmdb

Exit code 1 if some file has a problem.")]
pub(in crate::cli) struct VerifyArgs {
    /// Database files
    #[arg(value_name = "FILE", required = true)]
    pub(in crate::cli) files: Vec<PathBuf>,
    /// Print one JSON object a line
    #[arg(long)]
    pub(in crate::cli) json: bool,
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
pub(in crate::cli) struct DiffArgs {
    /// The database file before
    #[arg(value_name = "OLD")]
    pub(in crate::cli) old: PathBuf,
    /// The database file after
    #[arg(value_name = "NEW")]
    pub(in crate::cli) new: PathBuf,
    /// Print one JSON object: counts, and counts by field
    #[arg(long, conflicts_with = "ndjson")]
    pub(in crate::cli) json: bool,
    /// Print one JSON object a line for each range, with the fields that differ
    #[arg(long)]
    pub(in crate::cli) ndjson: bool,
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
pub(in crate::cli) struct ExportArgs {
    /// The database file
    #[arg(value_name = "FILE")]
    pub(in crate::cli) file: PathBuf,
    /// What to write
    #[arg(long, value_name = "FORMAT")]
    pub(in crate::cli) to: ExportFormat,
    /// Write only networks of whose records this holds
    #[arg(long = "where", value_name = "EXPR")]
    pub(in crate::cli) filter: Option<String>,
    /// The key whose value a map gives; networks without it are left out [default: all have 1]
    #[arg(long, value_name = "KEY")]
    pub(in crate::cli) value: Option<String>,
    /// Write one family [default: both, IPv4 first]
    #[arg(long)]
    pub(in crate::cli) family: Option<FamilyName>,
    /// Write to this file, which appears whole or not at all [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ExportFormat {
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
pub(in crate::cli) enum FamilyName {
    /// IPv4
    V4,
    /// IPv6
    V6,
}
