//! Plans: which groups of routes a key opens, and how much of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::serve::access::Span;

/// Routes that a plan names together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// What there is to download.
    List,
    /// Databases.
    Download,
    /// What leads from one version to another.
    Delta,
    /// The routes of geoipupdate and its like.
    Update,
    /// The plain files of the store.
    Store,
    /// What a key has used.
    Account,
    /// Questions about one address.
    Lookup,
    /// Questions about many addresses at once.
    Batch,
    /// Questions about any prefix or range.
    Scan,
    /// Questions about networks as they are announced and registered.
    Network,
    /// What was said on another day, and what changed.
    History,
    /// Watched addresses and webhooks.
    Watch,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 12] = [
        Self::List,
        Self::Download,
        Self::Delta,
        Self::Update,
        Self::Store,
        Self::Account,
        Self::Lookup,
        Self::Batch,
        Self::Scan,
        Self::Network,
        Self::History,
        Self::Watch,
    ];

    /// The word in `plans.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Download => "download",
            Self::Delta => "delta",
            Self::Update => "update",
            Self::Store => "store",
            Self::Account => "account",
            Self::Lookup => "lookup",
            Self::Batch => "batch",
            Self::Scan => "scan",
            Self::Network => "network",
            Self::History => "history",
            Self::Watch => "watch",
        }
    }
}

/// How much a plan allows; `None` is as much as there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Requests.
    pub per_second: Option<u64>,
    /// Requests.
    pub per_minute: Option<u64>,
    /// Requests in 24 hours.
    pub per_day: Option<u64>,
    /// Requests in 30 days.
    pub per_month: Option<u64>,
    /// Addresses in one batch.
    pub batch: Option<u64>,
    /// Downloads of one edition in 24 hours.
    pub downloads_per_day: Option<u64>,
}

impl Limits {
    /// How many requests are allowed in such a time.
    pub fn requests(&self, span: Span) -> Option<u64> {
        match span {
            Span::Second => self.per_second,
            Span::Minute => self.per_minute,
            Span::Day => self.per_day,
            Span::Month => self.per_month,
        }
    }
}

/// What the keys on it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What it is called.
    pub name: String,
    /// What it opens.
    pub groups: BTreeSet<Group>,
    /// How much of that.
    pub limits: Limits,
}

/// Every plan there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plans {
    default: Arc<Plan>, // invariant: one of `by_name`
    upgrade_hint: Option<String>,
    by_name: BTreeMap<String, Arc<Plan>>,
}

impl Plans {
    /// The name of the one plan there is where no file says otherwise.
    const UNLIMITED: &str = "unlimited";

    /// `None` if none of the plans has the default's name.
    pub(super) fn new(default: &str, hint: Option<String>, plans: Vec<Plan>) -> Option<Self> {
        let named = |plan: Plan| (plan.name.clone(), Arc::new(plan));
        let by_name: BTreeMap<_, _> = plans.into_iter().map(named).collect();
        Some(Self { default: by_name.get(default)?.clone(), upgrade_hint: hint, by_name })
    }

    /// The plan that a name means.
    pub fn get(&self, name: &str) -> Option<&Arc<Plan>> {
        self.by_name.get(name)
    }

    /// The plan of keys that are made without naming one.
    pub fn default_plan(&self) -> &Plan {
        &self.default
    }

    /// Their names, sorted.
    pub fn names(&self) -> Vec<String> {
        self.by_name.keys().cloned().collect()
    }

    /// The names of the plans that open a group, sorted.
    pub fn opening(&self, group: Group) -> Vec<String> {
        let opens = |plan: &&Arc<Plan>| plan.groups.contains(&group);
        self.by_name.values().filter(opens).map(|plan| plan.name.clone()).collect()
    }

    /// What to tell those whose plan is not enough.
    pub fn upgrade_hint(&self) -> Option<&str> {
        self.upgrade_hint.as_deref()
    }
}

impl Default for Plans {
    /// One plan, of which there is no end.
    fn default() -> Self {
        let name = Self::UNLIMITED.to_owned();
        let groups = Group::ALL.into_iter().collect();
        let plan = Plan { name, groups, limits: Limits::default() };
        Self::new(Self::UNLIMITED, None, vec![plan]).expect("it is the one plan")
    }
}
