//! Every route on one page.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{get, post};
use http::StatusCode;

use crate::serve::Context;
use crate::serve::access::Group;
use crate::serve::reply::{Problem, shown};
use crate::serve::routes::admission::admitted;
use crate::serve::routes::asked::named;
use crate::serve::routes::{
    absent, account, address, asn, badge, batch, cidr, delta, diff, download, elastic, feeds,
    health, history, list, map, network, openapi, own, page, store, update,
};

/// What is answered.
pub(super) fn router(context: Arc<Context>) -> Router {
    let open = Router::new()
        .route("/", get(page::index))
        .route("/page/{*file}", get(page::file))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(openapi::openapi))
        .route("/v1/validate/{ip}", get(own::validate))
        .route("/app/update_getfilename", get(update::file_name));
    let list = Router::new()
        .route("/v1/database/list", get(list::list))
        .route("/v1/database", get(elastic::databases))
        .route("/v1/feeds", get(feeds::feeds));
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
        .route("/index.json.minisig", get(store::signature))
        .route("/releases/{version}/{*file}", get(store::file));
    let lookup = Router::new()
        .route("/v1/lookup/{ip}", get(address::lookup))
        .route("/v1/check/{ip}", get(address::check))
        .route("/v1/reputation/{ip}", get(address::reputation))
        .route("/v1/threat/{ip}", get(address::threat))
        .route("/v1/fraud/{ip}", get(address::fraud))
        .route("/v1/proxy-attribution/{ip}", get(address::proxy_attribution))
        .route("/v1/explain/{ip}", get(address::explain))
        .route("/v1/badge/{file}", get(badge::badge))
        .route("/v1/me", get(own::me))
        .route("/v1/reverse-ip/{ip}", get(absent::reverse_ip))
        .route("/v1/probe/{ip}", get(absent::probe));
    let batch = Router::new()
        .route("/v1/lookup/batch", post(batch::post))
        .route("/v1/batch", get(batch::get));
    let network = Router::new()
        .route("/v1/cidr", get(cidr::cidr))
        .route("/v1/cidr/map.png", get(map::map))
        .route("/v1/subnet/{cidr}", get(network::subnet_at))
        .route("/v1/subnet/{addr}/{len}", get(network::subnet_of))
        .route("/v1/supernet/{cidr}", get(network::supernet_at))
        .route("/v1/supernet/{addr}/{len}", get(network::supernet_of))
        .route("/v1/asn/{asn}", get(asn::asn))
        .route("/v1/bgp", get(absent::bgp));
    let history = Router::new()
        .route("/v1/diff/{edition}/{from}/{to}", get(diff::diff))
        .route("/v1/history/{ip}", get(history::history));
    let account = Router::new().route("/v1/account/usage", get(account::usage));
    open.merge(admitted(&context, Group::List, list))
        .merge(admitted(&context, Group::Download, download))
        .merge(admitted(&context, Group::Delta, delta))
        .merge(admitted(&context, Group::Update, update))
        .merge(admitted(&context, Group::Store, store))
        .merge(admitted(&context, Group::Account, account))
        .merge(admitted(&context, Group::Lookup, lookup))
        .merge(admitted(&context, Group::Batch, batch))
        .merge(admitted(&context, Group::Network, network))
        .merge(admitted(&context, Group::History, history))
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
    let message = "not with this method; `Allow` says with which";
    let status = StatusCode::METHOD_NOT_ALLOWED;
    named("none", Err(Problem::new(status, "method_not_allowed", message)))
}
