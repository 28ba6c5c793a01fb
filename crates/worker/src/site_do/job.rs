//! One path of a round: fetched as a visitor whom nobody knows would, judged, and kept.

use std::time::Duration;

use breakwater_core::fields::Fields;
use breakwater_core::outcome::Ended as CallEnded;
use breakwater_core::snapshot::plan::FETCH_TIMEOUT;
use breakwater_core::snapshot::{Ended, FIELDS, Fetched, Good, Head, Job, Read, Task, Why, key};
use breakwater_core::time::{Millis, Timestamp};
use futures::future::{self, Either};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, Request, RequestInit, RequestRedirect, Response};
use worker::Delay;

use super::SiteDo;
use crate::bucket::{self, Bucket};
use crate::edge::{self, Target};
use crate::visit::{self, milliseconds};
use crate::{clock, fleet_link, platform, sending};

/// By this an upstream can tell our fetches from visitors.
const USER_AGENT: &str = "Breakwater-Snapshot";
/// How long after a fetch its permit is held, so that what became of it can still be told.
const TELLING_TIME: Millis = Millis::from_secs(5);

/// Fetches, stores and finishes.
pub(super) async fn run(object: &SiteDo, bucket: &Bucket, job: Job) {
    let ended = fetch(object, bucket, &job).await.unwrap_or_else(|error| {
        worker::console_warn!("no snapshot of {}: {error:?}", job.path);
        Ended::Refused(Why::NotStored)
    });
    object.with(|keeper| keeper.finish(edge::site(), &job, ended, clock::now()));
}

/// An answer that came whole.
struct Came {
    status: u16,
    fields: String,
    body: Uint8Array,
}

async fn fetch(object: &SiteDo, bucket: &Bucket, job: &Job) -> Result<Ended, JsValue> {
    let target = edge::target(key::without_query(&job.path));
    let lease = Millis::new(FETCH_TIMEOUT.get() + TELLING_TIME.get());
    let began = clock::now();
    let Ok(permit) = edge::acquire(target.circuit, lease, began) else {
        return Ok(Ended::Refused(Why::CircuitOpen));
    };
    let (came, ended) = ask(object, target, job).await;
    let now = clock::now();
    let (dialect, took) = (target.upstream.dialect, now.since(began));
    edge::record(target.circuit, dialect, permit, ended, took, now);
    fleet_link::talk_behind(&object.state, &object.env, target.circuit, now);
    match came {
        Ok(came) => keep(object, bucket, job, &came).await,
        Err(why) => Ok(Ended::Refused(why)),
    }
}

/// What came, or why nothing did; and what the breaker is told of it.
async fn ask(object: &SiteDo, target: Target, job: &Job) -> (Result<Came, Why>, CallEnded) {
    let (Ok(abort), Ok(headers)) = (AbortController::new(), Headers::new()) else {
        return (Err(Why::Unreachable), CallEnded::VisitorLeft);
    };
    let work = async {
        let response = send(object, target, job, &headers, &abort).await?;
        let answered = visit::answered(target.upstream.dialect, &response, clock::now());
        Ok::<_, JsValue>((read(job, &response).await, answered))
    };
    let limit = Delay::from(Duration::from_millis(FETCH_TIMEOUT.get()));
    let settled = future::select(Box::pin(work), limit).await;
    // What is left of it, a body that is too large among it, is not waited for.
    abort.abort();
    match settled {
        Either::Left((Ok((Err(why @ Why::Truncated { .. }), _)), _)) => {
            (Err(why), CallEnded::Disconnected)
        }
        Either::Left((Ok((came, answered)), _)) => (came, answered),
        Either::Left((Err(_), _)) => (Err(Why::Unreachable), CallEnded::Disconnected),
        Either::Right(((), _)) => (Err(Why::TimedOut), CallEnded::TimedOut),
    }
}

async fn send(
    object: &SiteDo,
    target: Target,
    job: &Job,
    headers: &Headers,
    abort: &AbortController,
) -> Result<Response, JsValue> {
    let accept = match job.task {
        Task::Page => "text/html,application/xhtml+xml,*/*;q=0.8",
        Task::Asset(_) | Task::Sitemap => "*/*",
    };
    headers.set("user-agent", USER_AGENT)?;
    headers.set("accept", accept)?;
    // Undecoded, so that what came can be counted against what was promised.
    headers.set("accept-encoding", "identity")?;
    headers.set("x-forwarded-host", &edge::site().host)?;
    headers.set("x-forwarded-proto", "https")?;
    headers.set("via", edge::via())?;
    if let Some(etag) = &job.if_none_match {
        headers.set("if-none-match", etag)?;
    }
    let init = RequestInit::new();
    init.set_headers(headers);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&abort.signal()));
    let url = [&sending::origin(&object.env, target), job.path.as_str()].concat();
    let request = Request::new_with_str(&url)?;
    Ok(JsFuture::from(platform::fetch(&request, &init)).await?.unchecked_into())
}

async fn read(job: &Job, response: &Response) -> Result<Came, Why> {
    // The body of anything else says nothing that would be kept.
    if !matches!(response.status(), 200 | 304) {
        return Err(Why::Status(response.status()));
    }
    let limit = milliseconds(FETCH_TIMEOUT);
    let broken = |_| Why::Truncated { read: 0, expected: None };
    let reading = platform::read_whole(response, job.max_bytes, limit).map_err(broken)?;
    let read = JsFuture::from(reading.result()).await.map_err(broken)?;
    let body: Uint8Array =
        platform::property(&read, "whole").dyn_into().map_err(|_| Why::TooLarge)?;
    Ok(Came { status: response.status(), fields: platform::fields(response), body })
}

async fn keep(object: &SiteDo, bucket: &Bucket, job: &Job, came: &Came) -> Result<Ended, JsValue> {
    let fields = Fields::new(&came.fields);
    let is_plain = fields.get("content-encoding").is_none_or(|coding| coding == "identity");
    let length = fields.get("content-length").filter(|_| is_plain);
    let body = came.body.to_vec();
    let fetched = Fetched {
        status: came.status,
        content_type: fields.get("content-type"),
        content_length: length.and_then(|length| length.parse().ok()),
        cache_control: fields.get("cache-control"),
        vary: fields.get("vary"),
        age: fields.get("age"),
        etag: fields.get("etag"),
        sets_cookie: fields.has("set-cookie"),
        body: &body,
    };
    let read = object.with(|keeper| keeper.read(edge::site(), job, &fetched, clock::now()));
    let (good, assets) = match read {
        Read::Good(good, assets) => (good, assets),
        Read::Over(ended) => return Ok(ended),
    };
    let head = head_of(&good, fields, clock::now());
    let Ok(text) = head.to_text() else { return Ok(Ended::Refused(Why::HeadTooLong)) };
    let hash = bucket::hash(&came.body).await?;
    if object.with(|keeper| keeper.stores(job, hash, &head)) {
        bucket.put(&job.path, &text, &came.body).await?;
    }
    Ok(Ended::Kept { good, assets, hash, fields: head.fingerprint() })
}

fn head_of(good: &Good, fields: Fields<'_>, now: Timestamp) -> Head {
    let kept = FIELDS.iter().filter_map(|name| Some((*name, fields.get(name)?)));
    Head {
        made: Timestamp::from_millis(now.as_millis().saturating_sub(good.age.get())),
        fields: kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    }
}
