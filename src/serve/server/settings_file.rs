//! `serve.toml` to [`Settings`], checked whole: every mistake with its file, line and key.

use std::path::PathBuf;
use std::time::Duration;

use crate::feed::{CatalogueError, Document, Item, Table};
use crate::serve::server::proxies::Proxies;
use crate::serve::server::settings::{Limits, LogFormat, Settings, TlsFiles};

/// Every key of the file.
const KEYS: &[&str] = &[
    "listen",
    "unix_mode",
    "output",
    "keys",
    "plans",
    "trusted_proxies",
    "threads",
    "poll",
    "shutdown_timeout",
    "aliases",
    "tls",
    "limits",
    "log",
];

const TLS_KEYS: &[&str] = &["certificate", "key"];

const LIMITS_KEYS: &[&str] = &[
    "connections",
    "connections_per_address",
    "header_timeout",
    "handshake_timeout",
    "idle_timeout",
    "body_timeout",
    "stall_timeout",
    "min_rate",
    "header_bytes",
    "headers",
    "body_bytes",
    "streams",
    "batch",
];

const LOG_KEYS: &[&str] = &["format"];

/// The longest wait that can be set: a day is for ever to a connection.
const MAX_SECONDS: u64 = 86_400;

impl Settings {
    /// Reads settings; what the text does not say has its default.
    ///
    /// # Errors
    /// Everything that is wrong with the text, at once.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, CatalogueError> {
        let document = Document::parse(file, text);
        let settings = read(&document.root(KEYS));
        document.finish(Some(settings))
    }
}

fn read(root: &Table<'_>) -> Settings {
    let mut settings = Settings::default();
    if root.has("listen") {
        settings.listen = read_parsed(root, "listen");
    }
    if let Some(item) = root.get("unix_mode") {
        settings.unix_mode = read_mode(&item).unwrap_or(settings.unix_mode);
    }
    let path = |key| root.get(key).and_then(|item| item.text()).map(PathBuf::from);
    settings.output = path("output").unwrap_or(settings.output);
    settings.keys = path("keys");
    settings.plans = path("plans");
    if let Some(item) = root.get("trusted_proxies") {
        // An empty array is nobody, which is what is meant.
        if item.array().is_some_and(|items| !items.is_empty()) {
            settings.trusted_proxies = Proxies::new(read_parsed(root, "trusted_proxies"));
        }
    }
    settings.threads = root.get("threads").and_then(|item| item.integer(1..=1024));
    read_duration(root, "poll", 1, &mut settings.poll);
    read_duration(root, "shutdown_timeout", 0, &mut settings.shutdown_timeout);
    let aliases = root.get("aliases").and_then(|item| item.open_table());
    for (alias, item) in aliases.iter().flat_map(Table::entries) {
        if !is_alias(alias) {
            item.fault("expected an alias of 1 to 64 letters, digits, `-`, `_` and `.`");
        } else if let Some(edition) = item.text() {
            settings.aliases.insert(alias.to_owned(), edition.to_owned());
        }
    }
    if let Some(table) = root.get("tls").and_then(|item| item.table(TLS_KEYS)) {
        table.require(TLS_KEYS);
        let path = |key| table.get(key).and_then(|item| item.text()).map(PathBuf::from);
        if let (Some(certificate), Some(key)) = (path("certificate"), path("key")) {
            settings.tls = Some(TlsFiles { certificate, key });
        }
    }
    if let Some(table) = root.get("limits").and_then(|item| item.table(LIMITS_KEYS)) {
        read_limits(&table, &mut settings.limits);
    }
    if let Some(table) = root.get("log").and_then(|item| item.table(LOG_KEYS)) {
        let format = table.get("format");
        let format = format.and_then(|item| item.word(LogFormat::ALL, LogFormat::name));
        settings.log.format = format.unwrap_or(settings.log.format);
    }
    settings
}

/// Whether a name can stand in a URL and name a file wherever a client stores it.
fn is_alias(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=64).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(is_plain)
}

fn read_limits(table: &Table<'_>, limits: &mut Limits) {
    let count = |key, least: u32, most: u32, value: &mut u32| {
        let read = table.get(key).and_then(|item| item.integer(least..=most));
        *value = read.unwrap_or(*value);
    };
    count("connections", 1, 1 << 20, &mut limits.connections);
    count("connections_per_address", 1, 1 << 20, &mut limits.connections_per_address);
    count("min_rate", 0, 1 << 30, &mut limits.min_rate);
    // hyper's own buffer is no smaller, and the head of a browser with cookies is past a KiB.
    count("header_bytes", 1 << 10, 1 << 20, &mut limits.header_bytes);
    count("streams", 1, 1 << 16, &mut limits.streams);
    count("batch", 1, 1 << 30, &mut limits.batch);
    // What hyper reads without asking for memory.
    let headers = table.get("headers").and_then(|item| item.integer(1..=100));
    limits.headers = headers.unwrap_or(limits.headers);
    let body_bytes = table.get("body_bytes").and_then(|item| item.integer(0..=1 << 30));
    limits.body_bytes = body_bytes.unwrap_or(limits.body_bytes);
    read_duration(table, "header_timeout", 1, &mut limits.header_timeout);
    read_duration(table, "handshake_timeout", 1, &mut limits.handshake_timeout);
    read_duration(table, "idle_timeout", 1, &mut limits.idle_timeout);
    read_duration(table, "body_timeout", 1, &mut limits.body_timeout);
    read_duration(table, "stall_timeout", 1, &mut limits.stall_timeout);
}

