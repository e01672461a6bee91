//! Every code that a question can be answered with but those of keys, and what it says.
//!
//! `internal_error` is out of reach where a release answers: that is read through once before it is served, so
//! nothing that a client can send makes it unreadable afterwards. Of a damaged history it is tested in `past`, of older
//! releases in `diff` and `history`.

use crate::serve::ask::{exchange, get};
use crate::serve::questions::{Sample, VIEWS};
use crate::serve::running::Running;
use crate::support::Project;

/// Every question about one address.
fn of_address(ip: &str) -> Vec<String> {
    let views = VIEWS.iter().copied().chain(["reverse-ip", "probe", "history"]);
    let mut targets: Vec<String> = views.map(|view| format!("/v1/{view}/{ip}")).collect();
    targets.extend([format!("/v1/badge/{ip}.svg"), format!("/v1/bgp?ip={ip}")]);
    targets
}

#[test]
fn what_is_no_address_is_invalid_ip() {
    let sample = Sample::serve();
    for ip in [
        "x",
        "8.8.8",
        "8.8.8.8.8",
        "08.8.8.8",
        "8.8.8.256",
        "134744072",
        "0x08080808",
        "8.8.8.8%20",
        "-1",
        "1.1.1.0%2F24",
        "8.8.8.8%00",
        "fe80::1%25eth0",
        "2606:4700:4700::1111%251",
        "[2606:4700:4700::1111]",
        ":::",
        "1::2::3",
        "2606:4700:4700:0:0:0:0:0:1111",
        "::ffff:8.8.8.256",
        "%E2%91%A7.8.8.8",
        "AS13335",
        "one.one.one.one",
    ] {
        for target in of_address(ip) {
            let problem = sample.get(&target).expect_problem(400, "invalid_ip").json();
            let message = problem["message"].as_str().expect("text");
            assert!(message.contains("is no IPv4 or IPv6 address"), "{target}: {message}");
        }
    }
    // Little of what was sent comes back, and nothing that a terminal obeys.
    let long = format!("/v1/lookup/%1B[31m{}", "x".repeat(8000));
    let reply = sample.get(&long).expect_problem(400, "invalid_ip");
    assert!(reply.body.len() < 250 && !reply.body.contains(&0x1B), "{}", reply.text());
}

#[test]
fn what_is_not_public_is_invalid_ip_with_the_entry_that_covers_it() {
    let sample = Sample::serve();
    for (ip, entry) in [
        ("10.0.0.1", "10.0.0.0/8"),
        ("192.168.1.1", "192.168.0.0/16"),
        ("127.0.0.1", "127.0.0.0/8"),
        ("169.254.169.254", "169.254.0.0/16"),
        ("100.64.0.1", "100.64.0.0/10"),
        ("0.0.0.1", "0.0.0.0/8"),
        ("192.0.2.1", "192.0.2.0/24"),
        ("198.18.0.1", "198.18.0.0/15"),
        ("203.0.113.10", "203.0.113.0/24"),
        ("224.0.0.1", "224.0.0.0/4"),
        ("240.0.0.1", "240.0.0.0/4"),
        ("255.255.255.255", "255.255.255.255/32"),
        ("::ffff:10.0.0.1", "10.0.0.0/8"),
        ("::", "::/128"),
        ("::1", "::1/128"),
        ("fc00::1", "fc00::/7"),
        ("fe80::1", "fe80::/10"),
        ("ff02::1", "ff00::/8"),
        ("2001:db8::1", "2001:db8::/32"),
    ] {
        for target in of_address(ip) {
            let problem = sample.get(&target).expect_problem(400, "invalid_ip").json();
            let message = problem["message"].as_str().expect("text");
            assert!(
                message.contains(&format!(" {entry} is ")) && message.contains("RFC"),
                "{target}: {message}"
            );
        }
    }
}

#[test]
fn a_parameter_that_is_not_there_is_an_error() {
    let sample = Sample::serve();
    let mut targets = of_address("8.8.8.8");
    targets.extend(
        ["/v1/batch?q=8.8.8.8", "/v1/me", "/v1/validate/8.8.8.8", "/openapi.json"]
            .map(str::to_owned),
    );
    for target in targets {
        let joint = if target.contains('?') { '&' } else { '?' };
        for more in ["x=1", "field=geo", "ip2=8.8.8.8", "%66oo", "=", "date"] {
            let target = format!("{target}{joint}{more}");
            if !more.starts_with("date") || !target.starts_with("/v1/lookup/") {
                sample.get(&target).expect_problem(400, "invalid_parameter");
            }
        }
    }
    sample.get("/v1/lookup/8.8.8.8?fields=geo&fields=geo").expect_problem(400, "invalid_parameter");
    for asn in ["", "x", "AS", "-1", "AS4294967296", "13335%20"] {
        sample.get(&format!("/v1/bgp?asn={asn}")).expect_problem(400, "invalid_parameter");
    }
}

