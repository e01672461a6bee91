//! Gates refuse a release that moved too far or grew too large, unless an operator says so.

use serde_json::{Value, json};

use crate::keeper::{FileState, Keeper, PLAIN};

/// Space for benchmarks (RFC 2544): ten /24s of slack are more than documentation space has.
const MANY: &str = "198.18.0.0/16\n2001:db8::/36\n";
const FEW: &str = "198.18.0.0/20\n2001:db8::/36\n";
const FEW_V6: &str = "198.18.0.0/16\n2001:db8::/42\n";

/// A store in which many addresses are listed.
fn with_many() -> Keeper {
    let keeper = Keeper::new(PLAIN);
    keeper.project.write("data/list.txt", MANY);
    keeper.publish();
    keeper
}

/// Fails the test unless a build is refused, publishes nothing, and says all of this.
#[track_caller]
fn check_refused(keeper: &Keeper, more: &[&str], parts: &[&str]) {
    let seen = |keeper: &Keeper| -> Vec<FileState> { keeper.files("") };
    let before = seen(keeper);
    let ended = keeper.build(more).expect_code(3).expect_stderr(parts);
    assert_eq!(ended.stdout, "");
    assert_eq!(seen(keeper), before);
}

/// What the current manifest says of a gate about an edition.
#[track_caller]
fn gate(keeper: &Keeper, name: &str, edition: &str) -> Value {
    let manifest = keeper.manifest(&keeper.current());
    let gates = manifest["gates"].as_array().expect("a list").iter();
    let found = gates.filter(|gate| gate["name"] == name && gate["edition"] == edition);
    let found: Vec<&Value> = found.collect();
    assert_eq!(found.len(), 1, "{manifest}");
    found[0].clone()
}

#[test]
fn a_signal_that_loses_most_of_its_addresses_is_refused() {
    let keeper = with_many();
    keeper.project.write("data/list.txt", FEW);
    let row =
        "drift  full     is_vpn, IPv4: 65536 addresses became 4096 (937 per mille, limit 500)";
    let parts = ["gate   edition  found\n", row, "nothing was published", "--force drift"];
    check_refused(&keeper, &[], &parts);
    check_refused(&keeper, &["--force", "size"], &parts);
    keeper.project.write("data/list.txt", FEW_V6);
    let row = "is_vpn, IPv6: 268435456 /64s became 4194304 (984 per mille, limit 500)";
    check_refused(&keeper, &[], &[row]);

    keeper.project.write("data/list.txt", FEW);
    keeper.build(&["--force", "drift"]).expect_code(0);
    let expected = json!({
        "name": "drift", "edition": "full", "seen": 937, "limit": 500, "ok": false, "forced": true
    });
    assert_eq!(gate(&keeper, "drift", "full"), expected);
    assert_eq!(gate(&keeper, "drift", "asn")["ok"], true);
    // The new state is what the next build is held against; growing is moving too.
    keeper.build(&["--strict"]).expect_code(5);
    keeper.project.write("data/list.txt", MANY);
    check_refused(&keeper, &[], &["4096 addresses became 65536 (937 per mille, limit 500)"]);
    keeper.expect_sound();
}

#[test]
fn a_few_networks_are_no_drift() {
    let keeper = Keeper::new(PLAIN);
    keeper.project.write("data/list.txt", "198.18.0.0/21\n198.19.0.0/23\n");
    keeper.publish();
    keeper.project.write("data/list.txt", "192.0.2.1\n");
    keeper.publish();
    assert_eq!(gate(&keeper, "drift", "full")["ok"], true);
}

#[test]
fn a_signal_may_have_limits_of_its_own() {
    let keeper = with_many();
    keeper.project.write("data/list.txt", FEW);
    keeper.policy(&format!("{PLAIN}[gates.signal.is_tor]\nv4 = 1000\n"));
    check_refused(&keeper, &[], &["is_vpn, IPv4"]);
    keeper.policy(&format!("{PLAIN}[gates.signal.is_vpn]\nv4 = 1000\n"));
    keeper.publish();
    assert_eq!(gate(&keeper, "drift", "full")["forced"], false);
    // The other family keeps the limit of all.
    keeper.project.write("data/list.txt", "198.18.0.0/20\n");
    check_refused(&keeper, &[], &["is_vpn, IPv6: 268435456 /64s became 0 (1000 per mille"]);
}

#[test]
fn a_database_that_is_too_large_is_refused() {
    let keeper = Keeper::new(&format!("{PLAIN}[gates]\nmax_bytes = 1000\n"));
    let allows = "bytes; gates.max_bytes allows 1000";
    check_refused_before_all(&keeper, &["size  full", allows, "--force size"]);
    keeper.build(&["--force", "size"]).expect_code(0);
    let said = gate(&keeper, "size", "full");
    assert_eq!((&said["ok"], &said["forced"]), (&json!(false), &json!(true)));
    assert_eq!(gate(&keeper, "size", "asn")["ok"], true);
    keeper.list(20);
    check_refused(&keeper, &[], &[allows]);
}

/// The same where nothing was published yet.
#[track_caller]
fn check_refused_before_all(keeper: &Keeper, parts: &[&str]) {
    keeper.build(&[]).expect_code(3).expect_stderr(parts);
    keeper.run(&["releases", "list"]).expect_code(1).expect_stderr(&["no release in"]);
    assert_eq!(keeper.project.names("output/releases"), [] as [&str; 0]);
}

#[test]
fn a_rollback_is_what_drift_is_measured_from() {
    let keeper = with_many();
    keeper.project.write("data/list.txt", FEW);
    keeper.build(&["--force", "drift"]).expect_code(0);
    keeper.run(&["releases", "rollback"]).expect_code(0);
    check_refused(&keeper, &[], &["65536 addresses became 4096"]);
}

#[test]
fn structure_cannot_be_overruled() {
    let keeper = with_many();
    let ended = keeper.build(&["--force", "structure"]).expect_code(2);
    ended.expect_stderr(&["structure", "canaries, drift, size"]);
}

#[test]
fn a_canary_can_be_overruled_and_is_told() {
    let keeper = with_many();
    let text = "[[canary]]\nnetwork = '198.18.0.1'\nmust_not = ['is_vpn']\n";
    let path = "feeds/policy.toml";
    keeper.project.write(path, format!("age_steps_days = [0]\n{text}"));
    check_refused(&keeper, &[], &["canaries  full", "198.18.0.1", "--force canaries"]);
    keeper.project.write("data/list.txt", format!("{MANY}192.0.2.1\n"));
    keeper.build(&["--force", "canaries"]).expect_code(0);
    let said = gate(&keeper, "canaries", "full");
    let expected = (&json!(1), &json!(0), &json!(false), &json!(true));
    assert_eq!((&said["seen"], &said["limit"], &said["ok"], &said["forced"]), expected);
}
