//! `ipmint apply`: a delta and an old file, or a compact form, to a database.

use std::io::Write as _;

use anyhow::{Context as _, anyhow};

use crate::base::{Digest, replace_alike};
use crate::cli::Exit;
use crate::cli::args::ApplyArgs;
use crate::cli::database;
use crate::cli::exit::UsageError;
use crate::cli::output::{finish, stdout};
use crate::cli::table::grouped;
use crate::delta::{Form, Limits, compact, dcz, rows};

pub(super) fn run(args: &ApplyArgs) -> anyhow::Result<Exit> {
    let (delta, before) = args.files.split_last().expect("clap asks for one");
    let (path, old_path) = (delta.display(), before.first());
    let delta = database::map(delta)?;
    let old = old_path.map(|path| database::map(path)).transpose()?;
    let limits = Limits { file_bytes: args.max_bytes };
    let made = match (Form::of(&delta), &old) {
        (Some(Form::Compact), None) => compact::decode(&delta, limits),
        (Some(Form::Rows), Some(old)) => rows::apply(old, &delta, limits),
        (Some(Form::Dcz), Some(old)) => dcz::decode(old, &delta, limits),
        (Some(Form::Compact), Some(_)) => {
            return Err(
                UsageError(format!("`{path}` is a compact form, and needs no old file")).into()
            );
        }
        (Some(Form::Rows | Form::Dcz), None) => {
            let wanted = format!("`{path}` is a delta; expected `ipmint apply OLD.mmdb {path}`");
            return Err(UsageError(wanted).into());
        }
        (None, _) => return Err(anyhow!("`{path}` is no delta and no compact form")),
    };
    let made = made.with_context(|| format!("`{path}` leads to no database"))?;
    let out_path = args.out.display();
    replace_alike(&args.out, &made).with_context(|| format!("cannot write `{out_path}`"))?;
    let mut out = stdout();
    let n_bytes = grouped(made.len());
    writeln!(out, "{out_path}: {n_bytes} bytes, SHA-256 {}", Digest::of(&made))?;
    finish(out)?;
    Ok(Exit::Done)
}
