//! Lines of text: fields are added at their ends.

use regex::bytes::Regex;

use std::net::IpAddr;

use memchr::memchr_iter;

use crate::mmdb::FormatError;
use crate::query::enrich::find;
use crate::query::enrich::worker::{MAX_LINE, Worker, split_end};

/// The name of the group that holds the address.
const GROUP: &str = "ip";

/// Where a line has its address.
#[derive(Clone, Debug)]
pub enum Place {
    /// The first thing that is one.
    Anywhere,
    /// In the field of that number, from 1; blanks and tabs are between fields.
    Column(usize),
    /// Where the group `ip` of an expression matches.
    Pattern(Pattern),
}

/// An expression with a group `ip`.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Reads an expression; `\d` and `\w` mean ASCII.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(text: &str) -> Result<Self, String> {
        let regex = regex::bytes::RegexBuilder::new(text).unicode(false).build();
        let regex = regex.map_err(|error| error.to_string())?;
        if regex.capture_names().any(|name| name == Some(GROUP)) {
            Ok(Self(regex))
        } else {
            Err("it has no group `ip`; expected one, such as `from (?<ip>\\S+)`".to_owned())
        }
    }
}

impl Place {
    fn find(&self, line: &[u8]) -> Option<IpAddr> {
        match self {
            Self::Anywhere => find::first(line),
            Self::Column(number) => {
                let mut fields =
                    line.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty());
                find::of_field(fields.nth(number.checked_sub(1)?)?)
            }
            Self::Pattern(Pattern(regex)) => {
                find::of_field(regex.captures(line)?.name(GROUP)?.as_bytes())
            }
        }
    }
}

/// Adds to each line of a chunk.
pub(super) fn enrich(
    worker: &mut Worker<'_>,
    place: &Place,
    chunk: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    each(chunk, |line| {
        let (body, end) = split_end(line);
        worker.tally.n_lines += 1;
        out.extend(body);
        if body.len() > MAX_LINE {
            worker.tally.n_too_long += 1;
        } else {
            out.extend(worker.added(place.find(body))?);
        }
        out.extend(end);
        Ok(())
    })
}

/// Visits the lines of a chunk, with their ends.
pub(super) fn each(
    chunk: &[u8],
    mut visit: impl FnMut(&[u8]) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    let mut start = 0;
    for end in memchr_iter(b'\n', chunk) {
        visit(&chunk[start..=end])?;
        start = end + 1;
    }
    if start < chunk.len() { visit(&chunk[start..]) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use crate::query::enrich::{Pattern, Place};

    #[track_caller]
    fn check(place: &Place, line: &str, expected: &str) {
        let found = place.find(line.as_bytes()).map(|ip| ip.to_string()).unwrap_or_default();
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn an_address_is_found_by_its_place() {
        let line = "web-1 198.51.100.1 [2001:db8::1]:80  192.0.2.7:443";
        check(&Place::Anywhere, line, "198.51.100.1");
        check(&Place::Column(3), line, "2001:db8::1");
        check(&Place::Column(4), line, "192.0.2.7");
        check(&Place::Column(1), line, "");
        check(&Place::Column(5), line, "");
        let pattern = Place::Pattern(Pattern::new(r"\s(?<ip>\d\S+)$").expect("sound"));
        check(&pattern, line, "192.0.2.7");
        check(&pattern, "192.0.2.7", "");
    }

    #[test]
    fn an_expression_needs_the_group() {
        assert!(Pattern::new("(").is_err());
        let error = Pattern::new("(.*)").expect_err("no group");
        assert!(error.contains("no group `ip`"), "{error}");
    }
}
