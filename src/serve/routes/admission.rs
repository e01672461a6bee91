//! Whose request it is: before a route that asks for keys, and after it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http::StatusCode;
use http::header::{HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use serde_json::json;

use crate::serve::access::{Access, Denial, Group};
use crate::serve::reply::Problem;
use crate::serve::{Context, Route};

/// Asks for keys before the routes, if the server does.
pub(super) fn admitted(
    context: &Context,
    group: Group,
    routes: Router<Arc<Context>>,
) -> Router<Arc<Context>> {
    match context.access() {
        Some(access) => routes.route_layer(from_fn_with_state((access.clone(), group), admit)),
        None => routes,
    }
}

async fn admit(
    State((access, group)): State<(Access, Group)>,
    mut request: Request,
    next: Next,
) -> Response {
    let query = request.uri().query();
    match access.admit(request.headers(), query, group) {
        Ok(grant) => {
            request.extensions_mut().insert(grant.clone());
            let mut response = next.run(request).await;
            grant.usage().write_headers(response.headers_mut());
            if response.status() == StatusCode::NOT_MODIFIED {
                grant.forgive();
            }
            response
        }
        Err(mut denial) => {
            let usage = denial.usage.take();
            let problem = Problem::from(denial);
            let mut response =
                if group == Group::Update { problem.to_text() } else { problem.to_json() };
            response.extensions_mut().insert(Route("denied"));
            if is_of_script(request.headers()) {
                without_basic(response.headers_mut());
            }
            if let Some(usage) = usage {
                usage.write_headers(response.headers_mut());
            }
            response
        }
    }
}

/// What a request is for, as browsers say (Fetch Metadata, §2.1).
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Whether a page's script asks.
fn is_of_script(headers: &HeaderMap) -> bool {
    headers.get(SEC_FETCH_DEST).is_some_and(|value| value == "empty")
}

/// Leaves out the challenge for which a browser has a dialog, which it shows before the script hears of anything.
fn without_basic(headers: &mut HeaderMap) {
    let is_basic = |value: &HeaderValue| value.as_bytes().starts_with(b"Basic");
    let all = headers.get_all(WWW_AUTHENTICATE).iter();
    let others: Vec<HeaderValue> = all.filter(|value| !is_basic(value)).cloned().collect();
    headers.remove(WWW_AUTHENTICATE);
    for value in others {
        headers.append(WWW_AUTHENTICATE, value);
    }
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        let code = denial.code;
        let mut problem = Self::new(code.status(), code.name(), denial.message);
        if let Some(seconds) = denial.retry_after {
            problem = problem.again_after(seconds);
        }
        if !denial.allowed_plans.is_empty() {
            problem = problem.with("allowed_plans", json!(denial.allowed_plans));
        }
        match denial.upgrade_hint {
            Some(hint) => problem.with("upgrade_hint", json!(hint)),
            None => problem,
        }
    }
}
