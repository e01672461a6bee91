//! `/v1/history/{ip}`: what each release says of an address, night after night.

use serde_json::{Value, json};

use crate::keeper::{Keeper, PLAIN, replace, text};
use crate::serve::ask::{Reply, ask, get};
use crate::serve::running::Running;
use crate::serve::server::until;

/// Listed from the second night on: first as a VPN's, then as an exit's.
const IP: &str = "185.220.101.45";
/// A VPN's in every night.
const OLD: &str = "185.220.102.8";
/// Addresses in and beside what is listed.
const ADDRESSES: [&str; 6] = [IP, OLD, "185.220.101.44", "8.8.8.8", "2a0b:f4c2:2::45", "2600::1"];

/// Three nights, and the versions of their releases, the newest first.
struct Nights {
    keeper: Keeper,
    versions: Vec<String>,
}

impl Nights {
    fn three() -> Self {
        let keeper = Keeper::new(PLAIN);
        let exits = "title = 'Exits'\npath = 'exits.txt'\nformat = 'list'\nkind = 'membership'\n\
                     category = 'tor_exit'\nlicence = { id = 'CC0-1.0' }\nas_of = '2026-11-20'\n";
        keeper.project.write("feeds/exits.toml", exits);
        let mut nights = Self { keeper, versions: Vec::new() };
        nights.publish(OLD, "2a0b:f4c2:2::45");
        nights.publish(&format!("{OLD}\n{IP}"), "2a0b:f4c2:2::45");
        nights.publish(OLD, &format!("{IP}\n2a0b:f4c2:2::/64"));
        nights
    }

    fn publish(&mut self, vpns: &str, exits: &str) {
        self.keeper.project.write("data/list.txt", format!("{vpns}\n"));
        self.keeper.project.write("data/exits.txt", format!("{exits}\n"));
        let build = self.keeper.build(&["--json", "--force", "drift"]);
        self.versions.insert(0, text(&build.expect_code(0).json()["version"]));
        self.keeper.wait_days(1);
    }

    fn serve(&self) -> Running {
        Running::start(&self.keeper.project, &[])
    }

    /// What a look-up in the file of a release prints.
    fn looked_up(&self, version: &str, ip: &str) -> Value {
        let path = self.keeper.path(&format!("releases/{version}/full.mmdb"));
        let path = path.display().to_string();
        self.keeper.run(&["lookup", "--json", "--db", &path, ip]).expect_code(0).json()
    }
}

fn history(server: &Running, ip: &str) -> Reply {
    get(server.address(), &format!("/v1/history/{ip}"), &[])
}

#[track_caller]
fn releases(reply: &Reply) -> Vec<Value> {
    reply.json()["releases"].as_array().expect("a list").clone()
}

/// What the brief of a record is, read from the record as it is printed.
fn brief(looked_up: &Value) -> Value {
    let record = &looked_up["record"];
    let or = |value: &Value, other: Value| if value.is_null() { other } else { value.clone() };
    let threat = &record["threat"];
    let is_true = |(name, value): (&String, &Value)| (*value == true).then(|| json!(name));
    let signals = record["signals"].as_object().into_iter().flatten().filter_map(is_true);
    json!({
        "network": looked_up["network"],
        "score": or(&threat["score"], json!(0)),
        "risk_level": or(&threat["risk_level"], json!("low")),
        "recommendation": or(&threat["recommendation"], json!("allow")),
        "confidence": or(&threat["confidence"], json!(0)),
        "signals": signals.collect::<Vec<_>>(),
    })
}

#[test]
fn an_address_has_what_each_night_said_of_it() {
    let nights = Nights::three();
    let server = nights.serve();
    let reply = history(&server, IP).expect(200);
    let reply = reply
        .expect_header("content-type", "application/json")
        .expect_header("cache-control", "no-cache")
        .expect_header("x-database-version", &nights.versions[0]);
    assert_eq!(reply.json()["ip"], IP);
    let said = releases(&reply);
    let column =
        |key: &str| -> Vec<Value> { said.iter().map(|release| release[key].clone()).collect() };
    assert_eq!(column("version"), nights.versions);
    assert_eq!(column("date"), ["2026-11-23", "2026-11-22", "2026-11-21"]);
    assert_eq!(column("signals"), [json!(["is_tor"]), json!(["is_vpn"]), json!([])]);
    let scores: Vec<u64> = column("score").iter().filter_map(Value::as_u64).collect();
    assert!(scores[0] > scores[1] && scores[1] > 0 && scores[2] == 0, "{scores:?}");
}

