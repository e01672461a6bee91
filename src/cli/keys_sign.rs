//! `ipmint keys sign`: who signs.

use std::io::Write as _;

use crate::cli::Exit;
use crate::cli::args::{SignArgs, SignCommand, SignNewArgs};
use crate::cli::output::{finish, stdout};
use crate::cli::signing::password;
use crate::release::{Overwrite, Signer};

pub(super) fn run(args: &SignArgs) -> anyhow::Result<Exit> {
    let SignCommand::New(new) = &args.command;
    new_pair(new)
}

fn new_pair(args: &SignNewArgs) -> anyhow::Result<Exit> {
    let overwrites = if args.force { Overwrite::Always } else { Overwrite::Never };
    let public = Signer::create(&args.out, password()?.as_deref(), overwrites)?;
    let mut out = stdout();
    writeln!(out, "{public}")?;
    finish(out)?;
    let public_path = args.out.with_extension("pub");
    eprintln!(
        "secret key: {}; keep it where only builds can read it, and a copy where nobody can\n\
         public key: {}; give its line to those who pull:\n  \
         ipmint pull URL EDITION --out FILE --key {public}",
        args.out.display(),
        public_path.display()
    );
    Ok(Exit::Done)
}
