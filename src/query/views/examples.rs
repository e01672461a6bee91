//! The worked examples of SCORING, seen through every view that they concern.

use serde_json::{Value, json};

use crate::feed::Category::{
    Attacker, Bot, Cgnat, Hosting, Proxy, Relay, Spam, TorExit, Trusted, Vpn,
};
use crate::mmdb::Reader;
use crate::query::views::fixture::{Case, ip};
use crate::query::views::{
    AbuseFeeds, Check, Fields, Fraud, Lookup, ProxyAttribution, Reputation, Threat, ThreatScorer,
};

/// Every view of a case, by name.
fn views(case: &Case) -> Value {
    let built = case.build();
    let reader = Reader::open(&built.bytes).expect("sound");
    let offset = reader.lookup(ip()).expect("sound").offset.expect("listed");
    let scorer = ThreatScorer::new(&built.manifest).expect("of this version");
    let threat_score = scorer.score(reader.cursor(offset)).expect("sound");
    let abuse_feeds = AbuseFeeds::of(&reader).expect("sound");
    case.ask(|explained, known| {
        let release = explained.release.as_ref().expect("there is a manifest");
        assert_eq!(release.threat_score, threat_score);
        json!({
            "lookup": Lookup::of(ip(), known, threat_score, Fields::ALL),
            "check": Check::of(explained, known, &abuse_feeds, None),
            "reputation": Reputation::of(ip(), known),
            "threat": Threat::of(explained, known),
            "fraud": Fraud::of(ip(), known, threat_score),
            "attribution": ProxyAttribution::of(explained, known),
        })
    })
}

#[track_caller]
fn check(case: &Case, expected: &[(&str, Value)]) {
    let views = views(case);
    for (pointer, value) in expected {
        let found = views.pointer(pointer);
        assert_eq!(found, Some(value), "{pointer} of {views:#}");
    }
}

fn tor_exit() -> Case {
    Case::default()
        .claim(TorExit, 980, 0)
        .claim(Hosting, 750, 0)
        .claim(Spam, 700, 3)
        .claim(Attacker, 700, 1)
        .claim(Vpn, 750, 0)
        .by_asn()
}

#[test]
fn example_a_a_tor_exit_is_blocked() {
    check(
        &tor_exit(),
        &[
            ("/fraud/fraud_score", json!(90)),
            ("/fraud/risk_level", json!("critical")),
            ("/fraud/recommendation", json!("block")),
            ("/fraud/signals/is_vpn", json!(false)),
            ("/fraud/signals/is_known_attacker", json!(true)),
            // .7056 and .135: 74.5.
            ("/fraud/threat_score", json!(75)),
            ("/lookup/threat/threat_score", json!(75)),
            (
                "/lookup/threat/threat_categories",
                json!(["tor_exit_node", "spam_source", "known_abuser"]),
            ),
            ("/lookup/threat/bot_type", Value::Null),
            ("/threat/threat_score", json!(87)),
            ("/threat/confidence_level", json!(98)),
            ("/threat/risk_score", json!(85)),
            ("/threat/status", json!("malicious")),
            ("/threat/is_tor_exit", json!(true)),
            ("/check/risk", json!(90)),
            ("/check/signals", json!(["tor", "hosting", "spam", "attacker"])),
            ("/check/riskBreakdown/final", json!(90)),
            (
                "/check/riskBreakdown/contributors/0",
                json!({ "source": "tor_exit-0", "risk": 98.0, "weight": 0.72 }),
            ),
            (
                "/check/riskBreakdown/floors",
                json!([
                    { "key": "tor", "floor": 90 }, { "key": "hosting", "floor": 35 },
                    { "key": "spam", "floor": 70 }, { "key": "attacker", "floor": 55 },
                ]),
            ),
            ("/check/blocklist", json!({ "listed": ["attacker-3", "spam-2"], "checked": 2 })),
            ("/attribution/recommendation", json!("block_or_challenge")),
            ("/attribution/primary_provider/provider", json!("tor")),
        ],
    );
}

#[test]
fn example_a_in_the_reputation_view() {
    check(
        &tor_exit(),
        &[
            ("/reputation/score", json!(0.75)),
            ("/reputation/risk_level", json!("HIGH")),
            (
                "/reputation/factors/ip_factors",
                json!({
                    "is_proxy": false, "is_tor_node": true, "is_spam": true, "is_vpn": false,
                    "is_datacenter": true, "is_suspicious": true,
                }),
            ),
            (
                "/reputation/factors/risk_contribution",
                json!({
                    "is_proxy": 0.0, "is_tor_node": 0.25, "is_spam": 0.05, "is_vpn": 0.0,
                    "is_datacenter": 0.1, "is_suspicious": 0.25, "threat": 0.1,
                }),
            ),
        ],
    );
}

#[test]
fn example_a_in_the_fraud_view_with_all_its_claims() {
    let case = Case::default()
        .claim(TorExit, 1000, 0)
        .claim(Vpn, 1000, 0)
        .claim(Hosting, 1000, 0)
        .claim(Attacker, 1000, 0);
    check(
        &case,
        &[
            ("/lookup/threat/threat_score", json!(85)),
            ("/fraud/threat_score", json!(85)),
            ("/fraud/fraud_score", json!(92)),
            ("/threat/threat_score", json!(92)),
        ],
    );
}

