//! With keys: who may ask for what, how often, and what is said to who may not.

use std::process::Stdio;

use serde_json::Value;

use crate::serve::ask::{Reply, ask as send, get};
use crate::serve::running::Running;
use crate::serve::server::until;
use crate::support::Project;

const NEWEST: &str = "/v1/database/download/asn";
const LIST: &str = "/v1/database/list";

const PLANS: &str = "
default = 'small'
upgrade_hint = 'write to ops@example.org'
[plan.small]
endpoints = ['list', 'download', 'update', 'account']
per_month = 1000
downloads_per_day = 1
[plan.hasty]
endpoints = ['list']
per_minute = 2
[plan.large]
endpoints = '*'
";

/// The sample, plans, and a key on each of them.
struct Shop {
    project: Project,
}

impl Shop {
    fn open() -> Self {
        let project = Project::with_sample();
        project.write("plans.toml", PLANS);
        Self { project }
    }

    /// Makes a key.
    fn key(&self, plan: &str) -> String {
        let made = self.project.run(&["keys", "new", "--plans", "plans.toml", "--plan", plan]);
        made.expect_code(0).stdout.trim().to_owned()
    }

    fn serve(&self) -> Running {
        let args = ["--keys", "keys.sqlite", "--plans", "plans.toml"];
        Running::start(&self.project, &args)
    }
}

fn with(key: &str) -> String {
    format!("X-API-Key: {key}")
}

fn ask(server: &Running, target: &str, key: &str) -> Reply {
    get(server.address(), target, &[&with(key)])
}

#[test]
fn without_a_key_nothing_is_told_but_that_the_server_lives() {
    let shop = Shop::open();
    shop.key("small");
    let server = shop.serve();
    for target in [LIST, NEWEST, "/v1/feeds", "/index.json", "/v1/account/usage"] {
        let reply = get(server.address(), target, &[]).expect(401);
        assert_eq!(reply.json()["error"], "missing_api_key");
        assert_eq!(reply.headers.iter().filter(|(name, _)| name == "www-authenticate").count(), 2);
        // A script hears of it before the browser comes up with a dialog.
        let reply = get(server.address(), target, &["Sec-Fetch-Dest: empty"]).expect(401);
        assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"ipmint\""));
        let reply = ask(&server, target, "ipm_00000000000000000000000000000000").expect(401);
        assert_eq!(reply.json()["error"], "invalid_api_key");
    }
    for target in ["/", "/page/main.js", "/healthz", "/readyz", "/metrics"] {
        get(server.address(), target, &[]).expect(200);
    }
    let update = get(server.address(), "/geoip/databases/asn/update", &[]).expect(401);
    assert!(update.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")));
    assert!(update.body.len() <= 256 && !update.body.contains(&b'{'));
}

#[test]
fn a_key_is_taken_wherever_clients_put_it() {
    let shop = Shop::open();
    let key = shop.key("large");
    let server = shop.serve();
    let basic = <ct_codecs::Base64 as ct_codecs::Encoder>::encode_to_string(format!("7:{key}"));
    let basic = basic.expect("base64");
    for line in [
        format!("X-API-Key: {key}"),
        format!("Authorization: Bearer {key}"),
        format!("Authorization: Basic {basic}"),
    ] {
        get(server.address(), LIST, &[&line]).expect(200);
    }
    get(server.address(), &format!("{LIST}?api_key={key}"), &[]).expect(200);
    let old = "/app/geoip_download?edition_id=asn&suffix=tar.gz";
    get(server.address(), &format!("{old}&license_key={key}"), &[]).expect(200);
    assert!(!server.log().contains(&key), "{}", server.log());
}

#[test]
fn what_a_plan_does_not_open_is_403_and_names_those_that_do() {
    let shop = Shop::open();
    let key = shop.key("hasty");
    let server = shop.serve();
    let reply = ask(&server, NEWEST, &key).expect_problem(403, "plan_required");
    let object = reply.json();
    assert_eq!(object["allowed_plans"], serde_json::json!(["large", "small"]));
    assert_eq!(object["upgrade_hint"], "write to ops@example.org");
}

