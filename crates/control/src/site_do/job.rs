//! One path of a round: it is fetched as a visitor who is not logged in would fetch it, judged, and
//! kept.

use breakwater_core::base::fields::{self, Fields};
use breakwater_core::base::id::CircuitId;
use breakwater_core::base::time::Timestamp;
use breakwater_core::cache::freshness;
use breakwater_core::cache::snapshot::plan::FETCH_TIMEOUT;
use breakwater_core::cache::snapshot::{
    FIELDS, Fetched, Good, Hash, Head, Job, JobEnd, Judged, Task, Why, key,
};
use breakwater_core::circuit::breaker::lease_for;
use breakwater_core::circuit::outcome::{Dialect, Ended};
use breakwater_core::site::forwarding;
use breakwater_core::site::resolve::{Owner, Resolved, SiteHost};
use breakwater_core::site::wire::Failed;
use breakwater_core::telemetry::log::{LogAttribute, LogEvent};
use breakwater_platform::bucket::Bucket;
use breakwater_platform::log;
use breakwater_platform::timer::milliseconds;
use breakwater_platform::{clock, site};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::SiteDo;
use crate::faults;
use crate::permits::ReadPermit;

/// By this an upstream can tell our fetches from visitors.
const USER_AGENT: &str = "Breakwater-Snapshot";

#[wasm_bindgen(raw_module = "./snapshots.ts")]
extern "C" {
    /// What came of a page. What did not come is as if it were empty.
    type Page;
    /// Zero without an answer.
    #[wasm_bindgen(method, getter)]
    fn status(this: &Page) -> u16;
    #[wasm_bindgen(method, getter)]
    fn fields(this: &Page) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn body(this: &Page) -> Option<Uint8Array>;
    /// Of the body, by SHA-256.
    #[wasm_bindgen(method, getter)]
    fn digest(this: &Page) -> Option<Uint8Array>;
    /// What went wrong, in a word that `breakwater_core::site::wire::Failed` reads.
    #[wasm_bindgen(method, getter)]
    fn failed(this: &Page) -> Option<String>;
    /// Gets a [`Page`]; never rejects.
    #[wasm_bindgen(js_name = getPage)]
    async fn get_page(url: &str, name: &str, fields: &str, limit: u32, timeout: u32) -> JsValue;
}

/// Fetches, stores and finishes.
pub(super) async fn run(object: &SiteDo, bucket: &Bucket, job: Job) {
    let ended = fetch(object, bucket, &job).await.unwrap_or_else(|error| {
        log::warn(
            LogEvent::SnapshotsFailed,
            &[LogAttribute::Path.text(&job.path)],
            format_args!("no snapshot of a page: {error:?}"),
        );
        JobEnd::Refused(Why::NotStored)
    });
    object.with(|keeper| keeper.finish(site(), &job, ended, clock::now()));
}

async fn fetch(object: &SiteDo, bucket: &Bucket, job: &Job) -> Result<JobEnd, JsValue> {
    let written = key::without_query(&job.path);
    let resolved = site().resolve(SiteHost::Site, written);
    let Ok(Resolved { owner: Owner::Route(route), path }) = resolved else {
        return Err(JsValue::from_str("no visitor gets such a path from an upstream"));
    };
    let route = &site().routes[route];
    let upstream = &site().upstreams[route.upstream];
    let lease = lease_for(FETCH_TIMEOUT);
    let began = clock::now();
    let Some(permit) = ReadPermit::acquire(CircuitId::new(route.circuit), lease) else {
        return Ok(JobEnd::Refused(Why::CircuitOpen));
    };
    let query = job.path.strip_prefix(written).unwrap_or_default();
    let stand_in = faults::upstream(&object.env, &upstream.name);
    let origin = stand_in.as_deref().unwrap_or(upstream.origin.as_str());
    let url = [origin, &*path, query].concat();
    let timeout = milliseconds(FETCH_TIMEOUT);
    let name = upstream.host.as_deref().unwrap_or_default();
    let came = get_page(&url, name, &request_fields(job), job.max_bytes, timeout).await;
    let came: Page = came.unchecked_into();
    let (now, lines) = (clock::now(), came.fields().unwrap_or_default());
    let answer = Fields::new(&lines);
    let status = came.status();
    let failed = came.failed().and_then(|word| Failed::parse(&word));
    let ended = match failed {
        Some(Failed::Unreachable | Failed::Broken) => Ended::Disconnected,
        Some(Failed::Late) => Ended::TimedOut,
        Some(Failed::Coded | Failed::Large) | None => {
            answered(upstream.dialect, status, answer, now)
        }
    };
    permit.record(ended, now.since(began), &object.env, &object.ctx);
    Ok(JobEnd::Refused(match failed {
        Some(Failed::Unreachable) => Why::Unreachable,
        Some(Failed::Late) => Why::TimedOut,
        Some(Failed::Broken) => Why::Truncated { read: 0, expected: None },
        Some(Failed::Coded) => Why::Coding,
        Some(Failed::Large) => Why::TooLarge,
        None => return keep(object, bucket, job, status, answer, &came).await,
    }))
}

