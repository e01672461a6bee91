//! The page: title, map, grid, labels, legend.

use crate::base::{BuildEpoch, Family, V4};
use crate::mmdb::{FormatError, Reader, Value};
use crate::query::AnyRange;
use crate::query::map::bare::draw_bare;
use crate::query::map::canvas::{Canvas, Point, height};
use crate::query::map::cells::{Cell, cells};
use crate::query::map::colour::{GREY, GRID, INK};
use crate::query::map::legend::{Legend, hatch, wrap};
use crate::query::map::names::{Grid, PADDING};
use crate::query::map::paint::paint;
use crate::query::map::scale::Scale;
use crate::query::map::view::View;
use crate::query::map::{MapFrame, MapOptions, MapSubject};
use crate::query::scan::Index;

/// Pixels around everything.
const MARGIN: u32 = 12;

/// How much of a database's name is said.
const MAX_CAPTION: usize = 64;

/// Draws what a database of the edition `full` says of a range, as a PNG file.
///
/// A range that is no prefix is drawn in the smallest prefix around it; the rest of that is hatched, or transparent where
/// the cells are bare. IPv6 is drawn without the places through which IPv4 is reached. With an index of that very database
/// it takes less time.
///
/// # Errors
/// If the database is damaged where it was read.
pub fn draw_map(
    reader: &Reader<'_>,
    index: Option<&Index>,
    range: AnyRange,
    options: MapOptions,
) -> Result<Vec<u8>, FormatError> {
    match range {
        AnyRange::V4(range) => draw(reader, index, &View::new(range, options.size.bits()), options),
        AnyRange::V6(range) => draw(reader, index, &View::new(range, options.size.bits()), options),
    }
}

fn draw<F: Family>(
    reader: &Reader<'_>,
    index: Option<&Index>,
    view: &View<F>,
    options: MapOptions,
) -> Result<Vec<u8>, FormatError> {
    let cells = cells(reader, index, view, options.subject)?;
    if options.frame == MapFrame::Bare {
        return Ok(draw_bare(view, &Scale::new(options.subject, view.cell_bits), &cells));
    }
    let page = Page::new(view, options, caption(reader));
    let mut canvas = Canvas::new(page.size);
    page.draw_title(&mut canvas);
    page.draw_cells(view, &cells, &mut canvas);
    page.draw_names(view, &mut canvas);
    page.legend.draw(&mut canvas, page.legend_at);
    Ok(canvas.into_png(0))
}

/// Where everything is.
#[derive(Debug)]
struct Page {
    size: Point,
    title: Vec<String>,
    title_scale: u32,
    text_scale: u32,
    /// The top left cell.
    map_at: Point,
    map_size: Point,
    /// Cells on a side of a block of the grid; a line lies between blocks.
    block_bits: u32,
    grid: Grid,
    scale: Scale,
    legend_at: Point,
    legend: Legend,
}

impl Page {
    fn new<F: Family>(view: &View<F>, options: MapOptions, caption: String) -> Self {
        let text_scale = if options.size.bits() >= 11 { 2 } else { 1 };
        let title_scale = text_scale + u32::from(options.size.bits() >= 9);
        let grid = Grid::new(view, text_scale);
        let block_bits = view.order - grid.order;
        let n_cells = view.cells();
        let side = |n_cells: u32| n_cells * view.pixels + (n_cells >> block_bits) - 1;
        let map_size = Point { x: side(n_cells.x), y: side(n_cells.y) };

        let title = match options.subject {
            MapSubject::Score => format!("{}  score", view.range),
            MapSubject::Signal(category) => format!("{}  {}", view.range, category.signal()),
            MapSubject::Groups => format!("{}  signals", view.range),
        };
        let title = wrap(&title, map_size.x, title_scale);
        let title_high = title.len() as u32 * (height(title_scale) + 4 * title_scale);
        // A line around the map.
        let map_at = Point { x: MARGIN + 1, y: MARGIN + title_high + 1 };
        let legend_at = Point { x: MARGIN, y: map_at.y + map_size.y + 1 + MARGIN };
        let scale = Scale::new(options.subject, view.cell_bits);
        let has_outside = view.range != view.prefix.range();
        let notes = [cell_note(view), curve_note(view), caption];
        let legend =
            Legend::new(options.subject, &scale, has_outside, &notes, map_size.x, text_scale);
        let size =
            Point { x: map_size.x + 2 * MARGIN + 2, y: legend_at.y + legend.height() + MARGIN / 2 };
        Self {
            size,
            title,
            title_scale,
            text_scale,
            map_at,
            map_size,
            block_bits,
            grid,
            scale,
            legend_at,
            legend,
        }
    }

    fn draw_title(&self, canvas: &mut Canvas) {
        let mut at = Point { x: MARGIN, y: MARGIN };
        for line in &self.title {
            canvas.text(at, line, self.title_scale, INK);
            at.y += height(self.title_scale) + 4 * self.title_scale;
        }
    }

