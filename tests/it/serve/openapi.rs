//! The document: as reviewed, of the routes that there are, and true of their answers.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::golden;
use crate::serve::ask::Reply;
use crate::serve::questions::{ADDRESSES, Sample, VIEWS};
use crate::serve::running::client;

/// Reads a document, then a schema's place and a value a line; prints what is wrong with them.
const VALIDATE: &str = "
import sys, json, jsonschema_rs
document = json.loads(sys.stdin.readline())
validators = {}
for line in sys.stdin:
    what, pointer, value = json.loads(line)
    if pointer not in validators:
        schema = {'$schema': 'https://json-schema.org/draft/2020-12/schema', '$ref': '#' + pointer}
        validators[pointer] = jsonschema_rs.Draft202012Validator(schema | document, validate_formats=True)
    for error in validators[pointer].iter_errors(value):
        print(what, '/'.join(map(str, error.instance_path)), error.message)";

/// Answers, and where in the document their schemas are.
struct Answers {
    document: Value,
    lines: String,
    n_pushed: usize,
}

impl Answers {
    fn new(sample: &Sample) -> Self {
        Self { document: sample.json("/openapi.json"), lines: String::new(), n_pushed: 0 }
    }

    /// One more; by its status and media type it is found what it must be.
    #[track_caller]
    fn push(&mut self, path: &str, method: &str, what: &str, reply: &Reply) {
        let responses = &self.document["paths"][path][method]["responses"];
        let class = format!("{}XX", reply.status / 100);
        let keys = [reply.status.to_string(), class];
        let status = keys.iter().find(|key| responses.get(*key).is_some());
        let status = status.unwrap_or_else(|| panic!("{what}: {} is not described", reply.status));
        let media_type = reply.header("content-type").expect("a type").split(';').next();
        let media_type = media_type.expect("text").to_owned();
        let content = &responses[status]["content"];
        assert!(content.get(&media_type).is_some(), "{what}: {media_type} is not described");
        if media_type != "application/json" {
            return;
        }
        let escaped = |text: &str| {
            text.replace('~', "~0").replace('/', "~1").replace('{', "%7B").replace('}', "%7D")
        };
        let pointer = format!(
            "/paths/{}/{method}/responses/{status}/content/{}/schema",
            escaped(path),
            escaped(&media_type)
        );
        let _ = writeln!(self.lines, "{}", json!([what, pointer, reply.json()]));
        self.n_pushed += 1;
    }

    /// Fails the test with everything that is wrong.
    #[track_caller]
    fn check(self, n_least: usize) {
        assert!(self.n_pushed >= n_least, "{} answers", self.n_pushed);
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/schemathesis/bin/python");
        let mut python = client(python);
        python.args(["-c", VALIDATE]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut python = python.spawn().expect("`cargo xtask setup` installs it");
        let mut stdin = python.stdin.take().expect("piped");
        writeln!(stdin, "{}", self.document).expect("sent");
        stdin.write_all(self.lines.as_bytes()).expect("sent");
        drop(stdin);
        let output = python.wait_with_output().expect("ended");
        assert!(output.status.success(), "see above");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    }
}

#[test]
fn the_document_is_the_golden_one() {
    let sample = Sample::serve();
    let reply = sample.get("/openapi.json").expect(200);
    let reply = reply.expect_header("content-type", "application/json");
    assert_eq!(reply.json()["info"]["version"], env!("CARGO_PKG_VERSION"));
    golden::check_file("schemas/openapi.json", &reply.text());
}

/// Routes as the router's own page has them: axum tells nobody what its routes are.
fn routed() -> BTreeSet<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve/routes/router.rs");
    let page = fs::read_to_string(page).expect("the router");
    let mut routes = BTreeSet::new();
    for part in page.split(".route(").skip(1) {
        let part = part.trim_start();
        let path = part.strip_prefix('"').and_then(|part| part.split('"').next()).expect("a path");
        let method = if part.split(')').next().is_some_and(|part| part.contains("post(")) {
            "post"
        } else {
            "get"
        };
        // What the document cannot say, or says better.
        let path = match path {
            "/releases/{version}/{*file}" => "/releases/{version}/{file}",
            "/v1/badge/{file}" => "/v1/badge/{ip}.svg",
            path => path,
        };
        // The page is for people; nobody programs against its files.
        if path == "/" || path.starts_with("/page/") {
            continue;
        }
        assert!(routes.insert(format!("{method} {path}")), "{path} twice");
    }
    routes
}

#[test]
fn every_route_is_described_and_every_description_is_of_a_route() {
    let sample = Sample::serve();
    let document = sample.json("/openapi.json");
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("a map") {
        for (method, operation) in item.as_object().expect("a map") {
            described.insert(format!("{method} {path}"));
            // The router knows it: whatever it says, it does not say that nothing is there.
            let example = |name: &str| {
                let of_name = |p: &&Value| p["name"] == name && p["in"] == "path";
                let parameter =
                    operation["parameters"].as_array().and_then(|all| all.iter().find(of_name));
                let example =
                    parameter.unwrap_or_else(|| panic!("{path}: `{name}` is not described"));
                example["example"].as_str().unwrap_or("x").to_owned()
            };
            let mut target = path.clone();
            while let Some((before, rest)) = target.split_once('{') {
                let (name, after) = rest.split_once('}').expect("closed");
                target = format!("{before}{}{after}", example(name));
            }
            let reply = sample.ask(&method.to_ascii_uppercase(), &target);
            assert_ne!(reply.status, 405, "{method} {target}");
            assert!(!reply.text().contains("nothing is at"), "{method} {target}: {}", reply.text());
        }
    }
    assert_eq!(described, routed());
}

