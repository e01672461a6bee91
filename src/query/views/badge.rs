//! A badge: a score as a small picture, for pages and READMEs.
//!
//! Two boxes side by side, after the shape such badges have everywhere: a label, and the score with its level on the
//! level's colour. Widths are those of 11 px Verdana, to within a pixel or so; `textLength` makes up for fonts that
//! differ.

use std::fmt::Write as _;

use crate::score::RiskLevel;

/// More characters of a label are cut off.
const MAX_LABEL: usize = 64;

/// Tenths of a pixel beside a text, on each side.
const PADDING: usize = 60;

/// A badge of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Badge<'a> {
    /// What stands left; `None` is what the language says. Of a longer text the first 64 characters stand.
    pub label: Option<&'a str>,
    /// Of its words.
    pub language: Language,
    /// 0 to 100.
    pub score: u8,
}

/// A language of badges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

impl Language {
    /// Reads `en` or `zh`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "en" => Some(Self::En),
            "zh" => Some(Self::Zh),
            _ => None,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::En => "IP risk",
            Self::Zh => "IP 风险",
        }
    }

    fn level(self, level: RiskLevel) -> &'static str {
        match (self, level) {
            (Self::En, level) => level.name(),
            (Self::Zh, RiskLevel::Low) => "低",
            (Self::Zh, RiskLevel::Medium) => "中",
            (Self::Zh, RiskLevel::High) => "高",
            (Self::Zh, RiskLevel::Critical) => "严重",
        }
    }
}

impl Badge<'_> {
    /// Draws it.
    pub fn to_svg(self) -> String {
        let level = RiskLevel::of(self.score);
        let label = self.label.unwrap_or_else(|| self.language.label());
        let label: String = label.chars().filter(|c| !c.is_control()).take(MAX_LABEL).collect();
        let value = format!("{} {}", self.score, self.language.level(level));
        let (left, right) = (Part::of(&label), Part::of(&value));
        let (label, value) = (escaped(&label), escaped(&value));
        let colour = colour(level);
        let mut svg = String::with_capacity(1024);
        let (whole, label_box, value_box) = (left.width + right.width, left.width, right.width);
        let lang = match self.language {
            Language::En => "en",
            Language::Zh => "zh",
        };
        // Writing to a String cannot fail.
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{whole}\" height=\"20\" role=\"img\" \
             xml:lang=\"{lang}\" aria-label=\"{label}: {value}\"><title>{label}: {value}</title>\
             <clipPath id=\"r\"><rect width=\"{whole}\" height=\"20\" rx=\"3\"/></clipPath>\
             <g clip-path=\"url(#r)\"><rect width=\"{label_box}\" height=\"20\" fill=\"#444\"/>\
             <rect x=\"{label_box}\" width=\"{value_box}\" height=\"20\" fill=\"{colour}\"/></g>\
             <g fill=\"#fff\" text-anchor=\"middle\" font-family=\"Verdana,DejaVu Sans,sans-serif\" \
             font-size=\"11\">"
        );
        for (at, part, text) in [(0, &left, &label), (left.width, &right, &value)] {
            let (x, length) = (at + part.width / 2, part.text);
            let _ = write!(svg, "<text x=\"{x}\" y=\"14\" textLength=\"{length}\">{text}</text>");
        }
        svg.push_str("</g></svg>\n");
        svg
    }
}

/// How wide a text and the box around it are, in pixels.
struct Part {
    text: usize,
    width: usize,
}

impl Part {
    fn of(text: &str) -> Self {
        let tenths: usize = text.chars().map(tenths).sum();
        Self { text: tenths.div_ceil(10), width: (tenths + 2 * PADDING).div_ceil(10) }
    }
}

/// The colour of a level; white text stands out from each by 4.5 to 1 at least (WCAG 2.2, 1.4.3).
fn colour(level: RiskLevel) -> &'static str {
    match level {
        RiskLevel::Low => "#2a7d3f",
        RiskLevel::Medium => "#8a6500",
        RiskLevel::High => "#b54708",
        RiskLevel::Critical => "#b42318",
    }
}

/// The width of a character in tenths of a pixel.
fn tenths(c: char) -> usize {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '!' | '|' | '\'' => 33,
        ' ' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' => 46,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 105,
        'A'..='Z' | '&' | '+' | '=' | '<' | '>' | '~' | '#' => 80,
        // Han, kana, hangul, full-width forms, and pictures.
        '\u{1100}'..='\u{11FF}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}' => 110,
        '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}' | '\u{FF00}'..='\u{FF60}' => 110,
        '\u{1F000}'..='\u{3FFFF}' => 110,
        _ => 70,
    }
}

/// A text as XML has it, in an element or an attribute (XML 1.0 §2.4).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // No character of XML (§2.2).
            '\u{FFFE}' | '\u{FFFF}' => {}
            c => escaped.push(c),
        }
    }
    escaped
}
