//! Places outside the platform: a probe of Globalping tests the target, and says what it found.
//!
//! A test is ordered, and its result is asked for until it is there
//! (globalping.io/docs/api.globalping.io). Anyone who knows a result's id can read it, so that no
//! secret goes into a test. Globalping's own limits and failures say nothing of the target.

mod result;
mod test;

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ErrandStep, Inconclusive};
use crate::base::redaction::Redactor;
use crate::base::secret_name::SecretName;
use crate::base::time::{Millis, Timestamp};
use crate::watch::check::{Check, CheckAnswer, CheckFieldValue, CheckObservation, CheckRequest};

/// What the names of outside places begin with, before Globalping's word for the place.
pub const OUTSIDE: &str = "outside ";
/// How long a test may take on top of the check's time-out, in milliseconds: Globalping asks its
/// callers to allow 10 seconds for the way to the probe and back.
const OUTSIDE_WAY: Millis = Millis::from_secs(10);
/// The shortest and the longest time-out that a test may have, in seconds.
const TEST_TIMEOUT: (u64, u64) = (5, 30);
/// The time from one request for a result to the next, in milliseconds, for as many requests as
/// [`QUICK_POLLS`]: most tests end within them. Globalping asks for half a second at least.
const POLL_EVERY: Millis = Millis::from_secs(1);
/// The number of requests for a result after which the others wait longer.
const QUICK_POLLS: u32 = 5;
/// The time between later requests for a result, in milliseconds.
const POLL_EVERY_LATER: Millis = Millis::from_secs(3);
/// The largest number of requests for one result, since each counts among those of an event.
const POLLS_MAX: u32 = 20;
/// The longest id of a test, in characters. Globalping's have 16 to 20.
const ID_MAX: usize = 64;
/// The longest type of an error that is told, in characters.
const ERROR_TYPE_MAX: usize = 40;

/// The account that asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlobalpingAccount {
    /// The secret that names the account to Globalping.
    pub token: SecretName,
    /// Where Globalping is asked: an origin without a slash at its end.
    pub api: String,
}

impl Check {
    /// How long it takes at most at a place.
    pub fn longest(&self, place: &str) -> Millis {
        match self.is_outside(place) {
            true => self.timeout.saturating_add(OUTSIDE_WAY),
            false => self.timeout,
        }
    }

    /// The largest number of requests that making it once takes at a place, without redirects that
    /// the platform follows.
    pub fn requests_max(&self, place: &str) -> usize {
        match self.is_outside(place) {
            true => 1 + POLLS_MAX as usize,
            false => self.kind.requests_max(),
        }
    }

    /// Returns whether a place is outside the platform.
    pub(super) fn is_outside(&self, place: &str) -> bool {
        self.outside.iter().any(|outside| outside == place)
    }
}

/// A test by a probe of Globalping, from its order to its result.
#[derive(Clone, Debug)]
pub(super) struct OutsideTest {
    until: Timestamp,
    phase: TestPhase,
}

#[derive(Clone, Debug)]
enum TestPhase {
    Order,
    Poll { id: String, polls: u32, next_at: Timestamp },
    End(Result<CheckObservation, Inconclusive>),
}

impl OutsideTest {
    pub(super) fn begin(check: &Check, place: &str, now: Timestamp) -> Self {
        Self { until: now + check.longest(place), phase: TestPhase::Order }
    }

    pub(super) fn poll(
        &self,
        check: &Check,
        place: &str,
        account: Option<&GlobalpingAccount>,
        now: Timestamp,
    ) -> ErrandStep {
        let end = |why: &str| ErrandStep::End(Err(Inconclusive::new(why)));
        let within = self.until.since(now);
        let is_late = within == Millis::ZERO;
        let Some(account) = account else {
            return end("the site file names no account of Globalping");
        };
        match &self.phase {
            TestPhase::End(found) => ErrandStep::End(found.clone()),
            TestPhase::Order | TestPhase::Poll { .. } if is_late => {
                end("Globalping has no result in time")
            }
            TestPhase::Order => match order(check, place, account) {
                Some(request) => ErrandStep::Ask { request, within },
                None => end("Globalping makes no such test"),
            },
            TestPhase::Poll { next_at, .. } if now < *next_at => {
                ErrandStep::Wait(next_at.since(now).min(within))
            }
            TestPhase::Poll { id, .. } => {
                let request = CheckRequest {
                    method: "GET".into(),
                    url: format!("{}/v1/measurements/{id}", account.api),
                    fields: common_fields(),
                    body: None,
                    follows_redirects: false,
                };
                ErrandStep::Ask { request, within }
            }
        }
    }

