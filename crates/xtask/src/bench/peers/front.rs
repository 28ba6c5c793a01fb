//! Starts what stands in front of a backend.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use breakwater_testing::{Log, Reach, Service, Stack, StackOptions};

use super::tool::Tool;
use super::wire::Connection;
use crate::tools::Tools;
use crate::{place, run};

/// A tool answers within 30 s of its start, also on a busy machine.
const READY: Duration = Duration::from_secs(30);
/// How often a tool that starts is asked.
const POLL: Duration = Duration::from_millis(50);
/// After this long, stopping becomes killing.
const STOP: Duration = Duration::from_secs(5);
/// The minute rounds that Breakwater has had before a run, as a site has that runs for longer than
/// some minutes: its snapshots are made in them.
const ROUNDS: usize = 3;
/// The cache's memory, as Varnish takes it; the others' is in their own files.
const VARNISH_STORAGE: &str = "malloc,128m";

/// What a tool is started with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stand<'a> {
    /// The folder of this run; it is the tool's alone.
    pub(super) folder: &'a Path,
    /// The backend's port.
    pub(super) backend: u16,
    /// The port that visitors ask.
    pub(super) port: u16,
    /// A port for nginx's own server of refusals.
    pub(super) sorry: u16,
}

/// A tool that runs. It ends with the value.
pub(super) struct Front {
    authority: String,
    running: Running,
}

enum Running {
    Nothing,
    Worker(Stack),
    Peer(Service),
}

impl Front {
    /// Starts a tool, and waits until it answers. `bundle`: what Breakwater needs.
    pub(super) fn start(
        tool: Tool,
        stand: Stand<'_>,
        tools: &Tools,
        bundle: Option<&Path>,
    ) -> Result<Self> {
        let authority = |port| format!("127.0.0.1:{port}");
        let front = match tool {
            Tool::Nothing => {
                Self { authority: authority(stand.backend), running: Running::Nothing }
            }
            Tool::Breakwater => Self {
                authority: authority(stand.port),
                running: Running::Worker(worker(
                    stand,
                    tools,
                    bundle.context("Breakwater has no bundle")?,
                )?),
            },
            Tool::Nginx | Tool::Varnish | Tool::Haproxy | Tool::Squid | Tool::Ats | Tool::Caddy => {
                let mut command = command(tool, stand)?;
                let log = Log::File(stand.folder.join("tool.log"));
                let service = Service::spawn(tool.folder(), &mut command, Reach::Group, &log)?;
                Self { authority: authority(stand.port), running: Running::Peer(service) }
            }
        };
        front.until_ready(tool, stand.folder)
    }

    /// `host:port`.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    fn until_ready(mut self, tool: Tool, folder: &Path) -> Result<Self> {
        let start = Instant::now();
        let request =
            format!("GET / HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.authority);
        loop {
            let deadline = Instant::now() + READY;
            let answer = Connection::open(&self.authority)
                .and_then(|mut it| it.exchange(request.as_bytes(), deadline));
            if answer.is_ok_and(|answer| answer.status == 200) {
                return Ok(self);
            }
            let log = || format!("{tool} does not start; {}", logs(folder));
            ensure!(self.is_running() && start.elapsed() < READY, "{}", log());
            thread::sleep(POLL);
        }
    }

