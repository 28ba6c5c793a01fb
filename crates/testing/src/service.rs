//! A process that runs until it is stopped, and talks in lines.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::run;

/// How often a process that should end is looked at.
const POLL: Duration = Duration::from_millis(10);

/// From the end of a process's output to its own.
const END_LIMIT: Duration = Duration::from_secs(1);

/// Where a process's messages go.
#[derive(Clone, Debug)]
pub enum Log {
    /// To our own stderr.
    Inherit,
    /// To the end of this file.
    File(PathBuf),
}

/// Which processes a signal reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The process alone; what the terminal sends to our group, it gets too.
    Process,
    /// The process and all that it started, in a group of their own.
    Group,
}

/// The running process. Dropping it kills it.
#[derive(Debug)]
pub struct Service {
    name: &'static str,
    child: Child,
    reach: Reach,
    is_killed: bool,
    lines: Receiver<String>,
    log: Log,
}

impl Service {
    /// Starts `command`. Messages call it `name`; its stderr goes to `log`.
    pub fn spawn(
        name: &'static str,
        command: &mut Command,
        reach: Reach,
        log: &Log,
    ) -> Result<Self> {
        if let Log::File(path) = log {
            if let Some(dir) = path.parent() {
                fs::create_dir_all(dir)?;
            }
            let file = OpenOptions::new().create(true).append(true).open(path);
            command.stderr(file.with_context(|| format!("cannot write {}", path.display()))?);
        }
        if reach == Reach::Group {
            command.process_group(0);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let out = child.stdout.take().context("no pipe from the process")?;
        Ok(Self { name, child, reach, is_killed: false, lines: read_lines(out), log: log.clone() })
    }

    /// The next line that it prints, which must come within `limit`.
    pub fn line(&mut self, limit: Duration) -> Result<String> {
        match self.lines.recv_timeout(limit) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => {
                bail!("{} said nothing for {} s{}", self.name, limit.as_secs(), self.log_tail())
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.ends_within(END_LIMIT);
                let status = self.child.try_wait()?;
                let status = status.map_or_else(String::new, |status| format!(" with {status}"));
                bail!("{} stopped{status}{}", self.name, self.log_tail())
            }
        }
    }

    /// The next line that it prints within `limit`; none when it has ended, which must be well.
    pub fn line_or_end(&mut self, limit: Duration) -> Result<Option<String>> {
        match self.lines.recv_timeout(limit) {
            Ok(line) => return Ok(Some(line)),
            Err(RecvTimeoutError::Timeout) => {
                bail!("{} said nothing for {} s{}", self.name, limit.as_secs(), self.log_tail())
            }
            Err(RecvTimeoutError::Disconnected) => {}
        }
        self.ends_within(END_LIMIT);
        match self.child.try_wait()? {
            Some(status) if status.success() => Ok(None),
            Some(status) => bail!("{} failed with {status}{}", self.name, self.log_tail()),
            None => bail!("{} says no more, and goes on{}", self.name, self.log_tail()),
        }
    }

    /// A line that it has printed already.
    pub fn line_at_hand(&mut self) -> Option<String> {
        self.lines.try_recv().ok()
    }

    /// Its input. An error if that was closed.
    pub fn stdin(&mut self) -> Result<&mut ChildStdin> {
        self.child.stdin.as_mut().with_context(|| format!("{} is stopping", self.name))
    }

    /// Ends its input.
    pub fn close_stdin(&mut self) {
        self.child.stdin = None;
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks it to stop.
    pub fn terminate(&mut self) {
        self.signal(Signal::TERM);
    }

    /// Whether it ends by itself within `limit`.
    pub fn ends_within(&mut self, limit: Duration) -> bool {
        let start = Instant::now();
        while self.is_running() {
            if start.elapsed() > limit {
                return false;
            }
            thread::sleep(POLL);
        }
        true
    }

    /// Ends it at once, as if the machine had failed.
    pub fn kill(&mut self) {
        if !self.is_killed {
            self.signal(Signal::KILL);
            // It is gone either way; what it returned says nothing.
            let _ = self.child.wait();
            self.is_killed = true;
        }
    }

    /// Sends it a signal, if it still runs.
    pub fn signal(&mut self, signal: Signal) {
        let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) else {
            return;
        };
        // After the process was waited for, its number may be another's, but not while others
        // are left of its group.
        if self.reach == Reach::Process && !self.is_running() {
            return;
        }
        // An error means that nothing is left to signal.
        let _ = match self.reach {
            Reach::Process => kill_process(pid, signal),
            Reach::Group => kill_process_group(pid, signal),
        };
    }

    fn log_tail(&self) -> String {
        match &self.log {
            Log::Inherit => String::new(),
            Log::File(path) => format!("; {}", run::tail(path)),
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
    }
}

fn read_lines(out: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            // The receiver may be gone by now, but the pipe must still be read, or the process
            // blocks once it is full.
            let _ = sender.send(line);
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::{Log, Reach, Service};

    const LIMIT: Duration = Duration::from_secs(10);

    fn shell(script: &str, reach: Reach) -> Service {
        Service::spawn("shell", Command::new("sh").args(["-c", script]), reach, &Log::Inherit)
            .unwrap()
    }

    #[test]
    fn lines_come_one_by_one_until_the_process_ends() {
        let mut service = shell("echo a; echo b; exit 3", Reach::Process);
        assert_eq!(service.line(LIMIT).unwrap(), "a");
        assert_eq!(service.line(LIMIT).unwrap(), "b");
        let error = service.line(LIMIT).unwrap_err().to_string();
        assert_eq!(error, "shell stopped with exit status: 3");
    }

    #[test]
    fn output_ends_where_the_process_ends_well() {
        let mut service = shell("echo a", Reach::Process);
        assert_eq!(service.line_or_end(LIMIT).unwrap().as_deref(), Some("a"));
        assert_eq!(service.line_or_end(LIMIT).unwrap(), None);
        let mut service = shell("exit 3", Reach::Process);
        let error = service.line_or_end(LIMIT).unwrap_err().to_string();
        assert_eq!(error, "shell failed with exit status: 3");
    }

    #[test]
    fn killing_a_group_ends_the_grandchildren() {
        let mut service = shell("sleep 600 & echo started; wait", Reach::Group);
        assert_eq!(service.line(LIMIT).unwrap(), "started");
        service.kill();
        // The grandchild holds the other end of the pipe: only its end ends the lines.
        let error = service.line(LIMIT).unwrap_err().to_string();
        assert!(error.contains("stopped"), "{error}");
    }

    #[test]
    fn end_of_input_can_stop_it() {
        let mut service = shell("cat", Reach::Process);
        assert!(service.is_running());
        service.close_stdin();
        assert!(service.ends_within(LIMIT));
    }
}
