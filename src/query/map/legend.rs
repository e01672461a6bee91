//! What the colours of a map mean, in words and patches below it.

use crate::query::map::MapSubject;
use crate::query::map::canvas::{Canvas, Point, height, width};
use crate::query::map::cells::groups;
use crate::query::map::colour::{GREY, GRID, GROUPS, INK, NOTHING, OUTSIDE, STEPS, UNKNOWN, step};
use crate::query::map::scale::Scale;

/// Pixels between one thing and the next, for letters of scale 1.
const GAP: u32 = 6;

/// Patches and words, in lines that fit.
#[derive(Debug)]
pub(super) struct Legend {
    subject: MapSubject,
    n_decades: u32,
    width: u32,
    scale: u32,
    title: Vec<String>,
    patches: Vec<Vec<(Patch, String)>>,
    notes: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
enum Patch {
    Plain(u8),
    Outside,
}

impl Legend {
    /// A legend so many pixels wide; `notes` stand below it.
    pub(super) fn new(
        subject: MapSubject,
        scale_of: &Scale,
        has_outside: bool,
        notes: &[String],
        wide: u32,
        scale: u32,
    ) -> Self {
        let title = match subject {
            MapSubject::Score => "mean score of the addresses of a cell".to_owned(),
            MapSubject::Signal(category) => {
                format!("share of the addresses of a cell with {}", category.signal())
            }
            MapSubject::Groups => "the first of these that any address of a cell has".to_owned(),
        };
        let mut patches = Vec::new();
        let nothing = match subject {
            MapSubject::Groups => {
                let names = groups().map(|(name, _)| name.to_owned());
                patches.extend(GROUPS.map(Patch::Plain).into_iter().zip(names));
                "none of these"
            }
            MapSubject::Score => "score 0",
            MapSubject::Signal(_) => "none",
        };
        patches.push((Patch::Plain(NOTHING), nothing.to_owned()));
        patches.push((Patch::Plain(UNKNOWN), "no record".to_owned()));
        if has_outside {
            patches.push((Patch::Outside, "not asked for".to_owned()));
        }
        let mut lines: Vec<Vec<_>> = vec![Vec::new()];
        let mut used = 0;
        for (patch, name) in patches {
            let needed = (height(1) + GAP / 2 + 2 * GAP) * scale + width(&name, scale);
            if used > 0 && used + needed > wide {
                lines.push(Vec::new());
                used = 0;
            }
            used += needed;
            lines.last_mut().expect("one at least").push((patch, name));
        }
        Self {
            subject,
            n_decades: scale_of.n_decades,
            width: wide,
            scale,
            title: wrap(&title, wide, scale),
            patches: lines,
            notes: notes.iter().flat_map(|note| wrap(note, wide, scale)).collect(),
        }
    }

    fn line(&self) -> u32 {
        height(self.scale) + GAP * self.scale
    }

    fn bar(&self) -> u32 {
        if self.subject == MapSubject::Groups { 0 } else { 2 * self.line() + GAP * self.scale }
    }

    /// How high it is.
    pub(super) fn height(&self) -> u32 {
        let n_lines = self.title.len() + self.patches.len() + self.notes.len();
        n_lines as u32 * self.line() + self.bar()
    }

    /// Draws it; `at` is its top left.
    pub(super) fn draw(&self, canvas: &mut Canvas, mut at: Point) {
        for line in &self.title {
            canvas.text(at, line, self.scale, INK);
            at.y += self.line();
        }
        if self.bar() > 0 {
            self.draw_bar(canvas, at);
            at.y += self.bar();
        }
        let side = height(self.scale) + 2;
        for line in &self.patches {
            let mut left = at.x;
            for (patch, name) in line {
                let (corner, size) = (Point { x: left, y: at.y - 1 }, Point { x: side, y: side });
                match patch {
                    Patch::Plain(colour) => canvas.fill(corner, size, *colour),
                    Patch::Outside => hatch(canvas, corner, size),
                }
                canvas.frame(corner, size, GREY);
                left += side + GAP / 2 * self.scale;
                canvas.text(Point { x: left, y: at.y }, name, self.scale, INK);
                left += width(name, self.scale) + 2 * GAP * self.scale;
            }
            at.y += self.line();
        }
        for note in &self.notes {
            canvas.text(at, note, self.scale, GREY);
            at.y += self.line();
        }
    }

