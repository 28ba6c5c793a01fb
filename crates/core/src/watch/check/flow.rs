//! Flows: requests that follow each other as a customer's do, such as log in, add to the cart,
//! check out. Later steps use what earlier ones were answered.
//!
//! [`FlowRun`] decides which request comes next, and the prober only sends it. What was captured is
//! as secret as the secrets themselves: the token of a session opens what a password opens.

mod capture;
mod cookies;
mod redirect;
mod run;
mod template;

use alloc::string::String;
use alloc::vec::Vec;

pub use capture::{CAPTURED_MAX, FlowCapture};
pub use cookies::{COOKIE_MAX, COOKIES_MAX, CookieJar};
pub use redirect::redirected;
pub use run::{FlowRequest, FlowRun, StepTiming};
use serde::{Deserialize, Serialize};
pub use template::{FlowTemplate, TemplatePart};

use super::Expectation;
use crate::base::secret_name::SecretName;
use crate::base::time::Millis;

/// The largest number of steps of a flow.
pub const FLOW_STEPS_MAX: usize = 10;
/// The largest number of redirects that one step follows. With ten steps that makes 40 requests,
/// and the free plan allows an event 50
/// (developers.cloudflare.com/workers/platform/limits, "Subrequests").
pub const FLOW_REDIRECTS_MAX: usize = 3;
/// The largest number of values that all steps of a flow capture.
pub const FLOW_CAPTURES_MAX: usize = 20;
/// The time-out of a step that is always made, in milliseconds, if the file does not say. It is
/// taken off the time of the other steps, so it is short.
pub const FLOW_ALWAYS_TIMEOUT_DEFAULT: Millis = Millis::from_secs(2);

/// A step of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowStep {
    /// Its name, or its number, counted from 1. No other step of the flow has it.
    pub name: String,
    /// The method.
    pub method: String,
    /// An absolute URL. Placeholders stand only behind its host.
    pub url: FlowTemplate,
    /// Its fields, with names in lower case.
    pub fields: Vec<(String, FlowTemplate)>,
    /// Its body.
    pub body: Option<FlowTemplate>,
    /// Whether redirects are followed that lead to the same origin.
    pub follows_redirects: bool,
    /// What is expected of the answer.
    pub expect: Expectation,
    /// What later steps use of the answer, by the names of the placeholders.
    pub capture: Vec<(String, FlowCapture)>,
    /// How long the step may take, its redirects among it.
    pub timeout: Millis,
    /// Whether the step is made although one before it has failed.
    pub always: bool,
}

impl FlowStep {
    /// The largest number of requests that the step sends.
    pub const fn requests_max(&self) -> usize {
        if self.follows_redirects { 1 + FLOW_REDIRECTS_MAX } else { 1 }
    }

    /// The texts with placeholders.
    pub fn templates(&self) -> impl Iterator<Item = &FlowTemplate> {
        let fields = self.fields.iter().map(|(_, value)| value);
        [&self.url].into_iter().chain(fields).chain(&self.body)
    }

    /// The secrets that the step sends.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretName> {
        self.templates().flat_map(FlowTemplate::secrets)
    }
}
