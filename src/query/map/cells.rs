//! What is known of each cell: a walk over the networks of a view.

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::base::{Address as _, Family};
use crate::feed::Category;
use crate::mmdb::{FormatError, Reader};
use crate::query::map::MapSubject;
use crate::query::map::view::View;
use crate::query::scan::{Budget, Index, Leaf, leaves};
use crate::score::Signals;

/// How many parts are walked on their own; whatever the threads, so that the same is done each time.
const N_PARTS: usize = 64;

/// Bits that a count of addresses has at most: of larger cells the lower bits are left out.
const COUNT_BITS: u8 = 40;

/// Set where some address has a record.
const KNOWN: u64 = 1 << 63;

/// What is known of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell(u64);

impl Cell {
    /// Whether some address has a record.
    pub(super) fn is_known(self) -> bool {
        self.0 & KNOWN != 0
    }

    /// Of scores their sum, of a signal how many addresses have it, of groups the set of them; see [`unit()`].
    pub(super) fn value(self) -> u64 {
        self.0 & !KNOWN
    }
}

/// What a cell has if all its addresses count one.
pub(super) fn unit(cell_bits: u8) -> u64 {
    1 << cell_bits.min(COUNT_BITS)
}

/// The groups that a categorical map shows, the strongest first.
pub(super) fn groups() -> [(&'static str, Signals); 6] {
    let of = |categories: &[Category]| categories.iter().copied().collect::<Signals>();
    [
        ("Tor", of(&[Category::TorExit, Category::TorRelay])),
        ("VPN", of(&[Category::Vpn])),
        ("proxy", of(&[Category::Proxy, Category::ResidentialProxy, Category::MobileProxy])),
        ("relay", of(&[Category::Relay])),
        ("abuse", Signals::abuse()),
        ("hosting", of(&[Category::Hosting])),
    ]
}

/// Walks the networks of a view; with an index no record is read.
///
/// # Errors
/// If the database is damaged where it was read.
pub(super) fn cells<F: Family>(
    reader: &Reader<'_>,
    index: Option<&Index>,
    view: &View<F>,
    subject: MapSubject,
) -> Result<Vec<Cell>, FormatError> {
    let mut cells = vec![Cell::default(); view.n_cells()];
    let part_cells = view.n_cells().div_ceil(N_PARTS);
    let budget = Budget::new();
    let parts = cells.par_chunks_mut(part_cells).enumerate();
    parts.try_for_each(|(part, cells)| {
        let first_cell = (part * part_cells) as u64;
        let block = view.block(first_cell, cells.len() as u64);
        let Some(range) = block.intersection(view.range) else { return Ok(()) };
        let mut known = HashMap::new();
        for leaf in leaves::<F>(reader, range) {
            let leaf = leaf?;
            let value = match (index, known.get(&leaf.offset)) {
                (Some(index), _) => {
                    let (_, facts) = index.facts(leaf.offset)?;
                    value(facts.score, facts.signals, subject)
                }
                (None, Some(value)) => *value,
                (None, None) => {
                    let facts = budget.read(reader, leaf.offset)?.facts;
                    let value = value(facts.score, facts.signals, subject);
                    known.insert(leaf.offset, value);
                    value
                }
            };
            add(view, first_cell, cells, leaf, value, subject);
        }
        Ok(())
    })?;
    Ok(cells)
}

fn add<F: Family>(
    view: &View<F>,
    first_cell: u64,
    cells: &mut [Cell],
    leaf: Leaf<F>,
    value: u64,
    subject: MapSubject,
) {
    let (first, last) = (view.cell(leaf.range.first()), view.cell(leaf.range.last()));
    for cell in first..=last {
        let there = &mut cells[(cell - first_cell) as usize].0;
        if subject == MapSubject::Groups {
            *there |= KNOWN | value;
            continue;
        }
        let count = if cell == first || cell == last {
            let part = view.block(cell, 1).intersection(leaf.range).expect("a part of each cell");
            let count = part.span().to_u128().saturating_add(1);
            // However little it is, it is something.
            (count >> view.cell_bits.saturating_sub(COUNT_BITS)).max(1) as u64
        } else {
            unit(view.cell_bits)
        };
        *there = (*there + count * value) | KNOWN;
    }
}

/// What each address of a record adds.
fn value(score: u8, signals: Signals, subject: MapSubject) -> u64 {
    match subject {
        MapSubject::Score => u64::from(score),
        MapSubject::Signal(category) => u64::from(signals.contains(category)),
        MapSubject::Groups => {
            let bit = |(n, (_, group)): (u32, (&str, Signals))| {
                u64::from(!signals.intersection(group).is_empty()) << n
            };
            (0..).zip(groups()).map(bit).sum()
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::net::Ipv4Addr;

    use serde_json::json;

    use crate::base::{Range, Run, V4};
    use crate::feed::Category;
    use crate::mmdb::{Contents, Metadata, Pool, Reader, Value, write};
    use crate::query::fixture::intern;
    use crate::query::map::MapSubject;
    use crate::query::map::cells::{cells, groups, unit};
    use crate::query::map::view::View;
    use crate::query::scan::Index;

    /// Networks of all sizes in 192.0.0.0/16, with records that say this and that.
    pub(in crate::query::map) fn database() -> Vec<u8> {
        let mut pool = Pool::new();
        let records = [
            json!({ "threat": { "score": 90 }, "signals": { "is_tor": true, "is_hosting": true } }),
            json!({ "threat": { "score": 65 }, "signals": { "is_vpn": true } }),
            json!({ "threat": { "score": 0 } }),
            json!({ "signals": { "is_drop": true, "is_relay": false }, "threat": { "score": 100 } }),
        ];
        let ids = records.map(|record| intern(&mut pool, &record).0);
        let mut v4 = Vec::new();
        let (mut first, mut n) = (0xC000_0000_u32, 0_u32);
        while first < 0xC000_F000 {
            n += 1;
            let last = first + n * n * 7 % 300;
            v4.push(Run::<V4> { first, last, value: ids[(n * n / 3 % 4) as usize] });
            first = last + 1 + n % 3 * n % 40;
        }
        let metadata = Metadata {
            database_type: "ipmint-full".to_owned(),
            description: "test".to_owned(),
            build_epoch: 1,
        };
        write(Contents { pool: &pool, v4: &v4, v6: &[] }, &metadata).expect("small").bytes
    }

    #[track_caller]
    fn check(first: u32, last: u32, size_bits: u32, subject: MapSubject) {
        let bytes = database();
        let reader = Reader::open(&bytes).expect("sound");
        let view = View::new(Range::<V4>::new(first, last).expect("in order"), size_bits);
        let index = Index::build(&reader).expect("sound");
        let found = cells(&reader, None, &view, subject).expect("sound");
        let indexed = cells(&reader, Some(&index), &view, subject).expect("sound");
        assert!(found == indexed);
        for (n, cell) in (0..).zip(&found) {
            let (mut is_known, mut value) = (false, 0);
            let block = view.block(n, 1);
            for addr in block.first()..=block.last() {
                let found = reader.lookup(Ipv4Addr::from_bits(addr).into()).expect("sound").offset;
                let Some(offset) = found.filter(|_| view.range.contains(addr)) else { continue };
                let record = reader.decode(offset).expect("sound");
                let signal = |name: &str| {
                    record.get("signals").and_then(|map| map.get(name)) == Some(&Value::Bool(true))
                };
                is_known = true;
                match subject {
                    MapSubject::Score => {
                        let score = record.get("threat").and_then(|threat| threat.get("score"));
                        value += score.and_then(Value::as_unsigned).unwrap_or(0) as u64;
                    }
                    MapSubject::Signal(category) => value += u64::from(signal(category.signal())),
                    MapSubject::Groups => {
                        for (bit, (_, group)) in groups().iter().enumerate() {
                            let has = group.iter().any(|category| signal(category.signal()));
                            value |= u64::from(has) << bit;
                        }
                    }
                }
            }
            assert_eq!((cell.is_known(), cell.value()), (is_known, value), "{n} {block}");
        }
    }

    #[test]
    fn cells_have_what_their_addresses_have() {
        let subjects = [MapSubject::Score, MapSubject::Signal(Category::Vpn), MapSubject::Groups];
        for subject in subjects {
            check(0xC000_0200, 0xC000_02FF, 8, subject);
            check(0xC000_0200, 0xC000_02FF, 3, subject);
            check(0xC000_0000, 0xC000_FFFF, 5, subject);
            check(0xC000_0000, 0xC000_7FFF, 6, subject);
            check(0xC000_0201, 0xC000_0777, 4, subject);
            check(0xC000_0207, 0xC000_0207, 8, subject);
        }
    }

    #[test]
    fn counts_of_large_cells_fit() {
        assert_eq!((unit(0), unit(12), unit(108)), (1, 4096, 1 << 40));
        // All of a cell has a score of 100, and some of it is counted as one address more.
        assert!(unit(127) * 101 < 1 << 63);
    }
}
