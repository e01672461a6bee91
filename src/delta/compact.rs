//! The compact form of a file: what cannot be worked out, and nothing else.
//!
//! ```text
//! header     "ipmint/C", form 1, layout 1, SHA-256 and length of the file
//!            metadata: build epoch, database type, description
//!            numbers of nodes, value leaves and records; bytes of the data section
//!            number of ways into IPv4's tree, and before which value leaf each stands
//! shape      node, nothing or value for each record in pre-order   (arithmetic coder)
//! ids        the record of each value leaf, in address order       (arithmetic coder)
//! data       the data section as it stands                         (zstd)
//! ```
//!
//! Node numbers follow from the shape, offsets from the data section, the record size from
//! both. A shape costs less than two bits a node, and zstd would not find out: what a
//! record is depends on its place in the tree, not on the bytes before it.

use std::ops::Range;

use rayon::prelude::*;

use crate::base::Digest;
use crate::delta::coder::{Decoder, Encoder};
use crate::delta::error::check_size;
use crate::delta::ids::Ids;
use crate::delta::shape::{Beside, Kind, Place, Shape};
use crate::delta::wire::{Fields, pack, put_bytes, put_metadata, put_number, unpack};
use crate::delta::{DeltaError, LAYOUT, Limits};
use crate::mmdb::{self, DEPTH_OF_V4, FormatError, Metadata, Reader, RecordSize, SEPARATOR};

pub(super) const MAGIC: [u8; 8] = *b"ipmint/C";
const WHAT: &str = "compact form";
const FORM: u8 = 1;

/// For the data section.
const LEVEL: i32 = 19;

/// The deepest node of an IPv6 tree.
const MAX_NODE_DEPTH: usize = 127;

/// The three aliases of `::/96`.
const MAX_WAYS: usize = 3;

/// Returns the compact form of a database of ours.
///
/// # Errors
/// If the file is not what [`mmdb::write`] makes of its contents, to the byte.
pub fn encode(file: &[u8]) -> Result<Vec<u8>, DeltaError> {
    const FILE: &str = "the file";
    check_size(FILE, file.len() as u64, Limits { file_bytes: u64::MAX })?;
    let format = |source| DeltaError::Format { what: FILE, source };
    let reader = Reader::open(file).map_err(format)?;
    let metadata = Metadata::read(reader.metadata()).map_err(format)?;
    let data = reader.data();
    let (tree, data_packed) = rayon::join(|| tree(&reader), || pack(data, LEVEL, "data section"));
    let (tree, data_packed) = (tree.map_err(format)?, data_packed?);

    let mut out = MAGIC.to_vec();
    out.extend([FORM, LAYOUT]);
    out.extend(Digest::of(file).to_bytes());
    put_number(&mut out, file.len() as u64);
    put_metadata(&mut out, &metadata);
    put_number(&mut out, reader.n_nodes());
    put_number(&mut out, tree.n_leaves);
    put_number(&mut out, tree.n_records);
    put_number(&mut out, data.len() as u64);
    put_number(&mut out, tree.ways.len() as u64);
    tree.ways.iter().for_each(|&leaf| put_number(&mut out, leaf));
    put_bytes(&mut out, &tree.shape);
    put_bytes(&mut out, &tree.ids);
    put_bytes(&mut out, &data_packed);

    // The one proof that the same bytes come back is to have had them back.
    let rebuilt = rebuild(&out, Limits { file_bytes: u64::MAX })?;
    if rebuilt != file {
        let offset = file.iter().zip(&rebuilt).take_while(|(a, b)| a == b).count();
        return Err(DeltaError::NotCanonical { what: FILE, offset });
    }
    Ok(out)
}

/// A tree, coded.
struct Tree {
    shape: Vec<u8>,
    ids: Vec<u8>,
    n_leaves: u32,
    n_records: u32,
    ways: Vec<u32>,
}