#[test]
fn objects_say_what_is_left_and_past_it_when_to_come_again() {
    let shop = Shop::open();
    let key = shop.key("hasty");
    let server = shop.serve();
    let first = ask(&server, LIST, &key).expect(200);
    let object = first.json();
    assert_eq!(object["plan"], "hasty");
    assert_eq!(object["api_plan"], "hasty");
    assert_eq!(object["api_usage"]["min_limit"], "1/2");
    assert!(object["response_ms"].is_number());
    let first = first.expect_header("x-ratelimit-limit", "2");
    let first = first.expect_header("x-ratelimit-remaining", "1");
    // The same answer but for the usage, and known by its tag.
    let known = format!("If-None-Match: {}", first.header("etag").expect("a tag"));
    get(server.address(), LIST, &[&with(&key), &known]).expect(304);
    let last = ask(&server, LIST, &key).expect_problem(429, "rate_limited");
    let last = last.expect_header("x-ratelimit-remaining", "0");
    let seconds: u64 = last.header("retry-after").expect("when").parse().expect("a number");
    assert!((1..=120).contains(&seconds), "{seconds}");
}

#[test]
fn a_download_a_day_is_a_file_and_not_a_request() {
    let shop = Shop::open();
    let key = shop.key("small");
    let server = shop.serve();
    let head = send(server.address(), "HEAD", NEWEST, &[&with(&key)]).expect(200);
    let size: usize = head.header("content-length").expect("a length").parse().expect("a number");
    // In four parts, as a download tool may.
    let quarter = size.div_ceil(4);
    let mut etag = String::new();
    for start in (0..size).step_by(quarter) {
        let range = format!("Range: bytes={start}-{}", start + quarter - 1);
        let part = get(server.address(), NEWEST, &[&with(&key), &range]).expect(206);
        assert_eq!(part.header("cache-control"), Some("private, no-cache"));
        part.header("etag").expect("a tag").clone_into(&mut etag);
    }
    // A second whole file is too much, to ask whether it changed is not; nor is another edition.
    ask(&server, NEWEST, &key).expect_problem(429, "limit_exceeded");
    let known = format!("If-None-Match: {etag}");
    for _ in 0..3 {
        get(server.address(), NEWEST, &[&with(&key), &known]).expect(304);
    }
    ask(&server, "/v1/database/download/country", &key).expect(200);
    let digest = "/geoip/databases/asn/download?suffix=tar.gz.sha256";
    ask(&server, digest, &key).expect(200);
    // geoipupdate is told in a line.
    let update = ask(&server, "/geoip/databases/asn/update", &key).expect(429);
    let text = String::from_utf8(update.body).expect("text");
    assert!(text.contains("1 downloads of `asn` a day"), "{text}");
}

#[test]
fn what_was_used_survives_kill_and_restart() {
    let shop = Shop::open();
    let key = shop.key("small");
    let mut server = shop.serve();
    let used = |server: &Running| -> u64 {
        let usage = ask(server, "/v1/account/usage", &key).expect(200).json();
        assert_eq!(usage["plan"], "small");
        assert_eq!(usage["lookups_limit"], 1000);
        usage["lookups_used"].as_u64().expect("a number")
    };
    for _ in 0..20 {
        ask(&server, LIST, &key).expect(200);
    }
    assert_eq!(used(&server), 21);
    // To ask whether something changed, and be told no, spends nothing of it.
    let etag = ask(&server, NEWEST, &key).header("etag").expect("a tag").to_owned();
    for _ in 0..5 {
        let known = format!("If-None-Match: {etag}");
        get(server.address(), NEWEST, &[&with(&key), &known]).expect(304);
    }
    until("usage in the file", || {
        let list = shop.project.run(&["keys", "list", "--json"]).expect_code(0).json();
        list["keys"][0]["used_month"] == 22
    });
    server.kill();
    let server = shop.serve();
    assert_eq!(used(&server), 23);
}

#[test]
fn a_running_server_learns_of_new_and_revoked_keys() {
    let shop = Shop::open();
    shop.key("large");
    let server = shop.serve();
    let made =
        shop.project.run(&["keys", "new", "--plans", "plans.toml", "--plan", "large", "--json"]);
    let made: Value = made.expect_code(0).json();
    let key = made["key"].as_str().expect("a key").to_owned();
    until("the new key", || ask(&server, LIST, &key).status == 200);
    let account = made["account"].to_string();
    let mut revoke = shop.project.command(&["keys", "revoke", &account]);
    assert!(revoke.stdout(Stdio::null()).status().expect("run").success());
    until("its end", || ask(&server, LIST, &key).status == 401);
}
