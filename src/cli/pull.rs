//! `ipmint pull`: a copy of an edition, brought up to date once or kept so.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{self, JoinSet};

use crate::cli::args::PullArgs;
use crate::cli::output::{finish, stdout, write_json};
use crate::cli::table::grouped;
use crate::cli::{Exit, clock};
use crate::client::{self, Pulled, Settings};
use crate::release::PublicKey;

/// Characters of a public key's line.
const KEY_DIGITS: usize = 56;

/// What every pull of a process is told.
struct Options {
    args: PullArgs,
    key: Option<PublicKey>,
}

pub(super) fn run(args: &PullArgs) -> anyhow::Result<Exit> {
    let key = args.key.as_deref().map(key).transpose()?;
    let options = Options { args: args.clone(), key };
    if args.daemon {
        return daemon(options);
    }
    let pulled = pull(&options)?;
    report(args, &pulled)?;
    Ok(if pulled.has_changed() { Exit::Done } else { Exit::Unchanged })
}

/// A line is told from the name of a file by its length.
fn key(text: &str) -> anyhow::Result<PublicKey> {
    let is_line = text.trim().len() == KEY_DIGITS && text.trim().starts_with("RW");
    let key = if is_line { text.parse() } else { PublicKey::open(Path::new(text)) };
    key.context("--key")
}

fn pull(Options { args, key }: &Options) -> anyhow::Result<Pulled> {
    let settings = Settings {
        url: &args.url,
        edition: &args.edition,
        out: &args.out,
        key: key.as_ref(),
        max_bytes: args.max_bytes,
        now: clock::epoch(None)?,
    };
    let pulled = client::pull(&settings, &|note| eprintln!("note: {note}"));
    pulled.with_context(|| {
        let (edition, out) = (args.edition.escape_debug(), args.out.display());
        format!("`{edition}` was not pulled, {out} is as it was")
    })
}

fn report(args: &PullArgs, pulled: &Pulled) -> anyhow::Result<()> {
    let mut out = stdout();
    if args.json {
        write_json(&mut out, &to_json(args, pulled))?;
    } else if pulled.has_changed() {
        let (file, edition, version) = (args.out.display(), &args.edition, &pulled.version);
        let (bytes, fetched) = (grouped(pulled.bytes), grouped(pulled.downloaded_bytes));
        let via = pulled.via.name();
        writeln!(out, "{file}: {edition} {version}, {bytes} bytes, by {via}; fetched {fetched}")?;
    } else if !args.daemon {
        writeln!(out, "{}: {} {} already", args.out.display(), args.edition, pulled.version)?;
    }
    finish(out)
}

fn to_json(args: &PullArgs, pulled: &Pulled) -> Value {
    json!({
        "changed": pulled.has_changed(),
        "version": pulled.version,
        "sequence": pulled.sequence,
        "edition": args.edition,
        "bytes": pulled.bytes,
        "sha256": pulled.sha256.to_string(),
        "via": pulled.via.name(),
        "downloaded_bytes": pulled.downloaded_bytes,
    })
}

/// Pulls again and again, until the process is told to end.
fn daemon(options: Options) -> anyhow::Result<Exit> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("cannot start waiting")?;
    let ended = runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
            tasks.spawn(told(kind));
        }
        tasks.spawn(keep(Arc::new(options)));
        tasks.join_next().await.expect("three tasks").expect("no task panics or is cancelled")
    });
    // Not waited for: whatever a pull is at, the file is whole, and the next pull clears up.
    runtime.shutdown_background();
    ended
}

/// Waits for a signal.
async fn told(kind: SignalKind) -> anyhow::Result<Exit> {
    let listen = || -> io::Result<_> { signal(kind) };
    listen().context("cannot wait for signals")?.recv().await;
    Ok(Exit::Done)
}

/// Never ends, unless nobody reads what it prints.
async fn keep(options: Arc<Options>) -> anyhow::Result<Exit> {
    let mut n_failed = 0_u32;
    loop {
        let blocking = Arc::clone(&options);
        let pulled = task::spawn_blocking(move || pull(&blocking)).await.expect("no panic");
        match pulled {
            Ok(pulled) => {
                report(&options.args, &pulled)?;
                n_failed = 0;
            }
            Err(error) => {
                eprintln!("error: {error:#}");
                n_failed = n_failed.saturating_add(1);
            }
        }
        tokio::time::sleep(client::wait(options.args.interval, n_failed)).await;
    }
}
