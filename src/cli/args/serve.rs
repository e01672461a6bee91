//! Arguments of the server.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ipmint serve
  ipmint serve --listen 0.0.0.0:80 --listen unix:/run/ipmint.sock --output /srv/store
  ipmint serve --listen [::]:443 --tls-cert chain.pem --tls-key key.pem
  ipmint serve --config /etc/ipmint/serve.toml --log json
  ipmint serve --print-config > serve.toml

An ADDRESS is ADDR:PORT, http://ADDR:PORT, https://ADDR:PORT or unix:PATH; without a scheme it is
TLS if there is a certificate. Port 0 is any that is free. The addresses are printed on standard
error once connections are accepted.

An option given here goes before the environment, that before the file, that before the default.
Sockets that systemd hands over take the place of the default address.

SIGTERM and SIGINT end the server when the answers that are running have ended; a second one ends
it at once. SIGHUP reads certificate, keys and plans again.")]
pub(in crate::cli) struct ServeArgs {
    /// Settings; `--print-config` shows every one there is
    #[arg(long, value_name = "FILE", env = "IPMINT_CONFIG")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// Listen here; may be given several times [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", env = "IPMINT_LISTEN", value_delimiter = ',')]
    pub(in crate::cli) listen: Vec<String>,
    /// Folder of releases to serve [default: output]
    #[arg(long, value_name = "DIR", env = "IPMINT_OUTPUT")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Certificate chain, in PEM; read again when it changes
    #[arg(long, value_name = "FILE", env = "IPMINT_TLS_CERT", requires = "tls_key")]
    pub(in crate::cli) tls_cert: Option<PathBuf>,
    /// Its private key, in PEM
    #[arg(long, value_name = "FILE", env = "IPMINT_TLS_KEY", requires = "tls_cert")]
    pub(in crate::cli) tls_key: Option<PathBuf>,
    /// File of the keys that requests need
    #[arg(long, value_name = "FILE", env = "IPMINT_KEYS")]
    pub(in crate::cli) keys: Option<PathBuf>,
    /// File of the plans that keys are on
    #[arg(long, value_name = "FILE", env = "IPMINT_PLANS")]
    pub(in crate::cli) plans: Option<PathBuf>,
    /// How to log requests on standard error [default: text]
    #[arg(long, value_name = "FORMAT", env = "IPMINT_LOG", value_parser = ["text", "json", "off"])]
    pub(in crate::cli) log: Option<String>,
    /// Threads to use [default: one a core]
    #[arg(
        long,
        value_name = "N",
        env = "IPMINT_THREADS",
        value_parser = clap::value_parser!(u16).range(1..=1024)
    )]
    pub(in crate::cli) threads: Option<u16>,
    /// Print the settings as they would be used, and end
    #[arg(long)]
    pub(in crate::cli) print_config: bool,
}
