//! Arguments of the commands about copies elsewhere.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::feed::parse_seconds;

/// The most bytes of a database, unless said otherwise: fourteen times the largest of the corpus.
const MAX_BYTES: u64 = 1 << 30;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint pull https://ip.example.org/store asn --out /var/lib/ipmint/asn.mmdb
  ipmint pull https://ip.example.org/store asn --out asn.mmdb --key RWQ…   # 56 characters
  ipmint pull https://ip.example.org/store full --out full.mmdb --key store.pub --json
  ipmint pull 'https://me:${TOKEN}@ip.example.org/store' asn --out asn.mmdb
  ipmint pull https://ip.example.org/store asn --out asn.mmdb --daemon --interval 6h

The URL is that of the folder that holds index.json; any web server will do. What changed since
the last time is asked for first, then the smallest form of the whole file. FILE is replaced at
once or stays as it is, and whatever came is what the manifest says. What is remembered between
pulls lies beside it, in FILE.ipmint. `${NAME}` in the URL is read from the environment.

With a key, an index that is unsigned, older than the last one or expired is refused.

crontab, at some minute of every hour:
  17 * * * *  ipmint pull https://ip.example.org/store asn --out /srv/asn.mmdb || [ $? -eq 5 ]

systemd, ipmint-pull.service and ipmint-pull.timer:
  [Service]
  Type=oneshot
  Environment=IPMINT_KEY=RWQ…
  ExecStart=/usr/bin/ipmint pull https://ip.example.org/store asn --out /var/lib/ipmint/asn.mmdb
  SuccessExitStatus=5

  [Timer]
  OnCalendar=hourly
  RandomizedDelaySec=10m
  [Install]
  WantedBy=timers.target

Exit codes: 0 changed, 5 unchanged, 1 failed and FILE is as it was.")]
pub(in crate::cli) struct PullArgs {
    /// Folder of a store on a web server
    #[arg(value_name = "URL", value_parser = store_url)]
    pub(in crate::cli) url: String,
    /// Edition to keep a copy of
    #[arg(value_name = "EDITION")]
    pub(in crate::cli) edition: String,
    /// The copy
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: PathBuf,
    /// Public key that has to have signed the index: its line, or a file that holds it
    #[arg(long, value_name = "PUBLICKEY|FILE", env = "IPMINT_KEY", hide_env_values = true)]
    pub(in crate::cli) key: Option<String>,
    /// The most bytes that the database may have
    #[arg(long, value_name = "N", default_value_t = MAX_BYTES)]
    pub(in crate::cli) max_bytes: u64,
    /// Keep the copy up to date until SIGTERM or SIGINT
    #[arg(long)]
    pub(in crate::cli) daemon: bool,
    /// How long to wait between pulls, such as `30m`; up to a tenth is added at random
    #[arg(long, value_name = "TIME", default_value = "1h", requires = "daemon", value_parser = interval)]
    pub(in crate::cli) interval: Duration,
    /// Print one JSON object a pull
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

fn store_url(text: &str) -> Result<String, String> {
    let is_web = text.starts_with("http://") || text.starts_with("https://");
    if is_web && !text.contains(['?', '#']) {
        return Ok(text.to_owned());
    }
    Err("expected http:// or https:// and the folder that holds index.json".to_owned())
}

fn interval(text: &str) -> Result<Duration, String> {
    let seconds = parse_seconds(text).filter(|seconds| *seconds > 0);
    let expected = || "expected a duration such as `30m`, `1h` or `1d`".to_owned();
    seconds.map(Duration::from_secs).ok_or_else(expected)
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint apply old.mmdb asn.from-20261120.1.rows --out new.mmdb
  ipmint apply old.mmdb asn.from-20261120.1.dcz --out new.mmdb
  ipmint apply asn.compact --out asn.mmdb

What a file is, its first bytes tell. A delta names the digest of the file that it is from; the
output may be that file.")]
pub(in crate::cli) struct ApplyArgs {
    /// The old database and a delta from it, or a compact form
    #[arg(value_name = "FILE", required = true, num_args = 1..=2)]
    pub(in crate::cli) files: Vec<PathBuf>,
    /// The new database
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: PathBuf,
    /// The most bytes that the database may have
    #[arg(long, value_name = "N", default_value_t = MAX_BYTES)]
    pub(in crate::cli) max_bytes: u64,
}
