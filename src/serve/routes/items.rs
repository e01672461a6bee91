//! What a batch asks about: addresses, and prefixes and ranges that stand for theirs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::StatusCode;

use crate::base::Coverage;
use crate::query::AnyRange;
use crate::query::scan::Cidr;
use crate::serve::reply::Problem;

/// Addresses in order, none of them unfolded before its turn.
#[derive(Debug)]
pub(super) struct Items {
    groups: std::vec::IntoIter<Group>,
    open: Option<Group>,
    count: u64,
}

/// An item of a request.
#[derive(Debug)]
enum Group {
    V4 { next: u32, last: u32 },
    V6 { next: u128, last: u128 },
    Bad(Box<str>),
}

/// What one answer is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// An address.
    Address(IpAddr),
    /// What is none, as it was sent.
    Bad(Box<str>),
}

impl Items {
    /// Reads what was asked for.
    ///
    /// # Errors
    /// 413 `batch_too_large` if that is more than `limit` addresses.
    pub(super) fn of<'t>(
        texts: impl Iterator<Item = &'t str>,
        limit: u64,
    ) -> Result<Self, Problem> {
        let mut groups = Vec::new();
        let mut count = Coverage::ZERO;
        for text in texts {
            let group = match Cidr::parse(text).map(|cidr| cidr.range()) {
                Ok(AnyRange::V4(range)) => Group::V4 { next: range.first(), last: range.last() },
                Ok(AnyRange::V6(range)) => Group::V6 { next: range.first(), last: range.last() },
                Err(_) => Group::Bad(text.into()),
            };
            let n_addresses = group.count();
            groups.push(group);
            // Each by itself, so that the sum cannot pass what can be counted.
            if n_addresses.get().is_none_or(|n| n > u128::from(limit)) {
                return Err(too_large(limit));
            }
            count += n_addresses;
            if count.get().is_none_or(|n| n > u128::from(limit)) {
                return Err(too_large(limit));
            }
        }
        let count = count.get().map_or(u64::MAX, |count| count as u64); // at most `limit`
        Ok(Self { groups: groups.into_iter(), open: None, count })
    }

    /// How many there are, those taken already included.
    pub(super) fn n_addresses(&self) -> u64 {
        self.count
    }
}

fn too_large(limit: u64) -> Problem {
    let message = format!("more than the {limit} addresses that one batch may have; send several");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "batch_too_large", message)
}

impl Group {
    fn count(&self) -> Coverage {
        match self {
            Self::V4 { next, last } => Coverage::of_span((last - next).into()),
            Self::V6 { next, last } => Coverage::of_span(last - next),
            Self::Bad(_) => Coverage::of_span(0),
        }
    }

    /// The first of it, and what is left.
    fn split(self) -> (Item, Option<Self>) {
        match self {
            Self::V4 { next, last } => {
                let rest = (next < last).then(|| Self::V4 { next: next + 1, last });
                (Item::Address(Ipv4Addr::from_bits(next).into()), rest)
            }
            Self::V6 { next, last } => {
                let rest = (next < last).then(|| Self::V6 { next: next + 1, last });
                (Item::Address(Ipv6Addr::from_bits(next).into()), rest)
            }
            Self::Bad(text) => (Item::Bad(text), None),
        }
    }
}

impl Iterator for Items {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let group = self.open.take().or_else(|| self.groups.next())?;
        let (item, rest) = group.split();
        self.open = rest;
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use crate::serve::routes::items::{Item, Items};

    #[track_caller]
    fn check(texts: &[&str], limit: u64, expected: Option<&[&str]>) {
        let items = Items::of(texts.iter().copied(), limit).ok();
        let count = items.as_ref().map(Items::n_addresses);
        let found: Option<Vec<String>> = items.map(|items| {
            let text = |item| match item {
                Item::Address(ip) => format!("{ip}"),
                Item::Bad(text) => format!("bad {text}"),
            };
            items.map(text).collect()
        });
        assert_eq!(count, expected.map(|expected| expected.len() as u64));
        assert_eq!(
            found.as_deref(),
            expected.map(|e| e.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>()).as_deref()
        );
    }

    #[test]
    fn prefixes_and_ranges_stand_for_their_addresses() {
        let expected = ["8.8.8.8", "1.1.1.0", "1.1.1.1", "bad x", "2001:db8::1", "2001:db8::2"];
        check(&["8.8.8.8", "1.1.1.0/31", "x", "2001:db8::1-2001:db8::2"], 6, Some(&expected));
        check(&[], 0, Some(&[]));
        check(&["255.255.255.255"], 1, Some(&["255.255.255.255"]));
        check(&["::ffff:8.8.8.8"], 1, Some(&["8.8.8.8"]));
    }

    #[test]
    fn there_is_a_limit() {
        check(&["8.8.8.8", "1.1.1.0/31", "x"], 3, None);
        check(&["8.8.8.0/24"], 255, None);
        check(&["::/0"], u64::MAX, None);
        check(&["::/1", "8000::/1"], u64::MAX, None);
    }
}
