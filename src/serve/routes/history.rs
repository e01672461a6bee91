//! `/v1/history/{ip}`: what each release that is kept says of an address.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

use crate::base::{BuildEpoch, Day, chain};
use crate::mmdb::{FormatError, Reader};
use crate::query::Brief;
use crate::serve::Context;
use crate::serve::catalogue::{Catalogue, ServedRelease};
use crate::serve::reply::{Problem, json};
use crate::serve::routes::asked::{Asked, Since, named};
use crate::serve::routes::names::Names;
use crate::serve::routes::params::Params;
use crate::serve::routes::schemas::Address;
use crate::serve::routes::subject::{internal, public};

/// How many releases an answer has at most.
const MAX_RELEASES: usize = 30;

/// What each release says of an address.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AddressHistory<'a> {
    /// The address.
    #[schema(value_type = String, example = "185.220.101.45")]
    ip: IpAddr,
    /// The newest first: those that are kept and have the edition `full`, at most 30.
    #[schema(max_items = 30)]
    releases: Vec<SaidThen<'a>>,
}

/// What one release says of it.
#[derive(Debug, Serialize, ToSchema)]
struct SaidThen<'a> {
    /// The release.
    #[schema(example = "20261121.1")]
    version: &'a str,
    /// The day it was built (UTC).
    #[schema(value_type = String, format = Date, example = "2026-11-21")]
    date: Day,
    #[serde(flatten)]
    brief: Brief,
}

/// A release, as far as it is asked.
#[derive(Clone, Copy, Debug)]
struct Release<'a> {
    version: &'a str,
    date: Day,
    full: &'a [u8],
}

/// A release whose database is damaged where it was read.
#[derive(Debug, thiserror::Error)]
#[error("the database of release {version} cannot be read")]
struct Damaged {
    version: String,
    source: FormatError,
}

/// What each release says of an address
///
/// Every release that is kept and has the edition `full`, at most the newest 30. What a release has no record
/// of has a score of 0 there, and no signals.
#[utoipa::path(
    get,
    path = "/v1/history/{ip}",
    tag = "changes",
    params(
        ("ip" = Address, Path, description = "An IPv4 or IPv6 address", example = "185.220.101.45"),
    ),
    responses(
        (status = 200, description = "What each says", body = AddressHistory),
    ),
)]
pub(super) async fn history(
    State(context): State<Arc<Context>>,
    Names(ip): Names<String>,
    request: Request,
) -> Response {
    named("history", answer(context, &ip, request).await)
}

async fn answer(context: Arc<Context>, ip: &str, request: Request) -> Result<Response, Problem> {
    let since = Since::now();
    Params::of(request.uri().query(), &[])?;
    let catalogue = context.catalogue().ok_or_else(Problem::no_database)?;
    let ip = public(ip)?;
    let reply = move || {
        let history = AddressHistory::of(ip, kept(&catalogue))?;
        if history.releases.is_empty() {
            let message =
                "no release that is kept has the edition `full`, which answers are made of";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no_database", message));
        }
        // The tag is of the content: of the same index an older release may be taken in that could not be before.
        Ok(Asked::of(&request).document_by_content(&context, &catalogue, json(&history), since))
    };
    // What older releases have may be on the disk still.
    spawn_blocking(reply).await.map_err(internal)?
}

/// The releases that can be asked, the newest first.
fn kept(catalogue: &Catalogue) -> impl Iterator<Item = Release<'_>> {
    catalogue.releases().filter_map(|release: &ServedRelease| {
        let date = BuildEpoch(release.manifest().build_epoch).day();
        Some(Release { version: release.version(), date, full: release.full()? })
    })
}

impl<'a> AddressHistory<'a> {
    /// Looks an address up in each; nothing else of a file is read.
    fn of(ip: IpAddr, releases: impl Iterator<Item = Release<'a>>) -> Result<Self, Damaged> {
        let said = |Release { version, date, full }: Release<'a>| {
            let brief = Reader::open(full).and_then(|reader| Brief::of(&reader, ip));
            let damaged = |source| Damaged { version: version.to_owned(), source };
            Ok(SaidThen { version, date, brief: brief.map_err(damaged)? })
        };
        let releases = releases.take(MAX_RELEASES).map(said);
        Ok(Self { ip, releases: releases.collect::<Result<_, _>>()? })
    }
}

