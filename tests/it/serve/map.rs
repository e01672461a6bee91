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

/// Width, height, and whether each colour that is used is opaque.
fn decoded(png: &[u8]) -> (u32, u32, Vec<bool>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("a PNG");
    let alpha = reader.info().trns.as_deref().unwrap_or_default().to_vec();
    let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
    let info = reader.next_frame(&mut pixels).expect("a PNG");
    pixels.sort_unstable();
    pixels.dedup();
    let is_opaque = |colour: &u8| alpha.get(usize::from(*colour)).is_none_or(|&alpha| alpha > 0);
    (info.width, info.height, pixels.iter().map(is_opaque).collect())
}

#[test]
fn cells_can_be_had_bare() {
    let project = Project::with_sample();
    let running = Running::start(&project, &[]);
    let check = |query: &str, size: (u32, u32), is_opaque: &[bool]| {
        let target = format!("/v1/cidr/map.png?{query}&bare=true");
        let reply = get(running.address(), &target, &[]).expect(200);
        let (wide, high, colours) = decoded(&reply.body);
        assert_eq!((wide, high), size, "{query}");
        for expected in [false, true] {
            let has = colours.contains(&expected);
            assert_eq!(has, is_opaque.contains(&expected), "{query}: {expected}");
        }
    };
    check("q=185.220.101.0/24&signal=signals&size=256", (256, 256), &[true]);
    check("q=185.220.101.0-185.220.101.99&size=256", (256, 128), &[true, false]);
    check("q=185.220.0.0/15&size=512", (512, 256), &[true, false]);
    check("q=0.0.0.0/0", (1024, 1024), &[true, false]);
    check("q=192.0.2.7&size=256&signal=is_vpn", (256, 256), &[false]);
    let page = "/v1/cidr/map.png?q=185.220.101.0/24&size=256";
    let whole = get(running.address(), page, &[]).expect(200);
    let same = get(running.address(), &format!("{page}&bare=false"), &[]).expect(200);
    assert!(whole.body == same.body);
    assert_eq!(decoded(&whole.body).2.iter().find(|is_opaque| !**is_opaque), None);
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
    check("?q=10.0.0.0/8&bare", "invalid_parameter");
    check("?q=10.0.0.0/8&bare=1", "invalid_parameter");
    check("?q=10.0.0.0/8&bare=true&bare=true", "invalid_parameter");
}
