//! `ipmint explain`: why an address has its score.

use std::io::Write as _;

use crate::cli::Exit;
use crate::cli::args::ExplainArgs;
use crate::cli::output::{finish, stdout, write_json};
use crate::cli::{database, explain_text};
use crate::edition;
use crate::query;

pub(super) fn run(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let opened = database::open(&args.database, edition::FULL)?;
    let explained = query::explain(&opened.reader()?, opened.manifest.as_ref(), args.ip)?;
    let mut out = stdout();
    if args.json {
        write_json(&mut out, &explained.to_json())?;
    } else {
        write!(out, "{}", explain_text::text(&explained))?;
    }
    finish(out)?;
    Ok(Exit::Done)
}