    /// The scale, and numbers below it.
    fn draw_bar(&self, canvas: &mut Canvas, at: Point) {
        let ticks = self.ticks();
        let half = ticks.iter().map(|tick| width(tick, self.scale)).max().unwrap_or(0) / 2;
        let wide = (self.width - 2 * half).min(2 * u32::from(STEPS) * self.scale);
        let left = at.x + half;
        let high = height(self.scale) + GAP * self.scale / 2;
        for x in 0..wide {
            let colour = step((x * u32::from(STEPS) / wide) as u8);
            canvas.fill(Point { x: left + x, y: at.y }, Point { x: 1, y: high }, colour);
        }
        canvas.frame(Point { x: left, y: at.y }, Point { x: wide, y: high }, GREY);
        for (n, tick) in (0..).zip(&ticks) {
            let x = left + n * (wide - 1) / (ticks.len() as u32 - 1);
            let below = at.y + high;
            canvas.fill(Point { x, y: below }, Point { x: 1, y: 2 + self.scale }, GREY);
            let text = Point { x: x - width(tick, self.scale) / 2, y: below + 4 + self.scale };
            canvas.text(text, tick, self.scale, INK);
        }
    }

    /// From the beginning of the scale to its end.
    fn ticks(&self) -> Vec<String> {
        let is_share = self.subject != MapSubject::Score;
        let sign = if is_share { "%" } else { "" };
        if self.n_decades == 0 {
            return (0..=4).map(|n| format!("{}{sign}", 25 * n)).collect();
        }
        let tick = |n: u32| match self.n_decades - n {
            below @ 0..=2 => format!("{}{sign}", 10_u32.pow(2 - below)),
            below => format!("0.{}1{sign}", "0".repeat(below as usize - 3)),
        };
        (0..=self.n_decades)
            .map(|n| if n == 0 { format!("<={}", tick(n)) } else { tick(n) })
            .collect()
    }
}

/// Stripes from the lower left to the upper right.
pub(super) fn hatch(canvas: &mut Canvas, at: Point, size: Point) {
    canvas.fill(at, size, GRID);
    for y in at.y..at.y + size.y {
        for x in at.x..at.x + size.x {
            canvas.set(Point { x, y }, OUTSIDE[((x + y) / 3 % 2) as usize]);
        }
    }
}

/// Lines no wider than that; words that are longer are cut.
pub(super) fn wrap(text: &str, wide: u32, scale: u32) -> Vec<String> {
    let most = (wide / width("ab", scale).saturating_sub(width("a", scale)).max(1)).max(8) as usize;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        while !word.is_empty() {
            let rest = word.split_off(word.len().min(most));
            let part: String = word.into_iter().collect();
            word = rest;
            match lines.last_mut() {
                Some(line) if line.chars().count() + 1 + part.chars().count() <= most => {
                    line.push(' ');
                    line.push_str(&part);
                }
                _ => lines.push(part),
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use crate::feed::Category;
    use crate::query::map::MapSubject;
    use crate::query::map::legend::{Legend, wrap};
    use crate::query::map::scale::Scale;

    #[test]
    fn texts_are_wrapped() {
        assert_eq!(wrap("a bc def ghijklmnopq r", 60, 1), ["a bc def", "ghijklmnop", "q r"]);
        assert_eq!(wrap("", 60, 1), [""; 0]);
    }

    #[track_caller]
    fn check(subject: MapSubject, cell_bits: u8, expected: &[&str]) {
        let scale = Scale::new(subject, cell_bits);
        assert_eq!(Legend::new(subject, &scale, false, &[], 500, 1).ticks(), expected);
    }

    #[test]
    fn ticks_are_what_the_scale_has() {
        check(MapSubject::Score, 0, &["0", "25", "50", "75", "100"]);
        check(MapSubject::Score, 12, &["<=0.01", "0.1", "1", "10", "100"]);
        check(MapSubject::Score, 4, &["<=1", "10", "100"]);
        let anycast = MapSubject::Signal(Category::Anycast);
        check(anycast, 12, &["<=0.01%", "0.1%", "1%", "10%", "100%"]);
    }
}
