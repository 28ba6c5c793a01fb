//! The backend and the Worker of one test.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use breakwater_testing::verbatim::Raw;
use breakwater_testing::{Answer, Client, Log, Node, Origin, Scripted, Stack, StackOptions};
use serde_json::{Value, json};

use crate::dependencies::{self, BACKEND_TOKEN, SUPABASE_KEY, UPSTASH_TOKEN};

/// An effect that happens by itself must happen within 20 s.
const LIMIT: Duration = Duration::from_secs(20);
/// The secret with which the watched site's check of the checkout is made.
pub const CHECKOUT_KEY: &str = "canary-checkout-key";
/// Where nothing listens: what a check asks others about there, it does not learn.
const NOWHERE: &str = "http://127.0.0.1:1";
/// Tests look for such an effect again after 20 ms.
const TICK: Duration = Duration::from_millis(20);

/// The reference backend, the Worker in front of it, and clients of both.
#[derive(Debug)]
pub struct World {
    /// The backend.
    pub origin: Origin,
    /// A client of the backend itself, without the Worker.
    pub backend: Client,
    /// The Worker.
    pub stack: Stack,
    /// A visitor of the first isolate.
    pub visitor: Client,
    /// A visitor of each isolate.
    pub isolates: Vec<Client>,
    /// The dependencies of the site; all are healthy unless the test replaces them.
    pub dependencies: Scripted,
    node: Node,
    options: StackOptions,
}

impl World {
    /// Starts both. `name` is the name of the test, for its state and its logs.
    pub fn start(name: &str) -> Result<Self> {
        Self::start_with(name, &[])
    }

    /// Starts both, with additional variables of the Worker.
    pub fn start_with(name: &str, vars: &[(&str, &str)]) -> Result<Self> {
        Self::start_with_isolates(name, 1, vars)
    }

    /// Starts both, with an upstream whose answers come from the test, behind the routes that are
    /// meant for it.
    pub fn start_scripted(name: &str, scripted: &Scripted) -> Result<Self> {
        Self::start_with(name, &[("BREAKWATER_UPSTREAM_SCRIPTED", scripted.url())])
    }

    /// Starts both, with an upstream that sends the very bytes of the test, behind the same routes.
    pub fn start_raw(name: &str, raw: &Raw) -> Result<Self> {
        Self::start_with(name, &[("BREAKWATER_UPSTREAM_SCRIPTED", raw.url())])
    }

    /// Starts both, with the Worker in this many isolates, which share coordinators and cache like
    /// those of one colo.
    pub fn start_with_isolates(name: &str, isolates: usize, vars: &[(&str, &str)]) -> Result<Self> {
        Self::start_all(name, path_in("BREAKWATER_TEST_BUNDLE")?, &[], isolates, vars)
    }

    /// Starts both, with another bundle of the Worker.
    pub fn start_with_bundle(name: &str, bundle: PathBuf) -> Result<Self> {
        Self::start_all(name, bundle, &[], 1, &[])
    }

    /// Starts both, with these settings of the backend.
    pub fn start_with_backend(
        name: &str,
        settings: &[(&str, &str)],
        vars: &[(&str, &str)],
    ) -> Result<Self> {
        Self::start_all(name, path_in("BREAKWATER_TEST_BUNDLE")?, settings, 1, vars)
    }

