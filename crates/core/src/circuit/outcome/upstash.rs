//! What Upstash says in a body: `{error: "…"}`, Redis's own words behind a status of 400 or 401,
//! or one such object per command in the answer to a pipeline, whose status is 200
//! (upstash.com/docs/redis/features/restapi).

use super::Cause;
use super::body::{Body, BodyFacts, Key, Scalar};

pub(super) fn wants_body(status: u16, path: &str) -> bool {
    match status {
        200 => path.ends_with("/pipeline"),
        _ => matches!(status, 400..=499),
    }
}

pub(super) fn read(body: Body<'_>) -> Option<Cause> {
    let said: UpstashFacts = body.facts()?;
    said.quota_is_used_up.then_some(Cause::Quota)
}

#[derive(Default)]
struct UpstashFacts {
    quota_is_used_up: bool,
}

impl BodyFacts for UpstashFacts {
    fn take(&mut self, path: &[Key], value: Scalar<'_>) {
        // Per day, and since plans are monthly, per month. Limits on the size of a request or of
        // a key say `exceeded` too.
        if let ([Key::Error], Scalar::Text(text)) = (path, value) {
            self.quota_is_used_up |= text.starts_with("ERR max daily request limit exceeded")
                || text.starts_with("ERR max requests limit exceeded");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_up_quota_is_told_from_other_errors() {
        let said = |body: &str| read(Body::whole(body.as_bytes()));
        let quota = Some(Cause::Quota);
        assert_eq!(said(r#"{"error":"ERR max daily request limit exceeded. Limit: 1"}"#), quota);
        assert_eq!(said(r#"{"error":"ERR max requests limit exceeded."}"#), quota);
        assert_eq!(said(r#"[{"result":"a"},{"error":"ERR max requests limit exceeded"}]"#), quota);
        assert_eq!(said(r#"{"error":"ERR max request size exceeded"}"#), None);
        assert_eq!(said(r#"{"result":"ERR max requests limit exceeded"}"#), None);
        assert_eq!(said(r#"{"result":{"error":"ERR max requests limit exceeded"}}"#), None);
    }
}
