//! Calls to third-party APIs, each behind a circuit breaker of core.

mod api;

use std::time::Duration;

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::breaker::State;
use breakwater_core::circuit::outcome::{Cause, Dialect};
use breakwater_core::watch::health::{ComponentKind, Group, Measurement};

use self::api::Preset;
pub(crate) use self::api::{Api, Call};
use crate::health::Health;
use crate::http_client::HttpClient;
use crate::settings::Settings;

/// The APIs that the shop calls, with the presets of their breakers.
const GEMINI: Preset = Preset {
    name: "gemini",
    variable: "GEMINI_URL",
    dialect: Dialect::Gemini,
    consecutive_failures: 5,
    open_for: Millis::from_secs(60),
};
const REMOVEBG: Preset = Preset {
    name: "removebg",
    variable: "REMOVEBG_URL",
    dialect: Dialect::Removebg,
    consecutive_failures: 3,
    open_for: Millis::from_secs(300),
};
const SUPABASE: Preset = Preset {
    name: "supabase",
    variable: "SUPABASE_URL",
    dialect: Dialect::SupabasePostgrest,
    consecutive_failures: 10,
    open_for: Millis::from_secs(30),
};

/// The APIs that the shop calls.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) gemini: Api,
    pub(crate) removebg: Api,
    pub(crate) supabase: Api,
}

/// The reason why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallError {
    /// The API's address is not configured.
    NotConfigured {
        /// The variable that configures it.
        variable: &'static str,
    },
    /// The circuit rejects calls.
    Rejected {
        state: State,
        /// The time until it admits the next call.
        retry_after: Option<Millis>,
    },
    /// The call was made and failed.
    Failed {
        cause: Cause,
        /// The status code, if there was an answer.
        status: Option<u16>,
        /// The time after which the API asked us to come back.
        retry_after: Option<Millis>,
    },
}

impl Outgoing {
    pub(crate) fn new(settings: &Settings, client: &HttpClient) -> Self {
        let limit: Duration = settings.api_timeout;
        let api = |preset, settings| Api::new(preset, settings, client.clone(), limit);
        Self {
            gemini: api(GEMINI, settings.gemini.clone()),
            removebg: api(REMOVEBG, settings.removebg.clone()),
            supabase: api(SUPABASE, settings.supabase.clone()),
        }
    }

    /// Adds the breakers to the health report.
    pub(crate) fn show_in(&self, health: &mut Health) {
        for api in [&self.gemini, &self.removebg, &self.supabase] {
            match api.missing() {
                Some(how) => health.miss(api.name(), ComponentKind::Component, how),
                None => {
                    let shown = api.clone();
                    let measure = move || -> Vec<Measurement> { shown.measurements() };
                    health.tell(api.name(), ComponentKind::Component, Group::All, measure);
                }
            }
        }
    }
}
