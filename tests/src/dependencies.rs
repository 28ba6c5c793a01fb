//! The dependencies of the test site: a server that speaks each protocol and is healthy.
//!
//! The answers are those of the real services. Where they are documented or stored with us, the
//! tests of `breakwater_core` say so.

use anyhow::Result;

use breakwater_testing::{Reply, Scripted, Seen};

/// The secret in requests to the backend.
pub const BACKEND_TOKEN: &str = "backend-token-of-the-test-site";
/// The secret in requests to Supabase's services.
pub const SUPABASE_KEY: &str = "sb_secret_of-the-test-site";
/// The secret in requests to Upstash's Redis.
pub const UPSTASH_TOKEN: &str = "upstash-token-of-the-test-site";
/// The dependencies in `tests/site.toml`, each with the path that is requested.
pub const DEPENDENCIES: [(&str, &str); 8] = [
    ("third", "/api/v2/status.json"),
    ("partner", "/"),
    ("backend", "/health"),
    ("database", "/rest/v1/products?select=id"),
    ("login", "/auth/v1/health"),
    ("files", "/storage/v1/health"),
    ("redis", "/ping"),
    ("bucket", "/photos"),
];

/// The answer of a healthy dependency of the test site. Supabase's and Upstash's are healthy only
/// for requests with their secret.
pub fn well(seen: &Seen) -> Reply {
    let is_shown = |secret: &str| {
        seen.field("authorization").strip_prefix("Bearer ").is_some_and(|shown| shown == secret)
    };
    match seen.path.as_str() {
        "/" => Reply::ok(&[("content-type", "text/html")], "<!doctype html><title>Partner</title>"),
        "/api/v2/status.json" => Reply::json(200, STATUSPAGE),
        "/health" => Reply::json(200, r#"{"status":"pass"}"#),
        "/ping" if is_shown(UPSTASH_TOKEN) => Reply::json(200, r#"{"result":"PONG"}"#),
        "/ping" => Reply::json(401, WRONG_TOKEN),
        "/photos" => Reply::status(403, &[("content-type", "application/xml")], ACCESS_DENIED),
        // Supabase's gateway requires the key in a field of its own.
        _ if seen.field("apikey") != SUPABASE_KEY => Reply::json(401, WRONG_KEY),
        "/auth/v1/health" => Reply::json(200, AUTH),
        "/storage/v1/health" if is_shown(SUPABASE_KEY) => Reply::json(200, r#"{"healthy":true}"#),
        "/rest/v1/products?select=id" if is_shown(SUPABASE_KEY) => {
            Reply::json(if seen.field("range") == "0-0" { 206 } else { 200 }, r#"[{"id":1}]"#)
        }
        _ => Reply::json(404, "{}"),
    }
}

/// Starts a server that answers for all of them.
pub(crate) fn start() -> Result<Scripted> {
    Scripted::listen(well)
}

/// The variables that make the Worker send requests for each of them to this origin.
pub(crate) fn at(origin: &str) -> impl Iterator<Item = (String, String)> {
    DEPENDENCIES.iter().map(move |(name, _)| {
        (format!("BREAKWATER_DEPENDENCY_{}", name.to_uppercase()), origin.into())
    })
}

const STATUSPAGE: &str = r#"{"page":{"id":"kctbh9vrtdwd","name":"Third","url":"https://third.invalid",
    "time_zone":"Etc/UTC","updated_at":"2025-11-24T13:02:51.004Z"},
    "status":{"indicator":"none","description":"All Systems Operational"}}"#;
const AUTH: &str = r#"{"version":"v2.180.0","name":"GoTrue",
    "description":"GoTrue is a user registration and authentication API"}"#;
const WRONG_KEY: &str =
    include_str!("../../crates/core/tests/corpus/dialects/supabase_auth/gateway_refuses_key.json");
const WRONG_TOKEN: &str =
    include_str!("../../crates/core/tests/corpus/dialects/upstash/wrong_token.json");
const ACCESS_DENIED: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>\
    <Code>AccessDenied</Code><Message>Access Denied</Message>\
    <RequestId>656c76696e6727732072657175657374</RequestId>\
    <HostId>Uuag1LuByRx9e6j5Onimru9pO4ZVKnJ2Qz7/C1NPcfTWAtRPfTaOFg==</HostId></Error>";
