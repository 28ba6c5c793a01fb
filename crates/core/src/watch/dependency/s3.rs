//! Storage that is compatible with S3, asked without a signature. If it refuses the request because
//! the signature is missing, it works
//! (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
//!
//! Most services answer 403, and that status is enough. Some answer 400, and then only the code and
//! the message of the error distinguish the missing signature from a malformed request:
//! Cloudflare's R2 says `InvalidArgument` with the message `Authorization`, and Google's XML
//! interface and servers of the older kind say `MissingSecurityHeader`.

use alloc::format;

use super::reading::DependencyReading;
use crate::watch::health::Status;

/// Bytes of an error that are looked at; its code and its message come first.
const ERROR_MAX: usize = 4 * 1024;

/// Codes of errors that no signed question would get
/// (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html;
/// cloud.google.com/storage/docs/xml-api/reference-status;
/// developers.cloudflare.com/r2/api/error-codes).
const WANT_A_SIGNATURE: [&str; 14] = [
    "AccessDenied",
    "AuthenticationRequired",
    "AuthorizationHeaderMalformed",
    "AuthorizationQueryParametersError",
    "CredentialsNotSupported",
    "InvalidAccessKeyId",
    "InvalidSecurity",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingSecurityElement",
    "MissingSecurityHeader",
    "NotSignedUp",
    "SignatureDoesNotMatch",
    "Unauthorized",
];

/// Codes that say no more than that something is wrong; the message says what.
const EXPLAINED_BY_THE_MESSAGE: [&str; 2] = ["InvalidArgument", "InvalidRequest"];

/// Words of a message that is about the signature.
const ABOUT_THE_SIGNATURE: [&str; 2] = ["authorization", "signature"];

pub(super) fn read(status: u16, body: &[u8]) -> DependencyReading {
    let error = S3Error::read(body);
    match status {
        200..=399 | 401 | 403 => DependencyReading::pass(),
        404 => DependencyReading::new(Status::Fail, "the bucket is not there (404)"),
        503 if error.is_some_and(|error| error.code == "SlowDown") => {
            DependencyReading::new(Status::Warn, "it asks us to slow down (503)")
        }
        429 => DependencyReading::new(Status::Warn, "it asks us to slow down (429)"),
        400..=499 if error.is_some_and(S3Error::wants_a_signature) => DependencyReading::pass(),
        400..=499 => {
            DependencyReading::new(Status::Warn, &format!("it refuses the question ({status})"))
        }
        _ => DependencyReading::new(Status::Fail, &format!("it answered {status}")),
    }
}

/// An error as S3 writes it: `<Error><Code>…</Code><Message>…</Message>…</Error>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct S3Error<'a> {
    code: &'a str,
    /// Empty if there is none.
    message: &'a str,
}

impl<'a> S3Error<'a> {
    /// Nothing if the document is another one. What is looked for has neither attributes nor
    /// references, so that this is no reader of XML in general.
    fn read(body: &'a [u8]) -> Option<Self> {
        let text = beginning(body);
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let root = match text.strip_prefix("<?xml") {
            Some(declaration) => declaration.split_once("?>")?.1.trim_start(),
            None => text,
        };
        let (attributes, content) = root.strip_prefix("<Error")?.split_once('>')?;
        let is_named_so = attributes.is_empty() || attributes.starts_with(char::is_whitespace);
        if !is_named_so || attributes.ends_with('/') {
            return None;
        }
        let code = element(content, "<Code>", "</Code>")?;
        let message = element(content, "<Message>", "</Message>").unwrap_or_default();
        Some(Self { code, message })
    }

    fn wants_a_signature(self) -> bool {
        WANT_A_SIGNATURE.contains(&self.code)
            || EXPLAINED_BY_THE_MESSAGE.contains(&self.code)
                && ABOUT_THE_SIGNATURE.iter().any(|word| contains(self.message, word))
    }
}

/// The first bytes, as far as they are text.
fn beginning(body: &[u8]) -> &str {
    let body = body.get(..ERROR_MAX).unwrap_or(body);
    match core::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) => {
            let valid = body.get(..error.valid_up_to()).unwrap_or_default();
            core::str::from_utf8(valid).unwrap_or_default()
        }
    }
}

fn element<'a>(content: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let (text, _) = content.split_once(open)?.1.split_once(close)?;
    Some(text.trim())
}

/// Whether a text holds a word, which is in lower case, whatever the text's case.
fn contains(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_read_with_and_without_its_declaration() {
        let expected = Some(S3Error { code: "A", message: "b c" });
        for body in [
            "<Error><Code>A</Code><Message>b c</Message></Error>",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>\n \
             <Code> A </Code><Message>b c</Message>",
            "\u{feff}<Error xmlns=\"http://s3.example/doc/\"><Code>A</Code><Message>b c</Message>",
            "<Error><Message>b c</Message><Code>A</Code></Error>",
        ] {
            assert_eq!(S3Error::read(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn what_is_no_error_of_s3_is_none() {
        for body in [
            "",
            "<html><Error><Code>AccessDenied</Code></Error></html>",
            "<Errors><Code>AccessDenied</Code></Errors>",
            "<Error/><Code>AccessDenied</Code>",
            "<Error><Code>AccessDenied",
            "<?xml <Error><Code>AccessDenied</Code></Error>",
            "{\"Code\":\"AccessDenied\"}",
        ] {
            assert_eq!(S3Error::read(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn an_error_behind_more_than_is_looked_at_is_none() {
        let mut body = b"<Error>".to_vec();
        body.resize(ERROR_MAX, b' ');
        body.extend(b"<Code>AccessDenied</Code></Error>");
        assert_eq!(S3Error::read(&body), None);
        let cut_in_a_character = [b"<Error><Code>A</Code>", &b"\xc3"[..]].concat();
        assert_eq!(S3Error::read(&cut_in_a_character), Some(S3Error { code: "A", message: "" }));
    }
}
