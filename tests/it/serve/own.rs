//! What needs no key: who am I, and is this an address.

use serde_json::{Value, json};

use crate::serve::ask::{Reply, get};
use crate::serve::questions::{Sample, expect_said};
use crate::serve::running::Running;

/// Asks as a proxy on this machine would for somebody.
#[track_caller]
fn me(server: &Running, forwarded: &str) -> Reply {
    get(server.address(), "/v1/me", &[&format!("X-Forwarded-For: {forwarded}")])
}

/// Fails the test unless it says to come again soon: after the minute, and a thirtieth of the next, by when the
/// one before weighs less than the limit.
#[track_caller]
fn expect_limited(reply: Reply) {
    let reply = reply.expect_problem(429, "rate_limited");
    let seconds: u64 = reply.header("retry-after").expect("when").parse().expect("a number");
    assert!((1..=62).contains(&seconds), "{seconds}");
}

#[test]
fn nobody_is_believed_who_is_not_trusted() {
    let sample = Sample::serve();
    for forwarded in ["8.8.8.8", "8.8.8.8, 1.1.1.1"] {
        let problem = me(&sample.server, forwarded).expect_problem(400, "invalid_ip").json();
        let message = problem["message"].as_str().expect("text");
        assert!(
            message.contains("127.0.0.1") && message.contains("127.0.0.0/8 is loopback"),
            "{message}"
        );
    }
    get(sample.server.address(), "/v1/me", &["Forwarded: for=8.8.8.8"])
        .expect_problem(400, "invalid_ip");
}

#[test]
fn a_trusted_proxy_says_who_asks() {
    let sample = Sample::serve_with("trusted_proxies = ['127.0.0.0/8', '198.51.100.0/24']");
    let check = |forwarded: &str, expected: &str| {
        let answer = me(&sample.server, forwarded).expect(200);
        let answer = answer.expect_header("cache-control", "private, no-cache");
        let answer = answer.expect_header("x-database-version", "20261121.1");
        assert_eq!(answer.json(), sample.json(&format!("/v1/lookup/{expected}")), "{forwarded}");
    };
    check("8.8.8.8", "8.8.8.8");
    check("2606:4700:4700::1111", "2606:4700:4700::1111");
    check("::ffff:1.1.1.1", "1.1.1.1");
    // The nearest that is no proxy of ours; what stands before it anybody may have written.
    check("185.220.101.45, 8.8.8.8", "8.8.8.8");
    check("185.220.101.45, 1.1.1.1, 198.51.100.7", "1.1.1.1");
    me(&sample.server, "8.8.8.8, 10.0.0.1").expect_problem(400, "invalid_ip");
    let part = get(sample.server.address(), "/v1/me?fields=geo", &["X-Forwarded-For: 9.9.9.9"]);
    assert_eq!(part.expect(200).json(), sample.json("/v1/lookup/9.9.9.9?fields=geo"));
    for query in ["?fields=x", "?ip=8.8.8.8", "?x"] {
        sample.get(&format!("/v1/me{query}")).expect_problem(400, "invalid_parameter");
    }
}

#[test]
fn an_address_asks_thirty_times_a_minute_who_it_is() {
    let sample = Sample::serve_with("trusted_proxies = ['127.0.0.1']");
    for _ in 0..30 {
        me(&sample.server, "8.8.8.8").expect(200);
    }
    expect_limited(me(&sample.server, "8.8.8.8"));
    expect_limited(me(&sample.server, "8.8.8.8"));
    // Others are others; of IPv6 a /64 is one.
    me(&sample.server, "8.8.8.9").expect(200);
    for host in 0..30 {
        me(&sample.server, &format!("2606:4700:4700::{host:x}")).expect(200);
    }
    expect_limited(me(&sample.server, "2606:4700:4700::ffff"));
    me(&sample.server, "2606:4700:4700:1::1").expect(200);
    // What is asked of others has no such limit.
    for _ in 0..100 {
        sample.json("/v1/lookup/8.8.8.8?fields=geo");
    }
}

#[test]
fn any_text_is_validated() {
    let sample = Sample::serve_with("trusted_proxies = ['127.0.0.1']");
    let check = |text: &str, expected: Value| {
        expect_said(&sample.json(&format!("/v1/validate/{text}")), &expected);
    };
    let ip = |ip: &str, family: &str, private: bool, bogon: bool| json!({"ip": ip, "valid": true, "type": family, "private": private, "bogon": bogon});
    check("185.220.101.45", ip("185.220.101.45", "IPv4", false, false));
    check("2001:4860:4860::8888", ip("2001:4860:4860::8888", "IPv6", false, false));
    for (text, family, private, entry) in [
        ("10.1.2.3", "IPv4", true, "10.0.0.0/8"),
        ("172.31.255.255", "IPv4", true, "172.16.0.0/12"),
        ("192.168.0.1", "IPv4", true, "192.168.0.0/16"),
        ("127.0.0.1", "IPv4", false, "127.0.0.0/8"),
        ("169.254.1.1", "IPv4", false, "169.254.0.0/16"),
        ("100.64.0.1", "IPv4", false, "100.64.0.0/10"),
        ("192.0.2.1", "IPv4", false, "192.0.2.0/24"),
        ("224.0.0.1", "IPv4", false, "224.0.0.0/4"),
        ("255.255.255.255", "IPv4", false, "255.255.255.255/32"),
        ("0.0.0.0", "IPv4", false, "0.0.0.0/8"),
        ("fc00::1", "IPv6", true, "fc00::/7"),
        ("::1", "IPv6", false, "::1/128"),
        ("::", "IPv6", false, "::/128"),
        ("fe80::1", "IPv6", false, "fe80::/10"),
        ("2001:db8::1", "IPv6", false, "2001:db8::/32"),
        ("ff02::1", "IPv6", false, "ff00::/8"),
    ] {
        check(text, ip(text, family, private, true));
        check(text, json!({"covered_by": {"network": entry}}));
    }
    for text in [
        "x",
        "8.8.8",
        "8.8.8.8.8",
        "08.8.8.8",
        "256.1.1.1",
        "fe80::1%25eth0",
        "[::1]",
        "1.1.1.1%20",
        "%00",
    ] {
        let text = format!("/v1/validate/{text}");
        // Sixty a minute is less than this table has.
        let answer =
            get(sample.server.address(), &text, &["X-Forwarded-For: 1.1.1.1"]).expect(200).json();
        assert_eq!(
            (&answer["valid"], &answer["private"], &answer["bogon"]),
            (&json!(false), &json!(false), &json!(false))
        );
        assert!(answer.get("type").is_none(), "{answer}");
    }
    let long = format!("/v1/validate/{}", "1".repeat(257));
    sample.get(&long).expect_problem(400, "invalid_parameter");
    sample.get("/v1/validate/8.8.8.8?x=1").expect_problem(400, "invalid_parameter");
}

#[test]
fn an_address_validates_sixty_times_a_minute() {
    let sample = Sample::serve();
    for _ in 0..60 {
        sample.json("/v1/validate/8.8.8.8").get("valid").expect("said");
    }
    expect_limited(sample.get("/v1/validate/8.8.8.8"));
    expect_limited(sample.get("/v1/validate/1.1.1.1"));
    sample.json("/v1/lookup/8.8.8.8");
}