fn tree(reader: &Reader<'_>) -> Result<Tree, FormatError> {
    let mut walk = Walk {
        reader,
        shape: Shape::new(Encoder::new()),
        n_entered: 1,
        leaves: Vec::new(),
        ways: Vec::new(),
    };
    walk.node(0, 0, Beside::IsLeft, Beside::IsLeft)?;
    if walk.n_entered < reader.n_nodes() {
        return Err(FormatError::Unreached { node: walk.n_entered });
    }
    let offsets = mmdb::record_offsets(reader.data())?;
    let mut ids = Ids::new(Encoder::new(), offsets.len() as u32);
    for &offset in &walk.leaves {
        let unknown = FormatError::NoRecord { offset: offset as usize };
        let id = offsets.binary_search(&offset).map_err(|_| unknown.clone())?;
        ids.id(id as u32).map_err(|_| unknown)?;
    }
    Ok(Tree {
        shape: walk.shape.into_coder().finish(),
        ids: ids.into_coder().finish(),
        n_leaves: walk.leaves.len() as u32,
        n_records: offsets.len() as u32,
        ways: walk.ways,
    })
}

/// Codes the shape and gathers the leaves.
struct Walk<'r, 'a> {
    reader: &'r Reader<'a>,
    shape: Shape<Encoder>,
    n_entered: u32,
    /// Data offsets of the value leaves.
    leaves: Vec<u32>,
    /// Before which of them there is a way into IPv4's tree.
    ways: Vec<u32>,
}

impl Walk<'_, '_> {
    fn node(
        &mut self,
        node: u32,
        depth: usize,
        beside: Beside,
        above: Beside,
    ) -> Result<(), FormatError> {
        let mut place = Place { depth: depth + 1, beside: Beside::IsLeft, above: [beside, above] };
        for record in self.reader.node(node) {
            let kind = self.kind(node, record)?;
            self.shape.kind(place, kind);
            if kind == Kind::Node {
                if depth == MAX_NODE_DEPTH {
                    return Err(FormatError::Order { node, record });
                }
                self.n_entered += 1;
                self.node(record, depth + 1, place.beside, beside)?;
            }
            place.beside = kind.into();
        }
        Ok(())
    }

    fn kind(&mut self, node: u32, record: u32) -> Result<Kind, FormatError> {
        if record < self.reader.n_nodes() {
            if record == self.n_entered {
                return Ok(Kind::Node);
            }
            if record as usize == DEPTH_OF_V4 && self.ways.len() < MAX_WAYS {
                self.ways.push(self.leaves.len() as u32);
                return Ok(Kind::Value);
            }
            return Err(FormatError::Order { node, record });
        }
        Ok(match self.reader.data_offset(node, record)? {
            None => Kind::Empty,
            Some(offset) => {
                self.leaves.push(offset as u32);
                Kind::Value
            }
        })
    }
}

/// Returns the file whose compact form this is.
///
/// # Errors
/// If the bytes are no compact form, or not that of a file within the limits, or what they
/// make has not the digest they say.
pub fn decode(bytes: &[u8], limits: Limits) -> Result<Vec<u8>, DeltaError> {
    let file = rebuild(bytes, limits)?;
    let expected = Header::read(bytes)?.digest;
    let found = Digest::of(&file);
    if found != expected {
        return Err(DeltaError::WrongResult { expected, found });
    }
    Ok(file)
}

/// The digest of the file that a compact form says it is of.
pub(super) fn promised(bytes: &[u8]) -> Result<Digest, DeltaError> {
    Ok(Header::read(bytes)?.digest)
}

