//! The backend as a process of its own, as in production.

use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use super::{Answer, Client, within};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_breakwater-origin");
/// The variables that name a dependency or change a time. They are removed from the environment, so
/// that only those of the test count.
const VARIABLES: [&str; 21] = [
    "API_TIMEOUT",
    "ARRIVALS",
    "DATABASE_URL",
    "DATA_DIR",
    "DISK_FAIL",
    "DISK_WARN",
    "GEMINI_API_KEY",
    "GEMINI_URL",
    "HEALTH_INTERVAL",
    "HEALTH_TIMEOUT",
    "LOG_LEVEL",
    "PGSSLROOTCERT",
    "REDIS_URL",
    "REMOVEBG_API_KEY",
    "REMOVEBG_URL",
    "SHUTDOWN_DELAY",
    "SHUTDOWN_TIMEOUT",
    "STORAGE_KEY",
    "STORAGE_URL",
    "SUPABASE_SERVICE_KEY",
    "SUPABASE_URL",
];

/// A running backend. It is killed when the value is dropped.
pub(crate) struct Backend {
    pub(crate) address: SocketAddr,
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    logging: JoinHandle<()>,
}

impl Backend {
    /// Starts the backend in this environment, and waits until it listens.
    pub(crate) async fn start(environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(["--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        VARIABLES.iter().for_each(|name| {
            command.env_remove(name);
        });
        // The machine's disk may be as full as it likes, but for the test that fills its own.
        command.envs([("DISK_WARN", "never"), ("DISK_FAIL", "never")]);
        command.envs(environment.iter().copied()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let logging = tokio::spawn(collect(child.stderr.take().unwrap(), Arc::clone(&log)));
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        within(stdout.read_line(&mut line)).await.unwrap();
        let address = line.trim_end().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("{line}: {:?}", log.lock().unwrap()));
        Self { address: address.parse().unwrap(), child, log, logging }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }

    /// Sends one request on a connection of its own.
    pub(crate) async fn send(&self, head: &str, body: &str) -> Answer {
        let mut client = self.connect().await;
        client.send(head, body).await;
        client.answer(head.starts_with("HEAD ")).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path}"), "").await
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        kill_process(pid.expect("it runs"), signal).unwrap();
    }

    /// Waits until the backend ends by itself, and returns its log.
    pub(crate) async fn ended(mut self) -> (ExitStatus, Vec<Value>) {
        let status = within(self.child.wait()).await.unwrap();
        within(&mut self.logging).await.unwrap();
        (status, self.logged())
    }

    /// The lines of the log so far, each of which must be an object.
    pub(crate) fn logged(&self) -> Vec<Value> {
        let lines = self.log.lock().unwrap();
        let read = |line: &String| match serde_json::from_str(line) {
            Ok(value @ Value::Object(_)) => value,
            _ => panic!("not an object: {line}"),
        };
        lines.iter().map(read).collect()
    }

    /// The log so far, as text.
    pub(crate) fn log_text(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }
}

/// The events with this name in a log.
pub(crate) fn events<'a>(log: &'a [Value], name: &str) -> Vec<&'a Value> {
    log.iter().filter(|record| record["event_name"] == name).collect()
}

async fn collect(from: impl AsyncRead + Unpin, into: Arc<Mutex<Vec<String>>>) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        into.lock().unwrap().push(line);
    }
}
