//! What kinds of feeds there are, how many, and how many of the rows each has.

use crate::workload::mix::draw::Shares;

/// A kind of feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Prefixes and their origin AS.
    Routes,
    /// Delegations of a registry.
    Countries,
    /// Single addresses, many of them in few hosting networks.
    Abuse,
    /// Single addresses in homes, with provider and day, in no order.
    Proxies,
    /// IPv6 /64s.
    Homes,
    /// Prefixes of hosting and VPN networks.
    Hosting,
}

/// Kind, feeds of it, and its rows in a million of all.
///
/// Of 100 million rows: 1 million routes, half a million delegations, 20 million abusive addresses,
/// 50 million proxies, 20 million /64s, 8.5 million networks.
const KINDS: [(Kind, &str, u64, u64); 6] = [
    (Kind::Routes, "routes", 3, 10_000),
    (Kind::Countries, "country", 5, 5_000),
    (Kind::Abuse, "abuse", 30, 200_000),
    (Kind::Proxies, "proxies", 12, 500_000),
    (Kind::Homes, "homes", 10, 200_000),
    (Kind::Hosting, "hosting", 20, 85_000),
];

/// One of the feeds.
pub(super) struct Plan {
    pub(super) kind: Kind,
    /// Among its kind, from 0.
    pub(super) number: u64,
    pub(super) n_rows: u64,
    id: String,
}

/// The feeds that a night changes: a little of each.
const CHANGING: [(Kind, u64); 3] = [(Kind::Abuse, 1), (Kind::Proxies, 4), (Kind::Hosting, 2)];

/// The 80 feeds of so many rows; the first of a kind is the largest, and the rows add up.
pub(super) fn plans(n_rows: u64) -> Vec<Plan> {
    let mut plans = Vec::new();
    let mut of_kinds = Shares::new(n_rows, 1_000_000);
    for (kind, name, n_feeds, share) in KINDS {
        let mut shares = Shares::new(of_kinds.next(share), n_feeds * (n_feeds + 1) / 2);
        for number in 0..n_feeds {
            let id = format!("{name}-{:02}", number + 1);
            plans.push(Plan { kind, number, n_rows: shares.next(n_feeds - number), id });
        }
    }
    plans
}

impl Plan {
    /// A feed beside the 80.
    pub(super) fn alone(kind: Kind, number: u64, n_rows: u64) -> Self {
        Self { kind, number, n_rows, id: "netset".to_owned() }
    }

    /// Its id, the stem of its definition.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Whether a later night has it anew.
    pub(super) fn is_changing(&self) -> bool {
        CHANGING.contains(&(self.kind, self.number))
    }

    /// Whether its addresses are of IPv6.
    pub(super) fn is_v6(&self) -> bool {
        self.kind == Kind::Homes || (self.kind == Kind::Routes && self.number == 2)
    }

    /// Where its rows are, below the folder.
    pub(super) fn path(&self) -> String {
        let ending = match (self.kind, self.number) {
            (Kind::Routes, 1) | (Kind::Proxies, _) => "csv",
            _ => "txt",
        };
        format!("data/{}.{ending}", self.id)
    }

    /// The text of its definition.
    pub(super) fn definition(&self) -> String {
        let reliability = 400 + self.number * 10;
        let path = self.path();
        let own = match self.kind {
            Kind::Routes if self.number == 1 => {
                "format = 'csv'\nkind = 'assignment'\nattributes = ['asn', 'name']\npriority = 20\n\
                 columns = { network = 'prefix', asn = 'asn', name = 'name' }\nheader = true\n"
                    .to_owned()
            }
            Kind::Routes => format!(
                "format = 'pfx2as'\nkind = 'assignment'\nattributes = ['asn']\npriority = {}\n",
                10 + self.number
            ),
            Kind::Countries => "format = 'rir'\nkind = 'assignment'\nattributes = ['country']\n\
                                priority = 10\ngroup = 'registries'\n"
                .to_owned(),
            Kind::Proxies => {
                "format = 'csv'\nkind = 'membership'\ncategory = 'residential_proxy'\nheader = true\n\
                 columns = { network = 'ip', provider = 'provider', last_seen = 'last_seen' }\n"
                    .to_owned()
            }
            Kind::Abuse => list(["attacker", "spam", "botnet", "malware"], self.number),
            Kind::Homes => list(["residential_proxy", "attacker", "spam", "botnet"], self.number),
            Kind::Hosting => list(["hosting", "vpn", "hosting", "vpn"], self.number),
        };
        format!(
            "title = 'Generated {}'\npath = '{path}'\n{own}reliability = {reliability}\n\
             licence = {{ id = 'CC0-1.0', redistribute = true }}\nas_of = '2026-08-22'\n\n\
             [guards]\nmin_rows = 0\nbytes = 100_000_000_000\ncoverage_v4 = 1000\ncoverage_v6 = 1000\n\
             min_prefix_v4 = 0\nmin_prefix_v6 = 0\n",
            self.id
        )
    }
}

fn list(categories: [&str; 4], number: u64) -> String {
    let category = categories[(number % 4) as usize];
    format!("format = 'list'\nkind = 'membership'\ncategory = '{category}'\n")
}

#[cfg(test)]
mod tests {
    use crate::workload::mix::kinds::plans;

    #[test]
    fn eighty_feeds_have_all_the_rows_and_three_change() {
        for n_rows in [1_000, 123_457, 100_000_000] {
            let plans = plans(n_rows);
            assert_eq!(plans.len(), 80);
            assert_eq!(plans.iter().map(|plan| plan.n_rows).sum::<u64>(), n_rows);
            assert_eq!(plans.iter().filter(|plan| plan.is_changing()).count(), 3);
        }
    }
}
