//! Every route on one page.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;

use crate::serve::Context;
use crate::serve::access::Group;
use crate::serve::reply::{Problem, shown};
use crate::serve::routes::admission::admitted;
use crate::serve::routes::asked::named;
use crate::serve::routes::{
    account, delta, download, elastic, health, list, openapi, store, update,
};

/// What is answered.
pub(super) fn router(context: Arc<Context>) -> Router {
    let open = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(openapi::openapi))
        .route("/app/update_getfilename", get(update::file_name));
    let list = Router::new()
        .route("/v1/database/list", get(list::list))
        .route("/v1/database", get(elastic::databases));
    let download = Router::new()
        .route("/v1/database/download/{edition}", get(download::newest))
        .route("/v1/database/download/{edition}/{version}", get(download::version))
        .route("/v1/database/download/{edition}/{version}/{what}", get(download::provenance));
    let delta = Router::new().route("/v1/database/delta/{edition}/{from}/{to}", get(delta::delta));
    let update = Router::new()
        .route("/geoip/databases/{edition}/update", get(update::update))
        .route("/geoip/updates/metadata", get(update::metadata))
        .route("/geoip/databases/{edition}/download", get(update::download))
        .route("/app/geoip_download", get(update::old_download));
    let store = Router::new()
        .route("/index.json", get(store::top))
        .route("/index.json.minisig", get(store::top))
        .route("/releases/{version}/{*file}", get(store::file));
    let account = Router::new().route("/v1/account/usage", get(account::usage));
    open.merge(admitted(&context, Group::List, list))
        .merge(admitted(&context, Group::Download, download))
        .merge(admitted(&context, Group::Delta, delta))
        .merge(admitted(&context, Group::Update, update))
        .merge(admitted(&context, Group::Store, store))
        .merge(admitted(&context, Group::Account, account))
        .fallback(missing)
        .method_not_allowed_fallback(not_allowed)
        .with_state(context)
}

async fn missing(request: Request) -> Response {
    let path = shown(request.uri().path());
    let message = format!("nothing is at `{path}`; see /v1/database/list");
    named("none", Err(Problem::not_found(message)))
}

/// `Allow` is put in by the router.
async fn not_allowed() -> Response {
    let message = "this can only be read; ask with GET or HEAD";
    let status = StatusCode::METHOD_NOT_ALLOWED;
    named("none", Err(Problem::new(status, "method_not_allowed", message)))
}
