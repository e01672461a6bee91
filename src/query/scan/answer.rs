//! The answer of a scan: the object of `scan --json` and of `/v1/cidr`.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::Coverage;

/// What a database says of all addresses of a prefix or a range.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Scan {
    /// The prefix or range, as it was understood.
    #[schema(examples("146.70.50.0/24", "192.0.2.1-192.0.2.9"))]
    pub query: String,
    /// What must be known to read the numbers: host bits that were cleared, addresses that are not counted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// `IPv4` or `IPv6`.
    pub family: &'static str,
    /// First address.
    #[schema(value_type = String)]
    pub first: IpAddr,
    /// Last address.
    #[schema(value_type = String)]
    pub last: IpAddr,
    /// Addresses; of IPv6 without those through which IPv4 is reached.
    pub total: Coverage,
    /// Addresses of which something is known.
    pub known: Share,
    /// How much of it is listed, in a word.
    pub verdict: NetworkVerdict,
    /// Why, in sentences.
    pub reasons: Vec<String>,
    /// Addresses with a signal of an anonymizer or of abuse.
    pub listed: Share,
    /// Addresses with a signal of an anonymizer.
    pub anonymous: Share,
    /// Addresses with a signal of abuse.
    pub abuse: Share,
    /// Every signal that a record can have, by name.
    pub signals: BTreeMap<&'static str, Share>,
    /// The scores.
    pub score: Scores,
    /// The most common AS, countries and providers.
    pub top: Tops,
    /// Runs of one verdict, in address order: a page of them.
    pub runs: Vec<VerdictRun>,
    /// How many runs there are in all.
    pub n_runs: u64,
    /// Where the next page begins: the first address of a run that is not on this one.
    #[schema(value_type = Option<String>)]
    pub next: Option<IpAddr>,
}

/// How many addresses, and what part of the total that is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Share {
    /// Addresses.
    pub count: Coverage,
    /// 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub ratio: f64,
}

/// How much of a network is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NetworkVerdict {
    /// Less than 1 %.
    Clean,
    /// Less than 20 %.
    Mixed,
    /// Less than 50 %.
    Risky,
    /// 50 % and more.
    Toxic,
}

/// The scores of a network.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Scores {
    /// Mean over all addresses, to six digits; what is not known has 0.
    #[schema(minimum = 0, maximum = 100)]
    pub mean: f64,
    /// Mean over the listed addresses, to six digits; 0 where none is listed.
    #[schema(minimum = 0, maximum = 100)]
    pub mean_listed: f64,
    /// The largest.
    #[schema(minimum = 0, maximum = 100)]
    pub max: u8,
    /// Addresses of which something is known, by their scores: 0, 1 to 10, 11 to 20, and so on.
    pub histogram: Vec<ScoreBin>,
}

/// A bin of the histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScoreBin {
    /// Lowest score.
    pub from: u8,
    /// Highest score.
    pub to: u8,
    /// Addresses.
    pub count: Coverage,
}

/// Who is there, the most addresses first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Tops {
    /// By origin AS.
    pub asns: Vec<TopAsn>,
    /// How many AS there are in all.
    pub n_asns: u64,
    /// By country.
    pub countries: Vec<TopCountry>,
    /// How many countries there are in all.
    pub n_countries: u64,
    /// By provider of an anonymizer or of hosting; an address may have several.
    pub providers: Vec<TopProvider>,
    /// How many providers there are in all.
    pub n_providers: u64,
}

/// An AS.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TopAsn {
    /// Its number.
    #[schema(examples("AS64496"))]
    pub asn: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_name: Option<String>,
    /// Addresses.
    pub count: Coverage,
    /// 0 to 1, of the total.
    #[schema(minimum = 0, maximum = 1)]
    pub ratio: f64,
}

/// A country.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TopCountry {
    /// ISO 3166-1 alpha-2.
    pub country_code: String,
    /// English short name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Addresses.
    pub count: Coverage,
    /// 0 to 1, of the total.
    #[schema(minimum = 0, maximum = 1)]
    pub ratio: f64,
}

/// A provider.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TopProvider {
    /// As feeds call it.
    pub provider: String,
    /// Addresses.
    pub count: Coverage,
    /// 0 to 1, of the total.
    #[schema(minimum = 0, maximum = 1)]
    pub ratio: f64,
}

/// A run of known addresses of one score and the same signals, as long as it goes within the range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VerdictRun {
    /// First address.
    #[schema(value_type = String)]
    pub first: IpAddr,
    /// Last address.
    #[schema(value_type = String)]
    pub last: IpAddr,
    /// Addresses.
    pub count: Coverage,
    /// 0 to 100.
    pub score: u8,
    /// The signals that are true, in category order.
    pub signals: Vec<&'static str>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::base::Coverage;
    use crate::query::scan::{ScoreBin, TopAsn, TopCountry, percent};

    #[track_caller]
    fn check(top: &impl serde::Serialize, expected: &Value) {
        assert_eq!(serde_json::to_value(top).expect("JSON"), *expected);
    }

    #[test]
    fn names_that_are_not_said_are_absent() {
        let (count, ratio) = (Coverage::of_span(0), 0.5);
        let asn = TopAsn { asn: "AS64496".to_owned(), as_name: None, count, ratio };
        check(&asn, &json!({ "asn": "AS64496", "count": 1, "ratio": 0.5 }));
        let country = TopCountry { country_code: "DE".to_owned(), country: None, count, ratio };
        check(&country, &json!({ "country_code": "DE", "count": 1, "ratio": 0.5 }));
    }

    #[test]
    fn a_small_bin_is_not_nothing() {
        let count = Coverage::of_span(115);
        let bin = ScoreBin { from: 1, to: 10, count };
        let share = bin.share(Coverage::of_span(u32::MAX.into()));
        assert_eq!((share.count, percent(share.ratio)), (count, "< 0.1 %".to_owned()));
        assert_eq!(percent(bin.share(count).ratio), "100 %");
        assert_eq!(percent(bin.share(Coverage::ZERO).ratio), "0 %");
    }
}
