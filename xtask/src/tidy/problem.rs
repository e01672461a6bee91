//! What a check found, and where.

use std::fmt;

/// A broken rule at one line of one file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) path: String,
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) message: String,
    /// Printed, but not a failure.
    pub(super) is_warning: bool,
}

impl Problem {
    pub(super) fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into(), is_warning: false }
    }

    pub(super) fn warning(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { is_warning: true, ..Self::new(path, line, message) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_warning { "warning: " } else { "" };
        write!(f, "{}:{}: {kind}{}", self.path, self.line, self.message)
    }
}

/// Returns the line, counted from 1, that a byte of the text lies on.
pub(super) fn line_at(text: &str, byte_idx: usize) -> usize {
    1 + text[..byte_idx].matches('\n').count()
}
