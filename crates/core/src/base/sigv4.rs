//! Signatures of requests to storage that is compatible with S3: AWS Signature Version 4 in a field
//! (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).

use core::fmt::Write as _;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::base::calendar::Date;
use crate::base::hex::hex;
use crate::base::time::Timestamp;

/// The algorithm, as fields and texts to sign name it.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The service that is asked.
const SERVICE: &str = "s3";
/// The field that has the body's hash.
const CONTENT_HASH: &str = "x-amz-content-sha256";
/// The field that has the time of the signature.
const DATE: &str = "x-amz-date";

/// Who signs, and for which region.
#[derive(Clone, Copy)]
pub struct SigningKey<'a> {
    /// The id of the access key, which is sent in clear.
    pub access_key: &'a str,
    /// The secret.
    pub secret_key: &'a str,
    /// The region, such as `eu-central-1`, or `auto`.
    pub region: &'a str,
}

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// The host as it is sent, with its port if that is not the scheme's own.
    pub host: &'a str,
    /// The path as it is sent, percent-encoded; there is no query.
    pub path: &'a str,
    /// Other fields that are signed, in lower case and in the order of their names.
    pub fields: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// What the signature adds to a request, beside the fields that it signs.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    /// The field `X-Amz-Date`.
    pub date: String,
    /// The field `X-Amz-Content-Sha256`.
    pub content_hash: String,
    /// The field `Authorization`.
    pub authorization: String,
}

impl Signature {
    /// The fields, with their names in lower case.
    pub fn fields(&self) -> [(&'static str, &str); 3] {
        [
            (DATE, &self.date),
            (CONTENT_HASH, &self.content_hash),
            ("authorization", &self.authorization),
        ]
    }
}

impl SigningKey<'_> {
    /// Signs a request. A service takes it for 15 minutes.
    pub fn sign(self, request: &SignedRequest<'_>, now: Timestamp) -> Signature {
        let Date { year, month, day, ms } = Date::of(now);
        let seconds = ms / 1000;
        let today = format!("{year:04}{:02}{day:02}", month + 1);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let date = format!("{today}T{hour:02}{minute:02}{second:02}Z");
        let content_hash = hex(&Sha256::digest(request.body));
        let (canonical, names) = canonical(request, &date, &content_hash);
        let scope = format!("{today}/{}/{SERVICE}/aws4_request", self.region);
        let hash = hex(&Sha256::digest(canonical.as_bytes()));
        let to_sign = format!("{ALGORITHM}\n{date}\n{scope}\n{hash}");
        let steps = [today.as_str(), self.region, SERVICE, "aws4_request", &to_sign];
        let mut key = ["AWS4", self.secret_key].concat().into_bytes();
        for step in steps {
            key = mac(&key, step).to_vec();
        }
        let (access_key, signature) = (self.access_key, hex(&key));
        let authorization = format!(
            "{ALGORITHM} Credential={access_key}/{scope},SignedHeaders={names},Signature={signature}"
        );
        Signature { date, content_hash, authorization }
    }
}

/// The request in the one form that both sides hash, and the names of its signed fields.
fn canonical(request: &SignedRequest<'_>, date: &str, content_hash: &str) -> (String, String) {
    let (mut lines, mut names) = (String::new(), String::new());
    let own = [("host", request.host), (CONTENT_HASH, content_hash), (DATE, date)];
    let mut all = Vec::from(own);
    all.extend_from_slice(request.fields);
    all.sort_unstable();
    for (name, value) in all {
        // Writing to a `String` does not fail.
        let _ = writeln!(lines, "{name}:{}", value.trim());
        let separator = if names.is_empty() { "" } else { ";" };
        let _ = write!(names, "{separator}{name}");
    }
    let SignedRequest { method, path, .. } = request;
    (format!("{method}\n{path}\n\n{lines}\n{names}\n{content_hash}"), names)
}

fn mac(key: &[u8], text: &str) -> [u8; 32] {
    // HMAC takes keys of any length (RFC 2104 §2), so there is no error.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rfc3339;

    /// The key of the documentation's examples.
    const KEY: SigningKey<'_> = SigningKey {
        access_key: "AKIAIOSFODNN7EXAMPLE",
        secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        region: "us-east-1",
    };

    #[track_caller]
    fn check(request: &SignedRequest<'_>, names: &str, signature: &str) {
        let now = rfc3339::parse("2013-05-24T00:00:00Z").unwrap();
        let signed = KEY.sign(request, now);
        assert_eq!(signed.date, "20130524T000000Z");
        assert_eq!(
            signed.authorization,
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/\
                 aws4_request,SignedHeaders={names},Signature={signature}"
            )
        );
    }

    #[test]
    fn a_get_is_signed_as_in_the_documentation() {
        check(
            &SignedRequest {
                method: "GET",
                host: "examplebucket.s3.amazonaws.com",
                path: "/test.txt",
                fields: &[("range", "bytes=0-9")],
                body: b"",
            },
            "host;range;x-amz-content-sha256;x-amz-date",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        );
    }

    #[test]
    fn a_put_is_signed_with_its_body_as_in_the_documentation() {
        let request = SignedRequest {
            method: "PUT",
            host: "examplebucket.s3.amazonaws.com",
            path: "/test%24file.text",
            fields: &[
                ("date", "Fri, 24 May 2013 00:00:00 GMT"),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ],
            body: b"Welcome to Amazon S3.",
        };
        check(
            &request,
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        );
        let signed = KEY.sign(&request, Timestamp::default());
        assert_eq!(
            signed.content_hash,
            "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
        );
    }

    #[test]
    fn a_signature_is_of_its_time_its_region_and_its_key() {
        let request =
            SignedRequest { method: "PUT", host: "a", path: "/b", fields: &[], body: b"c" };
        let (now, later) = (Timestamp::default(), Timestamp::from_millis(1_000));
        let signed = |key: SigningKey<'_>, at| key.sign(&request, at).authorization;
        let first = signed(KEY, now);
        assert_eq!(first, signed(KEY, now));
        assert_ne!(first, signed(KEY, later));
        assert_ne!(first, signed(SigningKey { region: "auto", ..KEY }, now));
        assert_ne!(first, signed(SigningKey { secret_key: "x", ..KEY }, now));
        assert!(!first.contains(KEY.secret_key));
    }
}