fn read_duration(table: &Table<'_>, key: &str, least: u64, value: &mut Duration) {
    let Some(item) = table.get(key) else { return };
    let Some(seconds) = item.seconds() else { return };
    if (least..=MAX_SECONDS).contains(&seconds) {
        *value = Duration::from_secs(seconds);
    } else {
        item.fault(format!("found {seconds}s, expected {least}s to 1d"));
    }
}

/// One text or several, each of which says what is wrong with it.
fn read_parsed<T: std::str::FromStr<Err = String>>(table: &Table<'_>, key: &str) -> Vec<T> {
    let mut values = Vec::new();
    for (item, text) in table.texts(key) {
        match text.parse() {
            Ok(value) => values.push(value),
            Err(wrong) => item.fault(wrong),
        }
    }
    values
}

fn read_mode(item: &Item<'_>) -> Option<u32> {
    let mode = u32::from_str_radix(item.text()?, 8).ok().filter(|mode| *mode <= 0o777);
    if mode.is_none() {
        item.fault("expected a mode as `chmod` has it, such as \"660\"");
    }
    mode
}

/// Checks what no single key can say; `Err` is what to tell.
pub(super) fn check(settings: &Settings) -> Result<(), String> {
    let needs_tls = settings.listen.iter().find(|listen| listen.says_tls());
    match needs_tls {
        Some(listen) if settings.tls.is_none() => Err(format!(
            "listen: `{listen}` needs a certificate; give --tls-cert and --tls-key, or `[tls]` in \
             the file"
        )),
        _ if settings.plans.is_some() && settings.keys.is_none() => {
            Err("plans: without keys nobody is on a plan; give --keys, or `keys` in the file"
                .to_owned())
        }
        _ if settings.listen.is_empty() => Err("listen: expected at least one address".to_owned()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use crate::serve::server::settings::{LogFormat, Settings};
    use crate::serve::server::settings_file::check as check_whole;

    const FULL: &str = r#"
listen = ["127.0.0.1:8080", "https://[::1]:8443", "unix:/run/ipmint.sock"]
unix_mode = "600"
output = "/srv/store"
keys = "keys.db"
plans = "plans.toml"
trusted_proxies = ["10.0.0.0/8", "2001:db8::1", "unix"]
threads = 3
poll = "1m"
shutdown_timeout = "0s"

[aliases]
GeoLite2-ASN = "asn"

[tls]
certificate = "cert.pem"
key = "key.pem"

[limits]
connections = 10
connections_per_address = 5
header_timeout = "2s"
min_rate = 0
body_bytes = 100

[log]
format = "json"
"#;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let read = Settings::from_toml("serve.toml", text);
        let told = read.map_or_else(|error| error.to_string(), |_| "fine".to_owned());
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let settings = Settings::from_toml("serve.toml", FULL).expect("fine");
        assert_eq!(settings.listen.len(), 3);
        assert_eq!((settings.unix_mode, settings.threads), (0o600, Some(3)));
        assert_eq!(settings.plans, Some(PathBuf::from("plans.toml")));
        assert_eq!(settings.poll, Duration::from_mins(1));
        assert_eq!(settings.aliases["GeoLite2-ASN"], "asn");
        assert_eq!(settings.log.format, LogFormat::Json);
        assert_eq!(settings.limits.header_timeout, Duration::from_secs(2));
        let again = Settings::from_toml("again", &settings.to_toml()).expect("our own");
        assert_eq!(again, settings);
    }

    #[test]
    fn nothing_said_is_the_default() {
        let default = Settings::default();
        assert_eq!(Settings::from_toml("serve.toml", "").expect("fine"), default);
        assert_eq!(Settings::from_toml("own", &default.to_toml()).expect("fine"), default);
    }

    #[test]
    fn mistakes_have_file_line_and_key() {
        check(
            "\nlisten = []",
            "serve.toml:2: listen: found an empty array, expected at least one value",
        );
        check("lisen = 1", "serve.toml:1: unknown key `lisen`; did you mean `listen`?");
        check(
            "[limits]\n\nconnections = 0",
            "serve.toml:3: limits.connections: found 0, expected 1 to 1048576",
        );
        check(
            "[limits]\nheader_timeout = \"0s\"",
            "serve.toml:2: limits.header_timeout: found 0s, expected 1s to 1d",
        );
        for alias in ["'../x'", "'a b'", "'.x'", "''"] {
            let text = format!("[aliases]\n{alias} = 'asn'");
            let alias = alias.trim_matches('\'');
            let expected = "expected an alias of 1 to 64 letters, digits, `-`, `_` and `.`";
            check(&text, &format!("serve.toml:2: aliases.{alias}: {expected}"));
        }
        check("[tls]\nkey = 'a'", "serve.toml:1: tls.certificate: is missing");
        check(
            "[log]\nformat = 'jsn'",
            "serve.toml:2: log.format: found `jsn`; did you mean `json`?",
        );
        check(
            "unix_mode = '888'",
            "serve.toml:1: unix_mode: expected a mode as `chmod` has it, such as \"660\"",
        );
        check(
            "listen = ['127.0.0.1:1', 'localhost']",
            "serve.toml:1: listen[1]: found `localhost`, expected an address and port such as \
             `127.0.0.1:8080` or `[::1]:8080`, maybe after `http://` or `https://`, or `unix:/path`",
        );
    }

    #[test]
    fn tls_needs_a_certificate() {
        let mut settings = Settings::from_toml("serve.toml", FULL).expect("fine");
        assert_eq!(check_whole(&settings), Ok(()));
        settings.tls = None;
        assert!(check_whole(&settings).is_err_and(|told| told.contains("https://[::1]:8443")));
    }
}
