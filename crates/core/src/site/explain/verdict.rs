//! What becomes of one answer.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::report::{Survival, SurvivalAudience, spoken};
use crate::base::fields::{Fields, members};
use crate::base::time::{Millis, Timestamp};
use crate::cache::freshness::{CacheRequest, NotStorable, ResponseHead};
use crate::cache::snapshot::Task;
use crate::cache::snapshot::judge::{Demands, Fetched, judge};
use crate::cache::storing::{Audience, BodyExtent, storing};
use crate::site::config::{Route, Site};

/// The shortest time, in milliseconds, for which a copy has to serve before its page counts as one
/// that survives: most outages are over only after some minutes.
pub const SURVIVES_FROM: Millis = Millis::from_secs(10 * 60);
/// The shortest time in seconds that a server keeps an idle connection open without trouble: the
/// platform may send a request on one that is about to be closed, and does not repeat a `POST`.
const IDLE_MIN_SECONDS: u64 = 5;

/// An answer, as the walk got it.
#[derive(Clone, Copy, Debug)]
pub struct WalkAnswer<'a> {
    /// The status.
    pub status: u16,
    /// All fields, with each `Set-Cookie` in a line of its own.
    pub fields: Fields<'a>,
    /// The beginning of the body, without its coding.
    pub body: &'a [u8],
    /// The bytes of the body, as they came.
    pub bytes: u64,
    /// Whether the body ended, and `body` is all of it.
    pub is_whole: bool,
    /// How long it took until its fields were there.
    pub took: Millis,
}

/// Whether a copy of an answer is kept, for how long it serves, and for whom.
pub(super) fn survival(
    route: &Route,
    path: &str,
    asked: Fields<'_>,
    answer: WalkAnswer<'_>,
    now: Timestamp,
) -> Survival {
    let rules = route.store_rules();
    let request = CacheRequest {
        method: "GET",
        path: path.split('?').next().unwrap_or(path),
        fields: asked,
        requested_at: now,
        ..CacheRequest::default()
    };
    let head = ResponseHead { status: answer.status, fields: answer.fields };
    let body = match answer.is_whole {
        true => BodyExtent::Whole(answer.bytes),
        false => BodyExtent::Passing,
    };
    match storing(rules, request, head, body, now) {
        Ok(kept) if kept.survives_for >= SURVIVES_FROM => Survival::Kept {
            fresh_ms: kept.fresh_for.get(),
            serves_ms: spoken(kept.survives_for).get(),
            audience: match kept.audience {
                Audience::All => SurvivalAudience::Everyone,
                Audience::WithoutCookies => SurvivalAudience::WithoutCookies,
            },
        },
        Ok(kept) => Survival::Lost {
            reason: match kept.survives_for {
                Millis::ZERO => "its copy may not be used without asking the upstream".into(),
                span => format!("its copy serves for {} only", spoken(span)),
            },
            advice: Some(forbids_stale(route, answer.fields)),
        },
        Err(why) => lost(why, route, answer),
    }
}

/// Why no copy is kept, and what would change that. What is not told apart here says itself what
/// it is.
fn lost(why: NotStorable, route: &Route, answer: WalkAnswer<'_>) -> Survival {
    let shown = |name: &str| answer.fields.get(name).unwrap_or_default().to_string();
    let is = |one: NotStorable| why == one;
    let (reason, advice) = if is(NotStorable::Route) && route.private {
        ("its route is `private`".into(), None)
    } else if is(NotStorable::Route) {
        let advice = "add `degrade = { stale_if_error = \"24h\" }` to the route, if its answers \
                      are the same for all visitors";
        ("its route keeps no copies".into(), Some(advice.to_string()))
    } else if is(NotStorable::Status) {
        (format!("it answers {}", answer.status), None)
    } else if is(NotStorable::SetsCookie) {
        let names = cookies(answer.fields).join("`, `");
        let advice = "let the application set cookies only where it needs them";
        (format!("it sets the cookie `{names}`"), Some(advice.into()))
    } else if is(NotStorable::Forbidden) {
        let advice = "if it is the same for all visitors, let the application say so: `public`";
        let said = shown("cache-control");
        (format!("it says `Cache-Control: {said}`"), Some(advice.to_string()))
    } else if is(NotStorable::Varies) {
        (format!("it says `Vary: {}`", shown("vary")), None)
    } else if is(NotStorable::NeverStale) || is(NotStorable::NoLifetime) {
        (why.to_string(), Some(forbids_stale(route, answer.fields)))
    } else {
        (why.to_string(), None)
    };
    Survival::Lost { reason, advice }
}

/// What an operator can do where an answer forbids that its copy serves while it is stale.
fn forbids_stale(route: &Route, answer: Fields<'_>) -> String {
    if route.degrade.stale_if_error.is_none() {
        return "add `degrade = { stale_if_error = \"24h\" }` to the route".into();
    }
    let said = answer.get("cache-control").unwrap_or_default();
    format!(
        "it says `Cache-Control: {said}`; `override_cache_control = true` on the route keeps it, \
         if it is the same for all visitors"
    )
}

/// For how long a snapshot would serve the answer.
pub(super) fn snapshot(site: &Site, path: &str, answer: WalkAnswer<'_>) -> Option<Millis> {
    let (_, rule) = site.snapshots.of(path.split('?').next().unwrap_or(path))?;
    if !answer.is_whole {
        return None;
    }
    let fields = answer.fields;
    let fetched = Fetched {
        status: answer.status,
        content_type: fields.get("content-type"),
        cache_control: fields.get("cache-control"),
        vary: fields.get("vary"),
        age: fields.get("age"),
        etag: fields.get("etag"),
        surrogate_key: fields.get("surrogate-key"),
        cache_tag: fields.get("cache-tag"),
        sets_cookie: fields.has("set-cookie"),
        body: answer.body,
        // The body has neither its coding nor the length that goes with it any more.
        content_encoding: None,
        content_length: None,
    };
    let demands = Demands {
        task: Task::Page,
        path,
        marker: rule.marker.as_deref(),
        min_share: rule.min_share,
        max_bytes: rule.max_bytes,
        last: None,
    };
    judge(&demands, &fetched).ok().map(|_| rule.max_age)
}

/// The names of the cookies that an answer sets.
pub(super) fn cookies(fields: Fields<'_>) -> Vec<String> {
    let set = fields.iter().filter(|(name, _)| *name == "set-cookie");
    set.filter_map(|(_, value)| Some(value.split_once('=')?.0.trim().to_string())).collect()
}

/// What else the operator should know of an answer.
pub(super) fn warnings(route: &Route, answer: WalkAnswer<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    if answer.took > route.patience {
        warnings.push(format!(
            "it took {} ms, longer than the route's `patience` of {}: visitors get the copy",
            answer.took.get(),
            route.patience
        ));
    }
    let idle = answer.fields.get("keep-alive").and_then(|value| {
        let mut parameters = members(value);
        parameters.find_map(|one| one.strip_prefix("timeout=")?.trim().parse::<u64>().ok())
    });
    if let Some(idle) = idle.filter(|idle| *idle < IDLE_MIN_SECONDS) {
        warnings.push(format!(
            "its server closes idle connections after {idle} s: a POST may be lost; give it more \
             than {IDLE_MIN_SECONDS} s"
        ));
    }
    warnings
}
