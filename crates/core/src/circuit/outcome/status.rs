//! What a status says by itself.

use super::{Cause, Dialect};

/// Whether a status says that the upstream could not be reached, or did not answer its gateway: 502
/// and 504 (RFC 9110 §15.6.3, §15.6.5), and what Cloudflare answers in their place where it stands
/// in front of the upstream: 520 to 526, and 530, which goes with an error of the 1xxx
/// (developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors).
/// This is the one list for breaker, retries, ladder, probes and snapshots.
pub const fn is_gateway(status: u16) -> bool {
    matches!(status, 502 | 504 | 520..=526 | 530)
}

/// Whether waiting a moment may mend what a status says: a gateway's failure, and 503.
pub const fn is_passing(status: u16) -> bool {
    status == 503 || is_gateway(status)
}

impl Dialect {
    /// What an answer's status says where its body says nothing.
    pub(super) const fn cause_of_status(self, status: u16) -> Cause {
        let ours = self.is_called_with_our_key();
        match status {
            429 if ours => Cause::RateLimit,
            402 if ours => Cause::Payment,
            401 | 403 if ours => Cause::Credentials,
            429 => Cause::VisitorLimit,
            400..=499 => Cause::Caller,
            // Gemini's 503 is documented as an overload (ai.google.dev, troubleshooting).
            _ if is_gateway(status) => Cause::Gateway,
            503 if matches!(self, Self::Gemini) => Cause::Overload,
            503 => Cause::Unavailable,
            540 if self.is_on_supabase() => Cause::Paused,
            544 if self.is_on_supabase() => Cause::Gateway,
            500..=599 => Cause::ServerError,
            _ => Cause::Answered,
        }
    }

    /// Supabase's platform answers 540 for a paused project and 544 for a gateway's time-out
    /// (supabase.com/docs/guides/platform/http-status-codes).
    const fn is_on_supabase(self) -> bool {
        matches!(self, Self::SupabasePostgrest | Self::SupabaseStorage | Self::SupabaseAuth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_the_callers_and_a_limit_or_a_key_is_ours() {
        for status in [400, 404, 409, 413, 422] {
            assert_eq!(Dialect::Removebg.cause_of_status(status), Cause::Caller, "{status}");
        }
        assert_eq!(Dialect::Removebg.cause_of_status(402), Cause::Payment);
        assert_eq!(Dialect::Removebg.cause_of_status(403), Cause::Credentials);
        assert_eq!(Dialect::Removebg.cause_of_status(429), Cause::RateLimit);
        for status in [401, 402, 403] {
            assert_eq!(Dialect::Http.cause_of_status(status), Cause::Caller, "{status}");
        }
    }

    #[test]
    fn the_platforms_own_statuses_mean_something_only_there() {
        assert_eq!(Dialect::SupabaseAuth.cause_of_status(540), Cause::Paused);
        assert_eq!(Dialect::SupabaseStorage.cause_of_status(544), Cause::Gateway);
        assert_eq!(Dialect::Http.cause_of_status(540), Cause::ServerError);
    }

    #[test]
    fn cloudflares_own_statuses_say_what_a_gateways_say() {
        for dialect in Dialect::ALL {
            for status in [502, 504, 520, 521, 522, 523, 524, 525, 526, 530] {
                assert_eq!(dialect.cause_of_status(status), Cause::Gateway, "{status}");
            }
            for status in [500, 501, 505, 519, 527, 529, 531] {
                assert_eq!(dialect.cause_of_status(status), Cause::ServerError, "{status}");
            }
        }
        assert!(is_passing(503) && is_passing(522) && !is_passing(500) && !is_passing(429));
    }

    #[test]
    fn every_status_has_a_cause() {
        for status in 0..=u16::MAX {
            let cause = Dialect::Http.cause_of_status(status);
            let is_error = (400..=599).contains(&status);
            assert_eq!(cause != Cause::Answered, is_error, "{status}");
        }
    }

    #[test]
    fn a_paused_project_is_supabases_alone() {
        assert_eq!(Dialect::SupabaseAuth.cause_of_status(540), Cause::Paused);
        assert_eq!(Dialect::SupabaseAuth.cause_of_status(544), Cause::Gateway);
        for dialect in [Dialect::Http, Dialect::Gemini, Dialect::Upstash] {
            assert_eq!(dialect.cause_of_status(540), Cause::ServerError);
            assert_eq!(dialect.cause_of_status(544), Cause::ServerError);
        }
    }
}
