//! Fields by rule: the tables of `feeds/rules/`, asked about an address.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;
use utoipa::ToSchema;

use crate::feed::{Category, RuleTable, embedded};
use crate::query::Known;
use crate::query::views::Offer;
use crate::query::views::offers::{OfferRule, has, offers};
use crate::score::Signals;

/// The most stars a scenario has.
const MOST_STARS: u8 = 5;

/// The word for what the data cannot tell.
const UNKNOWN: &str = "unknown";

/// The tables of `feeds/rules/`, ready to be asked.
#[derive(Debug)]
pub struct Rules {
    ip_types: Vec<(Condition, &'static str)>,
    usage_types: Vec<(Condition, Option<Category>, &'static str)>,
    shared_users: Vec<(Condition, SharedUsers)>,
    native: &'static str,
    broadcast: &'static str,
    /// Stars and verdicts, most stars first.
    verdicts: Vec<(u8, &'static str)>,
    scenarios: Vec<ScenarioRule>,
    services: Vec<OfferRule>,
    media: Vec<OfferRule>,
    high_risk: Vec<&'static str>,
    threat_categories: BTreeMap<Category, &'static str>,
}

/// When a line holds.
#[derive(Clone, Copy, Debug)]
enum Condition {
    /// A signal of the record is true.
    Signal(Category),
    /// The network is of that type.
    Type(&'static str),
    /// `ipType` is that.
    IpType(&'static str),
}

#[derive(Debug)]
struct ScenarioRule {
    key: &'static str,
    name: &'static str,
    service: &'static str,
    costs: Costs,
}

/// Stars that are lost, by what an address is.
#[derive(Debug)]
struct Costs {
    hosting: u8,
    vpn: u8,
    proxy: u8,
    tor: u8,
    relay: u8,
    abuse: u8,
    broadcast: u8,
}

/// How many people may share an address: an estimate from what kind of network it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SharedUsers {
    /// How many; absent where the kind of network is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "1-5")]
    pub range: Option<&'static str>,
    /// `good`, `ok`, `poor` or `unknown`.
    #[schema(example = "good")]
    pub quality: &'static str,
}

/// How well an address suits what people do with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Scenario {
    /// What they do.
    #[schema(example = "tiktok")]
    pub key: &'static str,
    /// What that is called.
    #[schema(example = "TikTok")]
    pub name: &'static str,
    /// 0 to 5, less for each signal that gets in the way.
    pub stars: u8,
    /// `good`, `try` or `avoid`.
    #[schema(example = "try")]
    pub verdict: &'static str,
}

impl Rules {
    /// The tables inside the binary.
    pub fn shipped() -> &'static Self {
        static RULES: LazyLock<Rules> =
            LazyLock::new(|| Rules::read(table).expect("a test reads what is inside the binary"));
        &RULES
    }

    /// Takes the rows of each table; `None` if one is not as its columns say.
    fn read(rows: impl Fn(&str) -> Vec<Vec<&'static str>>) -> Option<Self> {
        let native_types = rows("native_type");
        let native_type = |of| Some(*native_types.iter().find(|row| row[0] == of)?.get(1)?);
        let mut verdicts = all(&rows("scenario_verdicts"), |row| {
            let &[stars, verdict] = row else { return None };
            Some((stars.parse().ok()?, verdict))
        })?;
        verdicts.sort_unstable_by_key(|&(stars, _): &(u8, _)| std::cmp::Reverse(stars));
        Some(Self {
            ip_types: all(&rows("ip_type"), |row| {
                let &[when, is, ip_type] = row else { return None };
                let when = Condition::read(when, is)?;
                // It would ask itself.
                (!matches!(when, Condition::IpType(_))).then_some((when, ip_type))
            })?,
            usage_types: all(&rows("usage_type"), |row| {
                let &[when, is, and, usage_type] = row else { return None };
                let and = match and {
                    "" => None,
                    signal => Some(Category::from_signal(signal)?),
                };
                Some((Condition::read(when, is)?, and, usage_type))
            })?,
            shared_users: all(&rows("shared_users"), |row| {
                let &[when, is, range, quality] = row else { return None };
                Some((Condition::read(when, is)?, SharedUsers { range: Some(range), quality }))
            })?,
            native: native_type("same")?,
            broadcast: native_type("different")?,
            verdicts,
            scenarios: all(&rows("scenarios"), ScenarioRule::read)?,
            services: offers(&rows("services"))?,
            media: offers(&rows("media"))?,
            high_risk: all(&rows("high_risk_country"), |row| row.get(1).copied())?,
            threat_categories: all(&rows("threat_categories"), |row| {
                let &[category, name] = row else { return None };
                Some((category.parse().ok()?, name))
            })?
            .into_iter()
            .collect(),
        })
    }

    /// `ipType`: `residential`, `hosting`, `mobile`, `business` or `unknown`.
    pub fn ip_type(&self, known: &Known<'_>) -> &'static str {
        let found = self.ip_types.iter().find(|(when, _)| self.holds(*when, known));
        found.map_or(UNKNOWN, |(_, ip_type)| ip_type)
    }

    /// `usageType`: `isp`, `dual_isp`, `business`, `hosting`, `mobile`, `education`, `government` or `unknown`.
    pub fn usage_type(&self, known: &Known<'_>) -> &'static str {
        let also = |and: Option<Category>| and.is_none_or(|and| known.signals.contains(and));
        let mut rules = self.usage_types.iter();
        let found = rules.find(|(when, and, _)| self.holds(*when, known) && also(*and));
        found.map_or(UNKNOWN, |(_, _, usage_type)| usage_type)
    }

    /// `nativeType`: `native`, `broadcast` or `unknown`.
    pub fn native_type(&self, known: &Known<'_>) -> &'static str {
        match known.network.native {
            Some(true) => self.native,
            Some(false) => self.broadcast,
            None => UNKNOWN,
        }
    }

    /// How many people may share the address.
    pub fn shared_users(&self, known: &Known<'_>) -> SharedUsers {
        let found = self.shared_users.iter().find(|(when, _)| self.holds(*when, known));
        found.map_or(SharedUsers { range: None, quality: UNKNOWN }, |(_, shared)| *shared)
    }

    /// How well the address suits each scenario, in the order of the table.
    pub fn scenarios(&self, known: &Known<'_>) -> Vec<Scenario> {
        let country = known.geo.country_code;
        let is_closed = |service: &str| {
            let mut offers = self.services.iter().chain(&self.media);
            offers.any(|offer| offer.is(service) && offer.is_closed_in(country))
        };
        let scenario = |rule: &ScenarioRule| {
            let stars = if is_closed(rule.service) {
                0
            } else {
                MOST_STARS.saturating_sub(rule.costs.of(known))
            };
            let verdict = self.verdicts.iter().find(|(least, _)| *least <= stars);
            let verdict = verdict.map_or(UNKNOWN, |(_, verdict)| verdict);
            Scenario { key: rule.key, name: rule.name, stars, verdict }
        };
        self.scenarios.iter().map(scenario).collect()
    }

    /// Whether each service is to be had in a country, in the order of the table.
    pub fn services(&self, country: Option<&str>) -> Vec<Offer> {
        self.services.iter().map(|offer| offer.ask(country)).collect()
    }

    /// Whether each medium is to be had in a country, in the order of the table.
    pub fn media(&self, country: Option<&str>) -> Vec<Offer> {
        self.media.iter().map(|offer| offer.ask(country)).collect()
    }

    /// Whether a country (ISO 3166-1 alpha-2) is on a list of high risk.
    pub fn is_high_risk(&self, country: &str) -> bool {
        self.high_risk.iter().any(|countries| has(countries, country))
    }

    /// What `threat_categories` has for the signals, in category order.
    pub fn threat_categories(&self, signals: Signals) -> impl Iterator<Item = &'static str> {
        signals.iter().filter_map(|category| self.threat_categories.get(&category).copied())
    }

    fn holds(&self, when: Condition, known: &Known<'_>) -> bool {
        match when {
            Condition::Signal(category) => known.signals.contains(category),
            Condition::Type("isp") => known.network.isp.is_some(),
            // What the record calls a data centre, AS lists call hosting.
            Condition::Type("hosting") => known.network.connection_type == Some("datacenter"),
            Condition::Type(name) => known.network.connection_type == Some(name),
            Condition::IpType(name) => self.ip_type(known) == name,
        }
    }
}

impl Condition {
    fn read(when: &str, is: &'static str) -> Option<Self> {
        Some(match when {
            "signal" => Self::Signal(Category::from_signal(is)?),
            "type" => Self::Type(is),
            _ => Self::IpType(is),
        })
    }
}

impl ScenarioRule {
    fn read(row: &[&'static str]) -> Option<Self> {
        let &[key, name, service, hosting, vpn, proxy, tor, relay, abuse, broadcast] = row else {
            return None;
        };
        let stars = |text: &str| text.parse().ok();
        let costs = Costs {
            hosting: stars(hosting)?,
            vpn: stars(vpn)?,
            proxy: stars(proxy)?,
            tor: stars(tor)?,
            relay: stars(relay)?,
            abuse: stars(abuse)?,
            broadcast: stars(broadcast)?,
        };
        Some(Self { key, name, service, costs })
    }
}

impl Costs {
    /// Each is at most five, and there are seven.
    fn of(&self, known: &Known<'_>) -> u8 {
        let any = |signals| !known.signals.intersection(signals).is_empty();
        let is = |category| known.signals.contains(category);
        let costs = [
            (self.hosting, is(Category::Hosting)),
            (self.vpn, is(Category::Vpn)),
            (self.proxy, any(Signals::proxies())),
            (self.tor, is(Category::TorExit)),
            (self.relay, is(Category::Relay)),
            (self.abuse, any(Signals::abuse())),
            (self.broadcast, known.network.native == Some(false)),
        ];
        costs.into_iter().filter(|(_, holds)| *holds).map(|(cost, _)| cost).sum()
    }
}

fn all<T>(
    rows: &[Vec<&'static str>],
    read: impl Fn(&[&'static str]) -> Option<T>,
) -> Option<Vec<T>> {
    rows.iter().map(|row| read(row)).collect()
}

/// The rows of a table inside the binary.
fn table(name: &str) -> Vec<Vec<&'static str>> {
    let file = format!("{name}.tsv");
    let found = embedded::feeds("rules").into_iter().find(|found| found.path == file);
    let text = found.and_then(|found| std::str::from_utf8(found.bytes).ok()).unwrap_or_default();
    RuleTable::read(&file, text).expect("a test reads what is inside the binary").rows
}

#[cfg(test)]
mod tests {
    use crate::feed::Category;
    use crate::query::views::Rules;
    use crate::query::{Known, KnownGeo, KnownNetwork};

    /// A record of a connection type, maybe of an access provider, with signals.
    fn known(
        connection_type: Option<&'static str>,
        isp: Option<&'static str>,
        signals: &[Category],
    ) -> Known<'static> {
        let network = KnownNetwork { isp, connection_type, ..KnownNetwork::default() };
        Known { network, signals: signals.iter().copied().collect(), ..Known::default() }
    }

    /// Types, and how many share it.
    #[track_caller]
    fn check(known: &Known<'_>, expected: [&str; 4]) {
        let rules = Rules::shipped();
        let shared = rules.shared_users(known);
        let found = [
            rules.ip_type(known),
            rules.usage_type(known),
            shared.range.unwrap_or("-"),
            shared.quality,
        ];
        assert_eq!(found, expected, "{known:?}");
    }

    #[test]
    fn types_follow_from_signals_and_networks() {
        use Category::{Education, Hosting, Mobile, TorExit, Vpn};
        let isp = Some("Example Broadband");
        check(&Known::default(), ["unknown", "unknown", "-", "unknown"]);
        check(&known(None, isp, &[]), ["residential", "isp", "1-5", "good"]);
        check(&known(None, isp, &[Hosting]), ["hosting", "dual_isp", "1-5", "ok"]);
        check(&known(Some("datacenter"), None, &[]), ["hosting", "hosting", "1-5", "ok"]);
        check(&known(Some("mobile"), isp, &[Mobile]), ["mobile", "mobile", "100-1000", "ok"]);
        check(&known(Some("business"), None, &[]), ["business", "business", "10-100", "ok"]);
        check(&known(Some("education"), None, &[]), ["business", "education", "10-100", "ok"]);
        check(&known(None, None, &[Education]), ["unknown", "education", "-", "unknown"]);
        check(&known(Some("government"), None, &[]), ["business", "government", "10-100", "ok"]);
        check(&known(None, isp, &[Vpn]), ["residential", "isp", "100-1000", "poor"]);
        check(&known(None, None, &[TorExit, Vpn]), ["unknown", "unknown", "1000+", "poor"]);
    }

    #[test]
    fn native_is_where_it_was_registered() {
        let of = |native| {
            let network = KnownNetwork { native, ..KnownNetwork::default() };
            Rules::shipped().native_type(&Known { network, ..Known::default() })
        };
        assert_eq!([of(Some(true)), of(Some(false)), of(None)], ["native", "broadcast", "unknown"]);
    }

    /// Stars and verdict of a scenario.
    #[track_caller]
    fn check_stars(known: &Known<'_>, key: &str, expected: (u8, &str)) {
        let scenarios = Rules::shipped().scenarios(known);
        let scenario = scenarios.iter().find(|scenario| scenario.key == key).expect("there");
        assert_eq!((scenario.stars, scenario.verdict), expected);
    }

    #[test]
    fn signals_cost_stars() {
        use Category::{Hosting, MobileProxy, ResidentialProxy, Spam, TorExit, Vpn};
        check_stars(&known(None, None, &[]), "payment", (5, "good"));
        check_stars(&known(None, None, &[Hosting]), "payment", (2, "try"));
        check_stars(&known(None, None, &[Hosting, Vpn]), "payment", (0, "avoid"));
        check_stars(&known(None, None, &[TorExit]), "crawling", (1, "avoid"));
        // Two kinds of proxy are one proxy.
        check_stars(&known(None, None, &[ResidentialProxy, MobileProxy]), "gaming", (2, "try"));
        check_stars(&known(None, None, &[Spam]), "gaming", (4, "good"));
        let network = KnownNetwork { native: Some(false), ..KnownNetwork::default() };
        check_stars(&Known { network, ..Known::default() }, "netflix", (4, "good"));
        // Where there is no service, nothing suits.
        let geo = KnownGeo { country_code: Some("CN"), ..KnownGeo::default() };
        check_stars(&Known { geo, ..Known::default() }, "chatgpt", (0, "avoid"));
    }

    #[test]
    fn lists_of_high_risk_are_one() {
        let rules = Rules::shipped();
        let found = ["IR", "ZA", "DE", ""].map(|country| rules.is_high_risk(country));
        assert_eq!(found, [true, true, false, false]);
    }

    #[test]
    fn threat_categories_are_of_what_hides_and_harms() {
        let all = Category::ALL.iter().copied().collect();
        let names: Vec<&str> = Rules::shipped().threat_categories(all).collect();
        assert_eq!(names.first(), Some(&"tor_exit_node"));
        assert_eq!(names.last(), Some(&"malware_host"));
        // Every scored category but relay and hosting.
        assert_eq!(names.len(), Category::N_SCORED - 2);
    }

    #[test]
    fn a_table_that_would_ask_itself_is_refused() {
        let rows = |name: &str| match name {
            "ip_type" => vec![vec!["ip_type", "mobile", "mobile"]],
            _ => super::table(name),
        };
        assert!(Rules::read(rows).is_none());
        assert!(Rules::read(super::table).is_some());
    }
}