    /// The top left pixel of a cell.
    fn corner<F: Family>(&self, view: &View<F>, cell: Point) -> Point {
        let place = |cell: u32| cell * view.pixels + (cell >> self.block_bits);
        Point { x: self.map_at.x + place(cell.x), y: self.map_at.y + place(cell.y) }
    }

    fn draw_cells<F: Family>(&self, view: &View<F>, cells: &[Cell], canvas: &mut Canvas) {
        let around = Point { x: self.map_at.x - 1, y: self.map_at.y - 1 };
        let size = Point { x: self.map_size.x + 2, y: self.map_size.y + 2 };
        canvas.fill(around, size, GRID);
        canvas.frame(around, size, GREY);
        paint(canvas, view, &self.scale, cells, |cell| self.corner(view, cell), hatch);
    }

    fn draw_names<F: Family>(&self, view: &View<F>, canvas: &mut Canvas) {
        for (block, name) in (0..).zip(&self.grid.names) {
            let Point { x, y } = View::<F>::at(self.grid.order, block);
            let cell = Point { x: x << self.block_bits, y: y << self.block_bits };
            let Point { x, y } = self.corner(view, cell);
            canvas.label(Point { x: x + PADDING, y: y + PADDING }, name, self.text_scale);
        }
    }
}

/// Which database it is of.
fn caption(reader: &Reader<'_>) -> String {
    let name = reader.metadata().get("database_type").and_then(Value::as_str).unwrap_or_default();
    let name: String = name.chars().take(MAX_CAPTION).collect();
    let epoch = reader.metadata().get("build_epoch").and_then(Value::as_unsigned);
    match epoch.and_then(|epoch| u64::try_from(epoch).ok()) {
        Some(epoch) => format!("{name} of {}", BuildEpoch(epoch).day()),
        None => name,
    }
}

fn cell_note<F: Family>(view: &View<F>) -> String {
    let side = view.pixels;
    let what = if side == 1 {
        "a cell is one pixel".to_owned()
    } else {
        format!("a cell has {side} by {side} pixels")
    };
    let len = F::BITS - view.cell_bits;
    match view.cell_bits {
        0 => format!("{what} and one address"),
        bits if F::BITS == V4::BITS => format!("{what}: a /{len}, {} addresses", 1_u64 << bits),
        bits => format!("{what}: a /{len}, 2^{bits} addresses"),
    }
}

fn curve_note<F: Family>(view: &View<F>) -> String {
    let squares = if view.n_squares == 2 { "two Hilbert curves" } else { "Hilbert curve" };
    format!("{squares} through {}, from the top left to the top right", view.prefix)
}

#[cfg(test)]
mod tests {
    use crate::base::{Range, V4, V6};
    use crate::mmdb::Reader;
    use crate::query::AnyRange;
    use crate::query::map::canvas::Point;
    use crate::query::map::cells::{cells, tests::database};
    use crate::query::map::colour::{INK, NOTHING, OUTSIDE, PAPER, UNKNOWN, palette};
    use crate::query::map::draw::{MARGIN, Page, caption};
    use crate::query::map::view::View;
    use crate::query::map::{MapFrame, MapOptions, MapSubject, draw_map};

    struct Picture {
        wide: u32,
        high: u32,
        pixels: Vec<u8>,
        /// How opaque each colour is, as far as it is said.
        alpha: Vec<u8>,
    }

    fn decode(png: &[u8]) -> Picture {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("PNG");
        assert_eq!(reader.info().palette.as_deref(), Some(&palette()[..]));
        let alpha = reader.info().trns.as_deref().unwrap_or_default().to_vec();
        let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
        let info = reader.next_frame(&mut pixels).expect("PNG");
        Picture { wide: info.width, high: info.height, pixels, alpha }
    }

    fn options(subject: &str, size: &str) -> MapOptions {
        MapOptions {
            subject: subject.parse().expect("known"),
            size: size.parse().expect("a size"),
            frame: MapFrame::Page,
        }
    }

