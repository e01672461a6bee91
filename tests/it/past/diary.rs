//! A store of several nights, over the end of a month: VPNs come and go, and networks change hands.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipmint::base::{BuildEpoch, Day};
use ipmint::release::HistoryEntry;

use crate::draw::{Dice, clothed};
use crate::keeper::{Keeper, text};

/// Everything is pruned but the current release.
const POLICY: &str = "[release]\nvariants = []\ndeltas = 2\npatches = 0\ngrace = '1h'\n";

/// The store and its clock.
pub(crate) struct Diary {
    pub(crate) keeper: Keeper,
}

/// 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24.
const V4: [u32; 3] = [0xC000_0200, 0xC633_6400, 0xCB00_7100];
/// 2001:db8::/32.
const V6: u128 = 0x2001_0db8 << 96;

impl Diary {
    /// So many nights from 2026-11-27 on, of which the fourth brings nothing new and the sixth is
    /// left out.
    pub(crate) fn of(n_nights: u32) -> Self {
        let diary = Self::empty();
        for night in 1..=n_nights {
            if night == 4 {
                diary.keeper.build(&["--strict"]).expect_code(5);
            } else if night != 6 {
                diary.tell(night);
                diary.publish();
            }
            diary.keeper.wait_days(1);
        }
        diary.keeper.wait_days(-1);
        diary
    }

    /// On 2026-11-27, before the first night.
    pub(crate) fn empty() -> Self {
        let keeper = Keeper::new(POLICY);
        keeper.project.list("more", "");
        let origin = "title = 'Origin'\npath = 'origin.csv'\nformat = 'csv'\nkind = 'assignment'\n\
                      attributes = ['asn']\ncolumns = { network = 1, asn = 2 }\nreserved = 'keep'\n\
                      licence = { id = 'CC0-1.0' }\nas_of = '2026-11-20'\n";
        keeper.project.write("feeds/origin.toml", origin);
        keeper.wait_days(6);
        Self { keeper }
    }

    /// Builds a release, however much changed since the last one; returns its version.
    #[track_caller]
    pub(crate) fn publish(&self) -> String {
        let report = self.keeper.build(&["--json", "--force", "drift"]).expect_code(0).json();
        assert_eq!(report["changed"], true, "{report}");
        text(&report["version"])
    }

    /// Writes what the feeds of a night say.
    pub(crate) fn tell(&self, night: u32) {
        let mut dice = Dice::new(u64::from(night));
        let project = &self.keeper.project;
        let address = |dice: &mut Dice| Ipv4Addr::from_bits(V4[dice.below(3)] | byte(dice));
        let rows = |dice: &mut Dice| {
            let row = |_| match dice.below(3) {
                0 => format!("{}/{}\n", address(dice), 26 + dice.below(7)),
                1 => format!("{}\n", address(dice)),
                _ => {
                    let bits = V6 | u128::from(dice.roll()) << 32;
                    format!("{}/{}\n", Ipv6Addr::from_bits(bits), 36 + dice.below(60))
                }
            };
            (0..30).map(row).collect::<String>()
        };
        project.write("data/list.txt", rows(&mut dice));
        project.write("data/more.txt", rows(&mut dice));
        // 192.0.2.0/25 changes hands in the fifth night; 2001:db8::/40 is given up in the third.
        let asn = if night < 5 { 64496 } else { 64497 };
        let mut origin = format!("192.0.2.0/25,{asn}\n198.51.100.0/24,64500\n");
        if night < 3 {
            origin += "2001:db8::/40,64501\n";
        }
        for n in 0..8 {
            let asn = 64502 + dice.below(4);
            writeln!(origin, "203.0.113.{}/27,{asn}", 32 * n).expect("to memory");
        }
        project.write("data/origin.csv", origin);
    }

    /// What is kept, the oldest first.
    pub(crate) fn entries(&self) -> Vec<HistoryEntry> {
        self.keeper.store().history().expect("readable").entries
    }

    /// Today.
    pub(crate) fn today(&self) -> Day {
        BuildEpoch(self.keeper.now()).day()
    }
}

/// Addresses in and beside what the feeds speak of.
pub(crate) fn addresses(seed: u64, n_addresses: usize) -> Vec<IpAddr> {
    let mut dice = Dice::new(seed);
    let mut draw = || -> IpAddr {
        let v4 = Ipv4Addr::from_bits(V4[dice.below(3)] | byte(&mut dice));
        match dice.below(8) {
            0 => dice.address(),
            1 => clothed(v4)[dice.below(4)],
            2..5 => v4.into(),
            // Of the first addresses of a /36 some are in what was listed.
            _ => Ipv6Addr::from_bits(V6 | u128::from(dice.roll() >> dice.below(8)) << 32).into(),
        }
    };
    (0..n_addresses).map(|_| draw()).collect()
}

fn byte(dice: &mut Dice) -> u32 {
    (dice.roll() & 0xFF) as u32
}