/// The header and, after it, where the parts lie.
struct Header {
    digest: Digest,
    /// Where the numbers begin.
    numbers: usize,
    file_bytes: u64,
    metadata: Metadata,
    n_nodes: u32,
    n_leaves: u32,
    n_records: u32,
    data_bytes: u32,
    ways: Vec<u32>,
    shape: Range<usize>,
    ids: Range<usize>,
    data: Range<usize>,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, DeltaError> {
        let mut fields = Fields::new(bytes);
        fields.magic(MAGIC, WHAT, [("form", FORM), ("layout", LAYOUT)])?;
        let digest = fields.digest("digest")?;
        let numbers = fields.offset();
        let file_bytes = fields.number("length of the file")?;
        let metadata = fields.metadata()?;
        let n_nodes = fields.number("number of nodes")?;
        let n_leaves = fields.number("number of value leaves")?;
        let n_records = fields.number("number of records")?;
        let data_bytes = fields.number("length of the data section")?;
        let corrupt = DeltaError::Corrupt { offset: fields.offset(), field: "ways into IPv4" };
        let n_ways: usize = fields.number("ways into IPv4")?;
        if n_ways > MAX_WAYS {
            return Err(corrupt);
        }
        let ways = (0..n_ways).map(|_| fields.number("ways into IPv4"));
        let ways = ways.collect::<Result<Vec<u32>, _>>()?;
        let mut part = |field| {
            let part = fields.bytes(field)?;
            Ok::<_, DeltaError>(fields.offset() - part.len()..fields.offset())
        };
        let (shape, ids, data) = (part("shape")?, part("ids")?, part("data section")?);
        fields.end()?;
        Ok(Self {
            digest,
            numbers,
            file_bytes,
            metadata,
            n_nodes,
            n_leaves,
            n_records,
            data_bytes,
            ways,
            shape,
            ids,
            data,
        })
    }
}

/// Everything but the digest.
fn rebuild(bytes: &[u8], limits: Limits) -> Result<Vec<u8>, DeltaError> {
    let header = Header::read(bytes)?;
    check_size(WHAT, header.file_bytes, limits)?;
    let too_many = DeltaError::Corrupt { offset: header.numbers, field: "number of nodes" };
    // All below 2^31 from here on, by the check of the size.
    let largest = u64::from(header.n_nodes) + SEPARATOR.len() as u64 + u64::from(header.data_bytes);
    let record_size = RecordSize::fitting(largest).ok_or(too_many)?;
    let node_bytes = record_size.node_bytes();
    let tree_bytes = header.n_nodes as u64 * node_bytes as u64;
    let before_metadata = tree_bytes + SEPARATOR.len() as u64 + u64::from(header.data_bytes);
    let leaves_fit = u64::from(header.n_leaves) <= u64::from(header.n_nodes) + 1;
    if header.n_nodes == 0 || before_metadata > header.file_bytes || !leaves_fit {
        return Err(DeltaError::Corrupt {
            offset: header.numbers,
            field: "number of nodes or leaves",
        });
    }

    let mut file = Vec::with_capacity(header.file_bytes as usize);
    file.resize(before_metadata as usize, 0);
    let (tree, rest) = file.split_at_mut(tree_bytes as usize);
    let data = &mut rest[SEPARATOR.len()..];
    let (nodes, (ids, offsets)) = rayon::join(
        || nodes(&header, bytes),
        || rayon::join(|| ids(&header, bytes), || offsets(&header, bytes, data)),
    );
    let (nodes, ids, offsets) = (nodes?, ids?, offsets?);
    let leaf = |id: u32| match offsets.get(id as usize) {
        Some(offset) => header.n_nodes + SEPARATOR.len() as u32 + offset,
        // Ids were held against how many are said to be there, not against how many are.
        None => header.n_nodes,
    };
    let record = |record: u32| match record {
        EMPTY => header.n_nodes,
        record if record & LEAF == 0 => record,
        record => leaf(ids[(record & !LEAF) as usize]),
    };
    tree.par_chunks_mut(CHUNK * node_bytes).zip(nodes.par_chunks(CHUNK)).for_each(
        |(out, nodes)| {
            for (out, node) in out.chunks_exact_mut(node_bytes).zip(nodes) {
                record_size.encode(node.map(record), out);
            }
        },
    );
    header.metadata.write(mmdb::Shape { n_nodes: header.n_nodes, record_size }, &mut file)?;
    if file.len() as u64 != header.file_bytes {
        return Err(DeltaError::Corrupt { offset: header.numbers, field: "length of the file" });
    }
    Ok(file)
}

