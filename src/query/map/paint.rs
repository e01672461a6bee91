//! Cells on a canvas, each in its colour.

use crate::base::Family;
use crate::query::map::canvas::{Canvas, Point};
use crate::query::map::cells::Cell;
use crate::query::map::scale::Scale;
use crate::query::map::view::View;

/// Colours the cells of a view. `corner` says where the top left pixel of a cell is; what was not asked for is left to
/// `outside`, which is told the top left pixel and the size.
pub(super) fn paint<F: Family>(
    canvas: &mut Canvas,
    view: &View<F>,
    scale: &Scale,
    cells: &[Cell],
    corner: impl Fn(Point) -> Point,
    outside: impl Fn(&mut Canvas, Point, Point),
) {
    let size = Point { x: view.pixels, y: view.pixels };
    // Most cells are as the one before.
    let mut last = (Cell::default(), scale.colour(Cell::default()));
    for (n, &cell) in (0..).zip(cells) {
        let corner = corner(View::<F>::at(view.order, n));
        if !view.is_asked(n) {
            outside(canvas, corner, size);
            continue;
        }
        if cell != last.0 {
            last = (cell, scale.colour(cell));
        }
        if view.pixels == 1 {
            canvas.set(corner, last.1);
        } else {
            canvas.fill(corner, size, last.1);
        }
    }
}
