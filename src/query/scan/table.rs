//! The distinct facts of a database's records, and the names in them.

use hashbrown::HashMap;

use crate::mmdb::FormatError;
use crate::query::scan::facts::{Facts, Told};

/// How much the names and sets of providers of one file may take: those sold are some kilobytes.
const MAX_KEPT_BYTES: usize = 64 << 20;

/// Distinct facts by number, with the names they refer to.
#[derive(Debug)]
pub(super) struct Table {
    facts: Vec<Facts>,
    providers: Vec<Box<str>>,
    /// Sets of providers by number; the first is empty.
    sets: Vec<Box<[u32]>>,
    countries: HashMap<[u8; 2], Box<str>>,
}

/// A table that grows.
#[derive(Debug)]
pub(super) struct TableBuilder {
    table: Table,
    facts: HashMap<Facts, u32>,
    providers: HashMap<Box<str>, u32>,
    sets: HashMap<Box<[u32]>, u32>,
    /// Of each AS a record that names it, or the first one.
    as_records: HashMap<u32, (bool, u32)>,
    bytes_left: usize,
}

impl Table {
    /// The facts of a number.
    pub(super) fn facts(&self, number: u32) -> Facts {
        self.facts[number as usize]
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.facts.len()
    }

    /// All of them, by number.
    pub(super) fn all(&self) -> &[Facts] {
        &self.facts
    }

    /// The providers of a set.
    pub(super) fn set(&self, number: u32) -> &[u32] {
        &self.sets[number as usize]
    }

    /// The name of a provider.
    pub(super) fn provider(&self, number: u32) -> &str {
        &self.providers[number as usize]
    }

    /// The name of a country.
    pub(super) fn country(&self, code: [u8; 2]) -> Option<&str> {
        self.countries.get(&code).map(AsRef::as_ref)
    }

    /// How much memory it takes.
    pub(super) fn memory_bytes(&self) -> usize {
        let texts = self.providers.iter().chain(self.countries.values());
        let sets = self.sets.iter().map(|set| size_of_val(&**set) + size_of_val(set));
        self.facts.capacity() * size_of::<Facts>()
            + texts.map(|text| text.len() + size_of_val(text) + 8).sum::<usize>()
            + sets.sum::<usize>()
    }
}

impl TableBuilder {
    /// An empty one.
    pub(super) fn new() -> Self {
        let none: Box<[u32]> = Box::default();
        let table = Table {
            facts: Vec::new(),
            providers: Vec::new(),
            sets: vec![none.clone()],
            countries: HashMap::new(),
        };
        Self {
            table,
            facts: HashMap::new(),
            providers: HashMap::new(),
            sets: HashMap::from_iter([(none, 0)]),
            as_records: HashMap::new(),
            bytes_left: MAX_KEPT_BYTES,
        }
    }

    /// The number of what the record at an offset tells.
    pub(super) fn number(&mut self, told: &Told<'_>, offset: u32) -> Result<u32, FormatError> {
        let facts = Facts { providers: self.set(told, offset)?, ..told.facts };
        if facts.asn != 0 {
            let record = self.as_records.entry(facts.asn).or_insert((told.has_as_name, offset));
            if told.has_as_name && !record.0 {
                *record = (true, offset);
            }
        }
        if let (Some(name), true) = (told.country, facts.country != [0; 2])
            && !self.table.countries.contains_key(&facts.country)
        {
            self.keep(name.len(), offset)?;
            self.table.countries.insert(facts.country, name.into());
        }
        let next = self.table.facts.len() as u32;
        let number = *self.facts.entry(facts).or_insert(next);
        if number == next {
            self.table.facts.push(facts);
        }
        Ok(number)
    }

    /// The table so far.
    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// A record that names an AS.
    pub(super) fn as_record(&self, asn: u32) -> Option<u32> {
        self.as_records.get(&asn).map(|&(_, offset)| offset)
    }

    /// The table, and of each AS a record that names it.
    pub(super) fn finish(mut self) -> (Table, HashMap<u32, u32>) {
        self.table.facts.shrink_to_fit();
        let as_records = self.as_records.into_iter().map(|(asn, (_, offset))| (asn, offset));
        (self.table, as_records.collect())
    }

    fn set(&mut self, told: &Told<'_>, offset: u32) -> Result<u32, FormatError> {
        if told.providers.is_empty() {
            return Ok(0);
        }
        let mut set = Vec::with_capacity(told.providers.len());
        for &name in &told.providers {
            let number = if let Some(&number) = self.providers.get(name) {
                number
            } else {
                self.keep(2 * name.len() + 64, offset)?;
                let number = self.table.providers.len() as u32;
                self.table.providers.push(name.into());
                self.providers.insert(name.into(), number);
                number
            };
            set.push(number);
        }
        if let Some(&number) = self.sets.get(&*set) {
            return Ok(number);
        }
        self.keep(8 * set.len() + 64, offset)?;
        let number = self.table.sets.len() as u32;
        self.table.sets.push(set.as_slice().into());
        self.sets.insert(set.into(), number);
        Ok(number)
    }

    fn keep(&mut self, n_bytes: usize, offset: u32) -> Result<(), FormatError> {
        let too_much = FormatError::TooMuch { offset: offset as usize };
        self.bytes_left = self.bytes_left.checked_sub(n_bytes).ok_or(too_much)?;
        Ok(())
    }
}
