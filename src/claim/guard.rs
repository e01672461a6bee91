//! Guards: limits beyond which a snapshot is not believed (FAULTS, "Guards on feeds").
//!
//! [`guard`] asks what a snapshot shows by itself, [`trend`] how it compares with those before it.

use serde::{Deserialize, Serialize};

use crate::algebra::{self, joined};
use crate::base::{Coverage, Range, Run, V4, V6};
use crate::claim::Special;
use crate::feed::Feed;
use crate::parse::Parsed;

/// A guard that tripped: what was found, and the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GuardTrip {
    /// Too few rows.
    #[error("{rows} rows, expected at least {limit} (guards.min_rows)")]
    TooFew {
        /// Rows there are.
        rows: u64,
        /// Rows expected.
        limit: u64,
    },
    /// Too many rows.
    #[error("{rows} rows, expected at most {limit} (guards.max_rows)")]
    TooMany {
        /// Rows there are.
        rows: u64,
        /// Rows expected.
        limit: u64,
    },
    /// A list of host names.
    #[error(
        "{host_names} of {rows} rows are host names; ipmint resolves nothing, so this takes a \
         feed of addresses"
    )]
    HostNames {
        /// Rows that name a host.
        host_names: u64,
        /// Rows there are.
        rows: u64,
    },
    /// Too large a share of rows that could not be read.
    #[error(
        "{faults} of {rows} rows could not be read, expected at most {limit} ‰ (guards.faults)"
    )]
    Faulty {
        /// Rows that could not be read.
        faults: u64,
        /// Rows there are.
        rows: u64,
        /// Per mille.
        limit: u16,
    },
    /// Too large a share of the family's routable space.
    #[error("covers {found} ‰ of routable {family}, expected at most {limit} ‰ (guards.{key})")]
    Broad {
        /// Per mille, rounded up.
        found: u64,
        /// `IPv4` or `IPv6`.
        family: &'static str,
        /// Per mille.
        limit: u16,
        /// The key in the definition.
        key: &'static str,
    },
    /// Much less than there used to be.
    #[error("{found} {what}, expected at least {limit}: it used to be {usual} (guards.shrink)")]
    Shrunk {
        /// What there is less of.
        what: &'static str,
        /// How much there is.
        found: u64,
        /// How much there has to be.
        limit: u64,
        /// The median of good snapshots.
        usual: u64,
    },
    /// Much more than there used to be.
    #[error("{found} {what}, expected at most {limit}: it used to be {usual} (guards.grow)")]
    Grown {
        /// What there is more of.
        what: &'static str,
        /// How much there is.
        found: u64,
        /// How much there may be.
        limit: u64,
        /// The median of good snapshots.
        usual: u64,
    },
}

impl GuardTrip {
    /// Whether a snapshot that says the same again makes it believable.
    pub fn is_of_trend(&self) -> bool {
        matches!(self, Self::Shrunk { .. } | Self::Grown { .. })
    }
}

/// How much there is in a snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Its rows.
    pub rows: u64,
    /// IPv4 addresses listed.
    pub v4: u64,
    /// IPv6 space listed, in /64s, a part counting whole.
    pub v6: u64,
}

impl Extent {
    /// Measures what was read of a snapshot, its entries in order.
    pub fn of(parsed: &Parsed) -> Self {
        Self { rows: parsed.tally.rows, v4: covered(&parsed.v4, 0), v6: covered(&parsed.v6, 64) }
    }
}

/// What a feed may gain or lose whatever its guards say: of a few rows, one is a large share. Ten
/// rows, ten /24s, ten /48s.
const SLACK: Extent = Extent { rows: 10, v4: 10 << 8, v6: 10 << 16 };

