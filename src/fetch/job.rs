//! What there is to ask: each URL once, however many feeds read it.

use std::collections::BTreeMap;

use crate::feed::{Feed, Location};

/// A URL that feeds read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// As the definition has it.
    pub url: String,
    /// The most bytes it may have.
    pub limit: u64,
    /// Seconds for which an answer is good enough.
    pub refresh_seconds: u64,
}

/// The URLs of feeds, sorted. One that several feeds read is asked as often as the most eager
/// wants, and may be as large as the most generous allows.
pub fn jobs<'f>(feeds: impl IntoIterator<Item = &'f Feed>) -> Vec<Job> {
    let mut by_url: BTreeMap<&str, Job> = BTreeMap::new();
    for feed in feeds {
        for location in &feed.locations {
            let Location::Url(url) = location else { continue };
            let (limit, refresh_seconds) = (feed.guards.bytes, feed.refresh_seconds);
            let new = || Job { url: url.clone(), limit, refresh_seconds };
            let job = by_url.entry(url).or_insert_with(new);
            job.limit = job.limit.max(limit);
            job.refresh_seconds = job.refresh_seconds.min(refresh_seconds);
        }
    }
    by_url.into_values().collect()
}

#[cfg(test)]
mod tests {
    use crate::feed::fixture::feed;
    use crate::feed::{Feed, Format, Kind, Location};
    use crate::fetch::jobs;

    #[test]
    fn a_url_of_two_feeds_is_one_job() {
        let reading = |urls: &[&str], refresh_seconds, bytes| {
            let locations = urls.iter().map(|url| Location::Url((*url).to_owned())).collect();
            let mut feed = feed(Format::List, Kind::Membership);
            feed.guards.bytes = bytes;
            Feed { locations, refresh_seconds, ..feed }
        };
        let feeds = [
            reading(&["http://b", "http://a"], 60, 5),
            reading(&["http://b"], 3600, 7),
            feed(Format::List, Kind::Membership),
        ];
        let found: Vec<_> =
            jobs(&feeds).into_iter().map(|job| (job.url, job.limit, job.refresh_seconds)).collect();
        assert_eq!(found, [("http://a".to_owned(), 5, 60), ("http://b".to_owned(), 7, 60)]);
    }
}
