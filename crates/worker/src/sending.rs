//! What is sent to an upstream for a request.

use breakwater_core::degrade::{Body, CallPolicy, HELD_MAX};
use breakwater_core::fields::{self, Fields};
use breakwater_core::freshness::Validators;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use crate::address::Address;
use crate::edge::{self, Target};
use crate::visit::{Visit, milliseconds};
use crate::{faults, platform};

/// Conditions that a visitor makes of an answer: with validators of our own they mean nothing.
const CONDITIONS: &str = "if-match if-none-match if-modified-since if-unmodified-since if-range";
/// All of a visitor's fields.
const ALL: &str = "*";

/// A request as it is sent.
pub(crate) enum Sending {
    /// As it came, but for what a proxy changes. A body passes through.
    AsItCame {
        /// Whether it has one.
        has_body: bool,
    },
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
    is_passing: bool,
    /// Whether it is a request of ours, which nobody waits for.
    is_own: bool,
}

impl Sending {
    /// The visitor's request, so that it can be sent again if it may be: a short body is read first.
    pub(crate) async fn of_visitor(visit: &Visit, may_repeat: bool) -> Self {
        let has_body = visit.request.body().is_some();
        if !has_body || !may_repeat {
            return Self::AsItCame { has_body };
        }
        let idle = milliseconds(visit.target.route.idle);
        let Ok(reading) = platform::read_whole(&visit.request, HELD_MAX, idle) else {
            return Self::AsItCame { has_body };
        };
        let (body, is_passing) = match JsFuture::from(reading.result()).await {
            Ok(read) => match platform::property(&read, "whole") {
                whole if whole.is_undefined() => (platform::property(&read, "stream"), true),
                whole => (whole, false),
            },
            // The visitor has gone, or pauses: what there was of it is gone too.
            Err(_) => return Self::AsItCame { has_body },
        };
        let method = visit.method.clone();
        Self::Changed(Changed {
            method,
            dropped: String::new(),
            set: String::new(),
            body,
            is_passing,
            is_own: false,
        })
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
            is_passing: false,
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
            is_passing: false,
            is_own: true,
        })
    }

    /// What holds for its calls, of what the route says.
    pub(crate) fn call_policy(&self, of_route: CallPolicy) -> CallPolicy {
        match self {
            Self::Changed(changed) if changed.is_own => of_route.once(),
            Self::AsItCame { .. } | Self::Changed(_) => of_route,
        }
    }

    pub(crate) fn method<'a>(&'a self, visit: &'a Visit) -> &'a str {
        match self {
            Self::AsItCame { .. } => &visit.method,
            Self::Changed(changed) => &changed.method,
        }
    }

    pub(crate) fn has_body(&self) -> bool {
        match self {
            Self::AsItCame { has_body } => *has_body,
            Self::Changed(changed) => !changed.body.is_undefined(),
        }
    }

    pub(crate) fn repeatable(&self) -> Body {
        match self {
            Self::AsItCame { has_body: true } => Body::Passing,
            Self::Changed(changed) if changed.is_passing => Body::Passing,
            Self::AsItCame { has_body: false } | Self::Changed(_) => Body::Repeatable,
        }
    }

    /// Sends it to the upstream, until `signal` ends it.
    pub(crate) fn send(
        &self,
        visit: &Visit,
        target: Target,
        signal: &AbortSignal,
    ) -> Result<Promise, JsValue> {
        let address = Address::of(&visit.url);
        let (origin, trace) = (origin(&visit.env, target), &visit.trace);
        let to = [&origin, address.path_and_query].concat();
        let ids = [&trace.request_id, trace.traceparent.as_str(), edge::via()];
        let way = [&to, address.host, address.scheme, ids[0], ids[1], ids[2]].join("\n");
        match self {
            Self::AsItCame { .. } => platform::send(&visit.request, &way, signal),
            Self::Changed(changed) => platform::send_changed(
                &visit.request,
                &way,
                signal,
                &changed.method,
                &changed.dropped,
                &changed.set,
                &changed.body,
            ),
        }
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
