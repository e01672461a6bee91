//! `[fetch]` of `feeds/policy.toml`: how long to wait, how often to try, what to say of ourselves.

use std::time::Duration;

use crate::feed::document::Table;

/// Every key of the table; `schemas/policy.schema.json` has the same.
pub(crate) const FETCH_KEYS: &[&str] = &[
    "contact",
    "connect_timeout",
    "first_byte_timeout",
    "stall_timeout",
    "deadline",
    "min_rate",
    "retries",
    "backoff",
    "max_wait",
    "max_redirects",
    "hosts",
];

/// How feeds are asked for. Shapes no output: the same answers give the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchPolicy {
    /// Goes into the `User-Agent`, so that a host can tell somebody \[nobody\].
    pub contact: Option<String>,
    /// Until a connection stands \[10 s\].
    pub connect_timeout: Duration,
    /// Until the head of the answer, the connection included \[30 s\].
    pub first_byte_timeout: Duration,
    /// Between two pieces of a body; also the window over which `min_rate` is measured \[30 s\].
    pub stall_timeout: Duration,
    /// For one location, all attempts together, without waits for its host \[15 min\].
    pub deadline: Duration,
    /// Bytes a second below which a transfer is given up \[1024\].
    pub min_rate: u64,
    /// Attempts after the first \[3\].
    pub retries: u32,
    /// The longest wait before the first retry; it doubles with each \[1 s\].
    pub backoff: Duration,
    /// The longest `Retry-After` that a run waits for, and the longest backoff \[60 s\].
    pub max_wait: Duration,
    /// Redirects followed \[5\].
    pub max_redirects: u32,
    /// Hosts asked at once, each over one connection \[32\].
    pub hosts: u16,
}

impl Default for FetchPolicy {
    fn default() -> Self {
        Self {
            contact: None,
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(30),
            stall_timeout: Duration::from_secs(30),
            deadline: Duration::from_mins(15),
            min_rate: 1024,
            retries: 3,
            backoff: Duration::from_secs(1),
            max_wait: Duration::from_mins(1),
            max_redirects: 5,
            hosts: 32,
        }
    }
}

/// Reads `fetch` of a policy; what is not there has its default.
pub(crate) fn read_fetch(root: &Table<'_>) -> FetchPolicy {
    let mut fetch = FetchPolicy::default();
    let Some(table) = root.get("fetch").and_then(|item| item.table(FETCH_KEYS)) else {
        return fetch;
    };
    if let Some(item) = table.get("contact") {
        fetch.contact = item.text().map(str::to_owned);
        let is_printable = |text: &str| text.bytes().all(|byte| (0x20..0x7F).contains(&byte));
        if !fetch.contact.as_deref().is_none_or(is_printable) {
            item.fault("expected printable ASCII: it goes into a header");
        }
    }
    let duration = |value: &mut Duration, key, least: u64| {
        let Some(item) = table.get(key) else { return };
        let Some(seconds) = item.seconds() else { return };
        if !(least..=86_400).contains(&seconds) {
            item.fault(format!("found {seconds} seconds, expected {least} s to 1 day"));
        }
        *value = Duration::from_secs(seconds);
    };
    duration(&mut fetch.connect_timeout, "connect_timeout", 1);
    duration(&mut fetch.first_byte_timeout, "first_byte_timeout", 1);
    duration(&mut fetch.stall_timeout, "stall_timeout", 1);
    duration(&mut fetch.deadline, "deadline", 1);
    duration(&mut fetch.backoff, "backoff", 0);
    duration(&mut fetch.max_wait, "max_wait", 0);
    if let Some(item) = table.get("min_rate") {
        fetch.min_rate = item.integer(0..=1 << 30).unwrap_or(fetch.min_rate);
    }
    let count = |value: &mut u32, key, most: u32| {
        *value = table.get(key).and_then(|item| item.integer(0..=most)).unwrap_or(*value);
    };
    count(&mut fetch.retries, "retries", 20);
    count(&mut fetch.max_redirects, "max_redirects", 20);
    if let Some(item) = table.get("hosts") {
        fetch.hosts = item.integer(1..=256).unwrap_or(fetch.hosts);
    }
    fetch
}
