//! Upstash's REST API in front of a real Redis (upstash.com/docs/redis/features/restapi): a command
//! in the path or as a JSON array in the body of a `POST` to `/`, with a bearer token; `{"result":
//! …}`, or `{"error": …}` behind 400 for what Redis refuses and 401 for a wrong token.

use anyhow::Result;
use breakwater_testing::Listener;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{Method, Request, Response};
use redis::{Client, RedisError, Value};
use serde_json::json;

/// The server. It ends with the test.
#[derive(Debug)]
pub struct Upstash(Listener);

impl Upstash {
    /// Starts the server in front of the Redis at this URL.
    pub fn start(redis: &str, token: &'static str) -> Result<Self> {
        let redis = Client::open(redis)?;
        let listener = Listener::start(move |request| {
            let redis = redis.clone();
            async move { respond(request, &redis, token).await }
        })?;
        Ok(Self(listener))
    }

    /// `http://host:port`.
    pub fn url(&self) -> &str {
        self.0.url()
    }
}

async fn respond(
    request: Request<Incoming>,
    redis: &Client,
    token: &str,
) -> Result<Response<Full<Bytes>>> {
    let shown = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    if shown.and_then(|shown| shown.strip_prefix("Bearer ")) != Some(token) {
        return answer(401, &json!({ "error": "WRONGPASS invalid or missing auth token" }));
    }
    let command = match (request.method(), request.uri().path()) {
        (&Method::POST, "/") => {
            let body = request.into_body().collect().await?.to_bytes();
            match serde_json::from_slice::<Vec<String>>(&body) {
                Ok(words) => words,
                Err(_) => return answer(400, &json!({ "error": "ERR failed to parse command" })),
            }
        }
        (&Method::GET | &Method::POST | &Method::HEAD, path) => {
            path.split('/').skip(1).map(str::to_owned).collect()
        }
        _ => return answer(405, &json!({ "error": "ERR method not allowed" })),
    };
    let said = match run(redis, &command).await {
        Ok(value) => return answer(200, &json!({ "result": in_json(value) })),
        Err(error) => error,
    };
    match (said.code(), said.detail()) {
        // Redis's own errors are passed on.
        (Some(code), detail) => {
            answer(400, &json!({ "error": format!("{code} {}", detail.unwrap_or_default()) }))
        }
        (None, _) => answer(503, &json!({ "error": "ERR the database cannot be reached" })),
    }
}

async fn run(redis: &Client, command: &[String]) -> Result<Value, RedisError> {
    let mut connection = redis.get_multiplexed_async_connection().await?;
    let mut words = redis::Cmd::new();
    for word in command {
        words.arg(word);
    }
    words.query_async(&mut connection).await
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the others are RESP3's, not spoken here")]
fn in_json(value: Value) -> serde_json::Value {
    match value {
        Value::Nil => json!(null),
        Value::Int(number) => json!(number),
        Value::BulkString(bytes) => json!(String::from_utf8_lossy(&bytes)),
        Value::SimpleString(text) => json!(text),
        Value::Okay => json!("OK"),
        Value::Array(values) => values.into_iter().map(in_json).collect(),
        other => json!(format!("{other:?}")),
    }
}

fn answer(status: u16, body: &serde_json::Value) -> Result<Response<Full<Bytes>>> {
    let response = Response::builder().status(status).header("content-type", "application/json");
    Ok(response.body(Full::from(body.to_string()))?)
}
