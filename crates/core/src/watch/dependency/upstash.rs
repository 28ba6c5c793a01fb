//! Upstash's Redis over HTTP (upstash.com/docs/redis/features/restapi).

use serde::Deserialize;

use super::reading::DependencyReading;
use crate::base::time::Millis;
use crate::circuit::outcome::{Body, Cause, Dialect, Ended};
use crate::circuit::policy::Count;

/// What Redis said, in JSON.
#[derive(Deserialize)]
struct RedisReply<'a> {
    #[serde(borrow)]
    result: &'a str,
}

pub(super) fn read(status: u16, body: &[u8]) -> DependencyReading {
    let ended = Ended::Answered { status, retry_after: None };
    let judged =
        Dialect::Upstash.examine(Count::ServerErrors, ended, Body::whole(body), Millis::ZERO);
    if judged.cause != Cause::Answered {
        return DependencyReading::of_cause(judged.cause, status);
    }
    match serde_json::from_slice(body) {
        Ok(RedisReply { result: "PONG" }) if status == 200 => DependencyReading::pass(),
        _ => DependencyReading::unexpected(status, "`PONG`"),
    }
}
