//! Replays the bodies of errors that APIs send, and then mangled versions of them. The fuzz target
//! starts from the same files.

#[path = "dialects/invariants.rs"]
mod invariants;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use breakwater_core::base::http_date;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::outcome::{Body, Cause, Dialect, Ended, Outcome, retry_after};
use breakwater_core::circuit::policy::Count;

use Cause::{Answered, Caller, Credentials, Gateway, NoQuota, Outage, Overload, Payment, Quota};
use Cause::{
    RateLimit, ServerError, Setup, StatementTimeout, Unavailable, Unhealthy, VisitorLimit,
};
use Outcome::{Exhausted, Failure, Ignored, Success, Throttled};

/// A file, its status, the expected cause and outcome, and the wait in milliseconds that the body
/// names.
///
/// The source is cited above each row or group. Where a source gives only a code, a message or a
/// field, the body was built from it in the API's documented format.
type Row = (&'static str, u16, Cause, Outcome, Option<u64>);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // RooCodeInc/Roo-Code#3883
    ("gemini/per_minute.json", 429, RateLimit, Throttled, Some(26_000)),
    // googleapis/python-genai#2044
    ("gemini/per_day_and_per_minute.json", 429, Quota, Exhausted, Some(47_000)),
    // diegosouzapw/OmniRoute#9504
    ("gemini/per_day_with_a_short_delay.json", 429, Quota, Exhausted, Some(36_000)),
    // langgenius/dify#19838
    ("gemini/per_day_without_a_delay.json", 429, Quota, Exhausted, None),
    // continuedev/continue#9570, shortened; its `RetryInfo` repeats the wait in its message
    ("gemini/limit_of_zero.json", 429, NoQuota, Exhausted, None),
    // tech-shrimp/gemini-playground#10, deprecated-generative-ai-python#244
    ("gemini/limit_value_of_zero.json", 429, NoQuota, Exhausted, None),
    ("gemini/limit_per_minute_and_region.json", 429, RateLimit, Throttled, None),
    // google-gemini/gemini-cli#10513
    ("gemini/limit_per_day_and_user.json", 429, Quota, Exhausted, None),
    // dyad-sh/dyad#3626
    ("gemini/credits_depleted.json", 429, Payment, Exhausted, None),
    // dcdpr/jp#1061
    ("gemini/delay_in_nanoseconds.json", 429, RateLimit, Throttled, Some(45_838)),
    // googleapis/python-genai#2065
    ("gemini/no_details.json", 429, RateLimit, Throttled, None),
    // google-gemini/gemini-cli#14831
    ("gemini/streamed.json", 429, RateLimit, Throttled, None),
    // ai.google.dev/gemini-api/docs/api-errors
    ("gemini/wrong_key.json", 400, Credentials, Ignored, None),
    ("gemini/invalid_request.json", 400, Caller, Success, None),
    // ai.google.dev/gemini-api/docs/troubleshooting
    ("gemini/region_not_served.json", 400, Setup, Ignored, None),
    ("gemini/overloaded.json", 503, Overload, Failure, None),

    // The contract of a compatible API, pixmiller.com/en/api-docs/remove-bg-migration; remove.bg's
    // own Ruby client reads the same shape.
    ("removebg/insufficient_credits.json", 402, Payment, Exhausted, None),
    ("removebg/rate_limit_exceeded.json", 429, RateLimit, Throttled, None),
    ("removebg/invalid_api_key.json", 403, Credentials, Ignored, None),
    ("removebg/unknown_foreground.json", 400, Caller, Success, None),

    // PostgREST/postgrest, docs/references/errors.rst, and PostgreSQL's messages for its codes
    ("supabase_postgrest/schema_cache_without_database.json", 503, Outage, Failure, None),
    ("supabase_postgrest/pool_timeout.json", 504, Outage, Failure, None),
    ("supabase_postgrest/too_many_clients.json", 503, Outage, Failure, None),
    ("supabase_postgrest/admin_shutdown.json", 500, Outage, Failure, None),
    ("supabase_postgrest/statement_timeout.json", 500, StatementTimeout, Ignored, None),
    ("supabase_postgrest/serialization_failure.json", 500, Caller, Success, None),
    ("supabase_postgrest/not_null_violation.json", 400, Caller, Success, None),
    ("supabase_postgrest/raised_402.json", 402, Caller, Success, None),
    ("supabase_postgrest/permission_denied.json", 401, Credentials, Ignored, None),
    ("supabase_postgrest/permission_denied.json", 403, Credentials, Ignored, None),
    ("supabase_postgrest/token_expired.json", 401, Caller, Success, None),
    // Supabase's pooler
    ("supabase_postgrest/internal.json", 500, ServerError, Success, None),
    // Supabase's gateway
    ("supabase_postgrest/gateway_refuses_key.json", 401, Credentials, Ignored, None),
    // supabase.com/docs/guides/platform/http-status-codes
    ("supabase_postgrest/restricted.json", 402, Payment, Exhausted, None),

    // supabase/storage, src/http/routes/health/healthcheck.ts
    ("supabase_storage/healthy.json", 200, Answered, Success, None),
    ("supabase_storage/unhealthy.json", 200, Unhealthy, Failure, None),
    // supabase/storage, src/internal/errors/{codes,storage-error}.ts, src/http/error-handler.ts
    ("supabase_storage/not_found.json", 400, Caller, Success, None),
    ("supabase_storage/slow_down.json", 429, Overload, Failure, None),
    ("supabase_storage/too_many_connections.json", 429, Overload, Failure, None),
    ("supabase_storage/database_timeout.json", 544, Gateway, Failure, None),
    ("supabase_storage/database_connection_limit.json", 400, Unavailable, Failure, None),
    ("supabase_storage/internal.json", 500, ServerError, Success, None),
    ("supabase_storage/invalid_token.json", 400, Caller, Success, None),
    ("supabase_storage/access_denied.json", 400, Credentials, Ignored, None),

    // supabase/auth#2333
    ("supabase_auth/over_request_rate_limit.json", 429, RateLimit, Throttled, None),
    // supabase/supabase#34136
    ("supabase_auth/over_email_send_rate_limit.json", 429, VisitorLimit, Ignored, None),
    // supabase/auth, internal/api/errors.go; supabase.com/docs/guides/auth/debugging/error-codes
    ("supabase_auth/bad_token.json", 403, Caller, Success, None),
    ("supabase_auth/not_admin.json", 403, Credentials, Ignored, None),
    ("supabase_auth/invalid_credentials.json", 400, Caller, Success, None),
    ("supabase_auth/unexpected_failure.json", 500, ServerError, Success, None),
    // Supabase's gateway
    ("supabase_auth/gateway_refuses_key.json", 401, Credentials, Ignored, None),

    // wotschofsky/domain-digger#36
    ("upstash/daily_limit.json", 400, Quota, Exhausted, None),
    // upstash.com/docs/redis/troubleshooting/{max_requests_limit,max_request_size_exceeded}
    ("upstash/monthly_limit.json", 400, Quota, Exhausted, None),
    ("upstash/request_too_large.json", 400, Caller, Success, None),
    // upstash.com/docs/redis/features/restapi
    ("upstash/wrong_token.json", 401, Credentials, Ignored, None),
    ("upstash/wrong_arguments.json", 400, Caller, Success, None),
    ("upstash/pipeline.json", 200, Answered, Success, None),
    ("upstash/pipeline_over_limit.json", 200, Quota, Exhausted, None),
    ("upstash/value_that_looks_like_an_error.json", 200, Answered, Success, None),
];

