//! `/`, `/page/{file}`: the page for people, which asks the other routes.
//!
//! These are in no document of the interface: their names and contents are nobody's to rely on, and change with the
//! page. No key is asked for them, since the page is where a key is put in.

use axum::extract::Request;
use axum::response::Response;
use http::HeaderValue;
use http::header::{CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};

use crate::serve::page::PageFile;
use crate::serve::reply::{Audience, Kept, Problem, Sending, shown};
use crate::serve::routes::asked::{Asked, named};
use crate::serve::routes::names::Names;

/// What a browser lets the page do: run, look and ask as this server sent it, and nothing from or to anywhere else.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
             connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'",
        ),
    ),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// The page.
pub(super) async fn index(request: Request) -> Response {
    answer("index.html", &request)
}

/// A file of the page.
pub(super) async fn file(Names(name): Names<String>, request: Request) -> Response {
    answer(&name, &request)
}

/// Queries are nobody's business: links to pages get all sorts of them on their way.
fn answer(name: &str, request: &Request) -> Response {
    let mut response = named("page", reply(name, &Asked::of(request)));
    response.headers_mut().extend(HEADERS);
    response
}

fn reply(name: &str, asked: &Asked<'_>) -> Result<Response, Problem> {
    let file = PageFile::named(name).ok_or_else(|| {
        Problem::not_found(format!("the page has no file `{}`; it begins at /", shown(name)))
    })?;
    // Open to everybody, whoever needs a key for the rest.
    let cache = Kept::Revalidated.header_value(Audience::Everyone);
    Ok(Sending::of(file.choices, file.media_type, cache).reply(asked.method, asked.headers))
}
