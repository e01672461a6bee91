//! What a picture shows, and how large it is.

use std::fmt;
use std::str::FromStr;

use crate::feed::Category;
use crate::query::recorded_signals;

/// What the colours mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MapSubject {
    /// The mean score.
    #[default]
    Score,
    /// The share of addresses that have a signal.
    Signal(Category),
    /// The strongest group of signals that any address has.
    Groups,
}

/// The text names nothing that could be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no signal; expected `score`, `signals`, or one of {}", .0.escape_debug(), signals())]
pub struct MapSubjectError(String);

fn signals() -> String {
    let names: Vec<&str> = recorded_signals().iter().map(Category::signal).collect();
    names.join(", ")
}

impl FromStr for MapSubject {
    type Err = MapSubjectError;

    /// `score`, `signals`, or the name of a signal such as `is_vpn`.
    fn from_str(text: &str) -> Result<Self, MapSubjectError> {
        match text {
            "score" => Ok(Self::Score),
            "signals" => Ok(Self::Groups),
            _ => Category::from_signal(text)
                .filter(|&category| recorded_signals().contains(category))
                .map(Self::Signal)
                .ok_or_else(|| MapSubjectError(text.to_owned())),
        }
    }
}

impl fmt::Display for MapSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Score => "score",
            Self::Groups => "signals",
            Self::Signal(category) => category.signal(),
        })
    }
}

/// Pixels from the left to the right of a map: a power of two from 256 to 2048.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapSize(u32);

/// No such size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no size; expected 256, 512, 1024 or 2048", .0.escape_debug())]
pub struct MapSizeError(String);

impl MapSize {
    /// The size as a power of two.
    pub(super) fn bits(self) -> u32 {
        self.0.trailing_zeros()
    }
}

impl Default for MapSize {
    fn default() -> Self {
        Self(1024)
    }
}

impl FromStr for MapSize {
    type Err = MapSizeError;

    fn from_str(text: &str) -> Result<Self, MapSizeError> {
        match text {
            "256" => Ok(Self(256)),
            "512" => Ok(Self(512)),
            "1024" => Ok(Self(1024)),
            "2048" => Ok(Self(2048)),
            _ => Err(MapSizeError(text.to_owned())),
        }
    }
}

/// What is around the cells of a map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MapFrame {
    /// A page: title, grid, names and legend.
    #[default]
    Page,
    /// Nothing: a picture exactly as wide as its size says, half as high where the prefix has an odd number of bits
    /// left, and transparent where nothing was found.
    Bare,
}

/// How a map is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MapOptions {
    /// What is shown.
    pub subject: MapSubject,
    /// How large.
    pub size: MapSize,
    /// In what.
    pub frame: MapFrame,
}

#[cfg(test)]
mod tests {
    use crate::query::map::{MapSize, MapSubject};

    #[test]
    fn subjects_and_sizes_are_read_back() {
        for name in ["score", "signals", "is_vpn", "is_tor", "is_bot", "is_sanctioned"] {
            assert_eq!(name.parse::<MapSubject>().expect("known").to_string(), name);
        }
        for text in ["is_bogon", "is_denied", "is_allowed"] {
            let error = text.parse::<MapSubject>().expect_err("in no record").to_string();
            assert_eq!(error.matches(text).count(), 1, "{error}");
        }
        let error = "vpn".parse::<MapSubject>().expect_err("no signal").to_string();
        assert!(error.contains("is_vpn"), "{error}");
        assert_eq!("1024".parse(), Ok(MapSize::default()));
        for text in ["", "0", "1000", "4096", "+256", "-1"] {
            assert!(text.parse::<MapSize>().is_err(), "{text}");
        }
    }
}
