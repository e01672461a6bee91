//! What people call the keys of records: by dotted names, or the last parts of one.

use std::collections::BTreeMap;

/// How many keys a mistaken one is answered with.
const MAX_CANDIDATES: usize = 8;

/// A key that names nothing, or too much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey(pub String);

/// Dotted names, and a number for each.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Keys where something stands that is no map; of two that are spelt alike the first.
    pub(super) leaves: BTreeMap<String, usize>,
    /// Keys where maps stand.
    pub(super) inner: BTreeMap<String, usize>,
}

impl Names {
    /// What stands at the key that a name means: itself, or the one key that ends with it.
    ///
    /// # Errors
    /// If there is none or several; says which there are.
    pub(super) fn find(&self, name: &str) -> Result<usize, UnknownKey> {
        for known in [&self.leaves, &self.inner] {
            if let Some(&idx) = known.get(name) {
                return Ok(idx);
            }
        }
        for known in [&self.leaves, &self.inner] {
            let ends = |(key, _): &(&String, &usize)| {
                key.strip_suffix(name).is_some_and(|before| before.ends_with('.'))
            };
            let meant: Vec<(&String, &usize)> =
                known.iter().filter(ends).take(MAX_CANDIDATES + 1).collect();
            match meant.as_slice() {
                [] => {}
                [(_, idx)] => return Ok(**idx),
                several => {
                    let names = listed(several.iter().map(|(key, _)| key.as_str()));
                    let shown = name.escape_debug();
                    return Err(UnknownKey(format!("`{shown}` may be any of {names}")));
                }
            }
        }
        Err(UnknownKey(self.unknown(name)))
    }

    fn unknown(&self, name: &str) -> String {
        let shown = name.escape_debug();
        let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_lowercase();
        let wanted = last(name);
        let is_alike = |key: &&str| {
            let key = last(key);
            // A letter or two are part of anything.
            let has = |whole: &str, part: &str| part.len() > 2 && whole.contains(part);
            has(&key, &wanted) || has(&wanted, &key) || is_near(&key, &wanted)
        };
        let all = || self.leaves.keys().map(String::as_str);
        let alike: Vec<&str> = all().filter(is_alike).take(MAX_CANDIDATES + 1).collect();
        if alike.is_empty() {
            let names = listed(all());
            format!("no record has a key `{shown}`; there are {names}")
        } else {
            format!("no record has a key `{shown}`; did you mean {}?", listed(alike.into_iter()))
        }
    }

    /// Some of the leaves, for messages.
    pub(super) fn some(&self) -> String {
        listed(self.leaves.keys().map(String::as_str))
    }
}

/// Some of the names, and whether there are more.
fn listed<'k>(names: impl Iterator<Item = &'k str>) -> String {
    let mut names: Vec<String> =
        names.take(MAX_CANDIDATES + 1).map(|name| name.escape_debug().to_string()).collect();
    if names.len() > MAX_CANDIDATES {
        names.truncate(MAX_CANDIDATES);
        names.push("…".to_owned());
    }
    names.join(", ")
}

/// Whether a letter too many, too few or another tells them apart, or two that changed places.
fn is_near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    (a.len() <= 1 && b.len() <= 1) || (a.len() == 2 && b.len() == 2 && a[0] == b[1] && a[1] == b[0])
}
