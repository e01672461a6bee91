//! Questions about one address: they say what the database says, in the words of the four services.

use serde_json::{Value, json};

use crate::serve::ask::{ask, get};
use crate::serve::questions::{ADDRESSES, Sample, VIEWS, expect_fields, expect_said};
use crate::serve::server::until;

#[test]
fn a_lookup_says_what_the_database_says() {
    let sample = Sample::serve();
    for ip in ADDRESSES {
        let record = &sample.command("lookup", ip)["record"];
        let answer = sample.json(&format!("/v1/lookup/{ip}"));
        assert_eq!(answer["ip"], ip);
        assert_eq!(answer["type"], if ip.contains(':') { "IPv6" } else { "IPv4" });
        // One for one, but for what another field says.
        for (subject, elsewhere) in [
            ("geo", &["continent_code"][..]),
            (
                "network",
                &["native", "registered", "registered_country", "registry", "abuse_contact"],
            ),
        ] {
            for (key, value) in record[subject].as_object().into_iter().flatten() {
                if !elsewhere.contains(&key.as_str()) {
                    assert_eq!(&answer[subject][key], value, "{ip}: {subject}.{key}");
                }
            }
            for key in answer[subject].as_object().expect("a map").keys() {
                let is_made = ["is_sanctioned", "sanction_lists", "isp"].contains(&key.as_str());
                assert!(is_made || !record[subject][key].is_null(), "{ip}: {subject}.{key}");
            }
        }
        assert_eq!(answer["geo"]["is_sanctioned"], record["geo"]["is_sanctioned"] == true);
        assert_eq!(answer["abuse"]["contact_email"], record["network"]["abuse_contact"]);
        let signals = &record["signals"];
        for flag in ["is_vpn", "is_tor", "is_relay", "is_hosting"] {
            assert_eq!(answer["threat"][flag], signals[flag] == true, "{ip}: {flag}");
        }
        assert_eq!(answer["threat"]["bot_type"], bot_type(record), "{ip}");
    }
}

/// The services know crawlers and previews by one word.
fn bot_type(record: &Value) -> Value {
    let id = record["bot"]["id"].clone();
    if record["bot"].is_object() { id } else { Value::Null }
}

#[test]
fn the_examples_of_the_services_are_answered_alike() {
    let sample = Sample::serve_fresh();
    let check = |target: &str, expected: Value| expect_said(&sample.json(target), &expected);
    check(
        "/v1/reputation/185.220.101.45",
        json!({
            "score": 0.75, "risk_level": "HIGH", "ip": "185.220.101.45",
            "factors": {"ip_factors": {
                "is_proxy": false, "is_tor_node": true, "is_spam": true,
                "is_vpn": false, "is_datacenter": true, "is_suspicious": true,
            }},
        }),
    );
    // Both would be true of a Tor exit; here Tor takes the place of VPN, and the sample knows no more.
    check(
        "/v1/lookup/185.220.101.45",
        json!({
            "ip": "185.220.101.45", "type": "IPv4",
            "geo": {
                "country_code": "DE", "country": "Germany", "region_code": "HE",
                "city": "Frankfurt am Main", "postal_code": "60313",
                "is_sanctioned": false, "sanction_lists": [],
            },
            "network": {
                "asn": 205_100, "as_name": "F3 Netze e.V.", "as_domain": "f3netze.de",
                "connection_type": "datacenter",
            },
            "threat": {"is_proxy": false, "is_tor": true, "is_relay": false, "is_hosting": true, "bot_type": null},
        }),
    );
    check(
        "/v1/fraud/185.220.101.45",
        json!({
            "ip": "185.220.101.45", "risk_level": "critical", "recommendation": "block",
            "signals": {
                "is_proxy": false, "is_tor": true, "is_datacenter": true,
                "is_known_attacker": true, "high_risk_country": false,
            },
        }),
    );
    let vpn = json!({"provider": "unknown_vpn", "network_type": "vpn", "confidence": 0.75});
    check(
        "/v1/proxy-attribution/2.56.16.42",
        json!({"detected": true, "primary_provider": vpn, "recommendation": "treat_as_vpn"}),
    );
    let networks = sample.json("/v1/proxy-attribution/2.56.16.42")["networks"].clone();
    expect_said(&networks[0], &vpn);
    assert_eq!(networks[0]["cidr"], "2.56.16.0/22");
    assert_eq!(networks[1]["network_type"], "datacenter");
    check(
        "/v1/threat/20.204.24.249",
        json!({
            "ip": "20.204.24.249", "country": "India", "country_code": "IN", "region_code": "MH", "city": "Pune",
            "asn": "AS8075", "as_name": "Microsoft Corporation", "is_tor_exit": false, "status": "safe",
            "verified_bot": true, "verified_bot_name": "ChatGPT-User", "verified_bot_type": "AI bot",
        }),
    );
    check(
        "/v1/lookup/5.112.0.1?fields=geo",
        json!({"geo": {"country_code": "IR", "is_sanctioned": true}}),
    );
    check(
        "/v1/lookup/66.249.66.1",
        json!({"threat": {"bot_type": "googlebot", "threat_score": 0}}),
    );
}