/// Compares a snapshot with the good ones before it.
///
/// # Errors
/// What it lost or gained more of than `guards.shrink` and `guards.grow` allow.
pub fn trend(feed: &Feed, good: &[Extent], found: Extent) -> Result<(), GuardTrip> {
    let compare = |what, of: fn(&Extent) -> u64| {
        let mut good: Vec<u64> = good.iter().map(of).collect();
        good.sort_unstable();
        let Some(&usual) = good.get(good.len() / 2) else { return Ok(()) };
        let (found, slack) = (of(&found), of(&SLACK));
        let share = |per_mille: u64| {
            let limit = u128::from(usual) * u128::from(per_mille) / 1000;
            u64::try_from(limit).unwrap_or(u64::MAX)
        };
        let least = share(1000_u64.saturating_sub(feed.guards.shrink.into()));
        let most = share(feed.guards.grow.into());
        if found < least && usual - found > slack {
            return Err(GuardTrip::Shrunk { what, found, limit: least, usual });
        }
        if found > most && found - usual > slack {
            return Err(GuardTrip::Grown { what, found, limit: most, usual });
        }
        Ok(())
    };
    compare("rows", |extent| extent.rows)?;
    compare("IPv4 addresses", |extent| extent.v4)?;
    compare("IPv6 /64s", |extent| extent.v6)
}

/// Checks what was read of a snapshot, its entries in order, against the guards of its feed.
///
/// # Errors
/// The first guard that trips, in the order of [`GuardTrip`].
pub fn guard(feed: &Feed, parsed: &Parsed) -> Result<(), GuardTrip> {
    let (guards, tally) = (&feed.guards, parsed.tally);
    let rows = tally.rows;
    if rows < guards.min_rows {
        return Err(GuardTrip::TooFew { rows, limit: guards.min_rows });
    }
    if rows > guards.max_rows {
        return Err(GuardTrip::TooMany { rows, limit: guards.max_rows });
    }
    // Rows fit memory, so a thousand times as many fit 64 bits.
    if tally.faults * 1000 > rows * u64::from(guards.faults) {
        let host_names = tally.host_names;
        if rows >= 10 && host_names * 10 >= rows * 9 {
            return Err(GuardTrip::HostNames { host_names, rows });
        }
        return Err(GuardTrip::Faulty { faults: tally.faults, rows, limit: guards.faults });
    }
    let broad_v4 = broad::<V4>(&parsed.v4, guards.coverage_v4, "coverage_v4");
    let broad_v6 = broad::<V6>(&parsed.v6, guards.coverage_v6, "coverage_v6");
    broad_v4.or(broad_v6).map_or(Ok(()), Err)
}

fn broad<F: Special>(runs: &[Run<F>], limit: u16, key: &'static str) -> Option<GuardTrip> {
    if limit >= 1000 {
        // Nothing covers more than everything.
        return None;
    }
    let speakable = |range| F::reserved().outside(range).map(Range::coverage);
    let covered: Coverage = joined(runs).flat_map(speakable).sum();
    let ppm = covered.ppm_of(F::routable().coverage());
    let trips = ppm > u64::from(limit) * 1000;
    trips.then(|| GuardTrip::Broad { found: ppm.div_ceil(1000), family: F::NAME, limit, key })
}

/// How many addresses are listed, in blocks of 2^`shift`, rounded up.
fn covered<F: Special>(runs: &[Run<F>], shift: u32) -> u64 {
    algebra::covered(runs).blocks(shift)
}

#[cfg(test)]
mod tests {
    use crate::base::{Run, V4};
    use crate::claim::guard;
    use crate::claim::guard::{Extent, trend};
    use crate::feed::fixture::feed;
    use crate::feed::{Catalogue, Feed, Format, Guards, Kind};
    use crate::parse::{Parsed, Source, Tally, parse};

