//! A file and those that followed it, asked what each of them said.
//!
//! ```text
//! base      the first file, as it was: its tree answers where nothing moved since
//! night 1   records that became others; runs and gaps that came to be
//! night 2   …
//! ```
//!
//! What a night said of an address is what the last night up to it in which the run around the
//! address came to be gave it, or else the base; and what its record became since. Runs are those
//! of the whole file, joined, so that the prefix is the one that a look-up in the file would find.

use std::net::IpAddr;

use crate::base::{Address, Family, Run, V4, V6};
use crate::delta::changes::NOTHING;
use crate::mmdb::{Cursor, FormatError, Plan, Reader, Value, v4_within};

/// In place of a record: what IPv4 says.
pub(super) const IS_V4: u32 = u32::MAX - 1;

/// A file and those that followed it; [`Follow`](crate::delta::Follow) makes it.
#[derive(Debug)]
pub struct Nights {
    pub(super) base: Vec<u8>,
    pub(super) plan: Plan,
    /// Whether IPv4 has a tree of its own in the base.
    pub(super) has_v4_tree: bool,
    /// The base's data section and those of the nights, the records of all numbered on.
    pub(super) sections: Vec<Section>, // invariant: the base's is the first
    pub(super) later: Vec<Night>,
}

/// Records.
#[derive(Debug)]
pub(super) struct Section {
    /// The number of its first one.
    pub(super) first: u32,
    /// Where each begins.
    pub(super) offsets: Vec<u32>,
    /// A data section; none for the base's, which lies in the file.
    pub(super) data: Option<Vec<u8>>,
}

/// What changed; values are numbers of records, [`NOTHING`], or [`IS_V4`].
#[derive(Debug)]
pub(super) struct Night {
    /// Records that became others, sorted.
    pub(super) becomes: Vec<(u32, u32)>,
    /// Runs and gaps of IPv4 that came to be, sorted and disjoint.
    pub(super) v4: Vec<Run<V4>>,
    /// The same of IPv6.
    pub(super) v6: Vec<Run<V6>>,
}

/// What was said of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// The number of the record; `None` where nothing was known.
    pub record: Option<u32>,
    /// Bits of the address that decided, as a look-up in the file has them.
    pub prefix_len: u8,
}

impl Nights {
    /// How many files there are, the first included.
    #[expect(clippy::len_without_is_empty, reason = "there is always a first")]
    pub fn len(&self) -> usize {
        self.later.len() + 1
    }

