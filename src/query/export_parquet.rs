//! Export as Parquet: the network and a typed column for every leaf of the records.

use std::io::Write;
use std::sync::Arc;

use hashbrown::HashMap;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use crate::mmdb::{Value, ValueId};
use crate::query::export::{Export, ExportError};
use crate::query::export_tables::NETWORK;
use crate::query::export_text::text;
use crate::query::keys::Kinds;

/// Rows that are held, then written together: some ten megabytes at most, and groups large enough
/// for whoever reads one column.
const GROUP_ROWS: usize = 1 << 17;

/// How many cells of distinct rows are held, and how many bytes their records may unfold to: a
/// small file can make both large.
const GROUP_CELLS: usize = 1 << 22;
const GROUP_BYTES: usize = 64 << 20;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Bool,
    Int64,
    Double,
    Utf8,
}

impl Column {
    /// The narrowest type that says everything that stands there.
    fn of(kinds: Kinds) -> Self {
        match kinds {
            Kinds { others: true, .. } => Self::Utf8,
            Kinds { bools: true, small: false, doubles: false, .. } => Self::Bool,
            Kinds { bools: false, doubles: false, .. } => Self::Int64,
            Kinds { bools: false, doubles: true, .. } => Self::Double,
            _ => Self::Utf8,
        }
    }

    fn schema(self, name: &str, repetition: Repetition) -> Result<Arc<Type>, ParquetError> {
        let (physical, logical) = match self {
            Self::Bool => (Physical::BOOLEAN, None),
            Self::Int64 => (Physical::INT64, None),
            Self::Double => (Physical::DOUBLE, None),
            Self::Utf8 => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let column = Type::primitive_type_builder(name, physical)
            .with_repetition(repetition)
            .with_logical_type(logical)
            .build()?;
        Ok(Arc::new(column))
    }
}

/// Rows of one group, by column.
struct Group {
    networks: Vec<ByteArray>,
    /// Which of the distinct rows each is.
    rows: Vec<usize>,
    distinct: Vec<Vec<Option<ValueId>>>,
    known: HashMap<ValueId, usize>,
    /// What the distinct rows' records unfold to.
    bytes: usize,
}

impl Export<'_> {
    /// A Parquet file; columns are those of CSV, with types, compressed with zstd.
    pub fn write_parquet(&self, out: &mut (impl Write + Send)) -> Result<(), ExportError> {
        let columns: Vec<Column> =
            self.keys().columns().map(|(_, kinds)| Column::of(kinds)).collect();
        let mut fields = vec![Column::Utf8.schema(NETWORK, Repetition::REQUIRED)?];
        for (name, column) in self.column_names().zip(&columns) {
            fields.push(column.schema(&name, Repetition::OPTIONAL)?);
        }
        let schema = Arc::new(Type::group_type_builder("ipmint").with_fields(fields).build()?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let mut writer = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
        let mut group = Group::new();
        self.records(&mut |prefix, id| {
            group.add(self, prefix.to_string(), id);
            if !group.is_full(columns.len()) {
                return Ok(());
            }
            self.write_group(&std::mem::replace(&mut group, Group::new()), &columns, &mut writer)
        })?;
        if !group.rows.is_empty() {
            self.write_group(&group, &columns, &mut writer)?;
        }
        writer.close()?;
        Ok(())
    }

    fn write_group<W: Write + Send>(
        &self,
        group: &Group,
        columns: &[Column],
        writer: &mut SerializedFileWriter<W>,
    ) -> Result<(), ExportError> {
        let mut out = writer.next_row_group()?;
        let missing = "as many columns as the schema has";
        let mut networks = out.next_column()?.expect(missing);
        networks.typed::<ByteArrayType>().write_batch(&group.networks, None, None)?;
        networks.close()?;
        let interner = self.interner();
        for (idx, column) in columns.iter().enumerate() {
            let mut writer = out.next_column()?.expect(missing);
            match column {
                Column::Bool => group.write::<BoolType>(idx, &mut writer, |id| {
                    matches!(interner.value(id), Value::Bool(true))
                })?,
                Column::Int64 => {
                    group.write::<Int64Type>(idx, &mut writer, |id| whole(&interner.value(id)))?;
                }
                Column::Double => {
                    group
                        .write::<DoubleType>(idx, &mut writer, |id| double(&interner.value(id)))?;
                }
                Column::Utf8 => group.write::<ByteArrayType>(idx, &mut writer, |id| {
                    text(interner, id).into_bytes().into()
                })?,
            }
            writer.close()?;
        }
        out.close()?;
        Ok(())
    }
}

/// A value of a column of whole numbers.
fn whole(value: &Value) -> i64 {
    match value {
        Value::Int32(value) => i64::from(*value),
        value => value.as_unsigned().unwrap_or_default() as i64, // the column's kinds say it fits
    }
}

/// A value of a column of numbers.
fn double(value: &Value) -> f64 {
    match value {
        Value::Double(value) => *value,
        value => whole(value) as f64,
    }
}

impl Group {
    fn new() -> Self {
        let (networks, rows, distinct) = (Vec::new(), Vec::new(), Vec::new());
        Self { networks, rows, distinct, known: HashMap::new(), bytes: 0 }
    }

    fn add(&mut self, export: &Export<'_>, network: String, id: ValueId) {
        let Self { distinct, known, bytes, .. } = self;
        let at = *known.entry(id).or_insert_with(|| {
            distinct.push(export.keys().row(export.interner(), id));
            *bytes += export.interner().unfolded_bytes(id);
            distinct.len() - 1
        });
        self.networks.push(network.into_bytes().into());
        self.rows.push(at);
    }

    fn is_full(&self, n_columns: usize) -> bool {
        self.rows.len() >= GROUP_ROWS
            || self.distinct.len() * n_columns >= GROUP_CELLS
            || self.bytes >= GROUP_BYTES
    }

    /// Writes one column; each distinct value is made once.
    fn write<D: DataType>(
        &self,
        idx: usize,
        writer: &mut SerializedColumnWriter<'_>,
        value: impl Fn(ValueId) -> D::T,
    ) -> Result<(), ParquetError> {
        let made: Vec<Option<D::T>> =
            self.distinct.iter().map(|row| row[idx].map(&value)).collect();
        let levels: Vec<i16> = self.rows.iter().map(|&row| made[row].is_some().into()).collect();
        let values: Vec<D::T> = self.rows.iter().filter_map(|&row| made[row].clone()).collect();
        writer.typed::<D>().write_batch(&values, Some(&levels), None)?;
        Ok(())
    }
}
