//! `ipmint export`: a database in the shapes of other programs.
#![expect(clippy::disallowed_methods, reason = "writes the file that was named")]

use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use anyhow::Context as _;

use crate::base::UnfinishedFile;
use crate::cli::Exit;
use crate::cli::args::{ExportArgs, ExportFormat, FamilyName};
use crate::cli::database;
use crate::cli::exit::UsageError;
use crate::query::{
    Export, ExportError, Expression, ExpressionError, Families, MapValue, UnknownKey,
};

pub(super) fn run(args: &ExportArgs) -> anyhow::Result<Exit> {
    // Mistakes of the command line before the file is read.
    let usage = |error: ExpressionError| UsageError(format!("--where: {error}"));
    let expression = args.filter.as_deref().map(Expression::parse).transpose().map_err(usage)?;
    let is_map = matches!(args.to, ExportFormat::NginxMap | ExportFormat::HaproxyMap);
    if args.value.is_some() && !is_map {
        let message = "--value is for maps; expected `--to nginx-map` or `--to haproxy-map`";
        return Err(UsageError(message.to_owned()).into());
    }
    if args.to == ExportFormat::Parquet && args.out.is_none() && io::stdout().is_terminal() {
        let message = "Parquet is no text for a terminal; name a file with --out, or redirect";
        return Err(UsageError(message.to_owned()).into());
    }

    let bytes = database::map(&args.file)?;
    let cannot_read = || format!("`{}` cannot be exported", args.file.display());
    let mut export = Export::open(&bytes).with_context(cannot_read)?;
    if let Some(expression) = &expression {
        export.filter(expression).map_err(usage)?;
    }
    let value = match &args.value {
        None => MapValue::ONE,
        Some(key) => export
            .value_at(key)
            .map_err(|UnknownKey(message)| UsageError(format!("--value: {message}")))?,
    };
    export.only(match args.family {
        None => Families::Both,
        Some(FamilyName::V4) => Families::V4,
        Some(FamilyName::V6) => Families::V6,
    });
    let write = |out: &mut dyn Out| write(&export, args.to, &value, out);
    match &args.out {
        // Not locked: the writer of Parquet wants something that could move to another thread.
        None => write(&mut BufWriter::with_capacity(1 << 16, io::stdout()))?,
        Some(path) => to_file(path, write)?,
    }
    Ok(Exit::Done)
}

/// Where an export goes.
trait Out: Write + Send {}

impl<W: Write + Send> Out for W {}

fn write(
    export: &Export<'_>,
    format: ExportFormat,
    value: &MapValue,
    mut out: &mut dyn Out,
) -> Result<(), ExportError> {
    let out = &mut out;
    match format {
        ExportFormat::Csv => export.write_csv(out)?,
        ExportFormat::Ndjson => export.write_ndjson(out)?,
        ExportFormat::Parquet => export.write_parquet(out)?,
        ExportFormat::Netset => export.write_netset(out)?,
        ExportFormat::Ipset => export.write_ipset(out)?,
        ExportFormat::Nftables => export.write_nftables(out)?,
        ExportFormat::NginxMap => export.write_nginx_map(value, out)?,
        ExportFormat::HaproxyMap => export.write_haproxy_map(value, out)?,
    }
    Ok(out.flush()?)
}

/// Writes a file whole or not at all; a pipe or a device is written to as it is.
fn to_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Out) -> Result<(), ExportError>,
) -> anyhow::Result<()> {
    let cannot_write = || format!("cannot write `{}`", path.display());
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        let file = OpenOptions::new().write(true).open(path).with_context(cannot_write)?;
        return write(&mut BufWriter::new(file)).with_context(cannot_write);
    }
    let mut file = UnfinishedFile::beside(path).with_context(cannot_write)?;
    write(&mut BufWriter::with_capacity(1 << 16, file.file())).with_context(cannot_write)?;
    file.place().with_context(cannot_write)
}
