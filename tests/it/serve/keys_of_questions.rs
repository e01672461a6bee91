//! Questions with keys: who may ask which, how many at once, and what a batch costs.

use serde_json::{Value, json};

use crate::serve::ask::{Reply, get};
use crate::serve::questions::{VIEWS, post};
use crate::serve::running::Running;
use crate::support::Project;

const PLANS: &str = "
default = 'one'
upgrade_hint = 'write to ops@example.org'
[plan.one]
endpoints = ['lookup', 'account']
per_day = 3
[plan.many]
endpoints = ['lookup', 'batch', 'account']
batch = 4
per_minute = 5
per_month = 10
[plan.hasty]
endpoints = ['lookup']
per_second = 1
per_minute = 2
[plan.all]
endpoints = '*'
";

/// A server that asks for keys.
struct Shop {
    project: Project,
}

impl Shop {
    fn open() -> Self {
        let project = Project::with_sample();
        project.write("plans.toml", PLANS);
        Self { project }
    }

    /// A header with a new key.
    fn key(&self, plan: &str) -> String {
        let made = self.project.run(&["keys", "new", "--plans", "plans.toml", "--plan", plan]);
        format!("X-API-Key: {}", made.expect_code(0).stdout.trim())
    }

    fn serve(&self) -> Running {
        Running::start(&self.project, &["--keys", "keys.sqlite", "--plans", "plans.toml"])
    }
}

fn ask(server: &Running, target: &str, key: &str) -> Reply {
    get(server.address(), target, &[key])
}

/// Every question that needs a key.
fn questions() -> Vec<String> {
    let views = VIEWS.iter().copied().chain(["reverse-ip", "probe", "history"]);
    let mut targets: Vec<String> = views.map(|view| format!("/v1/{view}/8.8.8.8")).collect();
    let others = ["/v1/badge/8.8.8.8.svg", "/v1/me", "/v1/batch?q=8.8.8.8", "/v1/bgp?asn=13335"];
    targets.extend(others.map(str::to_owned));
    targets
}

