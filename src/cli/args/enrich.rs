//! Arguments of `ipmint enrich`.

use clap::{Args, ValueEnum};

use crate::cli::args::DatabaseArgs;
use crate::edition;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint enrich < access.log > enriched.log
  tail -f access.log | ipmint enrich --field is_vpn,score | grep is_vpn=true
  zcat app.log.gz | ipmint enrich --pattern 'peer=(?<ip>\\S+)' --field asn
  ipmint enrich --format ndjson --key client.ip < events.ndjson
  ipmint enrich --format csv --column remote_addr --field country_code,asn < visits.csv
  ipmint enrich --db GeoLite2-ASN.mmdb --field autonomous_system_number < access.log

lines   a tab and KEY=VALUE at the end of the line for each field that is known
ndjson  an object at the key --into of the outermost object, nested as the record is; the other
        bytes stay. What stood there is replaced, by null where nothing is known
csv     a column for each field, after the others; empty where nothing is known

Fields are dotted keys of the record as `lookup` shows them, or the last parts of one. Texts,
numbers and truth values are written as they are, lists and maps as JSON.

An address may have a port (192.0.2.7:443, [2001:db8::1]:443). What looks like a version
(1.2.3.4.5, Chrome/120.0.0.0) is none; a --column, --key or group may hold other text beside it.

Order is kept. Lines without an address, or longer than 1 MiB, are written as they are; how many
there were is said on standard error.")]
pub(in crate::cli) struct EnrichArgs {
    #[command(flatten)]
    pub(in crate::cli) database: DatabaseArgs,
    /// Edition of the release
    #[arg(long, value_name = "NAME", default_value = edition::FULL, conflicts_with = "db")]
    pub(in crate::cli) edition: String,
    /// What standard input is
    #[arg(long, value_name = "FORMAT", default_value = "lines")]
    pub(in crate::cli) format: EnrichFormat,
    /// Add this field; may be given several times, or several with commas [default of `full`:
    /// country code, AS, its name, score and categories; of other editions: all]
    #[arg(long = "field", value_name = "KEY", value_delimiter = ',')]
    pub(in crate::cli) fields: Vec<String>,
    /// Where the address is: lines: the number of a field between blanks, from 1 [default: the
    /// first address in the line]; csv: the name or number of a column [default: `ip`, `client_ip`,
    /// `remote_addr` and others like them]
    #[arg(long, value_name = "COLUMN")]
    pub(in crate::cli) column: Option<String>,
    /// lines: where the group `ip` of this expression matches
    #[arg(long, value_name = "REGEX", conflicts_with = "column")]
    pub(in crate::cli) pattern: Option<String>,
    /// ndjson: the dotted key of the address; of several the first that has one [default: `ip`,
    /// `client_ip`, `remote_addr` and others like them]
    #[arg(long = "key", value_name = "KEY", value_delimiter = ',')]
    pub(in crate::cli) keys: Vec<String>,
    /// ndjson: the key that the fields go to
    #[arg(long, value_name = "KEY", default_value = "ipmint")]
    pub(in crate::cli) into: String,
    /// csv: what is between cells: one sign, or `tab` [default: ,]
    #[arg(long, value_name = "SIGN")]
    pub(in crate::cli) delimiter: Option<String>,
    /// csv: the first record does not name the columns
    #[arg(long)]
    pub(in crate::cli) no_header: bool,
    /// Threads that look up; the result does not depend on it [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(in crate::cli) threads: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum EnrichFormat {
    /// Any text
    Lines,
    /// A JSON object a line
    Ndjson,
    /// RFC 4180
    Csv,
}
