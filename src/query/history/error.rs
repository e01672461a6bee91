//! Why there is no answer about the past.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::Day;
use crate::delta::DeltaError;
use crate::mmdb::FormatError;
use crate::query::history::day::MAX_DAYS;
use crate::release::StoreError;

/// Why there is no answer about the past.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PastError {
    /// A text that is no date.
    #[error("`{}` is no date; expected YYYY-MM-DD, such as {today}", text.escape_debug())]
    NoDate {
        /// The beginning of it.
        text: String,
        /// Today.
        today: Day,
    },
    /// A day that has not come.
    #[error("{day} has not come yet; today is {today} (UTC)")]
    Future {
        /// The day.
        day: Day,
        /// Today.
        today: Day,
    },
    /// A day that is too long ago.
    #[error("{day} is more than {MAX_DAYS} days back; the oldest day to ask for is {oldest}")]
    TooOld {
        /// The day.
        day: Day,
        /// The oldest that may be asked for.
        oldest: Day,
    },
    /// A day before all that is kept.
    #[error("nothing was kept on {day} or before; the first day there is is {first}")]
    BeforeFirst {
        /// The day.
        day: Day,
        /// The first that something is kept of.
        first: Day,
    },
    /// Nothing is kept.
    #[error("no history was kept yet; a build of the edition `full` begins one")]
    Empty,
    /// A file of the history that is not there, or not what was kept.
    #[error(transparent)]
    Store(Arc<StoreError>),
    /// A file of the history that does not lead on.
    #[error("{} cannot be followed; `ipmint releases check` lists what is damaged", path.display())]
    Follow {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Arc<DeltaError>,
    },
    /// A record that cannot be read.
    #[error(
        "what release {version} said cannot be read; `ipmint releases check` lists what is damaged"
    )]
    Record {
        /// The release.
        version: String,
        /// Why.
        source: FormatError,
    },
}

impl PastError {
    /// The code by which programs tell it from others: `invalid_date`, `date_out_of_range`, `no_snapshot` or
    /// `internal_error`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoDate { .. } | Self::Future { .. } => "invalid_date",
            Self::TooOld { .. } => "date_out_of_range",
            Self::BeforeFirst { .. } | Self::Empty => "no_snapshot",
            Self::Store(_) | Self::Follow { .. } | Self::Record { .. } => "internal_error",
        }
    }
}

impl From<StoreError> for PastError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}