/// The paths whose successful answers are examined too.
const SPEAKING_PATHS: [&str; 2] = ["/storage/v1/health", "/pipeline"];

/// How many rounds of mangling there are. Each round covers every file.
const ROUNDS: usize = 10;
/// How many prefixes of each file are tried, spread over its length.
const BEGINNINGS: usize = 16;

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/dialects")
}

/// Returns every file with its name relative to the corpus.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for folder in entries(&corpus()) {
        for file in entries(&folder) {
            let name = file.strip_prefix(corpus()).expect("listed below it");
            let bytes = fs::read(&file).expect("a file");
            files.push((name.display().to_string(), bytes));
        }
    }
    files
}

/// Returns the entries of a folder in a fixed order.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn dialect_of(name: &str) -> Dialect {
    let (folder, _) = name.split_once('/').expect("a file in a folder");
    serde_json::from_value(folder.into()).expect("a folder named after its dialect")
}

#[test]
fn errors_are_judged_by_what_they_say() {
    for &(name, status, cause, outcome, wait) in ROWS {
        let body = fs::read(corpus().join(name)).unwrap();
        let ended = Ended::Answered { status, retry_after: None };
        let body = Body::whole(&body);
        let judged = dialect_of(name).examine(Count::Gateway, ended, body, Millis::ZERO);
        let found = (judged.cause, judged.completion.outcome, judged.completion.retry_after);
        assert_eq!(found, (cause, outcome, wait.map(Millis::new)), "{name} {status}");
    }
}

