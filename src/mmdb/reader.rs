//! A file opened: its header checked, its tree asked or walked.

use std::net::IpAddr;
use std::sync::Arc;

use memchr::memmem;

use crate::base::{Prefix, V6};
use crate::mmdb::{
    Cost, Cursor, FormatError, METADATA_MARKER, METADATA_MAX_BYTES, RecordSize, SEPARATOR, Value,
    decode,
};

/// A database in memory or mapped; the bytes may be hostile.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    tree: &'a [u8],
    data: &'a [u8],
    separator: &'a [u8],
    plan: Plan,
}

/// Where everything is in a file, as [`Reader::open`] found it: with it the same bytes are opened at once.
#[derive(Clone, Debug)]
pub struct Plan {
    metadata: Arc<Value>,
    n_nodes: u32,
    record_size: RecordSize,
    ip_version: u8,
    /// Where IPv4 look-ups begin: a node, or what stands instead of one.
    v4_root: u32,
    /// Bytes of the tree.
    tree_bytes: usize,
    /// Bytes before the metadata's marker.
    marker: usize,
}

/// What a look-up found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Offset of the record in the data section; `None` where nothing is known.
    pub offset: Option<usize>,
    /// Bits of the address that decided, of 32 for IPv4 and 128 for IPv6.
    pub prefix_len: u8,
}

