//! The update protocol of `geoipupdate` 4 to 8, and the download links that scripts use beside it.
//!
//! ```text
//! /app/update_getfilename?product_id=E             up to 4.9: the name of the file
//! /geoip/databases/E/update?db_md5=…               up to 6: gzip of the database, or 304
//! /geoip/updates/metadata?edition_id=E             from 7: MD5 and day of what is newest
//! /geoip/databases/E/download?date=D&suffix=tar.gz from 7, and curl: an archive; tar.gz.sha256 its digest
//! /app/geoip_download?edition_id=E&suffix=…        the old form of that link
//! ```
//!
//! Never with a Content-Encoding: the clients ask for gzip and unpack what they get once. Errors are a line
//! of text, which they show.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::HeaderValue;
use http::header::HeaderName;
use serde_json::json;

use crate::base::{Digest, Md5, Variant};
use crate::serve::Context;
use crate::serve::catalogue::{
    Blob, Catalogue, Choices, Form, ServedEdition, ServedRelease, attachment,
};
use crate::serve::reply::{Kept, Problem, Sending, shown};
use crate::serve::routes::asked::{Asked, named_text};
use crate::serve::routes::names::Names;
use crate::serve::routes::params::Params;

const TEXT: &str = "text/plain; charset=utf-8";
const X_DATABASE_MD5: HeaderName = HeaderName::from_static("x-database-md5");

/// A file's name by an edition's id
#[utoipa::path(
    get,
    path = "/app/update_getfilename",
    tag = "clients",
    params(
        ("product_id" = String, Query, description = "An edition or an alias", example = "full"),
    ),
    responses(
        (status = 200, description = "The name", content_type = "text/plain", body = String),
    ),
)]
pub(super) async fn file_name(State(context): State<Arc<Context>>, request: Request) -> Response {
    named_text("update", reply_file_name(&context, &Asked::of(&request)))
}

/// The newest database, as geoipupdate 4 to 6 ask
#[utoipa::path(
    get,
    path = "/geoip/databases/{edition}/update",
    tag = "clients",
    params(
        ("edition" = String, Path, description = "An edition or an alias of one", example = "full"),
        ("db_md5" = Option<String>, Query, description = "MD5 of the database that is there"),
    ),
    responses(
        (
            status = 200,
            description = "The database, gzipped",
            content_type = "application/gzip",
            body = [u8],
        ),
    ),
)]
pub(super) async fn update(
    State(context): State<Arc<Context>>,
    Names(edition): Names<String>,
    request: Request,
) -> Response {
    named_text("update", reply_update(&context, &edition, &Asked::of(&request)))
}

/// Day and MD5 of the newest database, as geoipupdate 7 and later ask
#[utoipa::path(
    get,
    path = "/geoip/updates/metadata",
    tag = "clients",
    params(
        ("edition_id" = String, Query, description = "An edition or an alias", example = "full"),
    ),
    responses(
        (status = 200, description = "Day and MD5", body = serde_json::Value),
    ),
)]
pub(super) async fn metadata(State(context): State<Arc<Context>>, request: Request) -> Response {
    named_text("update", reply_metadata(&context, &Asked::of(&request)))
}

/// An archive by its day, as geoipupdate 7 and later ask
#[utoipa::path(
    get,
    path = "/geoip/databases/{edition}/download",
    tag = "clients",
    params(
        ("edition" = String, Path, description = "An edition or an alias of one", example = "full"),
        ("date" = Option<String>, Query, description = "`YYYYMMDD`"),
        ("suffix" = Option<String>, Query, pattern = "^tar\\.gz(\\.sha256)?$", description = "`tar.gz` or `tar.gz.sha256`"),
    ),
    responses(
        (
            status = 200,
            description = "The archive, or a line with its SHA-256",
            content(
                ([u8] = "application/gzip"),
                (String = "text/plain"),
            ),
        ),
    ),
)]
pub(super) async fn download(
    State(context): State<Arc<Context>>,
    Names(edition): Names<String>,
    request: Request,
) -> Response {
    named_text("update", reply_download(&context, &edition, &Asked::of(&request)))
}

