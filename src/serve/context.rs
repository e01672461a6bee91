//! What every request of a server is answered from.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::{ArcSwapOption, Guard};

use crate::query::history::Past;
use crate::serve::Turns;
use crate::serve::access::{Access, AddressLimits};
use crate::serve::catalogue::{Catalogue, Differences};
use crate::serve::metrics::Metrics;
use crate::serve::reply::{Audience, Problem, Recall};

/// The state of a server, shared by all its requests.
pub struct Context {
    catalogue: ArcSwapOption<Catalogue>,
    differences: Differences,
    recall: Recall,
    access: Option<Access>,
    aliases: BTreeMap<String, String>,
    metrics: Arc<Metrics>,
    n_batch: u64,
    strangers: Strangers,
    past: Arc<Past>,
    past_turns: Turns,
}

/// What those may ask who need no key.
struct Strangers {
    validate: AddressLimits,
    own: AddressLimits,
}

/// The catalogue of one request: what it begins with it ends with.
pub struct Serving(Guard<Option<Arc<Catalogue>>>);

impl Context {
    /// A server that has nothing to serve yet; `n_batch` is the most addresses in one batch, where the plan
    /// of a key does not say.
    pub fn new(
        access: Option<Access>,
        aliases: BTreeMap<String, String>,
        metrics: Arc<Metrics>,
        n_batch: u32,
        past: Past,
    ) -> Self {
        let (catalogue, recall) = (ArcSwapOption::empty(), Recall::default());
        let strangers = Strangers { validate: AddressLimits::new(60), own: AddressLimits::new(30) };
        let n_batch = n_batch.into();
        let (past, differences) = (Arc::new(past), Differences::default());
        Self {
            catalogue,
            differences,
            recall,
            access,
            aliases,
            metrics,
            n_batch,
            strangers,
            past,
            past_turns: Turns::default(),
        }
    }

    /// Serves this from the next request on.
    pub fn replace(&self, catalogue: Catalogue) {
        self.metrics.served(&catalogue.served());
        self.catalogue.store(Some(Arc::new(catalogue)));
    }

    /// What is served now.
    pub fn serving(&self) -> Serving {
        Serving(self.catalogue.load())
    }

    /// The catalogue to go on from.
    pub(super) fn catalogue(&self) -> Option<Arc<Catalogue>> {
        self.catalogue.load_full()
    }

    /// What changed between files of the catalogue.
    pub fn differences(&self) -> &Differences {
        &self.differences
    }

    /// What clients were last sent.
    pub fn recall(&self) -> &Recall {
        &self.recall
    }

    /// Who may ask for what, if keys are asked for.
    pub fn access(&self) -> Option<&Access> {
        self.access.as_ref()
    }

    /// Who may ask.
    pub fn audience(&self) -> Audience {
        if self.access.is_some() { Audience::KeyHolders } else { Audience::Everyone }
    }

    /// The most addresses in one batch, where the plan of a key does not say.
    pub fn n_batch(&self) -> u64 {
        self.n_batch
    }

    /// How often an address may have others checked.
    pub fn validate_limit(&self) -> &AddressLimits {
        &self.strangers.validate
    }

    /// How often an address may ask about itself, where no keys are asked for.
    pub fn own_limit(&self) -> &AddressLimits {
        &self.strangers.own
    }

    /// What was said on other days.
    pub fn past(&self) -> &Arc<Past> {
        &self.past
    }

    /// Who may ask for a day whose month is not held.
    pub fn past_turns(&self) -> &Turns {
        &self.past_turns
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The edition that a client means by a name.
    pub fn edition<'a>(&'a self, name: &'a str) -> &'a str {
        self.aliases.get(name).map_or(name, String::as_str)
    }

    /// Other names of editions, and which they stand for.
    pub fn aliases(&self) -> &BTreeMap<String, String> {
        &self.aliases
    }
}

impl Serving {
    /// The catalogue; 503 if there is none yet.
    pub fn catalogue(&self) -> Result<&Catalogue, Problem> {
        self.0.as_deref().ok_or_else(Problem::no_database)
    }
}
