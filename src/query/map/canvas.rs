//! A picture of palette colours, and what is drawn on it.

use crate::query::map::colour::{INK, PAPER, palette};
use crate::query::map::font::{ADVANCE, HEIGHT, descent, glyph};

/// A point, or a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) x: u32,
    pub(super) y: u32,
}

/// Pixels in rows; what is drawn outside is not drawn.
#[derive(Debug)]
pub(super) struct Canvas {
    size: Point,
    pixels: Vec<u8>,
}

impl Canvas {
    /// An empty sheet.
    pub(super) fn new(size: Point) -> Self {
        Self { size, pixels: vec![PAPER; size.x as usize * size.y as usize] }
    }

    /// Colours one pixel.
    #[inline]
    pub(super) fn set(&mut self, at: Point, colour: u8) {
        if at.x < self.size.x
            && let Some(pixel) =
                self.pixels.get_mut(at.y as usize * self.size.x as usize + at.x as usize)
        {
            *pixel = colour;
        }
    }

    /// Colours a rectangle.
    pub(super) fn fill(&mut self, at: Point, size: Point, colour: u8) {
        let (left, right) = (at.x.min(self.size.x), (at.x + size.x).min(self.size.x));
        for y in at.y..(at.y + size.y).min(self.size.y) {
            let row = y as usize * self.size.x as usize;
            self.pixels[row + left as usize..row + right as usize].fill(colour);
        }
    }

    /// Draws the outline of a rectangle, one pixel wide, inside of it.
    pub(super) fn frame(&mut self, at: Point, size: Point, colour: u8) {
        let bottom = Point { x: at.x, y: at.y + size.y - 1 };
        let right = Point { x: at.x + size.x - 1, y: at.y };
        for (at, size) in [
            (at, Point { x: size.x, y: 1 }),
            (bottom, Point { x: size.x, y: 1 }),
            (at, Point { x: 1, y: size.y }),
            (right, Point { x: 1, y: size.y }),
        ] {
            self.fill(at, size, colour);
        }
    }

    /// Writes text; `at` is the top left of its first letter.
    pub(super) fn text(&mut self, at: Point, text: &str, scale: u32, colour: u8) {
        for (n, letter) in (0..).zip(text.chars()) {
            let left = at.x + n * ADVANCE * scale;
            let top = at.y + descent(letter) * scale;
            for (y, row) in (0..).zip(glyph(letter)) {
                for x in (0..5).filter(|x| row & (0b10000 >> x) != 0) {
                    let at = Point { x: left + x * scale, y: top + y * scale };
                    self.fill(at, Point { x: scale, y: scale }, colour);
                }
            }
        }
    }

    /// Writes text on what is drawn, on a strip of paper.
    pub(super) fn label(&mut self, at: Point, text: &str, scale: u32) {
        let corner = Point { x: at.x.saturating_sub(1), y: at.y.saturating_sub(1) };
        let size = Point { x: width(text, scale) + 2, y: height(scale) + 2 };
        self.fill(corner, size, PAPER);
        self.text(at, text, scale, INK);
    }

    /// The picture as a PNG file; the first `n_clear` colours of the palette are transparent in it.
    pub(super) fn into_png(self, n_clear: u8) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.size.x, self.size.y);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(palette());
        if n_clear > 0 {
            encoder.set_trns(vec![0; usize::from(n_clear)]);
        }
        encoder.set_compression(png::Compression::Balanced);
        // What stands beside a pixel says little about its number.
        encoder.set_filter(png::Filter::NoFilter);
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(&self.pixels)?;
            writer.finish()
        });
        written.expect("memory takes it, and the pixels are as many as was said");
        file
    }
}

/// How wide a text is.
pub(super) fn width(text: &str, scale: u32) -> u32 {
    (text.chars().count() as u32 * ADVANCE).saturating_sub(1) * scale
}

/// How high a line of text is.
pub(super) fn height(scale: u32) -> u32 {
    HEIGHT * scale
}
