//! A scan, from what was asked to what is answered.

use std::net::IpAddr;

use crate::base::{Address, Coverage, Family, Range};
use crate::feed::Category;
use crate::mmdb::{FormatError, Reader, Value};
use crate::query::scan::answer::{
    NetworkVerdict, Scan, ScoreBin, Scores, Share, TopAsn, TopCountry, TopProvider, Tops,
    VerdictRun,
};
use crate::query::scan::exact::ratio;
use crate::query::scan::index::Indexed;
use crate::query::scan::indexed::Numbers;
use crate::query::scan::leaves::own_addresses;
use crate::query::scan::linear::walk;
use crate::query::scan::memo::Memo;
use crate::query::scan::runs::{Page, page, page_of};
use crate::query::scan::table::Table;
use crate::query::scan::top::{Everyone, MAX_TOP, MostOfAll};
use crate::query::scan::totals::{Totals, bin_ends};
use crate::query::scan::verdict::reasons;
use crate::query::scan::{Cidr, Index};
use crate::query::{AnyRange, Known, recorded_signals};

/// How many records are looked at to see whether a database is the edition `full`.
const N_LOOKED_AT: usize = 64;

/// How much a scan tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanOptions {
    /// How many AS, countries and providers: at most [`ScanOptions::MAX_TOP`].
    pub top: usize,
    /// How many runs: at most [`ScanOptions::MAX_RUNS`].
    pub runs: usize,
    /// Where the page of runs begins, as the `next` of the page before says. An address before the range is
    /// its first; after one past the range there are no runs, as after one of the other family, which no page ends
    /// with: ask [`Cidr::is_of_family`] before.
    pub after: Option<IpAddr>,
}

impl ScanOptions {
    /// The most that [`ScanOptions::top`] may be.
    pub const MAX_TOP: usize = MAX_TOP;
    /// The most that [`ScanOptions::runs`] may be.
    pub const MAX_RUNS: usize = 1000;
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self { top: 10, runs: 100, after: None }
    }
}

/// Says what a database of the edition `full` says of all addresses of a prefix or a range; with an index of that
/// very database any prefix at once, without one by walking its networks.
///
/// # Errors
/// If the database is damaged where it was read, or the index is another's.
pub fn scan(
    reader: &Reader<'_>,
    index: Option<&Index>,
    cidr: &Cidr,
    options: ScanOptions,
) -> Result<Scan, FormatError> {
    match cidr.range() {
        AnyRange::V4(range) => of_range(reader, index, cidr, range, options),
        AnyRange::V6(range) => of_range(reader, index, cidr, range, options),
    }
}

/// Whether the first records of a database look like those of the edition `full`; an empty one may be it.
///
/// # Errors
/// If the database is damaged there.
pub fn has_full_records(reader: &Reader<'_>) -> Result<bool, FormatError> {
    let mut is_empty = true;
    for network in reader.networks().take(N_LOOKED_AT) {
        let (_, offset) = network?;
        is_empty = false;
        let record = reader.decode(offset)?;
        let is_map = |key| matches!(record.get(key), Some(Value::Map(_)));
        if ["network", "threat", "signals"].into_iter().any(is_map) {
            return Ok(true);
        }
    }
    Ok(is_empty)
}

fn of_range<F: Indexed>(
    reader: &Reader<'_>,
    index: Option<&Index>,
    cidr: &Cidr,
    range: Range<F>,
    options: ScanOptions,
) -> Result<Scan, FormatError> {
    let top = options.top.min(ScanOptions::MAX_TOP);
    let limit = options.runs.min(ScanOptions::MAX_RUNS);
    let paged = paged(range, options.after);
    if let Some(index) = index {
        let (numbers, most) = index.numbers_and_most(reader, range)?;
        let page = paged.map(|range| page_of(index, reader, range, limit)).transpose()?;
        let names = Names { reader, table: index.table(), as_record: &|asn| index.as_record(asn) };
        return names.scan(cidr, range, &numbers, &most, top, page);
    }
    let mut memo = Memo::new(reader);
    let walked = walk(reader, range, |offset| memo.facts(offset))?;
    let page = paged.map(|range| page(reader, range, limit, |offset| Ok(memo.facts(offset)?.1)));
    let page = page.transpose()?;
    let table = memo.table.table();
    let mut numbers = Numbers { totals: Totals::NONE, max: 0, n_runs: walked.n_runs };
    for &(number, count) in &walked.counts {
        let facts = table.facts(number);
        numbers.totals.add(facts, count);
        numbers.max = numbers.max.max(facts.score);
    }
    let most = Everyone::of(table, walked.counts).most(table);
    let names = Names { reader, table, as_record: &|asn| memo.table.as_record(asn) };
    names.scan(cidr, range, &numbers, &most, top, page)
}

/// What of a range a page of runs begins with.
fn paged<F: Family>(range: Range<F>, after: Option<IpAddr>) -> Option<Range<F>> {
    let first = match after {
        None => range.first(),
        Some(IpAddr::V4(ip)) if F::BITS == 32 => F::Addr::from_u128(ip.to_bits().into())?,
        Some(IpAddr::V6(ip)) if F::BITS == 128 => F::Addr::from_u128(ip.to_bits())?,
        Some(_) => return None,
    };
    Range::new(first.max(range.first()), range.last())
}

