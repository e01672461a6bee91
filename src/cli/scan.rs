//! `ipmint scan`: what is known of whole networks.

use std::io::Write as _;

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::ScanArgs;
use crate::cli::database;
use crate::cli::exit::UsageError;
use crate::cli::map::Map;
use crate::cli::output::{finish, stdout, write_json};
use crate::cli::scan_text::{self, width};
use crate::edition;
use crate::query::scan::{Cidr, ScanOptions, has_full_records, scan};

/// Runs of one family do not begin in the other.
fn check_after(args: &ScanArgs) -> Result<(), UsageError> {
    let Some(after) = args.after else { return Ok(()) };
    let mut cidrs = args.cidrs.iter().filter_map(|text| Cidr::parse(text).ok());
    cidrs.find(|cidr| !cidr.is_of_family(after)).map_or(Ok(()), |cidr| {
        let message = format!(
            "--after is {after}, and {cidr} is of the other family; expected an address of its own"
        );
        Err(UsageError(message))
    })
}

pub(super) fn run(args: &ScanArgs) -> anyhow::Result<Exit> {
    let map = Map::of(args)?;
    check_after(args)?;
    let opened = database::open(&args.database, edition::FULL)?;
    let reader = opened.reader()?;
    if !has_full_records(&reader)? {
        bail!("the records carry no signals; scan a database of the `full` edition");
    }
    let options = ScanOptions { top: args.top.into(), runs: args.runs.into(), after: args.after };
    let mut out = stdout();
    let mut n_bad = 0_u64;
    for (n_before, text) in args.cidrs.iter().enumerate() {
        if n_before > 0 && !args.json {
            writeln!(out)?;
        }
        let cidr = match Cidr::parse(text) {
            Ok(cidr) => cidr,
            Err(error) => {
                n_bad += 1;
                if args.json {
                    write_json(&mut out, &json!({ "query": text, "error": error.to_string() }))?;
                } else {
                    writeln!(out, "{}  {error}", text.escape_debug())?;
                }
                continue;
            }
        };
        let damaged = || format!("cannot scan {cidr}; try `ipmint verify` on the file");
        let found = scan(&reader, None, &cidr, options).with_context(damaged)?;
        if args.json {
            write_json(&mut out, &json!(found))?;
        } else {
            write!(out, "{}", scan_text::text(&found, width()))?;
        }
        if let Some(map) = &map {
            map.draw(&reader, &cidr)?;
        }
        // Each may take a while.
        out.flush()?;
    }
    finish(out)?;
    Ok(if n_bad == 0 { Exit::Done } else { Exit::Failed })
}
