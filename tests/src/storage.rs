//! Storage that is compatible with S3, from `tests/storage`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::world::path_in;

/// A running server with one bucket, `pages`, into which one key may put objects. Dropping it kills
/// it.
#[derive(Debug)]
pub struct Storage {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    url: String,
    /// The id of the key.
    pub access_key: String,
    /// The key itself.
    pub secret_key: String,
}

impl Storage {
    /// Starts it, and waits until it answers.
    pub fn start() -> Result<Self> {
        let mut child = Command::new("python3")
            .arg(path_in("BREAKWATER_ROOT")?.join("tests/storage/server.py"))
            .env("PYTHONPATH", path_in("BREAKWATER_STORAGE_PYTHON")?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdin = child.stdin.take().context("a pipe")?;
        let stdout = BufReader::new(child.stdout.take().context("a pipe")?);
        let (url, access_key, secret_key) = Default::default();
        let mut storage = Self { child, stdin, stdout, url, access_key, secret_key };
        let said = storage.line()?;
        let text =
            |name: &str| said[name].as_str().context("a server that started").map(str::to_owned);
        (storage.url, storage.access_key) = (text("url")?, text("access_key")?);
        storage.secret_key = text("secret_key")?;
        Ok(storage)
    }

    /// `http://host:port`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The names of all objects, in order.
    pub fn keys(&mut self) -> Result<Vec<String>> {
        let said = self.ask("list")?;
        let keys = said.as_array().context("a list")?;
        keys.iter().map(|key| key.as_str().context("a name").map(str::to_owned)).collect()
    }

    /// An object: its `type`, and its `body` as text.
    pub fn object(&mut self, key: &str) -> Result<Value> {
        self.ask(&format!("get {key}"))
    }

    fn ask(&mut self, command: &str) -> Result<Value> {
        writeln!(self.stdin, "{command}")?;
        self.stdin.flush()?;
        self.line()
    }

    fn line(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        serde_json::from_str(&line).with_context(|| format!("the storage said: {line}"))
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
