//! `/v1/bgp`, `/v1/reverse-ip/{ip}`, `/v1/probe/{ip}`: what only imported data can answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use crate::base::Asn;
use crate::serve::Context;
use crate::serve::reply::Problem;
use crate::serve::routes::asked::named;
use crate::serve::routes::names::Names;
use crate::serve::routes::params::Params;
use crate::serve::routes::schemas::{Address, AsnText};
use crate::serve::routes::subject::public;

/// Announced prefixes and neighbours of an AS; 404 until routing data is imported
#[utoipa::path(
    get,
    path = "/v1/bgp",
    tag = "networks",
    params(
        ("asn" = Option<AsnText>, Query, description = "`13335` or `AS13335`"),
        ("ip" = Option<Address>, Query, description = "An IPv4 or IPv6 address"),
    ),
    responses((status = 404, description = "No routing data was imported", body = crate::serve::reply::Said)),
)]
pub(super) async fn bgp(State(_): State<Arc<Context>>, request: Request) -> Response {
    let reply = || {
        let params = Params::of(request.uri().query(), &["asn", "ip"])?;
        params.get("ip").map(public).transpose()?;
        let asn = params.get("asn").map(str::parse::<Asn>).transpose();
        asn.map_err(|error| Problem::parameter(error.to_string()))?;
        Err(absent(
            "routing data (MRT or as-rel)",
            "/v1/asn/{asn} has what the databases know of it",
        ))
    };
    named("bgp", reply())
}

/// Domains on an address; 404 until a forward-DNS export is imported
#[utoipa::path(
    get,
    path = "/v1/reverse-ip/{ip}",
    tag = "addresses",
    params(("ip" = Address, Path, description = "An IPv4 or IPv6 address", example = "1.1.1.1")),
    responses((status = 404, description = "No export was imported", body = crate::serve::reply::Said)),
)]
pub(super) async fn reverse_ip(
    State(_): State<Arc<Context>>,
    Names(ip): Names<String>,
    request: Request,
) -> Response {
    named("reverse-ip", of_address(&ip, &request, "forward-DNS export"))
}

/// Open ports of an address; 404 until a port scan is imported
#[utoipa::path(
    get,
    path = "/v1/probe/{ip}",
    tag = "addresses",
    params(("ip" = Address, Path, description = "An IPv4 or IPv6 address", example = "1.1.1.1")),
    responses((status = 404, description = "No scan was imported", body = crate::serve::reply::Said)),
)]
pub(super) async fn probe(
    State(_): State<Arc<Context>>,
    Names(ip): Names<String>,
    request: Request,
) -> Response {
    named("probe", of_address(&ip, &request, "port scan"))
}

fn of_address(ip: &str, request: &Request, what: &str) -> Result<Response, Problem> {
    Params::of(request.uri().query(), &[])?;
    public(ip)?;
    Err(absent(what, "/v1/check/{ip} has what the databases know of it"))
}

fn absent(what: &str, instead: &str) -> Problem {
    Problem::not_found(format!("no {what} was imported here, so this is not known; {instead}"))
}
