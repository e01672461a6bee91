//! `ipmint verify`: are these databases sound?

use std::io::Write as _;

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::VerifyArgs;
use crate::cli::database;
use crate::cli::output::{finish, stdout, write_json};
use crate::mmdb;

pub(super) fn run(args: &VerifyArgs) -> anyhow::Result<Exit> {
    let mut out = stdout();
    let mut exit = Exit::Done;
    for path in &args.files {
        // A file that cannot be opened is one with a problem: the others are checked all the same.
        let problems = match database::map(path) {
            Ok(bytes) => mmdb::check(&bytes),
            Err(error) => vec![format!("{error:#}")],
        };
        let ok = problems.is_empty();
        if !ok {
            exit = Exit::Failed;
        }
        let file = path.to_string_lossy();
        if args.json {
            write_json(&mut out, &json!({ "file": file, "ok": ok, "problems": problems }))?;
        } else if ok {
            writeln!(out, "{file}: ok")?;
        } else {
            for problem in problems {
                writeln!(out, "{file}: {problem}")?;
            }
        }
    }
    finish(out)?;
    Ok(exit)
}
