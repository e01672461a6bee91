//! The gates, in order: what each refuses, and what passes.

use std::collections::BTreeMap;
use std::fmt;

use rayon::prelude::*;

use crate::base::{Digest, Md5};
use crate::edition;
use crate::mmdb;
use crate::score::Policy;
use crate::verify::drift::{drift, size};
use crate::verify::{Baseline, Covered, check_canaries, coverage};

/// How many findings of a gate a refusal spells out.
const MAX_FINDINGS: usize = 20;

/// A check that can refuse to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gate {
    /// The file is a database that the strictest reader takes. Never forced: a broken file
    /// would break whoever downloads it.
    Structure,
    /// What the policy's canaries must and must not be, they are and are not.
    Canaries,
    /// No signal covers far more or far fewer addresses than in the current release.
    Drift,
    /// No database is far larger or smaller than in the current release, nor past the limit.
    Size,
}

impl Gate {
    /// Every gate, in the order they are asked.
    pub const ALL: [Self; 4] = [Self::Structure, Self::Canaries, Self::Drift, Self::Size];

    /// The gates that an operator can overrule.
    pub const FORCEABLE: [Self; 3] = [Self::Canaries, Self::Drift, Self::Size];

    /// The word in reports and for `--force`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Canaries => "canaries",
            Self::Drift => "drift",
            Self::Size => "size",
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A file that asks to be published.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its edition.
    pub edition: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// What a gate found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Findings {
    /// The worst that was seen.
    seen: u64,
    /// The most that is let through.
    limit: u64,
    pub(super) texts: Vec<String>,
}

impl Findings {
    /// None yet.
    pub(super) fn up_to(limit: u64) -> Self {
        Self { seen: 0, limit, texts: Vec::new() }
    }

    /// As many as there are, of which none is let through.
    fn of(texts: Vec<String>) -> Self {
        Self { seen: texts.len() as u64, limit: 0, texts }
    }

    /// Holds a number against its own limit. What is told is the one that is furthest past its own.
    pub(super) fn add(&mut self, seen: u64, limit: u16, text: impl FnOnce() -> String) {
        let limit = u64::from(limit);
        let past = |seen: u64, limit: u64| seen.saturating_sub(limit);
        if past(seen, limit) > past(self.seen, self.limit)
            || (self.texts.is_empty() && seen > self.seen)
        {
            (self.seen, self.limit) = (seen, limit);
        }
        if seen > limit {
            self.texts.push(format!("{} ({seen} per mille, limit {limit})", text()));
        }
    }

    /// Adds something that is wrong by itself.
    pub(super) fn find(&mut self, text: String) {
        self.texts.push(text);
    }
}

/// What a gate said about an edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateOutcome {
    /// The gate.
    pub gate: Gate,
    /// The edition.
    pub edition: String,
    /// What was seen: how many things, or how far the worst moved, per mille.
    pub seen: u64,
    /// How much of that is let through.
    pub limit: u64,
    /// Whether it had nothing to say against the edition.
    pub ok: bool,
    /// Whether it had, and was overruled.
    pub forced: bool,
}

/// Why a gate refuses an edition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("gate `{gate}`: edition `{edition}`: {}", findings.join("; "))]
pub struct Refusal {
    /// The gate.
    pub gate: Gate,
    /// The edition.
    pub edition: String,
    /// What it found, at most twenty.
    pub findings: Vec<String>,
}

/// The proof that files went through every gate, and the files. Only [`all`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed<'a> {
    files: BTreeMap<&'a str, Verified<'a>>, // invariant: of bytes that were checked
    outcomes: Vec<GateOutcome>,
}

/// A file that went through every gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Their digest.
    pub sha256: Digest,
    /// The same for clients that know no better.
    pub md5: Md5,
    /// By signal: how many addresses it is true of.
    pub coverage: BTreeMap<String, Covered>,
}

impl<'a> Passed<'a> {
    /// The file of an edition.
    pub fn file(&self, edition: &str) -> Option<&Verified<'a>> {
        self.files.get(edition)
    }

    /// What each gate said, by gate, then in the order of the files.
    pub fn outcomes(&self) -> &[GateOutcome] {
        &self.outcomes
    }
}

/// What files are held against.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// Canaries and limits.
    pub policy: &'a Policy,
    /// By edition: what the current release says.
    pub before: &'a BTreeMap<String, Baseline>,
    /// Gates that may find things and still let them pass.
    pub forced: &'a [Gate],
}

