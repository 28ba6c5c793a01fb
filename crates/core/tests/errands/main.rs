//! Checks that ask others about their target: what they send, and what they make of answers as
//! these services give them.

#![cfg(feature = "toml")]

mod domain;
mod outside;
mod websocket;

use breakwater_core::base::fields::Fields;
use breakwater_core::base::redaction::Redactor;
use breakwater_core::base::rfc3339;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::config::{WatchRules, parse_file};
use breakwater_core::watch::check::{
    Check, CheckAnswer, CheckErrand, CheckObservation, CheckRequest, CheckedAnswer, ErrandStep,
    GlobalpingAccount, Inconclusive,
};

/// How long each request takes.
const TOOK: Millis = Millis::new(300);

fn rules(text: &str) -> WatchRules {
    let head = "[site]\nname = \"Shop\"\nhost = \"shop.example\"\n\
        [upstreams.web]\norigin = \"https://web.example\"\n\
        [[routes]]\nmatch = \"/*\"\nupstream = \"web\"\n";
    parse_file("test", &[head, text].concat()).unwrap_or_else(|error| panic!("{error}")).watch
}

fn time(text: &str) -> Timestamp {
    rfc3339::parse(text).expect("a time")
}

/// What the one who is asked does.
enum Does<'a> {
    Answer(u16, &'a str),
    Silence,
}

/// An errand whose requests are answered by the test.
struct Run {
    check: Check,
    place: &'static str,
    account: Option<GlobalpingAccount>,
    errand: CheckErrand,
    now: Timestamp,
}

impl Run {
    fn begin(check: &Check, place: &'static str, now: Timestamp) -> Self {
        let errand = CheckErrand::begin(check, place, now).expect("a check that takes an errand");
        Self { check: check.clone(), place, account: None, errand, now }
    }

    fn poll(&self) -> ErrandStep {
        self.errand.poll(&self.check, self.place, self.account.as_ref(), self.now)
    }

    /// The next request, and how long its answer is waited for.
    #[track_caller]
    fn asked(&self) -> (CheckRequest, Millis) {
        match self.poll() {
            ErrandStep::Ask { request, within } => (request, within),
            step @ (ErrandStep::Wait(_) | ErrandStep::End(_)) => panic!("{step:?}"),
        }
    }

    fn answer(&mut self, does: &Does<'_>) {
        let (request, within) = self.asked();
        let answer = match does {
            Does::Silence => {
                self.now = self.now + within;
                CheckAnswer::TimedOut
            }
            &Does::Answer(status, body) => {
                self.now = self.now + TOOK;
                CheckAnswer::Answered(CheckedAnswer {
                    status,
                    fields: Fields::new("content-type:application/json"),
                    body: body.as_bytes(),
                    size: body.len() as u64,
                    is_cut: false,
                    url: &request.url,
                    took: TOOK,
                })
            }
        };
        let redactor = Redactor::new([]);
        self.errand.handle_answer(&self.check, self.place, &answer, &redactor, self.now);
    }

    /// Lets the time pass that has to be waited, and returns it.
    #[track_caller]
    fn wait(&mut self) -> Millis {
        match self.poll() {
            ErrandStep::Wait(span) => {
                self.now = self.now + span;
                span
            }
            step @ (ErrandStep::Ask { .. } | ErrandStep::End(_)) => panic!("{step:?}"),
        }
    }

    #[track_caller]
    fn end(&self) -> Result<CheckObservation, Inconclusive> {
        match self.poll() {
            ErrandStep::End(end) => end,
            step @ (ErrandStep::Ask { .. } | ErrandStep::Wait(_)) => panic!("{step:?}"),
        }
    }

    /// Why nothing was learned.
    #[track_caller]
    fn why(&self) -> String {
        self.end().expect_err("no observation").to_string()
    }
}
