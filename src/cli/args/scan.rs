//! Arguments of `ipmint scan`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;

use crate::cli::args::DatabaseArgs;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint scan 146.70.50.0/24
  ipmint scan --top 20 --runs 0 45.0.0.0/8 2001:678::/29
  ipmint scan 192.0.2.17-192.0.2.99
  ipmint scan --json 0.0.0.0/0 | jq '.signals.is_vpn, .top.asns'
  ipmint scan --map all.png --signal signals 0.0.0.0/0
  ipmint scan --db output/releases/20261121.1/full.mmdb 185.220.101.0/24

Listed is what has a signal of an anonymizer or of abuse: clean is less than 1 % of the addresses,
mixed less than 20 %, risky less than 50 %, toxic beyond. Of IPv6, ::/96, ::ffff:0:0/96, 2001::/32
and 2002::/16 are left out: IPv4 is counted once.

Exit code 1 if some argument is neither prefix nor range; the others are answered.")]
pub(in crate::cli) struct ScanArgs {
    #[command(flatten)]
    pub(in crate::cli) database: DatabaseArgs,
    /// Prefixes, addresses or ranges
    #[arg(value_name = "CIDR|RANGE", required = true)]
    pub(in crate::cli) cidrs: Vec<String>,
    /// How many AS, countries and providers
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(..=32))]
    pub(in crate::cli) top: u8,
    /// How many runs of one verdict
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(..=1000))]
    pub(in crate::cli) runs: u16,
    /// Begin the runs here: `next` of a scan before
    #[arg(long, value_name = "IP")]
    pub(in crate::cli) after: Option<IpAddr>,
    /// Draw it too, into this PNG file: Hilbert's curve, a pixel for each address or block of equal size
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) map: Option<PathBuf>,
    /// What --map shows: `score`, the share of a signal such as `is_vpn`, or of `signals` the
    /// strongest [default: score]
    #[arg(long, value_name = "NAME", requires = "map")]
    pub(in crate::cli) signal: Option<String>,
    /// How many pixels --map has from left to right: 256, 512, 1024 or 2048 [default: 1024]
    #[arg(long, value_name = "N", requires = "map")]
    pub(in crate::cli) size: Option<String>,
    /// Print one JSON object a line
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
