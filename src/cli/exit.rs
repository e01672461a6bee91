//! Exit codes: a contract with scripts, never renumbered.

use std::process::ExitCode;

use crate::feed::CatalogueError;
use crate::publish::PublishError;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything asked for was done.
    Done = 0,
    /// It could not be done.
    Failed = 1,
    /// The command line or the catalogue has mistakes; nothing was tried.
    Usage = 2,
    /// A gate refused to publish.
    Refused = 3,
    /// Done, but some feed is stale, rejected or missing (only with `--strict`).
    Degraded = 4,
    /// Nothing changed.
    Unchanged = 5,
}

/// What was asked for makes no sense, whatever the data.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct UsageError(pub(super) String);

impl Exit {
    /// The code of an error, by the first of its causes that has one.
    pub fn of(error: &anyhow::Error) -> Self {
        for cause in error.chain() {
            if cause.is::<UsageError>() || cause.is::<CatalogueError>() {
                return Self::Usage;
            }
            match cause.downcast_ref() {
                Some(PublishError::Refused { .. }) => return Self::Refused,
                Some(PublishError::LockMismatch { .. } | PublishError::ShareAlike(_)) => {
                    return Self::Usage;
                }
                _ => {}
            }
        }
        Self::Failed
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use crate::cli::Exit;
    use crate::cli::exit::UsageError;
    use crate::publish::PublishError;
    use crate::score::Policy;

    #[track_caller]
    fn check(error: anyhow::Error, expected: Exit) {
        assert_eq!(Exit::of(&error.context("building")), expected);
    }

    #[test]
    fn errors_have_the_documented_codes() {
        check(anyhow!("no"), Exit::Failed);
        check(UsageError("no".to_owned()).into(), Exit::Usage);
        let policy = Policy::from_toml("policy.toml", "signal_threshold = 0");
        check(policy.expect_err("out of range").into(), Exit::Usage);
        check(PublishError::Refused { refusals: Vec::new() }.into(), Exit::Refused);
        check(PublishError::NoFeed { feeds: Vec::new() }.into(), Exit::Failed);
        let wrapped = Err::<(), _>(UsageError("no".to_owned())).context("asking");
        check(wrapped.expect_err("wrapped"), Exit::Usage);
    }
}