fn request_fields(job: &Job) -> String {
    let accept = match job.task {
        Task::Page => "text/html,application/xhtml+xml,*/*;q=0.8",
        Task::Asset(_) | Task::Sitemap => "*/*",
    };
    let mut lines = String::new();
    for (name, value) in [
        ("user-agent", USER_AGENT),
        ("accept", accept),
        // Undecoded, so that what came can be counted against what was promised.
        ("accept-encoding", "identity"),
        ("x-forwarded-host", site().host.as_str()),
        ("x-forwarded-proto", "https"),
        ("via", &forwarding::via(&site().host)),
    ] {
        fields::push(&mut lines, name, value);
    }
    if let Some(etag) = &job.if_none_match {
        fields::push(&mut lines, "if-none-match", etag);
    }
    lines
}

fn answered(dialect: Dialect, status: u16, answer: Fields<'_>, now: Timestamp) -> Ended {
    let field = |name: &'static str| answer.get(name).map(str::to_owned);
    let retry_after = dialect.named_wait(status, field, now);
    Ended::Answered { status, retry_after }
}

async fn keep(
    object: &SiteDo,
    bucket: &Bucket,
    job: &Job,
    status: u16,
    answer: Fields<'_>,
    came: &Page,
) -> Result<JobEnd, JsValue> {
    let (whole, digest) = (came.body().unwrap_or_default(), came.digest().unwrap_or_default());
    let body = whole.to_vec();
    let is_plain = answer.get("content-encoding").is_none_or(|coding| coding == "identity");
    let length = answer.get("content-length").filter(|_| is_plain);
    let fetched = Fetched {
        status,
        content_type: answer.get("content-type"),
        content_encoding: answer.get("content-encoding"),
        content_length: length.and_then(|length| length.parse().ok()),
        cache_control: answer.get("cache-control"),
        vary: answer.get("vary"),
        age: answer.get("age"),
        etag: answer.get("etag"),
        surrogate_key: answer.get("surrogate-key"),
        cache_tag: answer.get("cache-tag"),
        sets_cookie: answer.has("set-cookie"),
        body: &body,
    };
    let read = object.with(|keeper| keeper.read(site(), job, &fetched, clock::now()));
    let (good, assets) = match read {
        Judged::Good(good, assets) => (good, assets),
        Judged::Over(ended) => return Ok(ended),
    };
    let head = head_of(&good, answer, clock::now());
    let Ok(text) = head.to_text() else { return Ok(JobEnd::Refused(Why::HeadTooLong)) };
    let Some(hash) = Hash::of_digest(&digest.to_vec()) else {
        return Ok(JobEnd::Refused(Why::NotStored));
    };
    if object.with(|keeper| keeper.stores(job, hash, &head)) {
        bucket.put(&job.path, &text, &whole).await?;
    }
    Ok(JobEnd::Kept { good, assets, hash, fields: head.fingerprint() })
}

fn head_of(good: &Good, answer: Fields<'_>, now: Timestamp) -> Head {
    let kept = FIELDS.iter().filter_map(|name| Some((*name, answer.get(name)?)));
    // Bytes that no text can hold would go out as others.
    let kept = kept.filter(|(_, value)| fields::is_exact(value));
    // It was decoded, and a strong tag names what was not.
    let is_coded = answer.has("content-encoding");
    let value = |name: &str, value: &str| match name {
        "etag" if is_coded => freshness::weakened(value),
        _ => value.to_owned(),
    };
    Head {
        made: Timestamp::from_millis(now.as_millis().saturating_sub(good.age.get())),
        fields: kept.map(|(name, text)| (name.to_owned(), value(name, text))).collect(),
    }
}
