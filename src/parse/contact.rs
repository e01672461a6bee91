//! Who is told of abuse: a mailbox, or in registries a handle that leads to one.
//!
//! ```text
//! inetnum:  192.0.2.0 - 192.0.2.255
//! org:      ORG-EX1-TEST ─────────┐
//!                                 ▼
//! organisation:  ORG-EX1-TEST
//! abuse-c:       EX2-TEST ────────┐
//!                                 ▼
//! role:           Example abuse desk
//! nic-hdl:        EX2-TEST
//! abuse-mailbox:  abuse@example.net
//! ```
//!
//! An object's contact is that of the first of the column's attributes that leads to one:
//! a value with an `@` is a mailbox, any other the handle of an object, whose contact it is.
//! Handles are looked up among all files of the snapshot, whatever their order, and no
//! further than [`MAX_HOPS`] objects away, so that a circle ends where a long chain does.
//! What several objects say of one handle is taken together and sorted: which of them
//! came first does not matter.

use std::hash::{Hash, Hasher};

use hashbrown::HashMap;
use rayon::prelude::*;

/// How many objects a row's handle may lead through. Registries need two, from the
/// organisation to its role; a maintainer on the way makes three.
const MAX_HOPS: usize = 3;

/// The longest mailbox: a path has 256 octets, two of them the brackets (RFC 5321 §4.5.3.1.3).
const MAX_MAILBOX: usize = 254;

/// Returns the text if it is one mailbox that can be written to.
///
/// Narrower than RFC 5321 §4.1.2: no quotes, no address literals, and no `*`, with which
/// registries mask names (`***@example.net`).
pub(super) fn mailbox(text: &str) -> Option<&str> {
    let (local, domain) = text.split_once('@')?;
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || "*@<>()[]{}\"',;:\\|".contains(c);
    let fits = text.len() <= MAX_MAILBOX
        && !local.is_empty()
        && domain.contains('.')
        && domain.split('.').all(|part| !part.is_empty())
        && !local.contains(is_odd)
        && !domain.contains(is_odd);
    fits.then_some(text)
}

/// The name an object is referred to by, in any case (RFC 2622 §2).
#[derive(Clone, Copy, Debug)]
struct Handle<'a>(&'a [u8]);

impl PartialEq for Handle<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(other.0)
    }
}

impl Eq for Handle<'_> {}

impl Hash for Handle<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|byte| state.write_u8(byte.to_ascii_uppercase()));
    }
}

/// One value that an object says of its contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said<'a> {
    /// What the object is referred to by.
    pub(super) handle: &'a [u8],
    /// The place of the attribute among the column's.
    pub(super) rank: usize,
    /// A mailbox or a handle.
    pub(super) value: &'a [u8],
}

impl Said<'_> {
    fn key(&self) -> (impl Iterator<Item = u8>, usize, &[u8]) {
        (self.handle.iter().map(u8::to_ascii_uppercase), self.rank, self.value)
    }

    fn in_order(&self, other: &Self) -> std::cmp::Ordering {
        let (a, b) = (self.key(), other.key());
        a.0.cmp(b.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2)))
    }
}

/// The contacts of all objects of a snapshot that have one.
#[derive(Debug, Default)]
pub(super) struct Contacts<'a> {
    // Whatever its seed: nothing ever walks the table.
    by_handle: HashMap<Handle<'a>, &'a str>,
}

impl<'a> Contacts<'a> {
    /// Follows every handle. Costs [`MAX_HOPS`] looks at each value, whatever they say.
    pub(super) fn new(mut said: Vec<Said<'a>>) -> Self {
        said.par_sort_unstable_by(Said::in_order);
        let mut contacts = Self::default();
        for _ in 0..MAX_HOPS {
            // What is one object further away than what was found so far.
            let objects = said.chunk_by(|a, b| Handle(a.handle) == Handle(b.handle));
            let found = objects.filter_map(|object| {
                let contact = contacts.first(object.iter().map(|said| said.value))?;
                Some((Handle(object[0].handle), contact))
            });
            contacts = Self { by_handle: found.collect() };
        }
        contacts
    }

