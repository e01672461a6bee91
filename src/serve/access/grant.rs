//! Leave to be answered.

use std::sync::Arc;

use crate::serve::access::account::Account;
use crate::serve::access::ledger::Share;
use crate::serve::access::{Denial, Group, Moment, Period, Plan, Usage};

/// A request that was let in: whose it is, and what it may cost.
///
/// It is of one moment: the one at which it was let in. What is asked of it later is answered as of then.
#[derive(Clone, Debug)]
pub struct Grant {
    account: Arc<Account>,
    plan: Arc<Plan>,
    now: Moment,
}

impl Grant {
    pub(super) fn new(account: Arc<Account>, plan: Arc<Plan>, now: Moment) -> Self {
        Self { account, plan, now }
    }

    /// The id of the account.
    pub fn account(&self) -> u64 {
        self.account.id
    }

    /// The name of its plan.
    pub fn plan(&self) -> &str {
        &self.plan.name
    }

    /// Whether the plan opens a group.
    pub(super) fn opens(&self, group: Group) -> bool {
        self.plan.groups.contains(&group)
    }

    /// What the account has used, this request included.
    pub fn usage(&self) -> Usage {
        self.account.ledger().usage(&self.plan.limits, self.now)
    }

    /// The running 30 days.
    pub fn period(&self) -> Period {
        Period::of(self.usage().month, self.now)
    }

    /// The most addresses in one batch; `None` if the plan has no such limit.
    pub fn batch_limit(&self) -> Option<u64> {
        self.plan.limits.batch
    }

    /// Counts a request that asks so many questions as that many, in day and month.
    ///
    /// # Errors
    /// If it is more than is left; then the request counts as one.
    pub fn charge_questions(&self, n_questions: u64) -> Result<(), Denial> {
        let n_more = n_questions.saturating_sub(1);
        let charged = self.account.ledger().admit_more(&self.plan.limits, n_more, self.now);
        charged.map_err(Denial::limited)
    }

    /// Takes the request back from day and month, as its answer was 304: who only asks whether something
    /// changed spends no quota, but may not ask faster for that.
    pub fn forgive(&self) {
        self.account.ledger().forgive(self.now);
    }

    /// Counts a body of so many bytes of a file of so many, before it is sent.
    ///
    /// It costs that share of a download of the edition. What has no body (304, HEAD) costs nothing.
    ///
    /// # Errors
    /// If it is more than is left of the day; then nothing is counted.
    pub fn charge_download(&self, edition: &str, n_bytes: u64, size: u64) -> Result<(), Denial> {
        let body = Share::new(n_bytes, size);
        let charged = self.account.ledger().charge(&self.plan.limits, edition, body, self.now);
        charged.map_err(Denial::limited)
    }

    /// Takes back so many bytes of a body that was charged, since the connection broke before them:
    /// who then asks for the rest pays for one download in total.
    pub fn refund_download(&self, edition: &str, n_bytes: u64, size: u64) {
        let unsent = Share::new(n_bytes, size);
        self.account.ledger().refund(edition, unsent, self.now);
    }
}
