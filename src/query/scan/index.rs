//! What is worked out once of a database, so that scans of it are answered at once.

use crate::base::{Range, V4, V6};
use crate::mmdb::{FormatError, Reader};
use crate::query::scan::asns::{self, AsnEntry, AsnWalk, Asns, Gathered};
use crate::query::scan::facts::Facts;
use crate::query::scan::heavy::{Heavy, HeavyBuilder};
use crate::query::scan::leaves::{addresses, leaves};
use crate::query::scan::records::Records;
use crate::query::scan::sums::{Counted, Sums, SumsBuilder};
use crate::query::scan::table::{Table, TableBuilder};

/// Sums over blocks of a database's networks, who has the most of large prefixes, and what there is of every AS.
///
/// Owns all it holds: it may be kept beside the file, whose reader every question takes along.
#[derive(Debug)]
pub struct Index {
    records: Records,
    table: Table,
    v4: FamilyIndex<V4>,
    v6: FamilyIndex<V6>,
    asns: Asns,
    grain: Grain,
    /// Of the file.
    n_nodes: u32,
    data_bytes: usize,
}

/// What is known of one family.
#[derive(Debug)]
pub(super) struct FamilyIndex<F: Counted> {
    pub(super) sums: Sums<F>,
    pub(super) heavy: Heavy,
}

/// How finely an index is made; tests make small ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grain {
    /// Leaves of a block.
    pub(super) block_leaves: u64,
    /// Prefixes of more leaves have tables of their own.
    pub(super) light_leaves: u64,
}

impl Grain {
    /// Half a block is walked in some tens of microseconds, and all sums take a twentieth of the file.
    pub(super) const USUAL: Self = Self { block_leaves: 1024, light_leaves: 4096 };
}

/// A family of which an index knows something.
pub(super) trait Indexed: Counted {
    /// The part of the index that is about it.
    fn of(index: &Index) -> &FamilyIndex<Self>;
}

impl Indexed for V4 {
    fn of(index: &Index) -> &FamilyIndex<Self> {
        &index.v4
    }
}

impl Indexed for V6 {
    fn of(index: &Index) -> &FamilyIndex<Self> {
        &index.v6
    }
}

/// What the first walk over a family finds.
struct Walked<F: Counted> {
    sums: Sums<F>,
    starts: Vec<F::Addr>,
    counts: Vec<u128>,
    asns: AsnWalk<F>,
}

impl Index {
    /// Walks a database of the edition `full`, and reads each of its records once; about a second for a million
    /// networks or less.
    ///
    /// # Errors
    /// If it is damaged, or its records unfold to more than can be looked through.
    pub fn build(reader: &Reader<'_>) -> Result<Self, FormatError> {
        Self::build_with(reader, Grain::USUAL)
    }

    pub(super) fn build_with(reader: &Reader<'_>, grain: Grain) -> Result<Self, FormatError> {
        let mut table = TableBuilder::new();
        let records = Records::read(reader, &mut table)?;
        let (table, as_records) = table.finish();
        let asns = asns::numbers(&table);
        let places: Vec<Option<u32>> = table
            .all()
            .iter()
            .map(|facts| asns.binary_search(&facts.asn).ok().map(|place| place as u32))
            .collect();
        let base = Base { reader, records: &records, table: &table, places: &places, grain };
        let n_asns = asns.len();
        let (v4, v6) = rayon::join(|| base.walk::<V4>(n_asns), || base.walk::<V6>(n_asns));
        let (v4, v6) = (v4?, v6?);
        let (heavy_v4, heavy_v6) = rayon::join(|| base.heavy(&v4), || base.heavy(&v6));
        let gathered = Gathered { table: &table, counts: [v4.counts, v6.counts] };
        let asns = Asns::pack(&asns, &gathered, &v4.asns, &v6.asns, &as_records);
        Ok(Self {
            v4: FamilyIndex { sums: v4.sums, heavy: heavy_v4? },
            v6: FamilyIndex { sums: v6.sums, heavy: heavy_v6? },
            asns,
            grain,
            n_nodes: reader.n_nodes(),
            data_bytes: reader.data().len(),
            records,
            table,
        })
    }

