//! Who announced an address, from when to when.

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::Day;

/// Which ASes announced an address, the newest last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AsnHistory {
    /// Neighbouring days of one AS are one; days without any are none.
    pub periods: Vec<AsnPeriod>,
    /// Whether all that is kept of the last year was looked at, but for nights that came today or
    /// yesterday; else only a part was.
    pub is_complete: bool,
}

/// An AS that announced an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AsnPeriod {
    /// Its number.
    pub asn: u32,
    /// The first day that it did, of those that can be asked for.
    #[schema(value_type = String, format = Date)]
    pub first_seen: Day,
    /// The last day that it did; today if it does.
    #[schema(value_type = String, format = Date)]
    pub last_seen: Day,
}

/// Days on which one AS, or none, announced an address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spell {
    pub(super) first: Day,
    pub(super) last: Day,
    pub(super) asn: Option<u32>,
}

impl AsnHistory {
    /// Joins what is alike; spells are in order.
    pub(super) fn of(spells: &[Spell], is_complete: bool) -> Self {
        let alike = spells.chunk_by(|a, b| a.asn == b.asn);
        let period = |alike: &[Spell]| {
            let (first, last) = (alike.first()?, alike.last()?);
            Some(AsnPeriod { asn: first.asn?, first_seen: first.first, last_seen: last.last })
        };
        Self { periods: alike.filter_map(period).collect(), is_complete }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::base::Day;
    use crate::query::history::AsnHistory;
    use crate::query::history::periods::Spell;

    #[test]
    fn what_is_alike_is_joined_and_what_is_none_is_left_out() {
        let asns = [Some(1), Some(1), None, Some(1), Some(2), Some(2), None];
        let spell = |(n, asn)| Spell { first: Day(10 * n), last: Day(10 * n + 9), asn };
        let spells: Vec<Spell> = (0..).zip(asns).map(spell).collect();
        let history = AsnHistory::of(&spells, true);
        let expected = json!([
            { "asn": 1, "firstSeen": "1970-01-01", "lastSeen": "1970-01-20" },
            { "asn": 1, "firstSeen": "1970-01-31", "lastSeen": "1970-02-09" },
            { "asn": 2, "firstSeen": "1970-02-10", "lastSeen": "1970-03-01" },
        ]);
        assert_eq!(serde_json::to_value(&history.periods).expect("text keys"), expected);
        assert_eq!(AsnHistory::of(&[], true).periods, []);
    }
}