    /// Starts both, with the site that has checks, and cron.
    pub fn start_watched(name: &str, vars: &[(&str, &str)]) -> Result<Self> {
        let usual = [
            ("CHECKOUT_KEY", CHECKOUT_KEY),
            ("NIGHTLY_TOKEN", "nightly"),
            ("SHOP_PASSWORD", "s3cret-p4ssword"),
            ("GLOBALPING_TOKEN", "canary-globalping-token"),
            ("BREAKWATER_CHECK_DOMAIN", NOWHERE),
            ("BREAKWATER_CHECK_CERTIFICATE", NOWHERE),
        ];
        let is_own = |name: &str| vars.iter().any(|(own, _)| *own == name);
        let usual: Vec<_> = usual.into_iter().filter(|(name, _)| !is_own(name)).collect();
        let vars = [&usual, vars].concat();
        Self::start_all(name, path_in("BREAKWATER_WATCHED_BUNDLE")?, &[], 1, &vars)
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
        // How full the machine's disk is says nothing about what is tested.
        let settings = [&[("DISK_WARN", "never"), ("DISK_FAIL", "never")], settings].concat();
        let origin = Origin::start_with(&binary, 0, &settings, &log("origin.log"))?;
        let dependencies = dependencies::start()?;
        let usual = [
            ("ADMIN_TOKEN", "dev"),
            ("BREAKWATER_UPSTREAM", origin.url()),
            ("BREAKWATER_CHECK_CHECKOUT", origin.url()),
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

    /// Where the platform's stand-in keeps its state, and the e-mail that was sent.
    pub fn state(&self) -> &Path {
        &self.options.state
    }

    /// The log of the Worker and of workerd.
    pub fn worker_log(&self) -> Result<String> {
        let Log::File(path) = &self.options.log else { return Ok(String::new()) };
        Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned())
    }

    /// Kills the Worker as a failing machine would, and starts it again with its stored state.
    pub fn restart_worker(&mut self) -> Result<()> {
        self.stack.kill();
        self.stack = Stack::start(&self.node, &self.options)?;
        self.visitor = Client::new(self.stack.url());
        self.isolates = visitors(&self.stack);
        Ok(())
    }

    /// Kills the Worker, and starts it again with its stored state and with these variables, of
    /// which each takes the place of the one of its name.
    pub fn restart_worker_with(&mut self, vars: &[(&str, &str)]) -> Result<()> {
        for &(name, value) in vars {
            self.options.vars.retain(|(known, _)| known != name);
            self.options.vars.push((name.to_owned(), value.to_owned()));
        }
        self.restart_worker()
    }

    /// Restarts the Worker in another colo: the stored state is there, and the cache is empty.
    pub fn restart_with_empty_cache(&mut self) -> Result<()> {
        self.stack.kill();
        fs::remove_dir_all(self.options.state.join("cache"))?;
        self.restart_worker()
    }

    /// Restarts the Worker in another colo, and with these variables.
    pub fn restart_with_empty_cache_and(&mut self, vars: &[(&str, &str)]) -> Result<()> {
        self.stack.kill();
        fs::remove_dir_all(self.options.state.join("cache"))?;
        self.restart_worker_with(vars)
    }

    /// Makes the backend fail with this kind of fault.
    pub async fn break_backend(&self, fault: Value) -> Result<()> {
        let answer = self.backend.send("POST", "/__faults", JSON, fault.to_string()).await?;
        anyhow::ensure!(answer.status == 201, "fault refused: {}", answer.text());
        Ok(())
    }

    /// Makes the backend answer with an error.
    pub async fn break_with_status(&self, pattern: &str, status: u16) -> Result<()> {
        self.break_backend(json!({"match": pattern, "kind": "status", "status": status})).await
    }

    /// Ends all faults.
    pub async fn mend_backend(&self) -> Result<()> {
        self.backend.send("DELETE", "/__faults", &[], "").await?;
        Ok(())
    }

    /// Requests a page, and waits until its response is stored, which happens after the answer. The
    /// backend fails for this page meanwhile, and is mended then.
    pub async fn see(&self, path: &str) -> Result<Answer> {
        let answer = self.visitor.get(path).await?;
        assert_eq!((answer.status, answer.told("source")), (200, "origin"), "{path}");
        self.break_with_status(path, 500).await?;
        eventually("the copy is kept", async || {
            Ok((self.visitor.get(path).await?.told("source") == "stale").then_some(()))
        })
        .await?;
        self.mend_backend().await?;
        Ok(answer)
    }

    /// The number of requests for a path that reached the backend since it started.
    pub async fn requests_to(&self, path: &str) -> Result<u64> {
        let counts = self.backend.get("/__requests").await?.json();
        Ok(counts["by_path"][path].as_u64().unwrap_or_default())
    }

    /// The answer to an operator's request.
    pub async fn operate(&self, method: &str, path: &str, body: &str) -> Result<Answer> {
        self.visitor.send(method, path, OPERATOR, body.to_owned()).await
    }

    /// The circuit as operators see it.
    pub async fn circuit(&self, name: &str) -> Result<Value> {
        let view = self.operate("GET", "/_breakwater/upstreams", "").await?.json();
        let upstreams = view["upstreams"].as_array().context("no upstreams")?;
        let mut circuits = upstreams.iter().flat_map(|up| up["circuits"].as_array()).flatten();
        circuits.find(|circuit| circuit["name"] == name).cloned().context("no such circuit")
    }

    /// Sends requests until the answer says that the circuit is in this state.
    pub async fn circuit_becomes(&self, path: &str, state: &str) -> Result<Answer> {
        circuit_becomes(&self.visitor, path, state).await
    }
}

/// The fields of a request with a JSON body.
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
/// The fields of an operator's request.
const OPERATOR: &[(&str, &str)] = &[("authorization", "Bearer dev")];

/// Sends requests to an isolate until its answer says that the circuit is in this state.
pub async fn circuit_becomes(isolate: &Client, path: &str, state: &str) -> Result<Answer> {
    eventually(&format!("{path} says circuit={state}"), async || {
        let answer = isolate.get(path).await?;
        Ok((answer.told("circuit") == state).then_some(answer))
    })
    .await
}

/// Does the same within a time limit.
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

/// Checks again and again until a condition holds, or the time is over.
pub async fn eventually<T>(what: &str, look: impl AsyncFn() -> Result<Option<T>>) -> Result<T> {
    eventually_within(LIMIT, what, look).await
}

/// Does the same within another time limit.
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
