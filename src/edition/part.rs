//! The parts of a subject, each known by a number.
//!
//! Subjects that agree in the parts an edition reads have one record there, so records are
//! made of distinct combinations of numbers, of which there are far fewer than subjects.

use crate::base::Day;
use crate::claim::{AttributeValue, ClaimId};
use crate::edition::Subject;
use crate::feed::Category;
use crate::score::Signals;

/// A part of a subject: an attribute, its claims, or a finding: what some of its claims come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Origin AS, and what is known of it.
    Asn,
    /// Where it is used.
    Country,
    /// Where in the country.
    Place,
    /// Where on the globe.
    Point,
    /// Its delegation.
    Registration,
    /// Its holder.
    Organization,
    /// What kind of network it is, as a feed says.
    NetworkType,
    /// Who is told of abuse from it, as a feed says.
    AbuseContact,
    /// Every claim, and the verdict on them; every finding follows from it.
    Claims,
    /// The signals that are true.
    Signals,
    /// Those that tell what a network is used for.
    Usage,
    /// The score, and how sure it is.
    Threat,
    /// Who runs what hides it, and when that was seen.
    Hidden,
    /// The sanctions on its country.
    Sanctions,
    /// The claim that names its crawler.
    Bot,
}

/// By part: which one it is of those there are, from 0; of attributes 0 is none at all.
pub type Numbers = [u32; Part::ALL.len()];

/// What a finding says; equal ones are one number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Finding<'a> {
    /// Of [`Part::Signals`] and [`Part::Usage`].
    Signals(Signals),
    /// Of [`Part::Threat`]: score and confidence of what is scored, confidence in an anonymizer.
    Threat(Option<(u8, u8)>, Option<u8>),
    /// Of [`Part::Hidden`]: the provider, and the day it was last seen.
    Hidden(Option<&'a str>, Option<Day>),
    /// Of [`Part::Sanctions`]: whether they hold, and by which lists.
    Sanctions(bool, Vec<&'a str>),
    /// Of [`Part::Bot`].
    Bot(Option<ClaimId>),
}

impl Part {
    /// Every part, in order.
    pub const ALL: [Self; 15] = [
        Self::Asn,
        Self::Country,
        Self::Place,
        Self::Point,
        Self::Registration,
        Self::Organization,
        Self::NetworkType,
        Self::AbuseContact,
        Self::Claims,
        Self::Signals,
        Self::Usage,
        Self::Threat,
        Self::Hidden,
        Self::Sanctions,
        Self::Bot,
    ];

    /// The findings.
    pub const FINDINGS: [Self; 6] =
        [Self::Signals, Self::Usage, Self::Threat, Self::Hidden, Self::Sanctions, Self::Bot];

    /// The part that an attribute is.
    pub fn of(value: &AttributeValue) -> Self {
        match value {
            AttributeValue::Asn(_) => Self::Asn,
            AttributeValue::Country(_) => Self::Country,
            AttributeValue::Place(_) => Self::Place,
            AttributeValue::Point(_) => Self::Point,
            AttributeValue::Registration(_) => Self::Registration,
            AttributeValue::Organization(_) => Self::Organization,
            AttributeValue::NetworkType(_) => Self::NetworkType,
            AttributeValue::AbuseContact(_) => Self::AbuseContact,
        }
    }

    /// The finding on a subject's claims, whatever its attributes; `None` if the part is none.
    pub fn finding<'a>(self, subject: &Subject<'a>) -> Option<Finding<'a>> {
        let signals = subject.verdict.signals;
        Some(match self {
            Self::Signals => Finding::Signals(signals),
            Self::Usage => Finding::Signals(signals.intersection(Subject::usages())),
            Self::Threat => {
                let scored = (subject.verdict.score, subject.verdict.confidence);
                let scored = subject.is_scored().then_some(scored);
                Finding::Threat(scored, subject.verdict.anonymizer_confidence())
            }
            Self::Hidden => Finding::Hidden(subject.provider(), subject.last_seen()),
            Self::Sanctions => Finding::Sanctions(
                signals.contains(Category::Sanctioned),
                subject.providers_of(Category::Sanctioned),
            ),
            Self::Bot => Finding::Bot(subject.bot_claim().map(|listed| listed.id)),
            _ => return None,
        })
    }
}

/// A set of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts(u32);

impl Parts {
    /// The attributes and the claims: a subject whole.
    pub(super) const ALL: Self = Self((1 << (Part::Claims as u32 + 1)) - 1);

    /// These parts; findings are left out beside the claims that they follow from.
    pub(super) fn new(parts: impl Iterator<Item = Part>) -> Self {
        let parts = parts.fold(0, |parts, part| parts | 1 << part as u32);
        let is_whole = parts & 1 << Part::Claims as u32 != 0;
        Self(if is_whole { parts & Self::ALL.0 } else { parts })
    }

    /// The parts, in order.
    pub(super) fn iter(self) -> impl Iterator<Item = Part> {
        Part::ALL.into_iter().filter(move |part| self.0 & 1 << *part as u32 != 0)
    }
}
