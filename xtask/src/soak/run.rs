//! Starts everything, waits, and counts.

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::command::{self, cargo, command, root};
use crate::server::Process;
use crate::soak::ledger::Ledger;
use crate::soak::publisher::Publisher;
use crate::soak::visitors::{self, Counts};

/// Who asks at once.
const N_VISITORS: usize = 8;

/// How long the store stays as it is.
const PAUSE: Duration = Duration::from_millis(250);

/// Faults that are shown.
const N_SHOWN: usize = 20;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// How long, in place of --minutes
    #[arg(long)]
    seconds: Option<u64>,
}

/// Runs the load; fails if anything that came was not right.
pub(crate) fn run(args: &Args) -> Result<()> {
    let time = Duration::from_secs(args.seconds.unwrap_or(args.minutes * 60));
    // As the tests have it.
    let build = ["build", "--quiet", "--release", "--workspace", "--bins", "--examples"];
    command::run(&mut cargo(&build))?;
    let folder = root().join("target/soak");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("cannot clear the last run")?;
    }
    let ledger = Mutex::new(Ledger::default());
    let mut publisher = Publisher::new(&folder, &ledger)?;
    let mut serve = command(root().join("target/release/ipmint"), &["serve", "--listen"]);
    serve.args(["127.0.0.1:0", "--log", "off", "--output"]).arg(publisher.output());
    let (server, host) = Process::listening(&mut serve)?;
    publisher.is_served_by(&host);
    let before = server.memory("RssAnon")?;

    let is_over = AtomicBool::new(false);
    let start = Instant::now();
    let (changed, counts) = thread::scope(|scope| {
        let visit = |number| visitors::visit(&host, number, &ledger, &is_over);
        let visitors: Vec<_> =
            (0..N_VISITORS).map(|number| scope.spawn(move || visit(number))).collect();
        let mut changed = Ok(());
        while changed.is_ok() && start.elapsed() < time {
            changed = publisher.change(&ledger);
            thread::sleep(PAUSE);
        }
        is_over.store(true, Ordering::Relaxed);
        let mut counts = Counts::default();
        for visitor in visitors {
            counts.add(visitor.join().expect("a visitor's faults are counted"));
        }
        (changed, counts)
    });
    changed.context("the store could not be changed")?;

    let (anonymous, deleted) = (server.memory("RssAnon")?, server.n_deleted_mapped()?);
    let status = server.end()?;
    let mut ledger = ledger.into_inner().expect("no panic");
    let mut faults = counts.faults;
    faults.extend(ledger.close());
    println!("{publisher}, in {:.0} s", start.elapsed().as_secs_f64());
    println!("{n} requests:", n = counts.by_kind.values().sum::<u64>());
    for (kind, n_requests) in &counts.by_kind {
        println!("{n_requests:>10}  {kind}");
    }
    println!("{:>10}  of a release that had been pruned", counts.n_gone);
    println!(
        "{:.1} MB, RssAnon {before} KiB before and {anonymous} after, {deleted} mapped files of pruned releases",
        counts.n_bytes as f64 / 1e6
    );
    for fault in faults.iter().take(N_SHOWN) {
        println!("fault: {fault}");
    }
    if !faults.is_empty() {
        bail!("{} answers were wrong", faults.len());
    }
    ensure!(status.success(), "the server ended with {status}");
    ensure!(counts.by_kind.len() == visitors::N_KINDS, "not everything was asked for");
    Ok(())
}

/// A minute of it.
pub(crate) fn smoke() -> Result<()> {
    run(&Args { minutes: 0, seconds: Some(60) })
}
