//! Each distinct set of claims, assessed once; each set of the sweep, in parts.

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::algebra::{SetId, Sets};
use crate::claim::{AsProfile, AttributeValue, Claim, ClaimId, Claims, LayerValue};
use crate::edition::{Finding, Listed, Numbers, Part, Subject};
use crate::feed::FeedId;
use crate::score::{Assessor, Evidence, Verdict, Via};

/// Sets that one thread assesses at a time.
const CHUNK: usize = 1 << 12;

/// What the sets of the sweep mean, with a verdict on each.
#[derive(Debug)]
pub(super) struct Assessed<'a> {
    feeds: Vec<&'a FeedId>,
    attributes: Attributes<'a>,
    /// By number of the part claims.
    chunks: Vec<Chunk<'a>>,
    parts: Parts,
    /// By number of the part claims: the numbers of its findings.
    findings: Vec<[u32; Part::FINDINGS.len()]>,
    /// How many there are of each part.
    sizes: Numbers,
}

impl<'a> Assessed<'a> {
    /// Assesses every set.
    pub(super) fn new(
        claims: &'a Claims,
        sets: &Sets,
        feeds: Vec<&'a FeedId>,
        assessor: &Assessor<'_>,
    ) -> Self {
        let attributes = Attributes::new(claims);
        let mut heard = Sets::new();
        let parts = Parts::new(claims, sets, &attributes, &mut heard);
        let chunks = (0..heard.len().div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let ids = chunk * CHUNK..heard.len().min((chunk + 1) * CHUNK);
                Chunk::new(claims, ids.map(|set| ways(claims, heard.get(set as SetId))), assessor)
            })
            .collect();
        let mut sizes = [0; Part::ALL.len()];
        for (size, values) in sizes.iter_mut().zip(&attributes.values) {
            *size = values.len() as u32;
        }
        sizes[Part::Claims as usize] = heard.len() as u32;
        let findings = vec![[0; Part::FINDINGS.len()]; heard.len()];
        let mut assessed = Self { feeds, attributes, chunks, parts, findings, sizes };
        assessed.find();
        assessed
    }

    /// Numbers the findings.
    fn find(&mut self) {
        let findings: Vec<(Vec<u32>, usize)> =
            Part::FINDINGS.par_iter().map(|part| self.finding(*part)).collect();
        for (place, (of_claims, n_distinct)) in findings.into_iter().enumerate() {
            self.sizes[Part::FINDINGS[place] as usize] = n_distinct as u32;
            for (row, number) in self.findings.iter_mut().zip(of_claims) {
                row[place] = number;
            }
        }
    }

    /// By number of the claims: that of a finding; and how many differ.
    fn finding(&self, part: Part) -> (Vec<u32>, usize) {
        let mut distinct: HashMap<Option<Finding<'_>>, u32> = HashMap::new();
        let subjects = self
            .chunks
            .iter()
            .flat_map(|chunk| (0..chunk.verdicts.len()).map(|at| chunk.subject(at, &self.feeds)));
        let of_claims = subjects.map(|subject| {
            let next = distinct.len() as u32;
            *distinct.entry(part.finding(&subject)).or_insert(next)
        });
        (of_claims.collect(), distinct.len())
    }

    /// By set: the numbers of its parts.
    pub(super) fn numbers(&self) -> impl ExactSizeIterator<Item = Numbers> {
        const CLAIMS: usize = Part::Claims as usize;
        let mut numbers = [0; Part::ALL.len()];
        self.parts.of_set.iter().map(move |&(told, claims)| {
            numbers[..CLAIMS].copy_from_slice(&self.parts.told[told as usize]);
            numbers[CLAIMS] = claims;
            // Findings come last.
            numbers[CLAIMS + 1..].copy_from_slice(&self.findings[claims as usize]);
            numbers
        })
    }

    /// How many there are of each part.
    pub(super) fn sizes(&self) -> &Numbers {
        &self.sizes
    }

    /// The subject of these parts.
    pub(super) fn subject(&self, numbers: &Numbers) -> Subject<'_> {
        let claims = numbers[Part::Claims as usize] as usize;
        let mut subject = self.chunks[claims / CHUNK].subject(claims % CHUNK, &self.feeds);
        for (values, number) in self.attributes.values.iter().zip(numbers) {
            if let Some(value) = values[*number as usize] {
                subject.add(value);
            }
        }
        subject.as_profile = self.attributes.profiles[numbers[Part::Asn as usize] as usize];
        subject
    }
}

/// The values of attributes, numbered.
#[derive(Debug)]
struct Attributes<'a> {
    /// By value of a layer: the number in its part.
    numbers: Vec<(Part, u32)>,
    /// By part and number: the value.
    values: Vec<Vec<Option<&'a AttributeValue>>>,
    /// By number of the AS.
    profiles: Vec<Option<&'a AsProfile>>,
}

impl<'a> Attributes<'a> {
    fn new(claims: &'a Claims) -> Self {
        let mut values: Vec<Vec<Option<&AttributeValue>>> = vec![vec![None]; Part::Claims as usize];
        let mut numbers = Vec::new();
        for value in &claims.values {
            numbers.push(match value {
                LayerValue::Claims(_) => (Part::Claims, 0),
                LayerValue::Attribute(value) => {
                    let part = Part::of(value);
                    let values = &mut values[part as usize];
                    values.push(Some(value));
                    (part, values.len() as u32 - 1)
                }
            });
        }
        let profile = |value: Option<&AttributeValue>| match value {
            Some(AttributeValue::Asn(asn)) => claims.keyed.asns.get(asn),
            _ => None,
        };
        let profiles = values[Part::Asn as usize].iter().map(|value| profile(*value)).collect();
        Self { numbers, values, profiles }
    }
}

