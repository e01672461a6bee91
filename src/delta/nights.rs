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
//!
//! Where everything changes, a night's new records are as large as the file. So they stay packed,
//! as they lie in the delta, and only those of the nights asked last are held unpacked.

use std::fmt;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;

use crate::base::{Address, Family, Run, V4, V6};
use crate::delta::changes::NOTHING;
use crate::delta::rows::Header;
use crate::delta::{DeltaError, Limits, body};
use crate::mmdb::{Cursor, FormatError, Plan, Reader, Value, v4_within};

/// How many bytes of records are held unpacked; those of one night are in any case.
const MAX_UNPACKED: usize = 64 << 20;

/// In place of a record: what IPv4 says.
pub(super) const IS_V4: u32 = u32::MAX - 1;

/// A file and those that followed it; [`Follow`](crate::delta::Follow) makes it.
#[derive(Debug)]
pub struct Nights {
    pub(super) base: Vec<u8>,
    pub(super) plan: Plan,
    /// Whether IPv4 has a tree of its own in the base.
    pub(super) has_v4_tree: bool,
    /// The records of the base and of the nights, numbered on.
    pub(super) sections: Vec<Section>, // invariant: one a file
    pub(super) later: Vec<Night>,
    pub(super) limits: Limits,
    /// By file; the one asked last is the last.
    pub(super) unpacked: Mutex<Vec<(usize, Arc<Slot>)>>,
}

/// Where the records of a night are unpacked to.
#[derive(Debug, Default)]
pub(super) struct Slot {
    unpacked: OnceLock<Arc<Unpacked>>,
    /// Held while unpacking, so that nobody does it twice; who asks for other nights does not wait.
    unpacking: Mutex<()>,
}

/// Records.
#[derive(Debug)]
pub(super) struct Section {
    /// The number of its first one.
    pub(super) first: u32,
    /// Where each begins in its data section.
    pub(super) offsets: Vec<u32>,
}

/// The body of a delta.
pub(super) struct Unpacked {
    pub(super) body: Vec<u8>,
    /// Where the data section lies in it.
    pub(super) values: Range<usize>,
}

/// A record, found.
#[derive(Clone, Debug)]
pub struct Place {
    /// What it lies in; nothing if that is the base.
    unpacked: Option<Arc<Unpacked>>,
    offset: usize,
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
    /// The delta, and how long the file is that it is from.
    pub(super) delta: (Bytes, u64),
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

    /// Finds a record by its number: unpacks those of its night, unless they are held.
    ///
    /// # Errors
    /// If they do not unpack.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn place(&self, record: u32) -> Result<Place, DeltaError> {
        let file = self.file_of(record);
        let section = &self.sections[file];
        let offset = section.offsets[(record - section.first) as usize] as usize;
        let unpacked = (file > 0).then(|| self.unpacked(file)).transpose()?;
        Ok(Place { unpacked, offset })
    }

    /// Which file a record came with.
    pub fn file_of(&self, record: u32) -> usize {
        self.sections.partition_point(|section| section.first <= record) - 1
    }

    /// A record that was found here, decoded.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn decode(&self, place: &Place) -> Result<Value, FormatError> {
        Value::decode(self.data(place), place.offset)
    }

    /// A record that was found here, to be read where it lies.
    pub fn cursor<'a>(&'a self, place: &'a Place) -> Cursor<'a> {
        Cursor::at(self.data(place), place.offset)
    }

    /// How many records there are, those of all files together.
    pub fn n_records(&self) -> u32 {
        let last = self.sections.last().expect("the base's");
        last.first + last.offsets.len() as u32
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

    /// The data section of the base.
    pub(super) fn base_data(&self) -> &[u8] {
        Reader::with(self.plan.clone(), &self.base).data()
    }

    fn data<'a>(&'a self, place: &'a Place) -> &'a [u8] {
        place.unpacked.as_deref().map_or_else(|| self.base_data(), Unpacked::data)
    }

    /// The records of a later file.
    fn unpacked(&self, file: usize) -> Result<Arc<Unpacked>, DeltaError> {
        let slot = self.slot(file);
        if let Some(unpacked) = slot.unpacked.get() {
            return Ok(Arc::clone(unpacked));
        }
        let _guard = slot.unpacking.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have unpacked it since.
        if let Some(unpacked) = slot.unpacked.get() {
            return Ok(Arc::clone(unpacked));
        }
        let (delta, old_bytes) = &self.later[file - 1].delta;
        let (body, _) = Header::read(delta)?.unpacked(*old_bytes, self.limits)?;
        let unpacked = Arc::new(Unpacked::of(body)?);
        let unpacked = Arc::clone(slot.unpacked.get_or_init(|| unpacked));
        self.make_room();
        Ok(unpacked)
    }

    /// The slot of a file, which from now on is the one asked last.
    fn slot(&self, file: usize) -> Arc<Slot> {
        let mut held = self.unpacked.lock().unwrap_or_else(PoisonError::into_inner);
        let place = held.iter().position(|(other, _)| *other == file);
        let slot = place.map_or_else(Arc::default, |place| held.remove(place).1);
        held.push((file, Arc::clone(&slot)));
        slot
    }

    fn make_room(&self) {
        let mut held = self.unpacked.lock().unwrap_or_else(PoisonError::into_inner);
        let n_bytes = |held: &[(usize, Arc<Slot>)]| -> usize {
            let unpacked = held.iter().filter_map(|(_, slot)| slot.unpacked.get());
            unpacked.map(|unpacked| unpacked.body.len()).sum()
        };
        while held.len() > 1 && n_bytes(&held) > MAX_UNPACKED {
            held.remove(0);
        }
    }
}

impl Unpacked {
    pub(super) fn of(body: Vec<u8>) -> Result<Self, DeltaError> {
        Ok(Self { values: body::values(&body)?, body })
    }

    /// The data section.
    pub(super) fn data(&self) -> &[u8] {
        &self.body[self.values.clone()]
    }
}

impl fmt::Debug for Unpacked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unpacked").field("values", &self.values).finish_non_exhaustive()
    }
}

/// The length of the largest prefix around an address within a run.
fn prefix_len<F: Family>(run: Run<F>, addr: F::Addr) -> u8 {
    let fits = |bits: u8| addr.clear_low(bits) >= run.first && addr.set_low(bits) <= run.last;
    let bits = (0..=F::BITS).take_while(|&bits| fits(bits)).last();
    F::BITS - bits.expect("the address lies in the run")
}
