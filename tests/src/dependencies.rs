//! What the test site depends on: a server that speaks each protocol and is well.
//!
//! The answers are those that the services give; where they are documented or kept with us, the
//! tests of `breakwater_core::watch::dependency` say so.

use anyhow::Result;

use breakwater_testing::{Reply, Scripted, Seen};

/// The secret that the backend is asked with.
pub const BACKEND_TOKEN: &str = "backend-token-of-the-test-site";
/// The secret that Supabase's services are asked with.
pub const SUPABASE_KEY: &str = "sb_secret_of-the-test-site";
/// The secret that Upstash's Redis is asked with.
pub const UPSTASH_TOKEN: &str = "upstash-token-of-the-test-site";
/// The dependencies that `tests/site.toml` names, each with what it is asked.
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

/// What a dependency of the test site answers that is well. Supabase's and Upstash's are well only
/// to those who show them their secret.
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
        // Supabase's gateway, which wants the key in a field of its own.
        _ if seen.field("apikey") != SUPABASE_KEY => Reply::json(401, WRONG_KEY),
        "/auth/v1/health" => Reply::json(200, AUTH),
        "/storage/v1/health" if is_shown(SUPABASE_KEY) => Reply::json(200, r#"{"healthy":true}"#),
        "/rest/v1/products?select=id" if is_shown(SUPABASE_KEY) => {
            Reply::json(if seen.field("range") == "0-0" { 206 } else { 200 }, r#"[{"id":1}]"#)
        }
        _ => Reply::json(404, "{}"),
    }
}

/// Starts a server that is all of them.
pub(crate) fn start() -> Result<Scripted> {
    Scripted::listen(well)
}

/// The variables that have the Worker ask this origin for each of them.
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
