//! Feeds that no one would publish, small and in each other's way: every edition
//! says of every address around their rows what the oracle says.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use ipmint::base::{Asn, BuildEpoch, Day, Run, Runs};
use ipmint::edition::Edition;
use ipmint::feed::{Catalogue, Category, Column, Feed, FeedId, Kind, Reserved};
use ipmint::parse::{Label, Parsed, Place};
use ipmint::score::Policy;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use crate::agreement::{ask_crate, compare};
use crate::draw;
use crate::oracle::{Oracle, witnesses};
use crate::world::{self, Read, World};

const TODAY: Day = Day(20_000);

/// Where rows lie: 192.0.0.0 to 192.0.3.255, a quarter documentation and a quarter
/// IETF's own, with two addresses in it that are not.
const V4: u32 = 0xc000_0000;

/// Where rows lie in IPv6, 256 addresses on either side: the end of 2001::/23, the end of
/// the documentation prefix, inside 6to4, inside IPv4-mapped, and the end of 2000::/3.
const V6: [u128; 5] =
    [0x2001_0200 << 96, 0x2001_0db9 << 96, 0x2002_c000_0180 << 80, 0xffff_c000_0180, 0x4000 << 112];

fn text(words: &'static [&'static str]) -> impl Strategy<Value = Option<Box<str>>> {
    option::of(select(words).prop_map(Into::into))
}

fn category() -> impl Strategy<Value = Category> {
    use Category::{Allow, Attacker, Bot, Deny, Drop, Hosting, Mobile, Proxy, Relay};
    use Category::{Sanctioned, Spam, TorExit, Trusted, Vpn};
    let listed = vec![Allow, Attacker, Bot, Deny, Drop, Hosting, Mobile, Proxy, Relay];
    let rest = vec![Sanctioned, Spam, TorExit, Trusted, Vpn, Vpn, TorExit, Proxy];
    select([listed, rest].concat())
}

fn label() -> impl Strategy<Value = Label> {
    let keys = (64_496_u32..64_499, select(vec!["DE", "IR", "US"]));
    let claimed = (
        option::of(category()),
        text(&["gptbot", "P", "Q"]),
        text(&["S"]),
        option::of(select(vec![-400, -41, -9, -6, -5, -1, 0, 3])),
    );
    let told = (
        text(&["M", "N"]),
        text(&["example.com"]),
        text(&["isp", "hosting", "mobile"]),
        text(&["abuse@example.com", "noc@example.net"]),
    );
    let place =
        (text(&["DE-HE", "Hessen"]), text(&["X", "Y"]), option::of(-180_000_000..180_000_000));
    let registry = option::of(select(vec![("ripencc", None), ("arin", Some(TODAY))]));
    (keys, claimed, told, option::of(place), registry).prop_map(
        |((asn, country), (category, provider, service, seen), told, place, registry)| Label {
            asn: Some(Asn(asn)),
            country: Some(country.parse().expect("a code")),
            category,
            provider,
            service,
            last_seen: seen.map(|days| Day(TODAY.0 + days)),
            name: told.0,
            domain: told.1,
            network_type: told.2,
            abuse_contact: told.3,
            place: place.map(|(region, city, longitude)| {
                Box::new(Place { region, city, longitude, ..Place::default() })
            }),
            registry: registry.map(|(registry, _)| registry.into()),
            registered: registry.and_then(|(_, day)| day),
        },
    )
}

/// First address, as an offset, and how many more there are: of a prefix as often as not.
fn block(size: u32) -> impl Strategy<Value = (u32, u32)> {
    let range = (0..size, 0..size).prop_map(move |(a, b)| (a.min(b), a.max(b) - a.min(b)));
    let prefix = (0..size, 0..=size.ilog2()).prop_map(|(addr, host_bits)| {
        let hosts = (1 << host_bits) - 1;
        (addr & !hosts, hosts)
    });
    prop_oneof![range, prefix]
}

fn parsed() -> impl Strategy<Value = Parsed> {
    let v4 = vec((block(1024), any::<Index>()), 0..8);
    let v6 = vec((select(V6.to_vec()), block(512), any::<Index>()), 0..8);
    let keyed = vec(any::<Index>(), 0..4);
    (vec(label(), 1..5), v4, v6, keyed).prop_map(|(labels, v4, v6, keyed)| {
        let number = |label: Index| label.index(labels.len()) as u32;
        let v4 = v4.into_iter().map(|((first, more), label)| Run {
            first: V4 + first,
            last: V4 + first + more,
            value: number(label),
        });
        let v6 = v6.into_iter().map(|(place, (first, more), label)| Run {
            first: place - 256 + u128::from(first),
            last: place - 256 + u128::from(first + more),
            value: number(label),
        });
        let (v4, v6) = (v4.collect::<Vec<_>>().into(), v6.collect::<Vec<_>>().into());
        let keyed = keyed.into_iter().map(number).collect();
        Parsed { v4, v6, keyed, labels, ..Parsed::default() }
    })
}

