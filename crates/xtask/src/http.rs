//! As much HTTP as it takes to ask a server on this machine one question.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};

/// Longer than any answer of a server on this machine takes.
const LIMIT: Duration = Duration::from_secs(60);

/// An answer, read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The first line, such as `HTTP/1.1 200 OK`.
    pub(crate) status_line: String,
    /// The fields, in their order.
    pub(crate) fields: Vec<(String, String)>,
    /// The content.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The status code; 0 if there is none.
    pub(crate) fn status(&self) -> u16 {
        self.status_line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default()
    }

    /// The first field of this name.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
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

/// Reads up to the answer's own end: workerd keeps the connection open, whatever was asked of it.
fn read(stream: &mut impl BufRead) -> Result<Answer> {
    let status_line = line(stream)?;
    let mut fields = Vec::new();
    loop {
        let line = line(stream)?;
        let Some((key, value)) = line.split_once(':') else { break };
        fields.push((key.to_owned(), value.trim().to_owned()));
    }
    let mut answer = Answer { status_line, fields, body: Vec::new() };
    if answer.field("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        answer.body = read_chunks(stream)?;
    } else if let Some(length) = answer.field("content-length") {
        answer.body = vec![0; length.parse()?];
        stream.read_exact(&mut answer.body)?;
    } else {
        stream.read_to_end(&mut answer.body)?;
    }
    Ok(answer)
}

fn read_chunks(stream: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = line(stream)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16)?;
        if size == 0 {
            return Ok(body);
        }
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..])?;
        stream.read_exact(&mut [0; 2])?;
    }
}

fn line(stream: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let line = line.strip_suffix("\r\n").context("it ends too soon")?;
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Answer, Result};

    fn read(bytes: &[u8]) -> Result<Answer> {
        super::read(&mut &bytes[..])
    }

    #[test]
    fn fields_are_found_whatever_their_case() {
        let answer = read(b"HTTP/1.1 204 No Content\r\nX-Request-Id: 7\r\n\r\n").unwrap();
        assert_eq!(answer.status(), 204);
        assert_eq!(answer.field("x-request-id"), Some("7"));
        assert_eq!(answer.field("breakwater"), None);
    }

    #[test]
    fn chunks_are_joined() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let answer = read(format!("{head}3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n").as_bytes());
        assert_eq!(answer.unwrap().body, b"abcd");
    }

    #[test]
    fn content_ends_where_its_length_says() {
        let answer = read(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc");
        assert_eq!(answer.unwrap().body, b"ab");
    }

    #[test]
    fn answer_that_is_cut_off_is_an_error() {
        assert!(read(b"HTTP/1.1 200 OK\r\nA: b\r\n").is_err());
        assert!(read(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na").is_err());
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert!(read(format!("{head}5\r\nabc").as_bytes()).is_err());
        assert!(read(format!("{head}3\r\nabc\r\n").as_bytes()).is_err());
    }
}
