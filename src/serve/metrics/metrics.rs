//! Everything that is counted, and how it is told.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use crate::serve::metrics::routes::{BOUNDS, RouteCounts, Routes};
use crate::serve::metrics::{Cut, Refusal, Route, Served};

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    counts: Arc<Counts>,
    registry: Registry,
}

#[derive(Debug, Default)]
struct Counts {
    routes: Routes,
    n_open: AtomicI64,
    accepted: AtomicU64,
    refused: [AtomicU64; Refusal::ALL.len()],
    cut: [AtomicU64; Cut::ALL.len()],
    usage_trouble: AtomicI64,
    served: Mutex<Option<Served>>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Nothing has happened.
    pub fn new() -> Self {
        let counts = Arc::new(Counts::default());
        let mut registry = Registry::with_prefix("ipmint");
        registry.register_collector(Box::new(Arc::clone(&counts)));
        Self { counts, registry }
    }

    /// Returns what Prometheus reads, as OpenMetrics text.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        text::encode(&mut text, &self.registry).expect("a string takes everything");
        text
    }

    /// Another release is current.
    pub fn served(&self, served: &Served) {
        let mut current = self.counts.served.lock().unwrap_or_else(PoisonError::into_inner);
        *current = Some(served.clone());
    }

    /// Whether the store of what keys used is in trouble.
    pub fn usage_trouble(&self, is_in_trouble: bool) {
        self.counts.usage_trouble.store(i64::from(is_in_trouble), Ordering::Relaxed);
    }

    /// The numbers of a route.
    #[inline]
    pub(in crate::serve) fn route(&self, route: Option<Route>) -> &RouteCounts {
        self.counts.routes.find(route.unwrap_or(Route::OTHER).0)
    }

    /// A connection was taken in.
    pub(in crate::serve) fn opened(&self) {
        self.counts.accepted.fetch_add(1, Ordering::Relaxed);
        self.counts.n_open.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection ended.
    pub(in crate::serve) fn closed(&self) {
        self.counts.n_open.fetch_sub(1, Ordering::Relaxed);
    }

    /// A connection was not taken.
    pub(in crate::serve) fn refused(&self, refusal: Refusal) {
        self.counts.refused[refusal as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// A connection was cut.
    pub(in crate::serve) fn cut(&self, cut: Cut) {
        self.counts.cut[cut as usize].fetch_add(1, Ordering::Relaxed);
    }
}

impl Collector for Counts {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.encode_requests(&mut encoder)?;
        self.encode_connections(&mut encoder)?;
        let trouble = self.usage_trouble.load(Ordering::Relaxed);
        let help = "Whether what keys used cannot be kept";
        gauge(&mut encoder, "usage_store_trouble", help, trouble)?;
        let served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.as_ref().map_or(Ok(()), |served| encode_served(&mut encoder, served))
    }
}

impl Counts {
    fn encode_requests(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let sums = self.routes.sums();
        let mut family = describe(encoder, "requests", "Answers, by route and status", COUNTER)?;
        for (route, sum) in &sums {
            for (status, count) in &sum.statuses {
                let labels = [("route", *route), ("status", &status.to_string())];
                count_of(&mut family.encode_family(&labels)?, *count)?;
            }
        }
        let help = "Bytes of bodies handed to connections";
        let mut family = describe(encoder, "body_bytes", help, COUNTER)?;
        for (route, sum) in &sums {
            count_of(&mut family.encode_family(&[("route", *route)])?, sum.bytes)?;
        }
        let mut family = describe(encoder, "answers_cut", "Answers that did not end", COUNTER)?;
        for (route, sum) in &sums {
            count_of(&mut family.encode_family(&[("route", *route)])?, sum.cut)?;
        }
        let mut family = encoder.encode_descriptor(
            "answer",
            "Time from a request's head to its answer's",
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        for (route, sum) in &sums {
            let bounds = BOUNDS.iter().map(|micros| *micros as f64 / 1e6).chain([f64::INFINITY]);
            let buckets: Vec<(f64, u64)> = bounds.zip(sum.buckets).collect();
            let seconds = sum.nanoseconds as f64 / 1e9;
            let count = sum.buckets.iter().sum();
            let labels = [("route", *route)];
            let mut family = family.encode_family(&labels)?;
            family.encode_histogram::<NoLabelSet>(seconds, count, &buckets, None)?;
        }
        Ok(())
    }

    fn encode_connections(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let n_open = self.n_open.load(Ordering::Relaxed);
        gauge(encoder, "connections_open", "Connections open now", n_open)?;
        let help = "Connections ever taken in";
        let mut counter = describe(encoder, "connections_accepted", help, COUNTER)?;
        count_of(&mut counter, self.accepted.load(Ordering::Relaxed))?;
        let help = "Connections not taken in, by reason";
        let mut family = describe(encoder, "connections_refused", help, COUNTER)?;
        for (refusal, count) in Refusal::ALL.iter().zip(&self.refused) {
            let labels = [("reason", refusal.name())];
            count_of(&mut family.encode_family(&labels)?, count.load(Ordering::Relaxed))?;
        }
        let help = "Connections that the server cut, by reason";
        let mut family = describe(encoder, "connections_cut", help, COUNTER)?;
        for (cut, count) in Cut::ALL.iter().zip(&self.cut) {
            let labels = [("reason", cut.name())];
            count_of(&mut family.encode_family(&labels)?, count.load(Ordering::Relaxed))?;
        }
        Ok(())
    }
}

fn encode_served(encoder: &mut DescriptorEncoder<'_>, served: &Served) -> fmt::Result {
    let help = "The release that is current";
    let mut info = encoder.encode_descriptor("release", help, None, MetricType::Info)?;
    info.encode_info(&[("version", served.version.as_str())])?;
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    gauge(encoder, "release_sequence", "Its number", number(served.sequence))?;
    let help = "When it was built, in Unix seconds";
    gauge(encoder, "release_build_epoch", help, number(served.build_epoch))?;
    let help = "When the index expires, in Unix seconds";
    gauge(encoder, "index_expires", help, number(served.expires))?;
    gauge(encoder, "releases", "Releases that can be had", number(served.n_releases))?;
    let help = "Feeds of the current release, by state";
    let mut family = describe(encoder, "feeds", help, MetricType::Gauge)?;
    for (state, count) in &served.feeds {
        family.encode_family(&[("state", state.name())])?.encode_gauge(&number(*count))?;
    }
    Ok(())
}

const COUNTER: MetricType = MetricType::Counter;

fn describe<'e>(
    encoder: &'e mut DescriptorEncoder<'_>,
    name: &'e str,
    help: &str,
    kind: MetricType,
) -> Result<MetricEncoder<'e>, fmt::Error> {
    encoder.encode_descriptor(name, help, None, kind)
}

