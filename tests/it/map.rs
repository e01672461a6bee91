//! `ipmint scan --map` draws what look-ups say; the same bytes every time.

use std::fs;

use crate::support::Project;

/// Width, height and distinct colours of a picture.
fn decode(png: &[u8]) -> (u32, u32, usize) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
    let info = reader.next_frame(&mut pixels).expect("a PNG");
    pixels.sort_unstable();
    pixels.dedup();
    (info.width, info.height, pixels.len())
}

#[test]
fn a_network_is_drawn_into_a_file() {
    let project = Project::with_sample();
    let draw = |cidr: &str, more: &[&str]| {
        let args = [&["scan", "--map", "map.png", cidr], more].concat();
        let ended = project.run(&args).expect_code(0);
        assert!(ended.stdout.contains(cidr), "{}", ended.stdout);
        fs::read(project.path("map.png")).expect("drawn")
    };
    let all = draw("0.0.0.0/0", &[]);
    let (wide, high, n_colours) = decode(&all);
    // Fifteen lines between sixteen blocks, a frame and margins.
    assert_eq!(wide, 1024 + 15 + 26);
    assert!(high > wide && n_colours > 8, "{high} {n_colours}");
    assert!(all == draw("0.0.0.0/0", &[]));
    assert!(all != draw("0.0.0.0/0", &["--signal", "is_hosting"]));
    let (wide, high, _) = decode(&draw("185.220.101.0-185.220.101.99", &["--size", "512"]));
    assert!(wide < 600 && high < 512, "{wide} {high}");
    let groups = draw("185.220.101.0/24", &["--signal", "signals", "--size", "256"]);
    assert!(decode(&groups).2 >= 6);
    draw("2001:db8::/32", &[]);
}

#[test]
fn mistakes_are_told_before_anything_is_read() {
    let project = Project::new();
    let check = |args: &[&str], code: i32, said: &str| {
        let args = [&["scan", "10.0.0.0/8"], args].concat();
        project.run(&args).expect_code(code).expect_stderr(&[said]);
    };
    check(&["--map", "a.png", "--size", "1000"], 2, "expected 256, 512, 1024 or 2048");
    check(&["--map", "a.png", "--signal", "vpn"], 2, "`vpn` is no signal; expected `score`");
    check(&["--map", "a.png", "11.0.0.0/8"], 2, "one prefix or range");
    check(&["--size", "256"], 2, "--map");
}
