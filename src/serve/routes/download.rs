//! `/v1/database/download/…`: databases and what vouches for them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::Method;
use http::header::{
    HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
};

use crate::base::{Digest, Variant};
use crate::serve::Context;
use crate::serve::catalogue::{Blob, Catalogue, Choices, Form, ServedEdition, ServedRelease};
use crate::serve::reply::{Kept, Problem, Sending, shown};
use crate::serve::routes::asked::{Asked, named};
use crate::serve::routes::names::Names;
use crate::serve::routes::params::Params;
use crate::serve::routes::schemas::VersionName;
use crate::serve::rules::continues;
use crate::serve::server::Head;

/// What downloads are counted as.
pub(super) const ROUTE: &str = "download";
/// The registered type of MaxMind DB files.
pub(super) const MMDB_TYPE: &str = "application/vnd.maxmind.maxmind-db";
/// What says of which bytes a request speaks.
const CONDITIONS: [HeaderName; 5] =
    [IF_RANGE, IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE];
/// Not a header that every HTTP library knows by name.
const USE_AS_DICTIONARY: HeaderName = HeaderName::from_static("use-as-dictionary");

/// The newest database
///
/// Strong ETag from its SHA-256; conditions, ranges and codings by RFC 9110.
#[utoipa::path(
    get,
    path = "/v1/database/download/{edition}",
    tag = "databases",
    params(
        ("edition" = String, Path, description = "An edition or an alias of one", example = "full"),
        (
            "variant" = Option<Variant>,
            Query,
            description = "In which form; without it as Accept-Encoding asks",
        ),
    ),
    responses(
        (
            status = 200,
            description = "The file, or its part of a Range (206); 304 if it is what If-None-Match has",
            content(
                ([u8] = "application/vnd.maxmind.maxmind-db"),
                ([u8] = "application/zstd"),
                ([u8] = "application/gzip"),
                ([u8] = "application/octet-stream"),
            ),
        ),
    ),
)]
pub(super) async fn newest(
    State(context): State<Arc<Context>>,
    Names(edition): Names<String>,
    request: Request,
) -> Response {
    named(ROUTE, reply_newest(&context, &edition, &Asked::of(&request)))
}

/// A database of one release
///
/// It never changes.
#[utoipa::path(
    get,
    path = "/v1/database/download/{edition}/{version}",
    tag = "databases",
    params(
        ("edition" = String, Path, description = "An edition or an alias of one", example = "full"),
        ("version" = VersionName, Path, description = "A version, such as `20261121.1`"),
        (
            "variant" = Option<Variant>,
            Query,
            description = "In which form; without it as Accept-Encoding asks",
        ),
    ),
    responses(
        (
            status = 200,
            description = "The file, or its part of a Range (206); 304 if it is what If-None-Match has",
            content(
                ([u8] = "application/vnd.maxmind.maxmind-db"),
                ([u8] = "application/zstd"),
                ([u8] = "application/gzip"),
                ([u8] = "application/octet-stream"),
            ),
        ),
    ),
)]
pub(super) async fn version(
    State(context): State<Arc<Context>>,
    Names((edition, version)): Names<(String, String)>,
    request: Request,
) -> Response {
    named(ROUTE, reply_version(&context, &edition, &version, &Asked::of(&request)))
}

/// What vouches for a database
#[utoipa::path(
    get,
    path = "/v1/database/download/{edition}/{version}/{what}",
    tag = "databases",
    params(
        ("edition" = String, Path, description = "An edition or an alias of one", example = "full"),
        ("version" = VersionName, Path, description = "A version, such as `20261121.1`"),
        ("what" = String, Path, pattern = "^(manifest|manifest\\.minisig|sha256)$", description = "`manifest`, `manifest.minisig` or `sha256`"),
    ),
    responses(
        (
            status = 200,
            description = "The document",
            content(
                (serde_json::Value = "application/json"),
                (String = "text/plain"),
            ),
        ),
    ),
)]
pub(super) async fn provenance(
    State(context): State<Arc<Context>>,
    Names((edition, version, what)): Names<(String, String, String)>,
    request: Request,
) -> Response {
    named(
        "provenance",
        reply_provenance(&context, [&edition, &version, &what], &Asked::of(&request)),
    )
}

