//! `/v1/cidr`, `/v1/subnet`, `/v1/supernet`, `/v1/asn`.

use serde_json::{Value, json};

use crate::serve::ask::{Reply, ask, get};
use crate::serve::running::Running;
use crate::support::Project;

/// The sample, served; its folder lives as long.
fn served() -> (Project, Running) {
    let project = Project::with_sample();
    let server = Running::start(&project, &[]);
    (project, server)
}

fn at(server: &Running, target: &str) -> Reply {
    get(server.address(), target, &[])
}

#[test]
fn prefixes_and_ranges_are_scanned() {
    let (project, server) = served();
    let reply = at(&server, "/v1/cidr?q=2.56.16.0/22").expect(200);
    let reply = reply.expect_header("content-type", "application/json");
    assert!(reply.header("x-database-version").is_some());
    let found = reply.json();
    assert_eq!(found["signals"]["is_vpn"], json!({ "count": 1024, "ratio": 1.0 }));
    let command = project.run(&["scan", "--json", "--top", "10", "--runs", "100", "2.56.16.0/22"]);
    assert_eq!(found, command.expect_code(0).json());
    let etag = reply.header("etag").expect("one").to_owned();
    let again = format!("If-None-Match: {etag}");
    get(server.address(), "/v1/cidr?q=2.56.16.0/22", &[&again]).expect(304);
    for (q, query, family) in [
        ("2.56.16.1-2.56.16.9", "2.56.16.1-2.56.16.9", "IPv4"),
        ("%20::ffff:2.56.16.77/120", "2.56.16.0/24", "IPv4"),
        ("0.0.0.0/0", "0.0.0.0/0", "IPv4"),
        ("::/0", "::/0", "IPv6"),
        ("2606:4700::/32", "2606:4700::/32", "IPv6"),
    ] {
        let found = at(&server, &format!("/v1/cidr?q={q}")).expect(200).json();
        assert_eq!((&found["query"], &found["family"]), (&query.into(), &family.into()), "{q}");
    }
    let all = at(&server, "/v1/cidr?q=::/0").json();
    assert_eq!(all["total"], "340277174544851766121481739333305106432");
}

/// What stands elsewhere than in `signals` of a record is counted as it is looked up.
#[test]
fn crawlers_and_sanctioned_countries_are_counted() {
    let (_project, server) = served();
    let whole = |network: &str, signal: &str| {
        let found = at(&server, &format!("/v1/cidr?q={network}")).expect(200).json();
        assert_eq!(found["signals"][signal]["count"], found["total"], "{network} {signal}");
        let runs = found["runs"].as_array().expect("a list");
        let has = |run: &Value| run["signals"].as_array().expect("a list").contains(&json!(signal));
        assert!(!runs.is_empty() && runs.iter().all(has), "{network} {signal}");
        found["signals"].clone()
    };
    let bot = whole("20.204.24.249/32", "is_bot");
    assert_eq!((&bot["is_sanctioned"]["count"], &bot["is_denied"]), (&json!(0), &Value::Null));
    let checked = at(&server, "/v1/check/20.204.24.249").expect(200).json();
    assert_eq!(checked["signals"], json!(["hosting", "bot"]));
    let sanctioned = whole("5.112.0.0/12", "is_sanctioned");
    assert_eq!(sanctioned["is_bot"]["count"], 0);
    let found = at(&server, "/v1/lookup/5.112.0.1").expect(200).json();
    assert_eq!(found["geo"]["is_sanctioned"], true);
    let checked = at(&server, "/v1/check/5.112.0.1").expect(200).json();
    assert!(!checked["signals"].as_array().expect("a list").contains(&json!("sanctioned")));
}

