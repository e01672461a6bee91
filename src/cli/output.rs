//! Standard output: buffered, and a closed pipe is a normal end.

use std::io::{self, BufWriter, StdoutLock, Write};

use anyhow::Context as _;

/// Standard output, locked for as long as a command runs.
pub(super) type Stdout = BufWriter<StdoutLock<'static>>;

/// Opens standard output.
pub(super) fn stdout() -> Stdout {
    BufWriter::with_capacity(1 << 16, io::stdout().lock())
}

/// Writes a JSON document and a line end.
pub(super) fn write_json(out: &mut impl Write, json: &serde_json::Value) -> io::Result<()> {
    serde_json::to_writer(&mut *out, json)?;
    out.write_all(b"\n")
}

/// Writes what is still buffered.
pub(super) fn finish(mut out: Stdout) -> anyhow::Result<()> {
    out.flush().context("cannot write to standard output")
}

/// Whether whoever read our output has seen enough, such as `head`.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let is_closed = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(is_closed)
}
