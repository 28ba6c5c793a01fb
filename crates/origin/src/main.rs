//! The command line of the reference backend.

use std::io::{self, Write as _};
use std::process::ExitCode;

use lexopt::{Arg, Parser, ValueExt as _};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

const HELP: &str = "\
The reference backend: a small shop with fault injection.

Usage: breakwater-origin --port PORT [--host HOST]

  --port PORT   port to listen on; 0 picks a free one
  --host HOST   address to listen on (default: 127.0.0.1)
  --help        show this

When ready it prints one line: listening on http://HOST:PORT
SIGTERM and SIGINT end it; requests under way get up to 10 s.

Control: POST, GET, DELETE /__faults; GET, DELETE /__requests; GET /__open
";

/// Exit code for a command line that makes no sense, as `sysexits` and shells have it.
const USAGE: u8 = 2;

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
    let done = match command {
        Command::Help => io::stdout().write_all(HELP.as_bytes()),
        Command::Serve { host, port } => run(&host, port),
    };
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

#[tokio::main]
async fn run(host: &str, port: u16) -> io::Result<()> {
    let listener = TcpListener::bind((host, port)).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {host}:{port}: {error}"))
    })?;
    // Before the line goes out: whoever reads it may send a signal at once.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    breakwater_origin::serve(listener, async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
    .await;
    Ok(())
}
