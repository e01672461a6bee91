//! How far a database moved from the one before it.

use std::collections::BTreeMap;

use crate::base::Coverage;
use crate::score::{DriftLimit, GatePolicy};
use crate::verify::Covered;
use crate::verify::gate::Findings;

/// Ten /24s: of a small signal a few networks are a large share.
const SLACK_V4: u64 = 10 << 8;
/// Ten /48s, in /64s.
const SLACK_V6: u64 = 10 << 16;
/// Bits of an address that a host chooses (RFC 4291 §2.5.1); IPv6 is counted by what is above them.
const INTERFACE_BITS: u32 = 64;
/// Databases below this grow and shrink as they like.
const SLACK_BYTES: u64 = 64 << 10;

/// What the current release says of an edition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Bytes of its database.
    pub bytes: u64,
    /// By signal.
    pub coverage: BTreeMap<String, Covered>,
}

/// Compares signals, by family.
pub(super) fn drift(
    before: &Baseline,
    after: &BTreeMap<String, Covered>,
    policy: &GatePolicy,
) -> Findings {
    let mut findings = Findings::up_to(u64::from(policy.drift.v4.max(policy.drift.v6)));
    let signals = before.coverage.keys().chain(after.keys().filter(|signal| {
        // Those that both have are asked once.
        !before.coverage.contains_key(*signal)
    }));
    for signal in signals {
        let of = |side: &BTreeMap<String, Covered>| side.get(signal).copied().unwrap_or_default();
        let (old, new) = (of(&before.coverage), of(after));
        let limit = policy.signals.get(signal).copied().unwrap_or(policy.drift);
        let DriftLimit { v4, v6 } = limit;
        let mut compare = |family, [old, new]: [Coverage; 2], shift, slack, limit| {
            let moved = Moved::between(old.blocks(shift), new.blocks(shift), slack);
            findings.add(moved.per_mille, limit, || {
                let Moved { from, to, .. } = moved;
                let unit = if shift == 0 { "addresses" } else { "/64s" };
                format!("{signal}, {family}: {from} {unit} became {to}")
            });
        };
        compare("IPv4", [old.v4, new.v4], 0, SLACK_V4, v4);
        compare("IPv6", [old.v6, new.v6], INTERFACE_BITS, SLACK_V6, v6);
    }
    findings
}

/// Compares sizes, and holds the new one against the most that is allowed.
pub(super) fn size(before: Option<&Baseline>, bytes: u64, policy: &GatePolicy) -> Findings {
    let mut findings = Findings::up_to(u64::from(policy.size));
    if let Some(before) = before {
        let moved = Moved::between(before.bytes, bytes, SLACK_BYTES);
        findings
            .add(moved.per_mille, policy.size, || format!("{} bytes became {bytes}", before.bytes));
    }
    if bytes > policy.max_bytes {
        let text = format!("{bytes} bytes; gates.max_bytes allows {}", policy.max_bytes);
        findings.find(text);
    }
    findings
}

struct Moved {
    from: u64,
    to: u64,
    /// Of the larger side; 0 within the slack.
    per_mille: u64,
}

impl Moved {
    fn between(from: u64, to: u64, slack: u64) -> Self {
        let moved = from.abs_diff(to);
        let share = u128::from(moved) * 1000 / u128::from(from.max(to).max(1));
        // At most 1000: nothing moves by more than the larger side.
        let per_mille = if moved <= slack { 0 } else { share as u64 };
        Self { from, to, per_mille }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::base::Coverage;
    use crate::score::{DriftLimit, Policy};
    use crate::verify::Covered;
    use crate::verify::drift::{Baseline, drift, size};

    fn coverage(v4: u128, n_64s: u128) -> BTreeMap<String, Covered> {
        let count = |n: u128| n.checked_sub(1).map_or(Coverage::ZERO, Coverage::of_span);
        let covered = Covered { v4: count(v4), v6: count(n_64s << 64) };
        BTreeMap::from([("is_vpn".to_owned(), covered)])
    }

    #[track_caller]
    fn check(old: (u128, u128), new: (u128, u128), expected: &[&str]) {
        let mut policy = Policy::default().gates;
        policy.signals.insert("is_tor".to_owned(), DriftLimit { v4: 0, v6: 0 });
        let before = Baseline { bytes: 0, coverage: coverage(old.0, old.1) };
        let findings = drift(&before, &coverage(new.0, new.1), &policy);
        assert_eq!(findings.texts, expected);
    }

    #[test]
    fn half_and_twice_are_let_through() {
        check((10_000, 1 << 20), (5_000, 1 << 19), &[]);
        check((10_000, 1 << 20), (20_000, 1 << 21), &[]);
        let lost = "is_vpn, IPv4: 10000 addresses became 4989 (501 per mille, limit 500)";
        check((10_000, 0), (4_989, 0), &[lost]);
        let gained = "is_vpn, IPv6: 1048576 /64s became 4194304 (750 per mille, limit 500)";
        check((0, 1 << 20), (0, 1 << 22), &[gained]);
        let gone = "is_vpn, IPv4: 10000 addresses became 0 (1000 per mille, limit 500)";
        check((10_000, 0), (0, 0), &[gone]);
    }

    #[test]
    fn a_few_networks_never_trip() {
        check((2_560, 655_360), (0, 0), &[]);
        let gone = "is_vpn, IPv4: 2561 addresses became 0 (1000 per mille, limit 500)";
        check((2_561, 0), (0, 0), &[gone]);
    }

    #[test]
    fn sizes_are_compared_and_capped() {
        let mut policy = Policy::default().gates;
        let before = Baseline { bytes: 1 << 20, coverage: BTreeMap::new() };
        assert_eq!(size(Some(&before), 1 << 21, &policy).texts, [] as [String; 0]);
        let grown = "1048576 bytes became 2097154 (500 per mille, limit 499)";
        policy.size = 499;
        assert_eq!(size(Some(&before), (1 << 21) + 2, &policy).texts, [grown]);
        policy.max_bytes = 10;
        assert_eq!(size(None, 11, &policy).texts, ["11 bytes; gates.max_bytes allows 10"]);
    }
}
