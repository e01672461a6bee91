//! Exports as tables: CSV, and a JSON object a line.

use std::io::Write;

use crate::query::export::{Export, ExportError};
use crate::query::export_text::text;
use crate::query::kept::Kept;

/// The first column.
pub(super) const NETWORK: &str = "network";

impl Export<'_> {
    /// The columns beside the network: dotted keys, but for those that would be called nothing,
    /// or as the network is.
    pub(super) fn column_names(&self) -> impl Iterator<Item = String> {
        self.keys().columns().map(|(name, _)| match name {
            "" => "record".to_owned(),
            NETWORK => format!("record.{NETWORK}"),
            name => name.to_owned(),
        })
    }

    /// The network and every leaf of its record, under a head (RFC 4180, but lines end as in Unix).
    pub fn write_csv(&self, out: &mut impl Write) -> Result<(), ExportError> {
        let names = std::iter::once(NETWORK.to_owned()).chain(self.column_names());
        out.write_all(&cells(names)?)?;
        let mut kept = Kept::new();
        self.records(&mut |prefix, id| {
            let cells = kept.get(id, || {
                let row = self.keys().row(self.interner(), id).into_iter();
                let cell = |id: Option<_>| id.map(|id| text(self.interner(), id));
                cells(row.map(|id| cell(id).unwrap_or_default()))
            })?;
            write!(out, "{prefix}")?;
            if self.keys().columns().next().is_some() {
                out.write_all(b",")?;
            }
            Ok(out.write_all(cells)?)
        })
    }

    /// `{"network","record"}` a line, the record as `lookup --json` has it.
    pub fn write_ndjson(&self, out: &mut impl Write) -> Result<(), ExportError> {
        let mut kept = Kept::new();
        self.records(&mut |prefix, id| {
            let record = kept.get(id, || {
                let json = self.interner().value(id).to_json().to_string();
                Ok::<_, ExportError>(json.into_bytes())
            })?;
            write!(out, "{{\"{NETWORK}\":\"{prefix}\",\"record\":")?;
            out.write_all(record)?;
            Ok(out.write_all(b"}\n")?)
        })
    }
}

/// A line of cells.
fn cells(cells: impl Iterator<Item = String>) -> Result<Vec<u8>, ExportError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let cells: Vec<String> = cells.collect();
    if cells.is_empty() {
        return Ok(b"\n".to_vec());
    }
    writer.write_record(&cells).map_err(std::io::Error::from)?;
    Ok(writer.into_inner().map_err(csv::IntoInnerError::into_error)?)
}
