//! The address that a request is about, and what the current release says of it.

use std::net::IpAddr;

use http::StatusCode;

use crate::base::chain;
use crate::query::history::AsnPeriod;
use crate::query::views::{Check, Covering, Fields, Lookup, special};
use crate::query::{Explained, Known};
use crate::serve::catalogue::{Catalogue, Questions};
use crate::serve::reply::{Problem, json, shown};

/// A view has all it takes.
pub(super) const BY_MANIFEST: &str = "explained by a manifest";

/// An address, and what is said of it.
pub(super) struct Subject<'q> {
    pub(super) ip: IpAddr,
    pub(super) known: Known<'q>,
    questions: &'q Questions,
    offset: Option<usize>,
}

impl<'q> Subject<'q> {
    /// Looks an address up in the current release.
    pub(super) fn of(catalogue: &'q Catalogue, ip: IpAddr) -> Result<Self, Problem> {
        let questions = questions(catalogue)?;
        let reader = questions.reader();
        let offset = reader.lookup(ip).map_err(internal)?.offset;
        let known = questions.known(&reader, offset).map_err(internal)?;
        Ok(Self { ip, known, questions, offset })
    }

    /// The view of the subjects that are asked for.
    pub(super) fn lookup(&self, fields: Fields) -> Result<Lookup<'_>, Problem> {
        let score = if fields.has_threat() { self.threat_score()? } else { 0 };
        Ok(Lookup::of(self.ip, &self.known, score, fields))
    }

    /// S over what hides somebody, and hosting.
    pub(super) fn threat_score(&self) -> Result<u8, Problem> {
        let questions = self.questions;
        questions.threat_score(&questions.reader(), self.offset).map_err(internal)
    }

    /// Everything about it.
    pub(super) fn check(&self, asns: Option<&[AsnPeriod]>) -> Result<Vec<u8>, Problem> {
        let explained = self.explained()?;
        let check = Check::of(&explained, &self.known, self.questions.abuse_feeds(), asns);
        Ok(json(&check))
    }

    /// Why it has its score.
    pub(super) fn explained(&self) -> Result<Explained, Problem> {
        let reader = self.questions.reader();
        self.questions.explainer().explain(&reader, self.ip).map_err(internal)
    }
}

/// Reads an address that something can be known of. IPv4-mapped IPv6 is IPv4.
///
/// # Errors
/// 400 `invalid_ip` if it is none, or not public: then with the entry of the registry that covers it.
pub(super) fn public(text: &str) -> Result<IpAddr, Problem> {
    let ip = text.parse::<IpAddr>().map_err(|_| no_address(text))?.to_canonical();
    special_address(ip).map_or(Ok(ip), Err)
}

/// 400 `invalid_ip`: no address at all.
pub(super) fn no_address(text: &str) -> Problem {
    let text = shown(text);
    invalid(format!("`{text}` is no IPv4 or IPv6 address; expected one such as 8.8.8.8"))
}

/// 400 `invalid_ip`, if an address is not public.
pub(super) fn special_address(ip: IpAddr) -> Option<Problem> {
    let Covering { network, name, rfc } = special(ip)?;
    let message = format!("{ip} is not public: {network} is {name} ({rfc})");
    Some(invalid(message))
}

fn invalid(message: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid_ip", message)
}

/// The subjects that are asked for; all unless it is said.
pub(super) fn selected(fields: Option<&str>) -> Result<Fields, Problem> {
    fields.map_or(Ok(Fields::ALL), |text| {
        text.parse::<Fields>().map_err(|error| Problem::parameter(error.to_string()))
    })
}

/// What questions to the current release are answered from.
///
/// # Errors
/// 503 `no_database` if it cannot be asked.
pub(super) fn questions(catalogue: &Catalogue) -> Result<&Questions, Problem> {
    let release = catalogue.current();
    release.questions().map_err(|why| {
        let message = format!("release {} cannot be asked: {}", release.version(), chain(why));
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no_database", message)
    })
}

/// 500 `internal_error`: a release that was sound when it was taken in is read wrong.
pub(super) fn internal(error: impl std::error::Error) -> Problem {
    let reason = chain(&error);
    tracing::error!(reason, "the release cannot answer");
    let message =
        "the release cannot answer this; `ipmint releases check` may tell what is wrong with it";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", message)
}
