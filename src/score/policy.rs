//! The policy: weights, decay, thresholds; the numbers of SCORING, changeable in `feeds/policy.toml`.

use std::collections::BTreeMap;

use crate::base::Variant;
use crate::feed::{Category, FetchPolicy, Profile};
use crate::score::Canary;

/// How category probabilities become one score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combiner {
    /// `1 - Π (1 - p)`.
    NoisyOr,
    /// `Σ p`, at most 1.
    Sum,
    /// `Σ w·C / Σ w` over the categories that contribute.
    WeightedAverage,
}

impl Combiner {
    /// Every combiner.
    pub const ALL: &'static [Self] = &[Self::NoisyOr, Self::Sum, Self::WeightedAverage];

    /// The word in `feeds/policy.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoisyOr => "noisy_or",
            Self::Sum => "sum",
            Self::WeightedAverage => "weighted_average",
        }
    }
}

/// What a scored category counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CategoryPolicy {
    /// Weight, per mille.
    pub weight: u16,
    /// Floor of the score where it is held with confidence, 0 to 100; 0 = none.
    pub floor: u16,
    /// Days after which evidence counts half; `None` = it does not decay.
    pub half_life_days: Option<u32>,
}

/// How much a way counts, per mille.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViaPolicy {
    /// Listed itself.
    pub prefix: u16,
    /// Through its origin AS.
    pub asn: u16,
    /// Through its country.
    pub country: u16,
}

/// What a release carries beside its databases, and how long a store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleasePolicy {
    /// What each database is packed as.
    pub variants: Vec<Variant>,
    /// From how many older releases a new one carries rows that changed.
    pub deltas: u16,
    /// From how many of those it carries patches for the stock zstd tool, which are far larger.
    pub patches: u16,
    /// Whether what `full` said on each day is kept apart.
    pub history: bool,
    /// Seconds that a release is kept at least after another took its place.
    pub grace_seconds: u64,
}

/// How far a signal may move from one release to the next, per mille of the larger side: 500
/// allows half and twice, 1000 anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DriftLimit {
    /// Of IPv4 addresses.
    pub v4: u16,
    /// Of IPv6 addresses.
    pub v6: u16,
}

/// What a release may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatePolicy {
    /// For signals that have none of their own.
    pub drift: DriftLimit,
    /// By signal.
    pub signals: BTreeMap<String, DriftLimit>,
    /// How far the bytes of a database may move, as signals do.
    pub size: u16,
    /// The most bytes of a database.
    pub max_bytes: u64,
}

/// The policy, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Per mille of confidence from which a signal is true.
    pub signal_threshold: u16,
    /// How probabilities combine.
    pub combiner: Combiner,
    /// How much each way counts.
    pub via: ViaPolicy,
    /// Ages are floored to one of these, ascending, the first 0.
    pub age_steps_days: Vec<u16>,
    /// By scored category, in order.
    pub categories: [CategoryPolicy; Category::N_SCORED],
    /// What a release must and must not say.
    pub canaries: Vec<Canary>,
    /// What a store keeps.
    pub release: ReleasePolicy,
    /// What a release may be; no record keeps it.
    pub gates: GatePolicy,
    /// How feeds are asked for; it changes no score, and no record keeps it.
    pub fetch: FetchPolicy,
    /// By name: which licences a build may take in. Those of a file join the default ones.
    pub profiles: BTreeMap<String, Profile>,
}

/// SCORING's table: weight per mille, floor, half-life in days (0 = it does not decay).
const CATEGORIES: [(Category, u16, u16, u32); Category::N_SCORED] = [
    (Category::TorExit, 720, 90, 2),
    (Category::TorRelay, 100, 0, 2),
    (Category::Proxy, 600, 65, 3),
    (Category::ResidentialProxy, 600, 65, 7),
    (Category::MobileProxy, 600, 65, 7),
    (Category::Vpn, 350, 65, 45),
    (Category::Relay, 50, 0, 0),
    (Category::Hosting, 180, 35, 0),
    (Category::Spam, 400, 70, 14),
    (Category::Attacker, 460, 55, 14),
    (Category::Drop, 900, 90, 0),
    (Category::C2, 950, 95, 14),
    (Category::Botnet, 800, 80, 14),
    (Category::Malware, 800, 80, 14),
];

/// SCORING, step 1.
const AGE_STEPS_DAYS: [u16; 15] = [0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180];

