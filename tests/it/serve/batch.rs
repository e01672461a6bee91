//! Questions about many addresses at once.

use serde_json::{Value, json};

use crate::serve::ask::{Reply, get};
use crate::serve::questions::{ADDRESSES, Sample};

/// Asks by both methods, which must answer the same.
#[track_caller]
fn both(sample: &Sample, ips: &[&str]) -> Value {
    let posted = sample.post(&json!({"ips": ips}).to_string(), &[]).expect(200);
    let posted = posted.expect_header("content-type", "application/json");
    let query: String = form_urlencoded::byte_serialize(ips.join(",").as_bytes()).collect();
    let linked = sample.get(&format!("/v1/batch?q={query}")).expect(200);
    assert_eq!(linked.text(), posted.text());
    posted.json()
}

fn lines(reply: &Reply) -> Vec<Value> {
    let text = reply.text();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn each_answer_stands_at_its_place() {
    let sample = Sample::serve();
    let mut asked: Vec<&str> = ADDRESSES.to_vec();
    asked.splice(3..3, ["x", "10.0.0.1", "", "8.8.8.8", "fe80::1%eth0"]);
    let answer = both(&sample, &asked);
    assert_eq!(answer["count"], asked.len());
    let results = answer["results"].as_array().expect("a list");
    assert_eq!(results.len(), asked.len());
    for (ip, result) in asked.iter().zip(results) {
        assert_eq!(result["ip"], *ip);
        let escaped: String = form_urlencoded::byte_serialize(ip.as_bytes()).collect();
        if ip.is_empty() {
            assert_eq!((&result["error"], &result["status"]), (&json!("invalid_ip"), &json!(400)));
            continue;
        }
        // As it is told of one alone, errors too.
        let alone = sample.get(&format!("/v1/lookup/{escaped}"));
        let mut expected = alone.json();
        if alone.status != 200 {
            expected["ip"] = json!(ip);
        }
        assert_eq!(*result, expected);
    }
}

#[test]
fn prefixes_and_ranges_stand_for_their_addresses() {
    let sample = Sample::serve();
    let check = |asked: &[&str], expected: &[&str]| {
        let answer = both(&sample, asked);
        let results = answer["results"].as_array().expect("a list");
        let found: Vec<&str> = results.iter().map(|r| r["ip"].as_str().expect("text")).collect();
        assert_eq!(found, expected, "{asked:?}");
        assert_eq!(answer["count"], expected.len());
    };
    check(&["1.1.1.0/30"], &["1.1.1.0", "1.1.1.1", "1.1.1.2", "1.1.1.3"]);
    check(
        &["1.1.1.254-1.1.2.1", "8.8.8.8"],
        &["1.1.1.254", "1.1.1.255", "1.1.2.0", "1.1.2.1", "8.8.8.8"],
    );
    check(&["2606:4700::fe/127", "1.1.1.1/32"], &["2606:4700::fe", "2606:4700::ff", "1.1.1.1"]);
    check(&["2606:4700::-2606:4700::1"], &["2606:4700::", "2606:4700::1"]);
    check(&["255.255.255.255-255.255.255.255"], &["255.255.255.255"]);
    // What is neither is one mistake, not many.
    for bad in
        ["1.1.1.0/33", "1.1.1.5-1.1.1.1", "1.1.1.1-::1", "1.1.1.0/", "1.1.1.0/-1", "a-b", "/8"]
    {
        check(&[bad], &[bad]);
        let answer = both(&sample, &[bad]);
        assert_eq!(answer["results"][0]["error"], "invalid_ip", "{bad}");
    }
}

#[test]
fn lines_come_to_who_asks_for_them() {
    let sample = Sample::serve();
    let address = sample.server.address();
    let q = "/v1/batch?q=8.8.8.8,x,1.1.1.0/30";
    let results = sample.json(q)["results"].as_array().expect("a list").clone();
    for accept in [
        "application/x-ndjson",
        "application/x-ndjson;q=0.9, application/json;q=0.5",
        "text/html, Application/X-NDJSON",
        "application/ndjson",
        "application/jsonl",
    ] {
        let reply = get(address, q, &[&format!("Accept: {accept}")]).expect(200);
        let reply = reply.expect_header("content-type", "application/x-ndjson");
        assert_eq!(lines(&reply), results, "{accept}");
    }
    let posted = r#"{"ips":["8.8.8.8","x","1.1.1.0/30"]}"#;
    let posted = sample.post(posted, &["Accept: application/x-ndjson"]).expect(200);
    assert_eq!(lines(&posted), results);
    for accept in ["application/json", "*/*", "text/html"] {
        let reply = get(address, q, &[&format!("Accept: {accept}")]).expect(200);
        reply.expect_header("content-type", "application/json");
    }
}

#[test]
fn only_the_subjects_asked_for_are_told() {
    let sample = Sample::serve();
    let expected = sample.json("/v1/lookup/8.8.8.8?fields=threat,geo");
    let linked = sample.json("/v1/batch?q=8.8.8.8&fields=geo,threat");
    assert_eq!(linked["results"][0], expected);
    let posted = sample.post(r#"{"ips":["8.8.8.8"],"fields":"geo,threat"}"#, &[]).expect(200);
    assert_eq!(posted.json(), linked);
    sample.get("/v1/batch?q=8.8.8.8&fields=x").expect_problem(400, "invalid_parameter");
}

#[test]
fn what_is_no_batch_is_told_so() {
    let sample = Sample::serve();
    for body in [
        "",
        "x",
        "[]",
        "{}",
        "null",
        r#"["8.8.8.8"]"#,
        r#"{"ips":"8.8.8.8"}"#,
        r#"{"ips":[1]}"#,
        r#"{"ips":["8.8.8.8"],"field":"geo"}"#,
        r#"{"ips":["8.8.8.8"],"fields":["geo"]}"#,
        r#"{"ips":["8.8.8.8"],"fields":"x"}"#,
        r#"{"ips":["8.8.8.8"],"ips":["8.8.8.8"]}"#,
        r#"{"ips":["8.8.8.8"]"#,
        r#"{"ips":["8.8.8.8"]} x"#,
    ] {
        sample.post(body, &[]).expect_problem(400, "invalid_parameter");
    }
    // Deeper than any parser follows.
    let deep = format!("{{\"ips\":{}", "[".repeat(100_000));
    sample.post(&deep, &[]).expect_problem(400, "invalid_parameter");
    for query in ["", "?fields=geo", "?ips=8.8.8.8", "?q=8.8.8.8&x=1", "?q=8.8.8.8&q=1.1.1.1"] {
        sample.get(&format!("/v1/batch{query}")).expect_problem(400, "invalid_parameter");
    }
    assert_eq!(sample.post(r#"{"ips":[]}"#, &[]).expect(200).text(), r#"{"results":[],"count":0}"#);
    sample.ask("GET", "/v1/lookup/batch").expect_problem(405, "method_not_allowed");
    sample.ask("DELETE", "/v1/batch?q=8.8.8.8").expect_problem(405, "method_not_allowed");
}

#[test]
fn a_batch_is_as_large_as_the_settings_say() {
    let sample = Sample::serve_with("[limits]\nbatch = 4\n");
    assert_eq!(sample.json("/v1/batch?q=1.1.1.0/30")["count"], 4);
    assert_eq!(sample.json("/v1/batch?q=1.1.1.0/31,x,y")["count"], 4);
    for q in ["1.1.1.0/29", "1.1.1.0/30,8.8.8.8", "1,2,3,4,5", "0.0.0.0/0", "::/0,::/0", "::-::4"] {
        let problem =
            sample.get(&format!("/v1/batch?q={q}")).expect_problem(413, "batch_too_large");
        assert!(problem.json()["message"].as_str().expect("text").contains('4'), "{q}");
    }
    let five = r#"{"ips":["1.1.1.0/30","8.8.8.8"]}"#;
    sample.post(five, &[]).expect_problem(413, "batch_too_large");
}

#[test]
fn a_body_has_a_limit_of_its_own() {
    let sample = Sample::serve();
    let many = |n_ips: usize| json!({"ips": vec!["255.255.255.255"; n_ips]}).to_string();
    // As many as there may be, written at length.
    assert_eq!(sample.post(&many(100_000), &[]).expect(200).json()["count"], 100_000);
    sample.post(&many(100_001), &[]).expect_problem(413, "batch_too_large");
    let sample = Sample::serve_with("[limits]\nbody_bytes = 1048576\n");
    let server = &sample.server;
    let too_many = many(59_000);
    assert!(too_many.len() > 1 << 20);
    // curl says how long it will be, then sends in chunks what has no length beforehand.
    sample.project.write("batch.json", &too_many);
    let body = format!("@{}", sample.project.path("batch.json").display());
    for more in [&[][..], &["-H", "Transfer-Encoding: chunked"]] {
        let options = [&["-H", "Expect:", "--data-binary", &body], more].concat();
        server.get("/v1/lookup/batch", &options).expect_problem(413, "batch_too_large");
    }
    // By count: the default is 100 000.
    sample.get("/v1/batch?q=8.0.0.0/15").expect_problem(413, "batch_too_large");
}

#[test]
fn what_it_is_made_of_is_told_and_how_long_it_may_be_kept() {
    let sample = Sample::serve();
    let sent = sample.post(r#"{"ips":["8.8.8.8"]}"#, &[]);
    let sent = sent.expect(200).expect_header("x-database-version", "20261121.1");
    sent.expect_header("cache-control", "private, no-store");
    let link = "/v1/batch?q=8.8.8.8,x";
    let whole = sample.get(link).expect(200).expect_header("x-database-version", "20261121.1");
    let whole = whole.expect_header("cache-control", "no-cache").expect_header("vary", "accept");
    let etag = whole.header("etag").expect("a tag").to_owned();
    let known = format!("If-None-Match: {etag}");
    sample.server.get(link, &["-H", &known]).expect(304);
    let lines = ["-H", &known, "-H", "Accept: application/x-ndjson"];
    sample.server.get(link, &lines).expect(200);
    // Any page may follow a link.
    let linked = sample.get("/v1/batch?q=8.8.8.8");
    linked.expect_header("access-control-allow-origin", "*");
    let head = sample.ask("HEAD", "/v1/batch?q=8.8.8.8").expect(200);
    head.expect_header("content-type", "application/json");
}
