//! Single look-ups beside nginx with a small file, and batches.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::bench::serve::load::wrk;
use crate::bench::serve::server::{Kind, Place, Server};
use crate::bench::serve::site::{EDITION, Site};
use crate::bench::table::spread;

/// The least ratio of look-ups to nginx's small files that is good enough.
const GOAL: f64 = 0.5;

/// The least addresses of batches a second that are good enough.
const GOAL_BATCH: f64 = 500_000.0;

/// Addresses in one batch.
const N_BATCH: usize = 10_000;

/// The file that nginx has: what the head of a look-up's answer and its body come to, about.
const N_BYTES: usize = 300;

/// Addresses anywhere in IPv4 that may be asked for, the same in every run.
const ADDRESSES: &str = "
local closed = { [10] = true, [100] = true, [127] = true, [169] = true, [172] = true, [192] = true,
    [198] = true, [203] = true }
math.randomseed(20260101)
local function address()
    local first
    repeat first = math.random(1, 223) until not closed[first]
    return string.format('%d.%d.%d.%d', first, math.random(0, 255), math.random(0, 255),
        math.random(0, 255))
end
";

const LOOKUPS: &str = "
request = function() return wrk.format('GET', '/v1/lookup/' .. address()) end
";

const BATCHES: &str = "
local bodies = {}
for n = 1, 8 do
    local ips = {}
    for i = 1, N_BATCH do ips[i] = '\"' .. address() .. '\"' end
    bodies[n] = '{\"ips\":[' .. table.concat(ips, ',') .. ']}'
end
local n = 0
request = function()
    n = n % 8 + 1
    return wrk.format('POST', '/v1/lookup/batch', { ['Content-Type'] = 'application/json' }, bodies[n])
end
";

/// Measures; returns lines to print.
pub(in crate::bench) fn questions(
    dir: &Path,
    store: &Path,
    seconds: u32,
    n_rounds: usize,
) -> Result<String> {
    let dir = dir.join("serve");
    let files = dir.join("small");
    fs::create_dir_all(&files)?;
    fs::write(files.join(format!("{EDITION}.mmdb")), vec![b'x'; N_BYTES])?;
    let store = store.to_owned();
    let site =
        Site { dir: dir.clone(), store, release: files, bytes: Vec::new(), n_bytes: N_BYTES };
    let nginx = Server::start(&site, Kind::Nginx, Place::Pinned)?;
    let ours = Server::start(&site, Kind::Ours { threads: Some(1) }, Place::Pinned)?;
    let both = Server::start(&site, Kind::Ours { threads: Some(2) }, Place::Anywhere)?;
    let (mut small, mut lookups, mut batches) = (Vec::new(), Vec::new(), Vec::new());
    let (one, many) = (format!("{ADDRESSES}{LOOKUPS}"), format!("{ADDRESSES}{BATCHES}"));
    let many = many.replace("N_BATCH", &N_BATCH.to_string());
    for round in 1..=n_rounds {
        eprintln!("round {round} of {n_rounds}: questions over HTTP");
        small.push(wrk(&dir, &nginx, &["-c", "64"], "", seconds)?.0);
        lookups.push(wrk(&dir, &ours, &["-c", "64"], &one, seconds)?.0);
        batches.push(wrk(&dir, &both, &["-c", "4"], &many, seconds)?.0 * N_BATCH as f64);
    }
    let ratios: Vec<f64> = lookups.iter().zip(&small).map(|(ours, nginx)| ours / nginx).collect();
    let thousands = |figures: &[f64]| -> Vec<f64> { figures.iter().map(|f| f / 1e3).collect() };
    Ok(format!(
        "nginx, a file of {N_BYTES} bytes  {} k/s\n\
         single look-ups over HTTP  {} k/s, {} x nginx (goal {GOAL})\n\
         addresses in batches       {} k/s on all cores, the client's among them (goal {} k/s)\n",
        spread(thousands(&small), 1),
        spread(thousands(&lookups), 1),
        spread(ratios, 2),
        spread(thousands(&batches), 0),
        GOAL_BATCH / 1e3,
    ))
}