/// Public resolvers that half the world asks (Cloudflare, Google, Quad9, OpenDNS, AdGuard), and the
/// root servers as the root hints of 2026-11-20 list them. Poisoned lists name them often, and a
/// release that does would cut its users off.
const INFRASTRUCTURE: [&str; 43] = [
    "1.1.1.1",
    "1.0.0.1",
    "2606:4700:4700::1111",
    "2606:4700:4700::1001",
    "8.8.8.8",
    "8.8.4.4",
    "2001:4860:4860::8888",
    "2001:4860:4860::8844",
    "9.9.9.9",
    "149.112.112.112",
    "2620:fe::fe",
    "2620:fe::9",
    "208.67.222.222",
    "208.67.220.220",
    "2620:119:35::35",
    "94.140.14.14",
    "94.140.15.15",
    "198.41.0.4",
    "170.247.170.2",
    "192.33.4.12",
    "199.7.91.13",
    "192.203.230.10",
    "192.5.5.241",
    "192.112.36.4",
    "198.97.190.53",
    "192.36.148.17",
    "192.58.128.30",
    "193.0.14.129",
    "199.7.83.42",
    "202.12.27.33",
    "2001:503:ba3e::2:30",
    "2801:1b8:10::b",
    "2001:500:2::c",
    "2001:500:2d::d",
    "2001:500:a8::e",
    "2001:500:2f::f",
    "2001:500:12::d0d",
    "2001:500:1::53",
    "2001:7fe::53",
    "2001:503:c27::2:30",
    "2001:7fd::1",
    "2001:500:9f::42",
    "2001:dc3::35",
];

/// What none of it is. Hosting and anycast it is; and `vpn` is left out because Cloudflare's
/// and Google's own VPNs leave through neighbouring space.
const NONE_IS: [Category; 10] = [
    Category::TorExit,
    Category::Proxy,
    Category::ResidentialProxy,
    Category::MobileProxy,
    Category::Spam,
    Category::Attacker,
    Category::Drop,
    Category::C2,
    Category::Botnet,
    Category::Malware,
];

/// The share-alike licence of the geographic databases, whose mix a public release may be under.
const PUBLIC_SHARE_ALIKE: &str = "CC-BY-SA-4.0";

/// Licences that ask of a whole what CC BY-SA cannot give.
const NOT_PUBLIC: [&str; 4] = ["GPL-3.0-only", "GPL-3.0-or-later", "ODbL-1.0", "CC-BY-NC-SA-4.0"];

/// What may be published: nothing that must not be passed on.
fn public() -> Profile {
    Profile {
        redistributable: true,
        share_alike: Some(vec![PUBLIC_SHARE_ALIKE.to_owned()]),
        leave_out: NOT_PUBLIC.map(str::to_owned).to_vec(),
    }
}

impl Default for Policy {
    /// The numbers of SCORING, which `feeds/policy.toml` spells out.
    fn default() -> Self {
        let canary = |network: &str| Canary {
            network: network.parse().expect("an address"),
            must: Vec::new(),
            must_not: NONE_IS.to_vec(),
        };
        Self {
            signal_threshold: 200,
            combiner: Combiner::NoisyOr,
            via: ViaPolicy { prefix: 1000, asn: 600, country: 300 },
            age_steps_days: AGE_STEPS_DAYS.to_vec(),
            categories: CATEGORIES.map(|(_, weight, floor, days)| CategoryPolicy {
                weight,
                floor,
                half_life_days: (days > 0).then_some(days),
            }),
            canaries: INFRASTRUCTURE.map(canary).to_vec(),
            release: ReleasePolicy {
                variants: Variant::PACKED.to_vec(),
                deltas: 7,
                patches: 1,
                history: true,
                grace_seconds: 48 * 3600,
            },
            gates: GatePolicy {
                drift: DriftLimit { v4: 500, v6: 500 },
                signals: BTreeMap::new(),
                size: 500,
                // What readers that count in 31 bits can open.
                max_bytes: (1 << 31) - 1,
            },
            fetch: FetchPolicy::default(),
            profiles: BTreeMap::from([("public".to_owned(), public())]),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::Category;
    use crate::score::policy::CATEGORIES;

    #[test]
    fn the_table_is_in_the_order_of_categories() {
        let order: Vec<_> = CATEGORIES.iter().map(|(category, ..)| *category).collect();
        assert_eq!(order, Category::ALL[..Category::N_SCORED]);
    }
}
