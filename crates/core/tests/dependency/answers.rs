//! Answers of every kind but `backend_health`, with the bodies that the services send.

use breakwater_core::watch::dependency::{DependencyAnswer, DependencyKind};
use breakwater_core::watch::health::Status::{Fail, Pass, Warn};

use super::{TOOK, check, dependency, read};

const TOO_LONG: &str = "it answered 200, but with more than 64 KiB";

/// Includes an error from the corpus of the dialects.
macro_rules! corpus {
    ($name:literal) => {
        include_str!(concat!("../corpus/dialects/", $name, ".json"))
    };
}

#[test]
fn an_answer_tells_how_long_it_took() {
    let [verdict] = read(DependencyKind::Http, 200, "").try_into().unwrap();
    let observed = serde_json::to_value(&verdict).unwrap()["observed"].clone();
    assert_eq!(verdict.name.as_str(), "responseTime");
    assert_eq!(observed, serde_json::json!({ "value": TOOK.get(), "unit": "ms" }));
}

#[test]
fn no_answer_fails_and_a_status_page_without_one_says_nothing() {
    for kind in DependencyKind::ALL {
        let status = if kind == DependencyKind::Statuspage { Warn } else { Fail };
        for (answer, why) in [
            (DependencyAnswer::TimedOut, "no answer within 5s"),
            (DependencyAnswer::Disconnected, "no connection"),
        ] {
            let [verdict] = dependency(kind).read(answer, TOOK).try_into().unwrap();
            assert_eq!(verdict.status, status, "{kind:?}");
            assert_eq!(verdict.output.as_deref(), Some(why));
        }
    }
}

#[test]
fn an_answer_that_is_too_long_says_so_where_the_body_would_tell() {
    for kind in DependencyKind::ALL {
        let read =
            |status| dependency(kind).read(DependencyAnswer::TooLong { status }, TOOK).remove(0);
        let expected = match kind {
            // The first bytes of a page or of an object say nothing about its service.
            DependencyKind::Http | DependencyKind::S3 => (Pass, None),
            DependencyKind::Statuspage | DependencyKind::BackendHealth => (Warn, Some(TOO_LONG)),
            DependencyKind::SupabaseRest
            | DependencyKind::SupabaseAuth
            | DependencyKind::SupabaseStorage
            | DependencyKind::UpstashRedis => (Fail, Some(TOO_LONG)),
        };
        let verdict = read(200);
        assert_eq!((verdict.status, verdict.output.as_deref()), expected, "{kind:?}");
        // An error is recognised by its status, however long its page is.
        let [by_status] = dependency(kind)
            .read(DependencyAnswer::Answered { status: 502, body: b"" }, TOOK)
            .try_into()
            .unwrap();
        assert_eq!(read(502), by_status, "{kind:?}");
    }
}

#[test]
fn any_web_server_is_well_if_it_answers_or_redirects() {
    for status in [200, 204, 301, 308] {
        check(DependencyKind::Http, status, "<html>", (Pass, ""));
    }
    check(DependencyKind::Http, 404, "", (Fail, "it answered 404"));
    check(DependencyKind::Http, 503, "", (Fail, "it answered 503"));
    check(DependencyKind::Http, 429, "", (Warn, "it says that we ask too often (429)"));
}

