//! The assessor: evidence in any order to a verdict, millions of times.

use std::borrow::Cow;

use crate::feed::Category;
use crate::score::combine::combine;
use crate::score::rule::damp;
use crate::score::settle::settle;
use crate::score::tally::{Weighed, sort};
use crate::score::{DecayTable, Evidence, Override, Policy, Signals, Verdict, Witness};

/// Sets of evidence up to this size are sorted on the stack; larger ones are rare.
const N_ON_STACK: usize = 16;

/// A policy and its witnesses, ready to assess.
#[derive(Clone, Debug)]
pub struct Assessor<'a> {
    policy: &'a Policy,
    witnesses: &'a [Witness],
    decay: Cow<'a, DecayTable>,
}

impl<'a> Assessor<'a> {
    /// Works out the decay table; build one and share it between threads.
    pub fn new(policy: &'a Policy, witnesses: &'a [Witness]) -> Self {
        Self { policy, witnesses, decay: Cow::Owned(DecayTable::new(policy)) }
    }

    /// Takes a decay table that was worked out of the same policy; costs nothing.
    pub fn with_decay(policy: &'a Policy, witnesses: &'a [Witness], decay: &'a DecayTable) -> Self {
        Self { policy, witnesses, decay: Cow::Borrowed(decay) }
    }

    /// Returns the verdict on a set of evidence.
    ///
    /// Neither its order nor the numbering of groups matters, and expired evidence is as
    /// good as none.
    ///
    /// # Panics
    ///
    /// If evidence names a feed that is not among the witnesses.
    pub fn assess(&self, evidence: &[Evidence]) -> Verdict {
        self.weighed(evidence, |items| settle(self.policy, items).verdict())
    }

    /// Returns the base S over some categories alone, in parts per million, for views
    /// that look at fewer than all.
    pub fn base_over(&self, verdict: &Verdict, categories: Signals) -> u32 {
        let mut confidences = verdict.confidences_ppm;
        for (&category, confidence) in Category::ALL.iter().zip(&mut confidences) {
            if !categories.contains(category) {
                *confidence = 0;
            }
        }
        let weights = self.policy.categories.map(|category| u32::from(category.weight) * 1000);
        let factor = [Override::TrustedInfrastructure, Override::SharedAddress]
            .into_iter()
            .find(|&factor| verdict.overrides.contains(factor));
        let damped = damp(&weights, factor);
        combine(self.policy.combiner, &weights, &damped, &confidences).total
    }

    /// Weighs and sorts evidence, leaving out what has expired.
    pub(super) fn weighed<R>(
        &self,
        evidence: &[Evidence],
        use_items: impl FnOnce(&[Weighed]) -> R,
    ) -> R {
        let mut on_stack = [Weighed::BLANK; N_ON_STACK];
        let mut on_heap;
        let items: &mut [Weighed] = if evidence.len() <= N_ON_STACK {
            &mut on_stack
        } else {
            on_heap = vec![Weighed::BLANK; evidence.len()];
            &mut on_heap
        };
        let mut n_items = 0;
        for &evidence in evidence {
            let witness = self.witness(evidence);
            if let Some(item) = Weighed::new(self.policy.via, &self.decay, witness, evidence) {
                items[n_items] = item;
                n_items += 1;
            }
        }
        let items = &mut items[..n_items];
        sort(items);
        use_items(items)
    }

    pub(super) fn policy(&self) -> &Policy {
        self.policy
    }

    pub(super) fn decay(&self) -> &DecayTable {
        &self.decay
    }

