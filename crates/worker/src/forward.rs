//! The request as the upstream gets it.

use breakwater_core::trace::Trace;
use wasm_bindgen::prelude::*;
use web_sys::{Headers, Request};

use crate::address::Address;

/// Fields that concern one connection only (RFC 9110 §7.6.1), and `Expect`: the interim answer
/// that it asks for would be taken for the answer itself.
const HOP_BY_HOP: [&str; 6] =
    ["connection", "keep-alive", "proxy-connection", "te", "expect", "proxy-authorization"];
/// What only a proxy may say; a visitor's word for it is not passed on.
const FROM_PROXIES: [&str; 4] =
    ["forwarded", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-scheme"];
/// Not to be stripped by naming them in `Connection`: an upstream that no longer sees who asks
/// would answer somebody else.
const NEVER_STRIPPED: [&str; 2] = ["authorization", "cookie"];

/// The visitor's request, addressed to an upstream. The body passes as the platform's stream.
pub(crate) fn outgoing(
    request: &Request,
    origin: &str,
    address: Address<'_>,
    trace: &Trace,
) -> Result<Request, JsValue> {
    let url = [origin, address.path_and_query].concat();
    let outgoing = Request::new_with_str_and_init(&url, request.unchecked_ref())?;
    let headers = outgoing.headers();
    if let Some(listed) = headers.get("connection")? {
        strip_listed(&headers, &listed)?;
    }
    for name in HOP_BY_HOP.iter().chain(&FROM_PROXIES) {
        headers.delete(name)?;
    }
    match headers.get("cf-connecting-ip")? {
        Some(client) => headers.set("x-forwarded-for", &client)?,
        None => headers.delete("x-forwarded-for")?,
    }
    headers.set("x-forwarded-host", address.host)?;
    headers.set("x-forwarded-proto", address.scheme)?;
    headers.set("x-request-id", &trace.request_id)?;
    headers.set("traceparent", &trace.traceparent)?;
    Ok(outgoing)
}

fn strip_listed(headers: &Headers, listed: &str) -> Result<(), JsValue> {
    for name in listed.split(',').map(str::trim).filter(|name| is_token(name)) {
        let is_kept = |kept: &&str| name.eq_ignore_ascii_case(kept);
        let is_websocket = name.eq_ignore_ascii_case("upgrade");
        if !is_websocket && !NEVER_STRIPPED.iter().any(is_kept) {
            headers.delete(name)?;
        }
    }
    Ok(())
}

/// RFC 9110 §5.6.2. Anything else is no field name, and deleting it would throw.
fn is_token(name: &str) -> bool {
    let is_tchar = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.bytes().all(is_tchar)
}