#[test]
fn what_was_not_imported_is_not_found_with_a_hint() {
    let sample = Sample::serve();
    for (target, what, instead) in [
        ("/v1/bgp", "routing data", "/v1/asn/"),
        ("/v1/bgp?asn=13335", "routing data", "/v1/asn/"),
        ("/v1/bgp?asn=AS13335&ip=1.1.1.1", "routing data", "/v1/asn/"),
        ("/v1/reverse-ip/1.1.1.1", "forward-DNS", "/v1/check/"),
        ("/v1/probe/1.1.1.1", "port scan", "/v1/check/"),
    ] {
        let problem = sample.get(target).expect_problem(404, "not_found").json();
        let message = problem["message"].as_str().expect("text");
        assert!(message.contains(what) && message.contains(instead), "{message}");
    }
    for target in [
        "/v1",
        "/v1/lookup",
        "/v1/lookup/",
        "/v2/lookup/8.8.8.8",
        "/v1/lookup/8.8.8.8/",
        "/v1/lookup/1.1.1.0/24",
    ] {
        sample.get(target).expect_problem(404, "not_found");
    }
    // Bytes that are no text are no name of anything.
    sample.get("/v1/lookup/%ff").expect_problem(404, "not_found");
}

#[test]
fn with_another_method_the_right_ones_are_named() {
    let sample = Sample::serve();
    let mut targets = of_address("8.8.8.8");
    targets.extend(
        ["/v1/batch?q=8.8.8.8", "/v1/me", "/v1/validate/8.8.8.8", "/openapi.json"]
            .map(str::to_owned),
    );
    for target in targets {
        for method in ["POST", "PUT", "DELETE", "PATCH", "QUERY"] {
            let reply = sample.ask(method, &target).expect_problem(405, "method_not_allowed");
            let allowed = reply.header("allow").expect("which");
            assert!(allowed.contains("GET") && allowed.contains("HEAD"), "{target}: {allowed}");
        }
    }
}

#[test]
fn without_a_database_questions_wait() {
    let project = Project::new();
    let server = Running::start(&project, &[]);
    let ask = |target: &str| get(server.address(), target, &[]);
    let views = VIEWS.iter().chain(&["history"]).map(|view| format!("/v1/{view}/8.8.8.8"));
    for target in views.chain(["/v1/badge/8.8.8.8.svg", "/v1/batch?q=8.8.8.8"].map(str::to_owned)) {
        let reply = ask(&target).expect_problem(503, "no_database");
        assert!(reply.header("retry-after").is_some(), "{target}");
        assert!(reply.text().contains("ipmint build"), "{target}");
    }
    // What can be said without one is said.
    ask("/v1/lookup/8.8.8.8?x=1").expect_problem(400, "invalid_parameter");
    ask("/v1/probe/8.8.8.8").expect_problem(404, "not_found");
    ask("/v1/validate/8.8.8.8").expect(200);
    ask("/openapi.json").expect(200);
}

#[test]
fn a_release_without_the_edition_full_cannot_be_asked() {
    let project = Project::new();
    project.run(&["build", "--sample", "--edition", "asn"]).expect_code(0);
    let server = Running::start(&project, &[]);
    let ask = |target: &str| get(server.address(), target, &[]);
    let views = VIEWS.iter().chain(&["history"]).map(|view| format!("/v1/{view}/8.8.8.8"));
    for target in views.chain(["/v1/badge/8.8.8.8.svg", "/v1/batch?q=8.8.8.8"].map(str::to_owned)) {
        let reply = ask(&target).expect_problem(503, "no_database");
        assert!(reply.text().contains("`full`"), "{target}: {}", reply.text());
    }
    ask("/v1/validate/8.8.8.8").expect(200);
    ask("/v1/database/download/asn").expect(200);
}

#[test]
fn ten_megabytes_of_query_are_refused() {
    let sample = Sample::serve();
    let address = sample.server.address();
    let query = "8.8.8.8,".repeat(10 << 17);
    assert!(query.len() >= 10 << 20);
    let request = format!("GET /v1/batch?q={query} HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut client = crate::serve::server::Client::connect(address);
    // It may close before it was told everything.
    let _ = client.send(&request);
    let answer = client.expect_closed();
    assert!(
        answer.is_empty()
            || answer.starts_with("HTTP/1.1 431 ")
            || answer.starts_with("HTTP/1.1 414 "),
        "{answer}"
    );
    // As long as a head may be, it is read.
    let fits = "8.8.8.8,".repeat(1000);
    let request =
        format!("GET /v1/batch?q={fits}1.1.1.1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let reply = crate::serve::ask::Reply::parse(&exchange(address, request.as_bytes()), false);
    assert_eq!(reply.expect(200).json()["count"], 1001);
}
