//! What publishing and updating take, beside the floor of each, in one process.
//!
//! usage: release OLD.mmdb NEW.mmdb FOLDER
//!
//! Prints one JSON object of seconds: `write` NEW's bytes, synced; `publish` NEW; `emit` it from
//! its rows; make and `rebuild` its `compact` form; make (`delta`) and `apply` what leads from OLD.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads, writes and tells"
)]

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail, ensure};
use ipmint::base::{BuildEpoch, Digest};
use ipmint::compile::Silent;
use ipmint::delta::{Limits, compact, rows};
use ipmint::mmdb::{self, Contents, Pool, Rows};
use ipmint::release::{Draft, DraftEdition, Lock, PolicyRecord, Store};
use ipmint::score::{Policy, ReleasePolicy};
use ipmint::verify::{self, Candidate, Rules};
use serde_json::json;

/// Not `full`, of which a history is kept.
const EDITION: &str = "asn";

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [old, new, folder] = arguments.as_slice() else {
        bail!("usage: release OLD.mmdb NEW.mmdb FOLDER");
    };
    let (old, new, folder) = (fs::read(old)?, fs::read(new)?, Path::new(folder));
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;

    let (written, write) = timed(|| write(&folder.join("floor.mmdb"), &new));
    written?;
    let (published, both) = timed(|| publish(&new, &folder.join("store")));
    let publish = published?;
    let emit = emission(&new)?;
    let (packed, compact) = timed(|| compact::encode(&new));
    let packed = packed?;
    let (rebuilt, rebuild) = timed(|| compact::decode(&packed, Limits::default()));
    ensure!(rebuilt? == new, "rebuilt, the file is another");
    let (delta, making) = timed(|| rows::diff(&old, &new));
    let delta = delta?;
    let (applied, apply) = timed(|| rows::apply(&old, &delta, Limits::default()));
    ensure!(applied? == new, "applied, the file is another");
    let seconds = |time: Duration| time.as_secs_f64();
    println!(
        "{}",
        json!({
            "write": seconds(write), "publish": seconds(publish),
            "verify": seconds(both.saturating_sub(publish)), "emit": seconds(emit),
            "compact": seconds(compact), "rebuild": seconds(rebuild),
            "delta": seconds(making), "apply": seconds(apply),
            "bytes": new.len(), "compact_bytes": packed.len(), "delta_bytes": delta.len(),
        })
    );
    Ok(())
}

fn timed<T>(job: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (job(), start.elapsed())
}

/// The floor of publishing.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}

/// Verifies a database and publishes it, unpacked; returns what publishing took.
fn publish(bytes: &[u8], folder: &Path) -> Result<Duration> {
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
    let (published, time) = timed(|| store.publish(&draft, &passed, &Silent));
    ensure!(published?.is_new, "nothing was published");
    Ok(time)
}

/// The floor of rebuilding: writing the file from its rows.
fn emission(file: &[u8]) -> Result<Duration> {
    let mut pool = Pool::new();
    let rows = Rows::read(file, &mut pool)?;
    let contents = Contents { pool: &pool, v4: &rows.v4, v6: &rows.v6 };
    let (database, time) = timed(|| mmdb::write(contents, &rows.metadata));
    ensure!(database?.bytes == file, "written again, the file is another");
    Ok(time)
}
