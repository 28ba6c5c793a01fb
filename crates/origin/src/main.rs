//! The command line of the reference backend.

use std::env;
use std::io::{self, Write as _};
use std::pin::pin;
use std::process::ExitCode;

use breakwater_origin::{Ended, Settings, report_errors, report_panics, serve, start_logs};
use clap::Parser;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};

/// The reference backend: a small shop with fault injection.
#[derive(Parser)]
#[command(name = "breakwater-origin", verbatim_doc_comment)]
#[command(after_help = [HELP, Settings::HELP].concat())]
struct Options {
    /// Port to listen on; 0 picks a free one
    #[arg(long)]
    port: u16,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
}

const HELP: &str = "\
When ready it prints one line: listening on http://HOST:PORT
Logs go to stderr, one JSON object a line. SIGTERM and SIGINT end it: readiness fails first, then
no connection is accepted, requests under way finish, and connections to others are closed. The
exit code is 0 if all of that was done in time, 1 if it was not or a second signal came, and 101
after a panic.

Control: POST, GET, DELETE /__faults; GET, DELETE /__requests; GET /__open; POST /__panic

Example: breakwater-origin --port 8788

Environment, all of it optional:
";

/// The exit code for a wrong environment is the one that a wrong command line has.
const USAGE: u8 = 2;
/// The exit code after a panic is Rust's.
const PANICKED: u8 = 101;

fn main() -> ExitCode {
    let Options { port, host } = Options::parse();
    let settings = match Settings::read(|name| env::var(name).ok()) {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("{error}; see --help");
            return ExitCode::from(USAGE);
        }
    };
    match Runtime::new() {
        Ok(runtime) => {
            let reports = report_errors(settings.sentry.as_ref(), runtime.handle());
            start_logs(settings.log_level);
            let ended = runtime.block_on(run(&host, port, settings));
            // It waits for reports that are under way, for 2 s at most.
            drop(reports);
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