fn count_of(encoder: &mut MetricEncoder<'_>, count: u64) -> fmt::Result {
    encoder.encode_counter::<NoLabelSet, _, u64>(&count, None)
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: i64) -> fmt::Result {
    describe(encoder, name, help, MetricType::Gauge)?.encode_gauge(&value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use crate::release::FeedState;
    use crate::serve::metrics::routes::N_ROUTES;
    use crate::serve::metrics::{Cut, Refusal};
    use crate::serve::metrics::{Metrics, Route, Served};

    #[track_caller]
    fn check(metrics: &Metrics, line: &str) {
        let text = metrics.encode();
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }

    #[test]
    fn requests_are_counted_by_route_and_status() {
        let metrics = Metrics::new();
        let route = metrics.route(Some(Route("download")));
        route.answered(304, Duration::from_micros(70));
        route.answered(304, Duration::from_secs(9));
        route.answered(200, Duration::ZERO);
        route.ended(1000, false);
        route.ended(24, true);
        metrics.route(None).answered(404, Duration::ZERO);
        check(&metrics, r#"ipmint_requests_total{route="download",status="304"} 2"#);
        check(&metrics, r#"ipmint_requests_total{route="download",status="200"} 1"#);
        check(&metrics, r#"ipmint_requests_total{route="other",status="404"} 1"#);
        check(&metrics, r#"ipmint_body_bytes_total{route="download"} 1024"#);
        check(&metrics, r#"ipmint_answers_cut_total{route="download"} 1"#);
        check(&metrics, r#"ipmint_answer_seconds_count{route="download"} 3"#);
        check(&metrics, r#"ipmint_answer_seconds_bucket{le="0.0001",route="download"} 2"#);
        check(&metrics, r#"ipmint_answer_seconds_bucket{le="+Inf",route="download"} 3"#);
    }

    #[test]
    fn connections_are_counted() {
        let metrics = Metrics::new();
        metrics.opened();
        metrics.opened();
        metrics.closed();
        metrics.refused(Refusal::Address);
        metrics.cut(Cut::Stalled);
        check(&metrics, "ipmint_connections_open 1");
        check(&metrics, "ipmint_connections_accepted_total 2");
        check(&metrics, r#"ipmint_connections_refused_total{reason="address"} 1"#);
        check(&metrics, r#"ipmint_connections_cut_total{reason="stalled"} 1"#);
    }

    #[test]
    fn what_is_served_is_told() {
        let metrics = Metrics::new();
        metrics.served(&Served {
            version: "20261122.1".to_owned(),
            sequence: 7,
            build_epoch: 1_795_219_200,
            expires: 1_795_305_600,
            n_releases: 3,
            feeds: BTreeMap::from([(FeedState::Fresh, 5), (FeedState::Stale, 1)]),
        });
        metrics.usage_trouble(true);
        check(&metrics, r#"ipmint_release_info{version="20261122.1"} 1"#);
        check(&metrics, "ipmint_release_sequence 7");
        check(&metrics, "ipmint_index_expires 1795305600");
        check(&metrics, r#"ipmint_feeds{state="stale"} 1"#);
        check(&metrics, "ipmint_usage_store_trouble 1");
        assert!(metrics.encode().ends_with("# EOF\n"));
    }

    #[test]
    fn more_routes_than_there_are_places_count_as_other() {
        let metrics = Metrics::new();
        let names: Vec<&'static str> =
            (0..N_ROUTES + 2).map(|idx| &*format!("route{idx}").leak()).collect();
        for name in &names {
            metrics.route(Some(Route(name))).answered(200, Duration::ZERO);
        }
        for name in &names {
            metrics.route(Some(Route(name))).answered(200, Duration::ZERO);
        }
        check(&metrics, r#"ipmint_requests_total{route="other",status="200"} 4"#);
    }

    #[test]
    fn one_name_at_two_places_is_one_route() {
        let metrics = Metrics::new();
        for _ in 0..2 {
            let name: &'static str = "download".to_owned().leak();
            metrics.route(Some(Route(name))).answered(200, Duration::ZERO);
        }
        check(&metrics, r#"ipmint_requests_total{route="download",status="200"} 2"#);
    }
}