fn read() -> impl Strategy<Value = Read> {
    let columns = vec![
        vec![Column::Asn],
        vec![Column::Country],
        vec![Column::Asn, Column::Country, Column::Name, Column::Domain],
        vec![Column::Name, Column::Domain, Column::Type],
        vec![Column::AbuseContact, Column::Type],
        vec![Column::Asn, Column::AbuseContact],
        vec![Column::Country, Column::Region, Column::City, Column::Longitude],
    ];
    let kind = vec![
        Kind::Membership,
        Kind::Membership,
        Kind::Assignment,
        Kind::Assignment,
        Kind::Asn,
        Kind::Country,
    ];
    let definition = (select(kind), category(), select(columns), select(vec!["a", "b", "c"]));
    let numbers = (0..2_i32, select(vec![100_u16, 600, 980]), select(vec![-30, 0, 2]));
    let rest = (text(&["R"]), select(Reserved::ALL));
    (definition, numbers, rest, parsed()).prop_map(
        |(
            (kind, category, attributes, group),
            (priority, reliability, as_of),
            rest,
            mut parsed,
        )| {
            let (provider, reserved) = rest;
            let is_keyed = matches!(kind, Kind::Asn | Kind::Country);
            if is_keyed {
                (parsed.v4, parsed.v6) = (Runs::default(), Runs::default());
            } else {
                parsed.keyed = Vec::new();
            }
            let feed = Feed {
                category: (kind != Kind::Assignment).then_some(category),
                kind,
                attributes,
                group: group.to_owned(),
                priority,
                reliability,
                provider: provider.map(Into::into),
                reserved,
                ..feed()
            };
            Read { feed, as_of: Day(TODAY.0 + as_of), parsed }
        },
    )
}

/// A definition that says next to nothing.
fn feed() -> Feed {
    const TEXT: &str = "title = 'Test'\npath = 'test'\nformat = 'list'\nkind = 'membership'\n\
        category = 'vpn'\nreliability = 1000\nreserved = 'keep'\nlicence = {}\n";
    let catalogue = Catalogue::from_files(&[("test.toml".to_owned(), TEXT.to_owned())]);
    catalogue.expect("well formed").get("test").expect("just read").clone()
}

fn worlds() -> impl Strategy<Value = World> {
    vec(read(), 1..7).prop_map(|mut reads| {
        for (number, read) in reads.iter_mut().enumerate() {
            read.feed.id = FeedId::new(&format!("feed-{number}")).expect("an id");
        }
        let epoch = BuildEpoch(TODAY.0 as u64 * 86_400);
        World { policy: Policy::default(), epoch, reads }
    })
}

fn shipped() -> &'static [Edition] {
    static SHIPPED: LazyLock<Vec<Edition>> = LazyLock::new(world::shipped);
    &SHIPPED
}

fn check(world: &World) {
    let witnesses = witnesses(world);
    let mut oracle = Oracle::new(world, &witnesses);
    let mut addresses = draw::around_every_row(world);
    // The two that IETF's block lets out.
    let out = [Ipv4Addr::new(192, 0, 0, 9), Ipv4Addr::new(192, 0, 0, 10)];
    addresses.extend(out.into_iter().map(IpAddr::V4));
    addresses.extend(out.into_iter().flat_map(draw::clothed));
    for built in world.compile(shipped()).editions {
        assert_eq!(ipmint::mmdb::check(&built.database.bytes), [""; 0], "{}", built.name);
        let asked = ask_crate(&built.name, &built.database.bytes, &addresses);
        compare(&mut oracle, &[asked], &Value::Null);
    }
}

proptest! {
    #![proptest_config(draw::cases(400))]

    #[test]
    fn every_edition_says_what_the_oracle_says(world in worlds()) {
        check(&world);
    }
}

#[test]
fn a_clipped_row_tells_the_length_that_was_listed() {
    let row = Run { first: V4, last: V4 + 1023, value: 0 };
    let parsed =
        Parsed { v4: vec![row].into(), labels: vec![Label::default()], ..Parsed::default() };
    let feed = Feed { category: Some(Category::Vpn), reserved: Reserved::Clip, ..feed() };
    let reads = vec![Read { feed, as_of: TODAY, parsed }];
    let epoch = BuildEpoch(TODAY.0 as u64 * 86_400);
    let world = World { policy: Policy::default(), epoch, reads };
    check(&world);
    let witnesses = witnesses(&world);
    let mut oracle = Oracle::new(&world, &witnesses);
    let address = IpAddr::V4(Ipv4Addr::new(192, 0, 1, 1));
    oracle.learn([address]);
    assert_eq!(oracle.record("full", address)["attributions"][0]["prefix_length"], 22);
}
