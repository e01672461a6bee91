//! A feed as its definition declares it: checked types, made from TOML by `catalogue`.

use std::collections::BTreeMap;
use std::fmt;

use crate::base::Day;
use crate::feed::Category;

/// The id of a feed: the stem of its definition's file, `[a-z0-9][a-z0-9_.-]*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedId(Box<str>); // invariant: as above, at most 100 bytes

impl FeedId {
    /// Returns `None` if the text breaks the rule above.
    pub fn new(text: &str) -> Option<Self> {
        let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let fits = text.len() <= 100
            && text.as_bytes().first().is_some_and(plain)
            && text.as_bytes().iter().all(|byte| plain(byte) || b"_.-".contains(byte));
        fits.then(|| Self(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FeedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Where the bytes of a feed come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A URL, `${NAME}` standing for environment variables.
    Url(String),
    /// A path below `--root`, or for the sample below `feeds/sample/`; never absolute, no `..`.
    Path(String),
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word in definitions and reports.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The value of that name.
            pub fn from_name(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

words! {
    /// How the bytes of a feed are read.
    Format {
        /// One block a line.
        List = "list",
        /// Comma-separated, RFC 4180 quoting.
        Csv = "csv",
        /// Tab-separated.
        Tsv = "tsv",
        /// One JSON document.
        Json = "json",
        /// One JSON document a line.
        Ndjson = "ndjson",
        /// RIR statistics exchange, plain and extended.
        Rir = "rir",
        /// RFC 8805.
        Geofeed = "geofeed",
        /// Tor's exit-addresses records.
        TorExits = "tor-exits",
        /// A TOML table, read like JSON.
        Toml = "toml",
        /// Lines, each matched by a regular expression of the definition.
        Pattern = "pattern",
        /// Tor's Onionoo, details documents.
        Onionoo = "onionoo",
        /// Prefixes and their origin AS, as CAIDA and pyasn write them.
        Pfx2as = "pfx2as",
        /// Objects of a routing registry, and what is written like them.
        Rpsl = "rpsl",
        /// A routing table of a BGP collector (RFC 6396).
        Mrt = "mrt",
        /// An MMDB database.
        Mmdb = "mmdb",
    }
}

words! {
    /// What the rows of a feed assert.
    Kind {
        /// The address is listed, with optional labels; overlaps keep all.
        Membership = "membership",
        /// Each address has at most one value; the most specific range wins.
        Assignment = "assignment",
        /// Rows are about AS numbers.
        Asn = "asn",
        /// Rows are about countries.
        Country = "country",
    }
}

words! {
    /// The columns a definition can map.
    Column {
        /// A block: address, prefix, range, with or without a port.
        Network = "network",
        /// First address of a range.
        First = "first",
        /// Last address of a range.
        Last = "last",
        /// Number of addresses from `first` on.
        Count = "count",
        /// AS number.
        Asn = "asn",
        /// Country code.
        Country = "country",
        /// Category, a word of ours after `values`.
        Category = "category",
        /// Provider.
        Provider = "provider",
        /// Service of the provider.
        Service = "service",
        /// When the row was last seen.
        LastSeen = "last_seen",
        /// Name: of the AS where `asn` is assigned, else of the organisation.
        Name = "name",
        /// Domain of the AS or organisation.
        Domain = "domain",
        /// Type of network: isp, hosting, business, education, government, mobile.
        Type = "type",
        /// Mailbox for reports of abuse, or in format `rpsl` what leads to one.
        AbuseContact = "abuse_contact",
        /// Region or state.
        Region = "region",
        /// City.
        City = "city",
        /// Postal code.
        PostalCode = "postal_code",
        /// Degrees north.
        Latitude = "latitude",
        /// Degrees east.
        Longitude = "longitude",
        /// IANA time zone.
        Timezone = "timezone",
    }
}

words! {
    /// What becomes of the bogon space a feed lists.
    Reserved {
        /// Cut off and counted.
        Clip = "clip",
        /// Kept.
        Keep = "keep",
    }
}

/// Where a cell is found in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Number of the column, from 0 (definitions count from 1).
    Index(usize),
    /// Header name, or for JSON the dotted key of the row.
    Name(String),
    /// What the n-th `*` of the member's glob matched, from 0 (`"*1"` is the first):
    /// some archives say the country only in a file's name.
    Member(usize),
}

/// The licence of a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Licence {
    /// SPDX id or URL; empty when not known.
    pub id: String,
    /// Whether what was made from it may be passed on \[false\].
    pub redistribute: bool,
    /// What NOTICE has to say.
    pub attribution: Option<String>,
}

/// Limits beyond which a snapshot is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guards {
    /// Fewest rows \[1\].
    pub min_rows: u64,
    /// Most rows \[unlimited\].
    pub max_rows: u64,
    /// Largest loss against the median of good snapshots, per mille \[500\].
    pub shrink: u16,
    /// Largest size against the same median, per mille \[2000\].
    pub grow: u32,
    /// Largest share of rows that could not be read, per mille \[50\].
    pub faults: u16,
    /// Largest share of routable IPv4 space, per mille \[1000; abuse categories 50\].
    pub coverage_v4: u16,
    /// The same for IPv6.
    pub coverage_v6: u16,
    /// Shortest IPv4 prefix \[8\]; a broader block is a fault.
    pub min_prefix_v4: u8,
    /// Shortest IPv6 prefix \[19\].
    pub min_prefix_v6: u8,
    /// Most bytes after unpacking \[1 GiB\].
    pub bytes: u64,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            min_rows: 1,
            max_rows: u64::MAX,
            shrink: 500,
            grow: 2000,
            faults: 50,
            coverage_v4: 1000,
            coverage_v6: 1000,
            min_prefix_v4: 8,
            min_prefix_v6: 19,
            bytes: 1 << 30,
        }
    }
}

