//! The permissions for scripts that were seen in answers of upstreams.

use alloc::collections::VecDeque;
use alloc::string::String;

use super::{Preflight, may_read};
use crate::base::fields;
use crate::base::time::{Millis, Timestamp};
use crate::cache::freshness::ResponseHead;

/// Origins, with their circuits, that an isolate remembers to have been let in with credentials: a
/// site has a handful, and an upstream that lets everybody in must not fill the memory.
const ORIGINS_MAX: usize = 64;
/// Preflights that an isolate remembers: those of some pages of one application.
const PREFLIGHTS_MAX: usize = 128;
/// Longest preflight that is remembered, in bytes of all its texts: all of them take 512 KiB at
/// most.
const PREFLIGHT_SIZE_MAX: usize = 4 * 1024;
/// How long what an upstream allowed is repeated in its place: as long as a browser keeps a
/// preflight at most (Firefox, 24 hours).
const GRANTED_FOR: Millis = Millis::from_secs(24 * 3600);
/// What of an answer to a preflight is repeated.
const REPEATED: [&str; 4] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
];

/// What upstreams were seen to let scripts of other origins do, the latest first. It lives as long
/// as the isolate.
#[derive(Clone, Debug, Default)]
pub struct Granted {
    origins: VecDeque<(usize, String)>,
    preflights: VecDeque<PreflightAnswer>,
}

/// An upstream's answer to a preflight.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PreflightAnswer {
    /// Circuit, URL, origin, method and fields.
    question: String,
    lines: String,
    at: Timestamp,
}

/// Who asks for what.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    /// The script's origin, as [`super::foreign`] gives it.
    pub origin: &'a str,
    /// Index of the circuit of the route.
    pub circuit: usize,
    /// The URL as it was requested.
    pub url: &'a str,
    /// What it asks before a request, if this is no request yet.
    pub preflight: Option<Preflight<'a>>,
}

impl Script<'_> {
    /// No part of it can hold a line break.
    fn question(self, preflight: Preflight<'_>) -> String {
        let Self { origin, circuit, url, .. } = self;
        let Preflight { method, fields } = preflight;
        alloc::format!("{circuit}\n{url}\n{origin}\n{method}\n{fields}")
    }
}

impl Granted {
    /// Takes note of what an upstream answered to a script.
    pub fn learn(&mut self, script: Script<'_>, answered: ResponseHead<'_>, now: Timestamp) {
        if may_read(script.origin, true, answered.fields) {
            self.note_origin(script.circuit, script.origin);
        }
        if let Some(preflight) = script.preflight {
            self.note_preflight(script, preflight, answered, now);
        }
    }

    /// Whether an upstream behind this circuit has let scripts of this origin in with credentials.
    pub fn lets_credentials_in(&self, script: Script<'_>) -> bool {
        let is_its = |(circuit, origin): &(usize, String)| {
            *circuit == script.circuit && *origin == script.origin
        };
        self.origins.iter().any(is_its)
    }

    /// The fields of the answer to a preflight that the upstream cannot be asked now, if it has
    /// allowed the same before. Browsers are not to keep it any longer: they ask again for the next
    /// request.
    pub fn answer(&self, script: Script<'_>, now: Timestamp) -> Option<String> {
        let question = script.question(script.preflight?);
        let answer = self.preflights.iter().find(|answer| answer.question == question)?;
        if now.since(answer.at) > GRANTED_FOR {
            return None;
        }
        let mut lines = answer.lines.clone();
        fields::push(&mut lines, "access-control-max-age", "0");
        Some(lines)
    }

    fn note_origin(&mut self, circuit: usize, origin: &str) {
        let there = self.origins.iter().position(|(c, o)| *c == circuit && o == origin);
        let noted = there.and_then(|at| self.origins.remove(at));
        self.origins.push_front(noted.unwrap_or_else(|| (circuit, origin.into())));
        self.origins.truncate(ORIGINS_MAX);
    }

