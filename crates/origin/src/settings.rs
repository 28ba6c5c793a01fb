//! The settings in the environment. The backend works without any of them.

mod address;
mod error;

pub use error::SettingsError;

use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use axum::http::Uri;
use breakwater_core::base::time::Millis;
use breakwater_core::watch::dependency::DependencyKind;
use breakwater_core::watch::health::LevelLimits;
use redis::IntoConnectionInfo as _;
use sentry::types::Dsn;
use tracing::level_filters::LevelFilter;

use crate::secret::Secret;

/// Measurements have an interval from 100 ms to 1 h.
const HEALTH_INTERVAL: (Millis, Millis) = (Millis::new(100), Millis::from_secs(3_600));
/// A time-out is from 10 ms to 5 min long.
const TIMEOUT: (Millis, Millis) = (Millis::new(10), Millis::from_secs(300));
/// The delay of a shutdown is from 0 s to 5 min long.
const DELAY: (Millis, Millis) = (Millis::ZERO, Millis::from_secs(300));

/// The dependencies, and the time-outs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// PostgreSQL.
    pub database: Option<tokio_postgres::Config>,
    /// A file with the certificates that PostgreSQL's is checked against besides the system's.
    pub database_certificates: Option<PathBuf>,
    /// Redis.
    pub redis: Option<redis::ConnectionInfo>,
    /// The storage of files.
    pub storage: Option<Storage>,
    /// The folder whose volume is measured.
    pub data_dir: PathBuf,
    /// How full that volume may be, in percent.
    pub disk_limits: LevelLimits,
    /// The interval at which each dependency is measured.
    pub health_interval: Duration,
    /// The time-out of a measurement, which is at most the interval.
    pub health_timeout: Duration,
    /// Google's Gemini API.
    pub gemini: Option<Api>,
    /// remove.bg.
    pub removebg: Option<Api>,
    /// Supabase's PostgREST.
    pub supabase: Option<Api>,
    /// The time-out of a call to an API.
    pub api_timeout: Duration,
    /// The time limit of a shutdown.
    pub shutdown_timeout: Duration,
    /// The time during which connections are still accepted after readiness has become false.
    pub shutdown_delay: Duration,
    /// The lowest severity of events that are logged.
    pub log_level: LevelFilter,
    /// The file that gets a line for each request that arrives.
    pub arrivals: Option<PathBuf>,
    /// The project at Sentry that errors are reported to.
    pub sentry: Option<Secret>,
}

/// Storage of files, and its protocol.
#[derive(Clone, Debug)]
pub struct Storage {
    /// `s3` or `supabase_storage`.
    pub kind: DependencyKind,
    /// The URL that is requested.
    pub url: Uri,
    /// The key for the request.
    pub key: Option<Secret>,
}

/// A third-party API.
#[derive(Clone, Debug)]
pub struct Api {
    /// The base URL, without a slash at the end.
    pub base: String,
    /// Our key.
    pub key: Option<Secret>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            database: None,
            database_certificates: None,
            redis: None,
            storage: None,
            data_dir: PathBuf::from("."),
            // From 95 % on, writes will soon fail.
            disk_limits: LevelLimits { warn: 85, fail: 95 },
            health_interval: Duration::from_secs(10),
            health_timeout: Duration::from_secs(2),
            gemini: None,
            removebg: None,
            supabase: None,
            api_timeout: Duration::from_secs(8),
            shutdown_timeout: Duration::from_secs(10),
            shutdown_delay: Duration::ZERO,
            log_level: LevelFilter::INFO,
            arrivals: None,
            sentry: None,
        }
    }
}

impl Settings {
    /// The variables, and the purpose of each.
    pub const HELP: &str =
        "  DATABASE_URL      postgres://USER:PASSWORD@HOST/DATABASE[?sslmode=require]
  PGSSLROOTCERT     file with certificates that the database's is checked against
  REDIS_URL         redis://[USER:PASSWORD@]HOST[:PORT], or rediss:// for TLS
  STORAGE_URL       an S3-compatible endpoint, or https://PROJECT.supabase.co/storage/v1
  STORAGE_KEY       the key for Supabase Storage (SUPABASE_SERVICE_KEY if it is not set)
  DATA_DIR          the folder whose volume must not fill up (.)
  DISK_WARN, DISK_FAIL
                    how full it is, in percent, when it warns (85) and fails (95), or never
  HEALTH_INTERVAL   how often each of them is measured (10s)
  HEALTH_TIMEOUT    how long that may take (2s)
  GEMINI_URL, GEMINI_API_KEY; REMOVEBG_URL, REMOVEBG_API_KEY; SUPABASE_URL, SUPABASE_SERVICE_KEY
                    the APIs that the shop calls, each behind a circuit breaker
  API_TIMEOUT       how long such a call may take (8s)
  SHUTDOWN_TIMEOUT  how long a shutdown may take (10s)
  SHUTDOWN_DELAY    how long to accept connections after the readiness has flipped (0s)
  LOG_LEVEL         off, error, warn, info, debug or trace (info)
  ARRIVALS          file that gets a line for each request: time in ms, method, target, cookies,
                    user agent, between tabs
  SENTRY_DSN        where errors are reported; SENTRY_ENVIRONMENT names the environment there
";

    /// Whether any other service is used.
    pub(crate) fn speaks_to_others(&self) -> bool {
        let apis = [&self.gemini, &self.removebg, &self.supabase];
        self.database.is_some()
            || self.redis.is_some()
            || self.storage.is_some()
            || apis.iter().any(|api| api.is_some())
    }

