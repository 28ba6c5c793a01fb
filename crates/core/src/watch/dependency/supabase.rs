//! Supabase's services behind its gateway. Their errors are read by the dialects of the breaker.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::reading::DependencyReading;
use crate::base::time::Millis;
use crate::circuit::outcome::{Body, Cause, Dialect, Ended};
use crate::circuit::policy::Count;

/// What Storage's health check says (supabase/storage, `src/http/routes/health/healthcheck.ts`).
#[derive(Deserialize)]
struct StorageHealth {
    healthy: bool,
}

/// What Auth's health check says (supabase/auth, `internal/api/api.go`).
#[derive(Deserialize)]
struct AuthHealth {
    #[serde(rename = "version")]
    _version: IgnoredAny,
}

pub(super) fn read(dialect: Dialect, status: u16, body: &[u8]) -> DependencyReading {
    let ended = Ended::Answered { status, retry_after: None };
    let judged = dialect.examine(Count::ServerErrors, ended, Body::whole(body), Millis::ZERO);
    if judged.cause != Cause::Answered {
        return DependencyReading::of_cause(judged.cause, status);
    }
    let (is_expected, expected) = match dialect {
        Dialect::SupabaseStorage => (is::<StorageHealth>(body, |it| it.healthy), "its health"),
        Dialect::SupabaseAuth => (is::<AuthHealth>(body, |_| true), "its version"),
        Dialect::SupabasePostgrest
        | Dialect::Http
        | Dialect::Gemini
        | Dialect::Removebg
        | Dialect::Upstash => (is::<IgnoredAny>(body, |_| true), "JSON"),
    };
    if is_expected && (200..300).contains(&status) {
        DependencyReading::pass()
    } else {
        DependencyReading::unexpected(status, expected)
    }
}

/// Whether the body is of that form, and what it says is good.
fn is<'a, T: Deserialize<'a>>(body: &'a [u8], good: impl FnOnce(T) -> bool) -> bool {
    serde_json::from_slice(body).is_ok_and(good)
}
