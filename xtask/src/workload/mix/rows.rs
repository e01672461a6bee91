//! The rows of a block as text.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::workload::mix::draw::{Draw, hash};
use crate::workload::mix::kinds::{Kind, Plan};
use crate::workload::mix::{v4, v6};

/// Who sells the proxies.
const PROVIDERS: [&str; 12] = [
    "brightway",
    "homepool",
    "iproam",
    "lumenet",
    "netloop",
    "oxpeer",
    "proxyrain",
    "rotato",
    "smartgate",
    "soaxis",
    "stormexit",
    "webshed",
];

/// Who delegates.
const REGISTRIES: [&str; 5] = ["afrinic", "apnic", "arin", "lacnic", "ripencc"];

/// To whom: twelve countries a registry.
const COUNTRIES: [&str; 60] = [
    "ZA", "EG", "KE", "NG", "MU", "TN", "MA", "GH", "TZ", "UG", "SN", "CI", "CN", "JP", "KR", "AU",
    "IN", "ID", "TW", "VN", "TH", "SG", "HK", "NZ", "US", "CA", "PR", "JM", "BS", "BB", "BM", "KY",
    "GD", "LC", "DM", "AG", "BR", "MX", "AR", "CL", "CO", "PE", "EC", "UY", "PY", "BO", "VE", "CR",
    "DE", "GB", "FR", "NL", "IT", "ES", "SE", "PL", "UA", "RU", "TR", "CZ",
];

/// AS numbers that announce something.
const N_SYSTEMS: u64 = 75_000;

/// The line before the first row; empty where the format has none.
pub(super) fn head(plan: &Plan) -> String {
    match (plan.kind, plan.number) {
        (Kind::Routes, 1) => "prefix,asn,name\n".to_owned(),
        (Kind::Routes, _) => String::new(),
        (Kind::Proxies, _) => "ip,provider,last_seen\n".to_owned(),
        (Kind::Countries, number) => {
            let registry = REGISTRIES[number as usize];
            format!(
                "2|{registry}|20260822|{n}|19830101|20260822|+0000\n{registry}|*|ipv4|*|{n}|summary\n",
                n = plan.n_rows
            )
        }
        _ => format!("# {}, generated\n", plan.id()),
    }
}

/// Writes `n` rows of a block; what is drawn depends on the place alone.
pub(super) fn write(out: &mut String, plan: &Plan, seed: u64, place: &[u64], block: u64, n: u64) {
    let mut draw = Draw::at(place);
    match plan.kind {
        Kind::Routes if plan.is_v6() => {
            for (addr, len) in v6::routes(&mut draw, block, n) {
                let asn = system(seed, addr >> 24);
                line(out, format_args!("{}\t{len}\t{asn}", upper(addr)));
            }
        }
        Kind::Routes => {
            for (addr, len) in v4::routes(&mut draw, block, n) {
                // Neighbouring space is one system's.
                let asn = system(seed, u64::from(addr >> 13));
                let addr = Ipv4Addr::from_bits(addr);
                if plan.number == 1 {
                    line(out, format_args!("{addr}/{len},{asn},Network {asn}"));
                } else {
                    line(out, format_args!("{addr}\t{len}\t{asn}"));
                }
            }
        }
        Kind::Countries => {
            let registry = REGISTRIES[plan.number as usize];
            for (addr, size) in v4::delegations(block, n) {
                let country = COUNTRIES[(plan.number * 12 + draw.low(12)) as usize];
                let (addr, year) = (Ipv4Addr::from_bits(addr), 1990 + draw.below(36));
                line(
                    out,
                    format_args!("{registry}|{country}|ipv4|{addr}|{size}|{year}0115|allocated"),
                );
            }
        }
        Kind::Abuse => {
            for addr in v4::addresses(&mut draw, seed, plan.kind, block, n) {
                address(out, addr);
                out.push('\n');
            }
        }
        Kind::Proxies => {
            let mut addresses = v4::addresses(&mut draw, seed, plan.kind, block, n);
            draw.shuffle(&mut addresses);
            for &addr in &addresses {
                address(out, addr);
                let provider = PROVIDERS[draw.low(12) as usize];
                let day = 22 - draw.low(22);
                out.extend([",", provider, ",2026-08-", if day < 10 { "0" } else { "" }]);
                octet(out, day as u32);
                out.push('\n');
            }
        }
        Kind::Homes => {
            for addr in v6::homes(&mut draw, block, n) {
                line(out, format_args!("{}/64", upper(addr)));
            }
        }
        Kind::Hosting => {
            for (addr, len) in v4::networks(&mut draw, seed, block, n) {
                address(out, addr);
                out.push('/');
                octet(out, u32::from(len));
                out.push('\n');
            }
        }
    }
}

/// The system that announces a piece of space: low ones most of it.
fn system(seed: u64, space: u64) -> u64 {
    let drawn = Draw::at(&[seed, hash(&[space])]).below(1 << 20);
    1000 + 4 * ((drawn * drawn * N_SYSTEMS) >> 40)
}

fn upper(addr: u64) -> Ipv6Addr {
    Ipv6Addr::from_bits(u128::from(addr) << 64)
}

fn line(out: &mut String, row: std::fmt::Arguments<'_>) {
    writeln!(out, "{row}").expect("a string takes everything");
}

/// As `Ipv4Addr` writes it, which takes several times as long.
fn address(out: &mut String, addr: u32) {
    let octets = addr.to_be_bytes();
    for (idx, number) in octets.into_iter().enumerate() {
        if idx > 0 {
            out.push('.');
        }
        octet(out, u32::from(number));
    }
}

/// A number below 1000.
fn octet(out: &mut String, number: u32) {
    let digit = |number: u32| char::from(b'0' + (number % 10) as u8);
    if number >= 100 {
        out.push(digit(number / 100));
    }
    if number >= 10 {
        out.push(digit(number / 10));
    }
    out.push(digit(number));
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use crate::workload::mix::rows::address;

    #[test]
    fn addresses_are_written_as_the_standard_library_does() {
        for addr in [0, 0x0102_0304, 0x0a63_64ff, 0xc0a8_0109, u32::MAX] {
            let mut text = String::new();
            address(&mut text, addr);
            assert_eq!(text, Ipv4Addr::from_bits(addr).to_string());
        }
    }
}