    /// Checks `rows` rows, `faults` of them faulty, that list one range from 1.0.0.0 on.
    #[track_caller]
    fn check(guards: &str, rows: u64, faults: u64, n_listed: u32, expected: &str) {
        let text = format!(
            "title = 't'\npath = 'x'\nformat = 'list'\nkind = 'membership'\n\
             category = 'vpn'\nlicence = {{ id = 'CC0-1.0' }}\nguards = {{ {guards} }}\n"
        );
        let catalogue = Catalogue::from_files(&[("x.toml".to_owned(), text)]).expect("good");
        let tally = Tally { rows, faults, ..Tally::default() };
        let first = 0x0100_0000;
        let v4 = vec![Run::<V4> { first, last: first + n_listed - 1, value: 0 }];
        let parsed = Parsed { v4: v4.into(), tally, ..Parsed::default() };
        let found = guard(catalogue.get("x").expect("defined"), &parsed);
        assert_eq!(found.map_or_else(|trip| trip.to_string(), |()| String::new()), expected);
    }

    #[test]
    fn each_guard_names_its_key() {
        check("", 1, 0, 1, "");
        check("", 0, 0, 1, "0 rows, expected at least 1 (guards.min_rows)");
        check("max_rows = 2", 3, 0, 1, "3 rows, expected at most 2 (guards.max_rows)");
        check("", 20, 1, 1, "");
        let faulty = "2 of 20 rows could not be read, expected at most 50 ‰ (guards.faults)";
        check("", 20, 2, 1, faulty);
        check("coverage_v4 = 5", 1, 0, 1 << 24, "");
        let broad = "covers 5 ‰ of routable IPv4, expected at most 4 ‰ (guards.coverage_v4)";
        check("coverage_v4 = 4", 1, 0, 1 << 24, broad);
    }

    /// Compares `found` rows with `good` ones, under a loss of 100 ‰ and a size of 1500 ‰.
    #[track_caller]
    fn check_trend(good: &[u64], found: u64, expected: &str) {
        let guards = Guards { shrink: 100, grow: 1500, ..Guards::default() };
        let feed = Feed { guards, ..feed(Format::List, Kind::Membership) };
        let extent = |rows| Extent { rows, v4: 0, v6: 0 };
        let good: Vec<Extent> = good.iter().map(|rows| extent(*rows)).collect();
        let found = trend(&feed, &good, extent(found));
        assert_eq!(found.map_or_else(|trip| trip.to_string(), |()| String::new()), expected);
    }

    #[test]
    fn a_snapshot_is_compared_with_the_median_of_good_ones() {
        check_trend(&[], 1, "");
        check_trend(&[1000], 900, "");
        let shrunk = "899 rows, expected at least 900: it used to be 1000 (guards.shrink)";
        check_trend(&[1000], 899, shrunk);
        check_trend(&[1, 1000, 9999], 899, shrunk);
        check_trend(&[1000], 1500, "");
        let grown = "1501 rows, expected at most 1500: it used to be 1000 (guards.grow)";
        check_trend(&[1000], 1501, grown);
        check_trend(&[4], 14, "");
        check_trend(&[10], 0, "");
        check_trend(&[u64::MAX], u64::MAX, "");
    }

    #[test]
    fn a_list_of_host_names_is_called_one() {
        let text = "title = 't'\npath = 'x'\nformat = 'list'\nkind = 'membership'\n\
                    category = 'vpn'\nlicence = {}\n";
        let catalogue = Catalogue::from_files(&[("x.toml".to_owned(), text.to_owned())]);
        let catalogue = catalogue.expect("good");
        let feed = catalogue.get("x").expect("defined");
        let reason = |lines: &str| {
            let source = Source { name: "f", captures: &[], bytes: lines.as_bytes() };
            guard(feed, &parse(feed, &[source])).map_err(|trip| trip.to_string())
        };
        let names = "us-1.vpn.example\n".repeat(9);
        let told = "9 of 10 rows are host names; ipmint resolves nothing, so this takes a feed of addresses";
        assert_eq!(reason(&(names.clone() + "1.1.1.1\n")), Err(told.to_owned()));
        let few = "9 of 9 rows could not be read, expected at most 50 ‰ (guards.faults)";
        assert_eq!(reason(&names), Err(few.to_owned()));
    }
}
