//! What is answered when nothing better is at hand.

use alloc::format;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::base::negotiation::{self, Offer};
use crate::base::time::Millis;

/// What a route's fallback looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    /// What `Accept` asks for: the page, problem JSON, or for live updates a stream that says when
    /// to come back.
    #[default]
    Auto,
    /// The page.
    Page,
    /// Problem JSON (RFC 9457).
    Problem,
    /// A redirect to the status page.
    Redirect,
}

/// The form that one visitor's fallback takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An HTML page, 503.
    Page,
    /// `application/problem+json`, 503.
    Problem,
    /// A stream of events that only says when to come back, 200. Any other status, and any other
    /// media type, ends a browser's `EventSource` for good (HTML standard, "Server-sent events").
    Events,
    /// 302 to the status page.
    Redirect,
}

impl Form {
    /// The status of an answer in this form. A problem that the visitor can mend has one of its
    /// own ([`Trouble::status`](super::Trouble::status)).
    pub const fn status(self) -> u16 {
        match self {
            Self::Page | Self::Problem => 503,
            Self::Events => 200,
            Self::Redirect => 302,
        }
    }
}

/// What `auto` chooses among. Of what is wanted as much the problem comes first: a bare `*/*`, as
/// from command lines and `fetch`, does not ask for a page.
const OFFERS: [(Offer<'_>, Form); 3] = [
    (
        Offer {
            kind: "application/problem+json",
            others: &["application/json"],
            is_named_only: false,
        },
        Form::Problem,
    ),
    (
        Offer { kind: "text/html", others: &["application/xhtml+xml"], is_named_only: false },
        Form::Page,
    ),
    (Offer { kind: "text/event-stream", others: &[], is_named_only: true }, Form::Events),
];

impl Fallback {
    /// The form for a request with this method and this `Accept`. An explicit choice of the route
    /// wins, but for live updates, which any other answer would end for good; where nothing that is
    /// accepted can be had, a problem says so.
    pub fn form(self, method: &str, accept: Option<&str>) -> Form {
        let form = match self {
            Self::Page => Form::Page,
            Self::Problem => Form::Problem,
            Self::Redirect => Form::Redirect,
            Self::Auto => return chosen(method, accept.unwrap_or_default()),
        };
        // Few requests name the media type, and only theirs is worth reading.
        let names_events = |accept: &&str| accept.contains("event-stream");
        match accept.filter(names_events).map(|accept| chosen(method, accept)) {
            Some(Form::Events) => Form::Events,
            Some(Form::Page | Form::Problem | Form::Redirect) | None => form,
        }
    }

    /// The request fields that the answer depends on besides the method: its `Vary`.
    pub const fn varies_by(self) -> &'static str {
        match self {
            Self::Auto | Self::Page => "Accept, Accept-Language, Origin",
            Self::Problem | Self::Redirect => "Accept, Origin",
        }
    }
}

fn chosen(method: &str, accept: &str) -> Form {
    let offers = OFFERS.map(|(offer, _)| offer);
    // Only reading can be tried again without harm: to what was sent, a stream that ends at once
    // would look like success.
    let offered = if matches!(method, "GET" | "HEAD") { &offers[..] } else { &offers[..2] };
    let index = negotiation::preferred(accept, offered);
    index.and_then(|index| OFFERS.get(index)).map_or(Form::Problem, |(_, form)| *form)
}

/// The body of [`Form::Events`]: when to come back. `EventSource` takes milliseconds.
pub fn events(retry_after: Millis) -> String {
    format!("retry: {}\n\n", retry_after.as_secs_ceil() * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: &str, expected: Form) {
        assert_eq!(Fallback::Auto.form("GET", Some(accept)), expected, "{accept}");
    }

    const CHROMIUM: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,\
        image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7";

    #[test]
    fn browsers_get_the_page_and_the_rest_a_problem() {
        check(CHROMIUM, Form::Page);
        for accept in ["*/*", "application/json", "text/html;q=0", "text/html; q=0.0, */*", "x/y"] {
            check(accept, Form::Problem);
        }
        assert_eq!(Fallback::Auto.form("GET", None), Form::Problem);
        assert_eq!(Fallback::Problem.form("GET", Some(CHROMIUM)), Form::Problem);
        assert_eq!(Fallback::Page.form("GET", None), Form::Page);
        assert_eq!(Fallback::Auto.form("POST", Some(CHROMIUM)), Form::Page);
    }

    #[test]
    fn what_is_wanted_most_is_chosen() {
        check("application/json, text/html;q=0.1", Form::Problem);
        check("application/json;q=0.1, text/html", Form::Page);
        check("text/html, */*;q=0.01", Form::Page);
        check("application/json, text/plain, */*", Form::Problem);
    }

    #[test]
    fn an_event_source_is_told_when_to_come_back() {
        check("text/event-stream", Form::Events);
        assert_eq!(Fallback::Auto.form("HEAD", Some("text/event-stream")), Form::Events);
        assert_eq!(Fallback::Auto.form("POST", Some("text/event-stream")), Form::Problem);
        for explicit in [Fallback::Page, Fallback::Problem, Fallback::Redirect] {
            assert_eq!(explicit.form("GET", Some("text/event-stream")), Form::Events);
            assert_ne!(explicit.form("POST", Some("text/event-stream")), Form::Events);
            let prefers_json = "application/json, text/event-stream;q=0.5";
            assert_ne!(explicit.form("GET", Some(prefers_json)), Form::Events);
        }
        assert_eq!(events(Millis::new(1_500)), "retry: 2000\n\n");
    }
}
