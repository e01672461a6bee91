//! Records read when a walk first meets them, where there is no index.

use hashbrown::HashMap;

use crate::mmdb::{FormatError, Reader};
use crate::query::scan::facts::Facts;
use crate::query::scan::records::Budget;
use crate::query::scan::table::TableBuilder;

/// What the records seen so far tell.
#[derive(Debug)]
pub(super) struct Memo<'r, 'a> {
    reader: &'r Reader<'a>,
    pub(super) table: TableBuilder,
    numbers: HashMap<u32, u32>,
    budget: Budget,
}

impl<'r, 'a> Memo<'r, 'a> {
    /// Nothing yet.
    pub(super) fn new(reader: &'r Reader<'a>) -> Self {
        let (table, budget) = (TableBuilder::new(), Budget::new());
        Self { reader, table, numbers: HashMap::new(), budget }
    }

    /// What the record at an offset tells, and its number.
    pub(super) fn facts(&mut self, offset: u32) -> Result<(u32, Facts), FormatError> {
        let number = if let Some(&number) = self.numbers.get(&offset) {
            number
        } else {
            let told = self.budget.read(self.reader, offset)?;
            let number = self.table.number(&told, offset)?;
            self.numbers.insert(offset, number);
            number
        };
        Ok((number, self.table.table().facts(number)))
    }
}
