//! An explanation as people read it.

use std::fmt::Write as _;

use crate::cli::past;
use crate::cli::table::{Side, Table, percent};
use crate::feed::Category;
use crate::mmdb::Value;
use crate::query::history::Snapshot;
use crate::query::{Attribution, Explained};
use crate::score::{Claim, Explanation, FloorOutcome, Mover, Override, Standing, Via};

/// The verdict in a sentence, the claims, then what moved the score.
pub(super) fn text(explained: &Explained, snapshot: Option<&Snapshot>) -> String {
    let answer = &explained.answer;
    let when = snapshot.map(past::said).unwrap_or_default();
    let mut text = format!("{}  ({}){when}\n", answer.ip, answer.network);
    if let Some(release) = &explained.release {
        let _ = writeln!(text, "{}", verdict(&release.explanation));
        text.push_str(&claims(&explained.claims, &release.explanation));
        text.push_str(&movements(&release.explanation));
        let _ = writeln!(text, "\nrelease {}", release.version);
    } else {
        let threat = answer.record.as_ref().and_then(|record| record.get("threat"));
        let score = threat.and_then(|threat| threat.get("score")).and_then(Value::as_unsigned);
        if let Some(score) = score {
            let _ = writeln!(text, "score {score}");
        }
        text.push_str(&claims_alone(&explained.claims));
        if let Some(snapshot) = snapshot {
            let _ = writeln!(text, "release {} is not in the store any more", snapshot.version);
        }
    }
    text
}

fn verdict(explanation: &Explanation<String>) -> String {
    let Explanation { score, risk_level, recommendation, confidence, sources, .. } = explanation;
    let head =
        format!("Score {score} of 100, {} risk: {}.", risk_level.name(), recommendation.name());
    if explanation.overrides.contains(Override::OperatorDeny) {
        return format!("{head} The operator denies it, whatever feeds say.");
    }
    if explanation.overrides.contains(Override::OperatorAllow) {
        return format!("{head} The operator allows it, whatever feeds say.");
    }
    let mut strongest: Vec<_> =
        explanation.effects.iter().filter(|effect| effect.effect_ppm > 0).collect();
    strongest.sort_by_key(|effect| std::cmp::Reverse(effect.effect_ppm));
    let names: Vec<&str> = strongest.iter().map(|effect| effect.category.name()).collect();
    if names.is_empty() {
        let plain: Vec<&str> =
            explanation.plain.iter().map(|claim| claim.category.name()).collect();
        return match plain.as_slice() {
            [] => format!("{head} No feed claims anything of it."),
            plain => format!("{head} Listed as {}, which is not scored.", listed(plain)),
        };
    }
    let groups = if *sources == 1 { "source" } else { "independent sources" };
    let mut text = format!(
        "{head} Listed as {} by {sources} {groups}, confidence {confidence}.",
        listed(&names)
    );
    for adjustment in &explanation.adjustments {
        let by = mover(adjustment.by);
        let verb = if adjustment.effect_ppm < 0 { "takes" } else { "adds" };
        let points = points(adjustment.effect_ppm.unsigned_abs());
        let _ = write!(text, " The {by} {verb} {points}.");
    }
    text
}

