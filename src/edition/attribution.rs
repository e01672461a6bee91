//! One claim as records tell it.

use crate::edition::source::Datum;
use crate::edition::{Listed, Subject};

/// A key of an attribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Feed,
    Category,
    Provider,
    Service,
    Via,
    PrefixLength,
    AgeDays,
    SuppressedBy,
}

impl Item {
    pub(super) const ALL: [Self; 8] = [
        Self::Feed,
        Self::Category,
        Self::Provider,
        Self::Service,
        Self::Via,
        Self::PrefixLength,
        Self::AgeDays,
        Self::SuppressedBy,
    ];

    /// The key in records and schemas.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Category => "category",
            Self::Provider => "provider",
            Self::Service => "service",
            Self::Via => "via",
            Self::PrefixLength => "prefix_length",
            Self::AgeDays => "age_days",
            Self::SuppressedBy => "suppressed_by",
        }
    }

    /// What the claim has to say of it.
    pub(super) fn datum<'a>(self, subject: &Subject<'a>, listed: Listed<'a>) -> Option<Datum<'a>> {
        let claim = listed.claim;
        match self {
            Self::Feed => Some(Datum::Text(subject.feeds[claim.feed as usize].as_str())),
            Self::Category => Some(Datum::Text(claim.category.name())),
            Self::Provider => claim.provider.as_deref().map(Datum::Text),
            Self::Service => claim.service.as_deref().map(Datum::Text),
            Self::Via => Some(Datum::Text(listed.via.name())),
            Self::PrefixLength => claim.prefix_len.map(|len| Datum::Unsigned(u64::from(len))),
            Self::AgeDays => Some(Datum::Unsigned(u64::from(claim.age_days))),
            Self::SuppressedBy => {
                let rule = subject.verdict.suppressed_by(listed.evidence())?;
                Some(Datum::Text(rule.name()))
            }
        }
    }
}