/// Nodes that a thread writes at a time.
const CHUNK: usize = 1 << 14;

/// A record that says nothing.
const EMPTY: u32 = u32::MAX;
/// A record with the number of a value leaf.
const LEAF: u32 = 1 << 31;

fn nodes(header: &Header, bytes: &[u8]) -> Result<Vec<[u32; 2]>, DeltaError> {
    let mut builder = Builder {
        shape: Shape::new(Decoder::new(&bytes[header.shape.clone()])),
        header,
        nodes: Vec::with_capacity(header.n_nodes as usize),
        n_leaves: 0,
        ways: header.ways.iter().copied(),
        next_way: None,
    };
    builder.next_way = builder.ways.next();
    builder.node(0, Beside::IsLeft, Beside::IsLeft)?;
    if builder.nodes.len() != header.n_nodes as usize || builder.n_leaves != header.n_leaves {
        return Err(builder.corrupt());
    }
    Ok(builder.nodes)
}

/// Makes nodes of a shape; records are numbers of nodes, [`EMPTY`], or [`LEAF`] and a number.
struct Builder<'a> {
    shape: Shape<Decoder<'a>>,
    header: &'a Header,
    nodes: Vec<[u32; 2]>,
    n_leaves: u32,
    ways: std::iter::Copied<std::slice::Iter<'a, u32>>,
    next_way: Option<u32>,
}

impl Builder<'_> {
    fn corrupt(&self) -> DeltaError {
        DeltaError::Corrupt { offset: self.header.shape.start, field: "shape" }
    }

    fn node(&mut self, depth: usize, beside: Beside, above: Beside) -> Result<u32, DeltaError> {
        let number = self.nodes.len();
        if number == self.header.n_nodes as usize || depth > MAX_NODE_DEPTH {
            return Err(self.corrupt());
        }
        self.nodes.push([EMPTY; 2]);
        let mut place = Place { depth: depth + 1, beside: Beside::IsLeft, above: [beside, above] };
        for side in 0..2 {
            let kind = self.shape.kind(place, Kind::Empty);
            self.nodes[number][side] = match kind {
                Kind::Node => self.node(depth + 1, place.beside, beside)?,
                Kind::Empty => EMPTY,
                Kind::Value => self.leaf()?,
            };
            place.beside = kind.into();
        }
        Ok(number as u32)
    }

    fn leaf(&mut self) -> Result<u32, DeltaError> {
        if self.next_way == Some(self.n_leaves) {
            self.next_way = self.ways.next();
            return Ok(DEPTH_OF_V4 as u32);
        }
        if self.n_leaves == self.header.n_leaves {
            return Err(self.corrupt());
        }
        self.n_leaves += 1;
        Ok(LEAF | (self.n_leaves - 1))
    }
}

/// The records of the value leaves.
fn ids(header: &Header, bytes: &[u8]) -> Result<Vec<u32>, DeltaError> {
    let corrupt = |_| DeltaError::Corrupt { offset: header.ids.start, field: "ids" };
    let mut ids = Ids::new(Decoder::new(&bytes[header.ids.clone()]), header.n_records);
    (0..header.n_leaves).map(|_| ids.id(0).map_err(corrupt)).collect()
}

/// Unpacks the data section and finds where its records begin.
fn offsets(header: &Header, bytes: &[u8], data: &mut [u8]) -> Result<Vec<u32>, DeltaError> {
    let offset = header.data.start;
    unpack(&bytes[header.data.clone()], data, offset, "data section")?;
    mmdb::record_offsets(data).map_err(|_| DeltaError::Corrupt { offset, field: "data section" })
}
