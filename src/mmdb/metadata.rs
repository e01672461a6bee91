//! The metadata map at the end of a file.

use crate::mmdb::{
    CapacityError, DataWriter, FormatError, METADATA_MARKER, Pool, RecordSize, Value,
};

/// What the maker of a database says about it (MaxMind DB 2.0, "Database Metadata").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// What readers bind to.
    pub database_type: String,
    /// Description in English.
    pub description: String,
    /// Unix seconds.
    pub build_epoch: u64,
}

/// What the writer finds out about the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Nodes of the search tree.
    pub n_nodes: u32,
    /// Bits of a record.
    pub record_size: RecordSize,
}

impl Metadata {
    /// Takes what the maker said from a metadata map; other keys are left aside.
    ///
    /// # Errors
    /// If one of the three is missing or of another type.
    pub fn read(map: &Value) -> Result<Self, FormatError> {
        let text = |value: Option<&Value>, key| {
            let text = value.and_then(Value::as_str).map(str::to_owned);
            text.ok_or(FormatError::Metadata { key, expected: "text" })
        };
        let description = map.get("description").and_then(|texts| texts.get("en"));
        let build_epoch = map.get("build_epoch").and_then(Value::as_unsigned);
        let expected = "an unsigned integer of up to 64 bits";
        Ok(Self {
            database_type: text(map.get("database_type"), "database_type")?,
            description: text(description, "description.en")?,
            build_epoch: build_epoch
                .and_then(|epoch| u64::try_from(epoch).ok())
                .ok_or(FormatError::Metadata { key: "build_epoch", expected })?,
        })
    }

    /// Appends the marker and the map.
    ///
    /// # Errors
    /// If a text is longer than the format can say.
    pub fn write(&self, shape: Shape, out: &mut Vec<u8>) -> Result<(), CapacityError> {
        let mut pool = Pool::new();
        let english = pool.utf8("en");
        let description = pool.utf8(&self.description);
        let entries = [
            ("binary_format_major_version", pool.uint16(2)),
            ("binary_format_minor_version", pool.uint16(0)),
            ("build_epoch", pool.uint64(self.build_epoch)),
            ("database_type", pool.utf8(&self.database_type)),
            ("description", pool.map(&[(english, description)])),
            ("ip_version", pool.uint16(6)),
            ("languages", pool.array(&[english])),
            ("node_count", pool.uint32(shape.n_nodes)),
            ("record_size", pool.uint16(shape.record_size.bits())),
        ]
        .map(|(key, value)| (pool.utf8(key), value));
        let map = pool.map(&entries);
        let mut writer = DataWriter::without_pointers(&pool);
        writer.record(map);
        out.extend_from_slice(METADATA_MARKER);
        out.extend_from_slice(&writer.finish()?.0);
        Ok(())
    }
}