/// That many addresses.
pub(super) fn coverage(count: u128) -> Coverage {
    count.checked_sub(1).map_or(Coverage::ZERO, Coverage::of_span)
}

impl Share {
    pub(super) fn of(count: u128, total: u128) -> Self {
        Self { count: coverage(count), ratio: ratio(count, total) }
    }
}

impl ScoreBin {
    /// Its part of that many addresses: of a scan's `known`, say.
    pub fn share(&self, of: Coverage) -> Share {
        // A family whole, which no scan has: IPv4 has places in IPv6 that do not count.
        let number = |coverage: Coverage| coverage.get().unwrap_or(u128::MAX);
        Share::of(number(self.count), number(of))
    }
}

/// Where names are found.
struct Names<'n, 'a> {
    reader: &'n Reader<'a>,
    table: &'n Table,
    as_record: &'n dyn Fn(u32) -> Option<u32>,
}

impl Names<'_, '_> {
    fn scan<F: Family>(
        &self,
        cidr: &Cidr,
        range: Range<F>,
        numbers: &Numbers,
        most: &MostOfAll,
        top: usize,
        page: Option<Page<F>>,
    ) -> Result<Scan, FormatError> {
        let Numbers { totals, max, n_runs } = numbers;
        let total = own_addresses(range);
        let share = |count| Share::of(count, total);
        let signals = recorded_signals().iter().map(|c| (c.signal(), share(totals.signal(c))));
        let histogram = (0..).zip(totals.bins()).map(|(bin, &count)| {
            let (from, to) = bin_ends(bin);
            ScoreBin { from, to, count: coverage(count) }
        });
        let (runs, next) = page.map_or((Vec::new(), None), |page| (page.runs, page.next));
        Ok(Scan {
            query: cidr.to_string(),
            notes: notes(cidr, range, total),
            family: F::NAME,
            first: F::to_ip(range.first()),
            last: F::to_ip(range.last()),
            total: coverage(total),
            known: share(totals.known()),
            verdict: NetworkVerdict::of(totals.listed(), total),
            reasons: reasons(totals, total),
            listed: share(totals.listed()),
            anonymous: share(totals.anonymous()),
            abuse: share(totals.abuse()),
            signals: signals.collect(),
            score: Scores {
                mean: totals.score().mean(total),
                mean_listed: totals.listed_score().mean(totals.listed()),
                max: *max,
                histogram: histogram.collect(),
            },
            top: self.tops(most, total, top)?,
            runs: runs.into_iter().map(|(range, verdict)| run(range, verdict)).collect(),
            n_runs: *n_runs,
            next: next.map(F::to_ip),
        })
    }

    fn tops(&self, most: &MostOfAll, total: u128, top: usize) -> Result<Tops, FormatError> {
        let mut tops = Tops {
            n_asns: most.asns.n_distinct,
            n_countries: most.countries.n_distinct,
            n_providers: most.providers.n_distinct,
            ..Tops::default()
        };
        for &(asn, count) in most.asns.most.iter().take(top) {
            let Share { count, ratio } = Share::of(count, total);
            let as_name = self.as_name(asn)?;
            tops.asns.push(TopAsn { asn: format!("AS{asn}"), as_name, count, ratio });
        }
        for &(code, count) in most.countries.most.iter().take(top) {
            let Share { count, ratio } = Share::of(count, total);
            let country = self.table.country(code).map(str::to_owned);
            let country_code = code.map(char::from).iter().collect();
            tops.countries.push(TopCountry { country_code, country, count, ratio });
        }
        for &(provider, count) in most.providers.most.iter().take(top) {
            let Share { count, ratio } = Share::of(count, total);
            let provider = self.table.provider(provider).to_owned();
            tops.providers.push(TopProvider { provider, count, ratio });
        }
        Ok(tops)
    }

    fn as_name(&self, asn: u32) -> Result<Option<String>, FormatError> {
        let Some(offset) = (self.as_record)(asn) else { return Ok(None) };
        let known = Known::read(self.reader, offset as usize)?;
        Ok(known.network.as_name.map(str::to_owned))
    }
}

fn run<F: Family>(range: Range<F>, (score, signals): (u8, crate::score::Signals)) -> VerdictRun {
    VerdictRun {
        first: F::to_ip(range.first()),
        last: F::to_ip(range.last()),
        count: range.coverage(),
        score,
        signals: signals.iter().map(Category::signal).collect(),
    }
}

/// What must be known to read the numbers.
fn notes<F: Family>(cidr: &Cidr, range: Range<F>, total: u128) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(asked) = cidr.masked() {
        notes.push(format!("`{}` has host bits, which were cleared: {cidr}", asked.escape_debug()));
    }
    if range.span().to_u128().checked_add(1) != Some(total) {
        let places = "::/96, ::ffff:0:0/96, 2001::/32 and 2002::/16";
        notes.push(format!(
            "addresses of {places} are not counted: IPv4 is reached there, and has a scan of its own"
        ));
    }
    notes
}
