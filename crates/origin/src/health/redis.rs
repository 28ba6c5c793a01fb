//! The measurement of Redis, over one connection that is kept.

use std::time::{Duration, Instant};

use breakwater_core::watch::health::{Measurement, Status};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ConnectionInfo, ErrorKind, RedisError, RedisResult};
use tokio::time::timeout;
use tracing::info;

use super::watch::{Probe, response_time};

/// Closing the connection may take 500 ms.
const FAREWELL: Duration = Duration::from_millis(500);

/// Measures Redis.
pub(super) struct Redis {
    info: ConnectionInfo,
    connection: Option<MultiplexedConnection>,
}

impl Redis {
    pub(super) fn new(info: ConnectionInfo) -> Self {
        Self { info, connection: None }
    }

    async fn ping(&mut self) -> RedisResult<String> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                // The caller has a time-out of its own.
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(None)
                    .set_response_timeout(None);
                let client = Client::open(self.info.clone())?;
                none.insert(client.get_multiplexed_async_connection_with_config(&config).await?)
            }
        };
        redis::cmd("PING").query_async(connection).await
    }
}

impl Probe for Redis {
    async fn measure(&mut self) -> Vec<Measurement> {
        let start = Instant::now();
        let answer = self.ping().await;
        let took = start.elapsed();
        let measured = match answer {
            Ok(pong) if pong == "PONG" => response_time(took, Status::Pass),
            Ok(_) => response_time(took, Status::Fail).because("it answered, but not with `PONG`"),
            Err(error) => {
                self.connection = None;
                let (status, why) = reason(&error);
                response_time(took, status).because(&why)
            }
        };
        vec![measured]
    }

    fn give_up(&mut self) {
        self.connection = None;
    }

    async fn close(mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let farewell = async { redis::cmd("QUIT").query_async::<String>(&mut connection).await };
        // A server that does not answer gets no farewell.
        let _ = timeout(FAREWELL, farewell).await;
        info!(event = "redis.closed", "the connection to Redis is closed");
    }
}

/// The reason for a failure, without words that may name hosts or users. A used-up quota is no
/// outage.
fn reason(error: &RedisError) -> (Status, String) {
    let detail = error.detail().unwrap_or_default();
    if detail.starts_with("max daily request limit") || detail.starts_with("max requests limit") {
        return (Status::Warn, "our quota for the period is used up".to_owned());
    }
    if error.kind() == ErrorKind::AuthenticationFailed {
        return (Status::Fail, "it refuses our user or password".to_owned());
    }
    let why = match error.code() {
        Some("NOAUTH" | "WRONGPASS" | "NOPERM") => "it refuses our user or password".to_owned(),
        Some("LOADING") => "it is loading its data".to_owned(),
        Some(code) => format!("it answered with the error `{code}`"),
        None if error.is_connection_refusal() => "no connection".to_owned(),
        None => "the connection broke".to_owned(),
    };
    (Status::Fail, why)
}
