//! The operators' API under `/_breakwater/`.

use futures::future;
use subtle::ConstantTimeEq;
use wasm_bindgen::prelude::*;
use web_sys::{Headers, Request, Response, ResponseInit};
use worker::Env;

use crate::address::Address;
use crate::api::{CircuitState, CircuitView, Problem, UpstreamView, Upstreams};
use crate::edge;
use crate::fleet_link::{self, What};
use crate::platform::variable;

const PREFIX: &str = "/_breakwater";

/// Whether a path is the operators'.
pub(crate) fn owns(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers an operator, or whoever claims to be one.
pub(crate) async fn answer(request: Request, env: JsValue) -> Result<JsValue, JsValue> {
    let authorization = request.headers().get("authorization")?;
    if !is_operator(authorization.as_deref(), variable(&env, "ADMIN_TOKEN").as_deref()) {
        let detail = "send `Authorization: Bearer` with the operators' token".into();
        let problem = Problem::new(401, "Unauthorized", detail);
        return respond(
            401,
            Problem::CONTENT_TYPE,
            &problem.to_json(),
            &[("www-authenticate", "Bearer realm=\"breakwater\"")],
        );
    }
    let url = request.url();
    let path = Address::of(&url).path;
    match (request.method().as_str(), path) {
        ("GET" | "HEAD", "/_breakwater/upstreams") => {
            let view = upstreams(env.unchecked_ref()).await;
            let json = serde_json::to_string_pretty(&view).unwrap_or_default();
            respond(200, "application/json", &json, &[])
        }
        (method, "/_breakwater/upstreams") => {
            let detail = format!("{method} is not allowed here, expected GET");
            let problem = Problem::new(405, "Method Not Allowed", detail);
            respond(405, Problem::CONTENT_TYPE, &problem.to_json(), &[("allow", "GET, HEAD")])
        }
        (_, path) => {
            let detail = format!("nothing at {path}, expected /_breakwater/upstreams");
            let problem = Problem::new(404, "Not Found", detail);
            respond(404, Problem::CONTENT_TYPE, &problem.to_json(), &[])
        }
    }
}

/// Compares in constant time. Without a token nobody is an operator.
fn is_operator(authorization: Option<&str>, token: Option<&str>) -> bool {
    let (Some(authorization), Some(token)) = (authorization, token) else { return false };
    let Some((scheme, given)) = authorization.split_once(' ') else { return false };
    scheme.eq_ignore_ascii_case("bearer")
        && bool::from(given.trim().as_bytes().ct_eq(token.as_bytes()))
}

async fn upstreams(env: &Env) -> Upstreams {
    let site = edge::site();
    let views = site.upstreams.iter().enumerate().map(|(index, upstream)| async move {
        let circuits = site.circuits.iter().filter(|circuit| circuit.upstream == index);
        let circuits = circuits.map(|circuit| async move {
            match fleet_link::ask::<CircuitState>(env, &circuit.name, What::View).await {
                Ok(state) => CircuitView::Known(Box::new(state)),
                Err(error) => {
                    let error = error.to_string();
                    CircuitView::Unknown { name: circuit.name.clone(), error }
                }
            }
        });
        UpstreamView {
            name: upstream.name.clone(),
            critical: upstream.critical,
            probe: upstream.probe.clone(),
            circuits: future::join_all(circuits).await,
        }
    });
    Upstreams { upstreams: future::join_all(views).await }
}

fn respond(
    status: u16,
    content_type: &str,
    body: &str,
    fields: &[(&str, &str)],
) -> Result<JsValue, JsValue> {
    let headers = Headers::new()?;
    headers.set("content-type", content_type)?;
    headers.set("cache-control", "no-store")?;
    for (name, value) in fields {
        headers.set(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&headers);
    Ok(Response::new_with_opt_str_and_init(Some(body), &init)?.into())
}
