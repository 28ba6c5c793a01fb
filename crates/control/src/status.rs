//! The public status, for anyone: as an isolate knows it, and never by asking the monitor while a
//! request waits, unless nothing at all is known.
//!
//! What was rendered stays on the JavaScript side until it would read otherwise, so that most
//! requests cost a look at what is at hand.

pub(crate) mod copies;
mod knowledge;
mod subscribe;

use std::cell::RefCell;
use std::sync::LazyLock;

use breakwater_core::base::time::Timestamp;
use breakwater_core::site::page::PageReports;
use breakwater_core::site::resolve::SiteHost;
use breakwater_core::site::status::page::Subscriptions;
use breakwater_core::site::status::subscribe::SubscriptionEndpoint;
use breakwater_core::site::status::{
    self, PublicStatus, Renderings, StatusAddresses, StatusAnswer, StatusCall, StatusEndpoint,
    StatusForms, StatusPlace, StatusRead, StatusRefusal, StatusView, etag,
};
use breakwater_core::site::wire::OwnFacts;
use breakwater_core::watch::subscription::Medium;
use breakwater_platform::bindings::{Caught as _, ExecutionContext};
use breakwater_platform::problem::ProblemDetails;
use breakwater_platform::{clock, site};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{Request, Response};

use crate::release;
use crate::reply::refuse;
use crate::status_pages::{self, asset};
use crate::watch_rules::rules;
use knowledge::Wait;

#[wasm_bindgen(raw_module = "./status.ts")]
extern "C" {
    /// A body with its fields, as it is sent until it would read otherwise.
    #[derive(Clone)]
    type Rendering;
    /// `at` is when the state was so, and `until` how long it reads like that, both in
    /// milliseconds since 1970.
    #[wasm_bindgen(constructor)]
    fn new(status: u16, fields: &str, body: &str, at: f64, until: f64) -> Rendering;
    #[wasm_bindgen(method, catch)]
    fn whole(this: &Rendering) -> Result<Option<Response>, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn head(this: &Rendering) -> Result<Option<Response>, JsValue>;
    #[wasm_bindgen(method, catch, js_name = notModified)]
    fn not_modified(this: &Rendering) -> Result<Option<Response>, JsValue>;

    /// A file that the bundle holds.
    #[wasm_bindgen(catch)]
    fn file(fields: &str, body: &JsValue, is_head: bool) -> Result<Option<Response>, JsValue>;
}

/// A rendering that is kept, with its validator.
#[derive(Clone)]
struct KeptRendering {
    rendering: Rendering,
    etag: String,
}

thread_local! {
    static RENDERINGS: RefCell<Renderings<KeptRendering>> = RefCell::default();
}

/// Where the public status is served. No one asks for it where it is served nowhere.
static ADDRESSES: LazyLock<Option<StatusAddresses>> = LazyLock::new(|| site().status_addresses());

/// Answers a request below the base of the public status, at once or by a promise. `facts` is of
/// `OwnFacts`.
pub(crate) fn answer(
    host: SiteHost,
    path: String,
    request: Request,
    facts: String,
    env: JsValue,
    ctx: &ExecutionContext,
) -> Result<JsValue, JsValue> {
    let read = OwnFacts::parse(&facts);
    let rest = site().status_path(host, &path).unwrap_or_default();
    let is_head = read.method == "HEAD";
    match status::plan(site(), host, rest, &read) {
        Ok(StatusCall::Read(_)) => match knowledge::begin(&env, ctx) {
            Wait::No => read_now(host, rest, &read),
            wait @ (Wait::Renews | Wait::Follows) => Ok(future_to_promise(async move {
                knowledge::wait(&env, wait).await;
                let rest = site().status_path(host, &path).unwrap_or_default();
                read_now(host, rest, &OwnFacts::parse(&facts))
            })
            .into()),
        },
        Ok(StatusCall::Asset(name)) => {
            send_file(asset(name), &StatusEndpoint::Asset(name).file_fields(), is_head)
        }
        Ok(StatusCall::File(endpoint, path)) => {
            let name = status_pages::asset_name(path).unwrap_or_default();
            send_file(asset(&name), &endpoint.file_fields(), is_head)
        }
        Ok(StatusCall::Subscribe | StatusCall::Subscription(_)) => {
            Ok(future_to_promise(async move {
                let rest = site().status_path(host, &path).unwrap_or_default();
                let endpoint = StatusEndpoint::parse(rest).and_then(SubscriptionEndpoint::of);
                match (endpoint, &*ADDRESSES) {
                    (Some(endpoint), Some(addresses)) => {
                        let place = addresses.place(site(), host);
                        subscribe::answer(endpoint, &place, &request, env.unchecked_ref()).await
                    }
                    _ => refuse_stranger(StatusRefusal::NotFound),
                }
            })
            .into())
        }
        Err(refusal) => refuse_stranger(refusal),
    }
}

