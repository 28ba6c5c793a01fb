use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;

use crate::support::within;

const PROGRAM: &str = env!("CARGO_BIN_EXE_breakwater-origin");

#[tokio::test]
async fn process_says_where_it_listens_and_ends_well_on_sigterm() {
    let mut child = Command::new(PROGRAM)
        .args(["--port", "0"])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    within(stdout.read_line(&mut line)).await.unwrap();
    let address = line.trim_end().strip_prefix("listening on http://").unwrap();
    let port: u16 = address.strip_prefix("127.0.0.1:").unwrap().parse().unwrap();
    assert_ne!(port, 0);
    let pid = child.id().unwrap().to_string();
    let kill = Command::new("kill").args(["-TERM", &pid]).status().await.unwrap();
    assert!(kill.success());
    let status = within(child.wait()).await.unwrap();
    assert_eq!(status.code(), Some(0));
    let mut rest = String::new();
    within(stdout.read_to_string(&mut rest)).await.unwrap();
    assert_eq!(rest, "");
}

#[tokio::test]
async fn command_line_that_makes_no_sense_is_refused() {
    for (args, code) in [
        (&["--help"][..], 0),
        (&[], 2),
        (&["--port", "70000"], 2),
        (&["--port", "1", "--verbose"], 2),
        (&["--port", "0", "--host", "256.0.0.1"], 1),
    ] {
        let output = within(Command::new(PROGRAM).args(args).output()).await.unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        assert_eq!(output.stdout.is_empty(), code != 0, "{args:?}");
    }
}
