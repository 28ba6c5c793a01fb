//! What an isolate warns of: answers that would lead visitors in a circle, and an upstream that
//! closes idle connections before the platform stops using them.

use crate::base::fields::members;
use crate::base::location::{leads_back, rewritten};
use crate::base::method::SAFE_METHODS;
use crate::base::time::{Millis, Timestamp};
use crate::site::wire::AddressRewrite;

/// How long the platform uses an idle connection to an upstream again, in seconds (workerd
/// 1.20261110.1). A request on one that the upstream closes in that moment is lost.
pub const IDLE_MIN: u64 = 5;
/// How often an isolate looks for how long an upstream keeps idle connections, in milliseconds: no
/// answer but one in a minute costs the look at the field.
const LOOK_EVERY: Millis = Millis::from_secs(60);
/// The time from one warning of an isolate to the next of the same kind about the same upstream,
/// in milliseconds: what is wrong stays so until somebody changes it.
const WARN_EVERY: Millis = Millis::from_secs(600);

/// When an isolate last looked at an upstream's answers, and warned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AnswerWarnings {
    looked: Option<Timestamp>,
    idle: Option<Timestamp>,
    circle: Option<Timestamp>,
}

/// An answer, as far as it may lead visitors in a circle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedirectFacts<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// The URL of the request.
    pub url: &'a str,
    /// The field `Location` of the answer.
    pub location: &'a str,
    /// Whether the answer sets a cookie, with which the next request may be answered otherwise.
    pub sets_cookie: bool,
    /// From the upstream's addresses to the site's.
    pub way: AddressRewrite<'a>,
}

/// Whether an answer with this status may be a redirect that browsers follow.
pub const fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

impl AnswerWarnings {
    /// Whether the field `Keep-Alive` of an answer is to be looked at.
    pub fn is_look_due(&mut self, now: Timestamp) -> bool {
        is_due(&mut self.looked, LOOK_EVERY, now)
    }

    /// For how many seconds an upstream with this field `Keep-Alive` keeps an idle connection, if
    /// that is too short and a warning of it is due.
    pub fn short_idle(&mut self, keep_alive: &str, now: Timestamp) -> Option<u64> {
        let seconds = idle_seconds(keep_alive).filter(|seconds| *seconds < IDLE_MIN)?;
        is_due(&mut self.idle, WARN_EVERY, now).then_some(seconds)
    }

    /// Whether to warn that an answer leads visitors back to where they are, and so for ever. One
    /// that sets a cookie may be answered otherwise the next time, and one to what a visitor sent
    /// leads to a page (Post/Redirect/Get).
    pub fn leads_in_circle(&mut self, facts: RedirectFacts<'_>, now: Timestamp) -> bool {
        let RedirectFacts { method, url, location, sets_cookie, way } = facts;
        if sets_cookie || !SAFE_METHODS.contains(&method) {
            return false;
        }
        let site = [way.scheme, "://", way.host].concat();
        let led = rewritten(location, way.origin, &site);
        leads_back(led.as_deref().unwrap_or(location), url)
            && is_due(&mut self.circle, WARN_EVERY, now)
    }
}

fn is_due(last: &mut Option<Timestamp>, every: Millis, now: Timestamp) -> bool {
    let is_due = last.is_none_or(|last| now < last || now.since(last) >= every);
    if is_due {
        *last = Some(now);
    }
    is_due
}

/// The parameter `timeout` of `Keep-Alive` in seconds, as Apache, Node and gunicorn send it. No
/// standard in force describes it.
fn idle_seconds(keep_alive: &str) -> Option<u64> {
    members(keep_alive).find_map(|member| {
        let (name, value) = member.split_once('=')?;
        let is_it = name.trim().eq_ignore_ascii_case("timeout");
        is_it.then(|| value.trim().parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAY: AddressRewrite<'_> =
        AddressRewrite { origin: "https://web.example", scheme: "https", host: "shop.example" };
    const FACTS: RedirectFacts<'_> = RedirectFacts {
        method: "GET",
        url: "https://shop.example/a?b",
        location: "https://shop.example/a?b",
        sets_cookie: false,
        way: WAY,
    };

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn an_answer_that_leads_back_to_its_own_url_is_warned_of_each_ten_minutes() {
        let mut warnings = AnswerWarnings::default();
        assert!(warnings.leads_in_circle(FACTS, at(0)));
        assert!(!warnings.leads_in_circle(FACTS, at(599)));
        assert!(warnings.leads_in_circle(FACTS, at(600)));
        let own = RedirectFacts { location: "http://web.example/a?b", ..FACTS };
        assert!(AnswerWarnings::default().leads_in_circle(own, at(0)));
    }

    #[test]
    fn what_may_end_is_no_circle() {
        for facts in [
            RedirectFacts { method: "POST", ..FACTS },
            RedirectFacts { sets_cookie: true, ..FACTS },
            RedirectFacts { location: "https://shop.example/a", ..FACTS },
            RedirectFacts { location: "", ..FACTS },
            RedirectFacts { url: "http://shop.example/a?b", ..FACTS },
        ] {
            assert!(!AnswerWarnings::default().leads_in_circle(facts, at(0)), "{facts:?}");
        }
    }

    #[test]
    fn an_upstream_that_closes_idle_connections_too_soon_is_warned_of() {
        for (field, seconds) in [
            ("timeout=2", Some(2)),
            ("max=100, Timeout = 4", Some(4)),
            ("timeout=5, max=100", None),
            ("timeout=75", None),
            ("max=100", None),
            ("timeout=soon", None),
            ("", None),
        ] {
            assert_eq!(AnswerWarnings::default().short_idle(field, at(0)), seconds, "{field}");
        }
        let mut warnings = AnswerWarnings::default();
        assert_eq!(warnings.short_idle("timeout=2", at(0)), Some(2));
        assert_eq!(warnings.short_idle("timeout=2", at(599)), None);
        assert_eq!(warnings.short_idle("timeout=2", at(600)), Some(2));
    }

    #[test]
    fn one_answer_in_a_minute_is_looked_at() {
        let mut warnings = AnswerWarnings::default();
        assert!(warnings.is_look_due(at(100)));
        assert!(!warnings.is_look_due(at(159)));
        assert!(warnings.is_look_due(at(160)));
        assert!(warnings.is_look_due(at(0)), "a clock that was set back");
    }
}