#[test]
fn what_is_referred_to_is_there() {
    let document = Sample::serve().json("/openapi.json");
    let text = document.to_string();
    let targets: BTreeSet<&str> = text
        .split("\"$ref\":\"")
        .skip(1)
        .map(|rest| rest.split('"').next().expect("closed"))
        .collect();
    assert!(targets.len() > 20);
    for target in &targets {
        assert!(document.pointer(&target[1..]).is_some(), "{target}");
    }
    // And nothing is there that nobody refers to.
    for name in document["components"]["schemas"].as_object().expect("a map").keys() {
        assert!(targets.contains(format!("#/components/schemas/{name}").as_str()), "{name}");
    }
}

#[test]
fn answers_about_addresses_keep_the_document() {
    let sample = Sample::serve_with("trusted_proxies = ['127.0.0.1']");
    let mut answers = Answers::new(&sample);
    let bad = ["x", "10.0.0.1", "2001:db8::1", "%00"];
    for ip in ADDRESSES.into_iter().chain(bad) {
        for view in VIEWS.into_iter().chain(["reverse-ip", "probe", "validate", "history"]) {
            let reply = sample.get(&format!("/v1/{view}/{ip}"));
            answers.push(&format!("/v1/{view}/{{ip}}"), "get", &format!("{view} {ip}"), &reply);
            if view == "explain" && reply.status == 200 {
                crate::schema::check("explain", &reply.json());
            }
        }
        answers.push("/v1/badge/{ip}.svg", "get", ip, &sample.get(&format!("/v1/badge/{ip}.svg")));
        answers.push("/v1/bgp", "get", ip, &sample.get(&format!("/v1/bgp?ip={ip}")));
    }
    for fields in ["geo", "network", "threat", "abuse", "x"] {
        let reply = sample.get(&format!("/v1/lookup/8.8.8.8?fields={fields}"));
        answers.push("/v1/lookup/{ip}", "get", fields, &reply);
    }
    let forwarded = ["X-Forwarded-For: 8.8.8.8"];
    for _ in 0..31 {
        let reply = crate::serve::ask::get(sample.server.address(), "/v1/me", &forwarded);
        answers.push("/v1/me", "get", "me", &reply);
    }
    let list = ADDRESSES.join(",");
    answers.push(
        "/v1/batch",
        "get",
        "batch",
        &sample.get(&format!("/v1/batch?q={list},x,10.0.0.1")),
    );
    answers.push("/v1/batch", "get", "no batch", &sample.get("/v1/batch"));
    let posted = json!({"ips": ADDRESSES}).to_string();
    answers.push("/v1/lookup/batch", "post", "batch", &sample.post(&posted, &[]));
    answers.push("/v1/lookup/batch", "post", "no batch", &sample.post("x", &[]));
    answers.check(180);
}

#[test]
fn answers_about_databases_and_the_server_keep_the_document() {
    let sample = Sample::serve();
    let mut answers = Answers::new(&sample);
    for path in [
        "/v1/database/list",
        "/v1/feeds",
        "/v1/account/usage",
        "/readyz",
        "/healthz",
        "/metrics",
        "/openapi.json",
        "/index.json",
        "/index.json.minisig",
    ] {
        answers.push(path, "get", path, &sample.get(path));
    }
    let file = "/v1/database/download/{edition}";
    for variant in
        ["", "?variant=zst", "?variant=gz", "?variant=tar.gz", "?variant=compact", "?variant=x"]
    {
        for (path, target) in [
            (file.to_owned(), "/v1/database/download/asn".to_owned()),
            (format!("{file}/{{version}}"), "/v1/database/download/asn/20261121.1".to_owned()),
        ] {
            answers.push(&path, "get", variant, &sample.get(&format!("{target}{variant}")));
        }
    }
    for what in ["manifest", "sha256", "manifest.minisig", "x"] {
        let reply = sample.get(&format!("/v1/database/download/asn/20261121.1/{what}"));
        answers.push(&format!("{file}/{{version}}/{{what}}"), "get", what, &reply);
    }
    for name in
        ["asn.mmdb", "asn.mmdb.zst", "asn.tar.gz", "asn.compact", "manifest.json", "NOTICE", "none"]
    {
        let reply = sample.get(&format!("/releases/20261121.1/{name}"));
        answers.push("/releases/{version}/{file}", "get", name, &reply);
    }
    for (path, target) in [
        ("/v1/database", "/v1/database?elastic_geoip_service_tos=agree"),
        ("/v1/database", "/v1/database"),
        ("/geoip/updates/metadata", "/geoip/updates/metadata?edition_id=asn"),
        ("/geoip/updates/metadata", "/geoip/updates/metadata"),
        ("/geoip/databases/{edition}/update", "/geoip/databases/asn/update"),
        ("/geoip/databases/{edition}/download", "/geoip/databases/asn/download?suffix=tar.gz"),
        (
            "/geoip/databases/{edition}/download",
            "/geoip/databases/asn/download?suffix=tar.gz.sha256",
        ),
        ("/app/geoip_download", "/app/geoip_download?edition_id=asn&suffix=tar.gz"),
        ("/app/update_getfilename", "/app/update_getfilename?product_id=asn"),
        (
            "/v1/database/delta/{edition}/{from}/{to}",
            "/v1/database/delta/asn/20261120.1/20261121.1",
        ),
    ] {
        answers.push(path, "get", target, &sample.get(target));
    }
    answers.check(15);
}
