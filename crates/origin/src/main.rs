//! The command line of the reference backend.

use std::env;
use std::io::{self, Write as _};
use std::pin::pin;
use std::process::ExitCode;

use breakwater_origin::{Ended, Settings, report_panics, serve, start_logs};
use lexopt::{Arg, Parser, ValueExt as _};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};

const HELP: &str = "\
The reference backend: a small shop with fault injection.

Usage: breakwater-origin --port PORT [--host HOST]

  --port PORT   port to listen on; 0 picks a free one
  --host HOST   address to listen on (default: 127.0.0.1)
  --help        show this

When ready it prints one line: listening on http://HOST:PORT
Logs go to stderr, one JSON object a line. SIGTERM and SIGINT end it: readiness fails first, then
no connection is accepted, requests under way finish, and connections to others are closed. The
exit code is 0 if all of that was done in time, 1 if it was not or a second signal came, and 101
after a panic.

Control: POST, GET, DELETE /__faults; GET, DELETE /__requests; GET /__open; POST /__panic

Environment, all of it optional:
";

/// The exit code for a wrong command line is the one that `sysexits` and shells use.
const USAGE: u8 = 2;
/// The exit code after a panic is Rust's.
const PANICKED: u8 = 101;

enum Command {
    Help,
    Serve { host: String, port: u16 },
}

fn main() -> ExitCode {
    let command = match command(Parser::from_env()) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("{error}; see --help");
            return ExitCode::from(USAGE);
        }
    };
    let Command::Serve { host, port } = command else {
        return code(io::stdout().write_all([HELP, Settings::HELP].concat().as_bytes()));
    };
    let settings = match Settings::read(|name| env::var(name).ok()) {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("{error}; see --help");
            return ExitCode::from(USAGE);
        }
    };
    start_logs(settings.log_level);
    match Runtime::new() {
        Ok(runtime) => {
            let ended = runtime.block_on(run(&host, port, settings));
            // A volume that hangs may block a thread for ever, so the runtime does not wait for it.
            runtime.shutdown_background();
            ended.unwrap_or_else(|error| code(Err(error)))
        }
        Err(error) => code(Err(error)),
    }
}

fn code(done: io::Result<()>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn command(mut parser: Parser) -> Result<Command, lexopt::Error> {
    let (mut host, mut port) = ("127.0.0.1".to_owned(), None);
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("port") => port = Some(parser.value()?.parse()?),
            Arg::Long("host") => host = parser.value()?.string()?,
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help),
            Arg::Long(_) | Arg::Short(_) | Arg::Value(_) => return Err(arg.unexpected()),
        }
    }
    let port = port.ok_or("missing option '--port'")?;
    Ok(Command::Serve { host, port })
}

async fn run(host: &str, port: u16, settings: Settings) -> io::Result<ExitCode> {
    let listener = TcpListener::bind((host, port)).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {host}:{port}: {error}"))
    })?;
    // The signal handlers are installed before the line is printed, since its reader may send a
    // signal at once.
    let mut signals = Signals::listen()?;
    let mut panics = report_panics();
    writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let mut serving = pin!(serve(listener, settings, async {
        let _ = stopped.await;
    }));
    let ended = tokio::select! {
        biased;
        ended = &mut serving => ended?,
        () = asked_to_stop(&mut signals, &mut panics) => {
            let _ = stop.send(());
            tokio::select! {
                ended = &mut serving => ended?,
                // A second signal means that the sender does not want to wait.
                () = signals.next() => Ended::GaveUp,
            }
        }
    };
    Ok(match (ended, *panics.borrow()) {
        (Ended::Clean | Ended::GaveUp, true) => ExitCode::from(PANICKED),
        (Ended::Clean, false) => ExitCode::SUCCESS,
        (Ended::GaveUp, false) => ExitCode::FAILURE,
    })
}

async fn asked_to_stop(signals: &mut Signals, panics: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = signals.next() => {}
        // An error means that no panic can be reported any more.
        _ = panics.wait_for(|panicked| *panicked) => {}
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
