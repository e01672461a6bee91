//! Why an address has its score: worked out again from its record and the manifest.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::json;

use crate::mmdb::{FormatError, Reader, Value};
use crate::query::{Answer, Attribution, lookup};
use crate::release::{FeedRecord, Manifest, PolicyRecordError};
use crate::score::{Assessor, Evidence, Explanation, Policy, Signals, Witness, to_percent};

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// The database is damaged.
    #[error("cannot look {ip} up")]
    Format {
        /// The address.
        ip: IpAddr,
        /// Why.
        source: FormatError,
    },
    /// A database of another edition.
    #[error("the record of {ip} carries no attributions; ask the `full` edition")]
    NotFull {
        /// The address.
        ip: IpAddr,
    },
    /// A policy of another version.
    #[error(transparent)]
    Policy(#[from] PolicyRecordError),
    /// A claim of a feed that the manifest does not know.
    #[error("the manifest knows no feed `{}` of category `{}`; is it another release's?", feed.escape_debug(), category.escape_debug())]
    Unknown {
        /// The feed.
        feed: String,
        /// The category.
        category: String,
    },
    /// Record and manifest do not belong together.
    #[error(
        "the record of {ip} has score {stored}, its claims give {found}; is the manifest another release's?"
    )]
    Disagrees {
        /// The address.
        ip: IpAddr,
        /// The score in the record.
        stored: u128,
        /// The score worked out.
        found: u8,
    },
}

/// Why an address has its score.
#[derive(Clone, Debug)]
pub struct Explained {
    /// What the database says.
    pub answer: Answer,
    /// Every claim behind it.
    pub claims: Vec<Attribution>,
    /// What the manifest adds.
    pub release: Option<InRelease>,
}

/// What only a manifest can tell.
#[derive(Clone, Debug)]
pub struct InRelease {
    /// The release's name.
    pub version: String,
    /// Unix seconds.
    pub build_epoch: u64,
    /// How the score came about.
    pub explanation: Explanation<String>,
    /// S over Tor, proxies, VPNs, relays and hosting alone, rounded: 0 to 100.
    pub threat_score: u8,
    /// The feeds that claim something, by id.
    pub feeds: BTreeMap<String, FeedRecord>,
}

/// Explains the score of an address; without a manifest only its claims are listed.
///
/// # Errors
/// Among others if the score worked out is not the one stored.
pub fn explain(
    reader: &Reader<'_>,
    manifest: Option<&Manifest>,
    ip: IpAddr,
) -> Result<Explained, ExplainError> {
    explain_answer(look_up(reader, ip)?, manifest)
}

/// As [`explain`], of what was looked up before.
///
/// # Errors
/// Among others if the score worked out is not the one stored.
pub fn explain_answer(
    answer: Answer,
    manifest: Option<&Manifest>,
) -> Result<Explained, ExplainError> {
    match manifest {
        Some(manifest) => Explainer::of(manifest)?.explain_answer(answer),
        None => Ok(Explained { claims: claims(&answer)?, answer, release: None }),
    }
}

/// What a manifest adds to records, made ready for many of them.
#[derive(Clone, Debug)]
pub struct Explainer {
    version: String,
    build_epoch: u64,
    policy: Policy,
    ids: Vec<String>, // invariant: sorted
    feeds: BTreeMap<String, FeedRecord>,
    witnesses: Vec<Witness>,
}

impl Explainer {
    /// Makes a manifest ready.
    ///
    /// # Errors
    /// If its policy is of a version that this code does not know.
    pub fn of(manifest: &Manifest) -> Result<Self, ExplainError> {
        Ok(Self {
            version: manifest.version.clone(),
            build_epoch: manifest.build_epoch,
            policy: Policy::try_from(&manifest.policy)?,
            ids: manifest.feeds.keys().cloned().collect(),
            feeds: manifest.feeds.clone(),
            witnesses: witnesses(manifest),
        })
    }

    /// Explains the score of an address.
    ///
    /// # Errors
    /// Among others if the score worked out is not the one stored.
    pub fn explain(&self, reader: &Reader<'_>, ip: IpAddr) -> Result<Explained, ExplainError> {
        self.explain_answer(look_up(reader, ip)?)
    }

    /// As [`Explainer::explain`], of what was looked up before.
    ///
    /// # Errors
    /// Among others if the score worked out is not the one stored.
    pub fn explain_answer(&self, answer: Answer) -> Result<Explained, ExplainError> {
        let claims = claims(&answer)?;
        let release = self.in_release(&answer, &claims)?;
        Ok(Explained { answer, claims, release: Some(release) })
    }

    fn in_release(
        &self,
        answer: &Answer,
        claims: &[Attribution],
    ) -> Result<InRelease, ExplainError> {
        let evidence = |claim: &Attribution| {
            let feed = self.ids.binary_search(&claim.feed).ok();
            match (feed, claim.known_category()) {
                (Some(feed), Some(category)) => {
                    let Attribution { via, age_days, .. } = *claim;
                    Ok(Evidence { category, feed: feed as u32, via, age_days })
                }
                _ => Err(ExplainError::Unknown {
                    feed: claim.feed.clone(),
                    category: claim.category.clone(),
                }),
            }
        };
        let evidence = claims.iter().map(evidence).collect::<Result<Vec<_>, _>>()?;
        let assessor = Assessor::new(&self.policy, &self.witnesses);
        let explanation = assessor.explain(&evidence);
        let threat_score = assessor.base_over(&assessor.assess(&evidence), Signals::indirect());
        let stored = answer.record.as_ref().and_then(|record| record.get("threat")?.get("score"));
        let stored = stored.and_then(Value::as_unsigned).unwrap_or(0);
        if stored != u128::from(explanation.score) {
            let (ip, found) = (answer.ip, explanation.score);
            return Err(ExplainError::Disagrees { ip, stored, found });
        }
        let claimed = |(id, _): &(&String, _)| claims.iter().any(|claim| claim.feed == **id);
        let feeds = self.feeds.iter().filter(claimed);
        Ok(InRelease {
            version: self.version.clone(),
            build_epoch: self.build_epoch,
            explanation: explanation.with_feeds(|feed| self.ids[feed as usize].clone()),
            threat_score: to_percent(threat_score),
            feeds: feeds.map(|(id, feed)| (id.clone(), feed.clone())).collect(),
        })
    }
}

