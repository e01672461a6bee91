//! The gates, in order: what each refuses, and what passes.

use std::collections::BTreeMap;
use std::fmt;

use rayon::prelude::*;

use crate::base::Digest;
use crate::edition;
use crate::mmdb;
use crate::score::Canary;
use crate::verify::check_canaries;

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
}

impl Gate {
    /// Every gate, in the order they are asked.
    pub const ALL: [Self; 2] = [Self::Structure, Self::Canaries];

    /// The gates that an operator can overrule.
    pub const FORCEABLE: [Self; 1] = [Self::Canaries];

    /// The word in reports and for `--force`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Canaries => "canaries",
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

/// What a gate said about an edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateOutcome {
    /// The gate.
    pub gate: Gate,
    /// The edition.
    pub edition: String,
    /// How many things it found; none are allowed.
    pub findings: u64,
    /// Whether it found some and was overruled.
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

/// The proof that files went through every gate. Only [`all`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    digests: BTreeMap<String, Digest>, // invariant: of bytes that were checked
    outcomes: Vec<GateOutcome>,
}

impl Passed {
    /// The digest of the bytes of an edition that were checked.
    pub fn digest(&self, edition: &str) -> Option<Digest> {
        self.digests.get(edition).copied()
    }

    /// What each gate said, by gate, then in the order of the files.
    pub fn outcomes(&self) -> &[GateOutcome] {
        &self.outcomes
    }
}

/// Asks every gate about every file; `forced` gates may find things and still let them pass.
///
/// # Errors
/// Every refusal, not just the first.
pub fn all(
    candidates: &[Candidate<'_>],
    canaries: &[Canary],
    forced: &[Gate],
) -> Result<Passed, Vec<Refusal>> {
    let mut asked: Vec<(Gate, &str, Vec<String>)> = candidates
        .par_iter()
        .map(|candidate| (Gate::Structure, candidate.edition, mmdb::check(candidate.bytes)))
        .collect();
    let sound = asked.iter().all(|(_, _, findings)| findings.is_empty());
    if sound {
        let full = candidates.iter().filter(|candidate| candidate.edition == edition::FULL);
        for candidate in full {
            let findings = check_canaries(candidate.bytes, canaries);
            asked.push((Gate::Canaries, candidate.edition, findings));
        }
    }
    let mut outcomes = Vec::new();
    let mut refusals = Vec::new();
    for (gate, edition, mut findings) in asked {
        let may_be_forced = Gate::FORCEABLE.contains(&gate) && forced.contains(&gate);
        outcomes.push(GateOutcome {
            gate,
            edition: edition.to_owned(),
            findings: findings.len() as u64,
            forced: may_be_forced && !findings.is_empty(),
        });
        if !findings.is_empty() && !may_be_forced {
            findings.truncate(MAX_FINDINGS);
            refusals.push(Refusal { gate, edition: edition.to_owned(), findings });
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let digest =
        |candidate: &Candidate<'_>| (candidate.edition.to_owned(), Digest::of(candidate.bytes));
    Ok(Passed { digests: candidates.par_iter().map(digest).collect(), outcomes })
}

#[cfg(test)]
mod tests {
    use crate::base::Digest;
    use crate::verify::canary::fixture;
    use crate::verify::{Candidate, Gate, all};

    /// Verifies one `full` database that says `is_spam` of 192.0.2.0/24, and compares the gates
    /// that refuse.
    #[track_caller]
    fn check(must_not: &[&str], forced: &[Gate], expected: Result<(), &[Gate]>) {
        let database = fixture::spam_in(&["192.0.2.0/24"]);
        let candidates = [Candidate { edition: "full", bytes: &database }];
        let canaries: Vec<_> = must_not.iter().map(|network| fixture::no_spam(network)).collect();
        let found = all(&candidates, &canaries, forced);
        if let Ok(passed) = &found {
            assert_eq!(passed.digest("full"), Some(Digest::of(&database)));
            assert_eq!(passed.digest("asn"), None);
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
        let refusals = all(&candidates, &[], &Gate::ALL).expect_err("half a file");
        assert_eq!(refusals.len(), 1);
        assert_eq!(refusals[0].gate, Gate::Structure);
        assert!(refusals[0].to_string().starts_with("gate `structure`: edition `asn`: "));
    }
}
