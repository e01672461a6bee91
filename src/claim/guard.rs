//! Guards: limits beyond which a snapshot is not believed (FAULTS, "Guards on feeds").
//!
//! Only what one snapshot shows by itself; shrink and growth need the snapshots before it.

use crate::algebra::RangeSet;
use crate::base::{Run, V4, V6};
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
}

/// Checks what was read of a snapshot against the guards of its feed.
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
        // Nothing covers more than everything: most feeds are spared the sort.
        return None;
    }
    let listed = RangeSet::new(runs.iter().map(Run::range).collect());
    let covered = listed.intersection(F::routable()).coverage();
    let ppm = covered.ppm_of(F::routable().coverage());
    let trips = ppm > u64::from(limit) * 1000;
    trips.then(|| GuardTrip::Broad { found: ppm.div_ceil(1000), family: F::NAME, limit, key })
}

#[cfg(test)]
mod tests {
    use crate::base::{Run, V4};
    use crate::claim::guard;
    use crate::feed::Catalogue;
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
        let parsed = Parsed { v4, tally, ..Parsed::default() };
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
