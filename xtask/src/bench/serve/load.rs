//! The four loads in turns: nginx, ours on one thread, ours as it comes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::bench::serve::server::{Server, client};
use crate::bench::serve::{answers, visitor};
use crate::bench::table::{median, spread};
use crate::command::output;

/// A round in which nginx did less than this part of its own median says nothing of us.
const QUIET: f64 = 0.6;

/// Connections of small answers, and of whole files.
const N_CONNECTIONS: (&str, &str) = ("64", "32");

/// What wrk prints at the end: requests, bytes, microseconds, what went wrong.
const TOTALS: &str = "
done = function(summary)
    local e = summary.errors
    io.write(string.format('totals %d %d %d %d\\n', summary.requests, summary.bytes,
        summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
end
";

/// Ranges of 64 KiB at random offsets, the same in every run.
const RANGES: &str = "
local size = 65536
math.randomseed(20260101)
request = function()
    local first = math.random(0, N_BYTES - size)
    local range = string.format('bytes=%d-%d', first, first + size - 1)
    return wrk.format('GET', nil, { ['Range'] = range })
end
";

/// One of them.
struct Load {
    name: &'static str,
    unit: &'static str,
    /// What one unit is.
    scale: f64,
    /// The least ratio to nginx that is good enough.
    goal: f64,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Conditional,
    Bodies,
    Discarded,
    Ranges,
}

const LOADS: [Load; 4] = [
    Load { name: "304", unit: "k/s", scale: 1e3, goal: 0.95, what: What::Conditional },
    Load { name: "whole file, wrk", unit: "GB/s", scale: 1e9, goal: 2.0, what: What::Bodies },
    Load {
        name: "whole file, discarded",
        unit: "GB/s",
        scale: 1e9,
        goal: 1.05,
        what: What::Discarded,
    },
    Load { name: "64 KiB ranges", unit: "k/s", scale: 1e3, goal: 0.9, what: What::Ranges },
];

/// Measures `[nginx, ours, ours as it comes]`; returns a table.
pub(super) fn measure(
    dir: &Path,
    servers: [&Server; 3],
    seconds: u32,
    n_rounds: usize,
) -> Result<String> {
    let mut figures = vec![[const { Vec::new() }; 3]; LOADS.len()];
    let etags = [answers::etag(servers[0])?, answers::etag(servers[1])?];
    for round in 1..=n_rounds {
        eprintln!("round {round} of {n_rounds}: serving");
        for (load, figures) in LOADS.iter().zip(&mut figures) {
            for (idx, server) in servers.iter().enumerate() {
                let figure = load
                    .figure(dir, server, &etags[idx.min(1)], seconds)
                    .with_context(|| format!("{} of {}", load.name, server.url()))?;
                figures[idx].push(figure / load.scale);
            }
        }
    }
    let mut table = String::from(
        "| load | nginx | ours, 1 thread | to nginx | ours, as it comes, not pinned | to nginx | goal |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (load, figures) in LOADS.iter().zip(&figures) {
        writeln!(table, "{}", load.row(figures))?;
    }
    Ok(table)
}

impl Load {
    /// Answers or bytes a second.
    fn figure(&self, dir: &Path, server: &Server, etag: &str, seconds: u32) -> Result<f64> {
        let condition = format!("If-None-Match: {etag}");
        let (few, many) = (N_CONNECTIONS.1, N_CONNECTIONS.0);
        match self.what {
            What::Conditional => {
                Ok(wrk(&dir.join("serve"), server, &["-c", many, "-H", &condition], "", seconds)?.0)
            }
            What::Ranges => {
                let n_bytes = n_bytes(server)?;
                // The smoke test's file is shorter than that is worth.
                ensure!(n_bytes > 65_536, "a file of {n_bytes} bytes has no such ranges");
                let script = RANGES.replace("N_BYTES", &n_bytes.to_string());
                Ok(wrk(&dir.join("serve"), server, &["-c", many], &script, seconds)?.0)
            }
            What::Bodies => Ok(wrk(&dir.join("serve"), server, &["-c", few], "", seconds)?.1),
            What::Discarded => {
                let found = visitor::run("bodies", server, &[few, &seconds.to_string()])?;
                let figure = |name: &str| found[name].as_f64().context("no figure");
                Ok(figure("bytes")? / figure("seconds")?)
            }
        }
    }

    fn row(&self, [nginx, ours, own]: &[Vec<f64>; 3]) -> String {
        let least = QUIET * median_of(nginx);
        let kept: Vec<usize> = (0..nginx.len()).filter(|&idx| nginx[idx] >= least).collect();
        let of = |figures: &[f64]| -> Vec<f64> { kept.iter().map(|&idx| figures[idx]).collect() };
        let ratios = |figures: &[f64]| -> Vec<f64> {
            kept.iter().map(|&idx| figures[idx] / nginx[idx]).collect()
        };
        let is_met = median_of(&ratios(ours)) >= self.goal;
        let discarded = match nginx.len() - kept.len() {
            0 => String::new(),
            n_discarded => format!(", {n_discarded} discarded"),
        };
        format!(
            "| {}, {} | {} | {} | {} | {} | {} | {:.2}: {}{discarded} |",
            self.name,
            self.unit,
            spread(of(nginx), 2),
            spread(of(ours), 2),
            spread(ratios(ours), 2),
            spread(of(own), 2),
            spread(ratios(own), 2),
            self.goal,
            if is_met { "met" } else { "missed" },
        )
    }
}

fn median_of(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    median(&sorted)
}

/// Requests and bytes a second under wrk, one thread of it.
pub(super) fn wrk(
    dir: &Path,
    server: &Server,
    options: &[&str],
    script: &str,
    seconds: u32,
) -> Result<(f64, f64)> {
    let file = dir.join("load.lua");
    fs::write(&file, format!("{script}{TOTALS}"))?;
    let mut wrk = client("wrk");
    // A file of 64 MiB may take two seconds for each of 32.
    wrk.args(["-t", "1", "--timeout", "30s", "-d", &format!("{seconds}s"), "-s"]).arg(&file);
    let told = output(wrk.args(options).arg(server.url()))?;
    let totals = told.lines().find_map(|line| line.strip_prefix("totals "));
    let numbers: Vec<f64> =
        totals.unwrap_or_default().split(' ').filter_map(|number| number.parse().ok()).collect();
    let [n_requests, n_bytes, micros, n_errors] = numbers[..] else {
        anyhow::bail!("wrk said {told}");
    };
    ensure!(n_errors == 0.0, "wrk met {n_errors} errors: {told}");
    Ok((n_requests / micros * 1e6, n_bytes / micros * 1e6))
}

fn n_bytes(server: &Server) -> Result<usize> {
    use crate::http::{Connection, Method};
    let head = Connection::open(&server.host)?.ask(Method::Head, &server.path, &[])?;
    Ok(head.header("content-length").context("no Content-Length")?.parse()?)
}
