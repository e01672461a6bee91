//! Names, operators and classes of crawlers, from `feeds/rules/bots.tsv`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::claim::Claim;
use crate::feed::{RuleTable, embedded};

/// A crawler as records tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bot<'a> {
    /// `chatgpt_user`.
    pub(super) id: Cow<'a, str>,
    /// `ChatGPT-User`.
    pub(super) name: &'a str,
    /// `OpenAI`.
    pub(super) operator: Option<&'a str>,
    /// `AI bot`.
    pub(super) class: Option<&'a str>,
}

/// Returns the crawler that a claim names: by its id, or in words of the feed's own,
/// which stand where the table does not know it.
pub(super) fn bot(claim: &Claim) -> Option<Bot<'_>> {
    static BOTS: LazyLock<BTreeMap<&str, Bot<'_>>> = LazyLock::new(|| {
        let table = RuleTable::read("bots.tsv", embedded::bots());
        let table = table.expect("a test reads what is inside the binary");
        table.rows.iter().filter_map(|row| read(row)).collect()
    });
    let provider = claim.provider.as_deref()?;
    let id = slug(provider);
    if let Some(known) = BOTS.get(id.as_str()) {
        return Some(known.clone());
    }
    let (operator, class) = (claim.operator.as_deref(), claim.service.as_deref());
    Some(Bot { id: id.into(), name: provider, operator, class })
}

fn read(row: &[&'static str]) -> Option<(&'static str, Bot<'static>)> {
    let &[id, name, operator, class] = row else { return None };
    Some((id, Bot { id: id.into(), name, operator: Some(operator), class: Some(class) }))
}

/// `ChatGPT-User` as `chatgpt_user`, `Bing Bot` as `bing_bot`.
fn slug(name: &str) -> String {
    let word = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    name.chars().map(word).collect()
}

#[cfg(test)]
mod tests {
    use crate::claim::Claim;
    use crate::edition::bot::{bot, read, slug};
    use crate::feed::{Category, RuleTable, embedded};

    #[test]
    fn every_row_is_read() {
        let table = RuleTable::read("bots.tsv", embedded::bots()).expect("good");
        let read: Vec<_> = table.rows.iter().filter_map(|row| read(row)).collect();
        assert_eq!(read.len(), table.rows.len());
        assert!(read.iter().all(|(id, _)| slug(id) == *id));
    }

    #[track_caller]
    fn check(provider: &str, operator: Option<&str>, expected: [Option<&str>; 4]) {
        let claim = Claim {
            category: Category::Bot,
            feed: 0,
            provider: Some(provider.into()),
            service: None,
            operator: operator.map(Into::into),
            age_days: 0,
            seen: None,
            prefix_len: None,
        };
        let found = bot(&claim).expect("it has a provider");
        assert_eq!([Some(&*found.id), Some(found.name), found.operator, found.class], expected);
    }

    #[test]
    fn bots_are_known_by_id_and_by_name() {
        let expected = ["chatgpt_user", "ChatGPT-User", "OpenAI", "AI bot"].map(Some);
        check("chatgpt_user", None, expected);
        check("ChatGPT-User", Some("somebody"), expected);
    }

    #[test]
    fn other_bots_are_told_as_the_feed_does() {
        let expected = [Some("example_bot"), Some("Example Bot"), Some("Example"), None];
        check("Example Bot", Some("Example"), expected);
    }
}
