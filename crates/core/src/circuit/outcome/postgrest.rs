//! What PostgREST says in a body: `{code, message, details, hint}`, where `code` is its own or
//! PostgreSQL's SQLSTATE (docs.postgrest.org, references/errors). The status alone misleads: a
//! function that divides by zero and a disk that fails are both 500.
//!
//! - A token that has expired is the caller's (`PGRST301`, `PGRST303`). A wrong key of the
//!   site's own does not get that far: Supabase's gateway refuses it, in a body without a code.
//! - 402 and 429 with a code are what the application raised (`PT402`); the platform's own, which
//!   close the project, have none.
//! - `57014`, a statement that was cancelled for taking too long, counts nowhere: a heavy query
//!   meets it on a healthy database, and any query on a sick one. If it counted as a success, it
//!   would close a half-open circuit while the database is sick; if it counted as a failure, one
//!   heavy report would open the circuit for all visitors. `slow_call` is the rule that sees such a
//!   database. The rest of class 57 are shutdowns.

use super::Cause;
use super::body::{Body, BodyFacts, Key, Scalar};

pub(super) const fn wants_body(status: u16) -> bool {
    matches!(status, 401..=403 | 429 | 500..=599)
}

pub(super) fn read(status: u16, body: Body<'_>) -> Option<Cause> {
    let error: PostgrestFacts = body.facts()?;
    match status {
        402 | 429 => error.has_code.then_some(Cause::Caller),
        401 | 403 | 500..=599 => error.cause,
        _ => None,
    }
}

#[derive(Default)]
struct PostgrestFacts {
    has_code: bool,
    cause: Option<Cause>,
}

impl BodyFacts for PostgrestFacts {
    fn take(&mut self, path: &[Key], value: Scalar<'_>) {
        if let ([Key::Code], Scalar::Text(code)) = (path, value) {
            self.has_code = true;
            self.cause = cause_of(code);
        }
    }
}

/// What a code says; nothing where the status must do.
fn cause_of(code: &str) -> Option<Cause> {
    match code {
        // No connection, or none left in the pool.
        "PGRST000" | "PGRST001" | "PGRST002" | "PGRST003" => return Some(Cause::Outage),
        // The secret for tokens is missing; no role is set for requests without one.
        "PGRST300" | "PGRST302" => return Some(Cause::Setup),
        // The library that talks to the database failed, at what is not known.
        "PGRSTX00" => return None,
        // A privilege is missing.
        "42501" => return Some(Cause::Credentials),
        "57014" => return Some(Cause::StatementTimeout),
        _ => {}
    }
    if code.starts_with("PGRST") {
        // Requests and functions that it cannot make sense of, some of them with status 500.
        return Some(Cause::Caller);
    }
    let is_sqlstate =
        code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    if !is_sqlstate {
        // An application may raise errors with codes of its own.
        return None;
    }
    match code.get(..2)? {
        // Connections, resources, shutdowns, and errors of the system below.
        "08" | "53" | "57" | "58" => Some(Cause::Outage),
        // The database's configuration file.
        "F0" => Some(Cause::Setup),
        // Roles that do not exist or may not be taken.
        "0L" | "0P" | "28" => Some(Cause::Credentials),
        // Internal errors, of the database or of the pooler before it.
        "XX" => None,
        // What the application asked for, its transactions (25, 40), its procedures (P0), and
        // what it raises itself with a status of its choice (PT).
        _ => Some(Cause::Caller),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outages_are_told_from_faults_of_the_application() {
        for code in ["PGRST000", "PGRST003", "08006", "53300", "57P01", "57P02", "57P03", "58030"] {
            assert_eq!(cause_of(code), Some(Cause::Outage), "{code}");
        }
        for code in ["40001", "40P01", "P0002", "25P02", "22012", "PT503", "PGRST202", "PGRST301"] {
            assert_eq!(cause_of(code), Some(Cause::Caller), "{code}");
        }
        assert_eq!(cause_of("57014"), Some(Cause::StatementTimeout));
        assert_eq!(cause_of("42501"), Some(Cause::Credentials));
    }

    #[test]
    fn an_unknown_code_leaves_it_to_the_status() {
        for code in ["", "XX000", "PGRSTX00", "123", "08é", "é0000", "0800", "080060", "57p01"] {
            assert_eq!(cause_of(code), None, "{code}");
        }
    }

    #[test]
    fn settings_and_roles_are_told_from_what_the_application_asked_for() {
        for (code, cause) in [
            ("PGRST300", Cause::Setup),
            ("PGRST302", Cause::Setup),
            ("PGRST301", Cause::Caller),
            ("F0000", Cause::Setup),
            ("0LP01", Cause::Credentials),
            ("0P000", Cause::Credentials),
            ("28P01", Cause::Credentials),
            ("25006", Cause::Caller),
        ] {
            assert_eq!(cause_of(code), Some(cause), "{code}");
        }
    }
}
