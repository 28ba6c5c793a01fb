//! Subscriptions to the public status: reads a request, asks the monitor, and answers as core says.

use std::cell::RefCell;

use breakwater_core::base::client::Client;
use breakwater_core::site::status::StatusPlace;
use breakwater_core::site::status::page::{StatusPages, StatusTexts};
use breakwater_core::site::status::subscribe::{
    LinkLimit, SUBSCRIBE_BODY_MAX, SubscriptionAction, SubscriptionContext, SubscriptionEndpoint,
    SubscriptionFacts, SubscriptionOutcome,
};
use breakwater_core::telemetry::log::LogEvent;
use breakwater_core::watch::subscription::AskLimit;
use breakwater_platform::bindings::response;
use breakwater_platform::log;
use breakwater_platform::monitor_object::MonitorClient;
use breakwater_platform::object::AskError;
use breakwater_platform::{clock, site};
use wasm_bindgen::prelude::*;
use web_sys::Request;
use worker::Env;

use crate::operators::body::whole;
use crate::watch_rules::rules;
use crate::{faults, status_pages};

thread_local! {
    /// What clients of this isolate asked, so that a flood of requests does not reach the monitor,
    /// which counts as well.
    static CLIENTS: RefCell<AskLimit> = RefCell::default();
    /// Requests to links, likewise.
    static LINKS: RefCell<LinkLimit> = RefCell::default();
}

/// Answers a request to an endpoint that takes its method.
///
/// # Errors
/// What the platform throws.
pub(crate) async fn answer(
    endpoint: SubscriptionEndpoint<'_>,
    place: &StatusPlace<'_>,
    request: &Request,
    env: &Env,
) -> Result<JsValue, JsValue> {
    let headers = request.headers();
    let field = |name: &str| Ok::<_, JsValue>(headers.get(name)?.unwrap_or_default());
    let (method, url) = (request.method(), request.url());
    let (content_type, accept) = (field("content-type")?, field("accept")?);
    let (accept_language, origin) = (field("accept-language")?, field("origin")?);
    let (fetch_site, client) = (field("sec-fetch-site")?, field("cf-connecting-ip")?);
    let facts = SubscriptionFacts {
        method: &method,
        url: &url,
        content_type: &content_type,
        accept: &accept,
        accept_language: &accept_language,
        origin: &origin,
        fetch_site: &fetch_site,
        client: &client,
    };
    let (outcome, locale) = outcome(endpoint, &facts, request, env).await;
    let answer = match facts.wants_json() {
        true => outcome.in_json(place),
        false => {
            let languages = status_pages::languages();
            let chosen = locale.as_deref().unwrap_or_else(|| facts.locale(site()));
            let Some(texts) = StatusTexts::choose(languages, Some(chosen), None) else {
                return Err(JsValue::from_str("the bundle has no texts"));
            };
            let assets = &status_pages::asset_paths();
            // Addresses of subscriptions are secrets, which no report of such a page may tell.
            let reports = None;
            let pages = StatusPages { place, texts, languages, is_chosen: false, assets, reports };
            outcome.in_html(&pages, &rules().components)
        }
    };
    let fields = answer.fields.iter().map(|(name, value)| (*name, value.as_str()));
    let body = (method != "HEAD").then_some(answer.body.as_str());
    Ok(response(answer.status, fields, body)?.into())
}

/// What came of a request, and the language that the one who asks has chosen.
async fn outcome(
    endpoint: SubscriptionEndpoint<'_>,
    facts: &SubscriptionFacts<'_>,
    request: &Request,
    env: &Env,
) -> (SubscriptionOutcome, Option<String>) {
    let body = match facts.method {
        "POST" => match whole(request, SUBSCRIBE_BODY_MAX).await {
            Ok(body) => body,
            Err(_) => return (SubscriptionOutcome::Malformed, None),
        },
        _ => Vec::new(),
    };
    let context = SubscriptionContext {
        site: site(),
        components: &rules().components,
        allows_local: faults::may_call_this_machine(),
    };
    match SubscriptionAction::read(endpoint, facts, &body, &context) {
        Ok(action) => {
            let locale = action.locale().map(String::from);
            let outcome = asked(action, env).await.unwrap_or_else(|error| {
                // What the object says holds no address.
                log::error(
                    LogEvent::SubscriptionFailed,
                    &[],
                    format_args!("subscriptions: {error}"),
                );
                SubscriptionOutcome::Failed
            });
            (outcome, locale)
        }
        Err(outcome) => (outcome, None),
    }
}

async fn asked(action: SubscriptionAction, env: &Env) -> Result<SubscriptionOutcome, AskError> {
    let now = clock::now();
    let admitted = match &action {
        SubscriptionAction::Subscribe(ask) => {
            CLIENTS.with_borrow_mut(|clients| clients.try_admit(Client::of(&ask.client), now))
        }
        SubscriptionAction::ShowConfirm { .. }
        | SubscriptionAction::Confirm { .. }
        | SubscriptionAction::Show { .. }
        | SubscriptionAction::Choose { .. }
        | SubscriptionAction::ShowUnsubscribe { .. }
        | SubscriptionAction::Unsubscribe { .. } => {
            LINKS.with_borrow_mut(|links| links.try_admit(now))
        }
    };
    if let Err(wait) = admitted {
        return Ok(SubscriptionOutcome::Busy(wait));
    }
    MonitorClient::of(env).act_on_subscription(action).await
}
