//! Copies in the colo's cache. What may be kept and served is for `core::freshness` to say.
//!
//! A copy is stored decoded under a key of ours, with its own fields, and with what the cache
//! would otherwise act on (`Cache-Control`, `Age`, `Vary`) set aside under names of ours. Where
//! answers vary, the plain key holds a signpost that names the fields, and the copies stand
//! under keys that hold those fields' values.

use breakwater_core::copy::{CopyAge, CopyKey, StoredCopy, WHOLE_MAX};
use breakwater_core::freshness::Keep;
use breakwater_core::time::Millis;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{Headers, ReadableStream, Request, Response, ResponseInit};

use crate::address::Address;
use crate::platform::{self, CACHE, Cache};
use crate::visit::milliseconds;
use crate::{clock, edge};

/// On a signpost: the fields that answers vary by.
const VARIES_BY: &str = "breakwater-varies-by";
/// On a copy: when it was made and how long it is fresh.
const MADE: &str = "breakwater-made";
/// On a copy: the upstream's own fields that the cache must not see.
const SET_ASIDE: [(&str, &str); 3] = [
    ("cache-control", "breakwater-cache-control"),
    ("vary", "breakwater-vary"),
    ("expires", "breakwater-expires"),
];
/// Not kept: they concern one connection, one encoding, or one exchange.
const NOT_KEPT: [&str; 9] = [
    "age",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-encoding",
    "content-length",
    "breakwater",
    "server-timing",
    "set-cookie",
];

/// A copy that was found, and how old it is.
pub(crate) struct Copy {
    pub(crate) response: Response,
    pub(crate) age: CopyAge,
}

/// Keeps an answer whose body was read whole.
pub(crate) async fn keep(
    request: &Request,
    response: &Response,
    body: &Uint8Array,
    keep: &Keep,
    stale_for: Millis,
) -> Result<(), JsValue> {
    let url = request.url();
    let address = Address::of(&url);
    let plain = CopyKey::new(address.host, address.path_and_query);
    let key = match keep.vary.as_slice() {
        [] => Some(plain.clone()),
        fields => plain.variant(&values(request, fields)?),
    };
    let now = clock::now();
    let validator = response.headers().get("etag")?.or(response.headers().get("last-modified")?);
    let Some(key) = key else { return Ok(()) };
    if !edge::copy_is_due(&key, &validator.unwrap_or_default(), now) {
        return Ok(());
    }
    let stored = StoredCopy::new(keep, now);
    let kept_for = stored.kept_for(stale_for);
    if !keep.vary.is_empty() {
        put_signpost(plain.as_str(), &keep.vary, kept_for).await?;
    }
    let headers = Headers::new_with_headers(&response.headers())?;
    headers.delete(VARIES_BY)?;
    for (own, aside) in SET_ASIDE {
        headers.delete(aside)?;
        if let Some(value) = headers.get(own)? {
            headers.set(aside, &value)?;
            headers.delete(own)?;
        }
    }
    for name in NOT_KEPT {
        headers.delete(name)?;
    }
    headers.set(MADE, &stored.to_string())?;
    headers.set("cache-control", &max_age(kept_for))?;
    let init = ResponseInit::new();
    init.set_status(200);
    init.set_headers(&headers);
    let copy = Response::new_with_opt_js_u8_array_and_init(Some(body), &init)?;
    CACHE.with(Cache::clone).put(key.as_str(), &copy).await?;
    Ok(())
}

/// Finds a copy that may still be served to who asks.
pub(crate) async fn find(request: &Request, stale_for: Millis) -> Result<Option<Copy>, JsValue> {
    let url = request.url();
    let address = Address::of(&url);
    let plain = CopyKey::new(address.host, address.path_and_query);
    let Some(mut found) = look_up(plain.as_str()).await? else { return Ok(None) };
    if let Some(fields) = found.headers().get(VARIES_BY)? {
        let fields: Vec<String> = fields.split(',').map(str::to_owned).collect();
        let Some(key) = plain.variant(&values(request, &fields)?) else { return Ok(None) };
        let Some(variant) = look_up(key.as_str()).await? else { return Ok(None) };
        found = variant;
    }
    let made = found.headers().get(MADE)?;
    let Some(stored) = made.as_deref().and_then(StoredCopy::parse) else { return Ok(None) };
    let Some(age) = stored.usable_at(clock::now(), stale_for) else { return Ok(None) };
    Ok(Some(Copy { response: found, age }))
}

/// The fields of a copy as the upstream set them, with its true age.
pub(crate) fn headers_of(copy: &Copy) -> Result<Headers, JsValue> {
    let headers = Headers::new_with_headers(&copy.response.headers())?;
    for name in ["cf-cache-status", "cache-control", MADE] {
        headers.delete(name)?;
    }
    for (own, aside) in SET_ASIDE {
        if let Some(value) = headers.get(aside)? {
            headers.set(own, &value)?;
            headers.delete(aside)?;
        }
    }
    headers.set("age", &(copy.age.age.get() / 1000).to_string())?;
    Ok(headers)
}

async fn look_up(key: &str) -> Result<Option<Response>, JsValue> {
    let found = CACHE.with(Cache::clone).match_(key).await?;
    Ok(found.dyn_into().ok())
}

async fn put_signpost(key: &str, fields: &[String], kept_for: Millis) -> Result<(), JsValue> {
    let headers = Headers::new()?;
    headers.set(VARIES_BY, &fields.join(","))?;
    headers.set("cache-control", &max_age(kept_for))?;
    let init = ResponseInit::new();
    init.set_headers(&headers);
    let signpost = Response::new_with_opt_str_and_init(Some(""), &init)?;
    CACHE.with(Cache::clone).put(key, &signpost).await?;
    Ok(())
}

/// The request's values of these fields.
fn values(request: &Request, fields: &[String]) -> Result<Vec<(String, String)>, JsValue> {
    let headers = request.headers();
    let value = |field: &String| Ok((field.clone(), headers.get(field)?.unwrap_or_default()));
    fields.iter().map(value).collect()
}

fn max_age(span: Millis) -> String {
    format!("public, max-age={}", span.as_secs_ceil())
}

/// A body that may go on to a visitor.
pub(crate) enum Body {
    /// Read to its end.
    Whole(Uint8Array),
    /// Passed on as it comes; none for an answer without one.
    Streamed(Option<ReadableStream>),
}

/// Reads a body whole if it is short and comes soon enough.
pub(crate) async fn read(response: &Response, patience: Millis) -> Result<Body, JsValue> {
    let patience = milliseconds(patience);
    let read = platform::read_up_to(response, WHOLE_MAX, patience).await?;
    let whole = platform::property(&read, "whole");
    Ok(match whole.dyn_into() {
        Ok(whole) => Body::Whole(whole),
        Err(_) => Body::Streamed(platform::property(&read, "stream").dyn_into().ok()),
    })
}
