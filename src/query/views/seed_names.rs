//! Table of the names that the seeds print, held against the answers for an address of which all is known.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::feed::Category::{Bot, Hosting, Proxy, Spam, TorExit, Vpn};
use crate::mmdb::Reader;
use crate::query::history::AsnPeriod;
use crate::query::views::fixture::{Case, ip};
use crate::query::views::{
    AbuseFeeds, Check, Fields, Fraud, Lookup, ProxyAttribution, Reputation, Threat, Validation,
};

/// An address of which everything is known.
fn known() -> Case {
    Case::default()
        .with(
            "network",
            json!({
                "asn": 64496, "as_name": "Example", "as_domain": "example.net",
                "organization": "Example Ltd.", "isp": "Example", "connection_type": "datacenter",
                "registry": "ripencc", "registered_country": "DE", "registered": "2015-03-04",
                "abuse_contact": "abuse@example.net", "native": true,
            }),
        )
        .with(
            "geo",
            json!({
                "country_code": "DE", "country": "Germany", "continent_code": "EU",
                "region": "Hessen", "region_code": "HE", "city": "Frankfurt am Main",
                "postal_code": "60313", "latitude": 50.1109, "longitude": 8.6821,
                "timezone": "Europe/Berlin", "is_sanctioned": true, "sanction_lists": ["EU"],
            }),
        )
        .claim(TorExit, 980, 0)
        .claim(Spam, 700, 0)
        .claim(Proxy, 750, 0)
        .by_asn()
        .claim(Hosting, 750, 0)
        .of("Example Cloud", 20)
        .claim(Vpn, 750, 0)
        .claim(Bot, 1000, 0)
}

/// Names at which a view must have something, apart by blanks; `[]` stands for any item of an array.
#[track_caller]
fn check(view: &str, names: &str) {
    let case = known();
    let built = case.build();
    let reader = Reader::open(&built.bytes).expect("sound");
    let abuse_feeds = AbuseFeeds::of(&reader).expect("sound");
    let day = "2026-11-20".parse().expect("a day");
    let history = [AsnPeriod { asn: 64496, first_seen: day, last_seen: day }];
    let (answer, schema) = case.ask(|explained, known| match view {
        "lookup" => described(&Lookup::of(ip(), known, 85, Fields::ALL)),
        "check" => described(&Check::of(explained, known, &abuse_feeds, Some(&history))),
        "reputation" => described(&Reputation::of(ip(), known)),
        "threat" => {
            let threat = Threat::of(explained, known).expect("there is a manifest");
            described(&Threat { reverse_dns: Some("example.net"), ..threat })
        }
        "fraud" => described(&Fraud::of(ip(), known, 85)),
        "attribution" => {
            described(&ProxyAttribution::of(explained, known).expect("there is a manifest"))
        }
        "validation" => described(&Validation::of("10.0.0.1")),
        _ => unreachable!("no such view"),
    });
    // Nothing is answered that the schema has not, and nothing is missing that it has.
    let keys = |value: &Value| {
        let object = value.as_object().expect("an object");
        object.keys().cloned().collect::<BTreeSet<_>>()
    };
    assert_eq!(keys(&answer), keys(&schema["properties"]));
    for name in names.split_whitespace() {
        assert!(has(&answer, name), "no {name} in {answer:#}");
    }
    // It says which formula it is, but for validation, which has none.
    assert_eq!(answer.to_string().contains("\"model\":\"ipmint-"), view != "validation");
}

/// An answer, and the schema of its type.
fn described<T: Serialize + ToSchema>(answer: &T) -> (Value, Value) {
    (json!(answer), json!(T::schema()))
}

fn has(value: &Value, name: &str) -> bool {
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    let found = match (first, value) {
        ("[]", Value::Array(items)) => return items.iter().any(|item| has(item, rest)),
        _ => value.get(first),
    };
    found.is_some_and(|value| rest.is_empty() || has(value, rest))
}

#[test]
fn a_lookup_has_every_name() {
    check(
        "lookup",
        "ip type geo.country_code geo.country geo.region geo.region_code geo.city geo.postal_code \
         geo.latitude geo.longitude geo.timezone geo.is_sanctioned geo.sanction_lists \
         network.asn network.as_name network.as_domain network.isp network.organization \
         network.connection_type threat.is_vpn threat.is_proxy threat.is_tor threat.is_relay \
         threat.is_hosting threat.threat_score threat.threat_categories threat.bot_type \
         abuse.contact_email",
    );
}

#[test]
fn a_check_has_every_name() {
    check(
        "check",
        "geo.ip geo.version geo.country geo.city geo.asn geo.asName geo.isp geo.lat geo.lon ipType \
         usageType risk riskBreakdown.contributors.[].source riskBreakdown.contributors.[].risk \
         riskBreakdown.contributors.[].weight riskBreakdown.weightedAvg riskBreakdown.floors.[].key \
         riskBreakdown.floors.[].floor riskBreakdown.final signals blocklist.listed \
         blocklist.checked anonAsn.asn anonAsn.name anonAsn.type nativeType sharedUsers.range \
         sharedUsers.quality scenarios.[].key scenarios.[].stars scenarios.[].verdict \
         services.[].key services.[].status media.[].key media.[].status sources.[].source \
         sources.[].risk sources.[].flags intel.asn intel.company intel.datacenter intel.abuse \
         asnHistory.[].asn asnHistory.[].firstSeen asnHistory.[].lastSeen rdap.registry \
         rdap.country rdap.registered rdap.org",
    );
}

#[test]
fn a_reputation_has_every_name() {
    check(
        "reputation",
        "score risk_level ip factors.ip_factors.is_proxy factors.ip_factors.is_tor_node \
         factors.ip_factors.is_spam factors.ip_factors.is_vpn factors.ip_factors.is_datacenter \
         factors.ip_factors.is_suspicious factors.risk_contribution.is_proxy \
         factors.risk_contribution.is_tor_node factors.risk_contribution.is_spam \
         factors.risk_contribution.is_vpn factors.risk_contribution.is_datacenter \
         factors.risk_contribution.is_suspicious",
    );
}

#[test]
fn a_threat_has_every_name() {
    check(
        "threat",
        "ip country country_code region region_code city isp org asn as_name latitude longitude \
         timezone reverse_dns is_tor_exit risk_score threat_score confidence_level risk_summary \
         summary status badges.[].flag badges.[].label badges.[].emoji verified_bot \
         verified_bot_name verified_bot_type",
    );
}

#[test]
fn fraud_has_every_name() {
    check(
        "fraud",
        "ip fraud_score risk_level signals.is_vpn signals.is_proxy signals.is_tor \
         signals.is_datacenter signals.is_known_attacker signals.high_risk_country recommendation \
         threat_score",
    );
}

#[test]
fn an_attribution_has_every_name() {
    check(
        "attribution",
        "ip detected primary_provider.provider primary_provider.display_name \
         primary_provider.network_type primary_provider.confidence networks.[].provider \
         networks.[].display_name networks.[].network_type networks.[].confidence \
         networks.[].source networks.[].cidr recommendation",
    );
}

#[test]
fn a_validation_has_every_name() {
    check("validation", "ip valid type private bogon covered_by.network covered_by.rfc");
}