#[test]
fn a_body_that_decides_is_asked_for() {
    for &(name, status, cause, ..) in ROWS {
        let dialect = dialect_of(name);
        let ended = Ended::Answered { status, retry_after: None };
        let by_status = dialect.examine(Count::Gateway, ended, Body::UNREAD, Millis::ZERO);
        if by_status.cause != cause {
            let asked = SPEAKING_PATHS.iter().any(|path| dialect.wants_body(status, path));
            assert!(asked, "{name} {status}");
        }
    }
}

#[test]
fn every_file_has_a_row() {
    let in_rows: BTreeSet<&str> = ROWS.iter().map(|row| row.0).collect();
    let files = files();
    let in_corpus = files.iter().map(|(name, _)| name.as_str());
    let in_corpus: BTreeSet<&str> =
        in_corpus.filter(|name| !name.starts_with("hostile/")).collect();
    assert_eq!(in_corpus, in_rows);
}

#[test]
fn the_invariants_hold_for_every_file_and_for_its_beginnings() {
    for (_, bytes) in files() {
        invariants::check(&bytes);
        for end in (0..bytes.len()).step_by(1 + bytes.len() / BEGINNINGS) {
            invariants::check(&bytes[..end]);
        }
    }
}

#[test]
fn the_invariants_hold_for_mangled_bodies() {
    let files = files();
    let mut random = Lcg(0x5eed);
    for _ in 0..ROUNDS {
        for (_, bytes) in &files {
            let mut bytes = bytes.clone();
            for _ in 0..=random.below(6) {
                mangle(&mut bytes, &files, &mut random);
            }
            invariants::check(&bytes);
        }
    }
}

#[test]
fn fields_that_name_a_wait_may_be_anything() {
    let seeds = ["120", "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"];
    let seeds = seeds.into_iter().chain(["Sun Nov  6 08:49:37 1994", "99999999999999999999"]);
    let files: Vec<_> = seeds.map(|text| (String::new(), text.as_bytes().to_vec())).collect();
    let mut random = Lcg(0xda7e);
    for _ in 0..20_000 {
        let mut bytes = files[random.below(files.len())].1.clone();
        for _ in 0..=random.below(3) {
            mangle(&mut bytes, &files, &mut random);
        }
        let text = String::from_utf8_lossy(&bytes);
        let now = Timestamp::from_millis(random.next() >> random.below(64));
        http_date::parse(&text, now);
        retry_after(&text, now);
        Dialect::Removebg.named_wait(429, |_| Some(&text), now);
    }
}

/// A linear congruential generator with Knuth's constants. Its low bits are weak.
struct Lcg(u64);

impl Lcg {
    fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 ^ (self.0 >> 33)
    }

    fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }
}

fn mangle(bytes: &mut Vec<u8>, files: &[(String, Vec<u8>)], random: &mut Lcg) {
    const TOKENS: [&[u8]; 12] =
        [b"{", b"}", b"[", b"]", b"\"", b"\\u", b"null", b"-1", b"1e400", b",", b":", b"\xff"];
    let at = random.below(bytes.len() + 1);
    match random.below(6) {
        0 => bytes.truncate(at),
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.next() as u8;
            }
        }
        2 => {
            let token = TOKENS[random.below(TOKENS.len())];
            bytes.splice(at..at, token.iter().copied());
        }
        3 => {
            let end = at + random.below(bytes.len() - at + 1);
            bytes.drain(at..end);
        }
        4 => {
            let other = &files[random.below(files.len())].1;
            let start = random.below(other.len() + 1);
            bytes.splice(at..at, other[start..].iter().copied());
        }
        _ => {
            let end = at + random.below(bytes.len() - at + 1);
            let part = bytes[at..end].to_vec();
            bytes.splice(at..at, part);
        }
    }
}