/// One declared source: a checked definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The stem of the definition's file.
    pub id: FeedId,
    /// The definition's file, for messages.
    pub file: String,
    /// What a person calls it.
    pub title: String,
    /// Where its bytes come from, in order; never empty.
    pub locations: Vec<Location>,
    /// How they are read.
    pub format: Format,
    /// What its rows assert.
    pub kind: Kind,
    /// What every row says, unless a column says it.
    pub category: Option<Category>,
    /// Assignment and `asn`: the columns that are assigned.
    pub attributes: Vec<Column>,
    /// Between feeds of one attribute the higher wins \[0\].
    pub priority: i32,
    /// Independence group: feeds of one group are one witness \[the id\].
    pub group: String,
    /// Per mille, 0 to 1000 \[500\].
    pub reliability: u16,
    /// Label of every row, unless a column gives it.
    pub provider: Option<String>,
    /// Where each column is found; the first that a row has is taken.
    pub columns: BTreeMap<Column, Vec<Cell>>,
    /// Cells to our words, by column.
    pub values: BTreeMap<Column, BTreeMap<String, String>>,
    /// csv, tsv: the first row names the columns \[false\].
    pub header: bool,
    /// json, ndjson, toml: paths to the rows; all are read \[the document itself\].
    pub select: Vec<String>,
    /// pattern: regular expressions; the first that matches a line reads it.
    pub pattern: Vec<String>,
    /// Members of an archive, as globs; all that match are read.
    pub members: Vec<String>,
    /// What becomes of bogon space \[clip\].
    pub reserved: Reserved,
    /// Broaden single IPv6 addresses to this length, 0 = never.
    pub widen_v6: u8,
    /// Under what terms it is published.
    pub licence: Licence,
    /// Seconds before it is asked again \[86400\].
    pub refresh_seconds: u64,
    /// Seconds after which a snapshot claims nothing, `None` = never \[never for a path, 7 days for a URL\].
    pub expire_seconds: Option<u64>,
    /// A `path` feed: the day its content is of.
    pub as_of: Option<Day>,
    /// Whether builds read it \[true\].
    pub enabled: bool,
    /// Why not, when it is not.
    pub note: Option<String>,
    /// Limits beyond which a snapshot is not believed.
    pub guards: Guards,
}

impl Feed {
    /// Whether something of the environment goes into its URLs.
    pub fn has_secret(&self) -> bool {
        let is_secret =
            |location: &Location| matches!(location, Location::Url(url) if url.contains("${"));
        self.locations.iter().any(is_secret)
    }

    /// Whether its bytes come from URLs; else they are files.
    pub fn is_fetched(&self) -> bool {
        matches!(self.locations.first(), Some(Location::Url(_)))
    }
}
