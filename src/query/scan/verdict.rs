//! How much of a network is listed, in a word and in sentences.

use crate::feed::Category;
use crate::query::scan::answer::NetworkVerdict;
use crate::query::scan::exact::ratio;
use crate::query::scan::totals::Totals;

/// How many signals the reasons name.
const MAX_NAMED: usize = 3;

impl NetworkVerdict {
    /// Of that many listed addresses of a total; of nothing it is clean.
    pub fn of(listed: u128, total: u128) -> Self {
        // What passes 128 bits passes the total too.
        let is_below = |parts: u128| listed.checked_mul(parts).is_some_and(|listed| listed < total);
        match () {
            () if listed == 0 || is_below(100) => Self::Clean,
            () if is_below(5) => Self::Mixed,
            () if is_below(2) => Self::Risky,
            () => Self::Toxic,
        }
    }

    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Mixed => "mixed",
            Self::Risky => "risky",
            Self::Toxic => "toxic",
        }
    }

    fn bounds(self) -> &'static str {
        match self {
            Self::Clean => "less than 1 %",
            Self::Mixed => "1 % to 20 %",
            Self::Risky => "20 % to 50 %",
            Self::Toxic => "50 % and more",
        }
    }
}

/// Why a network has its verdict, the largest shares first.
pub(super) fn reasons(totals: &Totals, total: u128) -> Vec<String> {
    let verdict = NetworkVerdict::of(totals.listed(), total);
    let share = |count: u128| percent(ratio(count, total));
    let listed = match totals.listed() {
        0 => "no address has".to_owned(),
        listed => format!("{} of the addresses have", share(listed)),
    };
    let (name, bounds) = (verdict.name(), verdict.bounds());
    let mut reasons =
        vec![format!("{listed} a signal of an anonymizer or of abuse: {name} is {bounds}")];
    let mut counted: Vec<(Category, u128)> = Category::ALL
        .iter()
        .filter(|category| category.is_anonymizer() || category.is_abuse())
        .map(|&category| (category, totals.signal(category)))
        .filter(|&(_, count)| count > 0)
        .collect();
    counted.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    for &(category, count) in counted.iter().take(MAX_NAMED) {
        reasons.push(format!("{} have {}", share(count), category.signal()));
    }
    let hosting = totals.signal(Category::Hosting);
    if hosting > 0 {
        reasons.push(format!("{} are hosting, which by itself makes no verdict", share(hosting)));
    }
    if totals.known() < total {
        reasons.push(format!("nothing is known of {}", share(total - totals.known())));
    }
    reasons
}

/// A ratio from 0 to 1 as text in percent, to a tenth.
pub fn percent(ratio: f64) -> String {
    match ratio * 100.0 {
        percent if percent > 0.0 && percent < 0.1 => "< 0.1 %".to_owned(),
        percent if percent > 99.9 && percent < 100.0 => "> 99.9 %".to_owned(),
        percent => {
            let text = format!("{percent:.1}");
            format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::Category;
    use crate::query::scan::NetworkVerdict;
    use crate::query::scan::facts::Facts;
    use crate::query::scan::totals::Totals;
    use crate::query::scan::verdict::{percent, reasons};

    #[track_caller]
    fn check(listed: u128, total: u128, expected: NetworkVerdict) {
        assert_eq!(NetworkVerdict::of(listed, total), expected);
    }

    #[test]
    fn verdicts_begin_where_scoring_says() {
        check(0, 0, NetworkVerdict::Clean);
        check(0, 256, NetworkVerdict::Clean);
        check(99, 10_000, NetworkVerdict::Clean);
        check(100, 10_000, NetworkVerdict::Mixed);
        check(1999, 10_000, NetworkVerdict::Mixed);
        check(2000, 10_000, NetworkVerdict::Risky);
        check(4999, 10_000, NetworkVerdict::Risky);
        check(5000, 10_000, NetworkVerdict::Toxic);
        check(u128::MAX, u128::MAX, NetworkVerdict::Toxic);
        check(u128::MAX / 101, u128::MAX, NetworkVerdict::Clean);
    }

    #[test]
    fn shares_are_told_shortly() {
        let texts = [0.0, 0.0001, 0.25, 0.256, 0.9999, 1.0].map(percent);
        let expected = ["0 %", "< 0.1 %", "25 %", "25.6 %", "> 99.9 %", "100 %"];
        assert_eq!(texts, expected);
    }

    #[test]
    fn hosting_is_told_and_makes_no_verdict() {
        let mut totals = Totals::NONE;
        let of = |category| Facts { signals: [category].into_iter().collect(), ..Facts::default() };
        totals.add(of(Category::Hosting), 192);
        totals.add(of(Category::Vpn), 32);
        let expected = [
            "12.5 % of the addresses have a signal of an anonymizer or of abuse: mixed is 1 % to 20 %",
            "12.5 % have is_vpn",
            "75 % are hosting, which by itself makes no verdict",
            "nothing is known of 12.5 %",
        ];
        assert_eq!(reasons(&totals, 256), expected);
    }
}
