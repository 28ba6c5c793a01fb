//! What is sent to an upstream for a request.

use std::borrow::Cow;

use breakwater_core::base::fields::{self, Fields};
use breakwater_core::base::wire::Held;
use breakwater_core::cache::freshness::Validators;
use breakwater_core::circuit::outcome::{self, Ended, Unanswered, Upload};
use breakwater_core::site::config::UPLOAD_MAX;
use breakwater_core::site::degrade::{CallPolicy, HELD_MAX, RequestBody};
use breakwater_core::site::forwarding::{self, CONDITIONS};
use breakwater_core::site::wire;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::exchange::{Exchange, milliseconds};
use crate::faults;
use crate::isolate::{self, Destination};
use crate::platform::{self, Call, Caught as _, Incoming};
use breakwater_platform::address::Address;

/// All of a visitor's fields.
const ALL: &str = "*";

/// A request as it is sent.
pub(crate) enum OutgoingRequest {
    /// As it came, but for what a proxy changes. It has no body.
    AsItCame,
    /// The same with its body, which passes through.
    Passing(Incoming),
    /// Changed.
    Changed(ChangedRequest),
}

/// What is changed.
pub(crate) struct ChangedRequest {
    method: String,
    dropped: String,
    set: String,
    /// Undefined without one.
    body: JsValue,
    /// Whether it is a request of ours, which no visitor waits for.
    is_own: bool,
}

impl OutgoingRequest {
    /// The visitor's request, sent once. A body without a meaning is left out.
    pub(crate) fn once(visit: &Exchange) -> Result<Self, JsValue> {
        if !visit.has_body {
            return Ok(Self::AsItCame);
        }
        if !outcome::carries_body(&visit.method) {
            return Ok(Self::with_body(visit, JsValue::UNDEFINED));
        }
        let idle = milliseconds(visit.target.route.upload_idle);
        let incoming = platform::incoming(&visit.request, idle, milliseconds(UPLOAD_MAX));
        incoming.caught().map(Self::Passing)
    }

    /// The visitor's request, so that it can be sent again: a short body is read first. If that
    /// cannot be done it says how the request ends.
    pub(crate) async fn repeatedly(visit: &Exchange) -> Result<Self, Ended> {
        let Ok(sending) = Self::once(visit) else { return Err(Ended::NotSent) };
        let Self::Passing(incoming) = &sending else { return Ok(sending) };
        let held = JsFuture::from(incoming.hold(HELD_MAX)).await;
        match held.ok().and_then(|word| Held::parse(&word.as_string()?)) {
            Some(Held::Whole) => Ok(Self::with_body(visit, incoming.whole())),
            Some(Held::More) => Ok(sending),
            Some(Held::Broken) => Err(Unanswered::unread(Upload::Broken).ended()),
            Some(Held::Stalled) => Err(Unanswered::unread(Upload::Stalled).ended()),
            None => Err(Ended::NotSent),
        }
    }

    fn with_body(visit: &Exchange, body: JsValue) -> Self {
        let method = visit.method.clone();
        let (dropped, set) = (String::new(), String::new());
        Self::Changed(ChangedRequest { method, dropped, set, body, is_own: false })
    }

    /// The visitor's request without the fields in `shed`, whose names are parted by spaces; with
    /// validators it asks only whether a stored response still holds.
    pub(crate) fn without(
        visit: &Exchange,
        shed: &str,
        validators: Option<Validators<'_>>,
    ) -> Self {
        let mut dropped = if validators.is_some() { CONDITIONS.join(" ") } else { String::new() };
        dropped.push_str(shed);
        Self::Changed(ChangedRequest {
            method: visit.method.clone(),
            dropped,
            set: validators.map(conditions).unwrap_or_default(),
            body: JsValue::UNDEFINED,
            is_own: false,
        })
    }

    /// A request of our own for the same page, with these fields and none of the visitor's.
    pub(crate) fn own(fields: &str, validators: Option<Validators<'_>>) -> Self {
        let mut set = validators.map(conditions).unwrap_or_default();
        for (name, value) in Fields::new(fields).iter() {
            fields::push(&mut set, name, value);
        }
        Self::Changed(ChangedRequest {
            method: "GET".into(),
            dropped: ALL.into(),
            set,
            body: JsValue::UNDEFINED,
            is_own: true,
        })
    }

    /// What holds for its calls, of what the route says.
    pub(crate) fn call_policy(&self, of_route: CallPolicy) -> CallPolicy {
        match self {
            Self::Changed(changed) if changed.is_own => of_route.once(),
            Self::AsItCame | Self::Passing(_) | Self::Changed(_) => of_route,
        }
    }

    pub(crate) fn method<'a>(&'a self, visit: &'a Exchange) -> &'a str {
        match self {
            Self::AsItCame | Self::Passing(_) => &visit.method,
            Self::Changed(changed) => &changed.method,
        }
    }

    pub(crate) fn has_body(&self) -> bool {
        match self {
            Self::AsItCame => false,
            Self::Passing(_) => true,
            Self::Changed(changed) => !changed.body.is_undefined(),
        }
    }

    /// Whether a body passes through, so that it can be sent once.
    pub(crate) const fn body(&self) -> RequestBody {
        match self {
            Self::Passing(_) => RequestBody::Passing,
            Self::AsItCame | Self::Changed(_) => RequestBody::Repeatable,
        }
    }

    /// Sends it to the upstream, until `call` ends it.
    pub(crate) fn send(
        &self,
        visit: &Exchange,
        target: Destination,
        call: &Call,
    ) -> Result<Promise, JsValue> {
        let address = Address::of(&visit.url);
        let (origin, trace) = (origin(&visit.env, target), &visit.trace);
        let outgoing = wire::Outgoing {
            url: [&origin, address.path_and_query],
            host: address.host,
            scheme: address.scheme,
            request_id: &trace.request_id,
            traceparent: trace.traceparent.as_str(),
            via: isolate::via(),
            drops_tracestate: if trace.drops_tracestate { wire::TRACESTATE_DROPPED } else { "" },
            asked_as: target.upstream.host.as_deref().unwrap_or_default(),
        };
        let lines = outgoing.to_lines();
        let request = &visit.request;
        faults::refuse_if_asked(&visit.env)?;
        let sent = match self {
            Self::AsItCame => platform::send(request, &lines, call),
            Self::Passing(body) => {
                platform::send_changed(request, &lines, call, &visit.method, "", "", body)
            }
            Self::Changed(ChangedRequest { method, dropped, set, body, .. }) => {
                platform::send_changed(request, &lines, call, method, dropped, set, body)
            }
        };
        sent.caught()
    }
}

/// Where an upstream is.
pub(crate) fn origin(env: &JsValue, target: Destination) -> Cow<'static, str> {
    faults::upstream(env, &target.upstream.name)
        .map_or(Cow::Borrowed(target.upstream.origin.as_str()), Cow::Owned)
}

/// Where an upstream says that it is, in the addresses of its answers.
pub(crate) fn said_origin(env: &JsValue, target: Destination) -> Cow<'static, str> {
    forwarding::said_origin(origin(env, target), target.upstream, isolate::site())
}

fn conditions(validators: Validators<'_>) -> String {
    let mut set = String::new();
    if let Some(etag) = validators.etag {
        fields::push(&mut set, "if-none-match", etag);
    }
    if let Some(date) = validators.last_modified {
        fields::push(&mut set, "if-modified-since", date);
    }
    set
}