    /// What a file said of an address; 0 is the first.
    ///
    /// # Errors
    /// If the first file is damaged where it was read.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn find(&self, ip: IpAddr, night: usize) -> Result<Said, FormatError> {
        match ip {
            IpAddr::V4(ip) => self.find_v4(ip.to_bits(), night),
            IpAddr::V6(ip) => self.find_v6(ip.to_bits(), night),
        }
    }

    /// The record of that number.
    ///
    /// # Errors
    /// If it is damaged.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn decode(&self, record: u32) -> Result<Value, FormatError> {
        let (data, offset) = self.place(record);
        Value::decode(data, offset)
    }

    /// The record of that number, to be read where it lies.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn cursor(&self, record: u32) -> Cursor<'_> {
        let (data, offset) = self.place(record);
        Cursor::at(data, offset)
    }

    /// How many records there are, those of all files together.
    pub fn n_records(&self) -> u32 {
        let last = self.sections.last().expect("the base's");
        last.first + last.offsets.len() as u32
    }

    /// About how many bytes all of it takes.
    pub fn n_bytes(&self) -> usize {
        let section = |section: &Section| {
            size_of_val(section.offsets.as_slice()) + section.data.as_ref().map_or(0, Vec::len)
        };
        let night = |night: &Night| {
            size_of_val(night.becomes.as_slice())
                + size_of_val(night.v4.as_slice())
                + size_of_val(night.v6.as_slice())
        };
        let sections: usize = self.sections.iter().map(section).sum();
        self.base.len() + sections + self.later.iter().map(night).sum::<usize>()
    }

    fn find_v4(&self, addr: u32, night: usize) -> Result<Said, FormatError> {
        match self.last_moved(night, |night| &night.v4, addr) {
            Some((since, run)) => Ok(self.since(since, night, run, addr)),
            None => self.in_base(IpAddr::V4(addr.into()), night),
        }
    }

    fn find_v6(&self, addr: u128, night: usize) -> Result<Said, FormatError> {
        let moved = self.last_moved(night, |night| &night.v6, addr);
        let is_v4 = moved.map_or(self.has_v4_tree, |(_, run)| run.value == IS_V4);
        match (v4_within(addr), moved) {
            (Some((place, inner)), _) if is_v4 => {
                let said = self.find_v4(inner, night)?;
                Ok(Said { prefix_len: said.prefix_len + place.len(), ..said })
            }
            (_, Some((since, run))) => {
                let said = self.since(since, night, run, addr);
                // Even a file that says one thing of all addresses has a node.
                Ok(Said { prefix_len: said.prefix_len.max(1), ..said })
            }
            (_, None) => self.in_base(IpAddr::V6(addr.into()), night),
        }
    }

    /// The last night up to `night` in which the run around an address came to be, and the run.
    fn last_moved<F: Family>(
        &self,
        night: usize,
        runs: impl Fn(&Night) -> &[Run<F>],
        addr: F::Addr,
    ) -> Option<(usize, Run<F>)> {
        (1..=night).rev().find_map(|number| {
            let runs = runs(&self.later[number - 1]);
            let run = runs.get(runs.partition_point(|run| run.last < addr))?;
            (run.first <= addr).then_some((number, *run))
        })
    }

    fn in_base(&self, ip: IpAddr, night: usize) -> Result<Said, FormatError> {
        let found = Reader::with(self.plan.clone(), &self.base).lookup(ip)?;
        let number = |offset: usize| {
            let offsets = &self.sections[0].offsets;
            let number = offsets.binary_search_by_key(&offset, |&offset| offset as usize);
            number.map_err(|_| FormatError::NoRecord { offset })
        };
        let record = found.offset.map(number).transpose()?;
        let record = record.map_or(NOTHING, |number| number as u32);
        Ok(Said { record: self.became(record, 0, night), prefix_len: found.prefix_len })
    }

    /// What a run that came to be in one night says in a later one.
    fn since<F: Family>(&self, since: usize, night: usize, run: Run<F>, addr: F::Addr) -> Said {
        Said { record: self.became(run.value, since, night), prefix_len: prefix_len(run, addr) }
    }

    fn became(&self, record: u32, since: usize, night: usize) -> Option<u32> {
        let record = self.later[since..night].iter().fold(record, |record, night| {
            let place = night.becomes.binary_search_by_key(&record, |&(from, _)| from);
            place.map_or(record, |place| night.becomes[place].1)
        });
        (record != NOTHING).then_some(record)
    }

    /// The data section that a record lies in, and where.
    fn place(&self, record: u32) -> (&[u8], usize) {
        let next = self.sections.partition_point(|section| section.first <= record);
        let section = &self.sections[next - 1];
        let offset = section.offsets[(record - section.first) as usize] as usize;
        let base = || Reader::with(self.plan.clone(), &self.base).data();
        (section.data.as_deref().unwrap_or_else(base), offset)
    }
}

/// The length of the largest prefix around an address within a run.
fn prefix_len<F: Family>(run: Run<F>, addr: F::Addr) -> u8 {
    let fits = |bits: u8| addr.clear_low(bits) >= run.first && addr.set_low(bits) <= run.last;
    let bits = (0..=F::BITS).take_while(|&bits| fits(bits)).last();
    F::BITS - bits.expect("the address lies in the run")
}
