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

#[cfg(test)]
mod tests {
    use hashbrown::HashMap;

    use crate::base::{Asn, Day};
    use crate::claim::{AsProfile, AttributeValue, Claim, Organization, Registration};
    use crate::edition::part::{Part, Parts};
    use crate::edition::source::Source;
    use crate::edition::{Listed, Subject};
    use crate::feed::Category;
    use crate::parse::Place;
    use crate::score::{Assessor, Policy, Via, Witness};

    fn attributes() -> Vec<AttributeValue> {
        let registration = |country: Option<&str>, day| Registration {
            registry: "ripencc".into(),
            country: country.map(|code| code.parse().expect("a code")),
            day,
        };
        let country = |code: &str| AttributeValue::Country(code.parse().expect("a code"));
        let region = |text: &str| Place { region: Some(text.into()), ..Place::default() };
        let point = |latitude| Place { latitude: Some(latitude), ..Place::default() };
        let organization = |name: &str| Organization { name: name.into(), domain: None };
        vec![
            AttributeValue::Asn(Asn(1)),
            AttributeValue::Asn(Asn(2)),
            country("DE"),
            country("IR"),
            AttributeValue::Place(Box::new(region("DE-HE"))),
            AttributeValue::Place(Box::new(region("Hesse"))),
            AttributeValue::Point(Box::new(point(1))),
            AttributeValue::Point(Box::new(point(2))),
            AttributeValue::Registration(Box::new(registration(Some("DE"), None))),
            AttributeValue::Registration(Box::new(registration(Some("IR"), Some(Day(9))))),
            AttributeValue::Organization(Box::new(organization("one"))),
            AttributeValue::Organization(Box::new(organization("two"))),
            AttributeValue::NetworkType("hosting".into()),
            AttributeValue::NetworkType("unheard of".into()),
            AttributeValue::AbuseContact("abuse@one.example".into()),
            AttributeValue::AbuseContact("abuse@two.example".into()),
        ]
    }

    fn claims() -> Vec<Claim> {
        let claim = |category, provider: Option<&str>, age_days, seen| Claim {
            category,
            feed: 0,
            provider: provider.map(Into::into),
            service: None,
            operator: None,
            age_days,
            seen,
            prefix_len: None,
        };
        vec![
            claim(Category::Vpn, Some("one"), 0, Some(Day(7))),
            claim(Category::Vpn, Some("two"), 7, None),
            claim(Category::TorExit, None, 0, None),
            claim(Category::Relay, Some("relay"), 0, Some(Day(14))),
            claim(Category::Hosting, None, 0, None),
            claim(Category::Mobile, None, 0, None),
            claim(Category::Bot, Some("googlebot"), 0, None),
            claim(Category::Bot, None, 0, None),
            claim(Category::Sanctioned, Some("eu"), 0, None),
            claim(Category::Trusted, None, 0, None),
            claim(Category::Attacker, None, 30, None),
        ]
    }

    /// Memos rest on it: subjects that agree in the parts a source names are told the same.
    #[test]
    fn sources_read_nothing_but_the_parts_they_name() {
        let (attributes, claims) = (attributes(), claims());
        let profile = |name: &str, network_type: &str| AsProfile {
            name: Some(name.into()),
            network_type: Some(network_type.into()),
            abuse_contact: Some(name.into()),
            ..AsProfile::default()
        };
        let profiles = [profile("one", "isp"), profile("two", "education")];
        let policy = Policy::default();
        let assessor = Assessor::new(&policy, &[Witness { reliability: 900, group: 0 }]);
        let sources: Vec<Source> =
            Source::names().filter_map(|name| Source::from_name(&name)).collect();
        let mut told: HashMap<(usize, Vec<String>), String> = HashMap::new();
        let mut n_repeated = 0;
        let mut dice = 1_u64;
        for _ in 0..2_000 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let mut bits = dice >> 16;
            let mut throw = |n: u64| {
                let face = bits % n;
                bits /= n;
                face as usize
            };
            // Few claims each, so that findings repeat.
            let mut listed: Vec<Listed<'_>> = Vec::new();
            for _ in 0..throw(4) {
                let id = throw(claims.len() as u64);
                let via = [Via::Prefix, Via::Asn][throw(2)];
                listed.push(Listed { via, id: id as u32, claim: &claims[id] });
            }
            let evidence: Vec<_> = listed.iter().map(|listed| listed.evidence()).collect();
            let verdict = assessor.assess(&evidence);
            let mut subject = Subject::new(&listed, &verdict, &[]);
            for pair in attributes.chunks(2) {
                if let Some(value) = pair.get(throw(3)) {
                    subject.add(value);
                }
            }
            subject.as_profile = subject.asn.map(|asn| &profiles[asn.0 as usize - 1]);
            for (number, source) in sources.iter().enumerate() {
                let parts = source.reads.iter().map(|part| said(*part, &subject)).collect();
                let datum = format!("{:?}", source.datum(&subject));
                let known = told.entry((number, parts)).or_insert_with(|| datum.clone());
                assert_eq!(*known, datum, "`{}` of {subject:#?}", source.name);
                n_repeated += 1;
            }
        }
        assert!(told.len() * 10 < n_repeated, "parts hardly ever repeat");
    }

    fn said(part: Part, subject: &Subject<'_>) -> String {
        match part {
            Part::Asn => format!("{:?}", subject.asn),
            Part::Country => format!("{:?}", subject.country),
            Part::Place => format!("{:?}", subject.place),
            Part::Point => format!("{:?}", subject.point),
            Part::Registration => format!("{:?}", subject.registration),
            Part::Organization => format!("{:?}", subject.organization),
            Part::NetworkType => format!("{:?}", subject.network_type),
            Part::AbuseContact => format!("{:?}", subject.abuse_contact),
            Part::Claims => format!("{:?}", subject.claims),
            _ => format!("{:?}", part.finding(subject).expect("a finding")),
        }
    }

    #[test]
    fn findings_follow_from_claims() {
        let every = Parts::new(Part::ALL.into_iter());
        assert_eq!(every, Parts::ALL);
        assert_eq!(every.iter().last(), Some(Part::Claims));
        let findings = Parts::new(Part::FINDINGS.into_iter());
        assert!(findings.iter().eq(Part::FINDINGS));
        assert!(Part::ALL.iter().enumerate().all(|(at, part)| *part as usize == at));
    }
}
