//! What of the address space is drawn, and where each block of it lies.

use crate::base::{Address as _, Family, Prefix, Range};
use crate::query::map::canvas::Point;
use crate::query::map::hilbert;

/// The smallest prefix around a range, cut into equal cells: a square of them, or two squares side by side where the
/// bits are odd.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<F: Family> {
    /// What was asked for.
    pub(super) range: Range<F>,
    /// What is drawn.
    pub(super) prefix: Prefix<F>,
    /// A square has `2^order` cells on a side.
    pub(super) order: u32,
    /// Squares: 1 or 2.
    pub(super) n_squares: u64,
    /// Bits of the addresses in a cell.
    pub(super) cell_bits: u8,
    /// Pixels on a side of a cell.
    pub(super) pixels: u32,
}

impl<F: Family> View<F> {
    /// A picture `2^size_bits` pixels wide.
    pub(super) fn new(range: Range<F>, size_bits: u32) -> Self {
        let len = range.first().common_prefix(range.last());
        let prefix = Prefix::masked(range.first(), len).expect("no longer than the family's bits");
        let bits = F::BITS - len;
        let is_odd = bits % 2;
        let square_bits = size_bits - u32::from(is_odd);
        let order = (u32::from(bits) / 2).min(square_bits);
        Self {
            range,
            prefix,
            order,
            n_squares: 1 << is_odd,
            cell_bits: bits - is_odd - 2 * order as u8,
            pixels: 1 << (square_bits - order),
        }
    }

    /// How many cells there are.
    pub(super) fn n_cells(&self) -> usize {
        (self.n_squares as usize) << (2 * self.order)
    }

    /// How many cells lie side by side, and one below the other.
    pub(super) fn cells(&self) -> Point {
        Point { x: (self.n_squares as u32) << self.order, y: 1 << self.order }
    }

    /// Where a block is, of those that the squares have with `2^order` on a side.
    pub(super) fn at(order: u32, block: u64) -> Point {
        let square = block >> (2 * order);
        let (x, y) = hilbert::at(order, block & ((1 << (2 * order)) - 1));
        Point { x: x + ((square as u32) << order), y }
    }

    /// The addresses of some cells that follow each other.
    pub(super) fn block(&self, first_cell: u64, n_cells: u64) -> Range<F> {
        let base = self.prefix.addr().to_u128();
        let addr =
            |cell: u64| base | u128::from(cell).checked_shl(self.cell_bits.into()).unwrap_or(0);
        let first = F::Addr::from_u128(addr(first_cell)).expect("within the prefix");
        let last = F::Addr::from_u128(addr(first_cell + n_cells - 1)).expect("within the prefix");
        Range::new(first, last.set_low(self.cell_bits)).expect("in order")
    }

    /// The cell of an address of the prefix.
    pub(super) fn cell(&self, addr: F::Addr) -> u64 {
        let below = addr.distance(self.prefix.addr()).to_u128();
        // No cell has all of IPv6: two squares or a side of pixels lie between.
        (below >> self.cell_bits) as u64
    }

    /// Whether some of a cell was asked for.
    pub(super) fn is_asked(&self, cell: u64) -> bool {
        (self.cell(self.range.first())..=self.cell(self.range.last())).contains(&cell)
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{Prefix, Range, V4, V6};
    use crate::query::map::view::View;

    #[track_caller]
    fn check(first: u32, last: u32, expected: &str) {
        let range = Range::<V4>::new(first, last).expect("in order");
        let view = View::new(range, 8);
        let n_cells = view.n_cells() as u64;
        let seen = format!(
            "{} {:?} {} {}",
            view.prefix,
            (view.cells().x, view.cells().y),
            view.cell_bits,
            view.pixels
        );
        assert_eq!(seen, expected);
        assert_eq!(view.block(0, n_cells), view.prefix.range());
        for cell in [0, n_cells / 3, n_cells - 1] {
            let block = view.block(cell, 1);
            assert_eq!((view.cell(block.first()), view.cell(block.last())), (cell, cell));
        }
    }

    #[test]
    fn cells_fill_a_square_or_two() {
        check(0, u32::MAX, "0.0.0.0/0 (256, 256) 16 1");
        check(0, u32::MAX / 2, "0.0.0.0/1 (256, 128) 16 1");
        check(0xC000_0200, 0xC000_02FF, "192.0.2.0/24 (16, 16) 0 16");
        check(0xC000_0200, 0xC000_027F, "192.0.2.0/25 (16, 8) 0 16");
        check(0xC000_0207, 0xC000_0207, "192.0.2.7/32 (1, 1) 0 256");
        check(0xC000_0206, 0xC000_0207, "192.0.2.6/31 (2, 1) 0 128");
        check(0xC000_0201, 0xC000_0209, "192.0.2.0/28 (4, 4) 0 64");
    }

    #[test]
    fn ipv6_has_larger_cells() {
        let view = View::new(Range::<V6>::ALL, 10);
        assert_eq!((view.cells().x, view.cell_bits), (1024, 108));
        assert_eq!(view.block(0, view.n_cells() as u64), Range::<V6>::ALL);
        let half = Prefix::<V6>::masked(1 << 127, 1).expect("short").range();
        let view = View::new(half, 10);
        assert_eq!((view.cells().x, view.cells().y, view.cell_bits), (1024, 512, 108));
        assert_eq!(view.cell(u128::MAX), view.n_cells() as u64 - 1);
    }
}
