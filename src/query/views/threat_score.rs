//! The threat score of lookups, worked out from a record where it lies; and which feeds tell of abuse.
//!
//! S over Tor, proxies, VPNs, relays and hosting alone (SCORING, "Views"). A record has the whole score only, so
//! its claims are weighed again: by [`Assessor`], as when the record was made.

use std::collections::BTreeSet;

use crate::feed::Category;
use crate::mmdb::{Aliases, Cursor, FormatError, Reader, Used};
use crate::query::explain::witnesses;
use crate::release::{Manifest, PolicyRecordError};
use crate::score::{Assessor, DecayTable, Evidence, Policy, Signals, Via, Witness, to_percent};

/// Records with more claims than this take an allocation.
const N_ON_STACK: usize = 16;

/// What it takes to score the records of one release.
#[derive(Clone, Debug)]
pub struct ThreatScorer {
    policy: Policy,
    witnesses: Vec<Witness>,
    decay: DecayTable,
    /// Ids, ascending; their index is that of the witness.
    feeds: Vec<String>,
    indirect: Signals,
}

impl ThreatScorer {
    /// Takes policy and feeds of a release.
    ///
    /// # Errors
    /// If its policy is one of another version.
    pub fn new(manifest: &Manifest) -> Result<Self, PolicyRecordError> {
        let policy = Policy::try_from(&manifest.policy)?;
        Ok(Self {
            decay: DecayTable::new(&policy),
            policy,
            witnesses: witnesses(manifest),
            feeds: manifest.feeds.keys().cloned().collect(),
            indirect: Signals::indirect(),
        })
    }

    /// Scores a record of a `full` edition: 0 to 100. A claim that the manifest does not know counts as not
    /// made. Allocates only for a record of more claims than are usual.
    ///
    /// # Errors
    /// If the database is damaged there.
    pub fn score(&self, record: Cursor<'_>) -> Result<u8, FormatError> {
        let mut on_stack = [BLANK; N_ON_STACK];
        let mut on_heap = Vec::new();
        let mut n_claims = 0;
        claims(record, |claim| {
            let Some(evidence) = self.evidence(claim) else { return };
            match on_stack.get_mut(n_claims) {
                Some(place) => *place = evidence,
                None => on_heap.push(evidence),
            }
            n_claims += 1;
        })?;
        if n_claims == 0 {
            return Ok(0);
        }
        let evidence = if on_heap.is_empty() {
            &on_stack[..n_claims]
        } else {
            on_heap.extend_from_slice(&on_stack);
            &on_heap
        };
        let assessor = Assessor::with_decay(&self.policy, &self.witnesses, &self.decay);
        Ok(to_percent(assessor.base_over(&assessor.assess(evidence), self.indirect)))
    }

    fn evidence(&self, claim: RawClaim<'_>) -> Option<Evidence> {
        let feed = claim.feed?;
        let feed = self.feeds.binary_search_by(|id| id.as_str().cmp(feed)).ok()?;
        Some(Evidence {
            category: claim.category?,
            feed: feed as u32,
            via: claim.via?,
            age_days: claim.age_days,
        })
    }
}

/// The feeds that tell of abuse in a release: of any address, whatever became of the claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AbuseFeeds {
    ids: BTreeSet<String>,
}

impl AbuseFeeds {
    /// Reads every record of a `full` edition, once: keep what was found.
    ///
    /// # Errors
    /// If the database is damaged.
    pub fn of(reader: &Reader<'_>) -> Result<Self, FormatError> {
        let mut found = Self::default();
        for offset in Used::of(reader, Aliases::LeftOut)?.offsets() {
            found.add(reader, offset as usize)?;
        }
        Ok(found)
    }

    /// Adds the feeds of a record, for who reads all of them anyway.
    ///
    /// # Errors
    /// If the database is damaged there.
    pub fn add(&mut self, reader: &Reader<'_>, offset: usize) -> Result<(), FormatError> {
        claims(reader.cursor(offset), |claim| {
            if let (Some(feed), Some(category)) = (claim.feed, claim.category)
                && category.is_abuse()
                && !self.ids.contains(feed)
            {
                self.ids.insert(feed.to_owned());
            }
        })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.ids.len()
    }
}

const BLANK: Evidence =
    Evidence { category: Category::Allow, feed: 0, via: Via::Country, age_days: 0 };

/// What a record has of a claim that counts for a score.
#[derive(Clone, Copy)]
struct RawClaim<'a> {
    feed: Option<&'a str>,
    category: Option<Category>,
    via: Option<Via>,
    age_days: u16,
}

