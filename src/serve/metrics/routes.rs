//! Answers counted by route and status, without a lock.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Which route answered, as an extension of every response that one did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route(pub &'static str);

impl Route {
    /// Answers that no route gave.
    pub const OTHER: Self = Self("other");
}

/// Routes that are told apart; what is past them counts as [`Route::OTHER`].
pub(super) const N_ROUTES: usize = 64;

/// Statuses that are told apart: 100 to 599.
const N_STATUSES: usize = 500;

/// Upper bounds of seconds to an answer's head, in microseconds: a 304 to a long question.
pub(super) const BOUNDS: [u64; 12] =
    [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000, 5_000_000];

/// The numbers of one route.
pub(in crate::serve) struct RouteCounts {
    name: &'static str,
    statuses: Box<[AtomicU64; N_STATUSES]>,
    buckets: [AtomicU64; BOUNDS.len() + 1],
    nanoseconds: AtomicU64,
    bytes: AtomicU64,
    cut: AtomicU64,
}

/// The routes, each where the address of its name sends it or in the next free place.
pub(super) struct Routes {
    places: [OnceLock<RouteCounts>; N_ROUTES],
    other: RouteCounts,
}

impl RouteCounts {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            statuses: Box::new([const { AtomicU64::new(0) }; N_STATUSES]),
            buckets: Default::default(),
            nanoseconds: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            cut: AtomicU64::new(0),
        }
    }

    /// The head of an answer goes out.
    #[inline]
    pub(in crate::serve) fn answered(&self, status: u16, after: Duration) {
        if let Some(count) = self.statuses.get(usize::from(status).wrapping_sub(100)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let micros = after.as_micros() as u64;
        let bucket = BOUNDS.iter().position(|bound| micros <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.nanoseconds.fetch_add(after.as_nanos() as u64, Ordering::Relaxed);
    }

    /// The body of an answer ended.
    #[inline]
    pub(in crate::serve) fn ended(&self, n_bytes: u64, is_cut: bool) {
        if n_bytes > 0 {
            self.bytes.fetch_add(n_bytes, Ordering::Relaxed);
        }
        if is_cut {
            self.cut.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for RouteCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RouteCounts").field(&self.name).finish()
    }
}

impl Default for Routes {
    fn default() -> Self {
        let places = [const { OnceLock::new() }; N_ROUTES];
        Self { places, other: RouteCounts::new(Route::OTHER.0) }
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all()).finish()
    }
}

impl Routes {
    /// Names are told apart by where they lie: one name at two places has two sums, added up later.
    #[inline]
    pub(super) fn find(&self, name: &'static str) -> &RouteCounts {
        // Names lie close together: their lowest bits tell them apart, mixed with their lengths.
        let start = (name.as_ptr() as usize).wrapping_add(name.len() * 31);
        for step in 0..N_ROUTES {
            let place = &self.places[start.wrapping_add(step) % N_ROUTES];
            let counts = place.get_or_init(|| RouteCounts::new(name));
            if std::ptr::eq(counts.name, name) {
                return counts;
            }
        }
        &self.other
    }

    /// Added up by name, as one name may lie at two places.
    pub(super) fn sums(&self) -> BTreeMap<&'static str, Sum> {
        let mut sums: BTreeMap<&'static str, Sum> = BTreeMap::new();
        for counts in self.all() {
            let sum = sums.entry(counts.name).or_default();
            for (status, count) in (100..).zip(counts.statuses.iter()) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    *sum.statuses.entry(status).or_default() += count;
                }
            }
            for (sum, count) in sum.buckets.iter_mut().zip(&counts.buckets) {
                *sum += count.load(Ordering::Relaxed);
            }
            sum.nanoseconds += counts.nanoseconds.load(Ordering::Relaxed);
            sum.bytes += counts.bytes.load(Ordering::Relaxed);
            sum.cut += counts.cut.load(Ordering::Relaxed);
        }
        sums
    }

    fn all(&self) -> impl Iterator<Item = &RouteCounts> {
        let places = self.places.iter().filter_map(OnceLock::get);
        places.chain(std::iter::once(&self.other))
    }
}

/// One route's numbers, added up.
#[derive(Default)]
pub(super) struct Sum {
    pub(super) statuses: BTreeMap<u16, u64>,
    pub(super) buckets: [u64; BOUNDS.len() + 1],
    pub(super) nanoseconds: u64,
    pub(super) bytes: u64,
    pub(super) cut: u64,
}
