//! Rewrites golden files: the tests that compare them write them instead.

use anyhow::Result;

use crate::command::{self, cargo};

/// Runs the tests named `golden` with `IPMINT_BLESS=1`; review the diff like code.
pub(crate) fn run() -> Result<()> {
    command::run(cargo(&["test", "--release", "--workspace", "golden"]).env("IPMINT_BLESS", "1"))
}
