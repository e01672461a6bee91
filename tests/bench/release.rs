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

mod publishing;

use std::env;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use ipmint::delta::{Limits, compact, rows};
use ipmint::mmdb::{self, Contents, Pool, Rows};
use serde_json::json;

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
    let (published, both) = timed(|| publishing::publish(&new, &folder.join("store")));
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

/// The floor of rebuilding: writing the file from its rows.
fn emission(file: &[u8]) -> Result<Duration> {
    let mut pool = Pool::new();
    let rows = Rows::read(file, &mut pool)?;
    let contents = Contents { pool: &pool, v4: &rows.v4, v6: &rows.v6 };
    let (database, time) = timed(|| mmdb::write(contents, &rows.metadata));
    ensure!(database?.bytes == file, "written again, the file is another");
    Ok(time)
}