#[test]
fn runs_come_page_by_page() {
    let (_project, server) = served();
    let whole = at(&server, "/v1/cidr?q=0.0.0.0/0&runs=1000&top=0").expect(200).json();
    let runs = whole["runs"].as_array().expect("a list");
    assert!(runs.len() > 20 && whole["next"].is_null(), "{}", runs.len());
    assert_eq!(whole["n_runs"], runs.len());
    assert_eq!(whole["top"]["asns"], json!([]));
    let (mut pages, mut after) = (Vec::new(), String::new());
    loop {
        let page = at(&server, &format!("/v1/cidr?q=0.0.0.0/0&runs=7{after}")).expect(200).json();
        pages.extend(page["runs"].as_array().expect("a list").clone());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(&pages, runs);
}

#[test]
fn wrong_questions_are_told_what_is_wrong() {
    let (_project, server) = served();
    let check = |target: &str, status: u16, code: &str, said: &str| {
        let problem = at(&server, target).expect_problem(status, code).json();
        let message = problem["message"].as_str().expect("text");
        assert!(message.contains(said), "{target}: {message}");
    };
    check("/v1/cidr", 400, "invalid_parameter", "`q`");
    check("/v1/cidr?q=x", 400, "invalid_cidr", "`x` is not an IPv4 or IPv6 address");
    check("/v1/cidr?q=1.2.3.4/33", 400, "invalid_cidr", "expected /0 to /32");
    check("/v1/cidr?q=1.2.3.4-1.2.3.1", 400, "invalid_cidr", "did you mean 1.2.3.1-1.2.3.4?");
    check("/v1/cidr?q=1.2.3.4-::1", 400, "invalid_cidr", "one family");
    check("/v1/cidr?q=1.2.3.0/24&top=33", 400, "invalid_parameter", "expected 0 to 32");
    check("/v1/cidr?q=1.2.3.0/24&runs=x", 400, "invalid_parameter", "expected 0 to 1000");
    check("/v1/cidr?q=1.2.3.0/24&after=x", 400, "invalid_parameter", "`next` of the page before");
    check("/v1/cidr?q=1.2.3.0/24&after=::1", 400, "invalid_parameter", "an address of its family");
    check("/v1/cidr?q=::/24&after=1.2.3.4", 400, "invalid_parameter", "an address of its family");
    check("/v1/cidr?q=1.2.3.0/24&size=1", 400, "invalid_parameter", "there is no parameter `size`");
    check("/v1/subnet/1.2.3.0/25", 400, "invalid_cidr", "expected an IPv4 prefix /24");
    check("/v1/subnet/1.2.3.4", 400, "invalid_cidr", "no subnet");
    check("/v1/supernet/1.2.3.0/24", 400, "invalid_cidr", "expected an IPv4 prefix /16");
    check("/v1/asn/x", 400, "invalid_parameter", "such as 64496");
    check("/v1/asn/AS4200000000", 404, "not_found", "is the origin of no address");
    ask(server.address(), "POST", "/v1/cidr?q=1.2.3.4", &[])
        .expect_problem(405, "method_not_allowed");
}

#[test]
fn subnets_and_supernets_are_answered_as_the_services_examples() {
    let (_project, server) = served();
    let subnet = at(&server, "/v1/subnet/140.235.170.0/24").expect(200).json();
    assert_eq!(subnet, at(&server, "/v1/subnet/140.235.170.0%2F24").expect(200).json());
    assert_eq!(subnet["subnet"], "140.235.170.0/24");
    assert_eq!((&subnet["subnet_score"], &subnet["ips_seen"]), (&json!(55), &json!(1)));
    assert_eq!(
        (&subnet["ips"], &subnet["asns"]),
        (&json!(["140.235.170.215"]), &json!(["AS26548"]))
    );
    assert_eq!(subnet["density"], 1.0 / 256.0);
    let supernet = at(&server, "/v1/supernet/140.235.0.0/16").expect(200).json();
    assert_eq!(supernet, at(&server, "/v1/supernet/140.235.0.0%2F16").expect(200).json());
    assert_eq!((&supernet["supernet_score"], &supernet["subnets_seen"]), (&json!(55), &json!(2)));
    assert_eq!(supernet["subnet_counts"], json!({ "169": 1, "170": 1 }));
    assert_eq!(supernet["active_subnets"], json!(["140.235.169.0/24", "140.235.170.0/24"]));
    assert_eq!(supernet["country_names"], json!({ "us": "United States" }));
    assert_eq!(supernet["country_counts"], json!({ "us": 2 }));
    assert_eq!(supernet["asns"], json!(["AS26548"]));
    let v6 = at(&server, "/v1/supernet/2606:4700::/32").expect(200).json();
    assert_eq!((&v6["subnets_seen"], &v6["active_subnets"]), (&json!(0), &json!([])));
}

#[test]
fn an_as_is_summed_up() {
    let (_project, server) = served();
    let found = at(&server, "/v1/asn/AS26548").expect(200).json();
    assert_eq!(found, at(&server, "/v1/asn/26548").expect(200).json());
    assert_eq!((&found["asn"], &found["family"]), (&json!("AS26548"), &json!("IPv4")));
    assert_eq!(found["as_name"], "PureVoltage Hosting Inc.");
    let n_seen = found["ips_seen"].as_u64().expect("a count");
    let total = found["total_ips"].as_u64().expect("a count");
    assert!(n_seen > 0 && n_seen <= total, "{found}");
    assert_eq!(found["density"], n_seen as f64 / total as f64);
    let ips: Vec<&Value> = found["ips"].as_array().expect("a list").iter().collect();
    assert!(ips.contains(&&json!("140.235.170.215")), "{found}");
}
