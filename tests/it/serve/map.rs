//! `/v1/cidr/map.png`: pictures over HTTP.

use std::fs;

use crate::serve::ask::{ask, get};
use crate::serve::running::Running;
use crate::support::Project;

#[test]
fn a_network_is_drawn_and_kept_by_clients() {
    let project = Project::with_sample();
    let running = Running::start(&project, &[]);
    let target = "/v1/cidr/map.png?q=185.220.101.0/24&signal=is_tor&size=256";
    let reply =
        get(running.address(), target, &[]).expect(200).expect_header("content-type", "image/png");
    let tag = reply.header("etag").expect("tagged").to_owned();
    // With an index or without, it is one picture.
    let args =
        ["scan", "--map", "map.png", "185.220.101.0/24", "--signal", "is_tor", "--size", "256"];
    project.run(&args).expect_code(0);
    assert!(reply.body == fs::read(project.path("map.png")).expect("drawn"));
    get(running.address(), target, &[&format!("If-None-Match: {tag}")]).expect(304);
    let head = ask(running.address(), "HEAD", target, &[]).expect(200);
    assert_eq!(head.header("content-length"), Some(reply.body.len().to_string().as_str()));
    get(running.address(), "/v1/cidr/map.png?q=::/0", &[]).expect(200);
    get(running.address(), "/v1/cidr/map.png?q=0.0.0.0/0&signal=signals&size=2048", &[])
        .expect(200);
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let project = Project::with_sample();
    let running = Running::start(&project, &[]);
    let check = |query: &str, code: &str| {
        let target = format!("/v1/cidr/map.png{query}");
        get(running.address(), &target, &[]).expect_problem(400, code);
    };
    check("", "invalid_parameter");
    check("?q=", "invalid_cidr");
    check("?q=10.0.0.0/33", "invalid_cidr");
    check("?q=10.0.0.0/8&size=4096", "invalid_parameter");
    check("?q=10.0.0.0/8&signal=vpn", "invalid_parameter");
    check("?q=10.0.0.0/8&colour=red", "invalid_parameter");
}
