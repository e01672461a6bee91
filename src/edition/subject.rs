//! What is known of a segment: the one thing editions are projected from.

use crate::base::{Asn, CountryCode, Day};
use crate::claim::{AsProfile, AttributeValue, Claim, ClaimId, Organization, Registration};
use crate::edition::bot::{Bot, bot};
use crate::edition::country::{Country, country};
use crate::feed::{Category, FeedId};
use crate::parse::Place;
use crate::score::{Evidence, Signals, Verdict, Via};

/// A claim on a segment, with the way it came.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// Listed itself, through its AS, or through its country.
    pub via: Via,
    /// Which: equal ids are the same claim for all subjects of a projector.
    pub id: ClaimId,
    /// What it says.
    pub claim: &'a Claim,
}

impl Listed<'_> {
    /// The claim as scoring sees it.
    pub fn evidence(self) -> Evidence {
        let Claim { category, feed, age_days, .. } = *self.claim;
        Evidence { category, feed, via: self.via, age_days }
    }
}

/// Attributes, claims and the verdict on them; [`Part`](crate::edition::Part) names its parts.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Origin AS.
    pub asn: Option<Asn>,
    /// What is known of that AS.
    pub as_profile: Option<&'a AsProfile>,
    /// Where it is used.
    pub country: Option<CountryCode>,
    /// Where in the country.
    pub place: Option<&'a Place>,
    /// Where on the globe.
    pub point: Option<&'a Place>,
    /// Its delegation.
    pub registration: Option<&'a Registration>,
    /// Its holder.
    pub organization: Option<&'a Organization>,
    /// What kind of network it is, as a feed says.
    pub network_type: Option<&'a str>,
    /// Who is told of abuse from it, as a feed says of the network.
    pub abuse_contact: Option<&'a str>,
    /// Every claim with its way, in the order of claims.
    pub claims: &'a [Listed<'a>],
    /// The verdict on them; of no claims if there are none.
    pub verdict: &'a Verdict,
    /// By index of [`Claim::feed`].
    pub feeds: &'a [&'a FeedId],
}

impl<'a> Subject<'a> {
    /// A segment of which nothing is known but the verdict on its claims.
    pub fn new(claims: &'a [Listed<'a>], verdict: &'a Verdict, feeds: &'a [&'a FeedId]) -> Self {
        Self {
            asn: None,
            as_profile: None,
            country: None,
            place: None,
            point: None,
            registration: None,
            organization: None,
            network_type: None,
            abuse_contact: None,
            claims,
            verdict,
            feeds,
        }
    }

    /// Adds an attribute.
    pub fn add(&mut self, value: &'a AttributeValue) {
        match value {
            AttributeValue::Asn(asn) => self.asn = Some(*asn),
            AttributeValue::Country(country) => self.country = Some(*country),
            AttributeValue::Place(place) => self.place = Some(place),
            AttributeValue::Point(point) => self.point = Some(point),
            AttributeValue::Registration(registration) => self.registration = Some(registration),
            AttributeValue::Organization(organization) => self.organization = Some(organization),
            AttributeValue::NetworkType(network_type) => self.network_type = Some(network_type),
            AttributeValue::AbuseContact(mailbox) => self.abuse_contact = Some(mailbox),
        }
    }

    /// Whether anything that scoring weighs was claimed.
    pub(super) fn is_scored(&self) -> bool {
        !self.verdict.raw_signals.is_empty() || self.verdict.base_ppm > 0 || self.verdict.score > 0
    }

    /// Whether it hides who is behind it, or is hosted: MaxMind's `is_anonymous`.
    pub(super) fn is_anonymous(&self) -> bool {
        let signals = self.verdict.signals;
        signals.contains(Category::Hosting) || signals.iter().any(Category::is_anonymizer)
    }

    /// Whether it is a proxy, public or of a pool.
    pub(super) fn is_any_proxy(&self) -> bool {
        use Category::{MobileProxy, Proxy, ResidentialProxy};
        [Proxy, ResidentialProxy, MobileProxy].iter().any(|one| self.verdict.signals.contains(*one))
    }

