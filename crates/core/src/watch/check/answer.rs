//! What comes of making a check.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use serde::Deserialize;

use super::{
    Check, CheckFieldValue, CheckKind, CheckObservation, CheckedAnswer, DnsRecord, Expectation,
    FailedAttempt, FailureEvidence, FlowStep,
};
use crate::base::fields::Fields;
use crate::base::json;
use crate::base::redaction::Redactor;
use crate::base::secret_name::SecretName;
use crate::base::time::{Millis, Timestamp};
use crate::watch::monitor::CheckResult;

/// What comes of asking.
#[derive(Clone, Copy, Debug)]
pub enum CheckAnswer<'a> {
    /// An HTTP answer.
    Answered(CheckedAnswer<'a>),
    /// The connection was accepted, and nothing more is asked.
    Connected {
        /// The time that it took.
        took: Millis,
    },
    /// Nothing came in time.
    TimedOut,
    /// The connection was refused, or broke.
    Disconnected {
        /// After this time.
        took: Millis,
    },
}

impl<'a> CheckAnswer<'a> {
    /// The answer of HTTP, if there is one.
    pub const fn answered(&self) -> Option<&CheckedAnswer<'a>> {
        match self {
            Self::Answered(answer) => Some(answer),
            Self::Connected { .. } | Self::TimedOut | Self::Disconnected { .. } => None,
        }
    }
}

impl Check {
    /// What the answer says of the check.
    pub fn observe(&self, answer: &CheckAnswer<'_>) -> CheckObservation {
        let (took, status) = match answer {
            CheckAnswer::Answered(answer) => (answer.took, Some(answer.status)),
            CheckAnswer::Connected { took } | CheckAnswer::Disconnected { took } => (*took, None),
            CheckAnswer::TimedOut => (self.timeout, None),
        };
        let (result, reasons) = match answer {
            CheckAnswer::Answered(answer) => self.judge(answer),
            CheckAnswer::Connected { took } => self.judge(&CheckedAnswer {
                status: 200,
                fields: Fields::new(""),
                body: &[],
                size: 0,
                is_cut: false,
                url: "",
                took: *took,
            }),
            CheckAnswer::TimedOut => {
                (CheckResult::Down, vec![format!("no answer within {}", self.timeout)])
            }
            CheckAnswer::Disconnected { .. } => {
                (CheckResult::Down, vec!["the connection was refused, or broke".to_string()])
            }
        };
        CheckObservation { check: self.name.clone(), result, took, status, reasons, evidence: None }
    }

    /// The observation with what an operator needs to see for themselves, if it is not well.
    pub fn with_evidence(
        &self,
        observation: CheckObservation,
        answer: &CheckAnswer<'_>,
        place: &str,
        redactor: &Redactor,
        now: Timestamp,
    ) -> CheckObservation {
        let evidence = self.evidence(&observation, answer, place, redactor, now);
        CheckObservation { evidence: evidence.map(Box::new), ..observation }
    }

    /// What an operator needs to see for themselves of an answer that is not well.
    pub fn evidence(
        &self,
        observation: &CheckObservation,
        answer: &CheckAnswer<'_>,
        place: &str,
        redactor: &Redactor,
        now: Timestamp,
    ) -> Option<FailureEvidence> {
        if observation.result == CheckResult::Up {
            return None;
        }
        let attempt = FailedAttempt {
            at: now,
            place,
            kind: &self.kind,
            timeout: self.timeout,
            answer: answer.answered(),
            phase: None,
            took: observation.took,
            reasons: &observation.reasons,
        };
        Some(FailureEvidence::new(&attempt, redactor))
    }

