//! Scores and claims in English, a sentence for each thing to say.

use std::fmt::Write as _;

use crate::feed::Category;
use crate::query::Known;
use crate::query::views::ThreatStatus;
use crate::query::views::breakdown::{scored, stands};
use crate::score::{Claim, Explanation, FloorOutcome, Mover, Override, Replacement, Standing, Via};

/// At most so many feeds are named for one category.
const N_NAMED: usize = 3;

/// What threat, confidence and risk mean together.
pub(super) fn risk(threat: u8, confidence: u8, risk: u8) -> String {
    if threat == 0 {
        return "No feed says anything of this address that counts against it.".to_owned();
    }
    let gravity = match ThreatStatus::of(threat) {
        ThreatStatus::Safe => "What feeds say of this address is of little weight",
        ThreatStatus::Suspicious => "What feeds say of this address gives reason to look closer",
        ThreatStatus::Malicious => "What feeds say of this address is grave",
    };
    let certainty = match confidence {
        0..40 => "the evidence is weak",
        40..75 => "the evidence is fair",
        _ => "the evidence is strong",
    };
    let advice = match ThreatStatus::of(risk) {
        ThreatStatus::Safe => "nothing need be done",
        ThreatStatus::Suspicious => "ask for proof where much is at stake",
        ThreatStatus::Malicious => "turn it away where you can",
    };
    format!(
        "{gravity} (threat {threat} of 100), and {certainty} (confidence {confidence}). \
         Together that is a risk of {risk} of 100: {advice}."
    )
}

/// Who says what of an address, what does not count, and what moved the score.
pub(super) fn claims(explanation: &Explanation<String>, known: &Known<'_>) -> String {
    let mut text = String::new();
    for effect in &explanation.effects {
        let counting: Vec<_> = effect.claims.iter().filter(|claim| stands(claim)).collect();
        if let Some(first) = counting.first() {
            push(
                &mut text,
                &format!("{} by {}.", said(effect.category), sources(&counting, first)),
            );
        }
    }
    if let Some(bot) = known.bot {
        let name = bot.name.or(bot.id).unwrap_or("a crawler");
        match bot.operator {
            Some(operator) => push(&mut text, &format!("It is {name} of {operator}.")),
            None => push(&mut text, &format!("It is {name}.")),
        }
    }
    for (effect, claim) in scored(explanation) {
        let because = match claim.standing {
            Standing::SuppressedBy(Replacement::PrivateRelay) => "for it is a private relay",
            Standing::SuppressedBy(Replacement::Tor) => "for it is a Tor exit",
            _ => continue,
        };
        let (feed, category) = (&claim.feed, effect.category);
        push(&mut text, &format!("That {feed} has it as {category} does not count, {because}."));
    }
    for rule in explanation.overrides.iter() {
        if let Some(sentence) = ruled(rule) {
            push(&mut text, sentence);
        }
    }
    let floor = explanation.adjustments.iter().find_map(|adjustment| match adjustment.by {
        Mover::Floor(category) => Some(category),
        Mover::Override(_) => None,
    });
    let applied = |floor: &&crate::score::ConsideredFloor| floor.outcome == FloorOutcome::Applied;
    if let (Some(category), Some(floor)) = (floor, explanation.floors.iter().find(applied)) {
        let floor = floor.floor;
        push(&mut text, &format!("The score is raised to {floor}, the floor of {category}."));
    }
    if text.is_empty() {
        text.push_str("Nothing is claimed of this address.");
    }
    text
}

fn push(text: &mut String, sentence: &str) {
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(sentence);
}

/// What a category says, up to the feeds that say it.
fn said(category: Category) -> &'static str {
    use Category as C;
    match category {
        C::TorExit => "Listed as a Tor exit",
        C::TorRelay => "Listed as a Tor relay",
        C::Proxy => "Listed as a public proxy",
        C::ResidentialProxy => "Listed in a residential proxy pool",
        C::MobileProxy => "Listed in a mobile proxy pool",
        C::Vpn => "Listed as a VPN's",
        C::Relay => "Listed as a private relay's",
        C::Hosting => "Listed as a hosting provider's",
        C::Spam => "Listed for spam",
        C::Attacker => "Listed for attacks",
        C::Drop => "Listed as part of a hijacked or criminal network",
        C::C2 => "Listed as a command-and-control server",
        C::Botnet => "Listed as a bot of a botnet",
        C::Malware => "Listed for serving malware",
        _ => "Listed",
    }
}

