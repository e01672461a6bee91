//! What every format yields: entries, their labels, and the faults.

use std::borrow::Cow;

use crate::base::{Asn, CountryCode, Day, Runs, V4, V6};
use crate::feed::Category;

/// Everything a row says beside its range. Interned: rows that say the same share one.
///
/// Ordered, because ties between equal ranges go to the smallest value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// Origin AS; never AS 0.
    pub asn: Option<Asn>,
    /// Country; never ZZ.
    pub country: Option<CountryCode>,
    /// Category, when a column gives it.
    pub category: Option<Category>,
    /// Provider, when a column gives it.
    pub provider: Option<Box<str>>,
    /// Service of the provider.
    pub service: Option<Box<str>>,
    /// The day the row was last seen.
    pub last_seen: Option<Day>,
    /// Name of the AS or organisation.
    pub name: Option<Box<str>>,
    /// Its domain.
    pub domain: Option<Box<str>>,
    /// Its type.
    pub network_type: Option<Box<str>>,
    /// Who is told of abuse from there: a mailbox.
    pub abuse_contact: Option<Box<str>>,
    /// Where it is.
    pub place: Option<Box<Place>>,
    /// RIR statistics: the registry that made the delegation.
    pub registry: Option<Box<str>>,
    /// RIR statistics: the day it was made.
    pub registered: Option<Day>,
}

/// Where an address is said to be, below the country.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Region or state: a name, or an ISO 3166-2 code such as `DE-HE`.
    pub region: Option<Box<str>>,
    /// City.
    pub city: Option<Box<str>>,
    /// Postal code.
    pub postal_code: Option<Box<str>>,
    /// Degrees north in millionths, -90 000 000 to 90 000 000.
    pub latitude: Option<i32>,
    /// Degrees east in millionths, -180 000 000 to 180 000 000.
    pub longitude: Option<i32>,
    /// IANA time zone.
    pub timezone: Option<Box<str>>,
}

/// Something that could not be read, with its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which bytes: file or archive member.
    pub file: String,
    /// Line, from 1; for JSON the line the document or row begins in, where known.
    pub line: u64,
    /// The text, escaped, at most [`Fault::MAX_TEXT`] characters.
    pub text: String,
    /// What was expected.
    pub reason: Cow<'static, str>,
}

impl Fault {
    /// How much of a row a sample shows.
    pub const MAX_TEXT: usize = 80;
    /// How many faults of a feed are kept as samples; all are counted.
    pub const MAX_SAMPLES: usize = 10;
}

/// What came of the rows of a feed. `rows` is all that is there: entries that
/// claim something, valueless rows, and faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Data rows seen: every line or element that is no comment, blank or header.
    pub rows: u64,
    /// Rows that could not be read.
    pub faults: u64,
    /// Of these, rows that name a host where an address is due.
    pub host_names: u64,
    /// Rows without a value ("??", ZZ, AS 0, empty): they claim nothing.
    pub valueless: u64,
    /// Rows whose host bits were masked; they are entries all the same.
    pub masked: u64,
}

/// What came out of one snapshot.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// IPv4 entries, in file order until somebody orders them; the value is an index into `labels`.
    pub v4: Runs<V4>,
    /// IPv6 entries, likewise; IPv4-mapped ones are in `v4`.
    pub v6: Runs<V6>,
    /// Kinds `asn` and `country`: the labels of rows that have no range.
    pub keyed: Vec<u32>,
    /// The distinct labels.
    pub labels: Vec<Label>,
    /// Counts.
    pub tally: Tally,
    /// The first faults, in file order.
    pub samples: Vec<Fault>,
}