/// Visits the claims of a record.
fn claims<'a>(
    mut record: Cursor<'a>,
    mut visit: impl FnMut(RawClaim<'a>),
) -> Result<(), FormatError> {
    record.map(|key, value| match key {
        b"attributions" => value.array(|item| {
            visit(RawClaim::read(item)?);
            Ok(())
        }),
        _ => Ok(()),
    })
}

impl<'a> RawClaim<'a> {
    /// What is left out is as `Attribution` has it.
    fn read(item: &mut Cursor<'a>) -> Result<Self, FormatError> {
        let mut claim = Self { feed: None, category: None, via: Some(Via::Prefix), age_days: 0 };
        item.map(|key, value| {
            match key {
                b"feed" => claim.feed = value.text()?,
                b"category" => claim.category = value.text()?.and_then(|text| text.parse().ok()),
                b"via" => claim.via = value.text()?.and_then(Via::from_name),
                b"age_days" => {
                    let days = value.unsigned()?.and_then(|days| days.try_into().ok());
                    claim.age_days = days.unwrap_or(0);
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(claim)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use crate::feed::Category;
    use crate::mmdb::Reader;
    use crate::query::fixture;
    use crate::query::views::fixture::{Case, ip};
    use crate::query::views::{AbuseFeeds, ThreatScorer};

    /// A case's threat score, read from its record, and as its explanation has it.
    fn both(case: &Case) -> (u8, u8) {
        let built = case.build();
        let reader = Reader::open(&built.bytes).expect("sound");
        let offset = reader.lookup(ip()).expect("sound").offset.expect("listed");
        let scorer = ThreatScorer::new(&built.manifest).expect("of this version");
        let explained = case.ask(|explained, _| explained.release.as_ref().map(|r| r.threat_score));
        (
            scorer.score(reader.cursor(offset)).expect("sound"),
            explained.expect("there is a manifest"),
        )
    }

    #[test]
    fn only_what_hides_counts() {
        let case = Case::default()
            .claim(Category::Relay, 1000, 0)
            .claim(Category::C2, 1000, 0)
            .claim(Category::Mobile, 1000, 0);
        // .05 · .99
        assert_eq!(both(&case), (5, 5));
        // By the replaced claim it would be 35.
        let case = Case::default().claim(Category::Relay, 990, 0).claim(Category::Vpn, 1000, 0);
        assert_eq!(both(&case), (5, 5));
        assert_eq!(both(&Case::default()), (0, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        /// Around the number of claims that take no allocation, too.
        #[test]
        fn a_record_scores_as_its_explanation(
            claims in proptest::collection::vec(
                (0..Category::ALL.len(), 0..=1000_u16, 0..20_u16, any::<bool>()),
                0..24,
            ),
        ) {
            let mut case = Case::default();
            for (idx, reliability, age_days, is_by_asn) in claims {
                case = case.claim(Category::ALL[idx], reliability, age_days);
                if is_by_asn {
                    case = case.by_asn();
                }
            }
            let (read, explained) = both(&case);
            prop_assert_eq!(read, explained);
        }
    }

    #[test]
    fn what_the_manifest_does_not_know_counts_as_not_said() {
        let record = json!({ "attributions": [
            { "feed": "a", "category": "vpn" },
            { "feed": "b", "category": "vpn" },
            { "feed": "a", "category": "new" },
            { "feed": "a", "category": "hosting", "via": "new" },
            { "category": "hosting" },
            7,
        ] });
        let mut pool = crate::mmdb::Pool::new();
        let id = fixture::intern(&mut pool, &record);
        let bytes = fixture::file(&pool, &[id]);
        let reader = Reader::open(&bytes).expect("sound");
        let offset = reader.lookup(ip()).expect("sound").offset.expect("listed");
        let scorer = ThreatScorer::new(&fixture::manifest(&[("a", 1000)])).expect("good");
        // .35 · .99
        assert_eq!(scorer.score(reader.cursor(offset)), Ok(35));
    }

    #[test]
    fn feeds_of_abuse_are_counted_once() {
        let records = [
            json!({ "attributions": [
                { "feed": "a", "category": "spam" }, { "feed": "b", "category": "vpn" },
            ] }),
            json!({ "attributions": [
                { "feed": "a", "category": "c2" }, { "feed": "c", "category": "drop" },
            ] }),
            json!({ "geo": { "country_code": "DE" } }),
        ];
        let mut pool = crate::mmdb::Pool::new();
        let ids: Vec<_> = records.iter().map(|record| fixture::intern(&mut pool, record)).collect();
        let bytes = fixture::file(&pool, &ids);
        let reader = Reader::open(&bytes).expect("sound");
        assert_eq!(AbuseFeeds::of(&reader).expect("sound").count(), 2);
    }
}
