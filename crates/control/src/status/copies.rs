//! The copies of the public status that outlive the monitor: in the bucket, and in other places.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::status::{PublicStatus, copy_is_due};
use breakwater_core::telemetry::log::LogEvent;
use breakwater_platform::bucket::Bucket;
use breakwater_platform::log;
use breakwater_platform::monitor_object::MonitorClient;
use breakwater_platform::site;
use breakwater_platform::site_object::SiteClient;
use breakwater_platform::timer::within;
use worker::Env;

use crate::faults;
use crate::watch_rules::rules;

/// How long the monitor may take to say what is copied, in milliseconds: no reader waits for it.
const TOLD_WITHIN: Millis = Millis::from_secs(10);

/// The bucket's copy. A Worker without a bucket has none.
pub(super) async fn read(env: &Env) -> Option<PublicStatus> {
    let bucket = Bucket::of(env.as_ref()).ok()?;
    let copy = bucket.status().await;
    copy.inspect_err(|error| {
        log::error(
            LogEvent::StatusUncopied,
            &[],
            format_args!("the copy of the public status: {error:?}"),
        );
    })
    .ok()
    .flatten()
}

/// Makes the copies that are due in the minute in which the round began: how long its other parts
/// took makes none of them due, or not due. Returns how that went, in the minutes in which the
/// bucket's copy is due; the mirror may be renewed in others too.
pub(crate) async fn round(env: &Env, begun: Timestamp) -> Option<bool> {
    let is_due = copy_is_due(begun) || faults::copies_each_round(env.as_ref());
    let bucket = Bucket::of(env.as_ref()).ok().filter(|_| is_due);
    let mirrors = rules().status.mirror.is_some();
    let is_served = rules().needs_monitor() && site().status_addresses().is_some();
    if !is_served || (bucket.is_none() && !mirrors) {
        return None;
    }
    let are_made = copy(env, bucket, mirrors).await;
    is_due.then_some(are_made)
}

/// Copies the public status to the bucket, if there is one now, and to its mirror. Returns whether
/// all went well.
async fn copy(env: &Env, bucket: Option<Bucket>, mirrors: bool) -> bool {
    let uncopied = |why: std::fmt::Arguments<'_>| log::error(LogEvent::StatusUncopied, &[], why);
    let status = match within(Box::pin(MonitorClient::of(env).status()), TOLD_WITHIN).await {
        Some(Ok(status)) => status,
        Some(Err(error)) => {
            uncopied(format_args!("no copy of the public status: {error}"));
            return false;
        }
        None => {
            uncopied(format_args!("no copy of the public status within {TOLD_WITHIN}"));
            return false;
        }
    };
    let mut are_made = true;
    if let Some(bucket) = bucket
        && let Err(error) = bucket.put_status(&status).await
    {
        uncopied(format_args!("no copy of the public status in the bucket: {error:?}"));
        are_made = false;
    }
    if mirrors {
        are_made &= SiteClient::of(env).mirror(status).await.unwrap_or_else(|error| {
            log::error(
                LogEvent::MirrorFailed,
                &[],
                format_args!("the mirror of the status page: {error}"),
            );
            false
        });
    }
    are_made
}