    #[track_caller]
    fn check(first: u32, last: u32, subject: &str, size: &str) {
        let bytes = database();
        let reader = Reader::open(&bytes).expect("sound");
        let range = Range::<V4>::new(first, last).expect("in order");
        let options = options(subject, size);
        let png = draw_map(&reader, None, AnyRange::V4(range), options).expect("sound");
        assert!(png == draw_map(&reader, None, AnyRange::V4(range), options).expect("sound"));
        let picture = decode(&png);

        let view = View::new(range, options.size.bits());
        let page = Page::new(&view, options, caption(&reader));
        assert_eq!((picture.wide, picture.high), (page.size.x, page.size.y));
        assert!(picture.alpha.is_empty());
        let cells = cells(&reader, None, &view, options.subject).expect("sound");
        for (n, cell) in (0..).zip(cells).filter(|(n, _)| view.is_asked(*n)) {
            let corner = page.corner(&view, View::<V4>::at(view.order, n));
            let (x, y) = (corner.x + view.pixels - 1, corner.y + view.pixels - 1);
            let pixel = picture.pixels[(y * picture.wide + x) as usize];
            // Names lie at the top of blocks.
            let is_named = view.pixels < 16;
            assert!(is_named || pixel == page.scale.colour(cell), "{n}");
        }
        // Nothing touches the edge.
        let is_paper = |x: u32, y: u32| picture.pixels[(y * picture.wide + x) as usize] == 0;
        assert!((0..picture.wide).all(|x| is_paper(x, 0) && is_paper(x, picture.high - 1)));
        assert!((0..picture.high).all(|y| is_paper(0, y) && is_paper(picture.wide - 1, y)));
        assert!((0..picture.high).all(|y| is_paper(picture.wide - MARGIN / 2, y)));
    }

    #[test]
    fn pictures_show_the_cells() {
        for subject in ["score", "is_vpn", "signals"] {
            check(0xC000_0200, 0xC000_02FF, subject, "256");
            check(0xC000_0200, 0xC000_027F, subject, "512");
            check(0xC000_0201, 0xC000_0209, subject, "256");
            check(0xC000_0207, 0xC000_0207, subject, "256");
            check(0, u32::MAX, subject, "256");
        }
        check(0, u32::MAX, "score", "1024");
    }

    /// Holds each pixel of the cells alone against the page; names lie over some of it there.
    #[track_caller]
    fn check_bare(range: Range<V4>, subject: &str, size: &str, expected: [u32; 2]) {
        let bytes = database();
        let reader = Reader::open(&bytes).expect("sound");
        let options = options(subject, size);
        let draw = |frame| {
            let options = MapOptions { frame, ..options };
            decode(&draw_map(&reader, None, AnyRange::V4(range), options).expect("sound"))
        };
        let (whole, bare) = (draw(MapFrame::Page), draw(MapFrame::Bare));
        assert_eq!([bare.wide, bare.high], expected);
        let view = View::new(range, options.size.bits());
        let page = Page::new(&view, options, caption(&reader));
        let (mut n_clear, mut n_named) = (0, 0);
        for y in 0..bare.high {
            for x in 0..bare.wide {
                let cell = Point { x: x / view.pixels, y: y / view.pixels };
                let corner = page.corner(&view, cell);
                let (right, down) = (corner.x + x % view.pixels, corner.y + y % view.pixels);
                let there = whole.pixels[(down * whole.wide + right) as usize];
                let here = bare.pixels[(y * bare.wide + x) as usize];
                let is_clear = bare.alpha.get(usize::from(here)) == Some(&0);
                n_clear += u32::from(is_clear);
                if [PAPER, INK].contains(&there) {
                    n_named += 1;
                    continue;
                }
                let is_nothing = [UNKNOWN, NOTHING, OUTSIDE[0], OUTSIDE[1]].contains(&there);
                assert_eq!(is_clear, is_nothing, "{x} {y}: {here} for {there}");
                assert!(is_clear || here == there, "{x} {y}: {here} for {there}");
            }
        }
        let n_pixels = bare.wide * bare.high;
        assert!(n_clear > 0 && n_clear < n_pixels, "{n_clear} clear");
        assert!(n_named < n_pixels / 2, "{n_named} below names");
    }

    #[test]
    fn bare_cells_are_those_of_the_page() {
        let range = |first, last| Range::<V4>::new(first, last).expect("in order");
        for subject in ["score", "is_vpn", "signals"] {
            check_bare(range(0xC000_0200, 0xC000_02FF), subject, "256", [256, 256]);
            check_bare(range(0xC000_0200, 0xC000_03FF), subject, "512", [512, 256]);
            check_bare(range(0xC000_0000, 0xC000_FFFF), subject, "256", [256, 256]);
            check_bare(range(0xC000_0231, 0xC000_0777), subject, "512", [512, 256]);
            check_bare(range(0, u32::MAX), subject, "256", [256, 256]);
        }
    }

    #[test]
    fn every_range_can_be_drawn() {
        let bytes = database();
        let reader = Reader::open(&bytes).expect("sound");
        for host_bits in 0..=128_u32 {
            let last = u128::MAX.checked_shr(128 - host_bits).unwrap_or(0);
            let range = Range::<V6>::new(0, last).expect("in order");
            let options = MapOptions { subject: MapSubject::Groups, ..options("score", "256") };
            let picture =
                decode(&draw_map(&reader, None, AnyRange::V6(range), options).expect("sound"));
            assert!(picture.wide < 512 && picture.high < 512, "{host_bits}");
        }
    }
}