    pub(super) fn handle_answer(
        &mut self,
        check: &Check,
        place: &str,
        answer: &CheckAnswer<'_>,
        redactor: &Redactor,
        now: Timestamp,
    ) {
        let answered = answer.answered();
        match &mut self.phase {
            TestPhase::Order => {
                let id = match answered {
                    Some(answered) if answered.status == 202 => id_of(answered.body)
                        .ok_or_else(|| Inconclusive::new("Globalping's answer names no test")),
                    Some(answered) => Err(refusal(answered.status, answered.body)),
                    None => Err(Inconclusive::new("Globalping does not answer")),
                };
                self.phase = match id {
                    Ok(id) => TestPhase::Poll { id, polls: 0, next_at: now + POLL_EVERY },
                    Err(why) => TestPhase::End(Err(why)),
                };
            }
            TestPhase::Poll { polls, next_at, .. } => {
                *polls += 1;
                let every = if *polls < QUICK_POLLS { POLL_EVERY } else { POLL_EVERY_LATER };
                *next_at = now + every;
                let end = match answered {
                    Some(answered) if answered.status == 200 => {
                        result::read(check, place, answered.body, redactor, now)
                    }
                    Some(answered) if answered.status == 429 => {
                        let wait = answered.fields.get("retry-after").and_then(seconds);
                        *next_at = now + wait.unwrap_or(every).max(every);
                        None
                    }
                    // Asking again may help.
                    Some(answered) if answered.status >= 500 => None,
                    Some(answered) => Some(Err(refusal(answered.status, answered.body))),
                    None => None,
                };
                let is_last = *polls >= POLLS_MAX;
                let given_up = || Err(Inconclusive::new("Globalping has no result in time"));
                if let Some(end) = end.or_else(|| is_last.then(given_up)) {
                    self.phase = TestPhase::End(end);
                }
            }
            TestPhase::End(_) => {}
        }
    }
}

/// The request that orders a test.
fn order(check: &Check, place: &str, account: &GlobalpingAccount) -> Option<CheckRequest> {
    let location = place.strip_prefix(OUTSIDE)?;
    let (shortest, longest) = TEST_TIMEOUT;
    let body = format!(
        r#"{{{},"locations":[{{"magic":{}}}],"limit":1,"timeout":{}}}"#,
        test::of(check)?,
        test::quoted(location),
        check.timeout.as_secs_ceil().clamp(shortest, longest)
    );
    let mut fields = common_fields();
    fields.push(("content-type".into(), CheckFieldValue::Plain("application/json".into())));
    let token = CheckFieldValue::Secret { prefix: "Bearer ".into(), name: account.token.clone() };
    fields.push(("authorization".into(), token));
    Some(CheckRequest {
        method: "POST".into(),
        url: format!("{}/v1/measurements", account.api),
        fields,
        body: Some(body),
        follows_redirects: false,
    })
}

fn common_fields() -> Vec<(String, CheckFieldValue)> {
    let plain = |name: &str, value: &str| (name.into(), CheckFieldValue::Plain(value.into()));
    [plain("accept", "application/json"), plain("user-agent", "breakwater")].into()
}

/// The id of a test that was ordered.
fn id_of(body: &[u8]) -> Option<String> {
    let ordered: Value = serde_json::from_slice(body).ok()?;
    let id = ordered.get("id")?.as_str()?;
    let is_id = (1..=ID_MAX).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    is_id.then(|| id.to_string())
}

/// Why a test is not made, as Globalping says it.
fn refusal(status: u16, body: &[u8]) -> Inconclusive {
    let told: Option<Value> = serde_json::from_slice(body).ok();
    let kind = told.as_ref().and_then(|told| told.get("error")?.get("type")?.as_str());
    let is_kind = |kind: &&str| {
        kind.len() <= ERROR_TYPE_MAX && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    };
    Inconclusive::new(match kind.filter(is_kind) {
        Some(kind) => format!("Globalping answers {status}: {kind}"),
        None => format!("Globalping answers {status}"),
    })
}

fn seconds(text: &str) -> Option<Millis> {
    text.trim().parse::<u32>().ok().map(|seconds| Millis::from_secs(seconds.into()))
}
