//! What can be wrong with a file.

use crate::mmdb::Type;

/// What is wrong with a file; offsets count from the start of the part named.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// No marker near the end.
    #[error(
        "no metadata in the last 128 KiB of {bytes} bytes; expected a MaxMind DB file, whole (was it cut short?)"
    )]
    NoMetadata {
        /// Size of the file.
        bytes: usize,
    },
    /// A metadata key is missing or of another type.
    #[error("metadata: `{key}` is missing or not {expected}")]
    Metadata {
        /// The key.
        key: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The tree would not fit the file.
    #[error(
        "metadata: {node_count} nodes of {record_size} bits do not fit into {bytes} bytes before it"
    )]
    TreeTooLarge {
        /// What the metadata says.
        node_count: u64,
        /// What the metadata says.
        record_size: u16,
        /// What is there.
        bytes: usize,
    },
    /// A record leads out of the file.
    #[error("node {node}: record {record} leads past the data section of {data_bytes} bytes")]
    BadRecord {
        /// Its node.
        node: u32,
        /// What it says.
        record: u32,
        /// What is there.
        data_bytes: usize,
    },
    /// A value ends after the section.
    #[error("data offset {offset}: the value is cut short")]
    Truncated {
        /// Where it begins.
        offset: usize,
    },
    /// A type number that means nothing in a file.
    #[error("data offset {offset}: type {number} is not one of MaxMind DB 2.0")]
    UnknownType {
        /// Where it stands.
        offset: usize,
        /// The number.
        number: u8,
    },
    /// A size that its type cannot have.
    #[error("data offset {offset}: a {kind:?} of {size} bytes")]
    BadSize {
        /// Where it stands.
        offset: usize,
        /// The type.
        kind: Type,
        /// The size.
        size: usize,
    },
    /// A pointer to nowhere or to a pointer.
    #[error("data offset {offset}: pointer to {target}, where no value stands")]
    BadPointer {
        /// Where it stands.
        offset: usize,
        /// Where it leads.
        target: usize,
    },
    /// A key that is no text.
    #[error("data offset {offset}: a map key that is no text")]
    BadKey {
        /// Where it stands.
        offset: usize,
    },
    /// Text that is not UTF-8.
    #[error("data offset {offset}: text that is not UTF-8")]
    BadText {
        /// Where it stands.
        offset: usize,
    },
    /// Values nested too deep, or in a circle.
    #[error("data offset {offset}: values nested more than 64 deep, or in a circle")]
    TooDeep {
        /// Where it was noticed.
        offset: usize,
    },
    /// A node that stands where layout 1 has another.
    #[error(
        "node {node}: record {record} leads to no node that is next in pre-order; expected a file as ipmint lays it out"
    )]
    Order {
        /// Its node.
        node: u32,
        /// What it says.
        record: u32,
    },
    /// A path that is longer than an address.
    #[error("node {node}: it lies deeper than an address has bits")]
    TooLong {
        /// The first node past the last bit.
        node: u32,
    },
    /// Subtrees that stand in very many places.
    #[error("node {node}: shared subtrees unfold to more than 16 times the nodes of the file")]
    Unfolds {
        /// The node at which it was noticed.
        node: u32,
    },
    /// A node too many.
    #[error("node {node}: no record leads to it")]
    Unreached {
        /// The first of them.
        node: u32,
    },
    /// A record that leads into the middle of a value.
    #[error(
        "data offset {offset}: a record of the tree leads here, where no value of its own begins"
    )]
    NoRecord {
        /// Where it leads.
        offset: usize,
    },
    /// A value that unfolds without end.
    #[error("data offset {offset}: a record of more than a million values or 32 MiB")]
    TooLarge {
        /// Where it was noticed.
        offset: usize,
    },
    /// Records that are small each, and together unfold without end.
    #[error(
        "data offset {offset}: the records up to here unfold to more than can be looked through"
    )]
    TooMuch {
        /// The record at which it was noticed.
        offset: usize,
    },
}