/// `a`, `a and b`, `a, b and c`; each once.
fn listed(names: &[&str]) -> String {
    let mut once: Vec<&str> = Vec::new();
    for name in names {
        if !once.contains(name) {
            once.push(name);
        }
    }
    match once.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

const COLUMNS: [(&str, Side); 9] = [
    ("category", Side::Left),
    ("feed", Side::Left),
    ("provider", Side::Left),
    ("listed", Side::Left),
    ("via", Side::Left),
    ("age", Side::Right),
    ("confidence", Side::Right),
    ("effect", Side::Right),
    ("", Side::Left),
];

fn claims(attributions: &[Attribution], explanation: &Explanation<String>) -> String {
    let mut table = Table::new(&COLUMNS);
    for effect in &explanation.effects {
        for claim in &effect.claims {
            let counted =
                [percent(u64::from(claim.strength_ppm)), points(claim.effect_ppm), standing(claim)];
            let who = (effect.category, claim.feed.as_str(), claim.via, claim.age_days);
            table.row(row(attributions, who, counted));
        }
    }
    for claim in &explanation.plain {
        let not_scored = [String::new(), String::new(), "not scored".to_owned()];
        let who = (claim.category, claim.feed.as_str(), claim.via, claim.age_days);
        table.row(row(attributions, who, not_scored));
    }
    if table.is_empty() { String::new() } else { format!("\n{table}") }
}

/// A claim's row: what scoring knows of it, with provider and network from the record.
fn row(
    attributions: &[Attribution],
    (category, feed, via, age_days): (Category, &str, Via, u16),
    [confidence, effect, standing]: [String; 3],
) -> [String; 9] {
    let attribution = attributions.iter().find(|a| {
        (a.category.as_str(), a.feed.as_str(), a.via, a.age_days)
            == (category.name(), feed, via, age_days)
    });
    [
        category.name().to_owned(),
        feed.to_owned(),
        attribution.map(label).unwrap_or_default(),
        attribution.and_then(|a| a.network.clone()).unwrap_or_default(),
        via.name().to_owned(),
        days(age_days),
        confidence,
        effect,
        standing,
    ]
}

fn claims_alone(attributions: &[Attribution]) -> String {
    if attributions.is_empty() {
        return "no feed claims anything of it\n".to_owned();
    }
    let mut table = Table::new(&COLUMNS);
    for attribution in attributions {
        let suppressed = attribution.suppressed_by.as_deref();
        table.row([
            attribution.category.clone(),
            attribution.feed.clone(),
            label(attribution),
            attribution.network.clone().unwrap_or_default(),
            attribution.via.name().to_owned(),
            days(attribution.age_days),
            String::new(),
            String::new(),
            suppressed.map(|by| format!("replaced by {by}")).unwrap_or_default(),
        ]);
    }
    format!(
        "\n{table}\nclaims only: without a release's manifest the score cannot be worked out again\n"
    )
}

fn label(attribution: &Attribution) -> String {
    match (&attribution.provider, &attribution.service) {
        (Some(provider), Some(service)) => format!("{provider} ({service})"),
        (Some(label), None) | (None, Some(label)) => label.clone(),
        (None, None) => String::new(),
    }
}

fn movements(explanation: &Explanation<String>) -> String {
    let mut lines = vec![("base".to_owned(), points(explanation.base_ppm))];
    for floor in &explanation.floors {
        let outcome = match floor.outcome {
            FloorOutcome::Applied => "applied".to_owned(),
            FloorOutcome::Exceeded => "no higher than what stands already".to_owned(),
            FloorOutcome::Unsure => "not held: confidence below a half".to_owned(),
            FloorOutcome::NotByPrefix => "not held: only through the AS or country".to_owned(),
            FloorOutcome::WithheldBy(rule) => format!("withheld by {}", rule.name()),
        };
        let name = format!("floor {} of {}", floor.floor, floor.category.name());
        lines.push((name, outcome));
    }
    for rule in explanation.overrides.iter() {
        lines.push(("override".to_owned(), rule.name().to_owned()));
    }
    for signal in &explanation.withheld_signals {
        let by = format!("withheld by {}", signal.by.name());
        lines.push((signal.category.signal().to_owned(), by));
    }
    for adjustment in &explanation.adjustments {
        let sign = if adjustment.effect_ppm < 0 { '-' } else { '+' };
        let points = points(adjustment.effect_ppm.unsigned_abs());
        lines.push((mover(adjustment.by), format!("{sign}{points}")));
    }
    lines.push(("final".to_owned(), points(explanation.final_ppm)));
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let line = |(name, value): &(String, String)| format!("{name:<width$}  {value}\n");
    format!("\n{}", lines.iter().map(line).collect::<String>())
}

fn mover(mover: Mover) -> String {
    match mover {
        Mover::Floor(category) => format!("floor of {}", category.name()),
        Mover::Override(rule) => format!("rule {}", rule.name()),
    }
}

fn standing(claim: &Claim<String>) -> String {
    match &claim.standing {
        Standing::Counted => String::new(),
        Standing::Repeats(feed) => format!("repeats {feed}"),
        Standing::SuppressedBy(by) => format!("replaced by {}", by.name()),
        Standing::Expired => "expired".to_owned(),
        Standing::Weightless => "counts for nothing".to_owned(),
    }
}

fn days(days: u16) -> String {
    format!("{days} d")
}

/// Parts per million of the whole score as points of 100: `70.56`.
fn points(ppm: u32) -> String {
    format!("{}.{:02}", ppm / 10_000, ppm % 10_000 / 100)
}

#[cfg(test)]
mod tests {
    use crate::cli::explain_text::{claims, listed, movements, points, verdict};
    use crate::feed::Category;
    use crate::score::{Assessor, Evidence, Explanation, Policy, Via, Witness};

    fn explanation(claims: &[(Category, u16)]) -> Explanation<String> {
        let witness = |(idx, &(_, reliability))| Witness { reliability, group: idx as u32 };
        let witnesses: Vec<Witness> = (0..).zip(claims).map(witness).collect();
        let evidence =
            |(feed, &(category, _))| Evidence { category, feed, via: Via::Prefix, age_days: 0 };
        let evidence: Vec<Evidence> = (0..).zip(claims).map(evidence).collect();
        let policy = Policy::default();
        let explanation = Assessor::new(&policy, &witnesses).explain(&evidence);
        explanation.with_feeds(|feed| format!("feed-{feed}"))
    }

    #[track_caller]
    fn check(claims: &[(Category, u16)], expected: &str) {
        assert_eq!(verdict(&explanation(claims)), expected);
    }

    #[test]
    fn a_verdict_is_a_sentence() {
        check(&[], "Score 0 of 100, low risk: allow. No feed claims anything of it.");
        check(
            &[(Category::Vpn, 750), (Category::Hosting, 750)],
            "Score 65 of 100, high risk: challenge. Listed as vpn and hosting by 2 independent \
             sources, confidence 75. The floor of vpn adds 28.79.",
        );
        check(
            &[(Category::Anycast, 1000)],
            "Score 0 of 100, low risk: allow. Listed as anycast, which is not scored.",
        );
        check(
            &[(Category::Vpn, 750), (Category::Allow, 1000)],
            "Score 0 of 100, low risk: allow. The operator allows it, whatever feeds say.",
        );
    }

    #[test]
    fn claims_and_movements_are_listed() {
        let explanation = explanation(&[(Category::Vpn, 750), (Category::Hosting, 750)]);
        let expected = "\ncategory  feed    via     age  confidence  effect\n\
                        vpn       feed-0  prefix  0 d     75.00 %   26.25\n\
                        hosting   feed-1  prefix  0 d     75.00 %    9.95\n";
        assert_eq!(claims(&[], &explanation), expected);
        let text = movements(&explanation);
        assert!(
            text.starts_with("\nbase                 36.20\nfloor 65 of vpn      applied\n"),
            "{text}"
        );
        assert!(text.ends_with("final                65.00\n"), "{text}");
    }

    #[test]
    fn words_and_numbers() {
        assert_eq!(listed(&["a", "b", "a", "c"]), "a, b and c");
        assert_eq!(points(1_000_000), "100.00");
        assert_eq!(points(705_600), "70.56");
    }
}
