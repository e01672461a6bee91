//! `feeds.lock`: what a build was made of, enough to make it again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::base::{Day, Digest};
use crate::release::FeedState;

/// What a build was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// 1.
    pub schema: u32,
    /// Unix seconds.
    pub build_epoch: u64,
    /// Digest of all definitions, by file.
    pub definitions: Digest,
    /// Digest of the policy's file.
    pub policy: Digest,
    /// Digest of all editions' schemas, by file.
    pub schemas: Digest,
    /// By feed.
    pub feeds: BTreeMap<String, LockedFeed>,
}

/// The snapshot of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockedFeed {
    /// What became of it.
    pub state: FeedState,
    /// Its digest, or where it is missing that of the last one seen; `null` if there never was one.
    pub sha256: Option<Digest>,
    /// The day its content is of; `null` if there was none.
    pub as_of: Option<Day>,
    /// Whether the build took it in \[true\]; the digest of one that it did not is kept for its day.
    #[serde(default = "taken", skip_serializing_if = "is_taken")]
    pub claims: bool,
}

fn taken() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_taken(claims: &bool) -> bool {
    *claims
}

impl Lock {
    /// The schema that this code writes and reads.
    pub const SCHEMA: u32 = 1;

    /// The day a build first saw this content of the feed, if the last build saw it too.
    ///
    /// A feed that stops updating must fade: were its content dated anew by every build, it
    /// would stay fresh for ever.
    pub fn first_seen(&self, feed: &str, sha256: Digest) -> Option<Day> {
        let locked = self.feeds.get(feed)?;
        locked.as_of.filter(|_| locked.sha256 == Some(sha256))
    }
}

/// Digest of named texts, by name; the names count, the order does not.
pub fn digest_of_files(files: &[(String, String)]) -> Digest {
    let mut files: Vec<_> = files.iter().collect();
    files.sort();
    let mut lines = String::new();
    for (name, text) in files {
        // As `sha256sum` prints it, so that a person can make the same.
        let _ = writeln!(lines, "{}  {name}", Digest::of(text.as_bytes()));
    }
    Digest::of(lines.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::base::{Day, Digest};
    use crate::release::{FeedState, Lock, LockedFeed};

    fn lock() -> Lock {
        let locked = LockedFeed {
            state: FeedState::Fresh,
            sha256: Some(Digest::of(b"content")),
            as_of: Some(Day(20_000)),
            claims: true,
        };
        let missing =
            LockedFeed { claims: false, state: FeedState::Missing, sha256: None, as_of: None };
        Lock {
            schema: Lock::SCHEMA,
            build_epoch: 1_787_400_000,
            definitions: Digest::of(b"d"),
            policy: Digest::of(b"p"),
            schemas: Digest::of(b"s"),
            feeds: BTreeMap::from([("a".to_owned(), locked), ("b".to_owned(), missing)]),
        }
    }

    #[test]
    fn a_lock_is_read_back() {
        let json = serde_json::to_string(&lock()).expect("serializable");
        assert!(
            json.contains(r#""b":{"state":"missing","sha256":null,"as_of":null,"claims":false}"#),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<Lock>(&json).expect("its own JSON"), lock());
    }

    #[track_caller]
    fn check(feed: &str, content: &str, expected: Option<Day>) {
        assert_eq!(lock().first_seen(feed, Digest::of(content.as_bytes())), expected);
    }

    #[test]
    fn only_the_same_content_keeps_its_day() {
        check("a", "content", Some(Day(20_000)));
        check("a", "other", None);
        check("b", "content", None);
        check("c", "content", None);
    }

    #[test]
    fn the_order_of_files_does_not_count() {
        let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let one = super::digest_of_files(&[file("a", "1"), file("b", "2")]);
        assert_eq!(one, super::digest_of_files(&[file("b", "2"), file("a", "1")]));
        assert_ne!(one, super::digest_of_files(&[file("a", "2"), file("b", "1")]));
    }
}
