//! The backend and the Worker of one test.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use breakwater_testing::verbatim::Raw;
use breakwater_testing::{Answer, Client, Log, Node, Origin, Scripted, Stack, StackOptions};
use serde_json::{Value, json};

use crate::dependencies::{self, BACKEND_TOKEN, SUPABASE_KEY, UPSTASH_TOKEN};

/// How long something may take that should come about by itself.
const LIMIT: Duration = Duration::from_secs(20);
/// How often it is looked for.
const TICK: Duration = Duration::from_millis(20);

/// The reference backend, the Worker in front of it, and clients of both.
#[derive(Debug)]
pub struct World {
    /// The backend.
    pub origin: Origin,
    /// Asks the backend behind the Worker's back.
    pub backend: Client,
    /// The Worker.
    pub stack: Stack,
    /// A visitor, whom the first isolate serves.
    pub visitor: Client,
    /// A visitor of each isolate.
    pub isolates: Vec<Client>,
    /// What the site depends on, where the test does not say otherwise: all is well there.
    pub dependencies: Scripted,
    node: Node,
    options: StackOptions,
}

impl World {
    /// Starts both. `name` is the test's, for its state and its logs.
    pub fn start(name: &str) -> Result<Self> {
        Self::start_with(name, &[])
    }

    /// Starts both, with variables of the Worker on top of the usual ones.
    pub fn start_with(name: &str, vars: &[(&str, &str)]) -> Result<Self> {
        Self::start_with_isolates(name, 1, vars)
    }

    /// Starts both, with an upstream that the test answers for behind the routes that are meant for
    /// it.
    pub fn start_scripted(name: &str, scripted: &Scripted) -> Result<Self> {
        Self::start_with(name, &[("BREAKWATER_UPSTREAM_SCRIPTED", scripted.url())])
    }

    /// Starts both, with an upstream of the very bytes that the test gives behind the same routes.
    pub fn start_raw(name: &str, raw: &Raw) -> Result<Self> {
        Self::start_with(name, &[("BREAKWATER_UPSTREAM_SCRIPTED", raw.url())])
    }

    /// Starts both, the Worker in this many isolates, which share coordinators and cache as those
    /// of one colo do.
    pub fn start_with_isolates(name: &str, isolates: usize, vars: &[(&str, &str)]) -> Result<Self> {
        Self::start_all(name, path_in("BREAKWATER_TEST_BUNDLE")?, &[], isolates, vars)
    }

    /// Starts both, the Worker from another bundle.
    pub fn start_with_bundle(name: &str, bundle: PathBuf) -> Result<Self> {
        Self::start_all(name, bundle, &[], 1, &[])
    }

    /// Starts both, the backend with these settings.
    pub fn start_with_backend(
        name: &str,
        settings: &[(&str, &str)],
        vars: &[(&str, &str)],
    ) -> Result<Self> {
        Self::start_all(name, path_in("BREAKWATER_TEST_BUNDLE")?, settings, 1, vars)
    }

    fn start_all(
        name: &str,
        bundle: PathBuf,
        settings: &[(&str, &str)],
        isolates: usize,
        vars: &[(&str, &str)],
    ) -> Result<Self> {
        let folder = path_in("BREAKWATER_ROOT")?.join("target/e2e").join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let log = |name: &str| Log::File(folder.join(name));
        let binary = path_in("BREAKWATER_ORIGIN_BIN")?;
        let origin = Origin::start_with(&binary, 0, settings, &log("origin.log"))?;
        let dependencies = dependencies::start()?;
        let usual = [
            ("ADMIN_TOKEN", "dev"),
            ("BREAKWATER_UPSTREAM", origin.url()),
            ("BACKEND_TOKEN", BACKEND_TOKEN),
            ("SUPABASE_KEY", SUPABASE_KEY),
            ("UPSTASH_TOKEN", UPSTASH_TOKEN),
        ];
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        let usual = usual.iter().map(owned).chain(dependencies::at(dependencies.url()));
        let options = StackOptions {
            bundle,
            state: folder.join("state"),
            port: 0,
            isolates,
            cron: false,
            vars: usual.chain(vars.iter().map(owned)).collect(),
            log: log("worker.log"),
        };
        let node = Node::new(path_in("BREAKWATER_NODE")?, path_in("BREAKWATER_STACK_PACKAGES")?);
        let stack = Stack::start(&node, &options)?;
        let (backend, visitor) = (Client::new(origin.url()), Client::new(stack.url()));
        let isolates = visitors(&stack);
        Ok(Self { origin, backend, stack, visitor, isolates, dependencies, node, options })
    }

