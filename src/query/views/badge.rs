//! A badge: a score as a small picture, for pages and READMEs.
//!
//! Two boxes side by side, after the shape such badges have everywhere: a label, and the score with its level on the
//! level's colour. Widths are those of 11 px Verdana, to within a pixel or so; `textLength` makes up for fonts that
//! differ.

use std::fmt::Write as _;

use utoipa::ToSchema;

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
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
        '\u{1100}'..='\u{11FF}'
        | '\u{2E80}'..='\u{A4CF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FE30}'..='\u{FE4F}'
        | '\u{FF00}'..='\u{FF60}'
        | '\u{1F000}'..='\u{3FFFF}' => 110,
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

#[cfg(test)]
mod tests {
    use crate::query::views::{Badge, Language};

    #[track_caller]
    fn check(label: Option<&str>, language: Language, score: u8, expected: &[&str]) {
        let svg = Badge { label, language, score }.to_svg();
        for part in expected {
            assert!(svg.contains(part), "no {part} in {svg}");
        }
        // Every element is closed, and nothing of a label opens one.
        assert_eq!(svg.matches("<svg ").count(), 1);
        assert_eq!(svg.matches("<text ").count(), 2);
        assert_eq!(svg.matches('<').count(), svg.matches('>').count());
    }

    #[test]
    fn a_badge_tells_score_and_level() {
        let low = [
            "<title>IP risk: 0 low</title>",
            "aria-label=\"IP risk: 0 low\"",
            "role=\"img\"",
            "#2a7d3f",
        ];
        check(None, Language::En, 0, &low);
        check(None, Language::En, 31, &[">31 medium</text>", "#8a6500"]);
        check(None, Language::En, 61, &[">61 high</text>", "#b54708"]);
        check(None, Language::En, 86, &[">86 critical</text>", "#b42318"]);
        check(None, Language::Zh, 90, &["<title>IP 风险: 90 严重</title>", "xml:lang=\"zh\""]);
    }

    #[test]
    fn a_label_is_text_and_nothing_else() {
        let hostile = "</text><script>alert('x')</script>\"&\u{0}\n";
        let expected = "&lt;/text&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;: 5";
        check(Some(hostile), Language::En, 5, &[expected]);
        check(Some(""), Language::En, 5, &["<title>: 5 low</title>"]);
        let long = "x".repeat(1000);
        check(Some(&long), Language::En, 5, &[&format!(">{}</text>", "x".repeat(64))]);
    }

    #[test]
    fn a_wider_text_takes_a_wider_box() {
        let width = |label| {
            let svg = Badge { label: Some(label), language: Language::En, score: 5 }.to_svg();
            let width = svg.split("width=\"").nth(1).and_then(|rest| rest.split('"').next());
            width.and_then(|width| width.parse::<u32>().ok()).expect("a width")
        };
        let widths = ["iii", "xxx", "WWW", "风风风"].map(width);
        assert!(widths.is_sorted_by(|a, b| a < b), "{widths:?}");
    }

    #[test]
    fn languages_are_read_by_name() {
        let read = ["en", "zh", "de", "EN"].map(Language::from_name);
        assert_eq!(read, [Some(Language::En), Some(Language::Zh), None, None]);
    }
}
