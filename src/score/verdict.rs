//! The verdict: what scoring concludes about a segment.

use serde::Serialize;
use utoipa::ToSchema;

use crate::feed::Category;
use crate::score::ppm::to_percent;
use crate::score::rule::replacement;
use crate::score::{Evidence, Override, Overrides, Replacement, Signals};

/// How risky a score is (SCORING, "Views", fraud).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RiskLevel {
    /// 0 to 30.
    Low,
    /// 31 to 60.
    Medium,
    /// 61 to 85.
    High,
    /// 86 to 100.
    Critical,
}

impl RiskLevel {
    /// Returns the level of a score from 0 to 100.
    pub fn of(score: u8) -> Self {
        match score {
            0..=30 => Self::Low,
            31..=60 => Self::Medium,
            61..=85 => Self::High,
            _ => Self::Critical,
        }
    }

    /// The word in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// What to do about it.
    pub fn recommendation(self) -> Recommendation {
        match self {
            Self::Low => Recommendation::Allow,
            Self::Medium => Recommendation::Review,
            Self::High => Recommendation::Challenge,
            Self::Critical => Recommendation::Block,
        }
    }
}

/// What to do about an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recommendation {
    /// Let it through.
    Allow,
    /// Let somebody look.
    Review,
    /// Ask for proof.
    Challenge,
    /// Turn it away.
    Block,
}

impl Recommendation {
    /// The word in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Review => "review",
            Self::Challenge => "challenge",
            Self::Block => "block",
        }
    }
}

/// What scoring concludes about a segment.
///
/// Equal for equal evidence in any order. Less than a hundred bytes, no allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// The score after floors and overrides: 0 to 100.
    pub score: u8,
    /// S, the score before floors and overrides, in parts per million.
    pub base_ppm: u32,
    /// How sure it is: 0 to 100.
    pub confidence: u8,
    /// How many independent groups stand behind the scored claims.
    pub sources: u16,
    /// What is said of the address, after replacements and withheld signals.
    pub signals: Signals,
    /// What the evidence alone says.
    pub raw_signals: Signals,
    /// The overrides that applied.
    pub overrides: Overrides,
    /// Resolved confidence of each scored category, in parts per million.
    pub confidences_ppm: [u32; Category::N_SCORED],
}

impl Verdict {
    /// S, rounded: 0 to 100.
    pub fn base(&self) -> u8 {
        to_percent(self.base_ppm)
    }

    /// How risky the score is.
    pub fn risk_level(&self) -> RiskLevel {
        RiskLevel::of(self.score)
    }

    /// What to do about it.
    pub fn recommendation(&self) -> Recommendation {
        self.risk_level().recommendation()
    }

    /// Resolved confidence of a category in parts per million; 0 for plain signals.
    pub fn confidence_ppm(&self, category: Category) -> u32 {
        self.confidences_ppm.get(category as usize).copied().unwrap_or(0)
    }

    /// The largest resolved confidence among anonymizers, in parts per million.
    pub fn anonymizer_ppm(&self) -> u32 {
        let anonymizers = Signals::anonymizers().iter();
        anonymizers.map(|category| self.confidence_ppm(category)).max().unwrap_or(0)
    }

    /// `anonymizer_confidence` as in `GeoIP2` records, 1 to 99; `None` where no
    /// anonymizer is claimed.
    pub fn anonymizer_confidence(&self) -> Option<u8> {
        let ppm = self.anonymizer_ppm();
        (ppm > 0).then(|| to_percent(ppm).clamp(1, 99))
    }

    /// Returns what replaced a piece of the evidence, which must not have expired.
    pub fn suppressed_by(&self, evidence: Evidence) -> Option<Replacement> {
        replacement(self.overrides, evidence)
    }

    /// Returns which override keeps a raw signal from being true.
    pub fn withheld_by(&self, category: Category) -> Option<Override> {
        if !self.raw_signals.difference(self.signals).contains(category) {
            return None;
        }
        Some(match category {
            Category::Vpn if self.overrides.contains(Override::RelayReplacesVpn) => {
                Override::RelayReplacesVpn
            }
            Category::Vpn => Override::TorReplacesVpn,
            _ => Override::TrustedInfrastructure,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::score::{Recommendation, RiskLevel};

    #[track_caller]
    fn check(score: u8, level: RiskLevel, recommendation: Recommendation) {
        assert_eq!(RiskLevel::of(score), level);
        assert_eq!(level.recommendation(), recommendation);
    }

    #[test]
    fn levels_end_where_the_table_says() {
        check(0, RiskLevel::Low, Recommendation::Allow);
        check(30, RiskLevel::Low, Recommendation::Allow);
        check(31, RiskLevel::Medium, Recommendation::Review);
        check(60, RiskLevel::Medium, Recommendation::Review);
        check(61, RiskLevel::High, Recommendation::Challenge);
        check(85, RiskLevel::High, Recommendation::Challenge);
        check(86, RiskLevel::Critical, Recommendation::Block);
        check(100, RiskLevel::Critical, Recommendation::Block);
    }
}
