//! What services print about an address, as pure functions of a verdict.
//!
//! ```text
//! Known ───────────────┬─ lookup, fraud (with a threat score), reputation
//! Known + Explained ───┼─ check, threat, attribution
//! text ────────────────┼─ validation
//! score ───────────────┴─ badge
//! ```
//!
//! Names of fields are those of the services that `docs/seeds.md` lists. What the data does not know is absent,
//! but where the service prints `null`, `false` or `[]`. A view with a formula of its own names it as its `model`;
//! another formula is another name.
//!
//! `is_proxy` is true of any proxy in a view: public, residential or mobile. `is_tor` is true of exits.

mod offers;
mod rules;
mod threat_score;

mod badge;
mod breakdown;
mod check;
mod fraud;
mod intel;
mod lookup;
mod proxy_attribution;
mod reputation;
mod sentences;
mod tags;
mod threat;
mod validation;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod seed_names;

pub use badge::{Badge, Language};
pub use breakdown::{Contributor, FloorHeld, RiskBreakdown, SourceOpinion};
pub use check::{Blocklist, Check, CheckGeo};
pub use fraud::{Fraud, FraudSignals};
pub use intel::{AnonymousAs, Intel, IntelAbuse, IntelAs, IntelCompany, IntelDatacenter, Rdap};
pub use lookup::{
    AddressFamily, Fields, Lookup, LookupAbuse, LookupGeo, LookupNetwork, LookupThreat,
    UnknownField,
};
pub use offers::{Offer, OfferStatus};
pub use proxy_attribution::{
    Advice, AttributedNetwork, NetworkType, PrimaryProvider, ProxyAttribution,
};
pub use reputation::{IpFactors, Reputation, ReputationFactors, ReputationLevel, RiskContribution};
pub use rules::{Rules, Scenario, SharedUsers};
pub use tags::Tag;
pub use threat::{Threat, ThreatStatus};
pub use threat_score::{AbuseFeeds, ThreatScorer};
pub use validation::{Covering, Validation, special};