#[test]
fn every_field_of_the_services_is_there() {
    let sample = Sample::serve();
    let check = |target: &str, pointers: &str| expect_fields(&sample.json(target), pointers);
    check("/v1/lookup/8.8.8.8", "threat/threat_score threat/threat_categories abuse/contact_email");
    check(
        "/v1/check/185.220.101.45",
        "geo/ip geo/version geo/country geo/city geo/asn geo/asName ipType usageType risk \
         riskBreakdown/contributors/0/source riskBreakdown/contributors/0/risk riskBreakdown/contributors/0/weight \
         riskBreakdown/weightedAvg riskBreakdown/floors/0/key riskBreakdown/floors/0/floor riskBreakdown/final \
         signals/0 blocklist/listed/0 blocklist/checked nativeType sharedUsers/range sharedUsers/quality \
         scenarios/0/key scenarios/0/stars scenarios/0/verdict services/0/key services/0/status \
         media/0/key media/0/status sources/0/source sources/0/risk sources/0/flags intel/asn intel/datacenter \
         rdap/registry rdap/country rdap/registered",
    );
    check("/v1/check/8.8.8.8", "intel/abuse blocklist/checked");
    check("/v1/check/146.70.50.1", "intel/datacenter");
    check(
        "/v1/threat/140.235.170.215",
        "confidence_level risk_score threat_score risk_summary summary badges/0/flag badges/0/label badges/0/emoji \
         verified_bot",
    );
    check("/v1/proxy-attribution/2.56.16.42", "primary_provider/display_name networks/0/source");
}

#[test]
fn why_is_what_the_command_line_says() {
    let sample = Sample::serve();
    for ip in ADDRESSES {
        let expected = sample.command("explain", ip);
        assert_eq!(sample.json(&format!("/v1/explain/{ip}")), expected, "{ip}");
    }
}

#[test]
fn scores_fall_into_the_bands_of_the_services() {
    let sample = Sample::serve();
    for ip in ADDRESSES {
        let verdict = &sample.command("lookup", ip)["record"]["threat"];
        let score = verdict["score"].as_u64().unwrap_or(0);
        let fraud = sample.json(&format!("/v1/fraud/{ip}"));
        assert_eq!(fraud["fraud_score"], score, "{ip}");
        let (level, recommendation) = match score {
            0..=30 => ("low", "allow"),
            31..=60 => ("medium", "review"),
            61..=85 => ("high", "challenge"),
            _ => ("critical", "block"),
        };
        assert_eq!(
            (&fraud["risk_level"], &fraud["recommendation"]),
            (&json!(level), &json!(recommendation))
        );
        let check = sample.json(&format!("/v1/check/{ip}"));
        assert_eq!(
            (&check["risk"], &check["riskBreakdown"]["final"]),
            (&json!(score), &json!(score)),
            "{ip}"
        );
        let reputation = sample.json(&format!("/v1/reputation/{ip}"));
        let hundredths = (reputation["score"].as_f64().expect("a number") * 100.0).round() as u64;
        let levels = ["VERY_LOW", "LOW", "MEDIUM", "HIGH", "VERY_HIGH"];
        let is_of = |level: &str| reputation["risk_level"] == level;
        let place = levels.iter().position(|level| is_of(level)).expect("a level");
        let is_in_band = match hundredths {
            0..40 => place <= 1,
            40..=60 => place == 2,
            _ => place >= 3,
        };
        assert!(is_in_band, "{ip}: {reputation}");
    }
}