    /// The secrets that it is asked with.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretName> {
        let (fields, steps): (&[_], &[_]) = match &self.kind {
            CheckKind::Http(request) | CheckKind::Websocket { request, .. } => {
                (&request.fields, &[])
            }
            CheckKind::Flow(steps) => (&[], steps),
            CheckKind::Tcp { .. }
            | CheckKind::Dns { .. }
            | CheckKind::Domain(_)
            | CheckKind::Tls { .. }
            | CheckKind::Heartbeat { .. } => (&[], &[]),
        };
        let of_fields = fields.iter().filter_map(|(_, value)| match value {
            CheckFieldValue::Secret { name, .. } => Some(name),
            CheckFieldValue::Plain(_) => None,
        });
        of_fields.chain(steps.iter().flat_map(FlowStep::secrets))
    }

    fn judge(&self, answer: &CheckedAnswer<'_>) -> (CheckResult, Vec<String>) {
        if let CheckKind::Dns { record, contains, .. } = &self.kind
            && let Err(reason) = judge_dns(answer.body, *record, contains.as_deref())
        {
            return (CheckResult::Down, vec![reason]);
        }
        let judgement = Expectation::judge(&self.expect, answer);
        (judgement.result, judgement.reasons)
    }
}

impl DnsRecord {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Txt => "TXT",
            Self::Ns => "NS",
        }
    }

    /// Its number (RFC 1035 §3.2.2, RFC 3596 §2.1).
    pub(super) const fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Ns => 2,
            Self::Cname => 5,
            Self::Mx => 15,
            Self::Txt => 16,
            Self::Aaaa => 28,
        }
    }
}

/// An answer of a resolver, in the JSON that Cloudflare's and Google's speak
/// (developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/make-api-requests/dns-json).
#[derive(Deserialize)]
struct DnsAnswer {
    #[serde(rename = "Status")]
    status: u16,
    #[serde(rename = "Answer", default)]
    answer: Vec<DnsRecordFound>,
}

#[derive(Deserialize)]
struct DnsRecordFound {
    #[serde(rename = "type")]
    kind: u16,
    data: String,
}

/// # Errors
/// Why the records are not as expected.
fn judge_dns(body: &[u8], record: DnsRecord, contains: Option<&str>) -> Result<(), String> {
    let text = core::str::from_utf8(body).unwrap_or_default();
    let Ok(answer) = json::read::<DnsAnswer>(text) else {
        return Err("the resolver's answer is not the JSON of DNS over HTTPS".into());
    };
    if answer.status != 0 {
        return Err(format!("the resolver says {}", response_code(answer.status)));
    }
    let mut found = answer.answer.iter().filter(|it| it.kind == record.number()).peekable();
    if found.peek().is_none() {
        return Err(format!("the name has no record of type {}", record.as_str()));
    }
    let Some(wanted) = contains else { return Ok(()) };
    let is_wanted = |it: &DnsRecordFound| {
        let data = it.data.trim_matches('"').trim_end_matches('.');
        data.eq_ignore_ascii_case(wanted.trim_end_matches('.'))
    };
    match found.any(is_wanted) {
        true => Ok(()),
        false => Err(format!("no record of type {} is `{wanted}`", record.as_str())),
    }
}

/// The names of RFC 1035 §4.1.1.
fn response_code(code: u16) -> String {
    let name = match code {
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        _ => return format!("code {code}"),
    };
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_judged_by_their_type_and_their_value() {
        let body =
            br#"{"Status":0,"Answer":[{"name":"a.example","type":5,"TTL":60,"data":"b.example."},
            {"name":"b.example","type":1,"TTL":60,"data":"192.0.2.1"}]}"#;
        assert_eq!(judge_dns(body, DnsRecord::A, None), Ok(()));
        assert_eq!(judge_dns(body, DnsRecord::A, Some("192.0.2.1")), Ok(()));
        assert_eq!(judge_dns(body, DnsRecord::Cname, Some("B.example")), Ok(()));
        assert_eq!(
            judge_dns(body, DnsRecord::A, Some("192.0.2.2")),
            Err("no record of type A is `192.0.2.2`".into())
        );
        assert_eq!(
            judge_dns(body, DnsRecord::Mx, None),
            Err("the name has no record of type MX".into())
        );
        assert_eq!(
            judge_dns(br#"{"Status":3}"#, DnsRecord::A, None),
            Err("the resolver says NXDOMAIN".into())
        );
        assert!(judge_dns(b"<html>", DnsRecord::A, None).is_err());
    }
}