    fn note_preflight(
        &mut self,
        script: Script<'_>,
        preflight: Preflight<'_>,
        answered: ResponseHead<'_>,
        now: Timestamp,
    ) {
        // An upstream in trouble, or one that has too much to do, has not said no.
        if matches!(answered.status, 408 | 429 | 500..) {
            return;
        }
        let question = script.question(preflight);
        self.preflights.retain(|answer| answer.question != question);
        let is_ok = matches!(answered.status, 200..=299);
        if !is_ok || !may_read(script.origin, false, answered.fields) {
            return;
        }
        let mut lines = String::new();
        for name in REPEATED {
            if let Some(value) = answered.fields.get(name) {
                fields::push(&mut lines, name, value);
            }
        }
        if question.len() + lines.len() <= PREFLIGHT_SIZE_MAX {
            self.preflights.push_front(PreflightAnswer { question, lines, at: now });
            self.preflights.truncate(PREFLIGHTS_MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fields::Fields;
    use alloc::format;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const APP: &str = "https://app.example";
    const PUT: Preflight<'_> = Preflight { method: "PUT", fields: "x-cart" };
    const ASKED: Script<'_> = Script {
        origin: APP,
        circuit: 3,
        url: "https://shop.example/api/cart",
        preflight: Some(PUT),
    };
    const ALLOWED: &str = "date:x\naccess-control-allow-origin:https://app.example\n\
        access-control-allow-credentials:true\naccess-control-allow-methods:GET, PUT\n\
        access-control-allow-headers:x-cart\naccess-control-max-age:7200";

    fn learnt(status: u16, lines: &str) -> Granted {
        let mut granted = Granted::default();
        granted.learn(ASKED, ResponseHead { status, fields: Fields::new(lines) }, NOW);
        granted
    }

    #[test]
    fn what_was_allowed_is_repeated_and_not_to_be_kept() {
        let expected = "access-control-allow-origin:https://app.example\n\
            access-control-allow-credentials:true\naccess-control-allow-methods:GET, PUT\n\
            access-control-allow-headers:x-cart\naccess-control-max-age:0";
        assert_eq!(learnt(204, ALLOWED).answer(ASKED, NOW).as_deref(), Some(expected));
    }

    #[test]
    fn nothing_else_is_allowed_by_it() {
        let granted = learnt(204, ALLOWED);
        for other in [
            Script { origin: "https://evil.example", ..ASKED },
            Script { circuit: 4, ..ASKED },
            Script { url: "https://shop.example/api/cart?x=1", ..ASKED },
            Script { preflight: Some(Preflight { method: "DELETE", ..PUT }), ..ASKED },
            Script { preflight: Some(Preflight { fields: "x-cart,x-other", ..PUT }), ..ASKED },
            Script { preflight: None, ..ASKED },
        ] {
            assert_eq!(granted.answer(other, NOW), None, "{other:?}");
        }
        let late = NOW + GRANTED_FOR;
        assert!(granted.answer(ASKED, late).is_some());
        assert_eq!(granted.answer(ASKED, late + Millis::new(1)), None, "it may have changed");
    }

    #[test]
    fn what_was_not_allowed_is_not_repeated() {
        for (status, lines) in [
            (204, ""),
            (204, "access-control-allow-origin:https://other.example"),
            (301, ALLOWED),
            (403, ALLOWED),
        ] {
            assert_eq!(learnt(status, lines).answer(ASKED, NOW), None, "{status} {lines}");
        }
        let long = format!("{ALLOWED}{}", "x".repeat(PREFLIGHT_SIZE_MAX));
        assert!(learnt(204, &long).answer(ASKED, NOW).is_some(), "that field is not repeated");
        let long =
            format!("access-control-allow-headers:{}\n{ALLOWED}", "x".repeat(PREFLIGHT_SIZE_MAX));
        assert_eq!(learnt(204, &long).answer(ASKED, NOW), None);
    }

    #[test]
    fn a_refusal_ends_it_and_trouble_does_not() {
        let learn = |status, lines| {
            let mut granted = learnt(204, ALLOWED);
            granted.learn(ASKED, ResponseHead { status, fields: Fields::new(lines) }, NOW);
            granted.answer(ASKED, NOW).is_some()
        };
        assert!(!learn(204, ""));
        assert!(!learn(403, ""));
        for status in [408, 429, 500, 502, 503, 504, 522] {
            assert!(learn(status, ""), "{status}");
        }
    }

    #[test]
    fn credentials_are_let_in_by_any_answer_of_the_circuits_upstream() {
        let request = Script { preflight: None, url: "https://shop.example/api/me", ..ASKED };
        let mut granted = learnt(204, ALLOWED);
        assert!(granted.lets_credentials_in(request));
        assert!(!granted.lets_credentials_in(Script { circuit: 4, ..request }));
        assert!(!granted.lets_credentials_in(Script { origin: "null", ..request }));
        let star = "access-control-allow-origin:*\naccess-control-allow-credentials:true";
        let open = Script { origin: "null", ..request };
        granted.learn(open, ResponseHead { status: 200, fields: Fields::new(star) }, NOW);
        assert!(!granted.lets_credentials_in(open));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut granted = Granted::default();
        let answered = |origin: &str| {
            format!("access-control-allow-origin:{origin}\naccess-control-allow-credentials:true")
        };
        let origins: alloc::vec::Vec<_> =
            (0..2 * PREFLIGHTS_MAX).map(|n| format!("https://{n}.example")).collect();
        for origin in origins.iter().chain([&origins[0]]) {
            let lines = answered(origin);
            let fields = Fields::new(&lines);
            granted.learn(Script { origin, ..ASKED }, ResponseHead { status: 204, fields }, NOW);
        }
        assert_eq!(granted.origins.len(), ORIGINS_MAX);
        assert_eq!(granted.preflights.len(), PREFLIGHTS_MAX);
        let knows = |n: usize| granted.lets_credentials_in(Script { origin: &origins[n], ..ASKED });
        assert!(knows(0) && knows(2 * PREFLIGHTS_MAX - 1), "the latest are there");
        assert!(!knows(1));
    }
}
