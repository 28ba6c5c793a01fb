//! Answers as they come over a connection (RFC 9112).

use std::io::{self, BufRead, ErrorKind, Read as _, Write};

/// What stands in front of an answer's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnswerHead {
    /// The first line, such as `HTTP/1.1 200 OK`.
    pub(crate) status_line: String,
    /// The status code.
    pub(crate) status: u16,
    /// The fields, in their order.
    pub(crate) fields: Vec<(String, String)>,
}

/// How the end of the content is told (RFC 9112 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(u64),
    Chunks,
    Close,
}

impl AnswerHead {
    /// The first field of this name.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the connection may be used again once the content was read (RFC 9112 §9.3).
    pub(crate) fn keeps_connection(&self) -> bool {
        let option = self.field("connection").unwrap_or_default();
        let keeps = match self.status_line.starts_with("HTTP/1.0") {
            true => option.eq_ignore_ascii_case("keep-alive"),
            false => !option.eq_ignore_ascii_case("close"),
        };
        keeps && self.framing() != Framing::Close
    }

    fn framing(&self) -> Framing {
        if matches!(self.status, 100..=199 | 204 | 304) {
            return Framing::Length(0);
        }
        let coding = self.field("transfer-encoding").unwrap_or_default();
        if coding.to_ascii_lowercase().ends_with("chunked") {
            return Framing::Chunks;
        }
        let length = self.field("content-length").and_then(|length| length.parse().ok());
        length.map_or(Framing::Close, Framing::Length)
    }

    /// Writes the content to `sink`, up to its own end: some servers keep a connection open,
    /// whatever was asked of them.
    ///
    /// # Errors
    /// [`ErrorKind::UnexpectedEof`] for content that ends before its framing says, and what the
    /// reader fails with.
    pub(crate) fn read_content(
        &self,
        reader: &mut impl BufRead,
        sink: &mut impl Write,
    ) -> io::Result<()> {
        match self.framing() {
            Framing::Length(length) => copy(reader, length, sink),
            Framing::Chunks => copy_chunks(reader, sink),
            Framing::Close => io::copy(reader, sink).map(drop),
        }
    }
}

/// Reads what stands in front of an answer's content.
///
/// # Errors
/// [`ErrorKind::InvalidData`] if that is no answer, [`ErrorKind::UnexpectedEof`] if it ends too
/// soon, and what the reader fails with.
pub(crate) fn read_head(reader: &mut impl BufRead) -> io::Result<AnswerHead> {
    let status_line = line(reader)?;
    let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or(ErrorKind::InvalidData)?;
    let mut fields = Vec::new();
    loop {
        let line = line(reader)?;
        let Some((key, value)) = line.split_once(':') else { break };
        fields.push((key.to_owned(), value.trim().to_owned()));
    }
    Ok(AnswerHead { status_line, status, fields })
}

fn copy_chunks(reader: &mut impl BufRead, sink: &mut impl Write) -> io::Result<()> {
    loop {
        let size = line(reader)?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(|_| ErrorKind::InvalidData)?;
        if size == 0 {
            // Fields may follow the last chunk.
            while !line(reader)?.is_empty() {}
            return Ok(());
        }
        copy(reader, size, sink)?;
        if !line(reader)?.is_empty() {
            return Err(ErrorKind::InvalidData.into());
        }
    }
}

fn copy(reader: &mut impl BufRead, length: u64, sink: &mut impl Write) -> io::Result<()> {
    let copied = io::copy(&mut reader.take(length), sink)?;
    if copied == length { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

/// A line without its end, which must be there.
fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    reader.read_until(b'\n', &mut bytes)?;
    let line = bytes.strip_suffix(b"\n").ok_or(ErrorKind::UnexpectedEof)?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Ok(String::from_utf8_lossy(line).into_owned())
}

#[cfg(test)]
mod tests {
    use std::io::{self, ErrorKind};

    use super::{AnswerHead, read_head};

    fn read(bytes: &str) -> io::Result<(AnswerHead, Vec<u8>, &str)> {
        let mut reader = bytes.as_bytes();
        let head = read_head(&mut reader)?;
        let mut content = Vec::new();
        head.read_content(&mut reader, &mut content)?;
        Ok((head, content, &bytes[bytes.len() - reader.len()..]))
    }

    #[track_caller]
    fn check(bytes: &str, content: &str, keeps: bool, left: &str) {
        let (head, came, rest) = read(bytes).unwrap();
        assert_eq!((came.as_slice(), rest), (content.as_bytes(), left), "{bytes}");
        assert_eq!(head.keeps_connection(), keeps, "{bytes}");
    }

    #[test]
    fn answers_end_where_their_framing_says() {
        let head = "HTTP/1.1 200 OK\r\n";
        check(&format!("{head}Content-Length: 2\r\n\r\nabc"), "ab", true, "c");
        check(&format!("{head}Content-Length: 0\r\nConnection: close\r\n\r\n"), "", false, "");
        let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
        check(&format!("{chunked}2\r\nab\r\n1;x\r\nc\r\n0\r\nA: b\r\n\r\nd"), "abc", true, "d");
        check(&format!("{head}\r\nabc"), "abc", false, "");
        check("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", "a", false, "");
        let kept = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na";
        check(kept, "a", true, "");
        check("HTTP/1.1 204 No Content\r\n\r\nrest", "", true, "rest");
    }

    #[test]
    fn what_ends_too_soon_is_an_error() {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        for bytes in [
            "HTTP/1.1 200 OK\r\nA: b\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na",
            &format!("{chunked}5\r\nabc"),
            &format!("{chunked}3\r\nabc\r\n"),
        ] {
            assert_eq!(read(bytes).unwrap_err().kind(), ErrorKind::UnexpectedEof, "{bytes}");
        }
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        for bytes in
            ["hello\r\n\r\n", &format!("{chunked}ab\u{e9}\r\n"), &format!("{chunked}1\r\nab\r\n")]
        {
            assert_eq!(read(bytes).unwrap_err().kind(), ErrorKind::InvalidData, "{bytes}");
        }
    }

    #[test]
    fn fields_are_found_whatever_their_case() {
        let (head, ..) = read("HTTP/1.1 204 No Content\r\nX-Request-Id: 7\r\n\r\n").unwrap();
        assert_eq!((head.status, head.field("x-request-id")), (204, Some("7")));
        assert_eq!(head.field("breakwater"), None);
    }
}