impl<'a> Reader<'a> {
    /// Opens a file: finds the metadata and checks that the parts fit.
    pub fn open(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let from = bytes.len().saturating_sub(METADATA_MAX_BYTES);
        let marker = memmem::rfind(&bytes[from..], METADATA_MARKER)
            .ok_or(FormatError::NoMetadata { bytes: bytes.len() })?
            + from;
        let (metadata, _) = decode::value(&bytes[marker + METADATA_MARKER.len()..], 0)?;
        let number = |key: &'static str| {
            let value = metadata.get(key).and_then(Value::as_unsigned);
            let expected = "an unsigned integer";
            value.and_then(|n| u64::try_from(n).ok()).ok_or(FormatError::Metadata { key, expected })
        };
        let node_count = number("node_count")?;
        let record_size = RecordSize::from_bits(number("record_size")?)
            .ok_or(FormatError::Metadata { key: "record_size", expected: "24, 28 or 32" })?;
        let ip_version = match number("ip_version")? {
            version @ (4 | 6) => version as u8,
            _ => return Err(FormatError::Metadata { key: "ip_version", expected: "4 or 6" }),
        };
        let too_large = FormatError::TreeTooLarge {
            node_count,
            record_size: record_size.bits(),
            bytes: marker,
        };
        let tree_bytes = usize::try_from(node_count)
            .ok()
            .and_then(|nodes| nodes.checked_mul(record_size.node_bytes()))
            .filter(|&tree| tree.checked_add(SEPARATOR.len()).is_some_and(|end| end <= marker))
            .filter(|_| node_count > 0 && u32::try_from(node_count).is_ok())
            .ok_or(too_large)?;
        let plan = Plan {
            metadata: Arc::new(metadata),
            n_nodes: node_count as u32,
            record_size,
            ip_version,
            v4_root: 0,
            tree_bytes,
            marker,
        };
        let mut reader = Self::with(plan, bytes);
        if ip_version == 6 {
            let mut v4_root = 0;
            for _ in 0..96 {
                if v4_root < reader.plan.n_nodes {
                    v4_root = reader.node(v4_root)[0];
                }
            }
            reader.plan.v4_root = v4_root;
        }
        Ok(reader)
    }

    /// Opens again what was opened before.
    ///
    /// # Panics
    /// If the bytes are fewer than those that the plan was made of.
    pub fn with(plan: Plan, bytes: &'a [u8]) -> Self {
        let (tree, rest) = bytes[..plan.marker].split_at(plan.tree_bytes);
        let (separator, data) = rest.split_at(SEPARATOR.len());
        Self { tree, data, separator, plan }
    }

    /// What opens the same bytes again.
    pub fn plan(&self) -> Plan {
        self.plan.clone()
    }

    /// The metadata map.
    pub fn metadata(&self) -> &Value {
        &self.plan.metadata
    }

    /// Number of nodes.
    pub fn n_nodes(&self) -> u32 {
        self.plan.n_nodes
    }

    /// Bits of a record.
    pub fn record_size(&self) -> RecordSize {
        self.plan.record_size
    }

    /// 4 or 6.
    pub fn ip_version(&self) -> u8 {
        self.plan.ip_version
    }

    /// Where IPv4 look-ups begin: a node, or what stands instead of one.
    pub(crate) fn v4_root(&self) -> u32 {
        self.plan.v4_root
    }

    /// The data section.
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Tree, separator and data: everything that says something about networks.
    pub(crate) fn before_metadata(&self) -> [&'a [u8]; 3] {
        [self.tree, self.separator, self.data]
    }

    /// What stands between tree and data.
    pub(crate) fn separator(&self) -> &'a [u8] {
        self.separator
    }

    /// The two records of a node (`node` below [`Reader::n_nodes`]).
    pub(crate) fn node(&self, node: u32) -> [u32; 2] {
        let size = self.plan.record_size.node_bytes();
        self.plan.record_size.decode(&self.tree[node as usize * size..][..size])
    }

    /// The data offset that a record of a node says, or `None` for "nothing".
    pub(crate) fn data_offset(&self, node: u32, record: u32) -> Result<Option<usize>, FormatError> {
        if record == self.plan.n_nodes {
            return Ok(None);
        }
        let bad = FormatError::BadRecord { node, record, data_bytes: self.data.len() };
        let offset = (record - self.plan.n_nodes) as usize;
        match offset.checked_sub(SEPARATOR.len()) {
            Some(offset) if offset < self.data.len() => Ok(Some(offset)),
            _ => Err(bad),
        }
    }

    /// Looks an address up. An IPv6 address in an IPv4 database finds nothing, at `/0`.
    pub fn lookup(&self, ip: IpAddr) -> Result<Found, FormatError> {
        let (mut record, mut bits, width) = match ip {
            IpAddr::V4(ip) => (self.plan.v4_root, u128::from(ip.to_bits()) << 96, 32),
            IpAddr::V6(_) if self.plan.ip_version == 4 => {
                return Ok(Found { offset: None, prefix_len: 0 });
            }
            IpAddr::V6(ip) => (0, ip.to_bits(), 128),
        };
        let size = self.plan.record_size;
        let mut node = 0;
        let mut depth = 0;
        while depth < width && record < self.plan.n_nodes {
            node = record;
            let is_right = bits >> 127 == 1;
            bits <<= 1;
            record = size.decode_one(&self.tree[node as usize * size.node_bytes()..], is_right);
            depth += 1;
        }
        if record < self.plan.n_nodes {
            return Err(FormatError::BadRecord { node, record, data_bytes: self.data.len() });
        }
        Ok(Found { offset: self.data_offset(node, record)?, prefix_len: depth })
    }

    /// Decodes the record at an offset of the data section.
    pub fn decode(&self, offset: usize) -> Result<Value, FormatError> {
        self.decode_counted(offset).map(|(value, _)| value)
    }

    /// As [`Reader::decode`]; whoever decodes many records adds up what they cost.
    pub(crate) fn decode_counted(&self, offset: usize) -> Result<(Value, Cost), FormatError> {
        decode::value(self.data, offset)
    }

    /// Reads the record at an offset of the data section where it lies.
    pub fn cursor(&self, offset: usize) -> Cursor<'a> {
        Cursor::at(self.data, offset)
    }

    /// Every network with a record and the record's offset, in address order; of
    /// an IPv4 database as `::/96`. Each node is entered once: what aliases lead
    /// to is not walked again.
    pub fn networks(&self) -> Networks<'_, 'a> {
        let root = if self.plan.ip_version == 4 { 96 } else { 0 };
        Networks {
            reader: self,
            entered: vec![false; self.plan.n_nodes as usize],
            stack: vec![(0, 0, 0, root)],
        }
    }
}

/// See [`Reader::networks`].
#[derive(Debug)]
pub struct Networks<'r, 'a> {
    reader: &'r Reader<'a>,
    entered: Vec<bool>,
    /// Parent node, record, address, depth; the next one last.
    stack: Vec<(u32, u32, u128, u8)>,
}

impl Iterator for Networks<'_, '_> {
    type Item = Result<(Prefix<V6>, usize), FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((parent, record, addr, depth)) = self.stack.pop() {
            if record >= self.reader.plan.n_nodes {
                match self.reader.data_offset(parent, record) {
                    Ok(None) => continue,
                    Ok(Some(offset)) => {
                        let prefix = Prefix::masked(addr, depth).expect("at most 128, see below");
                        return Some(Ok((prefix, offset)));
                    }
                    Err(error) => return Some(Err(error)),
                }
            }
            if std::mem::replace(&mut self.entered[record as usize], true) {
                continue;
            }
            if depth == 128 {
                let data_bytes = self.reader.data.len();
                return Some(Err(FormatError::BadRecord { node: parent, record, data_bytes }));
            }
            let [left, right] = self.reader.node(record);
            self.stack.push((record, right, addr | 1 << (127 - depth), depth + 1));
            self.stack.push((record, left, addr, depth + 1));
        }
        None
    }
}