/// Asks every gate about every file.
///
/// # Errors
/// Every refusal, not just the first.
pub fn all<'a>(
    candidates: &[Candidate<'a>],
    rules: &Rules<'_>,
) -> Result<Passed<'a>, Vec<Refusal>> {
    let checked: Vec<(Findings, Verified<'a>)> = candidates.par_iter().map(check).collect();
    let is_sound = checked.iter().all(|(findings, _)| findings.texts.is_empty());
    let mut asked: Vec<(Gate, &str, Findings)> = Vec::new();
    let mut files = BTreeMap::new();
    for (candidate, (findings, verified)) in candidates.iter().zip(checked) {
        asked.push((Gate::Structure, candidate.edition, findings));
        files.insert(candidate.edition, verified);
    }
    if is_sound {
        if let Some(full) = files.get(edition::FULL) {
            let findings = check_canaries(full.bytes, &rules.policy.canaries);
            asked.push((Gate::Canaries, edition::FULL, Findings::of(findings)));
        }
        let gates = &rules.policy.gates;
        for (edition, file) in &files {
            let before = rules.before.get(*edition);
            if let Some(before) = before {
                asked.push((Gate::Drift, edition, drift(before, &file.coverage, gates)));
            }
            asked.push((Gate::Size, edition, size(before, file.bytes.len() as u64, gates)));
        }
    }
    asked.sort_by_key(|(gate, ..)| *gate);
    let mut outcomes = Vec::new();
    let mut refusals = Vec::new();
    for (gate, edition, Findings { seen, limit, texts: mut findings }) in asked {
        let may_be_forced = Gate::FORCEABLE.contains(&gate) && rules.forced.contains(&gate);
        let ok = findings.is_empty();
        let forced = may_be_forced && !ok;
        outcomes.push(GateOutcome { gate, edition: edition.to_owned(), seen, limit, ok, forced });
        if !ok && !forced {
            findings.truncate(MAX_FINDINGS);
            refusals.push(Refusal { gate, edition: edition.to_owned(), findings });
        }
    }
    if refusals.is_empty() { Ok(Passed { files, outcomes }) } else { Err(refusals) }
}

/// Asks what can be asked of a file alone.
fn check<'a>(candidate: &Candidate<'a>) -> (Findings, Verified<'a>) {
    let bytes = candidate.bytes;
    let digests = || rayon::join(|| Digest::of(bytes), || Md5::md5_of(bytes));
    let (mut findings, ((sha256, md5), covered)) =
        rayon::join(|| mmdb::check(bytes), || rayon::join(digests, || coverage(bytes)));
    let coverage = covered.unwrap_or_else(|error| {
        // The check says more, where it says anything.
        if findings.is_empty() {
            findings.push(error.to_string());
        }
        BTreeMap::new()
    });
    (Findings::of(findings), Verified { bytes, sha256, md5, coverage })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::base::Digest;
    use crate::score::Policy;
    use crate::verify::canary::fixture;
    use crate::verify::{Baseline, Candidate, Gate, Rules, all};

    /// Verifies one `full` database that says `is_spam` of 192.0.2.0/24, and compares the gates
    /// that refuse.
    #[track_caller]
    fn check(must_not: &[&str], forced: &[Gate], expected: Result<(), &[Gate]>) {
        let database = fixture::spam_in(&["192.0.2.0/24"]);
        let candidates = [Candidate { edition: "full", bytes: &database }];
        let canaries = must_not.iter().map(|network| fixture::no_spam(network)).collect();
        let policy = Policy { canaries, ..Policy::default() };
        let found = all(&candidates, &Rules { policy: &policy, before: &BTreeMap::new(), forced });
        if let Ok(passed) = &found {
            let file = passed.file("full").expect("asked");
            assert_eq!((file.sha256, file.bytes), (Digest::of(&database), &*database));
            assert_eq!(file.coverage["is_spam"].v4.to_string(), "256");
            assert_eq!(passed.file("asn"), None);
        }
        let found = found
            .map(drop)
            .map_err(|refusals| refusals.iter().map(|refusal| refusal.gate).collect::<Vec<_>>());
        assert_eq!(found, expected.map_err(<[Gate]>::to_vec));
    }

    #[test]
    fn a_canary_that_sings_stops_the_release_unless_forced() {
        check(&["198.51.100.0/24"], &[], Ok(()));
        check(&["192.0.2.7"], &[], Err(&[Gate::Canaries]));
        check(&["192.0.2.7"], &[Gate::Canaries], Ok(()));
    }

    #[test]
    fn a_broken_file_is_refused_even_when_forced() {
        let database = fixture::spam_in(&["192.0.2.0/24"]);
        let candidates = [Candidate { edition: "asn", bytes: &database[..database.len() / 2] }];
        let policy = Policy::default();
        let rules = Rules { policy: &policy, before: &BTreeMap::new(), forced: &Gate::ALL };
        let refusals = all(&candidates, &rules).expect_err("half a file");
        assert_eq!(refusals.len(), 1);
        assert_eq!(refusals[0].gate, Gate::Structure);
        assert!(refusals[0].to_string().starts_with("gate `structure`: edition `asn`: "));
    }

    #[test]
    fn a_signal_that_vanished_stops_the_release_unless_forced() {
        let before = fixture::spam_in(&["10.0.0.0/16"]);
        let coverage = crate::verify::coverage(&before).expect("sound");
        let baseline = Baseline { bytes: before.len() as u64, coverage };
        let before = BTreeMap::from([("full".to_owned(), baseline)]);
        let database = fixture::spam_in(&["192.0.2.0/24"]);
        let candidates = [Candidate { edition: "full", bytes: &database }];
        let policy = Policy::default();
        let ask = |forced| all(&candidates, &Rules { policy: &policy, before: &before, forced });
        let refusals = ask(&[]).expect_err("far fewer");
        let expected = "gate `drift`: edition `full`: is_spam, IPv4: 65536 addresses became 256 \
                        (996 per mille, limit 500)";
        assert_eq!(refusals[0].to_string(), expected);
        let passed = ask(&[Gate::Drift]).expect("forced");
        let outcome = passed.outcomes().iter().find(|outcome| outcome.gate == Gate::Drift);
        let outcome = outcome.expect("asked");
        assert_eq!((outcome.seen, outcome.limit), (996, 500));
        assert!(outcome.forced && !outcome.ok);
    }
}
