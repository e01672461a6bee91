//! Who is told of abuse: of the network, or else of its AS, however a feed says it.

use serde_json::Value;

use crate::support::Project;

const NETWORKS: &str = "inetnum: 192.0.2.0 - 192.0.2.255\norg: ORG-EX1-TEST\n\n\
    inetnum: 192.0.2.128 - 192.0.2.191\nabuse-c: EX2-TEST\n\n\
    inetnum: 198.51.100.0 - 198.51.100.255\nabuse-c: EX9-TEST\n\n\
    inet6num: 2001:db8::/48\nmnt-irt: IRT-EX-TEST\n";
const ROLES: &str = "role: Desk\nnic-hdl: EX1-TEST\nabuse-mailbox: one@example.net\n\n\
    role: Desk\nnic-hdl: ex2-test\nabuse-mailbox: two@example.net\n\n\
    irt: IRT-EX-TEST\nabuse-mailbox: irt@example.net\n";
const ORGANISATIONS: &str = "organisation: ORG-EX1-TEST\nabuse-c: EX1-TEST\n\n\
    organisation: ORG-EX2-TEST\nabuse-c: EX9-TEST\n";
const CONTACT: &str = "abuse_contact = ['abuse-mailbox', 'abuse-c', 'mnt-irt', 'org']";

fn define(project: &Project, id: &str, paths: &str, more: &str) {
    let definition = format!(
        "title = 'Test'\npath = {paths}\nreserved = 'keep'\n\
         licence = {{ id = 'CC0-1.0', redistribute = true }}\n{more}\n"
    );
    project.write(&format!("feeds/{id}.toml"), definition);
}

fn registry(paths: &str) -> Project {
    let project = Project::new();
    project.write("data/networks", NETWORKS);
    project.write("data/roles", ROLES);
    project.write("data/organisations", ORGANISATIONS);
    let columns = format!("columns = {{ network = ['inetnum', 'inet6num'], {CONTACT} }}");
    let more =
        format!("format = 'rpsl'\nkind = 'assignment'\nattributes = ['abuse_contact']\n{columns}");
    define(&project, "registry", paths, &more);
    project
}

#[track_caller]
fn check(project: &Project, ip: &str, network: &str, expected: Option<&str>) {
    let record = project.run(&["lookup", "--json", ip]).json();
    assert_eq!(record["network"], network, "{ip}");
    assert_eq!(record["record"]["network"]["abuse_contact"], Value::from(expected), "{ip}");
}

#[test]
fn a_registry_says_who_is_told_of_abuse() {
    let project = registry("['networks', 'roles', 'organisations']");
    let report = project.build(&["--json"]).expect_code(0).json();
    assert_eq!(report["feeds"]["registry"]["rows"], 9);
    assert_eq!(report["feeds"]["registry"]["faults"], 0);
    check(&project, "192.0.2.1", "192.0.2.0/25", Some("one@example.net"));
    check(&project, "192.0.2.130", "192.0.2.128/26", Some("two@example.net"));
    check(&project, "192.0.2.200", "192.0.2.192/26", Some("one@example.net"));
    check(&project, "2001:db8::1", "2001:db8::/48", Some("irt@example.net"));
    // What its handle refers to is nowhere.
    let nowhere = project.run(&["lookup", "--json", "198.51.100.1"]).json();
    assert_eq!(nowhere["record"], Value::Null);
}

#[test]
fn the_order_of_a_registrys_files_does_not_matter() {
    let full = |paths| {
        let project = registry(paths);
        project.build(&[]).expect_code(0);
        std::fs::read(project.path("output/releases/20261121.1/full.mmdb")).expect("built")
    };
    let one = full("['networks', 'roles', 'organisations']");
    assert!(one == full("['organisations', 'networks', 'roles']"), "other bytes");
}

#[test]
fn an_as_is_asked_where_the_network_says_nothing() {
    let project = Project::new();
    project
        .write("data/origins", "192.0.2.0/24,64496\n198.51.100.0/24,64497\n203.0.113.0/24,64496\n");
    let more = "format = 'csv'\nkind = 'assignment'\nattributes = ['asn']\n\
        columns = { network = 1, asn = 2 }";
    define(&project, "origins", "'origins'", more);
    project
        .write("data/contacts", "192.0.2.0/24,own@example.net\n203.0.113.0/24,***@example.net\n");
    let more = "format = 'csv'\nkind = 'assignment'\nattributes = ['abuse_contact']\n\
        columns = { network = 1, abuse_contact = 2 }";
    define(&project, "contacts", "'contacts'", more);
    project.write(
        "data/numbers",
        ["aut-num: AS64496\norg: ORG-EX1-TEST\n", ROLES, ORGANISATIONS].join("\n"),
    );
    let more = "format = 'rpsl'\nkind = 'asn'\nattributes = ['abuse_contact']";
    define(
        &project,
        "numbers",
        "'numbers'",
        &format!("{more}\ncolumns = {{ asn = 'aut-num', {CONTACT} }}"),
    );
    project.build(&[]).expect_code(0);
    check(&project, "192.0.2.1", "192.0.2.0/24", Some("own@example.net"));
    check(&project, "198.51.100.1", "198.51.100.0/24", None);
    check(&project, "203.0.113.1", "203.0.113.0/24", Some("one@example.net"));
}
