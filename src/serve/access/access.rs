//! The door: a request's headers and query in, a grant or a denial out.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use http::HeaderMap;

use crate::serve::access::account::locked;
use crate::serve::access::credential::{Credential, find};
use crate::serve::access::keeper::{Keeper, Shared, Work};
use crate::serve::access::{AccessError, Denial, Grant, Group, KeyFile, Moment, Plans};

/// Keys, plans and what was used of them. A clone is the same door.
#[derive(Clone, Debug)]
pub struct Access {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    plans: ArcSwap<Plans>,
    plans_path: Option<PathBuf>,
    keeper: Mutex<Option<Keeper>>,
}

impl Access {
    /// Reads keys and plans; without a file of plans there is one, of which there is no end.
    ///
    /// One server has a file of keys at a time: two would each count alone.
    pub fn open(keys: &Path, plans: Option<&Path>) -> Result<Self, AccessError> {
        let read = read_plans(plans)?;
        let work = Work::begin(KeyFile::open(keys)?)?;
        let inner = Inner {
            shared: work.shared(),
            plans: ArcSwap::from_pointee(read),
            plans_path: plans.map(Path::to_owned),
            keeper: Mutex::new(Some(Keeper::start(work)?)),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Reads the plans again; if they are wrong, those from before stay.
    pub fn reload_plans(&self) -> Result<(), AccessError> {
        let plans = read_plans(self.inner.plans_path.as_deref())?;
        self.inner.plans.store(Arc::new(plans));
        Ok(())
    }

    /// Whether a request may be answered; if so, it is counted.
    ///
    /// Takes about a microsecond, and never waits for the disk.
    pub fn admit(
        &self,
        headers: &HeaderMap,
        query: Option<&str>,
        group: Group,
    ) -> Result<Grant, Denial> {
        self.admit_at(headers, query, group, Moment::now())
    }

    /// Whether a request that was let in may ask for what belongs to another group than its route.
    ///
    /// # Errors
    /// `plan_upgrade_required` if its plan does not open that.
    pub fn opens(&self, grant: &Grant, group: Group) -> Result<(), Denial> {
        if grant.opens(group) {
            return Ok(());
        }
        Err(Denial::no_part(&self.inner.plans.load(), grant.plan(), group))
    }

    fn admit_at(
        &self,
        headers: &HeaderMap,
        query: Option<&str>,
        group: Group,
        now: Moment,
    ) -> Result<Grant, Denial> {
        let key = match find(headers, query) {
            Credential::Key(key) => key,
            Credential::Missing => return Err(Denial::missing_key()),
            Credential::Invalid(why) => return Err(Denial::invalid(why)),
        };
        let table = self.inner.shared.table.load();
        let account = table.find(&key.digest()).ok_or_else(Denial::unknown_key)?;
        let plans = self.inner.plans.load();
        let plan = plans
            .get(&account.plan)
            .ok_or_else(|| Denial::unknown_plan(&plans, account.id, &account.plan, group))?;
        if !plan.groups.contains(&group) {
            return Err(Denial::closed_group(&plans, &plan.name, group));
        }
        let mut ledger = account.ledger();
        let usage = ledger.admit(&plan.limits, now).map_err(|refused| {
            let usage = Some(Box::new(ledger.usage(&plan.limits, now)));
            Denial { usage, ..Denial::limited(refused) }
        });
        drop(ledger);
        usage?;
        Ok(Grant::new(Arc::clone(account), Arc::clone(plan), now))
    }

    /// Why usage is not written or keys are not read, if so. Requests are answered all the same, and
    /// it is tried again twice a second.
    pub fn trouble(&self) -> Option<String> {
        self.inner.shared.trouble()
    }

    /// Writes what is not written yet, and lets go of the file; the last clone to go does the same.
    /// [`Access::trouble`] then tells if something could not be written.
    pub fn close(&self) {
        // Taken out first, so that the lock is not held while the thread ends.
        let keeper = locked(&self.inner.keeper).take();
        drop(keeper);
    }
}

fn read_plans(path: Option<&Path>) -> Result<Plans, AccessError> {
    path.map_or_else(|| Ok(Plans::default()), Plans::open)
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
