//! The verdict of a record of the edition `full`, which stands in several of its maps.

use crate::feed::Category;
use crate::mmdb::{Cursor, FormatError};
use crate::score::Signals;

/// The signals that a record of `full` can have. Bogons, and what an operator denies or allows, stand in none.
pub fn recorded_signals() -> Signals {
    let unrecorded = [Category::Bogon, Category::Deny, Category::Allow].into_iter().collect();
    Category::ALL.iter().copied().collect::<Signals>().difference(unrecorded)
}

/// Score and signals, gathered map by map. What is of another type than the schema's counts as not said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RecordVerdict {
    /// 0 to 100.
    pub(super) score: u8,
    /// 0 to 100.
    pub(super) confidence: u8,
    /// The signals that are true.
    pub(super) signals: Signals,
}

impl RecordVerdict {
    /// Reads `threat`.
    #[inline]
    pub(super) fn threat(&mut self, value: &mut Cursor<'_>) -> Result<(), FormatError> {
        value.map(|key, value| {
            let field = match key {
                b"score" => &mut self.score,
                b"confidence" => &mut self.confidence,
                _ => return Ok(()),
            };
            *field = value.unsigned()?.map_or(0, |percent| percent.min(100) as u8);
            Ok(())
        })
    }

    /// Reads `signals`.
    #[inline]
    pub(super) fn signals(&mut self, value: &mut Cursor<'_>) -> Result<(), FormatError> {
        value.map(|key, value| {
            let category = std::str::from_utf8(key).ok().and_then(Category::from_signal);
            if let (Some(category), Some(true)) = (category, value.bool()?) {
                self.signals.insert(category);
            }
            Ok(())
        })
    }

    /// Reads `geo`: whether the address is sanctioned; all else is for `visit`.
    #[inline]
    pub(super) fn geo<'a>(
        &mut self,
        value: &mut Cursor<'a>,
        mut visit: impl FnMut(&'a [u8], &mut Cursor<'a>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        value.map(|key, value| {
            if key != b"is_sanctioned" {
                return visit(key, value);
            }
            if value.bool()? == Some(true) {
                self.signals.insert(Category::Sanctioned);
            }
            Ok(())
        })
    }

    /// Reads `bot`: whoever has that map is one; what it says is for `visit`.
    #[inline]
    pub(super) fn bot<'a>(
        &mut self,
        value: &mut Cursor<'a>,
        mut visit: impl FnMut(&'a [u8], &mut Cursor<'a>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        value.map(|key, value| {
            self.signals.insert(Category::Bot);
            visit(key, value)
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::Category;
    use crate::query::recorded_signals;

    /// The shipped schema of `full` and the list say the same.
    #[test]
    fn the_schema_has_what_is_recorded() {
        let schema = include_str!("../../schemas/full.toml");
        for &category in Category::ALL {
            let paths = match category {
                Category::Bot => "path = \"bot.id\"".to_owned(),
                Category::Sanctioned => "path = \"geo.is_sanctioned\"".to_owned(),
                _ => format!("path = \"signals.{}\"", category.signal()),
            };
            assert_eq!(schema.contains(&paths), recorded_signals().contains(category), "{paths}");
        }
    }
}
