//! `POST /_breakwater/mcp`: the operations of the API as tools of the Model Context Protocol.

use std::cell::RefCell;

use breakwater_core::site::operator::{
    MCP_METHOD, McpCall, McpCaller, McpExchange, McpFields, McpLimit, OperatorIdentity,
};
use breakwater_platform::bindings::response;
use breakwater_platform::{clock, site};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};
use worker::Env;

use super::{OperatorRequest, body, history, refuse_method};
use crate::reply::{refuse, send_text};
use crate::watch_rules::rules;

thread_local! {
    /// The calls of this isolate.
    static LIMIT: RefCell<McpLimit> = RefCell::default();
}

/// Answers a request of an operator who means it.
pub(super) async fn answer(
    request: &Request,
    env: &Env,
    identity: OperatorIdentity,
) -> Result<JsValue, JsValue> {
    let (url, headers) = (request.url(), request.headers());
    if request.method() != MCP_METHOD {
        return refuse_method(MCP_METHOD);
    }
    let message = match body::read_message(request).await {
        Ok(message) => message,
        Err(problem) => return refuse(problem, &[]),
    };
    let (content_type, version) =
        (headers.get("content-type")?, headers.get("mcp-protocol-version")?);
    let (method, name) = (headers.get("mcp-method")?, headers.get("mcp-name")?);
    let fields = McpFields {
        content_type: content_type.as_deref(),
        version: version.as_deref(),
        method: method.as_deref(),
        name: name.as_deref(),
    };
    let identity = OperatorIdentity { by: identity.by.via_mcp(), ..identity };
    let caller = McpCaller { rank: identity.rank, site: &site().name };
    let mut exchange = McpExchange::receive(&fields, &message, &caller);
    let next = |exchange: &mut McpExchange| {
        LIMIT.with_borrow_mut(|limit| exchange.poll_call(limit, clock::now()))
    };
    while let Some(call) = next(&mut exchange) {
        carry_out(&mut exchange, &call, &url, env, &identity).await?;
    }
    let reply = exchange.reply();
    match reply.body {
        Some(body) => send_text(reply.status, "application/json", &body, &[]),
        None => Ok(response(reply.status, [("cache-control", "no-store")], None)?.into()),
    }
}

/// Has the handler of the API carry out a call, and tells the exchange what that came to.
async fn carry_out(
    exchange: &mut McpExchange,
    call: &McpCall,
    url: &str,
    env: &Env,
    identity: &OperatorIdentity,
) -> Result<(), JsValue> {
    let found = match call.find(site(), rules()) {
        Ok(found) => found,
        Err(error) => {
            exchange.handle_refusal(&error.to_string());
            return Ok(());
        }
    };
    let init = RequestInit::new();
    init.set_method(call.endpoint.method);
    if let Some(body) = &call.body {
        init.set_body(&body.as_str().into());
    }
    let request = Request::new_with_str_and_init(url, &init)?;
    let OperatorIdentity { rank, by, proof } = identity.clone();
    let reason = call.reason.as_ref();
    let asker = OperatorRequest { env, request: &request, rank, by: by.clone(), proof, reason };
    let answer: Response = super::handle(found, &asker).await?.unchecked_into();
    if let Some(event) = call.event(by, clock::now()).filter(|_| answer.ok()) {
        history::record(env, &event).await;
    }
    let text = JsFuture::from(answer.text()?).await?.as_string();
    exchange.handle_answer(answer.status(), &text.unwrap_or_default());
    Ok(())
}
