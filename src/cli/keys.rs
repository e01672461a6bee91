//! `ipmint keys`: who signs.
#![expect(clippy::disallowed_methods, reason = "passwords come from the environment")]

use std::env;
use std::io::Write as _;

use anyhow::Context as _;

use crate::cli::Exit;
use crate::cli::client_args::{KeysArgs, KeysCommand, SignCommand, SignNewArgs};
use crate::cli::output::{finish, stdout};
use crate::release::{Overwrite, Signer};

/// Encrypts the secret key.
const PASSWORD: &str = "IPMINT_SIGN_PASSWORD";

pub(super) fn run(args: &KeysArgs) -> anyhow::Result<Exit> {
    let KeysCommand::Sign(sign) = &args.command;
    let SignCommand::New(new) = &sign.command;
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

/// What the secret key is encrypted with, if it is.
fn password() -> anyhow::Result<Option<String>> {
    match env::var(PASSWORD) {
        Ok(password) => Ok(Some(password).filter(|password| !password.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(error).context(PASSWORD),
    }
}
