//! The binary: arguments in, exit code out.
#![expect(clippy::disallowed_methods, reason = "somebody has to read the arguments")]

use std::process::ExitCode;

use ipmint::cli::{self, Exit};

fn main() -> ExitCode {
    match cli::run(std::env::args_os()) {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("error: {error:#}");
            Exit::of(&error).into()
        }
    }
}