/// Answers what fleets ask every night before the router does, which would take as long as the answer; not
/// where keys are asked for.
pub(super) fn at_once(context: &Context, head: Head<'_>) -> Option<Response> {
    let name = head.uri.path().strip_prefix("/v1/database/download/")?;
    // What is encoded, or below an edition, is the router's.
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let is_read = [Method::GET, Method::HEAD].contains(head.method);
    if !is_plain || !is_read || context.access().is_some() {
        return None;
    }
    let reply = reply_newest(context, name, &Asked::at_once(head));
    Some(reply.unwrap_or_else(|problem| problem.to_json()))
}

fn reply_newest(context: &Context, id: &str, asked: &Asked<'_>) -> Result<Response, Problem> {
    let serving = context.serving();
    let catalogue = serving.catalogue()?;
    let variant = variant(asked)?;
    let name = context.edition(id);
    let release = catalogue.current();
    let edition = edition(release, name)?;
    let wanted = Wanted { id, name, release, edition, variant };
    let sending = wanted.sending(context, Kept::Revalidated)?;
    let sending = sending.since(catalogue.newest_since(edition));
    let recall = context.recall();
    let newest = sending.prepare(asked.method, asked.headers);
    // In another coding it is another file, and never a part of this one.
    let target = asked.uri.path_and_query().map_or("", |target| target.as_str());
    let who = || asked.who(recall, (target, newest.coding().name()));
    if resumes(asked)
        && let Some(sent) = recall.last_sent(who())
        && sent != newest.digest()
    {
        return wanted.reply_resumed(context, catalogue, sent, asked);
    }
    let begun = (newest.n_bytes() > 0).then(|| (who(), newest.digest()));
    let reply = asked.charged(name, newest)?;
    if let Some((who, digest)) = begun {
        recall.remember(who, digest);
    }
    Ok(reply)
}

fn reply_version(
    context: &Context,
    id: &str,
    version: &str,
    asked: &Asked<'_>,
) -> Result<Response, Problem> {
    let serving = context.serving();
    let release = release(serving.catalogue()?, version)?;
    let name = context.edition(id);
    let (edition, variant) = (edition(release, name)?, variant(asked)?);
    let sending = Wanted { id, name, release, edition, variant }.sending(context, Kept::Forever)?;
    asked.charged(name, sending.prepare(asked.method, asked.headers))
}

fn reply_provenance(
    context: &Context,
    [name, version, what]: [&str; 3],
    asked: &Asked<'_>,
) -> Result<Response, Problem> {
    let serving = context.serving();
    let release = release(serving.catalogue()?, version)?;
    let edition = edition(release, context.edition(name))?;
    let made;
    let (choices, media_type) = match what {
        "manifest" => {
            Params::of(asked.query(), &[])?;
            (release.file("manifest.json"), "application/json")
        }
        "manifest.minisig" => {
            Params::of(asked.query(), &[])?;
            (release.file("manifest.json.minisig"), "text/plain; charset=utf-8")
        }
        "sha256" => {
            let variant = variant(asked)?.unwrap_or(Variant::Mmdb);
            let file =
                edition.record().file(variant).ok_or_else(|| no_variant(edition, variant))?;
            // As `sha256sum -c` reads it.
            let line = format!("{}  {}\n", file.sha256, file.name);
            made = Choices::only(Arc::new(Blob::held(line)));
            (Some(&made), "text/plain; charset=utf-8")
        }
        what => {
            let what = what.escape_debug();
            let message =
                format!("there is no `{what}`; there is manifest, manifest.minisig and sha256");
            return Err(Problem::not_found(message));
        }
    };
    let choices = choices.ok_or_else(|| {
        Problem::not_found(format!("release {version} is not signed; see `ipmint keys sign new`"))
    })?;
    let cache = Kept::Forever.header_value(context.audience());
    let sending = Sending::of(choices, media_type, cache).of_release(release);
    let sending = sending.since(release.stamp());
    Ok(sending.reply(asked.method, asked.headers))
}

/// An edition of a release, and what it is wanted as.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    id: &'a str,
    name: &'a str,
    release: &'a ServedRelease,
    edition: &'a ServedEdition,
    variant: Option<Variant>,
}

