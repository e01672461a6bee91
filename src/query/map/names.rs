//! Names of blocks, short enough to stand in them.

use crate::base::{Address as _, Family, Prefix, V4};
use crate::query::map::canvas::{height, width};
use crate::query::map::view::View;

/// How often a map is quartered for its grid, at most: a /0 shows its /8.
const MAX_ORDER: u32 = 4;

/// Pixels around a name.
pub(super) const PADDING: u32 = 3;

/// Blocks with names.
#[derive(Debug)]
pub(super) struct Grid {
    /// A square has `2^order` blocks on a side.
    pub(super) order: u32,
    /// Along the curve.
    pub(super) names: Vec<String>,
}

impl Grid {
    /// The finest grid into whose blocks their names fit; without names if there is none.
    pub(super) fn new<F: Family>(view: &View<F>, scale: u32) -> Self {
        for order in (1..=MAX_ORDER.min(view.order)).rev() {
            let side = view.pixels << (view.order - order);
            let names = names(view, order);
            let widest = names.iter().map(|name| width(name, scale)).max().unwrap_or(0);
            if widest.max(height(scale)) + 2 * PADDING <= side {
                return Self { order, names };
            }
        }
        Self { order: 0, names: Vec::new() }
    }
}

fn names<F: Family>(view: &View<F>, order: u32) -> Vec<String> {
    let n_blocks = view.n_squares << (2 * order);
    let n_cells = 1_u64 << (2 * (view.order - order));
    let blocks = (0..n_blocks).map(|block| view.block(block * n_cells, n_cells).to_prefix());
    blocks.map(|prefix| name(view.prefix, prefix.expect("a power of two, and aligned"))).collect()
}

/// Of IPv4 the octets that are not said by the prefix around it: `.37`, `.32/12`, `185`. Of IPv6 all of it.
fn name<F: Family>(around: Prefix<F>, prefix: Prefix<F>) -> String {
    if F::BITS != V4::BITS {
        return prefix.to_string();
    }
    let octets = (prefix.addr().to_u128() as u32).to_be_bytes();
    let n_known = usize::from(around.len() / 8);
    let n_said = usize::from(prefix.len().div_ceil(8)).max(1);
    let dot = if n_known > 0 { "." } else { "" };
    let said: Vec<String> = octets[n_known..n_said].iter().map(u8::to_string).collect();
    let said = said.join(".");
    if prefix.len().is_multiple_of(8) {
        format!("{dot}{said}")
    } else {
        format!("{dot}{said}/{}", prefix.len())
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{Family, Prefix, V4, V6};
    use crate::query::map::names::Grid;
    use crate::query::map::view::View;

    #[track_caller]
    fn check<F: Family>(addr: F::Addr, len: u8, size_bits: u32, order: u32, some: &[&str]) {
        let prefix = Prefix::<F>::masked(addr, len).expect("short");
        let grid = Grid::new(&View::new(prefix.range(), size_bits), 1);
        assert_eq!(grid.order, order, "{:?}", grid.names);
        for name in some {
            assert!(grid.names.iter().any(|known| known == name), "{name}: {:?}", grid.names);
        }
    }

    #[test]
    fn names_are_short_and_fit() {
        check::<V4>(0, 0, 10, 4, &["0", "185", "255"]);
        check::<V4>(0, 0, 8, 2, &["0/4", "240/4"]);
        check::<V4>(0x0A00_0000, 8, 10, 4, &[".0", ".37", ".255"]);
        check::<V4>(0x0A00_0000, 12, 10, 3, &[".0.0/18", ".15.192/18"]);
        check::<V4>(0xC000_0200, 24, 10, 4, &[".0", ".255"]);
        check::<V4>(0xC000_0200, 25, 9, 3, &[".0", ".127"]);
        check::<V4>(0xC000_0207, 32, 10, 0, &[]);
        check::<V6>(0, 0, 10, 4, &["::/8", "2000::/8", "ff00::/8"]);
        check::<V6>(0x2001_0db8 << 96, 32, 10, 3, &["2001:db8:fc00::/38"]);
    }
}
