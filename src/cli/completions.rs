//! `ipmint completions`: a script for a shell.

use clap::CommandFactory as _;

use crate::cli::Exit;
use crate::cli::args::{Cli, CompletionsArgs};
use crate::cli::output::{finish, stdout};

pub(super) fn run(args: &CompletionsArgs) -> anyhow::Result<Exit> {
    // Into memory first: clap_complete panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ipmint", &mut script);
    let mut out = stdout();
    std::io::Write::write_all(&mut out, &script)?;
    finish(out)?;
    Ok(Exit::Done)
}