/// An archive by the old permalink
#[utoipa::path(
    get,
    path = "/app/geoip_download",
    tag = "clients",
    params(
        ("edition_id" = String, Query, description = "An edition or an alias", example = "full"),
        ("suffix" = Option<String>, Query, pattern = "^tar\\.gz(\\.sha256)?$", description = "`tar.gz` or `tar.gz.sha256`"),
    ),
    responses(
        (
            status = 200,
            description = "The archive, or a line with its SHA-256",
            content(
                ([u8] = "application/gzip"),
                (String = "text/plain"),
            ),
        ),
    ),
)]
pub(super) async fn old_download(
    State(context): State<Arc<Context>>,
    request: Request,
) -> Response {
    let asked = Asked::of(&request);
    let edition = Params::lenient(asked.query()).required("edition_id").map(str::to_owned);
    named_text("update", edition.and_then(|edition| reply_download(&context, &edition, &asked)))
}

fn reply_file_name(context: &Context, asked: &Asked<'_>) -> Result<Response, Problem> {
    let serving = context.serving();
    let release = serving.catalogue()?.current();
    let params = Params::lenient(asked.query());
    let id = params.required("product_id")?;
    edition(context, release, id)?;
    let choices = Choices::only(Arc::new(Blob::held(format!("{id}.mmdb"))));
    let cache = Kept::Revalidated.header_value(context.audience());
    let sending = Sending::of(&choices, TEXT, cache).of_release(release);
    Ok(sending.reply(asked.method, asked.headers))
}

fn reply_update(context: &Context, id: &str, asked: &Asked<'_>) -> Result<Response, Problem> {
    let serving = context.serving();
    let release = serving.catalogue()?.current();
    let (name, edition) = edition(context, release, id)?;
    let md5 = database(edition).to_string();
    let form = packed(edition, id, Variant::Gz)?;
    let cache = Kept::Revalidated.header_value(context.audience());
    let sending = Sending::of(&form.choices, "application/gzip", cache).of_release(release);
    let sending = sending.since(edition.stamp()).stored_as(form.disposition.clone());
    let header = HeaderValue::try_from(&md5).expect("hex digits");
    let sending = sending.with(X_DATABASE_MD5, header);
    let params = Params::lenient(asked.query());
    if params.get("db_md5").is_some_and(|has| has.eq_ignore_ascii_case(&md5)) {
        return Ok(sending.unchanged());
    }
    asked.charged(name, sending.prepare(asked.method, asked.headers))
}

fn reply_metadata(context: &Context, asked: &Asked<'_>) -> Result<Response, Problem> {
    let serving = context.serving();
    let release = serving.catalogue()?.current();
    let params = Params::lenient(asked.query());
    let id = params.required("edition_id")?;
    let (_, edition) = edition(context, release, id)?;
    // What is told now is what the download to come has to be, whatever is published between.
    let archive = packed(edition, id, Variant::TarGz)?.choices.identity().digest();
    let recall = context.recall();
    recall.remember(asked.who(recall, promise(id)), archive);
    let object = json!({"databases": [{
        "edition_id": id,
        "md5": database(edition).to_string(),
        "date": edition.day().to_string(),
    }]});
    let choices = Choices::only(Arc::new(Blob::held(object.to_string())));
    let cache = Kept::Revalidated.header_value(context.audience());
    let sending = Sending::of(&choices, "application/json", cache).of_release(release);
    Ok(sending.reply(asked.method, asked.headers))
}