    /// Who runs what hides it: of the claims that stand, the first with a provider
    /// by kind (tor, residential, mobile, vpn, proxy, relay), then the freshest,
    /// then by name.
    pub(super) fn provider(&self) -> Option<&'a str> {
        use Category::{MobileProxy, Proxy, Relay, ResidentialProxy, TorExit, Vpn};
        let rank = |category| {
            [TorExit, ResidentialProxy, MobileProxy, Vpn, Proxy, Relay]
                .iter()
                .position(|one| *one == category)
        };
        let standing = self.standing().filter_map(|claim| {
            Some((rank(claim.category)?, claim.age_days, claim.provider.as_deref()?))
        });
        standing.min().map(|(_, _, provider)| provider)
    }

    /// The latest Monday on or before which an anonymizer was seen there.
    pub(super) fn last_seen(&self) -> Option<Day> {
        self.standing().filter_map(|claim| claim.seen).max()
    }

    /// Claims that no rule replaced, of categories that hold.
    fn standing(&self) -> impl Iterator<Item = &'a Claim> {
        let stands = |listed: &&Listed<'a>| {
            self.verdict.signals.contains(listed.claim.category)
                && self.verdict.suppressed_by(listed.evidence()).is_none()
        };
        self.claims.iter().filter(stands).map(|listed| listed.claim)
    }

    /// Providers of the claims of a category, ascending, each once.
    pub(super) fn providers_of(&self, category: Category) -> Vec<&'a str> {
        let of_category = self.claims.iter().filter(|listed| listed.claim.category == category);
        let mut providers: Vec<&str> =
            of_category.filter_map(|listed| listed.claim.provider.as_deref()).collect();
        providers.sort_unstable();
        providers.dedup();
        providers
    }

    /// The first claim that names a crawler.
    pub(super) fn bot_claim(&self) -> Option<Listed<'a>> {
        let names = |claim: &Claim| claim.category == Category::Bot && claim.provider.is_some();
        self.claims.iter().find(|listed| names(listed.claim)).copied()
    }

    /// The crawler that it names.
    pub(super) fn bot(&self) -> Option<Bot<'a>> {
        bot(self.bot_claim()?.claim)
    }

    /// The signals that [`Self::connection_type`] looks at.
    pub(super) fn usages() -> Signals {
        use Category::{Business, Education, Government, Hosting, Mobile};
        [Hosting, Mobile, Education, Government, Business].into_iter().collect()
    }

    /// `datacenter`, `mobile`, `education`, `government` or `business`; nothing where
    /// free data cannot tell (an access network may be anybody's home or office).
    pub(super) fn connection_type(&self) -> Option<&'static str> {
        let of_type = |text: &str| match text {
            "hosting" | "datacenter" => Some("datacenter"),
            "mobile" => Some("mobile"),
            "education" => Some("education"),
            "government" => Some("government"),
            "business" => Some("business"),
            _ => None,
        };
        let of_signal = |category, name| self.verdict.signals.contains(category).then_some(name);
        self.network_type
            .and_then(of_type)
            .or_else(|| of_signal(Category::Hosting, "datacenter"))
            .or_else(|| of_signal(Category::Mobile, "mobile"))
            .or_else(|| of_signal(Category::Education, "education"))
            .or_else(|| of_signal(Category::Government, "government"))
            .or_else(|| of_signal(Category::Business, "business"))
            .or_else(|| self.as_profile?.network_type.as_deref().and_then(of_type))
    }

    /// The AS's name where the AS is known to be an access provider.
    pub(super) fn isp(&self) -> Option<&'a str> {
        let profile = self.as_profile?;
        profile.name.as_deref().filter(|_| profile.network_type.as_deref() == Some("isp"))
    }

    /// Who is told of abuse: of the network, or else of its AS.
    pub(super) fn abuse_contact(&self) -> Option<&'a str> {
        self.abuse_contact.or_else(|| self.as_profile?.abuse_contact.as_deref())
    }

    /// Whether it is used where it was registered, if both are known.
    pub(super) fn is_native(&self) -> Option<bool> {
        Some(self.registration?.country? == self.country?)
    }

    /// What the table says of the country.
    pub(super) fn country_facts(&self) -> Option<&'static Country> {
        country(self.country?)
    }

    /// The country of the delegation.
    pub(super) fn registered_country(&self) -> Option<CountryCode> {
        self.registration?.country
    }
}
