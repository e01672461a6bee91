//! The connections that are open: bounded in all and by address, swept, and told to end.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;

use crate::serve::metrics::{Metrics, Refusal};
use crate::serve::server::meter::Meter;
use crate::serve::server::settings::Limits;
use crate::serve::server::sweeper::{Verdict, Watch};

/// Every open connection.
#[derive(Debug)]
pub(super) struct Registry {
    limits: Limits,
    metrics: Arc<Metrics>,
    next_id: AtomicU64,
    open: Mutex<Open>,
    emptied: Notify,
}

#[derive(Debug, Default)]
struct Open {
    connections: HashMap<u64, Entry>,
    by_address: HashMap<IpAddr, u32>,
    is_ending: bool,
}

#[derive(Debug)]
struct Entry {
    meter: Arc<Meter>,
    watch: Watch,
    address: Option<IpAddr>,
    /// Tells it to end after what it is at.
    tell: Option<oneshot::Sender<()>>,
    /// There once its task runs.
    task: Option<AbortHandle>,
}

/// A connection's place among the open ones, given up when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    registry: Arc<Registry>,
    id: u64,
    /// Its numbers.
    pub(super) meter: Arc<Meter>,
    /// Resolves when the connection is to end.
    pub(super) told: oneshot::Receiver<()>,
}

impl Registry {
    /// Nobody is there.
    pub(super) fn new(limits: Limits, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self {
            limits,
            metrics,
            next_id: AtomicU64::new(0),
            open: Mutex::default(),
            emptied: Notify::new(),
        })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // Nothing in here can be left half done by a panic.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a connection; `address` is `None` for those that no bound by address holds for.
    ///
    /// # Errors
    /// Why there is no place.
    pub(super) fn enter(
        self: &Arc<Self>,
        address: Option<IpAddr>,
        is_tls: bool,
        now: Duration,
    ) -> Result<Place, Refusal> {
        let address = address.map(customer);
        let mut open = self.open();
        if open.connections.len() >= self.limits.connections as usize {
            return Err(Refusal::Connections);
        }
        if let Some(address) = address {
            let n_open = open.by_address.entry(address).or_default();
            if *n_open >= self.limits.connections_per_address {
                return Err(Refusal::Address);
            }
            *n_open += 1;
        }
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (tell, told) = oneshot::channel();
        let meter = Arc::new(Meter::default());
        let entry = Entry {
            meter: Arc::clone(&meter),
            watch: Watch::new(&self.limits, is_tls, now),
            address,
            // Dropped at once if everything ends: then it is told before it began.
            tell: Some(tell).filter(|_| !open.is_ending),
            task: None,
        };
        open.connections.insert(id, entry);
        self.metrics.opened();
        Ok(Place { registry: Arc::clone(self), id, meter, told })
    }

    /// Remembers what runs a connection, so that it can be cut.
    pub(super) fn runs(&self, id: u64, task: AbortHandle) {
        if let Some(entry) = self.open().connections.get_mut(&id) {
            entry.task = Some(task);
        }
    }

    /// Judges every connection.
    pub(super) fn sweep(&self, now: Duration) {
        for entry in self.open().connections.values_mut() {
            match entry.watch.judge(&self.limits, entry.meter.look(), now) {
                Verdict::Keep => {}
                // Told by the sender's end.
                Verdict::Tell => drop(entry.tell.take()),
                Verdict::Cut(cut) => {
                    if let Some(task) = entry.task.take() {
                        self.metrics.cut(cut);
                        task.abort();
                    }
                }
            }
        }
    }

    /// Tells every connection to end after what it is at, now or when it comes.
    pub(super) fn tell_all(&self) {
        let mut open = self.open();
        open.is_ending = true;
        open.connections.values_mut().for_each(|entry| drop(entry.tell.take()));
    }

    /// Ends every connection at once.
    pub(super) fn cut_all(&self) {
        for entry in self.open().connections.values_mut() {
            if let Some(task) = entry.task.take() {
                task.abort();
            }
        }
    }

    /// How many there are.
    pub(super) fn n_open(&self) -> usize {
        self.open().connections.len()
    }

    /// Waits until there are none.
    pub(super) async fn emptied(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.n_open() == 0 {
                return;
            }
            emptied.await;
        }
    }
}

impl Place {
    /// What it is called here.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// It speaks HTTP/2.
    pub(super) fn speaks_http2(&self) {
        if let Some(entry) = self.registry.open().connections.get_mut(&self.id) {
            entry.watch.speaks_http2();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.registry.open();
        let entry = open.connections.remove(&self.id);
        if let Some(address) = entry.and_then(|entry| entry.address)
            && let Some(n_open) = open.by_address.get_mut(&address)
        {
            *n_open -= 1;
            if *n_open == 0 {
                open.by_address.remove(&address);
            }
        }
        if open.connections.is_empty() {
            self.registry.emptied.notify_waiters();
        }
        drop(open);
        self.registry.metrics.closed();
    }
}

/// Whom an address stands for: of IPv6 the /64, out of which one customer picks at will.
fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;
    use std::time::Duration;

    use crate::serve::metrics::Metrics;
    use crate::serve::metrics::Refusal;
    use crate::serve::server::registry::Registry;
    use crate::serve::server::settings::Limits;

    #[test]
    fn places_are_bounded_and_given_back() {
        let limits = Limits { connections: 4, connections_per_address: 2, ..Limits::default() };
        let registry = Registry::new(limits, Arc::new(Metrics::new()));
        let enter = |address: &str| {
            let address = address.parse::<IpAddr>().ok();
            registry.enter(address, false, Duration::ZERO)
        };
        let one = enter("2001:db8::1").expect("a place");
        let _two = enter("2001:db8::2").expect("a place");
        assert_eq!(enter("2001:db8::3").err(), Some(Refusal::Address));
        let _other = enter("2001:db8:0:1::1").expect("another customer");
        drop(one);
        let _three = enter("2001:db8::3").expect("a place that was given back");
        let unix = enter("unix").expect("no bound by address");
        assert_eq!(enter("192.0.2.1").err(), Some(Refusal::Connections));
        drop(unix);
        let _four = enter("::ffff:192.0.2.1").expect("a place");
        assert_eq!(registry.n_open(), 4);
    }
}