#[test]
fn postgrest_is_well_if_it_answers_from_the_database() {
    let rest =
        |status, body: &str, expected| check(DependencyKind::SupabaseRest, status, body, expected);
    rest(200, r#"[{"id":1}]"#, (Pass, ""));
    rest(206, r#"[{"id":1}]"#, (Pass, ""));
    rest(200, "[]", (Pass, ""));
    rest(200, "<html>", (Fail, "it answered 200, but not with JSON"));
    for body in ["", "{}"] {
        rest(302, body, (Fail, "it answered 302, but not with JSON"));
    }
    let down = (Fail, "it says that something it needs is down (503)");
    rest(503, r#"{"code":"PGRST001","message":"no connection"}"#, down);
    rest(
        504,
        corpus!("supabase_postgrest/pool_timeout"),
        (Fail, "it says that something it needs is down (504)"),
    );
    rest(
        500,
        corpus!("supabase_postgrest/statement_timeout"),
        (Fail, "the database took too long for one row (500)"),
    );
    rest(
        401,
        corpus!("supabase_postgrest/gateway_refuses_key"),
        (Warn, "it refuses our secret (401)"),
    );
    rest(
        404,
        r#"{"code":"PGRST205","message":"Could not find the table"}"#,
        (Warn, "it refuses the question (404)"),
    );
    rest(540, "", (Fail, "it has been paused (540)"));
    rest(500, "", (Fail, "it failed at the question (500)"));
}

#[test]
fn auth_is_well_if_it_names_its_version() {
    let auth =
        |status, body: &str, expected| check(DependencyKind::SupabaseAuth, status, body, expected);
    let well = concat!(
        r#"{"version":"v2.170.0","name":"GoTrue","#,
        r#""description":"GoTrue is a user registration and authentication API"}"#,
    );
    auth(200, well, (Pass, ""));
    auth(200, "ok", (Fail, "it answered 200, but not with its version"));
    auth(502, "", (Fail, "a gateway could not reach it (502)"));
    auth(401, corpus!("supabase_auth/gateway_refuses_key"), (Warn, "it refuses our secret (401)"));
}

#[test]
fn storage_that_answers_200_is_well_only_if_it_says_so() {
    let storage = |status, body: &str, expected| {
        check(DependencyKind::SupabaseStorage, status, body, expected);
    };
    storage(200, corpus!("supabase_storage/healthy"), (Pass, ""));
    storage(200, corpus!("supabase_storage/unhealthy"), (Fail, "its own health check fails (200)"));
    for body in ["", "{}", "[]", r#"{"healthy":"true"}"#, "<html>healthy</html>"] {
        storage(200, body, (Fail, "it answered 200, but not with its health"));
    }
    storage(
        429,
        corpus!("supabase_storage/slow_down"),
        (Fail, "it says that it is overloaded (429)"),
    );
}

#[test]
fn redis_is_well_if_it_says_pong_and_a_quota_is_no_outage() {
    let redis =
        |status, body: &str, expected| check(DependencyKind::UpstashRedis, status, body, expected);
    redis(200, r#"{"result":"PONG"}"#, (Pass, ""));
    redis(200, r#"{"result":null}"#, (Fail, "it answered 200, but not with `PONG`"));
    redis(200, "PONG", (Fail, "it answered 200, but not with `PONG`"));
    let quota = (Warn, "our quota for the period is used up (400)");
    redis(400, corpus!("upstash/daily_limit"), quota);
    redis(400, corpus!("upstash/monthly_limit"), quota);
    redis(401, corpus!("upstash/wrong_token"), (Warn, "it refuses our secret (401)"));
    redis(503, "", (Fail, "it says that it is unavailable (503)"));
}

#[test]
fn a_status_page_says_how_bad_it_is() {
    let page = |indicator: &str, expected| {
        let body = format!(
            r#"{{"page":{{"id":"1","name":"Them","url":"https://them.example"}},
                "status":{{"indicator":"{indicator}","description":"Words"}}}}"#
        );
        check(DependencyKind::Statuspage, 200, body, expected);
    };
    page("none", (Pass, ""));
    page("minor", (Warn, "its status page says `minor`"));
    page("maintenance", (Warn, "its status page says `maintenance`"));
    page("major", (Fail, "its status page says `major`"));
    page("critical", (Fail, "its status page says `critical`"));
    page("purple", (Warn, "its status page names an indicator of its own"));
    for (status, body) in [(200, "<html>"), (200, "{}"), (503, ""), (404, "")] {
        let why = format!("its status page answered {status}, but not with an indicator");
        check(DependencyKind::Statuspage, status, body, (Warn, &why));
    }
}

#[test]
fn s3_is_well_if_it_wants_a_signature() {
    let denied = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    let slow = "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code></Error>";
    for (status, body, expected) in [
        (200, "", (Pass, "")),
        (301, "", (Pass, "")),
        (403, denied, (Pass, "")),
        (404, "<Error><Code>NoSuchBucket</Code></Error>", (Fail, "the bucket is not there (404)")),
        (400, "", (Warn, "it refuses the question (400)")),
        (503, slow, (Warn, "it asks us to slow down (503)")),
        (503, "", (Fail, "it answered 503")),
        (500, "", (Fail, "it answered 500")),
    ] {
        check(DependencyKind::S3, status, body, expected);
    }
}

#[test]
fn s3_that_asks_for_a_signature_by_code_and_message_is_well() {
    let refused = (Warn, "it refuses the question (400)");
    for (code, message, expected) in [
        // This is the error of Cloudflare's R2 (BoldGrid/w3-total-cache#1368).
        ("InvalidArgument", "Authorization", (Pass, "")),
        ("Unauthorized", "SigV2 authorization is not supported.", (Pass, "")),
        // Some servers treat a missing signature as a fault (chimera-nas/chimera#495), as does
        // Google's XML interface.
        ("MissingSecurityHeader", "Your request lacks a header.", (Pass, "")),
        // These are the errors of Amazon's, MinIO's and Ceph's storage, whose status is usually
        // 403.
        ("AccessDenied", "Access Denied.", (Pass, "")),
        ("SignatureDoesNotMatch", "The signatures differ.", (Pass, "")),
        ("InvalidAccessKeyId", "", (Pass, "")),
        ("AuthorizationHeaderMalformed", "The region is another one.", (Pass, "")),
        ("InvalidRequest", "This authorization mechanism is not supported.", (Pass, "")),
        // These errors mean that the question itself was wrong.
        ("InvalidArgument", "The expiry must be less than a week.", refused),
        ("InvalidBucketName", "Authorization", refused),
        ("InvalidRequest", "", refused),
        ("NoSuchThing", "", refused),
    ] {
        let body = format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
            <Error><Code>{code}</Code><Message>{message}</Message></Error>"#
        );
        check(DependencyKind::S3, 400, &body, expected);
    }
    // A page of an intermediary is not an answer of the storage.
    check(DependencyKind::S3, 400, "<html><Code>AccessDenied</Code>Authorization</html>", refused);
}

#[test]
fn what_only_an_operator_mends_never_fails() {
    for kind in [
        DependencyKind::SupabaseRest,
        DependencyKind::SupabaseAuth,
        DependencyKind::SupabaseStorage,
        DependencyKind::UpstashRedis,
        DependencyKind::BackendHealth,
    ] {
        for status in [401, 403, 429] {
            let verdict = read(kind, status, "").remove(0);
            assert_eq!(verdict.status, Warn, "{kind:?} {status}");
        }
    }
}
