//! The policy as a manifest carries it: every number, so that scores can be worked out again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::Variant;
use crate::feed::Category;
use crate::score::{Canary, CategoryPolicy, Combiner, Policy, ReleasePolicy, ViaPolicy};

/// A policy in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRecord {
    /// Per mille.
    pub signal_threshold: u16,
    /// `noisy_or`, `sum` or `weighted_average`.
    pub combiner: String,
    /// Per mille.
    pub via: ViaRecord,
    /// Ascending, the first 0.
    pub age_steps_days: Vec<u16>,
    /// By scored category.
    pub category: BTreeMap<String, CategoryRecord>,
    /// What the release must and must not say.
    pub canary: Vec<CanaryRecord>,
    /// What a store keeps.
    pub release: ReleaseRecord,
}

/// How much each way counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViaRecord {
    /// Listed itself.
    pub prefix: u16,
    /// Through its origin AS.
    pub asn: u16,
    /// Through its country.
    pub country: u16,
}

/// What a category counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryRecord {
    /// Per mille.
    pub weight: u16,
    /// 0 to 100; 0 = none.
    pub floor: u16,
    /// `null` = it does not decay.
    pub half_life_days: Option<u32>,
}

/// A canary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanaryRecord {
    /// As written.
    pub network: String,
    /// Signals that must be true.
    pub must: Vec<String>,
    /// Signals that must not be true.
    pub must_not: Vec<String>,
}

/// What a store keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseRecord {
    /// What each database is packed as.
    pub variants: Vec<Variant>,
    /// From how many older releases a new one carries the rows that changed.
    pub deltas: u16,
    /// From how many it carries patches.
    pub patches: u16,
    /// Whether there is a history of `full`.
    pub history: bool,
    /// Seconds that a replaced release is kept at least.
    pub grace_seconds: u64,
}

/// A word or a category of a record that this version does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("policy of the manifest: `{}` is {expected}", found.escape_debug())]
pub struct PolicyRecordError {
    /// What was found.
    pub found: String,
    /// What is wrong with it.
    pub expected: &'static str,
}

impl From<&Policy> for PolicyRecord {
    fn from(policy: &Policy) -> Self {
        let scored = &Category::ALL[..Category::N_SCORED];
        let category = |(category, numbers): (&Category, &CategoryPolicy)| {
            let CategoryPolicy { weight, floor, half_life_days } = *numbers;
            (category.name().to_owned(), CategoryRecord { weight, floor, half_life_days })
        };
        let signals = |categories: &[Category]| {
            categories.iter().map(|category| category.signal().to_owned()).collect()
        };
        let canary = |canary: &Canary| CanaryRecord {
            network: canary.network.to_string(),
            must: signals(&canary.must),
            must_not: signals(&canary.must_not),
        };
        let ViaPolicy { prefix, asn, country } = policy.via;
        let ReleasePolicy { variants, deltas, patches, history, grace_seconds } =
            policy.release.clone();
        Self {
            signal_threshold: policy.signal_threshold,
            combiner: policy.combiner.name().to_owned(),
            via: ViaRecord { prefix, asn, country },
            age_steps_days: policy.age_steps_days.clone(),
            category: scored.iter().zip(&policy.categories).map(category).collect(),
            canary: policy.canaries.iter().map(canary).collect(),
            release: ReleaseRecord { variants, deltas, patches, history, grace_seconds },
        }
    }
}

impl TryFrom<&PolicyRecord> for Policy {
    type Error = PolicyRecordError;

    fn try_from(record: &PolicyRecord) -> Result<Self, PolicyRecordError> {
        let wrong = |found: &str, expected| PolicyRecordError { found: found.to_owned(), expected };
        let combiner = Combiner::ALL.iter().copied().find(|c| c.name() == record.combiner);
        let combiner =
            combiner.ok_or_else(|| wrong(&record.combiner, "a combiner of another version"))?;
        let mut categories = Policy::default().categories;
        for (category, numbers) in Category::ALL.iter().zip(&mut categories) {
            let CategoryRecord { weight, floor, half_life_days } = *record
                .category
                .get(category.name())
                .ok_or_else(|| wrong(category.name(), "not among the categories"))?;
            *numbers = CategoryPolicy { weight, floor, half_life_days };
        }
        let signals = |names: &[String]| {
            let category = |name: &String| {
                Category::from_signal(name).ok_or_else(|| wrong(name, "no signal of this version"))
            };
            names.iter().map(category).collect::<Result<Vec<_>, _>>()
        };
        let canary = |canary: &CanaryRecord| {
            let (must, must_not) = (signals(&canary.must)?, signals(&canary.must_not)?);
            let network = canary.network.parse();
            let network = network.map_err(|_| wrong(&canary.network, "no address or prefix"))?;
            Ok(Canary { network, must, must_not })
        };
        let ViaRecord { prefix, asn, country } = record.via;
        let ReleaseRecord { variants, deltas, patches, history, grace_seconds } =
            record.release.clone();
        Ok(Self {
            signal_threshold: record.signal_threshold,
            combiner,
            via: ViaPolicy { prefix, asn, country },
            age_steps_days: record.age_steps_days.clone(),
            categories,
            canaries: record.canary.iter().map(canary).collect::<Result<_, _>>()?,
            release: ReleasePolicy { variants, deltas, patches, history, grace_seconds },
            // What changes no score is in no record.
            ..Policy::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::release::PolicyRecord;
    use crate::score::Policy;

    #[test]
    fn a_policy_is_read_back() {
        let mut policy = Policy { signal_threshold: 321, ..Policy::default() };
        policy.categories[0].half_life_days = None;
        let record = PolicyRecord::from(&policy);
        let json = serde_json::to_string(&record).expect("serializable");
        let record: PolicyRecord = serde_json::from_str(&json).expect("its own JSON");
        assert_eq!(Policy::try_from(&record), Ok(policy));
    }

    #[track_caller]
    fn check(change: impl Fn(&mut PolicyRecord), expected: &str) {
        let mut record = PolicyRecord::from(&Policy::default());
        change(&mut record);
        let error = Policy::try_from(&record).expect_err("changed");
        assert_eq!(error.to_string(), format!("policy of the manifest: {expected}"));
    }

    #[test]
    fn what_this_version_does_not_know_is_an_error() {
        check(|r| r.combiner = "max".to_owned(), "`max` is a combiner of another version");
        check(|r| r.category.retain(|name, _| name != "vpn"), "`vpn` is not among the categories");
        check(
            |r| r.canary[0].must = vec!["is_odd".to_owned()],
            "`is_odd` is no signal of this version",
        );
        check(|r| r.canary[0].network = "x".to_owned(), "`x` is no address or prefix");
    }
}
