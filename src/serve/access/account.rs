//! Accounts in memory, found by the digest of their key.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::serve::access::key::KeyDigest;
use crate::serve::access::ledger::Ledger;
use crate::serve::access::{AccountRecord, UsageRow};

/// One whose key is good.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) id: u64,
    /// The name of its plan, of which there need not be one.
    pub(super) plan: String,
    digest: KeyDigest,
    ledger: Arc<Mutex<Ledger>>,
}

impl Account {
    /// What it has used; held for as short as can be.
    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        locked(&self.ledger)
    }
}

/// Nothing that holds these locks can leave a half-changed value behind.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Every account whose key is good. Replaced whole when keys change.
#[derive(Debug, Default)]
pub(super) struct Table {
    slots: HashMap<u64, Vec<Arc<Account>>>,
}

impl Table {
    /// The table of what the file says. Who was in `before` keeps their ledger.
    pub(super) fn of(records: Vec<AccountRecord>, before: &Self) -> Self {
        let ledgers = before.accounts().map(|account| (account.id, &account.ledger));
        let ledgers: HashMap<u64, &Arc<Mutex<Ledger>>> = ledgers.collect();
        let mut slots: HashMap<u64, Vec<Arc<Account>>> = HashMap::new();
        for record in records.into_iter().filter(|record| record.revoked.is_none()) {
            let ledger = match ledgers.get(&record.id) {
                Some(ledger) => Arc::clone(ledger),
                None => Arc::new(Mutex::new(Ledger::new())),
            };
            let AccountRecord { id, plan, digest, .. } = record;
            let account = Arc::new(Account { id, plan, digest, ledger });
            slots.entry(digest.slot()).or_default().push(account);
        }
        Self { slots }
    }

    /// Takes over what was stored.
    pub(super) fn restore(&self, rows: &[UsageRow]) {
        let by_id: HashMap<u64, &Arc<Account>> =
            self.accounts().map(|account| (account.id, account)).collect();
        for row in rows {
            // Accounts that were revoked have rows until they are old.
            if let Some(account) = by_id.get(&row.account) {
                account.ledger().restore(&row.edition, row.window);
            }
        }
    }

    /// Whose key has that digest.
    pub(super) fn find(&self, digest: &KeyDigest) -> Option<&Arc<Account>> {
        self.slots.get(&digest.slot())?.iter().find(|account| account.digest.is(digest))
    }

    /// All of them, in no order.
    pub(super) fn accounts(&self) -> impl Iterator<Item = &Arc<Account>> {
        self.slots.values().flatten()
    }
}

#[cfg(test)]
mod tests {
    use crate::serve::access::account::Table;
    use crate::serve::access::{AccountRecord, Key, Limits, Moment};

    fn record(id: u64, key: &Key, revoked: Option<u64>) -> AccountRecord {
        let (name, plan) = (String::new(), "free".to_owned());
        AccountRecord { id, name, plan, digest: key.digest(), created: 0, revoked }
    }

    #[track_caller]
    fn check(table: &Table, key: &Key, expected: Option<u64>) {
        assert_eq!(table.find(&key.digest()).map(|account| account.id), expected);
    }

    #[test]
    fn good_keys_are_found_and_no_others() {
        let [one, two, three] = [0; 3].map(|_: i32| Key::generate().expect("random"));
        let table =
            Table::of(vec![record(1, &one, None), record(2, &two, Some(5))], &Table::default());
        check(&table, &one, Some(1));
        check(&table, &two, None);
        check(&table, &three, None);
    }

    #[test]
    fn digests_that_share_a_slot_are_told_apart() {
        let digests: [[u8; 32]; 2] = std::array::from_fn(|idx| {
            let mut bytes = [7; 32];
            bytes[31] = idx as u8;
            bytes
        });
        let key = Key::generate().expect("random");
        let record = |idx: usize| AccountRecord {
            digest: digests[idx].into(),
            ..record(idx as u64 + 1, &key, None)
        };
        let table = Table::of(vec![record(0), record(1)], &Table::default());
        for (idx, digest) in digests.into_iter().enumerate() {
            let found = table.find(&digest.into()).map(|account| account.id);
            assert_eq!(found, Some(idx as u64 + 1));
        }
    }

    #[test]
    fn what_was_used_outlives_the_table() {
        let key = Key::generate().expect("random");
        let before = Table::of(vec![record(1, &key, None)], &Table::default());
        let admit = |table: &Table| {
            let account = table.find(&key.digest()).expect("there");
            account.ledger().admit(&Limits::default(), Moment(0)).expect("no limit").day.used
        };
        assert_eq!(admit(&before), 1);
        let moved = AccountRecord { plan: "gold".to_owned(), ..record(1, &key, None) };
        let after = Table::of(vec![moved], &before);
        assert_eq!(admit(&after), 2);
        assert_eq!(after.find(&key.digest()).expect("there").plan, "gold");
    }
}