#[test]
fn only_the_subjects_asked_for_are_told() {
    let sample = Sample::serve();
    let whole = sample.json("/v1/lookup/8.8.8.8");
    let check = |fields: &str, expected: &[&str]| {
        let answer = sample.json(&format!("/v1/lookup/8.8.8.8?fields={fields}"));
        let object = answer.as_object().expect("a map");
        assert_eq!(object.keys().collect::<Vec<_>>(), expected, "{fields}");
        object.iter().for_each(|(key, value)| assert_eq!(&whole[key], value));
    };
    check("geo", &["ip", "type", "geo"]);
    check("abuse,network", &["ip", "type", "network", "abuse"]);
    check("threat,threat", &["ip", "type", "threat"]);
    check("geo%2Cnetwork,threat,abuse", &["ip", "type", "geo", "network", "threat", "abuse"]);
    for fields in ["", "geo,", "Geo", "geo,ip", "geo%20", "geo;network"] {
        let target = format!("/v1/lookup/8.8.8.8?fields={fields}");
        let message = sample.get(&target).expect_problem(400, "invalid_parameter").json();
        assert!(message["message"].as_str().expect("text").contains("geo,network,threat,abuse"));
    }
}

#[test]
fn an_address_is_read_however_it_is_written() {
    let sample = Sample::serve();
    let check = |written: &str, expected: &str| {
        assert_eq!(sample.json(&format!("/v1/lookup/{written}"))["ip"], expected, "{written}");
    };
    check("8%2E8.8.8", "8.8.8.8");
    check("::ffff:8.8.8.8", "8.8.8.8");
    check("::ffff:808:808", "8.8.8.8");
    check("2606:4700:4700::1111", "2606:4700:4700::1111");
    check("2606%3A4700%3A4700%3A%3A1111", "2606:4700:4700::1111");
    check("2606:4700:4700:0000:0:0:0:1111", "2606:4700:4700::1111");
    check("2A0B:F4C2:2::45", "2a0b:f4c2:2::45");
}

#[test]
fn answers_are_known_by_their_tags() {
    let sample = Sample::serve();
    // Which AS it was in is read behind the first answers; then the answer is another, and its tag.
    let check = || sample.get("/v1/check/1.1.1.1").expect(200);
    let first = check();
    until("the history", || check().json().get("asnHistory").is_some());
    let last = check();
    assert_eq!(first.header("etag") == last.header("etag"), first.body == last.body);
    let mut tags = Vec::new();
    let mut targets: Vec<String> = VIEWS.iter().map(|view| format!("/v1/{view}/1.1.1.1")).collect();
    targets.extend(["/v1/lookup/1.1.1.1?fields=geo", "/v1/lookup/8.8.8.8"].map(str::to_owned));
    targets.extend(["/v1/badge/1.1.1.1.svg", "/v1/badge/1.1.1.1.svg?lang=zh"].map(str::to_owned));
    let address = sample.server.address();
    for target in &targets {
        let reply =
            sample.get(target).expect(200).expect_header("x-database-version", "20261121.1");
        let reply = reply.expect_header("access-control-allow-origin", "*");
        let reply = reply.expect_header("cache-control", "no-cache");
        let tag = reply.header("etag").expect("a tag").to_owned();
        let known = format!("If-None-Match: \"other\", {tag}");
        let unchanged = get(address, target, &[&known]).expect(304).expect_header("etag", &tag);
        let unchanged = unchanged.expect_header("x-database-version", "20261121.1");
        unchanged.expect_header("cache-control", "no-cache");
        get(address, target, &["If-None-Match: *"]).expect(304);
        get(address, target, &["If-None-Match: \"other\""]).expect(200);
        let head = ask(address, "HEAD", target, &[]).expect(200).expect_header("etag", &tag);
        assert_eq!(head.header("content-length"), reply.header("content-length"), "{target}");
        assert_eq!(head.header("content-type"), reply.header("content-type"), "{target}");
        tags.push(tag);
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), targets.len(), "each answer has its own");
}
