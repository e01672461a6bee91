//! What can be set, and what it is unless somebody says otherwise.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::serve::server::listen::Listen;
use crate::serve::server::proxies::Proxies;

/// Everything that `serve.toml` says, with defaults where it says nothing.
///
/// Values come before tables: that is the order in which TOML can be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Where to listen.
    pub listen: Vec<Listen>,
    /// Who may do what with the file of a Unix socket, as `chmod` has it.
    #[serde(serialize_with = "octal")]
    pub unix_mode: u32,
    /// The store.
    pub output: PathBuf,
    /// File of the keys; without one everybody may do everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<PathBuf>,
    /// File of the plans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plans: Option<PathBuf>,
    /// Whose word is taken for who the client is.
    pub trusted_proxies: Proxies,
    /// Threads that answer; one a core if `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<u16>,
    /// How long to wait between looks at the store and the certificate.
    #[serde(serialize_with = "seconds")]
    pub poll: Duration,
    /// How long answers that are running may take once the server is told to end.
    #[serde(serialize_with = "seconds")]
    pub shutdown_timeout: Duration,
    /// Names under which editions can be asked for, as well as their own.
    pub aliases: BTreeMap<String, String>,
    /// Certificate and key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsFiles>,
    /// What a client may cost.
    pub limits: Limits,
    /// What is told of requests.
    pub log: Log,
}

/// A certificate's files, in PEM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TlsFiles {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What a client may cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Connections open at one time.
    pub connections: u32,
    /// Of these, how many from one address; of IPv6 from one /64, which is one customer.
    pub connections_per_address: u32,
    /// How long a request's head may take, and a connection's first.
    #[serde(serialize_with = "seconds")]
    pub header_timeout: Duration,
    /// How long a TLS handshake may take.
    #[serde(serialize_with = "seconds")]
    pub handshake_timeout: Duration,
    /// How long a connection may be open between requests.
    #[serde(serialize_with = "seconds")]
    pub idle_timeout: Duration,
    /// How long a request's body may take, all in all.
    #[serde(serialize_with = "seconds")]
    pub body_timeout: Duration,
    /// How long a client may take less than `min_rate`.
    #[serde(serialize_with = "seconds")]
    pub stall_timeout: Duration,
    /// Bytes a second that a client takes on average over `stall_timeout`.
    pub min_rate: u32,
    /// Bytes of a request's head.
    pub header_bytes: u32,
    /// Fields of a request's head.
    pub headers: u16,
    /// Bytes of a request's body.
    pub body_bytes: u64,
    /// Requests at one time on a connection of HTTP/2.
    pub streams: u32,
    /// Addresses in one batch, where the plan of a key does not say.
    pub batch: u32,
}

/// What is told of requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Log {
    /// In what form.
    pub format: LogFormat,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One line of `name=value`.
    Text,
    /// One JSON object a line.
    Json,
    /// Nothing at all.
    Off,
}

impl LogFormat {
    /// Every form there is.
    pub const ALL: &[Self] = &[Self::Text, Self::Json, Self::Off];

    /// Its word in the file and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Off => "off",
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: vec![Listen::default()],
            unix_mode: 0o660,
            output: PathBuf::from("output"),
            keys: None,
            plans: None,
            trusted_proxies: Proxies::default(),
            threads: None,
            poll: Duration::from_secs(10),
            shutdown_timeout: Duration::from_mins(5),
            aliases: BTreeMap::new(),
            tls: None,
            limits: Limits::default(),
            log: Log { format: LogFormat::Text },
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 8192,
            // Half of all: behind one address may be a whole fleet.
            connections_per_address: 4096,
            header_timeout: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(10),
            // As nginx's keepalive_timeout has it.
            idle_timeout: Duration::from_secs(75),
            body_timeout: Duration::from_secs(30),
            stall_timeout: Duration::from_secs(30),
            // A modem of 1998 takes five times as much.
            min_rate: 1024,
            header_bytes: 16 << 10,
            headers: 64,
            // As many addresses as a batch may have, written at length.
            body_bytes: 5 << 20,
            streams: 100,
            // A /16, and then some.
            batch: 100_000,
        }
    }
}

impl Settings {
    /// The settings as `serve.toml` would have them.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("strings, numbers, arrays and tables after values")
    }
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{}s", duration.as_secs()))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn octal<S: Serializer>(mode: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{mode:o}"))
}