    /// What the Worker and workerd have written.
    pub fn worker_log(&self) -> Result<String> {
        let Log::File(path) = &self.options.log else { return Ok(String::new()) };
        Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned())
    }

    /// Kills the Worker as a failing machine would, and starts it again on what it had stored.
    pub fn restart_worker(&mut self) -> Result<()> {
        self.stack.kill();
        self.stack = Stack::start(&self.node, &self.options)?;
        self.visitor = Client::new(self.stack.url());
        self.isolates = visitors(&self.stack);
        Ok(())
    }

    /// The same in another colo: what is stored is there, and the cache is empty.
    pub fn restart_with_empty_cache(&mut self) -> Result<()> {
        self.stack.kill();
        fs::remove_dir_all(self.options.state.join("cache"))?;
        self.restart_worker()
    }

    /// Has the backend fail in a way that design §4 names.
    pub async fn break_backend(&self, fault: Value) -> Result<()> {
        let answer = self.backend.send("POST", "/__faults", JSON, fault.to_string()).await?;
        anyhow::ensure!(answer.status == 201, "fault refused: {}", answer.text());
        Ok(())
    }

    /// Has the backend answer with an error.
    pub async fn break_with_status(&self, pattern: &str, status: u16) -> Result<()> {
        self.break_backend(json!({"match": pattern, "kind": "status", "status": status})).await
    }

    /// Ends all faults.
    pub async fn mend_backend(&self) -> Result<()> {
        self.backend.send("DELETE", "/__faults", &[], "").await?;
        Ok(())
    }

    /// How many requests reached the backend for a path since it started.
    pub async fn requests_to(&self, path: &str) -> Result<u64> {
        let counts = self.backend.get("/__requests").await?.json();
        Ok(counts["by_path"][path].as_u64().unwrap_or_default())
    }

    /// What an operator is answered.
    pub async fn operate(&self, method: &str, path: &str, body: &str) -> Result<Answer> {
        self.visitor.send(method, path, OPERATOR, body.to_owned()).await
    }

    /// What operators see of a circuit.
    pub async fn circuit(&self, name: &str) -> Result<Value> {
        let view = self.operate("GET", "/_breakwater/upstreams", "").await?.json();
        let upstreams = view["upstreams"].as_array().context("no upstreams")?;
        let mut circuits = upstreams.iter().flat_map(|up| up["circuits"].as_array()).flatten();
        circuits.find(|circuit| circuit["name"] == name).cloned().context("no such circuit")
    }

    /// Asks until the answer says that the circuit is in this state.
    pub async fn circuit_becomes(&self, path: &str, state: &str) -> Result<Answer> {
        circuit_becomes(&self.visitor, path, state).await
    }
}

/// The fields of a JSON request.
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
/// The fields of an operator's request.
const OPERATOR: &[(&str, &str)] = &[("authorization", "Bearer dev")];

/// Asks an isolate until its answer says that the circuit is in this state.
pub async fn circuit_becomes(isolate: &Client, path: &str, state: &str) -> Result<Answer> {
    eventually(&format!("{path} says circuit={state}"), async || {
        let answer = isolate.get(path).await?;
        Ok((answer.told("circuit") == state).then_some(answer))
    })
    .await
}

/// The same, and it must not take longer.
pub async fn circuit_becomes_within(
    limit: Duration,
    isolate: &Client,
    path: &str,
    state: &str,
) -> Result<Answer> {
    let start = Instant::now();
    let answer = circuit_becomes(isolate, path, state).await?;
    let took = start.elapsed();
    anyhow::ensure!(took < limit, "{path} said circuit={state} only after {took:?}");
    Ok(answer)
}

/// Looks until it sees what should come about, or the time for it is over.
pub async fn eventually<T>(what: &str, look: impl AsyncFn() -> Result<Option<T>>) -> Result<T> {
    eventually_within(LIMIT, what, look).await
}

/// The same, where it may take this long.
pub async fn eventually_within<T>(
    limit: Duration,
    what: &str,
    look: impl AsyncFn() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    let mut tick = tokio::time::interval(TICK);
    loop {
        tick.tick().await;
        if let Some(seen) = look().await? {
            return Ok(seen);
        }
        anyhow::ensure!(start.elapsed() < limit, "not within {limit:?}: {what}");
    }
}

fn visitors(stack: &Stack) -> Vec<Client> {
    stack.urls().iter().map(|url| Client::new(url)).collect()
}

/// How often a test does what it does, if its variable says so.
pub fn setting(variable: &str, default: u64) -> Result<u64> {
    match std::env::var(variable) {
        Ok(value) => value.parse().with_context(|| format!("{variable} is no number: {value}")),
        Err(_) => Ok(default),
    }
}

pub(crate) fn path_in(variable: &str) -> Result<PathBuf> {
    let value = std::env::var_os(variable)
        .with_context(|| format!("{variable} is not set: run these tests by `cargo xtask test`"))?;
    Ok(value.into())
}