    fn is_running(&mut self) -> bool {
        match &mut self.running {
            Running::Nothing => true,
            Running::Worker(stack) => stack.is_running(),
            Running::Peer(service) => service.is_running(),
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        // In good order, since some leave their children behind when they are killed.
        if let Running::Peer(service) = &mut self.running {
            service.terminate();
            service.ends_within(STOP);
        }
    }
}

/// The end of what a tool has written.
fn logs(folder: &Path) -> String {
    let names = ["tool.log", "error.log", "cache.log", "log/diags.log"];
    let files = names.map(|name| folder.join(name)).into_iter().filter(|file| file.is_file());
    files.map(|file| run::tail(&file)).collect()
}

/// Breakwater, as `cargo xtask dev` starts it.
fn worker(stand: Stand<'_>, tools: &Tools, bundle: &Path) -> Result<Stack> {
    let upstream = format!("http://127.0.0.1:{}", stand.backend);
    let vars = [("ADMIN_TOKEN", "bench"), ("BREAKWATER_UPSTREAM", &upstream)];
    let options = StackOptions {
        bundle: bundle.to_owned(),
        state: stand.folder.join("state"),
        port: stand.port,
        isolates: 1,
        cron: true,
        vars: vars.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec(),
        log: Log::File(stand.folder.join("tool.log")),
    };
    let mut stack = Stack::start(&tools.stack_node(), &options)?;
    for _ in 0..ROUNDS {
        let outcome = stack.scheduled()?;
        ensure!(outcome == "ok", "a minute round ended with `{outcome}`");
    }
    Ok(stack)
}

/// The command of a peer, whose configuration it writes.
fn command(tool: Tool, stand: Stand<'_>) -> Result<Command> {
    let folder = stand.folder;
    let program = |name| Command::new(Tool::program(name));
    let written = |name: &str| write(name, name, stand);
    Ok(match tool {
        Tool::Nothing | Tool::Breakwater => bail!("{tool} is no program of its own"),
        Tool::Nginx => {
            let mut nginx = program("nginx");
            nginx.arg("-p").arg(folder).arg("-e").arg(folder.join("error.log"));
            nginx.arg("-c").arg(written("nginx.conf")?).args(["-g", "daemon off;"]);
            nginx
        }
        Tool::Varnish => {
            let mut varnish = program("varnishd");
            varnish.args(["-F", "-j", "none", "-T", "none", "-s", VARNISH_STORAGE]);
            varnish.args(["-a", &format!("127.0.0.1:{}", stand.port)]);
            varnish.arg("-n").arg(folder.join("work")).arg("-f").arg(written("varnish.vcl")?);
            varnish
        }
        Tool::Haproxy => {
            written("sorry.http")?;
            let mut haproxy = program("haproxy");
            haproxy.arg("-db").arg("-f").arg(written("haproxy.cfg")?);
            haproxy
        }
        Tool::Squid => {
            let mut squid = program("squid");
            squid.arg("-N").arg("-f").arg(written("squid.conf")?);
            give(folder, "proxy")?;
            squid
        }
        Tool::Ats => {
            for name in ["records.config", "remap.config", "storage.config", "ip_allow.yaml"] {
                write(&format!("ats/{name}"), &format!("etc/{name}"), stand)?;
            }
            for name in ["state", "log", "cache", "data"] {
                fs::create_dir_all(folder.join(name))?;
            }
            let root = write("ats/runroot.yaml", "runroot.yaml", stand)?;
            give(folder, "trafficserver")?;
            let mut ats = program("traffic_server");
            ats.arg(format!("--run-root={}", root.display()));
            ats
        }
        Tool::Caddy => {
            let mut caddy = program("caddy");
            caddy.args(["run", "--adapter", "caddyfile", "--config"]).arg(written("Caddyfile")?);
            caddy.env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
            caddy
        }
    })
}

/// Writes a configuration with the ports and the folder of this run.
fn write(from: &str, to: &str, stand: Stand<'_>) -> Result<PathBuf> {
    let source = place::root().join("crates/xtask/bench/peers").join(from);
    let text = fs::read_to_string(&source).with_context(|| format!("no {}", source.display()))?;
    let path = stand.folder.join(to);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&path, filled(&text, stand))?;
    Ok(path)
}

fn filled(text: &str, stand: Stand<'_>) -> String {
    text.replace("@RUN@", &stand.folder.to_string_lossy())
        .replace("@ORIGIN@", &stand.backend.to_string())
        .replace("@PORT@", &stand.port.to_string())
        .replace("@SORRY@", &stand.sorry.to_string())
}

/// Gives the folder to the user that a tool becomes where it is started by root.
fn give(folder: &Path, user: &str) -> Result<()> {
    if rustix::process::geteuid().is_root() {
        run::text(Command::new("chown").arg("-R").arg(user).arg(folder))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Stand, filled};
    use crate::place;

    #[test]
    fn no_configuration_keeps_a_gap() {
        let run = Stand { folder: Path::new("/run"), backend: 1, port: 2, sorry: 3 };
        let folder = place::root().join("crates/xtask/bench/peers");
        let files = [folder.clone(), folder.join("ats")].map(|dir| fs::read_dir(dir).unwrap());
        let mut count = 0;
        for path in files.into_iter().flatten().map(|entry| entry.unwrap().path()) {
            if path.is_file() {
                let text = filled(&fs::read_to_string(&path).unwrap(), run);
                let is_gap = |rest: &str| rest.starts_with(|c: char| c.is_ascii_uppercase());
                assert!(!text.split('@').skip(1).any(is_gap), "{}: {text}", path.display());
                count += 1;
            }
        }
        assert_eq!(count, 11);
    }
}
