//! The answers of a batch, made while they are sent.

use std::io::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use hashbrown::HashMap;
use serde::Serialize;
use utoipa::ToSchema;

use crate::mmdb::{FormatError, Reader};
use crate::query::views::{Fields, Lookup};
use crate::serve::access::Grant;
use crate::serve::catalogue::{Questions, ServedRelease};
use crate::serve::reply::{Pieces, Said, json};
use crate::serve::routes::asked::{Since, usage};
use crate::serve::routes::items::{Item, Items};
use crate::serve::routes::subject::{internal, no_address, special_address};

/// How many bytes of answers are kept, for addresses of which the same is said; then all are forgotten.
const MAX_KEPT: usize = 4 << 20;

/// How answers are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `{"results":[…],"count":n}`.
    Object,
    /// An answer a line.
    Lines,
}

impl Form {
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Object => "application/json",
            Self::Lines => "application/x-ndjson",
        }
    }
}

/// What is still to be answered, from the release with which the request began.
pub(super) struct Answers {
    release: Arc<ServedRelease>,
    items: Items,
    fields: Fields,
    form: Form,
    grant: Option<(Grant, Since)>,
    n_answered: u64,
    kept: Kept,
}

/// Answers without their addresses, by what is said.
#[derive(Default)]
struct Kept {
    places: HashMap<(Option<usize>, bool), (usize, usize)>,
    bytes: Vec<u8>,
}

impl Answers {
    /// Nothing is answered yet; what is left of the key is said after the last.
    pub(super) fn new(
        release: Arc<ServedRelease>,
        items: Items,
        fields: Fields,
        form: Form,
        grant: Option<(Grant, Since)>,
    ) -> Self {
        Self { release, items, fields, form, grant, n_answered: 0, kept: Kept::default() }
    }

    fn answer(&mut self, item: Item, to: &mut Vec<u8>) {
        let (ip, problem) = match item {
            Item::Bad(text) => (text.to_string(), no_address(&text)),
            Item::Address(ip) => match (special_address(ip), self.release.questions()) {
                (Some(problem), _) => (ip.to_string(), problem),
                (None, Ok(questions)) => match self.kept.answer(questions, ip, self.fields, to) {
                    Ok(()) => return,
                    Err(error) => (ip.to_string(), internal(error)),
                },
                // Asked before the first answer.
                (None, Err(error)) => (ip.to_string(), internal(error)),
            },
        };
        to.extend(json(&Failed { ip: &ip, said: problem.said() }));
    }
}

/// What stands in the place of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Failed<'a> {
    /// What was asked.
    ip: &'a str,
    #[serde(flatten)]
    said: Said<'a>,
}

impl Pieces for Answers {
    fn append(&mut self, to: &mut Vec<u8>) -> bool {
        let is_object = self.form == Form::Object;
        if is_object && self.n_answered == 0 {
            to.extend(br#"{"results":["#);
        }
        let Some(item) = self.items.next() else {
            if is_object {
                to.extend(br#"],"count":"#);
                let _ = write!(to, "{}", self.items.n_addresses());
                let usage = self.grant.as_ref().map(|(grant, since)| usage(grant, *since));
                let usage = json(&usage.unwrap_or_default());
                if usage.len() > 2 {
                    to.push(b',');
                }
                to.extend(&usage[1..]);
            }
            return false;
        };
        if is_object && self.n_answered > 0 {
            to.push(b',');
        }
        self.n_answered += 1;
        self.answer(item, to);
        if !is_object {
            to.push(b'\n');
        }
        true
    }
}

impl Kept {
    /// Appends an answer; what is said is written once for all addresses of one record.
    fn answer(
        &mut self,
        questions: &Questions,
        ip: IpAddr,
        fields: Fields,
        to: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let reader = questions.reader();
        let offset = reader.lookup(ip)?.offset;
        let key = (offset, ip.is_ipv4());
        let place = match self.places.get(&key) {
            Some(place) => *place,
            None => self.write(&reader, questions, (ip, offset), fields)?,
        };
        // As `Lookup` begins.
        let _ = write!(to, r#"{{"ip":"{ip}""#);
        to.extend(&self.bytes[place.0..place.1]);
        Ok(())
    }

    fn write(
        &mut self,
        reader: &Reader<'_>,
        questions: &Questions,
        (ip, offset): (IpAddr, Option<usize>),
        fields: Fields,
    ) -> Result<(usize, usize), FormatError> {
        if self.bytes.len() > MAX_KEPT {
            self.places.clear();
            self.bytes.clear();
        }
        let known = questions.known(reader, offset)?;
        let score = if fields.has_threat() { questions.threat_score(reader, offset)? } else { 0 };
        let whole = json(&Lookup::of(ip, &known, score, fields));
        let n_ip = format!(r#"{{"ip":"{ip}""#).len();
        let place = (self.bytes.len(), self.bytes.len() + whole.len() - n_ip);
        self.bytes.extend(&whole[n_ip..]);
        self.places.insert((offset, ip.is_ipv4()), place);
        Ok(place)
    }
}