    /// Reads the variables that `variable` returns. An empty variable counts as not set.
    ///
    /// # Errors
    /// Returns [`SettingsError`] for the first invalid variable. The error shows no secret.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let defaults = Self::default();
        let span = |name, default, limits| match variable(name) {
            Some(text) => duration(name, &text, limits),
            None => Ok(default),
        };
        let health_interval = span("HEALTH_INTERVAL", defaults.health_interval, HEALTH_INTERVAL)?;
        let longest = Millis::new(u64::try_from(health_interval.as_millis()).unwrap_or(u64::MAX));
        let health_timeout = span(
            "HEALTH_TIMEOUT",
            defaults.health_timeout.min(health_interval),
            (TIMEOUT.0, TIMEOUT.1.min(longest)),
        )?;
        let level = |name, default| match variable(name) {
            Some(text) => percent(name, &text),
            None => Ok(default),
        };
        let service_key = variable("SUPABASE_SERVICE_KEY");
        let api = |url: &'static str, key: Option<String>| {
            let base = variable(url).map(|text| address::base(url, &text)).transpose()?;
            Ok(base.map(|base| Api { base, key: key.map(Secret::new) }))
        };
        Ok(Self {
            database: variable("DATABASE_URL").map(|text| database(&text)).transpose()?,
            database_certificates: variable("PGSSLROOTCERT").map(PathBuf::from),
            redis: variable("REDIS_URL").map(|text| redis(&text)).transpose()?,
            storage: variable("STORAGE_URL")
                .map(|text| {
                    let key = variable("STORAGE_KEY").or_else(|| service_key.clone());
                    address::storage("STORAGE_URL", &text, key.map(Secret::new))
                })
                .transpose()?,
            data_dir: variable("DATA_DIR").map_or(defaults.data_dir, PathBuf::from),
            disk_limits: LevelLimits {
                warn: level("DISK_WARN", defaults.disk_limits.warn)?,
                fail: level("DISK_FAIL", defaults.disk_limits.fail)?,
            },
            health_interval,
            health_timeout,
            gemini: api("GEMINI_URL", variable("GEMINI_API_KEY"))?,
            removebg: api("REMOVEBG_URL", variable("REMOVEBG_API_KEY"))?,
            supabase: api("SUPABASE_URL", service_key)?,
            api_timeout: span("API_TIMEOUT", defaults.api_timeout, TIMEOUT)?,
            shutdown_timeout: span("SHUTDOWN_TIMEOUT", defaults.shutdown_timeout, TIMEOUT)?,
            shutdown_delay: span("SHUTDOWN_DELAY", defaults.shutdown_delay, DELAY)?,
            log_level: match variable("LOG_LEVEL") {
                Some(text) => log_level(&text)?,
                None => defaults.log_level,
            },
            arrivals: variable("ARRIVALS").map(PathBuf::from),
            sentry: variable("SENTRY_DSN").map(|text| dsn(&text)).transpose()?,
        })
    }
}

fn dsn(text: &str) -> Result<Secret, SettingsError> {
    let expected = "a DSN, such as https://key@host/1";
    match Dsn::from_str(text.trim()) {
        Ok(_) => Ok(Secret::new(text.trim())),
        Err(_) => Err(SettingsError::hidden("SENTRY_DSN", expected)),
    }
}

fn duration(
    name: &'static str,
    text: &str,
    (min, max): (Millis, Millis),
) -> Result<Duration, SettingsError> {
    match Millis::parse(text) {
        Ok(span) if span >= min && span <= max => Ok(Duration::from_millis(span.get())),
        Ok(_) | Err(_) => {
            let expected = format!("a duration from {min} to {max}, such as `2s`");
            Err(SettingsError::new(name, text, expected))
        }
    }
}

/// A level that is never reached is `never`: what else fills the volume is not ours to judge.
fn percent(name: &'static str, text: &str) -> Result<u64, SettingsError> {
    match text.parse() {
        _ if text == "never" => Ok(u64::MAX),
        Ok(percent @ 1..=100) => Ok(percent),
        Ok(_) | Err(_) => {
            Err(SettingsError::new(name, text, "a whole number from 1 to 100, or never"))
        }
    }
}

/// The URL holds a password, so it is never shown.
fn database(text: &str) -> Result<tokio_postgres::Config, SettingsError> {
    let expected =
        "postgres://USER:PASSWORD@HOST/DATABASE, with sslmode=disable, prefer or require";
    let config: tokio_postgres::Config =
        text.parse().map_err(|_| SettingsError::hidden("DATABASE_URL", expected))?;
    if config.get_hosts().is_empty() {
        return Err(SettingsError::hidden("DATABASE_URL", expected));
    }
    Ok(config)
}

fn redis(text: &str) -> Result<redis::ConnectionInfo, SettingsError> {
    let expected = "redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE], or rediss://…";
    text.into_connection_info().map_err(|_| SettingsError::hidden("REDIS_URL", expected))
}

fn log_level(text: &str) -> Result<LevelFilter, SettingsError> {
    let is_name = text.bytes().all(|b| b.is_ascii_alphabetic());
    text.parse().ok().filter(|_| is_name).ok_or_else(|| {
        SettingsError::new("LOG_LEVEL", text, "off, error, warn, info, debug or trace")
    })
}

#[cfg(test)]
mod tests;