/// Answers with what is known now.
fn read_now(host: SiteHost, rest: &str, facts: &OwnFacts<'_>) -> Result<JsValue, JsValue> {
    let Ok(StatusCall::Read(read)) = status::plan(site(), host, rest, facts) else {
        return refuse_stranger(StatusRefusal::NotFound);
    };
    let now = clock::now();
    if let Some(kept) = rendered(&read, now)? {
        return send(&kept, read.endpoint, facts);
    }
    // There is no such incident, component or month.
    match status::missing(site(), host, rest, facts) {
        Ok(missing) => match rendered(&missing, now)? {
            Some(kept) => send(&kept, missing.endpoint, facts),
            None => refuse_stranger(StatusRefusal::NotFound),
        },
        Err(refusal) => refuse_stranger(refusal),
    }
}

/// The rendering of what is asked for, made if there is none that holds. Nothing if what the
/// address names is not there.
fn rendered(read: &StatusRead<'_>, now: Timestamp) -> Result<Option<KeptRendering>, JsValue> {
    let known = knowledge::known();
    let version = known.as_ref().map_or(0, |known| known.version);
    let found = RENDERINGS.with_borrow_mut(|kept| kept.find(read, version, now).cloned());
    if found.is_some() {
        return Ok(found);
    }
    let is_known = known.is_some();
    let status = match known {
        Some(known) => known.status,
        None => PublicStatus::unmeasured(&rules().components, now).into(),
    };
    let view = status.at(now);
    let Some(addresses) = &*ADDRESSES else { return Ok(None) };
    let place = addresses.place(site(), read.host);
    let reports = PageReports::of(site(), release::name());
    let Some(body) = render(read, &place, &view, offered(), reports) else { return Ok(None) };
    let (etag, until) = (etag(&body), view.holds_until());
    let locale = site().locales.get(read.locale).map_or("", String::as_str);
    let fields = read.endpoint.fields(locale, &etag, is_known);
    let at = status.at.min(now).as_millis() as f64;
    let code = read.endpoint.status();
    let rendering = Rendering::new(code, &fields, &body, at, until.as_millis() as f64);
    let made = KeptRendering { rendering, etag };
    RENDERINGS.with_borrow_mut(|kept| kept.keep(read, version, until, made.clone()));
    Ok(Some(made))
}

/// What visitors can subscribe to.
fn offered() -> Subscriptions {
    let offered = rules().status.subscriptions.as_ref();
    let offers = |medium| offered.is_some_and(|offered| offered.offers(medium));
    Subscriptions { email: offers(Medium::Email), webhook: offers(Medium::Webhook) }
}

/// The body of what is asked for.
pub(crate) fn render(
    read: &StatusRead<'_>,
    place: &StatusPlace<'_>,
    view: &StatusView<'_>,
    subscriptions: Subscriptions,
    reports: Option<PageReports<'_>>,
) -> Option<String> {
    let (assets, languages) = (status_pages::asset_paths(), status_pages::languages());
    let forms = StatusForms { place, languages, assets: &assets, subscriptions, reports };
    forms.render(read, *view)
}

fn send(
    kept: &KeptRendering,
    endpoint: StatusEndpoint<'_>,
    facts: &OwnFacts<'_>,
) -> Result<JsValue, JsValue> {
    let answer = match status::respond(endpoint, facts, &kept.etag) {
        StatusAnswer::Whole => kept.rendering.whole(),
        StatusAnswer::Head => kept.rendering.head(),
        StatusAnswer::NotModified => kept.rendering.not_modified(),
    };
    answer.caught().map(JsValue::from)
}

fn send_file(
    found: Option<status_pages::Asset>,
    fields: &str,
    is_head: bool,
) -> Result<JsValue, JsValue> {
    match found {
        Some(found) => file(fields, &found.body(), is_head).caught().map(JsValue::from),
        None => refuse_stranger(StatusRefusal::NotFound),
    }
}

fn refuse_stranger(refusal: StatusRefusal) -> Result<JsValue, JsValue> {
    let (status, title) = refusal.status();
    let (detail, allow) = match refusal {
        StatusRefusal::NotFound => ("there is nothing at this address".into(), None),
        StatusRefusal::Method { allow } => (format!("expected one of {allow}"), Some(allow)),
    };
    let fields: Vec<_> = allow.map(|allow| ("allow", allow)).into_iter().collect();
    refuse(ProblemDetails::new(status, title, detail), &fields)
}
