//! Why a request is not answered.

use std::fmt;

use http::StatusCode;

use crate::serve::access::credential::Invalid;
use crate::serve::access::ledger::{Limited, Refused};
use crate::serve::access::{Group, Plans, Span, Usage};

/// `error` of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DenialCode {
    /// There is no key.
    MissingApiKey,
    /// There is one, and it opens nothing.
    InvalidApiKey,
    /// Its plan does not open this.
    PlanRequired,
    /// 403: the plan opens the route, and not all that can be asked of it.
    PlanUpgradeRequired,
    /// Too many in a second or a minute.
    RateLimited,
    /// Too many in a day or a month, or too many downloads.
    LimitExceeded,
}

impl DenialCode {
    /// The word in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::MissingApiKey => "missing_api_key",
            Self::InvalidApiKey => "invalid_api_key",
            Self::PlanRequired => "plan_required",
            Self::PlanUpgradeRequired => "plan_upgrade_required",
            Self::RateLimited => "rate_limited",
            Self::LimitExceeded => "limit_exceeded",
        }
    }

    /// The status of answers.
    pub fn status(self) -> StatusCode {
        match self {
            Self::MissingApiKey | Self::InvalidApiKey => StatusCode::UNAUTHORIZED,
            Self::PlanRequired | Self::PlanUpgradeRequired => StatusCode::FORBIDDEN,
            Self::RateLimited | Self::LimitExceeded => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

/// A refusal, with what to do about it. Holds nothing that the client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Which one.
    pub code: DenialCode,
    /// What, and what to do: one line, short enough for clients that show the first 256 bytes.
    pub message: String,
    /// Seconds after which the same request will be answered.
    pub retry_after: Option<u64>,
    /// Of a plan that is not enough: those that are.
    pub allowed_plans: Vec<String>,
    /// Of a plan that is not enough: what the operator says to that.
    pub upgrade_hint: Option<String>,
    /// Of a limit that is reached: what was used.
    pub usage: Option<Box<Usage>>,
}

impl Denial {
    fn new(code: DenialCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code,
            message,
            retry_after: None,
            allowed_plans: Vec::new(),
            upgrade_hint: None,
            usage: None,
        }
    }

    pub(super) fn missing_key() -> Self {
        let message = "this takes an API key; send it as X-API-Key, as Authorization: Bearer, or as \
                       the password of Basic";
        Self::new(DenialCode::MissingApiKey, message)
    }

    pub(super) fn invalid(why: Invalid) -> Self {
        let message = match why {
            Invalid::Malformed => "what was sent is no API key; one begins with ipm_",
            Invalid::Scheme => {
                "Authorization takes Bearer and a key, or Basic with a key as password"
            }
            Invalid::Several => "several API keys were sent, and not the same; send one",
        };
        Self::new(DenialCode::InvalidApiKey, message)
    }

    pub(super) fn unknown_key() -> Self {
        Self::new(DenialCode::InvalidApiKey, "the API key is unknown or was revoked")
    }

    /// The operator's mistake, and the client's loss.
    pub(super) fn unknown_plan(plans: &Plans, account: u64, plan: &str, group: Group) -> Self {
        let message = format!(
            "account {account} is on plan `{}`, which plans.toml does not have; ask the operator",
            plan.escape_debug()
        );
        Self::plan_required(plans, group, message)
    }

    pub(super) fn closed_group(plans: &Plans, plan: &str, group: Group) -> Self {
        let message = format!("plan `{}` does not open `{}`", plan.escape_debug(), group.name());
        Self::plan_required(plans, group, message)
    }

    pub(super) fn no_part(plans: &Plans, plan: &str, group: Group) -> Self {
        let closed = Self::closed_group(plans, plan, group);
        Self { code: DenialCode::PlanUpgradeRequired, ..closed }
    }

    fn plan_required(plans: &Plans, group: Group, message: String) -> Self {
        let allowed_plans = plans.opening(group);
        let upgrade_hint = plans.upgrade_hint().map(str::to_owned);
        Self { allowed_plans, upgrade_hint, ..Self::new(DenialCode::PlanRequired, message) }
    }

    pub(super) fn limited(refused: Refused) -> Self {
        let Refused { what, allowed, wait } = refused;
        let (code, what) = match what {
            Limited::Requests(span) => {
                let code = match span {
                    Span::Second | Span::Minute => DenialCode::RateLimited,
                    Span::Day | Span::Month => DenialCode::LimitExceeded,
                };
                (code, format!("{allowed} requests a {}", span.name()))
            }
            Limited::Downloads(edition) => {
                let edition = edition.escape_debug();
                (DenialCode::LimitExceeded, format!("{allowed} downloads of `{edition}` a day"))
            }
        };
        let message = format!("{what} are allowed, and used; try again in {wait} s");
        Self { retry_after: Some(wait), ..Self::new(code, message) }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use crate::serve::access::credential::Invalid;
    use crate::serve::access::ledger::{Limited, Refused};
    use crate::serve::access::{Denial, Group, Plans, Span};

    #[track_caller]
    fn check(denial: &Denial, code: &str, status: u16, retry_after: Option<u64>) {
        assert_eq!((denial.code.name(), denial.code.status().as_u16()), (code, status));
        assert!(denial.message.len() <= 256, "{denial}");
        assert_eq!(denial.retry_after, retry_after);
    }

    #[test]
    fn codes_are_those_of_the_interface() {
        check(&Denial::missing_key(), "missing_api_key", 401, None);
        check(&Denial::unknown_key(), "invalid_api_key", 401, None);
        for why in [Invalid::Malformed, Invalid::Scheme, Invalid::Several] {
            check(&Denial::invalid(why), "invalid_api_key", 401, None);
        }
        let plans = Plans::default();
        check(&Denial::closed_group(&plans, "free", Group::Scan), "plan_required", 403, None);
        for (what, code) in [
            (Limited::Requests(Span::Second), "rate_limited"),
            (Limited::Requests(Span::Minute), "rate_limited"),
            (Limited::Requests(Span::Day), "limit_exceeded"),
            (Limited::Requests(Span::Month), "limit_exceeded"),
            (Limited::Downloads("asn".to_owned()), "limit_exceeded"),
        ] {
            let denial = Denial::limited(Refused { what, allowed: 10, wait: 7 });
            check(&denial, code, 429, Some(7));
        }
    }

    #[test]
    fn a_plan_that_is_not_enough_names_those_that_are() {
        let text = "default = 'a'\nupgrade_hint = 'ask us'\nplan.a.endpoints = 'list'\n\
                    plan.b.endpoints = '*'\nplan.c.endpoints = 'scan'";
        let plans = Plans::from_toml("plans.toml", text).expect("good");
        let denial = Denial::closed_group(&plans, "a", Group::Scan);
        assert_eq!(denial.message, "plan `a` does not open `scan`");
        assert_eq!(denial.allowed_plans, ["b", "c"]);
        assert_eq!(denial.upgrade_hint.as_deref(), Some("ask us"));
        let unknown = Denial::unknown_plan(&plans, 7, "gone", Group::Scan);
        assert!(unknown.message.contains("account 7 is on plan `gone`"), "{unknown}");
    }
}
