//! Storage that is compatible with S3, asked without a signature: that it refuses us shows that it
//! works (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).

use alloc::format;

use super::reading::Reading;
use crate::health::Status;

/// The code of an error that asks for fewer requests.
const SLOW_DOWN: &[u8] = b"<Code>SlowDown</Code>";

pub(super) fn read(status: u16, body: &[u8]) -> Reading {
    match status {
        200..=399 | 401 | 403 => Reading::pass(),
        404 => Reading::new(Status::Fail, "the bucket is not there (404)"),
        503 if body.windows(SLOW_DOWN.len()).any(|part| part == SLOW_DOWN) => {
            Reading::new(Status::Warn, "it asks us to slow down (503)")
        }
        429 => Reading::new(Status::Warn, "it asks us to slow down (429)"),
        400..=499 => Reading::new(Status::Warn, &format!("it refuses the question ({status})")),
        _ => Reading::new(Status::Fail, &format!("it answered {status}")),
    }
}