#[test]
fn what_is_said_is_what_each_release_says_when_it_is_asked() {
    let nights = Nights::three();
    let server = nights.serve();
    for ip in ADDRESSES {
        let said = releases(&history(&server, ip).expect(200));
        assert_eq!(said.len(), 3, "{ip}");
        for (release, version) in said.iter().zip(&nights.versions) {
            let mut found = release.clone();
            let object = found.as_object_mut().expect("an object");
            assert_eq!(object.remove("version"), Some(json!(version)));
            assert!(object.remove("date").is_some());
            assert_eq!(found, brief(&nights.looked_up(version, ip)), "{ip} in {version}");
        }
        let explained = get(server.address(), &format!("/v1/explain/{ip}"), &[]).expect(200);
        let explained = explained.json();
        assert_eq!(said[0]["network"], explained["network"], "{ip}");
        for key in ["score", "risk_level", "recommendation", "confidence", "signals"] {
            assert_eq!(said[0][key], explained["explanation"][key], "{ip}: {key}");
        }
    }
    // IPv4 in the clothes of IPv6 is IPv4.
    let clothed = history(&server, &format!("::ffff:{IP}")).expect(200);
    assert_eq!(clothed.json(), history(&server, IP).json());
}

#[test]
fn a_release_that_comes_or_goes_is_another_answer() {
    let mut nights = Nights::three();
    let server = nights.serve();
    let tag = |reply: &Reply| reply.header("etag").expect("tagged").to_owned();
    let target = format!("/v1/history/{OLD}");
    let not_modified = |tag: &str| {
        let line = format!("If-None-Match: {tag}");
        get(server.address(), &target, &[&line]).status == 304
    };
    let three = history(&server, OLD).expect(200);
    assert!(not_modified(&tag(&three)));
    ask(server.address(), "HEAD", &target, &[]).expect(200).expect_header("etag", &tag(&three));

    nights.publish(OLD, IP);
    until("the fourth release", || releases(&history(&server, OLD).expect(200)).len() == 4);
    let four = history(&server, OLD);
    assert_ne!(tag(&three), tag(&four));
    assert!(!not_modified(&tag(&three)) && not_modified(&tag(&four)));
    assert_eq!(releases(&four)[1..], releases(&three));

    nights.keeper.wait_days(3);
    nights.keeper.run(&["releases", "prune", "--keep", "2"]).expect_code(0);
    until("two releases are left", || releases(&history(&server, OLD).expect(200)).len() == 2);
    let two = history(&server, OLD);
    assert_eq!(releases(&two), releases(&four)[..2]);
    assert!(tag(&two) != tag(&four) && !not_modified(&tag(&four)));
}

#[test]
fn a_release_without_the_edition_is_left_out() {
    let mut nights = Nights::three();
    let build = ["build", "--feeds", "feeds", "--root", "data", "--edition", "asn", "--json"];
    let without = nights.keeper.run(&build).expect_code(0).json();
    assert_eq!(without["changed"], true, "{without}");
    nights.keeper.wait_days(1);
    let server = nights.serve();
    let reply = history(&server, IP).expect(200);
    let reply = reply.expect_header("x-database-version", &text(&without["version"]));
    let versions: Vec<Value> =
        releases(&reply).iter().map(|release| release["version"].clone()).collect();
    assert_eq!(versions, nights.versions);
    nights.publish(OLD, IP);
    until("the next release", || releases(&history(&server, IP).expect(200)).len() == 4);
}

#[test]
fn an_old_release_that_is_damaged_is_told() {
    let nights = Nights::three();
    let oldest = &nights.versions[2];
    let path = nights.keeper.path(&format!("releases/{oldest}/full.mmdb"));
    let mut bytes = std::fs::read(&path).expect("there");
    // Every node leads nowhere; of older releases only sizes are looked at when they are taken in.
    let middle = bytes.len() / 2;
    bytes[..middle].fill(0xFF);
    replace(&path, &bytes);
    let server = nights.serve();
    let problem = history(&server, IP).expect_problem(500, "internal_error").json();
    let message = text(&problem["message"]);
    assert!(message.contains(&format!("release {oldest} cannot be read")), "{message}");
    assert!(message.contains("`ipmint releases check`"), "{message}");
    // It is logged beside the answer.
    until("it is logged", || server.log().contains("an older release cannot answer"));
    get(server.address(), &format!("/v1/explain/{IP}"), &[]).expect(200);
    nights.keeper.wait_days(3);
    nights.keeper.run(&["releases", "prune", "--keep", "2"]).expect_code(0);
    until("what is damaged is gone", || history(&server, IP).status == 200);
    assert_eq!(releases(&history(&server, IP)).len(), 2);
}
