//! The Worker in workerd, with persistent storage and cron, on this machine.
//!
//! workerd is run by Miniflare, which `stack/stack.mjs` calls; there it also says why requests
//! reach the Worker over a direct socket, and not as `wrangler dev` lets them.
//!
//! workerd learns that a client left from a reset or a failed write, not from the mere end of what
//! the client sends: a test that leaves must set `SO_LINGER` to 0 before it closes its socket.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};

use crate::node::Node;
use crate::place;
use crate::port::check_port;
use crate::service::{Log, Reach, Service};

/// Starting takes under two seconds; a machine busy with compiling may need far longer.
const READY_LIMIT: Duration = Duration::from_secs(60);

/// A round of checks waits for upstreams that may hang.
const SCHEDULED_LIMIT: Duration = Duration::from_secs(60);

/// After this long, stopping becomes killing.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// How often a port that should become free is tried.
const POLL: Duration = Duration::from_millis(5);

/// What to run, and with what.
#[derive(Clone, Debug)]
pub struct StackOptions {
    /// The bundle's folder.
    pub bundle: PathBuf,
    /// Where Durable Objects, caches and buckets live from run to run.
    pub state: PathBuf,
    /// The port to listen on; 0 for any.
    pub port: u16,
    /// How many isolates run the bundle, all with the same Durable Objects; each has an address.
    pub isolates: usize,
    /// Whether the cron event fires at the start and each minute.
    pub cron: bool,
    /// The Worker's variables and secrets.
    pub vars: Vec<(String, String)>,
    /// Where the console of the Worker and the messages of workerd go.
    pub log: Log,
}

/// The running Worker. Dropping it kills it.
#[derive(Debug)]
pub struct Stack {
    service: Service,
    urls: Vec<String>,
    port: u16,
    workerd: Option<u32>,
}

impl Stack {
    /// Starts it and waits until it answers.
    pub fn start(node: &Node, options: &StackOptions) -> Result<Self> {
        node.check_packages()?;
        check_port(options.port)?;
        fs::create_dir_all(&options.state)
            .with_context(|| format!("cannot create {}", options.state.display()))?;
        let mut service =
            Service::spawn("workerd", &mut command(node, options)?, Reach::Group, &options.log)?;
        let ready = event(&mut service, READY_LIMIT)?;
        let urls: Vec<String> = ready["urls"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|url| Some(url.as_str()?.to_owned()))
            .collect();
        let port = urls.first().and_then(|url| port_of(url));
        let port = port.with_context(|| format!("workerd tells no port: {ready}"))?;
        let workerd = pid(&ready);
        Ok(Self { service, urls, port, workerd })
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> &str {
        self.urls.first().map(String::as_str).unwrap_or_default()
    }

    /// The address of each isolate; the first is [`url`](Self::url).
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// The port of the first isolate.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// workerd's process, for measuring.
    pub fn workerd_pid(&self) -> Option<u32> {
        self.workerd
    }

    /// Fires the cron event and waits for its end; returns its outcome, `ok` when all went well.
    pub fn scheduled(&mut self) -> Result<String> {
        writeln!(self.service.stdin()?, "scheduled")?;
        let event = event(&mut self.service, SCHEDULED_LIMIT)?;
        Ok(event["outcome"].as_str().unwrap_or_default().to_owned())
    }

    /// Loads the bundle again, with these variables. What is stored stays, and so do the addresses;
    /// requests that are under way are cut off.
    pub fn reload(&mut self, vars: &[(String, String)]) -> Result<()> {
        let told = json!({ "reload": vars_json(vars) });
        writeln!(self.service.stdin()?, "{told}")?;
        let event = event(&mut self.service, READY_LIMIT)?;
        let problem = event["error"].as_str();
        ensure!(problem.is_none(), "workerd cannot load it: {}", problem.unwrap_or_default());
        self.workerd = pid(&event);
        Ok(())
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.service.is_running()
    }

    /// Kills everything at once, and returns when the port is free again.
    pub fn kill(&mut self) {
        self.service.kill();
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()
            && start.elapsed() < STOP_LIMIT
        {
            thread::sleep(POLL);
        }
    }

    /// Stops it in good order.
    pub fn stop(mut self) {
        self.service.close_stdin();
        if !self.service.ends_within(STOP_LIMIT) {
            self.kill();
        }
    }
}

/// The port of an address of workerd, which leaves out the scheme's own.
fn port_of(url: &str) -> Option<u16> {
    let authority = url.strip_prefix("http://")?;
    authority.rsplit_once(':').map_or(Some(80), |(_, port)| port.parse().ok())
}

fn command(node: &Node, options: &StackOptions) -> Result<Command> {
    let options = json!({
        "tools": node.packages(),
        "config": place::wrangler_config(),
        "bundle": fs::canonicalize(&options.bundle)
            .with_context(|| format!("no bundle in {}", options.bundle.display()))?,
        "state": fs::canonicalize(&options.state)?,
        "port": options.port,
        "isolates": options.isolates,
        "cron": options.cron,
        "vars": vars_json(&options.vars),
    });
    let mut node = node.command();
    node.arg(place::stack_script()).arg(options.to_string());
    node.env("CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV", "false")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("NO_COLOR", "1")
        .env_remove("FORCE_COLOR")
        .env_remove("NODE_OPTIONS");
    Ok(node)
}

fn vars_json(vars: &[(String, String)]) -> Value {
    vars.iter().map(|(key, value)| (key.clone(), json!(value))).collect::<Map<_, _>>().into()
}

fn pid(event: &Value) -> Option<u32> {
    event["workerd_pid"].as_u64().and_then(|pid| pid.try_into().ok())
}

fn event(service: &mut Service, limit: Duration) -> Result<Value> {
    let line = service.line(limit)?;
    serde_json::from_str(&line).with_context(|| format!("not an event: {line}"))
}

#[cfg(test)]
mod tests {
    use super::port_of;

    #[test]
    fn an_address_without_a_port_has_that_of_its_scheme() {
        assert_eq!(port_of("http://127.0.0.1"), Some(80));
        assert_eq!(port_of("http://127.0.0.1:8787"), Some(8787));
        assert_eq!(port_of("http://127.0.0.1:what"), None);
    }
}