    /// How much memory it takes: less than a quarter of a large database.
    pub fn memory_bytes(&self) -> usize {
        self.memory().into_iter().map(|(_, bytes)| bytes).sum()
    }

    /// What takes how much of it.
    pub fn memory(&self) -> [(&'static str, usize); 5] {
        [
            ("records", self.records.memory_bytes()),
            ("facts", self.table.memory_bytes()),
            ("sums", self.v4.sums.memory_bytes() + self.v6.sums.memory_bytes()),
            ("top tables", self.v4.heavy.memory_bytes() + self.v6.heavy.memory_bytes()),
            ("AS", self.asns.memory_bytes()),
        ]
    }

    /// How many networks with a record there are of IPv4 and of IPv6.
    pub fn n_networks(&self) -> [u64; 2] {
        [self.v4.sums.n_leaves(), self.v6.sums.n_leaves()]
    }

    /// How many AS there are.
    pub fn n_asns(&self) -> usize {
        self.asns.len()
    }

    /// What there is of an AS.
    pub(crate) fn asn(&self, asn: u32) -> Option<AsnEntry> {
        self.asns.get(asn)
    }

    /// What its records tell.
    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// A record that names an AS.
    pub(super) fn as_record(&self, asn: u32) -> Option<u32> {
        self.asns.record(asn)
    }

    /// The number of what the record at an offset tells.
    #[inline]
    pub(super) fn number(&self, offset: u32) -> Result<u32, FormatError> {
        self.records.number(offset)
    }

    /// The same, with what it is.
    pub(in crate::query) fn facts(&self, offset: u32) -> Result<(u32, Facts), FormatError> {
        let number = self.number(offset)?;
        Ok((number, self.table.facts(number)))
    }

    /// Prefixes of more networks than that have tables of their own.
    pub(super) fn light_leaves(&self) -> u64 {
        self.grain.light_leaves
    }

    /// Whether it is of this very file, as far as sizes tell.
    pub fn is_of(&self, reader: &Reader<'_>) -> bool {
        self.n_nodes == reader.n_nodes() && self.data_bytes == reader.data().len()
    }

    #[cfg(test)]
    pub(super) fn n_tables(&self) -> usize {
        self.v4.heavy.len() + self.v6.heavy.len()
    }
}

/// What the walks over both families share.
struct Base<'r, 'a> {
    reader: &'r Reader<'a>,
    records: &'r Records,
    table: &'r Table,
    /// By number of facts, the place of the AS.
    places: &'r [Option<u32>],
    grain: Grain,
}

impl Base<'_, '_> {
    fn walk<F: Counted>(&self, n_asns: usize) -> Result<Walked<F>, FormatError> {
        let mut sums = SumsBuilder::new(self.grain.block_leaves);
        let mut starts = Vec::new();
        let mut counts = vec![0_u128; self.table.len()];
        let mut asns = AsnWalk::new(n_asns);
        for leaf in leaves::<F>(self.reader, Range::ALL) {
            let leaf = leaf?;
            let number = self.records.number(leaf.offset)?;
            let facts = self.table.facts(number);
            sums.push(leaf.range, facts);
            starts.push(leaf.range.first());
            counts[number as usize] += addresses(leaf.range);
            asns.push(leaf.range, self.places[number as usize], facts.is_listed());
        }
        Ok(Walked { sums: sums.finish(), starts, counts, asns })
    }

    fn heavy<F: Counted>(&self, walked: &Walked<F>) -> Result<Heavy, FormatError> {
        let (reader, records, table) = (self.reader, self.records, self.table);
        let light_leaves = self.grain.light_leaves;
        HeavyBuilder::<F> { reader, records, table, starts: &walked.starts, light_leaves }.build()
    }
}