    pub(super) fn witness(&self, evidence: Evidence) -> Witness {
        self.witnesses[evidence.feed as usize]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::feed::Category;
    use crate::score::model::model;
    use crate::score::sample::{Sample, any_policy, any_sample};
    use crate::score::{
        Assessor, Evidence, Override, Policy, Recommendation, Replacement, RiskLevel, Signals,
        Verdict, Via, Witness,
    };

    fn assess(sample: &Sample) -> Verdict {
        Assessor::new(&Policy::default(), &sample.witnesses).assess(&sample.evidence)
    }

    /// `base` is S to two decimals, as SCORING writes it.
    #[track_caller]
    fn check(sample: &Sample, base: &str, score: u8, overrides: &[Override]) -> Verdict {
        let verdict = assess(sample);
        let points = f64::from(verdict.base_ppm) / 1e4;
        let n_decimals = base.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        assert_eq!(format!("{points:.n_decimals$}"), base);
        assert_eq!(verdict.score, score);
        assert_eq!(verdict.overrides.iter().collect::<Vec<_>>(), overrides);
        verdict
    }

    fn tor_exit() -> Sample {
        Sample::default()
            .claim(Category::TorExit, 980, 0)
            .claim(Category::Hosting, 750, 0)
            .claim(Category::Spam, 700, 3)
            .claim(Category::Attacker, 700, 1)
            .claim(Category::Vpn, 750, 0)
            .via(Via::Asn)
    }

    #[test]
    fn example_a_a_tor_exit_is_blocked() {
        let sample = tor_exit();
        let verdict = check(&sample, "86.6", 90, &[Override::TorReplacesVpn]);
        assert_eq!(verdict.risk_level(), RiskLevel::Critical);
        assert_eq!(verdict.recommendation(), Recommendation::Block);
        assert_eq!(verdict.confidence, 98);
        assert_eq!(verdict.sources, 4);
        assert_eq!(verdict.suppressed_by(sample.evidence[4]), Some(Replacement::Tor));
        assert_eq!(verdict.suppressed_by(sample.evidence[0]), None);
        assert_eq!(verdict.withheld_by(Category::Vpn), Some(Override::TorReplacesVpn));
        assert!(!verdict.signals.contains(Category::Vpn));
        assert_eq!(verdict.anonymizer_confidence(), Some(98));
    }

    #[test]
    fn example_a_counts_higher_with_the_vpn_claim() {
        // .45 = .75 through the ASN; as a prefix claim Tor does not replace it.
        let mut sample = tor_exit();
        sample.witnesses[4].reliability = 450;
        sample.evidence[4].via = Via::Prefix;
        check(&sample, "88.7", 90, &[]);
    }

    #[test]
    fn example_a_in_the_fraud_view() {
        let sample = Sample::default()
            .claim(Category::TorExit, 1000, 0)
            .claim(Category::Vpn, 1000, 0)
            .claim(Category::Hosting, 1000, 0)
            .claim(Category::Attacker, 1000, 0);
        let verdict = check(&sample, "91.60", 92, &[]);
        let policy = Policy::default();
        let anonymous = Signals::anonymizers().union([Category::Hosting].into_iter().collect());
        let base = Assessor::new(&policy, &sample.witnesses).base_over(&verdict, anonymous);
        assert_eq!(format!("{:.2}", f64::from(base) / 1e4), "84.58");
    }

    #[test]
    fn example_b_a_vpn_in_a_data_centre_is_challenged() {
        let sample =
            Sample::default().claim(Category::Vpn, 750, 0).claim(Category::Hosting, 750, 0);
        let verdict = check(&sample, "36.2", 65, &[]);
        assert_eq!(verdict.risk_level(), RiskLevel::High);
        assert_eq!(verdict.recommendation(), Recommendation::Challenge);
    }

    #[test]
    fn example_c_a_private_relay_is_allowed() {
        let sample = Sample::default().claim(Category::Relay, 990, 0);
        let verdict = check(&sample, "4.95", 5, &[Override::PrivateRelay]);
        assert_eq!(verdict.recommendation(), Recommendation::Allow);
    }

    #[test]
    fn example_d_a_crawler_in_a_cloud_is_allowed() {
        let sample =
            Sample::default().claim(Category::Hosting, 950, 0).claim(Category::Bot, 1000, 0);
        let verdict = check(&sample, "17.1", 10, &[Override::VerifiedBot]);
        assert_eq!(verdict.recommendation(), Recommendation::Allow);
    }

    #[test]
    fn example_e_one_poisoned_list_does_not_convict_a_resolver() {
        let sample = Sample::default().claim(Category::Attacker, 600, 0);
        check(&sample, "27.6", 55, &[]);
        let sample = sample.claim(Category::Trusted, 1000, 0);
        let verdict = check(&sample, "2.8", 3, &[Override::TrustedInfrastructure]);
        assert!(!verdict.signals.contains(Category::Attacker));
        assert!(verdict.raw_signals.contains(Category::Attacker));
        let withheld_by = verdict.withheld_by(Category::Attacker);
        assert_eq!(withheld_by, Some(Override::TrustedInfrastructure));
        // A second witness turns the signal on, not the floor.
        let sample = sample.claim(Category::Attacker, 600, 0);
        let verdict = check(&sample, "3.9", 4, &[Override::TrustedInfrastructure]);
        assert!(verdict.signals.contains(Category::Attacker));
    }

    #[test]
    fn example_f_an_old_proxy_has_faded() {
        let sample = Sample::default().claim(Category::Proxy, 600, 10);
        let verdict = check(&sample, "3.6", 4, &[]);
        assert_eq!(verdict.confidence_ppm(Category::Proxy), 59_528);
        assert!(!verdict.signals.contains(Category::Proxy));
    }

    #[test]
    fn example_g_two_independent_lists_raise_a_floor() {
        let sample =
            Sample::default().claim(Category::Proxy, 600, 0).claim(Category::Proxy, 600, 0);
        let verdict = check(&sample, "50.4", 65, &[]);
        assert_eq!((verdict.confidence, verdict.sources), (84, 2));
    }

    #[test]
    fn example_h_one_spam_list_does_not_convict_a_cgnat() {
        let sample =
            Sample::default().claim(Category::Spam, 700, 0).claim(Category::Cgnat, 1000, 0);
        let verdict = check(&sample, "14.0", 14, &[Override::SharedAddress]);
        assert!(verdict.signals.contains(Category::Spam));
        // Two independent ones do.
        let sample = sample.claim(Category::Spam, 700, 0);
        check(&sample, "18.2", 70, &[Override::SharedAddress]);
    }

    #[test]
    fn example_i_a_month_old_vpn_is_still_one() {
        let verdict = check(&Sample::default().claim(Category::Vpn, 900, 30), "19.8", 65, &[]);
        assert_eq!(verdict.confidence, 57);
        assert!(verdict.signals.contains(Category::Vpn));
    }

    #[test]
    fn one_asn_list_raises_no_floor_unless_the_network_is_hijacked() {
        check(&Sample::default().claim(Category::Vpn, 990, 0).via(Via::Asn), "20.8", 21, &[]);
        let sample = Sample::default().claim(Category::Drop, 990, 0).via(Via::Asn);
        check(&sample, "53.5", 90, &[Override::DropOrC2]);
    }

    #[test]
    fn the_operator_has_the_last_word() {
        let denied = Sample::default().claim(Category::Deny, 1000, 0);
        let verdict = check(&denied, "0", 100, &[Override::OperatorDeny]);
        assert_eq!((verdict.confidence, verdict.sources), (99, 0));
        let allowed = tor_exit().claim(Category::Allow, 1000, 0).claim(Category::Bot, 1000, 0);
        check(&allowed, "86.6", 0, &[Override::TorReplacesVpn, Override::OperatorAllow]);
    }

    #[test]
    fn a_listed_c2_lifts_the_caps() {
        let sample = Sample::default()
            .claim(Category::Relay, 990, 0)
            .claim(Category::Bot, 1000, 0)
            .claim(Category::C2, 900, 0);
        check(&sample, "86.2", 95, &[Override::DropOrC2]);
    }

    #[test]
    fn a_private_relay_replaces_every_vpn_claim() {
        let sample = Sample::default().claim(Category::Relay, 990, 0).claim(Category::Vpn, 900, 0);
        let overrides = [Override::RelayReplacesVpn, Override::PrivateRelay];
        let verdict = check(&sample, "4.95", 5, &overrides);
        assert_eq!(verdict.suppressed_by(sample.evidence[1]), Some(Replacement::PrivateRelay));
        assert_eq!(verdict.anonymizer_confidence(), None);
    }

    #[test]
    fn of_two_factors_the_smaller_applies_alone() {
        let sample = Sample::default()
            .claim(Category::Spam, 700, 0)
            .claim(Category::Cgnat, 1000, 0)
            .claim(Category::Trusted, 1000, 0);
        check(&sample, "2.8", 3, &[Override::TrustedInfrastructure]);
    }

    #[test]
    fn no_evidence_is_no_risk() {
        let verdict = check(&Sample::default(), "0", 0, &[]);
        assert_eq!((verdict.confidence, verdict.sources), (0, 0));
        assert_eq!(verdict.signals, Signals::NONE);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn fixed_point_agrees_with_floating_point(policy in any_policy(), sample in any_sample()) {
            let verdict = Assessor::new(&policy, &sample.witnesses).assess(&sample.evidence);
            let model = model(&policy, &sample);
            let base = f64::from(verdict.base_ppm) / 1e6;
            prop_assert!((base - model.base).abs() < 1e-5, "{base} {}", model.base);
            if let Some(score) = model.score {
                prop_assert_eq!(verdict.score, (score * 100.0).round() as u8);
            }
        }

        #[test]
        fn order_and_numbering_do_not_matter(
            policy in any_policy(),
            sample in any_sample(),
            keys in proptest::collection::vec(any::<u32>(), 10),
            mask: u32,
        ) {
            let verdict = Assessor::new(&policy, &sample.witnesses).assess(&sample.evidence);
            let mut keyed: Vec<_> = keys.into_iter().zip(sample.evidence.iter().copied()).collect();
            keyed.sort_by_key(|&(key, _)| key);
            let shuffled: Vec<Evidence> = keyed.into_iter().map(|(_, evidence)| evidence).collect();
            let renumbered: Vec<Witness> = sample
                .witnesses
                .iter()
                .map(|witness| Witness { group: witness.group ^ mask, ..*witness })
                .collect();
            prop_assert_eq!(Assessor::new(&policy, &renumbered).assess(&shuffled), verdict);
        }

        #[test]
        fn expired_evidence_is_no_evidence(sample in any_sample()) {
            let policy = Policy::default();
            let assessor = Assessor::new(&policy, &sample.witnesses);
            let alive: Vec<Evidence> = sample
                .evidence
                .iter()
                .copied()
                .filter(|evidence| !assessor.decay().is_expired(evidence.category, evidence.age_days))
                .collect();
            prop_assert_eq!(assessor.assess(&alive), assessor.assess(&sample.evidence));
        }

        /// More than fits on the stack changes nothing: repeats are one witness.
        #[test]
        fn repeats_do_not_count(sample in any_sample()) {
            let policy = Policy::default();
            let assessor = Assessor::new(&policy, &sample.witnesses);
            let repeated = sample.evidence.repeat(4);
            prop_assert_eq!(assessor.assess(&repeated), assessor.assess(&sample.evidence));
        }
    }
}