fn reply_download(context: &Context, id: &str, asked: &Asked<'_>) -> Result<Response, Problem> {
    let serving = context.serving();
    let catalogue = serving.catalogue()?;
    let params = Params::lenient(asked.query());
    let name = context.edition(id);
    let recall = context.recall();
    let promised = recall.last_sent(asked.who(recall, promise(id)));
    edition_of_some(catalogue, name)?;
    let (release, edition) = dated(catalogue, [id, name], params.get("date"), promised)?;
    let archive = &packed(edition, id, Variant::TarGz)?.choices;
    let file_name = format!("{id}_{}.tar.gz", edition.day().compact());
    let cache = Kept::Revalidated.header_value(context.audience());
    match params.get("suffix").unwrap_or("tar.gz") {
        "tar.gz" => {
            let sending = Sending::of(archive, "application/gzip", cache).of_release(release);
            let sending = sending.since(edition.stamp()).stored_as(attachment(&file_name));
            asked.charged(name, sending.prepare(asked.method, asked.headers))
        }
        "tar.gz.sha256" => {
            let line = format!("{}  {file_name}\n", archive.identity().digest());
            let choices = Choices::only(Arc::new(Blob::held(line)));
            let sending = Sending::of(&choices, TEXT, cache).of_release(release);
            let sending = sending.stored_as(attachment(&format!("{file_name}.sha256")));
            Ok(sending.reply(asked.method, asked.headers))
        }
        _ => Err(Problem::parameter("no such suffix; expected tar.gz or tar.gz.sha256")),
    }
}

/// The release to download from: the current one, or of those built on the day asked for the one that the
/// client was told of, else the newest.
fn dated<'a>(
    catalogue: &'a Catalogue,
    [id, name]: [&str; 2],
    date: Option<&str>,
    promised: Option<Digest>,
) -> Result<(&'a ServedRelease, &'a ServedEdition), Problem> {
    let current = catalogue.current();
    let releases = std::iter::once(current).chain(catalogue.releases());
    let mut editions =
        releases.filter_map(|release| Some((release, release.editions().get(name)?)));
    let Some(date) = date else {
        let newest = editions.next().filter(|(release, _)| release.version() == current.version());
        return newest.ok_or_else(|| no_date(catalogue, name, "today"));
    };
    let digits: String = date.chars().filter(|c| *c != '-').collect();
    let mut of_the_day =
        editions.filter(|(_, edition)| edition.day().compact() == digits).peekable();
    let first = of_the_day.peek().copied();
    let archive = |edition: &ServedEdition| {
        edition.form(id, Some(Variant::TarGz)).map(|form| form.choices.identity().digest())
    };
    let told = of_the_day.find(|(_, edition)| promised.is_some() && archive(edition) == promised);
    told.or(first).ok_or_else(|| no_date(catalogue, name, date))
}

fn no_date(catalogue: &Catalogue, name: &str, date: &str) -> Problem {
    let editions = catalogue.releases().filter_map(|release| release.editions().get(name));
    let mut days: Vec<String> = editions.map(|edition| edition.day().compact()).collect();
    days.dedup();
    days.truncate(5);
    let (date, days) = (shown(date), days.join(", "));
    Problem::not_found(format!("no database of `{date}`; there is {days}"))
}

/// The words under which is remembered what a client was told of.
fn promise(id: &str) -> (&str, &str) {
    ("metadata", id)
}

/// An edition by its id: an alias, or its own name.
fn edition<'a>(
    context: &'a Context,
    release: &'a ServedRelease,
    id: &'a str,
) -> Result<(&'a str, &'a ServedEdition), Problem> {
    let name = context.edition(id);
    match release.editions().get(name) {
        Some(edition) => Ok((name, edition)),
        None => Err(unknown(id)),
    }
}

fn edition_of_some(catalogue: &Catalogue, name: &str) -> Result<(), Problem> {
    let is_known = catalogue.releases().any(|release| release.editions().contains_key(name));
    is_known.then_some(()).ok_or_else(|| unknown(name))
}

fn unknown(id: &str) -> Problem {
    let id = shown(id);
    Problem::not_found(format!(
        "no edition `{id}` here; `aliases` of the server's configuration gives editions other ids"
    ))
}

fn database(edition: &ServedEdition) -> Md5 {
    edition.record().file(Variant::Mmdb).expect("taken in with it").md5
}

fn packed<'a>(edition: &'a ServedEdition, id: &str, variant: Variant) -> Result<&'a Form, Problem> {
    edition.form(id, Some(variant)).ok_or_else(|| {
        let variant = variant.name();
        let message = format!(
            "this release was built without {variant}; `release.variants` of the policy needs it"
        );
        Problem::not_found(message)
    })
}