/// `a (today), b (3 days ago, by its AS) and 2 more`.
fn sources(claims: &[&Claim<String>], first: &Claim<String>) -> String {
    let mut text = source(first);
    for claim in claims.iter().skip(1).take(N_NAMED - 1) {
        let _ = write!(text, ", {}", source(claim));
    }
    match claims.len().saturating_sub(N_NAMED) {
        0 => {}
        n_more => {
            let _ = write!(text, " and {n_more} more");
        }
    }
    text
}

fn source(claim: &Claim<String>) -> String {
    let age = match claim.age_days {
        0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        days => format!("{days} days ago"),
    };
    let way = match claim.via {
        Via::Prefix => "",
        Via::Asn => ", by its AS",
        Via::Country => ", by its country",
    };
    format!("{} ({age}{way})", claim.feed)
}

fn ruled(rule: Override) -> Option<&'static str> {
    Some(match rule {
        Override::TrustedInfrastructure => {
            "It is trusted infrastructure, so claims of abuse and hosting count a tenth."
        }
        Override::SharedAddress => "Many people share it, so claims of abuse count half.",
        Override::OperatorDeny => "The operator denies it.",
        Override::OperatorAllow => "The operator allows it.",
        Override::VerifiedBot => "As a verified crawler it scores at most 10.",
        Override::PrivateRelay => "As a private relay it scores at most 20.",
        Override::RelayReplacesVpn | Override::TorReplacesVpn | Override::DropOrC2 => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::feed::Category::{Attacker, Bot, Hosting, Relay, Spam, TorExit, Trusted, Vpn};
    use crate::query::views::Threat;
    use crate::query::views::fixture::Case;

    #[track_caller]
    fn check(case: &Case, risk: &str, claims: &str) {
        case.ask(|explained, known| {
            let threat = Threat::of(explained, known).expect("there is a manifest");
            assert_eq!(threat.risk_summary, risk);
            assert_eq!(threat.summary, claims);
        });
    }

    #[test]
    fn nothing_claimed_is_said_in_a_sentence() {
        check(
            &Case::default(),
            "No feed says anything of this address that counts against it.",
            "Nothing is claimed of this address.",
        );
    }

    #[test]
    fn a_summary_says_who_says_what() {
        let case = Case::default()
            .claim(TorExit, 980, 0)
            .claim(Spam, 700, 3)
            .claim(Attacker, 700, 1)
            .claim(Vpn, 750, 0)
            .by_asn();
        check(
            &case,
            "What feeds say of this address is grave (threat 85 of 100), and the evidence is \
             strong (confidence 98). Together that is a risk of 83 of 100: turn it away where you \
             can.",
            "Listed as a Tor exit by tor_exit-0 (today). Listed for spam by spam-1 (3 days ago). \
             Listed for attacks by attacker-2 (yesterday). That vpn-3 has it as vpn does not \
             count, for it is a Tor exit. The score is raised to 90, the floor of tor_exit.",
        );
    }

    #[test]
    fn a_summary_names_what_moved_the_score() {
        let case = Case::default().claim(Hosting, 950, 0).by_asn().claim(Bot, 1000, 0);
        check(
            &case,
            "What feeds say of this address is of little weight (threat 10 of 100), and the \
             evidence is fair (confidence 57). Together that is a risk of 4 of 100: nothing need \
             be done.",
            "Listed as a hosting provider's by hosting-0 (today, by its AS). It is ChatGPT-User \
             of OpenAI. As a verified crawler it scores at most 10.",
        );
        let relay = Case::default().claim(Relay, 990, 0).claim(Vpn, 900, 0);
        check(
            &relay,
            "What feeds say of this address is of little weight (threat 5 of 100), and the \
             evidence is strong (confidence 99). Together that is a risk of 4 of 100: nothing need \
             be done.",
            "Listed as a private relay's by relay-0 (today). That vpn-1 has it as vpn does not \
             count, for it is a private relay. As a private relay it scores at most 20.",
        );
    }

    #[test]
    fn of_many_feeds_three_are_named() {
        let mut case = Case::default().claim(Trusted, 1000, 0);
        for reliability in [900, 800, 700, 600, 500] {
            case = case.claim(Spam, reliability, 0);
        }
        case.ask(|explained, known| {
            let summary = Threat::of(explained, known).expect("there is a manifest").summary;
            assert_eq!(
                summary,
                "Listed for spam by spam-1 (today), spam-2 (today), spam-3 (today) and 2 more. It \
                 is trusted infrastructure, so claims of abuse and hosting count a tenth."
            );
        });
    }
}
