//! Entries to claims: what each feed asserts, about which ranges, and how old it is.
//!
//! ```text
//! parsed entries ─ clip ─┬─ membership ─ one layer a feed: ranges to sets of claims
//!                        ├─ assignment ─ one layer an attribute: ranges to one value
//!                        └─ keyed      ─ tables by AS and by country, joined while scoring
//! ```
//!
//! Nothing vanishes: what does not become a claim is counted by its reason.

mod assignment;
mod claim;
mod clip;
mod context;
mod guard;
mod keyed;
mod layers;
mod membership;
mod special;

pub use assignment::{Attribute, AttributeValue, Organization, Registration};
pub use claim::{Claim, ClaimId};
pub use context::{Context, Counts, Input};
pub use guard::{Extent, GuardTrip, guard, trend};
pub use keyed::{AsProfile, Keyed};
pub use layers::{Claims, LayerValue, claims};
pub use special::{Special, SpecialEntry};
