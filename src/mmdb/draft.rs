//! A database of which everything is known but the tree's bytes: then every node is written where it stays.

use std::ops::DerefMut;

use rayon::prelude::*;

use crate::base::{Run, V4, V6};
use crate::mmdb::alias::DEPTH_OF_V4;
use crate::mmdb::metadata::Shape;
use crate::mmdb::parts::{Leaf, Part, parts, seen};
use crate::mmdb::tree::{self, Leaves, node_bytes};
use crate::mmdb::{
    CapacityError, Contents, DataWriter, Database, Metadata, RecordSize, SEPARATOR, ValueId,
};

/// A database to be written, for whoever wants to say where: [`write`](crate::mmdb::write) takes memory for it.
#[derive(Debug)]
pub struct Draft<'r> {
    v4: &'r [Run<V4>],
    v6: &'r [Run<V6>],
    parts: Vec<Part>,
    /// The number of the first node of each part; of a leaf, the next one's.
    numbers: Vec<u32>,
    n_nodes: u32,
    record_size: RecordSize,
    data: Vec<u8>,
    /// Of each value in the data section.
    offsets: Vec<u32>,
    n_records: u64,
    metadata: Vec<u8>,
}

impl<'r> Draft<'r> {
    /// Counts the nodes and writes the data section and the metadata. What was pooled is not needed after that.
    ///
    /// # Errors
    /// If node count and data section together pass what 32 bits can say, or a value is
    /// larger than the format's largest.
    pub fn new(contents: Contents<'_, 'r>, metadata: &Metadata) -> Result<Self, CapacityError> {
        let Contents { v4, v6, .. } = contents;
        let ((parts, counts), data) = rayon::join(
            || {
                let parts = parts(v4, v6);
                let counts: Vec<u64> = parts.par_iter().map(|part| part.n_nodes(v4, v6)).collect();
                (parts, counts)
            },
            || data_section(&contents),
        );
        let (data, offsets, n_records) = data?;
        let n_nodes = counts.iter().sum::<u64>();
        let data_bytes = data.len() as u64;
        let record_size = RecordSize::fitting(n_nodes + SEPARATOR.len() as u64 + data_bytes)
            .ok_or(CapacityError::File { n_nodes, data_bytes })?;
        // Node counts fit 32 bits from here on.
        let n_nodes = n_nodes as u32;
        let first = |next: &mut u32, n: u64| {
            let number = *next;
            *next += n as u32;
            Some(number)
        };
        let numbers = counts.into_iter().scan(0, first).collect();
        let mut tail = Vec::new();
        metadata.write(Shape { n_nodes, record_size }, &mut tail)?;
        Ok(Self {
            v4,
            v6,
            parts,
            numbers,
            n_nodes,
            record_size,
            data,
            offsets,
            n_records,
            metadata: tail,
        })
    }

    /// Bytes of the file.
    pub fn n_bytes(&self) -> usize {
        self.tree_bytes() + SEPARATOR.len() + self.data.len() + self.metadata.len()
    }

    /// Writes the file.
    ///
    /// # Panics
    /// If `bytes` are not [`Draft::n_bytes`] long.
    pub fn write<B: DerefMut<Target = [u8]>>(&self, mut bytes: B) -> Database<B> {
        let n_networks = self.write_into(&mut bytes);
        Database {
            bytes,
            n_nodes: self.n_nodes.into(),
            n_records: self.n_records,
            n_networks,
            record_size: self.record_size,
        }
    }

    /// Writes the file; returns how many networks have a record, IPv4's aliases not counted.
    fn write_into(&self, out: &mut [u8]) -> u64 {
        let (tree, rest) = out.split_at_mut(self.tree_bytes());
        let (separator, rest) = rest.split_at_mut(SEPARATOR.len());
        let (data, metadata) = rest.split_at_mut(self.data.len());
        separator.copy_from_slice(&SEPARATOR);
        metadata.copy_from_slice(&self.metadata);
        let tree = || match self.record_size {
            RecordSize::Bits24 => self.write_tree(tree.as_chunks_mut::<6>().0),
            RecordSize::Bits28 => self.write_tree(tree.as_chunks_mut::<7>().0),
            RecordSize::Bits32 => self.write_tree(tree.as_chunks_mut::<8>().0),
        };
        rayon::join(tree, || data.copy_from_slice(&self.data)).0
    }

    fn tree_bytes(&self) -> usize {
        self.n_nodes as usize * self.record_size.node_bytes()
    }

    fn write_tree<const N: usize>(&self, mut nodes: &mut [[u8; N]]) -> u64 {
        let ends = self.numbers[1..].iter().copied().chain([self.n_nodes]);
        let mut jobs = Vec::with_capacity(self.parts.len());
        for ((place, &first), end) in self.numbers.iter().enumerate().zip(ends) {
            let (own, rest) = nodes.split_at_mut((end - first) as usize);
            nodes = rest;
            jobs.push((place, own));
        }
        jobs.into_par_iter().map(|(place, nodes)| self.write_part(place, nodes)).sum()
    }

    /// Writes the nodes of a part; returns how many of their records lead to values.
    fn write_part<const N: usize>(&self, place: usize, nodes: &mut [[u8; N]]) -> u64 {
        let leaves = Leaves { n_nodes: self.n_nodes, offsets: &self.offsets };
        let number = self.numbers[place];
        match &self.parts[place] {
            Part::Leaf(_) => 0,
            &Part::Node(right) => {
                let records = [place + 1, right].map(|half| self.record(half, leaves));
                nodes[0] = node_bytes(records);
                records.iter().filter(|&&record| record > self.n_nodes).count() as u64
            }
            Part::V4(block) => {
                let runs = &self.v4[block.runs.clone()];
                tree::write(runs, (block.addr, block.depth), leaves, number, nodes)
            }
            Part::V6(block) => {
                let runs = &self.v6[block.runs.clone()];
                tree::write(runs, (block.addr, block.depth), leaves, number, nodes)
            }
        }
    }

    /// The record that leads to a part.
    fn record(&self, place: usize, leaves: Leaves<'_>) -> u32 {
        match self.parts[place] {
            Part::Leaf(Leaf::Value(None)) => self.n_nodes,
            Part::Leaf(Leaf::Value(Some(value))) => leaves.record(value),
            Part::Leaf(Leaf::V4Root) => DEPTH_OF_V4 as u32,
            Part::Node(_) | Part::V4(_) | Part::V6(_) => self.numbers[place],
        }
    }
}

/// The section's bytes, each value's offset by id, and the number of records.
fn data_section(contents: &Contents<'_, '_>) -> Result<(Vec<u8>, Vec<u32>, u64), CapacityError> {
    let mut data = DataWriter::new(contents.pool);
    // `::/96` comes first in address order, and so do its values.
    for run in contents.v4 {
        data.record(ValueId(run.value));
    }
    for run in seen(contents.v6) {
        data.record(ValueId(run.value));
    }
    let n_records = data.n_records() as u64;
    let (bytes, offsets) = data.finish()?;
    Ok((bytes, offsets, n_records))
}