/// Of each attribute a number.
type Told = [u32; Part::Claims as usize];

/// The attributes and claims of every set: far fewer combinations of either than sets.
#[derive(Debug)]
struct Parts {
    /// By set: which of `told`, and the number of its claims.
    of_set: Vec<(u32, u32)>,
    /// Distinct combinations of attributes.
    told: Vec<Told>,
}

impl Parts {
    /// Fills `heard` with the distinct sets of values that bring claims.
    fn new(claims: &Claims, sets: &Sets, attributes: &Attributes<'_>, heard: &mut Sets) -> Self {
        // Of values that bring the same claims by the same way, the first stands for all.
        let mut first: HashMap<(Via, &[ClaimId]), u32> = HashMap::new();
        let stand_ins: Vec<Option<u32>> = (0..)
            .zip(&claims.values)
            .map(|(id, value)| {
                let way = way(claims, value);
                (!way.1.is_empty()).then(|| *first.entry(way).or_insert(id))
            })
            .collect();
        let mut told: Vec<Told> = Vec::new();
        let mut ids: HashMap<Told, u32> = HashMap::new();
        // Sets that came one after the other are of neighbours, who mostly agree.
        let mut last = (Told::default(), None);
        let mut bring: Vec<u32> = Vec::new();
        let of_set = sets.iter().map(|members| {
            let mut numbers = Told::default();
            bring.clear();
            for &value in members {
                let (part, number) = attributes.numbers[value as usize];
                if part != Part::Claims {
                    numbers[part as usize] = number;
                }
                bring.extend(stand_ins[value as usize]);
            }
            bring.sort_unstable();
            let known = last.1.filter(|_| last.0 == numbers);
            let id = known.unwrap_or_else(|| {
                *ids.entry(numbers).or_insert_with(|| {
                    told.push(numbers);
                    told.len() as u32 - 1
                })
            });
            last = (numbers, Some(id));
            (id, heard.intern(&bring))
        });
        Self { of_set: of_set.collect(), told }
    }
}

/// Some sets of claims, assessed.
#[derive(Debug, Default)]
struct Chunk<'a> {
    /// Claims of every set, one set after the other.
    listed: Vec<Listed<'a>>,
    /// By set: where its claims end in `listed`, and the verdict on them.
    verdicts: Vec<(usize, Verdict)>,
}

impl<'a> Chunk<'a> {
    fn new<W: Iterator<Item = (Via, ClaimId)>>(
        claims: &'a Claims,
        sets: impl Iterator<Item = W>,
        assessor: &Assessor<'_>,
    ) -> Self {
        let listed = |(via, id)| Listed { via, id, claim: &claims.claims[id as usize] };
        let mut chunk = Self::default();
        let mut evidence: Vec<Evidence> = Vec::new();
        for ways in sets {
            let start = chunk.listed.len();
            chunk.listed.extend(ways.map(listed));
            let listed = &mut chunk.listed[start..];
            // As records tell them: by category, feed and way, then by what they say.
            listed.sort_unstable_by(|a, b| {
                let key = |via: Via, claim: &Claim| (claim.category, claim.feed, via);
                key(a.via, a.claim).cmp(&key(b.via, b.claim)).then_with(|| a.claim.cmp(b.claim))
            });
            evidence.clear();
            evidence.extend(listed.iter().map(|listed| listed.evidence()));
            let verdict = assessor.assess(&evidence);
            chunk.verdicts.push((chunk.listed.len(), verdict));
        }
        chunk
    }

    /// What is said of a set by its claims alone.
    fn subject<'s>(&'s self, at: usize, feeds: &'s [&'s FeedId]) -> Subject<'s> {
        let start = at.checked_sub(1).map_or(0, |before| self.verdicts[before].0);
        let (end, verdict) = &self.verdicts[at];
        Subject::new(&self.listed[start..*end], verdict, feeds)
    }
}

/// The claims that a value brings: listed itself, through its AS, through its country.
fn way<'a>(claims: &'a Claims, value: &'a LayerValue) -> (Via, &'a [ClaimId]) {
    let keyed = &claims.keyed;
    match value {
        LayerValue::Claims(claims) => (Via::Prefix, claims),
        LayerValue::Attribute(AttributeValue::Asn(asn)) => {
            (Via::Asn, keyed.asns.get(asn).map_or(&[], |profile| &profile.claims))
        }
        LayerValue::Attribute(AttributeValue::Country(country)) => {
            (Via::Country, keyed.countries.get(country).map_or(&[], Vec::as_slice))
        }
        LayerValue::Attribute(_) => (Via::Prefix, &[]),
    }
}

/// Every claim that the values bring.
fn ways(claims: &Claims, values: &[u32]) -> impl Iterator<Item = (Via, ClaimId)> {
    values.iter().flat_map(|value| {
        let (via, claims) = way(claims, &claims.values[*value as usize]);
        claims.iter().map(move |claim| (via, *claim))
    })
}
