//! Of how many addresses the records of a file are said.

use hashbrown::HashMap;

use crate::base::{Prefix, V6};
use crate::mmdb::alias::v4_prefixes;
use crate::mmdb::tree::records;
use crate::mmdb::{FormatError, Reader, RecordSize, SEPARATOR, Used};

/// Numbers of addresses. IPv6's may pass 2^128 on the way: then it wraps, and comes back, since
/// IPv4's places are taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// IPv4; at most 2^32.
    pub v4: u64,
    /// IPv6, without IPv4's places.
    pub v6: u128,
}

impl Extent {
    fn add(&mut self, prefix: Prefix<V6>) {
        let size = |prefix: Prefix<V6>| 1_u128.checked_shl(128 - prefix.len() as u32).unwrap_or(0);
        self.v6 = self.v6.wrapping_add(size(prefix));
        for (idx, place) in v4_prefixes().into_iter().enumerate() {
            let Some(common) = prefix.range().intersection(place.range()) else { continue };
            let n_common = common.span() + 1; // a place is no larger than a /16
            self.v6 = self.v6.wrapping_sub(n_common);
            if idx == 0 {
                self.v4 += n_common as u64; // at most 2^32
            }
        }
    }
}

/// Returns, for each group of records, of how many addresses they are said. `group` is asked about the data
/// offset of each record that the tree leads to, perhaps twice, and counts groups from 0; what is in none is not counted. Each
/// node is entered once: what aliases lead to is not counted again.
///
/// # Errors
/// If the tree is damaged, or what `group` returns.
pub fn extents(
    reader: &Reader<'_>,
    mut group: impl FnMut(u32) -> Result<Option<u32>, FormatError>,
) -> Result<Vec<Extent>, FormatError> {
    let quick = match reader.record_size() {
        RecordSize::Bits24 => Count::<6>::run(reader, &mut group),
        RecordSize::Bits28 => Count::<7>::run(reader, &mut group),
        RecordSize::Bits32 => Count::<8>::run(reader, &mut group),
    };
    match quick? {
        Some(extents) => Ok(extents),
        None => by_network(reader, &mut group),
    }
}

/// As [`extents`], of a file from any writer.
fn by_network(
    reader: &Reader<'_>,
    group: &mut impl FnMut(u32) -> Result<Option<u32>, FormatError>,
) -> Result<Vec<Extent>, FormatError> {
    let mut groups: HashMap<usize, Option<u32>> = HashMap::new();
    let mut extents = Vec::new();
    for network in reader.networks() {
        let (prefix, offset) = network?;
        let group = match groups.get(&offset) {
            Some(&group) => group,
            None => *groups.entry(offset).or_insert(group(offset as u32)?), // below 2^32, as records are
        };
        if let Some(group) = group {
            let n_groups = extents.len().max(group as usize + 1);
            extents.resize(n_groups, Extent::default());
            extents[group as usize].add(prefix);
        }
    }
    Ok(extents)
}

/// Where the prefix of a leaf ends: a depth of IPv6's tree, or `V4` and a depth of IPv4's. Nodes have that of
/// their leaves' parents.
const V4: u8 = 129;
/// A node that needs no look any more.
const DONE: u8 = u8::MAX;

/// The quick way, for trees in which one record leads to each node, from a smaller one, but for those of
/// aliases. One pass over the nodes knows every leaf's depth then, and addresses matter around IPv4's places alone.
struct Count<'r, 'a, const N: usize> {
    reader: &'r Reader<'a>,
    nodes: &'a [[u8; N]],
    used: Used,
    /// The group of each record, by number.
    groups: Vec<Option<u32>>,
    extents: Vec<Extent>,
    /// 0 while no record has led to a node.
    depths: Vec<u8>,
}

impl<'r, 'a, const N: usize> Count<'r, 'a, N> {
    /// `None` if the tree is of another kind, or damaged.
    fn run(
        reader: &'r Reader<'a>,
        group: &mut impl FnMut(u32) -> Result<Option<u32>, FormatError>,
    ) -> Result<Option<Vec<Extent>>, FormatError> {
        let [tree, ..] = reader.before_metadata();
        let nodes = tree.as_chunks::<N>().0;
        let Some(used) = led_to(reader, nodes) else { return Ok(None) };
        let groups = used.offsets().into_iter().map(group).collect::<Result<Vec<_>, _>>()?;
        let n_groups = groups.iter().flatten().max().map_or(0, |&last| last as usize + 1);
        let extents = vec![Extent::default(); n_groups];
        if extents.is_empty() {
            return Ok(Some(extents));
        }
        let depths = vec![0; nodes.len()];
        let mut count = Self { reader, nodes, used, groups, extents, depths };
        Ok(count.all().map(|()| count.extents))
    }