#[test]
fn no_question_is_answered_without_a_key_but_that_for_validity() {
    let shop = Shop::open();
    shop.key("one");
    let server = shop.serve();
    for target in questions() {
        let reply = get(server.address(), &target, &[]).expect_problem(401, "missing_api_key");
        let challenges = reply.headers.iter().filter(|(name, _)| name == "www-authenticate");
        assert_eq!(challenges.count(), 2, "{target}");
        for key in ["X-API-Key: x", "X-API-Key: ipm_00000000000000000000000000000000"] {
            ask(&server, &target, key).expect_problem(401, "invalid_api_key");
        }
    }
    post(&server, r#"{"ips":[]}"#, &[]).expect_problem(401, "missing_api_key");
    get(server.address(), "/v1/validate/8.8.8.8", &[]).expect(200);
    get(server.address(), "/openapi.json", &[]).expect(200);
}

#[test]
fn a_plan_opens_what_it_names() {
    let shop = Shop::open();
    let one = shop.key("one");
    let server = shop.serve();
    for target in ["/v1/batch?q=8.8.8.8", "/v1/bgp?asn=13335", "/v1/history/8.8.8.8"] {
        let problem = ask(&server, target, &one).expect_problem(403, "plan_required").json();
        let allowed =
            if target.contains("batch") { json!(["all", "many"]) } else { json!(["all"]) };
        assert_eq!(problem["allowed_plans"], allowed);
        assert_eq!(problem["upgrade_hint"], "write to ops@example.org");
    }
    post(&server, r#"{"ips":[]}"#, &[&one]).expect_problem(403, "plan_required");
    ask(&server, "/v1/lookup/8.8.8.8", &one).expect(200);
}

#[test]
fn each_object_says_what_is_left() {
    let shop = Shop::open();
    let all = shop.key("all");
    let many = shop.key("many");
    let server = shop.serve();
    for view in VIEWS.into_iter().chain(["history"]) {
        let reply = ask(&server, &format!("/v1/{view}/8.8.8.8"), &all).expect(200);
        let object = reply.json();
        assert_eq!(object["api_plan"], "all", "{view}");
        for limit in ["sec_limit", "min_limit", "day_limit"] {
            assert!(object["api_usage"][limit].is_string(), "{view}: {object}");
        }
        assert!(object["response_ms"].is_number(), "{view}");
        // What is private to a key is in no shared cache.
        assert!(
            reply.header("cache-control").is_some_and(|value| value.contains("private")),
            "{view}"
        );
        // Else the same as without keys.
        assert!(reply.header("etag").is_some() && object.as_object().is_some_and(|o| o.len() > 4));
    }
    let batch = ask(&server, "/v1/batch?q=8.8.8.8,1.1.1.1,9.9.9.9", &many).expect(200);
    // Seven are left of the month: of all limits the nearest is told, as a share.
    let batch = batch.expect_header("x-ratelimit-limit", "10");
    let batch = batch.expect_header("x-ratelimit-remaining", "7");
    let object = batch.json();
    assert_eq!((&object["count"], &object["api_plan"]), (&json!(3), &json!("many")));
    assert_eq!(object["api_usage"]["min_limit"], "1/5", "a batch is one request of a minute");
    // A line has room for nothing but an answer.
    let lines =
        get(server.address(), "/v1/batch?q=8.8.8.8", &[&many, "Accept: application/x-ndjson"]);
    assert!(!lines.expect(200).text().contains("api_plan"));
}

#[test]
fn a_batch_costs_as_many_as_it_asks_for() {
    let shop = Shop::open();
    let many = shop.key("many");
    let server = shop.serve();
    let used =
        || ask(&server, "/v1/account/usage", &many).expect(200).json()["lookups_used"].clone();
    // Ten a month; four a batch, by the plan and not by the settings.
    for q in ["1.1.1.0/29", "1.1.1.0/30,8.8.8.8"] {
        let problem = ask(&server, &format!("/v1/batch?q={q}"), &many);
        let problem = problem.expect_problem(413, "batch_too_large").json();
        assert!(problem["message"].as_str().is_some_and(|message| message.contains('4')));
    }
    ask(&server, "/v1/batch?q=1.1.1.0/30", &many).expect(200);
    // Two that were too large cost one each, and so does to ask what was used.
    assert_eq!(used(), 2 + 4 + 1);
    // Three are left: four are more, one is not.
    let refused =
        ask(&server, "/v1/batch?q=1.1.1.0/30", &many).expect_problem(429, "limit_exceeded");
    let seconds: u64 = refused.header("retry-after").expect("when").parse().expect("a number");
    assert!(seconds > 3600, "not before the month goes on: {seconds}");
    let last = ask(&server, "/v1/lookup/8.8.8.8", &many);
    // Five requests a minute are over too; the two codes are told apart.
    last.expect_problem(429, "rate_limited");
}

#[test]
fn too_fast_and_too_much_are_two_things() {
    let shop = Shop::open();
    let (one, hasty) = (shop.key("one"), shop.key("hasty"));
    let server = shop.serve();
    for _ in 0..3 {
        ask(&server, "/v1/fraud/8.8.8.8", &one).expect(200);
    }
    let refused = ask(&server, "/v1/fraud/8.8.8.8", &one).expect_problem(429, "limit_exceeded");
    assert!(refused.header("retry-after").is_some());
    // Mistakes cost too; what nobody needs a key for does not.
    ask(&server, "/v1/validate/8.8.8.8", &one).expect(200);
    let statuses: Vec<u16> =
        (0..8).map(|_| ask(&server, "/v1/lookup/8.8.8.8", &hasty).status).collect();
    assert_eq!(statuses[0], 200);
    assert!(statuses.contains(&429), "{statuses:?}");
    let refused = ask(&server, "/v1/lookup/8.8.8.8", &hasty).expect_problem(429, "rate_limited");
    let seconds: u64 = refused.header("retry-after").expect("when").parse().expect("a number");
    assert!((1..=120).contains(&seconds), "{seconds}");
}

#[test]
fn who_has_a_key_may_ask_who_they_are_as_often_as_the_plan_says() {
    let shop = Shop::open();
    let all = shop.key("all");
    shop.project.write("serve.toml", "trusted_proxies = ['127.0.0.1']");
    let args = ["--keys", "keys.sqlite", "--plans", "plans.toml", "--config", "serve.toml"];
    let server = Running::start(&shop.project, &args);
    for _ in 0..40 {
        let lines = [all.as_str(), "X-Forwarded-For: 8.8.8.8"];
        let object: Value = get(server.address(), "/v1/me", &lines).expect(200).json();
        assert_eq!((&object["ip"], &object["api_plan"]), (&json!("8.8.8.8"), &json!("all")));
    }
}