fn look_up(reader: &Reader<'_>, ip: IpAddr) -> Result<Answer, ExplainError> {
    lookup(reader, ip).map_err(|source| ExplainError::Format { ip, source })
}

/// Who says what was looked up.
fn claims(answer: &Answer) -> Result<Vec<Attribution>, ExplainError> {
    let Answer { ip, record: Some(record), .. } = answer else { return Ok(Vec::new()) };
    match Attribution::all(record, *ip) {
        Some(claims) => Ok(claims),
        // A `full` record without claims: of a country or an AS alone.
        None if is_full(record) => Ok(Vec::new()),
        None => Err(ExplainError::NotFull { ip: *ip }),
    }
}

fn is_full(record: &Value) -> bool {
    let is_nested = |key| matches!(record.get(key), Some(Value::Map(_)));
    record.get("attributions").is_none()
        && ["network", "geo", "threat", "signals"].into_iter().any(is_nested)
}

/// The feeds of a manifest as scoring sees them, in their order: groups numbered by first use.
pub(super) fn witnesses(manifest: &Manifest) -> Vec<Witness> {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let witness = |record| {
        let FeedRecord { reliability, group, .. }: &FeedRecord = record;
        let next = numbers.len() as u32;
        let group = *numbers.entry(group).or_insert(next);
        Witness { reliability: *reliability, group }
    };
    manifest.feeds.values().map(witness).collect()
}

impl Explained {
    /// The object of `explain --json` (`schemas/explain.schema.json`).
    pub fn to_json(&self) -> serde_json::Value {
        let record = self.answer.record.as_ref();
        let threat = record.and_then(|record| record.get("threat")).map(Value::to_json);
        let mut json = json!({
            "ip": self.answer.ip.to_string(),
            "network": self.answer.network,
            "threat": threat,
            "claims": self.claims,
            "release": null,
            "explanation": null,
            "feeds": null,
        });
        if let Some(release) = &self.release {
            json["release"] =
                json!({ "version": release.version, "build_epoch": release.build_epoch });
            json["explanation"] = json!(release.explanation);
            json["feeds"] = json!(release.feeds);
        }
        json
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{Run, V4};
    use crate::mmdb::{Contents, Metadata, Pool, Reader, write};
    use crate::query::{explain, fixture};
    use crate::release::Manifest;

    /// A `full` database that says of 192.0.2.0/24 what one VPN list does, with that score.
    fn database(score: u16, category: &str) -> Vec<u8> {
        let mut pool = Pool::new();
        let mut text = |text| pool.utf8(text);
        let (threat, score_key) = (text("threat"), text("score"));
        let (attributions, feed_key, feed) = (text("attributions"), text("feed"), text("list"));
        let (category_key, category) = (text("category"), text(category));
        let score = pool.uint16(score);
        let claim = pool.map(&[(feed_key, feed), (category_key, category)]);
        let entries =
            [(threat, pool.map(&[(score_key, score)])), (attributions, pool.array(&[claim]))];
        let record = pool.map(&entries);
        let run = Run::<V4> { first: 0xC000_0200, last: 0xC000_02FF, value: record.0 };
        let metadata = Metadata {
            database_type: "ipmint-full".to_owned(),
            description: "test".to_owned(),
            build_epoch: 1,
        };
        let contents = Contents { pool: &pool, v4: &[run], v6: &[] };
        write(contents, &metadata).expect("small").bytes
    }

    /// A manifest with that feed, half reliable.
    fn manifest(feed: &str) -> Manifest {
        fixture::manifest(&[(feed, 500)])
    }

    #[track_caller]
    fn check(database: &[u8], manifest: Option<&Manifest>, expected: Result<Option<u8>, &str>) {
        let reader = Reader::open(database).expect("sound");
        let ip = "192.0.2.7".parse().expect("an address");
        let explained = explain(&reader, manifest, ip).map_err(|error| error.to_string());
        let score = explained.map(|e| e.release.map(|release| release.explanation.score));
        assert_eq!(score, expected.map_err(str::to_owned));
    }

    #[test]
    fn the_score_worked_out_must_be_the_one_stored() {
        // C = .5 holds the floor of vpn: 65.
        check(&database(65, "vpn"), Some(&manifest("list")), Ok(Some(65)));
        check(&database(65, "vpn"), None, Ok(None));
        let disagrees = "the record of 192.0.2.7 has score 64, its claims give 65; is the manifest \
                         another release's?";
        check(&database(64, "vpn"), Some(&manifest("list")), Err(disagrees));
    }

    #[test]
    fn claims_that_the_manifest_does_not_know_are_an_error() {
        let of = |feed, category| {
            format!(
                "the manifest knows no feed `{feed}` of category `{category}`; is it another \
                 release's?"
            )
        };
        let unknown = of("list", "vpn");
        check(&database(65, "vpn"), Some(&manifest("other")), Err(&unknown));
        let unknown = of("list", "x");
        check(&database(65, "x"), Some(&manifest("list")), Err(&unknown));
    }
}
