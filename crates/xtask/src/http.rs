//! As much HTTP as it takes to ask a server on this machine one question.

mod reader;

use std::io::{self, BufRead, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result};

pub(crate) use self::reader::{AnswerHead, read_head};

/// Longer than any answer of a server on this machine takes.
const LIMIT: Duration = Duration::from_secs(60);

/// An answer, read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// What stands in front of the content.
    pub(crate) head: AnswerHead,
    /// The content.
    pub(crate) body: Vec<u8>,
}

/// `GET`s a path from an address such as `http://127.0.0.1:8787`.
pub(crate) fn get(address: &str, path: &str) -> Result<Answer> {
    let host = address.strip_prefix("http://").context("not an http address")?;
    let mut stream =
        TcpStream::connect(host).with_context(|| format!("cannot connect to {host}"))?;
    stream.set_read_timeout(Some(LIMIT))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html, */*\r\nConnection: close\r\n\r\n"
    )?;
    read(&mut BufReader::new(stream)).with_context(|| format!("no whole answer from {host}"))
}

fn read(reader: &mut impl BufRead) -> io::Result<Answer> {
    let (head, mut body) = (read_head(reader)?, Vec::new());
    head.read_content(reader, &mut body)?;
    Ok(Answer { head, body })
}
