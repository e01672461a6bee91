//! The listed networks of a range: blocks in which nothing is listed are passed over.

use std::ops::ControlFlow;

use crate::base::Range;
use crate::mmdb::{FormatError, Reader};
use crate::query::scan::facts::Facts;
use crate::query::scan::index::{Index, Indexed};
use crate::query::scan::leaves::{Leaf, leaves};

impl Index {
    /// Visits the networks with a signal of an anonymizer or of abuse, in address order, until a visit breaks.
    pub(super) fn listed<F: Indexed>(
        &self,
        reader: &Reader<'_>,
        range: Range<F>,
        mut visit: impl FnMut(Leaf<F>, Facts) -> ControlFlow<()>,
    ) -> Result<(), FormatError> {
        let sums = &F::of(self).sums;
        for part in self.parts(range) {
            // A part lies in one block, or begins before the first.
            let block = sums.block_at(part.last());
            if block.is_none_or(|block| sums.between(block, block + 1).listed() == 0) {
                continue;
            }
            for leaf in leaves(reader, part) {
                let leaf = leaf?;
                let (_, facts) = self.facts(leaf.offset)?;
                if facts.is_listed() && visit(leaf, facts).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
