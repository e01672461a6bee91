//! `[profile.<name>]` of `feeds/policy.toml`: which licences a build may take in.

use std::collections::BTreeMap;

use crate::feed::document::Table;
use crate::feed::fault::quoted;
use crate::feed::{Feed, FeedId};

/// Every key of a profile; `schemas/policy.schema.json` has the same.
pub(crate) const PROFILE_KEYS: &[&str] = &["redistributable", "share_alike", "leave_out"];

/// Beginnings of SPDX ids whose licence asks that what is made from it carry the same licence.
///
/// SPDX License List 3.27: the families of Creative Commons "SA", GPL, AGPL, LGPL, the Open Data
/// Commons database licence, and the European Union's.
const SHARE_ALIKE: [&str; 9] = [
    "CC-BY-SA-",
    "CC-BY-NC-SA-",
    "GPL-",
    "AGPL-",
    "LGPL-",
    "ODbL-",
    "EUPL-",
    "OSL-",
    "CDLA-Sharing-",
];

/// Which feeds a build may take in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Leave out feeds whose licence does not say `redistribute = true` \[false\].
    pub redistributable: bool,
    /// The share-alike licences that may take part, as SPDX ids; `None` = any.
    pub share_alike: Option<Vec<String>>,
    /// Licences, as SPDX ids, and feeds that are left out.
    pub leave_out: Vec<String>,
}

/// A feed whose share-alike licence the profile does not allow into the mix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "feed `{feed}`: {licence} asks that what is made from it carry the same licence, and the \
     profile does not list it; add it to `share_alike`, or the feed or its licence to \
     `leave_out`, in the policy"
)]
pub struct ShareAlikeError {
    /// The feed.
    pub feed: FeedId,
    /// Its licence.
    pub licence: String,
}

impl Profile {
    /// Why the profile leaves a feed out; `None` if the feed takes part.
    ///
    /// # Errors
    /// If the feed would take part and its licence may not be mixed in.
    pub fn leaves_out(&self, feed: &Feed) -> Result<Option<String>, ShareAlikeError> {
        let licence = &feed.licence.id;
        if self.redistributable && !feed.licence.redistribute {
            let licence = if licence.is_empty() { "not known" } else { licence };
            return Ok(Some(format!(
                "left out: its licence, {licence}, does not say `redistribute = true`"
            )));
        }
        // Of an SPDX expression such as `MIT AND ODbL-1.0` each id counts.
        let ids = || licence.split([' ', '(', ')']);
        let is_named = |word: &String| ids().any(|id| id == word) || word == feed.id.as_str();
        if self.leave_out.iter().any(is_named) {
            return Ok(Some("left out by the profile".to_owned()));
        }
        let Some(allowed) = &self.share_alike else { return Ok(None) };
        let is_share_alike = |id: &&str| SHARE_ALIKE.iter().any(|start| id.starts_with(start));
        let refused = ids().filter(is_share_alike).find(|id| !allowed.iter().any(|a| a == id));
        refused.map_or(Ok(None), |id| {
            Err(ShareAlikeError { feed: feed.id.clone(), licence: id.to_owned() })
        })
    }
}

/// Reads `profile` of a policy.
pub(crate) fn read_profiles(root: &Table<'_>) -> BTreeMap<String, Profile> {
    let Some(profiles) = root.get("profile").and_then(|item| item.open_table()) else {
        return BTreeMap::new();
    };
    let mut read = BTreeMap::new();
    for (name, item) in profiles.entries() {
        if FeedId::new(name).is_none() {
            let found = quoted(name);
            item.fault(format!("{found} is no name; expected lower-case letters and digits"));
        }
        let Some(table) = item.table(PROFILE_KEYS) else { continue };
        let texts = |key| table.texts(key).iter().map(|(_, text)| (*text).to_owned()).collect();
        let redistributable = table.get("redistributable").and_then(|item| item.bool());
        let profile = Profile {
            redistributable: redistributable.unwrap_or(false),
            share_alike: table.has("share_alike").then(|| texts("share_alike")),
            leave_out: texts("leave_out"),
        };
        read.insert(name.to_owned(), profile);
    }
    read
}

#[cfg(test)]
mod tests {
    use crate::feed::fixture::feed;
    use crate::feed::{Feed, Format, Kind, Licence, Profile};

    #[track_caller]
    fn check(profile: &Profile, licence: &str, redistribute: bool, expected: Result<&str, &str>) {
        let licence = Licence { id: licence.to_owned(), redistribute, attribution: None };
        let feed = Feed { licence, ..feed(Format::List, Kind::Membership) };
        let found = profile.leaves_out(&feed).map_err(|error| error.licence);
        let expected = expected.map(|reason| (!reason.is_empty()).then(|| reason.to_owned()));
        assert_eq!(found, expected.map_err(str::to_owned));
    }

    #[test]
    fn licences_decide_who_takes_part() {
        check(&Profile::default(), "", false, Ok(""));
        check(&Profile::default(), "GPL-3.0-only", true, Ok(""));
        let public = Profile {
            redistributable: true,
            share_alike: Some(vec!["CC-BY-SA-4.0".to_owned()]),
            leave_out: vec!["ODbL-1.0".to_owned()],
        };
        check(&public, "MIT", true, Ok(""));
        let reason = "left out: its licence, MIT, does not say `redistribute = true`";
        check(&public, "MIT", false, Ok(reason));
        let reason = "left out: its licence, not known, does not say `redistribute = true`";
        check(&public, "", false, Ok(reason));
        check(&public, "CC-BY-SA-4.0", true, Ok(""));
        check(&public, "GPL-3.0-only", true, Err("GPL-3.0-only"));
        check(&public, "ODbL-1.0", true, Ok("left out by the profile"));
        check(&public, "CC-BY-4.0 AND ODbL-1.0", true, Ok("left out by the profile"));
        check(&public, "MIT OR (CC-BY-4.0 AND GPL-2.0-only)", true, Err("GPL-2.0-only"));
        check(
            &public,
            "GPL-3.0-only",
            false,
            Ok("left out: its licence, GPL-3.0-only, does not say `redistribute = true`"),
        );
    }
}
