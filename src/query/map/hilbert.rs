//! Hilbert's curve: neighbours on the line are neighbours in the square.
//!
//! ```text
//!  0 ┐ ┌─3       0 3   a square of side 2: it begins at the top left, and ends at the top right;
//!    └─┘         1 2   each quarter of a larger one is such a square, turned
//! ```

/// Where a place on the curve is in a square of side `2^order`; `place` below `4^order`, `order` up to 16.
pub(super) fn at(order: u32, place: u64) -> (u32, u32) {
    let (mut x, mut y) = (0, 0);
    for level in 0..order {
        let quarter = place >> (2 * level) & 3;
        let side = 1_u32 << level;
        // The first and the last quarter are mirrored, so that they meet the two between them.
        match quarter {
            0 => (x, y) = (y, x),
            1 => y += side,
            2 => (x, y) = (x + side, y + side),
            _ => (x, y) = (2 * side - 1 - y, side - 1 - x),
        }
    }
    (x, y)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use crate::query::map::hilbert::at;

    /// The place of a point, by following the curve from the largest quarters down.
    fn place(order: u32, x: u32, y: u32) -> u64 {
        let (mut x, mut y, mut place) = (x, y, 0);
        for level in (0..order).rev() {
            let side = 1 << level;
            let quarter = match (x >= side, y >= side) {
                (false, false) => 0,
                (false, true) => 1,
                (true, true) => 2,
                (true, false) => 3,
            };
            place = 4 * place + quarter;
            (x, y) = (x % side, y % side);
            (x, y) = match quarter {
                0 => (y, x),
                3 => (side - 1 - y, side - 1 - x),
                _ => (x, y),
            };
        }
        place
    }

    #[test]
    fn neighbours_on_the_line_are_neighbours_in_the_square() {
        for order in 0..=6 {
            let n_places = 1_u64 << (2 * order);
            let points: Vec<(u32, u32)> = (0..n_places).map(|place| at(order, place)).collect();
            let side = 1 << order;
            assert!(points.iter().all(|&(x, y)| x < side && y < side));
            assert_eq!(points.iter().collect::<HashSet<_>>().len(), points.len());
            for pair in points.windows(2) {
                let apart = pair[0].0.abs_diff(pair[1].0) + pair[0].1.abs_diff(pair[1].1);
                assert_eq!(apart, 1, "{order} {pair:?}");
            }
            assert_eq!((points[0], points[points.len() - 1]), ((0, 0), (side - 1, 0)));
            for (n, &(x, y)) in (0..).zip(&points) {
                assert_eq!(place(order, x, y), n);
            }
        }
    }

    #[test]
    fn a_coarser_curve_is_the_finer_one_seen_from_afar() {
        for place in 0..4096 {
            let ((x, y), coarse) = (at(6, place), at(4, place >> 4));
            assert_eq!((x >> 2, y >> 2), coarse);
        }
    }
}
