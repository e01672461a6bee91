//! What was said of an address on another day, from the history of the store.

use std::net::IpAddr;
use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

use crate::base::{Day, chain};
use crate::query::history::{PastError, Snapshot, parse_day};
use crate::query::views::{Fields, Lookup};
use crate::serve::Context;
use crate::serve::access::Group;
use crate::serve::catalogue::Questions;
use crate::serve::reply::{Problem, json};
use crate::serve::routes::asked::{Asked, Since, today};
use crate::serve::routes::subject::{internal, questions};

/// What was said of an address on a day.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PastLookup<'a> {
    /// The address.
    #[schema(value_type = String, example = "185.220.101.45")]
    ip: IpAddr,
    /// The day that was asked for.
    #[schema(value_type = String, format = Date, example = "2026-11-20")]
    snapshot_date: Day,
    /// True.
    is_historical: bool,
    /// The release that held on that day.
    version: &'a str,
    /// What it said; its `threat_score` by the policy and the feeds of today.
    data: Lookup<'a>,
}

/// Looks an address up as of a day.
pub(super) async fn looked_up(
    context: &Arc<Context>,
    ip: IpAddr,
    date: &str,
    fields: Fields,
    asked: &Asked<'_>,
) -> Result<Response, Problem> {
    let since = Since::now();
    if let (Some(access), Some(grant)) = (context.access(), asked.grant) {
        access.opens(grant, Group::History)?;
    }
    let today = today();
    let day = parse_day(date, today).map_err(|error| no_answer(&error))?;
    let past = Arc::clone(context.past());
    // The first look-up of a month reads that.
    let asking = spawn_blocking(move || past.on(ip, day, today)).await;
    let snapshot = asking.map_err(internal)?.map_err(|error| no_answer(&error))?;
    let serving = context.serving();
    let catalogue = serving.catalogue()?;
    let object = said(&snapshot, questions(catalogue)?, fields)?;
    // The history is not the catalogue's: it may be another while that stays.
    Ok(asked.document_by_content(context, catalogue, object, since))
}

fn said(snapshot: &Snapshot, questions: &Questions, fields: Fields) -> Result<Vec<u8>, Problem> {
    let known = snapshot.known().map_err(|error| no_answer(&error))?.unwrap_or_default();
    let score = questions.threat_score_of(snapshot.cursor()).map_err(internal)?;
    Ok(json(&PastLookup {
        ip: snapshot.ip,
        snapshot_date: snapshot.snapshot_date,
        is_historical: true,
        version: &snapshot.version,
        data: Lookup::of(snapshot.ip, &known, score, fields),
    }))
}

/// Why a day cannot be told of.
pub(super) fn no_answer(error: &PastError) -> Problem {
    let status = StatusCode::from_u16(error.status()).expect("one of three");
    if status.is_server_error() {
        return internal(error);
    }
    Problem::new(status, error.code(), chain(error))
}