#[test]
fn example_b_a_vpn_in_a_data_centre_is_challenged() {
    let case = Case::default().claim(Vpn, 750, 0).claim(Hosting, 750, 0);
    check(
        &case,
        &[
            ("/fraud/fraud_score", json!(65)),
            ("/fraud/risk_level", json!("high")),
            ("/fraud/recommendation", json!("challenge")),
            ("/fraud/threat_score", json!(36)),
            ("/reputation/score", json!(0.35)),
            ("/reputation/risk_level", json!("LOW")),
            ("/attribution/detected", json!(true)),
            ("/attribution/recommendation", json!("treat_as_vpn")),
            (
                "/attribution/primary_provider",
                json!({
                    "provider": "unknown_vpn", "display_name": "Unknown VPN", "network_type": "vpn",
                    "confidence": 0.75,
                }),
            ),
            ("/attribution/networks/0/cidr", json!("192.0.2.0/24")),
            ("/attribution/networks/1/provider", json!("unknown_datacenter")),
        ],
    );
}

#[test]
fn example_c_a_private_relay_is_allowed() {
    check(
        &Case::default().claim(Relay, 990, 0),
        &[
            ("/fraud/fraud_score", json!(5)),
            ("/fraud/recommendation", json!("allow")),
            ("/lookup/threat/is_relay", json!(true)),
            ("/attribution/detected", json!(false)),
            ("/attribution/networks", json!([])),
            ("/attribution/recommendation", json!("no_proxy_detected")),
        ],
    );
}

#[test]
fn example_d_a_crawler_in_a_cloud_is_allowed() {
    check(
        &Case::default().claim(Hosting, 950, 0).claim(Bot, 1000, 0),
        &[
            ("/fraud/fraud_score", json!(10)),
            ("/fraud/recommendation", json!("allow")),
            ("/threat/threat_score", json!(17)),
            // floor(17 · .95 · .75)
            ("/threat/risk_score", json!(12)),
            ("/threat/status", json!("safe")),
            ("/threat/verified_bot", json!(true)),
            ("/threat/verified_bot_name", json!("ChatGPT-User")),
            ("/threat/verified_bot_type", json!("AI bot")),
            ("/threat/badges/1", json!({ "flag": "spider", "label": "Spider", "emoji": "🕷️" })),
            ("/lookup/threat/bot_type", json!("chatgpt_user")),
            ("/check/signals", json!(["hosting", "bot"])),
            ("/check/riskBreakdown/floors", json!([])),
        ],
    );
}

#[test]
fn example_e_one_poisoned_list_does_not_convict_a_resolver() {
    check(
        &Case::default().claim(Attacker, 600, 0).claim(Trusted, 1000, 0),
        &[
            ("/fraud/fraud_score", json!(3)),
            ("/fraud/signals/is_known_attacker", json!(false)),
            ("/fraud/threat_score", json!(0)),
            ("/reputation/score", json!(0.0)),
            ("/reputation/risk_level", json!("VERY_LOW")),
            ("/lookup/threat/threat_categories", json!([])),
            ("/check/riskBreakdown/contributors/0/weight", json!(0.046)),
            ("/check/blocklist", json!({ "listed": ["attacker-0"], "checked": 1 })),
        ],
    );
}

#[test]
fn example_f_an_old_proxy_has_faded() {
    check(
        &Case::default().claim(Proxy, 600, 10),
        &[
            ("/fraud/fraud_score", json!(4)),
            ("/fraud/signals/is_proxy", json!(false)),
            ("/threat/confidence_level", json!(6)),
            ("/attribution/detected", json!(false)),
        ],
    );
}

#[test]
fn example_g_two_independent_lists_raise_a_floor() {
    check(
        &Case::default().claim(Proxy, 600, 0).claim(Proxy, 600, 0),
        &[
            ("/fraud/fraud_score", json!(65)),
            ("/fraud/threat_score", json!(50)),
            ("/attribution/networks/1/confidence", json!(0.6)),
            ("/attribution/recommendation", json!("treat_as_commercial_proxy")),
        ],
    );
}

#[test]
fn example_h_one_spam_list_does_not_convict_a_cgnat() {
    check(
        &Case::default().claim(Spam, 700, 0).claim(Cgnat, 1000, 0),
        &[
            ("/fraud/fraud_score", json!(14)),
            ("/check/riskBreakdown/floors", json!([])),
            ("/check/riskBreakdown/weightedAvg", json!(70.0)),
            ("/check/sharedUsers", json!({ "range": "100-1000", "quality": "poor" })),
        ],
    );
}

#[test]
fn example_i_a_month_old_vpn_is_still_one() {
    check(
        &Case::default().claim(Vpn, 900, 30),
        &[
            ("/fraud/fraud_score", json!(65)),
            ("/fraud/signals/is_vpn", json!(true)),
            ("/attribution/networks/0/confidence", json!(0.57)),
        ],
    );
}
