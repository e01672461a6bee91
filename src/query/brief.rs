//! What a database says of an address, in short: the verdict, and nothing of who says so.

use std::net::IpAddr;

use serde::Serialize;
use utoipa::ToSchema;

use crate::mmdb::{FormatError, Reader};
use crate::query::Known;
use crate::query::lookup::network;
use crate::score::{Recommendation, RiskLevel, Signals};

/// What an edition `full` says of an address, in short. Where it has no record, the score is 0 and no signal is true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Brief {
    /// The largest prefix around the address of which the same is said.
    #[schema(example = "185.220.101.0/26")]
    pub network: String,
    /// The score, 0 to 100.
    #[schema(maximum = 100, example = 90)]
    pub score: u8,
    /// `low` to 30, `medium` to 60, `high` to 85, `critical` beyond.
    pub risk_level: RiskLevel,
    /// What goes with the risk level.
    pub recommendation: Recommendation,
    /// How sure the score is, 0 to 100.
    #[schema(maximum = 100, example = 99)]
    pub confidence: u8,
    /// The signals that are true, by name, of those that records have: all but `is_bogon`, `is_denied`, `is_allowed`.
    #[schema(value_type = Vec<String>, example = json!(["is_tor", "is_hosting"]))]
    pub signals: Signals,
}

impl Brief {
    /// Looks an address up.
    ///
    /// # Errors
    /// If the database is damaged where it was read.
    pub fn of(reader: &Reader<'_>, ip: IpAddr) -> Result<Self, FormatError> {
        let found = reader.lookup(ip)?;
        let known = found.offset.map(|offset| Known::read(reader, offset)).transpose()?;
        let Known { score, confidence, signals, .. } = known.unwrap_or_default();
        let risk_level = RiskLevel::of(score);
        Ok(Self {
            network: network(ip, found.prefix_len),
            score,
            risk_level,
            recommendation: risk_level.recommendation(),
            confidence,
            signals,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::mmdb::{Pool, Reader};
    use crate::query::Brief;
    use crate::query::fixture::{file, intern};

    #[track_caller]
    fn check(ip: &str, expected: &Value) {
        let records = [
            json!({
                "threat": { "score": 90, "confidence": 75, "risk_level": "critical" },
                "signals": { "is_hosting": true, "is_vpn": false, "is_tor": true },
                "geo": { "country_code": "IR", "is_sanctioned": true },
            }),
            json!({ "network": { "asn": 64496 } }),
        ];
        let mut pool = Pool::new();
        let ids = records.map(|record| intern(&mut pool, &record));
        let bytes = file(&pool, &ids);
        let reader = Reader::open(&bytes).expect("sound");
        let brief = Brief::of(&reader, ip.parse().expect("an address")).expect("sound");
        assert_eq!(serde_json::to_value(brief).expect("JSON"), *expected);
    }

    fn nothing(network: &str) -> Value {
        json!({
            "network": network, "score": 0, "risk_level": "low", "recommendation": "allow",
            "confidence": 0, "signals": [],
        })
    }

    #[test]
    fn a_brief_has_the_verdict_and_the_network() {
        check(
            "192.0.2.0",
            &json!({
                "network": "192.0.2.0/32", "score": 90, "risk_level": "critical",
                "recommendation": "block", "confidence": 75,
                "signals": ["is_tor", "is_hosting", "is_sanctioned"],
            }),
        );
        // Of which no feed says anything, and of which nobody does.
        check("192.0.2.1", &nothing("192.0.2.1/32"));
        check("192.0.2.2", &nothing("192.0.2.2/31"));
        check("2001:db8::1", &nothing("2001:800::/21"));
    }

    #[test]
    fn a_tree_that_leads_nowhere_is_an_error() {
        let mut pool = Pool::new();
        let id = intern(&mut pool, &json!({ "threat": { "score": 1 } }));
        let sound = file(&pool, &[id]);
        let n_tree = Reader::open(&sound).expect("sound").before_metadata()[0].len();
        let mut damaged = sound;
        damaged[..n_tree].fill(0xFF);
        let reader = Reader::open(&damaged).expect("its metadata is whole");
        let ip = "192.0.2.0".parse().expect("an address");
        assert!(Brief::of(&reader, ip).is_err());
    }
}
