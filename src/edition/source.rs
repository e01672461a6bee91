//! The names a schema can ask for, and how each is read off a subject.

use crate::base::CountryCode;
use crate::edition::Subject;
use crate::edition::country::country;
use crate::edition::part::Part;
use crate::feed::Category;

/// What one source says of a subject.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Datum<'a> {
    Bool(bool),
    Unsigned(u64),
    Number(f64),
    Text(&'a str),
    /// Made for the occasion.
    Owned(String),
    Texts(Vec<&'a str>),
}

/// What kind of datum a source gives; decides which types a schema may write it as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    Bool,
    Unsigned,
    Number,
    Text,
    Texts,
    /// An array of maps, one a claim.
    Attributions,
}

/// A name a schema can ask for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    pub(super) name: &'static str,
    pub(super) nature: Nature,
    /// The parts of a subject that decide what it gives; nothing else may.
    pub(super) reads: &'static [Part],
    read: Read,
}

#[derive(Clone, Copy)]
enum Read {
    Signal(Category),
    Fact(for<'a> fn(&Subject<'a>) -> Option<Datum<'a>>),
    /// Read by the projector, claim by claim.
    Attributions,
}

impl std::fmt::Debug for Read {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Read")
    }
}

impl Source {
    /// The source of that name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        if let Some(signal) = name.strip_prefix("signals.") {
            let category = Category::ALL.iter().find(|category| category.signal() == signal)?;
            return Some(Self {
                name: category.signal(),
                nature: Nature::Bool,
                reads: &[Part::Signals],
                read: Read::Signal(*category),
            });
        }
        SOURCES.iter().find(|source| source.name == name).copied()
    }

    /// Every name there is.
    pub(super) fn names() -> impl Iterator<Item = String> {
        let signals = Category::ALL.iter().map(|category| format!("signals.{}", category.signal()));
        signals.chain(SOURCES.iter().map(|source| source.name.to_owned()))
    }

    /// What the subject has to say, if anything.
    pub(super) fn datum<'a>(self, subject: &Subject<'a>) -> Option<Datum<'a>> {
        match self.read {
            Read::Signal(category) => Some(Datum::Bool(subject.verdict.signals.contains(category))),
            Read::Fact(read) => read(subject),
            Read::Attributions => None,
        }
    }
}

const fn fact(
    name: &'static str,
    nature: Nature,
    reads: &'static [Part],
    read: for<'a> fn(&Subject<'a>) -> Option<Datum<'a>>,
) -> Source {
    Source { name, nature, reads, read: Read::Fact(read) }
}

