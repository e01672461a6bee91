//! `ipmint explain`: why an address has its score.

use std::io::Write as _;

use crate::cli::Exit;
use crate::cli::args::ExplainArgs;
use crate::cli::output::{finish, stdout, write_json};
use crate::cli::{database, explain_text, past};
use crate::edition;
use crate::query::history::Snapshot;
use crate::query::{self, Explained};

pub(super) fn run(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let (explained, snapshot) = explained(args)?;
    let mut out = stdout();
    if args.json {
        let mut json = explained.to_json();
        if let Some(snapshot) = &snapshot {
            snapshot.add_to(&mut json);
        }
        write_json(&mut out, &json)?;
    } else {
        write!(out, "{}", explain_text::text(&explained, snapshot.as_ref()))?;
    }
    finish(out)?;
    Ok(Exit::Done)
}

/// Also what was said on the day that was asked for.
fn explained(args: &ExplainArgs) -> anyhow::Result<(Explained, Option<Snapshot>)> {
    let Some(date) = &args.date else {
        let opened = database::open(&args.database, edition::FULL)?;
        let explained = query::explain(&opened.reader()?, opened.manifest.as_ref(), args.ip)?;
        return Ok((explained, None));
    };
    let day = past::open(&args.database, date)?;
    let snapshot = day.ask(args.ip)?;
    let manifest = day.manifest(&snapshot.version)?;
    let explained = query::explain_answer(snapshot.answer()?, manifest.as_ref())?;
    Ok((explained, Some(snapshot)))
}
