//! What one place found, as it travels from the prober to the monitor.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::FailureEvidence;
use crate::base::time::Millis;
use crate::watch::monitor::CheckResult;

/// What a check found at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckObservation {
    /// The check's name.
    pub check: String,
    /// What the answer says of it.
    pub result: CheckResult,
    /// How long the answer took, or how long it was waited for.
    pub took: Millis,
    /// The status of HTTP, if there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it is not well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// What an operator needs to see for themselves, if it is not well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Box<FailureEvidence>>,
}