/// In the order of SCHEMAS' `full` record, then what other editions derive.
const SOURCES: &[Source] = &[
    fact("network.asn", Nature::Unsigned, &[Part::Asn], |s| {
        Some(Datum::Unsigned(u64::from(s.asn?.0)))
    }),
    fact("network.as_name", Nature::Text, &[Part::Asn], |s| {
        Some(Datum::Text(s.as_profile?.name.as_deref()?))
    }),
    fact("network.as_domain", Nature::Text, &[Part::Asn], |s| {
        Some(Datum::Text(s.as_profile?.domain.as_deref()?))
    }),
    fact("network.organization", Nature::Text, &[Part::Organization], |s| {
        Some(Datum::Text(&s.organization?.name))
    }),
    fact("network.isp", Nature::Text, &[Part::Asn], |s| s.isp().map(Datum::Text)),
    fact(
        "network.connection_type",
        Nature::Text,
        &[Part::NetworkType, Part::Asn, Part::Usage],
        |s| s.connection_type().map(Datum::Text),
    ),
    fact("network.registry", Nature::Text, &[Part::Registration], |s| {
        Some(Datum::Text(&s.registration?.registry))
    }),
    fact("network.registered_country", Nature::Text, &[Part::Registration], |s| {
        s.registered_country().map(code)
    }),
    fact("network.registered", Nature::Text, &[Part::Registration], |s| {
        Some(Datum::Owned(s.registration?.day?.to_string()))
    }),
    fact("network.abuse_contact", Nature::Text, &[Part::AbuseContact, Part::Asn], |s| {
        s.abuse_contact().map(Datum::Text)
    }),
    fact("network.native", Nature::Bool, &[Part::Registration, Part::Country], |s| {
        s.is_native().map(Datum::Bool)
    }),
    fact("geo.country_code", Nature::Text, &[Part::Country], |s| s.country.map(code)),
    fact("geo.country", Nature::Text, &[Part::Country], |s| {
        Some(Datum::Text(s.country_facts()?.name))
    }),
    fact("geo.continent_code", Nature::Text, &[Part::Country], |s| {
        Some(Datum::Text(s.country_facts()?.continent))
    }),
    fact("geo.continent", Nature::Text, &[Part::Country], |s| {
        Some(Datum::Text(s.country_facts()?.continent_name()))
    }),
    fact("geo.geoname_id", Nature::Unsigned, &[Part::Country], |s| {
        Some(Datum::Unsigned(u64::from(s.country_facts()?.geoname_id?)))
    }),
    fact("geo.is_in_european_union", Nature::Bool, &[Part::Country], |s| {
        Some(Datum::Bool(s.country_facts()?.is_in_european_union))
    }),
    fact("geo.region", Nature::Text, &[Part::Place], |s| {
        s.place?.region.as_deref().filter(|region| subdivision(region).is_none()).map(Datum::Text)
    }),
    fact("geo.region_code", Nature::Text, &[Part::Place], |s| {
        s.place?.region.as_deref().and_then(subdivision).map(Datum::Text)
    }),
    fact("geo.city", Nature::Text, &[Part::Place], |s| {
        Some(Datum::Text(s.place?.city.as_deref()?))
    }),
    fact("geo.postal_code", Nature::Text, &[Part::Place], |s| {
        Some(Datum::Text(s.place?.postal_code.as_deref()?))
    }),
    fact("geo.latitude", Nature::Number, &[Part::Point], |s| Some(degrees(s.point?.latitude?))),
    fact("geo.longitude", Nature::Number, &[Part::Point], |s| Some(degrees(s.point?.longitude?))),
    fact("geo.timezone", Nature::Text, &[Part::Point], |s| {
        Some(Datum::Text(s.point?.timezone.as_deref()?))
    }),
    fact("geo.is_sanctioned", Nature::Bool, &[Part::Sanctions], |s| {
        Some(Datum::Bool(s.verdict.signals.contains(Category::Sanctioned)))
    }),
    fact("geo.sanction_lists", Nature::Texts, &[Part::Sanctions], |s| {
        Some(Datum::Texts(s.providers_of(Category::Sanctioned)))
    }),
    fact("registered.country", Nature::Text, &[Part::Registration], |s| {
        Some(Datum::Text(country(s.registered_country()?)?.name))
    }),
    fact("registered.geoname_id", Nature::Unsigned, &[Part::Registration], |s| {
        Some(Datum::Unsigned(u64::from(country(s.registered_country()?)?.geoname_id?)))
    }),
    fact("registered.is_in_european_union", Nature::Bool, &[Part::Registration], |s| {
        Some(Datum::Bool(country(s.registered_country()?)?.is_in_european_union))
    }),
    fact("threat.score", Nature::Unsigned, &[Part::Threat], |s| {
        s.is_scored().then(|| Datum::Unsigned(u64::from(s.verdict.score)))
    }),
    fact("threat.risk_level", Nature::Text, &[Part::Threat], |s| {
        s.is_scored().then(|| Datum::Text(s.verdict.risk_level().name()))
    }),
    fact("threat.recommendation", Nature::Text, &[Part::Threat], |s| {
        s.is_scored().then(|| Datum::Text(s.verdict.recommendation().name()))
    }),
    fact("threat.confidence", Nature::Unsigned, &[Part::Threat], |s| {
        s.is_scored().then(|| Datum::Unsigned(u64::from(s.verdict.confidence)))
    }),
    fact("threat.categories", Nature::Texts, &[Part::Signals], |s| {
        let scored = s.verdict.signals.iter().filter(|category| category.is_scored());
        Some(Datum::Texts(scored.map(Category::name).collect()))
    }),
    fact("bot.id", Nature::Text, &[Part::Bot], |s| Some(Datum::Owned(s.bot()?.id.into_owned()))),
    fact("bot.name", Nature::Text, &[Part::Bot], |s| Some(Datum::Text(s.bot()?.name))),
    fact("bot.operator", Nature::Text, &[Part::Bot], |s| Some(Datum::Text(s.bot()?.operator?))),
    fact("bot.class", Nature::Text, &[Part::Bot], |s| Some(Datum::Text(s.bot()?.class?))),
    Source {
        name: "attributions",
        nature: Nature::Attributions,
        reads: &[Part::Claims],
        read: Read::Attributions,
    },
    fact("anonymizer.is_anonymous", Nature::Bool, &[Part::Signals], |s| {
        Some(Datum::Bool(s.is_anonymous()))
    }),
    fact("anonymizer.is_proxy", Nature::Bool, &[Part::Signals], |s| {
        Some(Datum::Bool(s.is_any_proxy()))
    }),
    fact("anonymizer.confidence", Nature::Unsigned, &[Part::Threat], |s| {
        s.verdict.anonymizer_confidence().map(|confidence| Datum::Unsigned(u64::from(confidence)))
    }),
    fact("anonymizer.last_seen", Nature::Text, &[Part::Hidden], |s| {
        Some(Datum::Owned(s.last_seen()?.to_string()))
    }),
    fact("anonymizer.provider", Nature::Text, &[Part::Hidden], |s| s.provider().map(Datum::Text)),
    // SCORING, "Views", MaxMind: clamp(score, 0.01, 99).
    fact("threat.ip_risk", Nature::Number, &[Part::Threat], |s| {
        s.is_scored().then(|| Datum::Number(f64::from(s.verdict.score).clamp(0.01, 99.0)))
    }),
];

fn code<'a>(code: CountryCode) -> Datum<'a> {
    Datum::Owned(code.as_str().to_owned())
}

fn degrees<'a>(millionths: i32) -> Datum<'a> {
    Datum::Number(f64::from(millionths) / 1e6)
}

/// The part of an ISO 3166-2 code after the country: `HE` of `DE-HE` (RFC 8805 §2.1.1.3);
/// `None` for anything else, such as a name.
fn subdivision(region: &str) -> Option<&str> {
    let (country, code) = region.split_once('-')?;
    let fits = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    (country.len() == 2 && (1..=3).contains(&code.len()) && fits(country) && fits(code))
        .then_some(code)
}
