//! Services and media by country, from `services.tsv` and `media.tsv`.

use serde::Serialize;
use utoipa::ToSchema;

/// Whether a service or a medium is to be had in the country of an address: a reference by region, no test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Offer {
    /// Which.
    #[schema(example = "chatgpt")]
    pub key: &'static str,
    /// What it is called.
    #[schema(example = "ChatGPT")]
    pub name: &'static str,
    /// Whether it is.
    pub status: OfferStatus,
    /// `not_offered` by its operator, or `blocked` by the state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The day that was last looked up.
    #[serde(rename = "asOf", skip_serializing_if = "Option::is_none")]
    #[schema(example = "2025-06-01")]
    pub as_of: Option<&'static str>,
}

/// Whether something is to be had in a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OfferStatus {
    /// It certainly is not.
    Unavailable,
    /// Nothing is known against it, or the country is not known.
    Unknown,
}

/// Where a service or a medium is not to be had.
#[derive(Debug)]
pub(super) struct OfferRule {
    key: &'static str,
    name: &'static str,
    /// Where it is not to be had, and why.
    closed: Vec<Closed>,
}

#[derive(Debug)]
struct Closed {
    countries: &'static str,
    reason: &'static str,
    as_of: &'static str,
}

impl OfferRule {
    /// Whether it is that one.
    pub(super) fn is(&self, key: &str) -> bool {
        self.key == key
    }

    /// Whether it is certainly not to be had in a country.
    pub(super) fn is_closed_in(&self, country: Option<&str>) -> bool {
        self.closed_in(country).is_some()
    }

    fn closed_in(&self, country: Option<&str>) -> Option<&Closed> {
        self.closed.iter().find(|closed| has(closed.countries, country.unwrap_or_default()))
    }

    /// What there is to say for a country.
    pub(super) fn ask(&self, country: Option<&str>) -> Offer {
        let Self { key, name, .. } = *self;
        match self.closed_in(country) {
            Some(&Closed { reason, as_of, .. }) => Offer {
                key,
                name,
                status: OfferStatus::Unavailable,
                reason: Some(reason),
                as_of: Some(as_of),
            },
            None => Offer { key, name, status: OfferStatus::Unknown, reason: None, as_of: None },
        }
    }
}

/// Whether a code is among codes that are apart by blanks.
pub(super) fn has(countries: &str, country: &str) -> bool {
    countries.split(' ').any(|code| code == country)
}

/// A line a service and reason, as an entry a service.
pub(super) fn offers(rows: &[Vec<&'static str>]) -> Option<Vec<OfferRule>> {
    let mut offers: Vec<OfferRule> = Vec::new();
    for row in rows {
        let &[key, name, countries, reason, as_of, _] = row.as_slice() else { return None };
        let closed = Closed { countries, reason, as_of };
        match offers.iter_mut().find(|offer| offer.key == key) {
            Some(offer) => offer.closed.push(closed),
            None => offers.push(OfferRule { key, name, closed: vec![closed] }),
        }
    }
    Some(offers)
}

#[cfg(test)]
mod tests {
    use crate::query::views::{OfferStatus, Rules};

    #[test]
    fn what_is_not_offered_is_certain_and_nothing_else_is() {
        let rules = Rules::shipped();
        let tiktok = |country| {
            let media = rules.media(country);
            let offer = *media.iter().find(|offer| offer.key == "tiktok").expect("there");
            assert_eq!(media.iter().filter(|other| other.key == "tiktok").count(), 1);
            (offer.status, offer.reason)
        };
        assert_eq!(tiktok(Some("CN")), (OfferStatus::Unavailable, Some("not_offered")));
        assert_eq!(tiktok(Some("IN")), (OfferStatus::Unavailable, Some("blocked")));
        assert_eq!(tiktok(Some("DE")), (OfferStatus::Unknown, None));
        assert_eq!(tiktok(None), (OfferStatus::Unknown, None));
        assert!(rules.services(None).iter().all(|offer| offer.status == OfferStatus::Unknown));
    }
}
