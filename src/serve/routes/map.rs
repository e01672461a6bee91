//! `/v1/cidr/map.png`: all addresses of a prefix or a range, as a picture.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::query::map::{MapFrame, MapOptions, MapSizeError, MapSubjectError, draw_map};
use crate::serve::Context;
use crate::serve::reply::{Problem, shown};
use crate::serve::routes::asked::{Asked, named};
use crate::serve::routes::cidr::parsed;
use crate::serve::routes::params::Params;
use crate::serve::routes::schemas::{MapPixels, MapSubjectName};
use crate::serve::routes::subject::{internal, questions};

/// How many pictures are drawn beside each other: each takes up to 40 MB.
const MAX_DRAWINGS: usize = 2;

/// Who may draw now.
static DRAWINGS: Semaphore = Semaphore::const_new(MAX_DRAWINGS);

/// What is known of all addresses of a prefix or a range, as a picture
///
/// Hilbert's curve through the smallest prefix around it: a pixel is one address, or a block of equal size. Colours
/// are a scale of the mean score; of the share that has a signal; or of `signals` the strongest that any address has.
/// Bare, it is the pixels alone, to be laid over something: `size` wide and high (half as high where the prefix has an
/// odd number of bits left), and transparent where there is no record, nothing of what is shown, or nothing was asked.
#[utoipa::path(
    get,
    path = "/v1/cidr/map.png",
    tag = "networks",
    params(
        ("q" = String, Query, description = "A prefix, an address or a range `a-b`", example = "146.70.50.0/24"),
        ("signal" = Option<MapSubjectName>, Query, description = "`score`, `signals`, or a signal such as `is_vpn`; the score by default"),
        ("size" = Option<MapPixels>, Query, description = "Pixels from left to right: 256, 512, 1024 or 2048; 1024 by default"),
        ("bare" = Option<bool>, Query, description = "`true`: without title, grid, names and legend; `false` by default"),
    ),
    responses(
        (status = 200, description = "The picture", content_type = "image/png", body = [u8]),
    ),
)]
pub(super) async fn map(State(context): State<Arc<Context>>, request: Request) -> Response {
    named("map", answer(context, request).await)
}

async fn answer(context: Arc<Context>, request: Request) -> Result<Response, Problem> {
    let params = Params::of(request.uri().query(), &["q", "signal", "size", "bare"])?;
    let cidr = parsed(params.required("q")?)?;
    let options = options(&params)?;
    let catalogue = context.catalogue().ok_or_else(Problem::no_database)?;
    // Whoever has the picture already is told so without waiting for those that are drawn.
    let permit = DRAWINGS.acquire().await.expect("never closed");
    let reply = move || {
        let _permit = permit;
        let questions = questions(&catalogue)?;
        let mut failed = None;
        let draw = || {
            let picture =
                draw_map(&questions.reader(), Some(questions.index()), cidr.range(), options);
            picture.map_or_else(
                |error| {
                    failed = Some(internal(error));
                    Body::empty()
                },
                Body::from,
            )
        };
        let response = Asked::of(&request).made(&context, &catalogue, "image/png", draw);
        failed.map_or(Ok(response), Err)
    };
    spawn_blocking(reply).await.unwrap_or_else(|error| Err(internal(error)))
}

fn options(params: &Params<'_>) -> Result<MapOptions, Problem> {
    let mut options = MapOptions::default();
    if let Some(text) = params.get("signal") {
        let wrong = |error: MapSubjectError| Problem::parameter(format!("`signal`: {error}"));
        options.subject = text.parse().map_err(wrong)?;
    }
    if let Some(text) = params.get("size") {
        let wrong = |error: MapSizeError| Problem::parameter(format!("`size`: {error}"));
        options.size = text.parse().map_err(wrong)?;
    }
    match params.get("bare") {
        None | Some("false") => {}
        Some("true") => options.frame = MapFrame::Bare,
        Some(text) => {
            let message = format!("`bare` is `{}`; expected true or false", shown(text));
            return Err(Problem::parameter(message));
        }
    }
    Ok(options)
}