impl<'a> Wanted<'a> {
    /// Goes on with what a client was sent before this was the newest.
    fn reply_resumed(
        self,
        context: &Context,
        catalogue: &'a Catalogue,
        sent: Digest,
        asked: &Asked<'_>,
    ) -> Result<Response, Problem> {
        let older = catalogue.with_digest(self.name, sent).and_then(|(release, edition)| {
            let older = Self { release, edition, ..self };
            let chosen = older.form()?.choices.with_digest(sent)?;
            Some((older, chosen))
        });
        if let Some((older, (coding, blob))) = older {
            let mut sending = older.sending(context, Kept::Revalidated)?;
            sending.chosen = Some((coding, blob));
            return asked.charged(self.name, sending.prepare(asked.method, asked.headers));
        }
        // Those bytes are gone: all of the new ones, so that nothing is joined to them.
        let mut headers = asked.headers.clone();
        headers.remove(RANGE);
        let sending = self.sending(context, Kept::Revalidated)?;
        asked.charged(self.name, sending.prepare(asked.method, &headers))
    }

    fn form(self) -> Option<&'a Form> {
        self.edition.form(self.id, self.variant)
    }

    fn sending(self, context: &Context, kept: Kept) -> Result<Sending<'a>, Problem> {
        let Self { release, edition, variant, .. } = self;
        // Without a variant it is the database, in whatever coding the client takes.
        let file = variant.unwrap_or(Variant::Mmdb);
        let form = self.form().ok_or_else(|| no_variant(edition, file))?;
        let cache = kept.header_value(context.audience());
        let sending = Sending::of(&form.choices, media_type(file), cache).of_release(release);
        let mut sending = sending.since(edition.stamp()).stored_as(form.disposition.clone());
        if let (None, Some(dictionary)) = (variant, edition.dictionary()) {
            sending = sending.with(USE_AS_DICTIONARY, dictionary.clone());
        }
        if kept == Kept::Revalidated {
            sending.location.clone_from(&form.location);
        }
        Ok(sending)
    }
}

/// Whether a request asks for the rest of something, and does not say of what.
fn resumes(asked: &Asked<'_>) -> bool {
    if *asked.method != Method::GET || !continues(asked.headers) {
        return false;
    }
    let is_said = CONDITIONS.iter().any(|name| asked.headers.contains_key(name));
    !is_said
}

fn variant(asked: &Asked<'_>) -> Result<Option<Variant>, Problem> {
    let params = Params::of(asked.query(), &["variant"])?;
    let Some(name) = params.get("variant") else { return Ok(None) };
    let known = [Variant::Mmdb].into_iter().chain(Variant::PACKED.iter().copied());
    let found = known.clone().find(|variant| variant.name() == name);
    found.map(Some).ok_or_else(|| {
        let known: Vec<&str> = known.map(Variant::name).collect();
        let (name, known) = (shown(name), known.join(", "));
        Problem::parameter(format!("no variant `{name}`; expected one of {known}"))
    })
}

fn no_variant(edition: &ServedEdition, variant: Variant) -> Problem {
    let files = edition.record().files.iter();
    let there: Vec<&str> = files.map(|file| file.variant.name()).collect();
    let (variant, there) = (variant.name(), there.join(", "));
    Problem::not_found(format!(
        "this release was not packed as {variant}, but as {there} (`release.variants` of its policy)"
    ))
}

/// A release by its version.
pub(super) fn release<'a>(
    catalogue: &'a Catalogue,
    version: &str,
) -> Result<&'a ServedRelease, Problem> {
    catalogue.release(version).ok_or_else(|| {
        let (version, current) = (shown(version), catalogue.current().version());
        let list = "/v1/database/list has all that there are";
        Problem::not_found(format!("no release `{version}`; the newest is {current}, {list}"))
    })
}

/// An edition by its name.
pub(super) fn edition<'a>(
    release: &'a ServedRelease,
    name: &str,
) -> Result<&'a ServedEdition, Problem> {
    release.editions().get(name).ok_or_else(|| {
        let there: Vec<&str> = release.editions().keys().map(String::as_str).collect();
        let (name, there) = (shown(name), there.join(", "));
        Problem::not_found(format!("no edition `{name}`; there is {there}"))
    })
}

/// The type of a file.
pub(super) fn media_type(variant: Variant) -> &'static str {
    match variant {
        Variant::Mmdb => MMDB_TYPE,
        Variant::Zst => "application/zstd",
        Variant::Gz | Variant::TarGz => "application/gzip",
        Variant::Compact => "application/octet-stream",
    }
}
