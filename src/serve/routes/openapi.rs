//! `/openapi.json`: every route, and what it answers with, from the types themselves (OpenAPI 3.1).

use std::sync::{Arc, LazyLock};

use axum::extract::{Request, State};
use axum::response::Response;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder, SecurityRequirement};
use utoipa::{Modify, OpenApi};

use crate::query::views::Language;
use crate::serve::Context;
use crate::serve::catalogue::{Choices, gzip};
use crate::serve::reply::{Kept, Problem, Said, Sending};
use crate::serve::routes::asked::{Asked, named};
use crate::serve::routes::params::Params;
use crate::serve::routes::schemas::{
    Address, AsnText, FieldNames, MapPixels, MapSubjectName, VersionName,
};
use crate::serve::routes::{
    absent, account, address, asn, badge, batch, cidr, delta, diff, download, elastic, feeds,
    health, history, list, map, network, own, store, update,
};
use crate::serve::rules::Coding;

/// The document; its version is that of the program.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "ipmint",
        description = "Databases of IP intelligence, and questions about addresses and networks, all answered \
                       from one release. Where the server asks for keys, each object carries `api_plan`, \
                       `api_usage` and `response_ms` too.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "this server")),
    tags(
        (name = "addresses", description = "What is known of an address"),
        (name = "networks", description = "Prefixes, ranges and autonomous systems"),
        (name = "changes", description = "What changed from one release to another"),
        (name = "databases", description = "Databases to download"),
        (name = "clients", description = "The protocols of other programs"),
        (name = "account", description = "Keys"),
        (name = "server", description = "The server itself"),
    ),
    paths(
        address::lookup,
        address::check,
        address::reputation,
        address::threat,
        address::fraud,
        address::proxy_attribution,
        address::explain,
        batch::post,
        batch::get,
        own::me,
        own::validate,
        badge::badge,
        absent::reverse_ip,
        absent::probe,
        cidr::cidr,
        map::map,
        network::subnet_of,
        network::subnet_at,
        network::supernet_of,
        network::supernet_at,
        asn::asn,
        absent::bgp,
        diff::diff,
        history::history,
        list::list,
        feeds::feeds,
        download::newest,
        download::version,
        download::provenance,
        delta::delta,
        elastic::databases,
        update::file_name,
        update::update,
        update::metadata,
        update::download,
        update::old_download,
        store::top,
        store::signature,
        store::file,
        account::usage,
        health::alive,
        health::ready,
        health::metrics,
        openapi,
    ),
    components(schemas(Said, Address, AsnText, FieldNames, Language, MapPixels, MapSubjectName, VersionName)),
    modifiers(&Common),
)]
struct Document;

/// What holds for every route.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let header = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Key")));
        let query = SecurityScheme::ApiKey(ApiKey::Query(ApiKeyValue::new("api_key")));
        let http = |scheme| SecurityScheme::Http(Http::new(scheme));
        let schemes = [
            ("header", header),
            ("query", query),
            ("bearer", http(HttpAuthScheme::Bearer)),
            ("basic", http(HttpAuthScheme::Basic)),
        ];
        // A server without keys asks for none of them.
        let mut ways = vec![SecurityRequirement::default()];
        for (name, scheme) in schemes {
            components.add_security_scheme(name, scheme);
            ways.push(SecurityRequirement::new::<_, [&str; 0], &str>(name, []));
        }
        for (path, item) in &mut document.paths.paths {
            let is_text = path.starts_with("/geoip/") || path.starts_with("/app/");
            let open =
                ["/healthz", "/readyz", "/metrics", "/openapi.json", "/app/update_getfilename"];
            let is_open = open.contains(&path.as_str()) || path.starts_with("/v1/validate/");
            for operation in operations(item) {
                operation.operation_id = Some(operation_id(path));
                operation.security = (!is_open).then(|| ways.clone());
                forget_bytes(operation);
                add_problems(operation, is_text);
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post].into_iter().filter_map(Option::as_mut)
}

/// `/v1/lookup/{ip}` is `lookup_ip`.
fn operation_id(path: &str) -> String {
    let words = path.split(['/', '.']).filter(|word| !word.is_empty() && *word != "v1");
    let words: Vec<&str> = words.map(|word| word.trim_matches(['{', '}', '*'])).collect();
    words.join("_").replace('-', "_")
}

/// Files have a media type and no schema: as a type they would be arrays of numbers.
fn forget_bytes(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        let RefOr::T(response) = response else { continue };
        for (media_type, content) in &mut response.content {
            let is_text = media_type.starts_with("text/") || media_type == "application/json";
            if let (RefOr::T(content), false) = (content, is_text) {
                content.schema = None;
            }
        }
    }
}

fn add_problems(operation: &mut Operation, is_text: bool) {
    for (status, description) in [
        ("4XX", "What is wrong with the request: `error` is the code, `message` says what to do"),
        ("5XX", "What is wrong with the server, or that nothing was published yet"),
    ] {
        let response = ResponseBuilder::new().description(description);
        let content = |schema| ContentBuilder::new().schema(Some(schema)).build();
        let response = if is_text {
            let text = <String as utoipa::PartialSchema>::schema();
            response.content("text/plain", content(text))
        } else {
            let error: RefOr<_> = Ref::from_schema_name("Error").into();
            response.content("application/json", content(error))
        };
        operation.responses.responses.insert(status.to_owned(), RefOr::T(response.build()));
    }
}

/// This document
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "server",
    responses(
        (status = 200, description = "OpenAPI 3.1", body = serde_json::Value),
    ),
)]
pub(super) async fn openapi(State(context): State<Arc<Context>>, request: Request) -> Response {
    named("openapi", reply(&context, &Asked::of(&request)))
}

fn reply(context: &Context, asked: &Asked<'_>) -> Result<Response, Problem> {
    static DOCUMENT: LazyLock<Choices> = LazyLock::new(|| {
        let mut text = Document::openapi().to_pretty_json().expect("text keys");
        text.push('\n');
        let packed = gzip(text.as_bytes());
        Choices::made(text, vec![(Coding::Gzip, packed)])
    });
    Params::of(asked.query(), &[])?;
    let cache = Kept::Revalidated.header_value(context.audience());
    let sending = Sending::of(&DOCUMENT, "application/json", cache);
    Ok(sending.reply(asked.method, asked.headers))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use utoipa::OpenApi;

    use crate::serve::routes::openapi::{Document, operation_id, operations};

    #[test]
    fn operations_have_names_of_their_own() {
        assert_eq!(
            operation_id("/v1/database/delta/{edition}/{from}/{to}"),
            "database_delta_edition_from_to"
        );
        let mut document = Document::openapi();
        let mut names = BTreeSet::new();
        for item in document.paths.paths.values_mut() {
            for operation in operations(item) {
                assert!(
                    names.insert(operation.operation_id.clone()),
                    "{:?}",
                    operation.operation_id
                );
            }
        }
        assert!(names.len() > 10);
    }
}