impl From<Damaged> for Problem {
    fn from(error: Damaged) -> Self {
        let reason = chain(&error);
        tracing::error!(reason, "an older release cannot answer");
        let message = format!("{reason}; `ipmint releases check` tells what is wrong with it");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", message)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use serde_json::{Value, json};

    use crate::base::{Day, Run, V4};
    use crate::mmdb::{Contents, Metadata, Pool, write};
    use crate::serve::routes::history::{AddressHistory, Release};

    const IP: &str = "192.0.2.7";

    /// A database that says of 192.0.2.0/24 that it is a VPN's, with that score.
    fn full(score: u16) -> Vec<u8> {
        let mut pool = Pool::new();
        let score = (pool.utf8("score"), pool.uint16(score));
        let is_vpn = (pool.utf8("is_vpn"), pool.bool(true));
        let (threat, signals) = (pool.map(&[score]), pool.map(&[is_vpn]));
        let entries = [(pool.utf8("threat"), threat), (pool.utf8("signals"), signals)];
        let record = pool.map(&entries);
        let run = Run::<V4> { first: 0xC000_0200, last: 0xC000_02FF, value: record.0 };
        let metadata = Metadata {
            database_type: "ipmint-full".to_owned(),
            description: "test".to_owned(),
            build_epoch: 1,
        };
        let contents = Contents { pool: &pool, v4: &[run], v6: &[] };
        write(contents, &metadata).expect("small").bytes
    }

    fn ask(releases: &[(&str, i32, &[u8])]) -> Result<Value, String> {
        let ip: IpAddr = IP.parse().expect("an address");
        let release = |&(version, day, full)| Release { version, date: Day(day), full };
        let history = AddressHistory::of(ip, releases.iter().map(release));
        let history = history.map_err(|error| error.to_string())?;
        Ok(serde_json::to_value(history).expect("JSON"))
    }

    #[test]
    fn each_release_says_what_it_said() {
        let (new, old) = (full(65), full(20));
        let found = ask(&[("20240926.2", 19_992, &new), ("20240925.1", 19_991, &old)]);
        let expected = json!({ "ip": IP, "releases": [
            {
                "version": "20240926.2", "date": "2024-09-26", "network": "192.0.2.0/24",
                "score": 65, "risk_level": "high", "recommendation": "challenge",
                "confidence": 0, "signals": ["is_vpn"],
            },
            {
                "version": "20240925.1", "date": "2024-09-25", "network": "192.0.2.0/24",
                "score": 20, "risk_level": "low", "recommendation": "allow",
                "confidence": 0, "signals": ["is_vpn"],
            },
        ] });
        assert_eq!(found, Ok(expected));
        assert_eq!(ask(&[]), Ok(json!({ "ip": IP, "releases": [] })));
    }

    #[test]
    fn the_newest_thirty_are_asked_and_no_other_is_looked_at() {
        let file = full(65);
        let versions: Vec<String> = (0..40).rev().map(|n| format!("{n:02}.1")).collect();
        let damaged = |from: usize| -> Vec<(&str, i32, &[u8])> {
            let bytes = |idx: usize| if idx < from { &file[..] } else { &b"no database"[..] };
            let all = versions.iter().enumerate();
            all.map(|(idx, version)| (version.as_str(), 0, bytes(idx))).collect()
        };
        let found = ask(&damaged(30)).expect("the damaged ones are too old");
        let releases = found["releases"].as_array().expect("a list");
        assert_eq!((releases.len(), &releases[29]["version"]), (30, &json!("10.1")));
        let error = ask(&damaged(29)).expect_err("the last of them is damaged");
        assert!(error.contains("release 10.1"), "{error}");
    }
}
