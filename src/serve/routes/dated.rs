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
use crate::serve::access::Group;
use crate::serve::catalogue::Questions;
use crate::serve::reply::{Problem, json};
use crate::serve::routes::asked::{Asked, Since, today};
use crate::serve::routes::subject::{internal, questions};
use crate::serve::{Context, TooManyWait};

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
    let snapshot = snapshot(context, ip, day, today).await?;
    let serving = context.serving();
    let catalogue = serving.catalogue()?;
    let object = said(&snapshot, questions(catalogue)?, fields)?;
    // The history is not the catalogue's: it may be another while that stays.
    Ok(asked.document_by_content(context, catalogue, object, since))
}

/// Asks for a day at once if its month is held. Others are read one at a time, which takes seconds: to wait
/// for that takes no thread.
async fn snapshot(
    context: &Context,
    ip: IpAddr,
    day: Day,
    today: Day,
) -> Result<Snapshot, Problem> {
    let past = Arc::clone(context.past());
    let held = spawn_blocking(move || past.on_held(ip, day, today)).await;
    if let Some(held) = held.map_err(internal)?.map_err(|error| no_answer(&error))? {
        return Ok(held);
    }
    let asking = context.past().asking();
    let turn = context.past_turns().next().await.map_err(|error| busy(&error))?;
    let past = Arc::clone(context.past());
    // Whoever asked may be gone before it is read: the turn ends with the reading.
    let read = move || {
        let snapshot = past.on(ip, day, today);
        drop((asking, turn));
        snapshot
    };
    spawn_blocking(read).await.map_err(internal)?.map_err(|error| no_answer(&error))
}

fn busy(error: &TooManyWait) -> Problem {
    let status = StatusCode::TOO_MANY_REQUESTS;
    Problem::new(status, "rate_limited", error.to_string()).again_after(5)
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
    let status = match error.code() {
        "invalid_date" | "date_out_of_range" => StatusCode::BAD_REQUEST,
        "no_snapshot" => StatusCode::NOT_FOUND,
        _ => return internal(error),
    };
    Problem::new(status, error.code(), chain(error))
}
