//! `ipmint fetch` beside `curl --parallel`: the corpus over loopback, from the same hosts.
//!
//! Measured are a first night, where everything is new, and a second, where nothing is; and the
//! memory that a small and a large file take.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::bench::corpus::{self, measured};
use crate::bench::table::spread;
use crate::command::{command, root};

/// Hosts that the files are spread over.
const N_HOSTS: usize = 63;
/// Two nights.
const NIGHTS: [&str; 2] = ["1787443200", "1787529600"];

/// An origin in a process of its own.
struct Origin {
    child: Child,
    answers: BufReader<ChildStdout>,
    port: String,
}

impl Origin {
    fn start(folder: &Path) -> Result<Self> {
        let mut process = command(root().join("target/release/examples/origin"), &[]);
        process.arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = process.spawn().context("cannot start the origin")?;
        let stdout = child.stdout.take().context("the origin has no output")?;
        let mut origin = Self { child, answers: BufReader::new(stdout), port: String::new() };
        origin.port = origin.answer()?;
        Ok(origin)
    }

    /// The requests since it was last asked.
    fn requests(&mut self) -> Result<u64> {
        let stdin = self.child.stdin.as_mut().context("the origin has no input")?;
        writeln!(stdin)?;
        Ok(self.answer()?.parse()?)
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    fn url(&self, idx: usize, path: &str) -> String {
        format!("http://127.0.0.{}:{}/files/{path}", idx % N_HOSTS + 1, self.port)
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        // It ends when its input does.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Measures and prints; on the sample, and saying so, where there is no corpus.
pub(super) fn run(dir: &Path, large: &Path, n_rounds: usize) -> Result<()> {
    let (folder, name) = match corpus::folder() {
        Some(folder) => (folder, "corpus"),
        None => (root().join("feeds/sample"), "sample (no corpus here)"),
    };
    let mut files = Vec::new();
    collect(&folder, "", &mut files)?;
    files.sort();
    let n_bytes: u64 = files.iter().map(|(_, n_bytes)| n_bytes).sum();
    let mut origin = Origin::start(&folder)?;
    let urls: Vec<String> =
        files.iter().enumerate().map(|(idx, (path, _))| origin.url(idx, path)).collect();
    let feeds = dir.join("fetch-feeds");
    define(&feeds, &urls)?;
    let (cache, peer) = (dir.join("fetch-cache"), dir.join("fetch-curl"));

    let (mut curl, mut first, mut ratios, mut second, mut peaks) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 1..=n_rounds {
        eprintln!("round {round} of {n_rounds}: fetch of the {name}");
        clear(&peer)?;
        clear(&cache)?;
        let (peer_time, _) = measured(&mut curl_of(&urls, &peer))?;
        origin.requests()?;
        let (time, peak_kib) = measured(&mut fetch(&feeds, &cache, NIGHTS[0]))?;
        let n_requests = origin.requests()?;
        ensure!(n_requests == urls.len() as u64, "{n_requests} requests for {}", urls.len());
        let (unchanged, _) = measured(&mut fetch(&feeds, &cache, NIGHTS[1]))?;
        let n_requests = origin.requests()?;
        ensure!(n_requests == urls.len() as u64, "{n_requests} requests for {}", urls.len());
        ratios.push(time.as_secs_f64() / peer_time.as_secs_f64());
        curl.push(peer_time.as_secs_f64());
        first.push(time.as_secs_f64());
        second.push(unchanged.as_secs_f64());
        peaks.push(peak_kib as f64 * 1024.0 / 1e6);
    }
    println!(
        "\nfetch of the {name}, {} files, {:.1} MB, over loopback from {N_HOSTS} hosts\n\
         curl --parallel        {} s\n\
         ipmint fetch           {} s, {} x curl, peak {} MB\n\
         ipmint fetch, all 304  {} s, one request a file",
        files.len(),
        n_bytes as f64 / 1e6,
        spread(curl, 2),
        spread(first, 2),
        spread(ratios, 2),
        spread(peaks, 0),
        spread(second, 2)
    );
    drop(origin);
    one_file(dir, large)
}

/// The memory that one file takes.
fn one_file(dir: &Path, file: &Path) -> Result<()> {
    let folder = file.parent().context("the input has a folder")?;
    let name = file.file_name().context("the input has a name")?.to_string_lossy();
    let origin = Origin::start(folder)?;
    let (feeds, cache) = (dir.join("fetch-feeds"), dir.join("fetch-cache"));
    define(&feeds, &[origin.url(0, &name)])?;
    clear(&cache)?;
    let (time, peak_kib) = measured(&mut fetch(&feeds, &cache, NIGHTS[0]))?;
    println!(
        "ipmint fetch of one file of {:.0} MB: {:.2} s, peak {:.0} MB",
        file.metadata()?.len() as f64 / 1e6,
        time.as_secs_f64(),
        peak_kib as f64 * 1024.0 / 1e6
    );
    Ok(())
}

fn fetch(feeds: &Path, cache: &Path, epoch: &str) -> Command {
    let mut process = command(root().join("target/release/ipmint"), &["fetch", "--json"]);
    process.arg("--feeds").arg(feeds).arg("--cache").arg(cache);
    process.env("SOURCE_DATE_EPOCH", epoch).env("NO_PROXY", "*").stdout(Stdio::null());
    process
}

fn curl_of(urls: &[String], folder: &Path) -> Command {
    let mut process = command("curl", &["--parallel", "--parallel-max", "64", "--silent"]);
    process.args(["--fail", "--noproxy", "*", "--create-dirs"]).stderr(Stdio::null());
    for (idx, url) in urls.iter().enumerate() {
        process.arg("--output").arg(folder.join(idx.to_string())).arg(url);
    }
    process
}

/// A feed a URL.
fn define(folder: &Path, urls: &[String]) -> Result<()> {
    clear(folder)?;
    fs::create_dir_all(folder)?;
    for (idx, url) in urls.iter().enumerate() {
        let mut text = String::new();
        writeln!(text, "title = 'File {idx}'\nurl = '{url}'\nformat = 'list'")?;
        writeln!(text, "kind = 'membership'\ncategory = 'vpn'\nlicence = {{ id = 'CC0-1.0' }}")?;
        fs::write(folder.join(format!("file-{idx}.toml")), text)?;
    }
    Ok(())
}

fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    Ok(())
}

/// Every file below a folder, with its size.
fn collect(folder: &PathBuf, below: &str, files: &mut Vec<(String, u64)>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let below = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &below, files)?;
        } else {
            files.push((below, entry.metadata()?.len()));
        }
    }
    Ok(())
}