    fn all(&mut self) -> Option<()> {
        if self.reader.ip_version() == 6 {
            self.around_places(0, 0, 0)?;
        } else {
            self.depths[0] = V4;
        }
        self.nodes()
    }

    /// The extent to which belongs what is said at an offset that was found before.
    #[inline]
    fn extent(&mut self, record: u32) -> Option<&mut Extent> {
        let offset = record - self.reader.n_nodes() - SEPARATOR.len() as u32;
        let group = self.groups[self.used.number(offset)]?;
        Some(&mut self.extents[group as usize])
    }

    /// Visits a node that holds some of IPv4's places, and all of those below it.
    fn around_places(&mut self, node: u32, addr: u128, depth: u8) -> Option<()> {
        let middle = addr | 1 << (127 - depth);
        self.lead_to(node, DONE)?;
        for (record, addr) in records(&self.nodes[node as usize]).into_iter().zip([addr, middle]) {
            let prefix = Prefix::masked(addr, depth + 1)?;
            let place = v4_prefixes().iter().position(|&place| place == prefix);
            if record >= self.reader.n_nodes() {
                if record > self.reader.n_nodes()
                    && let Some(extent) = self.extent(record)
                {
                    extent.add(prefix);
                }
            } else if place == Some(0) {
                self.lead_to(record, V4)?;
            } else if place.is_some() {
                // `::/96` came first.
                if self.depths[record as usize] != V4 {
                    return None;
                }
            } else if v4_prefixes().iter().any(|place| prefix.covers(place.addr())) {
                self.around_places(record, addr, depth + 1)?;
            } else {
                self.lead_to(record, depth + 1)?;
            }
        }
        Some(())
    }

    /// Notes where the one record that leads to a node comes from.
    fn lead_to(&mut self, node: u32, depth: u8) -> Option<()> {
        let known = &mut self.depths[node as usize];
        if *known != 0 {
            return None;
        }
        *known = depth;
        Some(())
    }

    /// Visits all other nodes.
    fn nodes(&mut self) -> Option<()> {
        for (node, bytes) in self.nodes.iter().enumerate() {
            let depth = match self.depths[node] {
                0 => return None,
                DONE => continue,
                depth => depth + 1,
            };
            for record in records(bytes) {
                if record < self.reader.n_nodes() {
                    if depth == 128 || depth == V4 + 32 {
                        return None;
                    }
                    self.lead_to(record, depth)?;
                } else if record > self.reader.n_nodes()
                    && let Some(extent) = self.extent(record)
                {
                    if depth > V4 {
                        extent.v4 += 1 << (V4 + 32 - depth);
                    } else {
                        extent.v6 = extent.v6.wrapping_add(1 << (128 - depth));
                    }
                }
            }
        }
        Some(())
    }
}

/// Finds all records that nodes lead to, whether anything leads to the nodes or not.
fn led_to<const N: usize>(reader: &Reader<'_>, nodes: &[[u8; N]]) -> Option<Used> {
    let n_nodes = reader.n_nodes();
    let mut used = Used::none(reader);
    for node in nodes {
        for record in records(node) {
            if record > n_nodes {
                let offset = (record - n_nodes).checked_sub(SEPARATOR.len() as u32)?;
                if offset as usize >= reader.data().len() {
                    return None;
                }
                used.mark(offset);
            }
        }
    }
    Some(used.counted())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::mmdb::extent::{by_network, extents};
    use crate::mmdb::mutant::mutants;
    use crate::mmdb::{Extent, FormatError, Reader};

    proptest! {
        #[test]
        fn the_quick_way_counts_as_the_other(mutant in mutants()) {
            let Ok(reader) = Reader::open(&mutant.bytes) else { return Ok(()) };
            let mut group = |offset: u32| Ok::<_, FormatError>((offset % 3).checked_sub(1));
            let quick = extents(&reader, &mut group);
            let Ok(slow) = by_network(&reader, &mut group) else { return Ok(()) };
            let total = |extents: &[Extent], group| extents.get(group).copied().unwrap_or_default();
            let quick = quick.expect("the other way is");
            for group in 0..2 {
                prop_assert_eq!(total(&quick, group), total(&slow, group));
            }
        }
    }
}
