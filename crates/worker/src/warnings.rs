//! Warnings about an upstream's answers. What is wrong and how often that is said is core's to say.

use std::cell::RefCell;

use breakwater_core::site::forwarding::{self, AnswerWarnings, RedirectFacts};
use breakwater_core::site::wire::AddressRewrite;
use breakwater_core::telemetry::log::{LogAttribute, LogEvent};
use breakwater_platform::log;
use web_sys::Response;

use crate::clock;
use crate::exchange::Exchange;
use crate::isolate::{Destination, site};

thread_local! {
    /// One per upstream.
    static WARNINGS: RefCell<Vec<AnswerWarnings>> =
        RefCell::new(vec![AnswerWarnings::default(); site().upstreams.len()]);
}

/// Looks at an answer of `target` that is passed on. Most cost no more than their status.
pub(crate) fn look(
    visit: &Exchange,
    target: Destination,
    response: &Response,
    way: AddressRewrite<'_>,
) {
    let now = clock::now();
    let of = |work: &mut dyn FnMut(&mut AnswerWarnings)| {
        let index = site().upstreams.iter().position(|it| std::ptr::eq(it, target.upstream));
        WARNINGS.with_borrow_mut(|all| {
            if let Some(warnings) = index.and_then(|index| all.get_mut(index)) {
                work(warnings);
            }
        });
    };
    let field = |name| response.headers().get(name).ok().flatten().unwrap_or_default();
    let (mut looks, mut idle, mut circles) = (false, None, false);
    of(&mut |warnings| looks = warnings.is_look_due(now));
    if looks {
        let keep_alive = field("keep-alive");
        of(&mut |warnings| idle = warnings.short_idle(&keep_alive, now));
    }
    if forwarding::is_redirect(response.status()) {
        let (location, cookie) = (field("location"), field("set-cookie"));
        let facts = RedirectFacts {
            method: &visit.method,
            url: &visit.url,
            location: &location,
            sets_cookie: !cookie.is_empty(),
            way,
        };
        of(&mut |warnings| circles = warnings.leads_in_circle(facts, now));
    }
    let about = [
        LogAttribute::Upstream.text(&target.upstream.name),
        LogAttribute::Route.text(target.route.pattern.as_str()),
    ];
    if circles {
        log::warn(
            LogEvent::RedirectLoops,
            &about,
            format_args!(
                "an answer redirects to its own URL, and visitors follow it for ever: see the \
                 upstream's `host` in the site file"
            ),
        );
    }
    if let Some(seconds) = idle {
        let least = forwarding::IDLE_MIN;
        log::warn(
            LogEvent::IdleTooShort,
            &about,
            format_args!(
                "the upstream closes idle connections after {seconds} s, and the platform uses \
                 them for {least} s: a POST may be lost"
            ),
        );
    }
}
