//! Fixtures hold addresses of documentation space only, so that no test speaks of anybody's network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::tidy::problem::Problem;

/// RFC 5737 §3: TEST-NET-1, TEST-NET-2, TEST-NET-3.
const NETWORKS_V4: [[u8; 3]; 3] = [[192, 0, 2], [198, 51, 100], [203, 0, 113]];
/// RFC 3849 §4: `2001:db8::/32`.
const NETWORK_V6: [u16; 2] = [0x2001, 0x0db8];

/// Checks the addresses in a text file below `tests/fixtures/`.
pub(super) fn check(path: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let words = text.split(|c: char| !c.is_ascii_hexdigit() && c != '.' && c != ':');
        for address in words.filter_map(address) {
            if !is_documentation(address) {
                let message = format!(
                    "`{address}` is somebody's; use 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 or 2001:db8::/32"
                );
                problems.push(Problem::new(path, line, message));
            }
        }
    }
    problems
}

/// Reads an address, also with a port or a full stop behind it.
fn address(word: &str) -> Option<IpAddr> {
    let word = word.trim_end_matches('.');
    if let Ok(address) = word.parse() {
        return Some(address);
    }
    let (address, _port) = word.split_once(':')?;
    address.parse().ok().map(IpAddr::V4)
}

fn is_documentation(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_documentation_v4(v4),
        IpAddr::V6(v6) => is_documentation_v6(v6),
    }
}

fn is_documentation_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    NETWORKS_V4.contains(&[a, b, c])
}

fn is_documentation_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    [a, b] == NETWORK_V6
}

#[cfg(test)]
mod tests {
    use crate::tidy::fixtures::check as check_fixture;

    #[track_caller]
    fn check(text: &str, expected_lines: &[usize]) {
        let problems = check_fixture("tests/fixtures/a.txt", text);
        let lines: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, expected_lines, "{problems:?}");
    }

    #[test]
    fn documentation_space_passes() {
        check(
            "192.0.2.1\n198.51.100.0/24,x\n203.0.113.7:8080\n2001:db8::/32\n::ffff:192.0.2.1",
            &[],
        );
        check("12:30:45 and 1.2.3 and face:b00c and 2026-08-22", &[]);
    }

    #[test]
    fn any_other_address_is_found() {
        check("192.0.2.1\n8.8.8.8\n\"10.0.0.0/8\"\n1.1.1.1:53\nsee 9.9.9.9.", &[2, 3, 4, 5]);
        check("2001:db9::1\n2606:4700::/32\n::ffff:8.8.8.8", &[1, 2, 3]);
    }
}
