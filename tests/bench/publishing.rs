//! A store with one release of one database, unpacked, that measurements are made with.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use ipmint::base::{BuildEpoch, Digest};
use ipmint::compile::Silent;
use ipmint::release::{Draft, DraftEdition, Lock, PolicyRecord, Store};
use ipmint::score::{Policy, ReleasePolicy};
use ipmint::verify::{self, Candidate, Rules};

/// Not `full`, of which a history is kept.
const EDITION: &str = "asn";

/// Verifies a database and publishes it, unpacked; returns what publishing took.
pub(crate) fn publish(bytes: &[u8], folder: &Path) -> Result<Duration> {
    let release =
        ReleasePolicy { variants: Vec::new(), deltas: 0, patches: 0, ..Policy::default().release };
    let policy = Policy { release, ..Policy::default() };
    let rules = Rules { policy: &policy, before: &BTreeMap::new(), forced: &[] };
    let passed = verify::all(&[Candidate { edition: EDITION, bytes }], &rules);
    let passed = passed.map_err(|refusals| anyhow!("{refusals:?}"))?;
    let digest = Digest::of(b"");
    let epoch = BuildEpoch(1_787_400_000);
    let lock = Lock {
        schema: Lock::SCHEMA,
        build_epoch: epoch.0,
        definitions: digest,
        policy: digest,
        schemas: digest,
        feeds: BTreeMap::new(),
    };
    let edition = DraftEdition { name: EDITION.to_owned(), nodes: 0, records: 0, prefixes: 0 };
    let draft = Draft {
        build_epoch: epoch,
        now: epoch,
        tool: "bench".to_owned(),
        policy: PolicyRecord::from(&policy),
        lock,
        feeds: BTreeMap::new(),
        editions: vec![edition],
        notice: String::new(),
    };
    let store = Store::at(folder);
    let start = Instant::now();
    let published = store.publish(&draft, &passed, &Silent);
    let time = start.elapsed();
    ensure!(published?.is_new, "nothing was published");
    Ok(time)
}
