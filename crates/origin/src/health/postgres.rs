//! The measurement of PostgreSQL, over one connection that is kept.

use std::io;
use std::time::{Duration, Instant};

use breakwater_core::watch::health::{Measurement, Status};
use rustls::ClientConfig;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Error, SimpleQueryMessage};
use tokio_postgres_rustls::MakeRustlsConnect;
use tracing::info;

use super::watch::{Probe, response_time};

/// This name identifies our connections in the database's own views.
const APPLICATION: &str = "stolentee-shop";
/// This query touches no table, and tells whether the database accepts writes.
const QUERY: &str = "SELECT pg_is_in_recovery()";
/// Closing the connection may take 500 ms.
const FAREWELL: Duration = Duration::from_millis(500);

/// Measures PostgreSQL.
pub(super) struct Postgres {
    config: Config,
    tls: MakeRustlsConnect,
    session: Option<Session>,
}

/// A connection, and the task that moves its bytes.
struct Session {
    client: Client,
    connection: Connection,
}

struct Connection(JoinHandle<Result<(), Error>>);

impl Drop for Connection {
    fn drop(&mut self) {
        // A database that is frozen would keep the task for ever.
        self.0.abort();
    }
}

impl Postgres {
    pub(super) fn new(mut config: Config, tls: ClientConfig, limit: Duration) -> Self {
        if config.get_application_name().is_none() {
            config.application_name(APPLICATION);
        }
        config.connect_timeout(limit);
        Self { config, tls: MakeRustlsConnect::new(tls), session: None }
    }

    async fn session(&mut self) -> Result<&Session, Error> {
        let session = match self.session.take().filter(|session| !session.client.is_closed()) {
            Some(session) => session,
            None => {
                let (client, connection) = self.config.connect(self.tls.clone()).await?;
                Session { client, connection: Connection(tokio::spawn(connection)) }
            }
        };
        Ok(self.session.insert(session))
    }
}

impl Probe for Postgres {
    async fn measure(&mut self) -> Vec<Measurement> {
        let start = Instant::now();
        let answer = match self.session().await {
            Ok(session) => session.client.simple_query(QUERY).await,
            Err(error) => Err(error),
        };
        let took = start.elapsed();
        let measured = match answer {
            Ok(rows) if is_in_recovery(&rows) => response_time(took, Status::Warn)
                .because("nothing can be written: it is in recovery or a replica"),
            Ok(_) => response_time(took, Status::Pass),
            Err(error) => {
                self.session = None;
                response_time(took, Status::Fail).because(&reason(&error))
            }
        };
        vec![measured]
    }

    fn give_up(&mut self) {
        self.session = None;
    }

    async fn close(mut self) {
        let Some(Session { client, mut connection }) = self.session.take() else { return };
        // When the client is dropped, the connection sends its termination message and ends.
        drop(client);
        let _ = timeout(FAREWELL, &mut connection.0).await;
        info!(event = "database.closed", "the connection to PostgreSQL is closed");
    }
}

fn is_in_recovery(rows: &[SimpleQueryMessage]) -> bool {
    rows.iter().any(|row| matches!(row, SimpleQueryMessage::Row(row) if row.get(0) == Some("t")))
}

/// The reason for a failure, without words that may name hosts or users.
fn reason(error: &Error) -> String {
    let Some(code) = error.code() else {
        return if is_refused(error) { "no connection" } else { "the connection broke" }.to_owned();
    };
    let why = match code.code().get(..2) {
        Some("28") => "it refuses our user or password",
        Some("3D") => "the database does not exist",
        Some("53") => "it has no connection or no memory left",
        Some("57") if *code == SqlState::CANNOT_CONNECT_NOW => "it is starting or stopping",
        Some("57") => "it is shutting down",
        _ => "it failed at the question",
    };
    format!("{why} ({})", code.code())
}

fn is_refused(error: &Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
        {
            return true;
        }
        source = error.source();
    }
    false
}
