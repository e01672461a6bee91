//! How a measurement tells what it took: its parts, its peak memory, its output.

use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, io};

/// The times of a job's parts, in order.
pub(crate) struct Parts {
    whole: Instant,
    start: Instant,
    ended: Vec<(&'static str, Duration)>,
}

impl Parts {
    /// The clock starts now.
    pub(crate) fn start() -> Self {
        let now = Instant::now();
        Self { whole: now, start: now, ended: Vec::new() }
    }

    /// Ends a part: it took the time since the one before it ended.
    pub(crate) fn end(&mut self, name: &'static str) {
        self.ended.push((name, self.start.elapsed()));
        self.start = Instant::now();
    }

    /// The JSON object that `cargo xtask bench` reads.
    pub(crate) fn finish(self, output: &Path) -> io::Result<serde_json::Value> {
        let seconds = self.whole.elapsed().as_secs_f64();
        let parts: Vec<serde_json::Value> = self
            .ended
            .iter()
            .map(|(name, time)| serde_json::json!([name, time.as_secs_f64()]))
            .collect();
        Ok(serde_json::json!({
            "seconds": seconds,
            "parts": parts,
            "peak_bytes": peak_bytes()?,
            "output_bytes": fs::metadata(output)?.len(),
        }))
    }
}

/// Returns the most memory this process held.
///
/// `VmHWM` and not `ru_maxrss`: the latter is inherited from the process that
/// started us, which may have held more (proc(5), getrusage(2)).
fn peak_bytes() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| {
        line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    });
    peak.map(|kib| kib * 1024).ok_or_else(|| io::Error::other("/proc/self/status has no VmHWM"))
}