    /// The first contact that values in order of their attributes lead to.
    pub(super) fn first<'v>(&self, values: impl IntoIterator<Item = &'v [u8]>) -> Option<&'v str>
    where
        'a: 'v,
    {
        values.into_iter().find_map(|value| {
            if memchr::memchr(b'@', value).is_some() {
                return mailbox(std::str::from_utf8(value).ok()?);
            }
            self.by_handle.get(&Handle(value)).copied()
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::parse::contact::{Contacts, MAX_HOPS, Said, mailbox};

    /// Handle, rank and value.
    type Triple = (&'static str, usize, &'static str);

    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(mailbox(text), expected.then_some(text), "{text}");
    }

    #[test]
    fn a_mailbox_can_be_written_to() {
        check("abuse@example.net", true);
        check("Abuse+noc@mail.EXAMPLE.net", true);
        check("misbrauch@bücher.example", true);
        check("abuse@localhost", false);
        check("abuse@example..net", false);
        check("abuse@example.net.", false);
        check("@example.net", false);
        check("abuse@", false);
        check("***@example.net", false);
        check("a@example.net, b@example.net", false);
        check("mailto:abuse@example.net", false);
        check("<abuse@example.net>", false);
        check("abuse at example.net", false);
        check(&format!("{}@example.net", "a".repeat(242)), true);
        check(&format!("{}@example.net", "a".repeat(243)), false);
    }

    fn followed(said: &[Triple], value: &'static str) -> Option<&'static str> {
        let said = said.iter().map(|&(handle, rank, value)| Said {
            handle: handle.as_bytes(),
            rank,
            value: value.as_bytes(),
        });
        Contacts::new(said.collect()).first([value.as_bytes()])
    }

    #[test]
    fn handles_lead_on_but_not_for_ever() {
        let said = [
            ("A", 0, "b"),
            ("B", 0, "C"),
            ("c", 0, "abuse@example.net"),
            ("D", 0, "A"),
            ("LOOP", 0, "POOL"),
            ("POOL", 0, "LOOP"),
            ("SELF", 0, "SELF"),
            ("SELF", 1, "self@example.net"),
            ("GONE", 0, "NOBODY"),
        ];
        let found = |value| followed(&said, value);
        assert_eq!(found("A"), Some("abuse@example.net"));
        assert_eq!(found("noc@example.net"), Some("noc@example.net"));
        assert_eq!(found("SELF"), Some("self@example.net"));
        for value in ["D", "LOOP", "GONE", "NOBODY", "", "***@example.net"] {
            assert_eq!(found(value), None, "{value}");
        }
    }

    #[test]
    fn a_long_chain_of_aliases_ends_soon() {
        let names: Vec<String> = (0..=300_000).map(|number| format!("H{number}-TEST")).collect();
        let said = |pair: &[String]| (pair[0].clone(), pair[1].clone());
        let mut pairs: Vec<(String, String)> = names.windows(2).map(said).collect();
        pairs.push((names[300_000].clone(), "abuse@example.net".to_owned()));
        let said = pairs.iter().map(|(handle, value)| Said {
            handle: handle.as_bytes(),
            rank: 0,
            value: value.as_bytes(),
        });
        let contacts = Contacts::new(said.collect());
        assert_eq!(contacts.by_handle.len(), MAX_HOPS);
        assert_eq!(contacts.first([names[0].as_bytes()]), None);
        assert_eq!(contacts.first([names[299_998].as_bytes()]), Some("abuse@example.net"));
    }

    /// The rule itself, asked anew each time.
    fn model(said: &[Triple], value: &'static str, n_hops: usize) -> Option<&'static str> {
        if value.contains('@') {
            return Some(value);
        }
        let n_hops = n_hops.checked_sub(1)?;
        let mut meant: Vec<&Triple> =
            said.iter().filter(|said| said.0.eq_ignore_ascii_case(value)).collect();
        meant.sort_by_key(|said| (said.1, said.2));
        meant.into_iter().find_map(|one| model(said, one.2, n_hops))
    }

    fn triples() -> impl Strategy<Value = Vec<Triple>> {
        let handle = || prop::sample::select(vec!["A", "a", "B", "C", "D", "E"]);
        let value = prop::sample::select(vec![
            "A",
            "B",
            "c",
            "D",
            "E",
            "F",
            "x@example.net",
            "y@example.net",
        ]);
        prop::collection::vec((handle(), 0_usize..3, value), 0..12)
    }

    proptest! {
        #[test]
        fn following_at_once_agrees_with_following_each(said in triples(), by in any::<prop::sample::Index>()) {
            let mut turned = said.clone();
            if !turned.is_empty() {
                turned.rotate_left(by.index(said.len()));
            }
            for value in ["A", "B", "C", "D", "E", "F", "x@example.net"] {
                let expected = model(&said, value, MAX_HOPS);
                prop_assert_eq!(followed(&said, value), expected);
                prop_assert_eq!(followed(&turned, value), expected);
            }
        }
    }
}
