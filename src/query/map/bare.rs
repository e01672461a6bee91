//! The cells alone, to be laid under or over what somebody else draws.

use crate::base::Family;
use crate::query::map::canvas::{Canvas, Point};
use crate::query::map::cells::Cell;
use crate::query::map::colour::N_CLEAR;
use crate::query::map::paint::paint;
use crate::query::map::scale::Scale;
use crate::query::map::view::View;

/// Every cell at its place on the curve, and nothing between or around them, as a PNG file. Where there is nothing of
/// what is shown, no record, or nothing was asked for, it is transparent.
pub(super) fn draw_bare<F: Family>(view: &View<F>, scale: &Scale, cells: &[Cell]) -> Vec<u8> {
    let n_cells = view.cells();
    let size = Point { x: n_cells.x * view.pixels, y: n_cells.y * view.pixels };
    let mut canvas = Canvas::new(size);
    let corner = |cell: Point| Point { x: cell.x * view.pixels, y: cell.y * view.pixels };
    // Paper is as clear as what has no colour.
    paint(&mut canvas, view, scale, cells, corner, |_, _, _| {});
    canvas.into_png(N_CLEAR)
}
