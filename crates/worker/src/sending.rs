//! What is sent to an upstream for a request.

use breakwater_core::base::fields::{self, Fields};
use breakwater_core::cache::freshness::Validators;
use breakwater_core::circuit::outcome::{self, Ended, Unanswered};
use breakwater_core::site::config::UPLOAD_MAX;
use breakwater_core::site::degrade::{Body, CallPolicy, HELD_MAX};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::address::Address;
use crate::faults;
use crate::isolate::{self, Target};
use crate::platform::{self, Call, Caught as _, Incoming};
use crate::visit::{Visit, milliseconds};

/// Conditions that a visitor makes of an answer: with validators of our own they mean nothing.
const CONDITIONS: &str = "if-match if-none-match if-modified-since if-unmodified-since if-range";
/// All of a visitor's fields.
const ALL: &str = "*";

/// A request as it is sent.
pub(crate) enum Sending {
    /// As it came, but for what a proxy changes. It has no body.
    AsItCame,
    /// The same with its body, which passes through.
    Passing(Incoming),
    /// Changed.
    Changed(Changed),
}

/// What is changed.
pub(crate) struct Changed {
    method: String,
    dropped: String,
    set: String,
    /// Undefined without one.
    body: JsValue,
    /// Whether it is a request of ours, which no visitor waits for.
    is_own: bool,
}

impl Sending {
    /// The visitor's request, sent once. A body without a meaning is left out.
    pub(crate) fn once(visit: &Visit) -> Result<Self, JsValue> {
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
    pub(crate) async fn repeatedly(visit: &Visit) -> Result<Self, Ended> {
        let Ok(sending) = Self::once(visit) else { return Err(Ended::NotSent) };
        let Self::Passing(incoming) = &sending else { return Ok(sending) };
        let held = JsFuture::from(incoming.hold(HELD_MAX)).await;
        match held.ok().and_then(|letter| letter.as_string()).as_deref() {
            Some("w") => Ok(Self::with_body(visit, incoming.whole())),
            Some("m") => Ok(sending),
            Some(letter) => Err(Unanswered::unread(letter).ended()),
            None => Err(Ended::NotSent),
        }
    }

    fn with_body(visit: &Visit, body: JsValue) -> Self {
        let method = visit.method.clone();
        let (dropped, set) = (String::new(), String::new());
        Self::Changed(Changed { method, dropped, set, body, is_own: false })
    }

    /// The visitor's request without the fields in `shed`, whose names are parted by spaces; with
    /// validators it asks only whether a copy still holds.
    pub(crate) fn without(visit: &Visit, shed: &str, validators: Option<Validators<'_>>) -> Self {
        let conditions_off = if validators.is_some() { CONDITIONS } else { "" };
        Self::Changed(Changed {
            method: visit.method.clone(),
            dropped: [conditions_off, shed].concat(),
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
        Self::Changed(Changed {
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

    pub(crate) fn method<'a>(&'a self, visit: &'a Visit) -> &'a str {
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
    pub(crate) const fn body(&self) -> Body {
        match self {
            Self::Passing(_) => Body::Passing,
            Self::AsItCame | Self::Changed(_) => Body::Repeatable,
        }
    }

    /// Sends it to the upstream, until `call` ends it.
    pub(crate) fn send(
        &self,
        visit: &Visit,
        target: Target,
        call: &Call,
    ) -> Result<Promise, JsValue> {
        let address = Address::of(&visit.url);
        let (origin, trace) = (origin(&visit.env, target), &visit.trace);
        let to = [&origin, address.path_and_query].concat();
        let ids = [&trace.request_id, trace.traceparent.as_str(), isolate::via()];
        let way = [&to, address.host, address.scheme, ids[0], ids[1], ids[2]].join("\n");
        let request = &visit.request;
        faults::refuse_if_asked(&visit.env)?;
        let sent = match self {
            Self::AsItCame => platform::send(request, &way, call),
            Self::Passing(body) => {
                platform::send_changed(request, &way, call, &visit.method, "", "", body)
            }
            Self::Changed(Changed { method, dropped, set, body, .. }) => {
                platform::send_changed(request, &way, call, method, dropped, set, body)
            }
        };
        sent.caught()
    }
}

/// Where an upstream is.
pub(crate) fn origin(env: &JsValue, target: Target) -> String {
    faults::upstream(env, &target.upstream.name)
        .unwrap_or_else(|| target.upstream.origin.as_str().to_owned())
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
