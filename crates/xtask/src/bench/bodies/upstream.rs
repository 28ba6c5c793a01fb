//! An upstream that sends the same bytes each time: what it costs is not measured, and must not
//! slow down what is.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result, ensure};

/// How long the coded body is on the way, in bytes, or a little longer.
const CODED: usize = 200_000;
/// What its text is made of.
const WORDS: [&str; 16] = [
    "shirt",
    "<li>",
    "</li>",
    "price",
    "cotton",
    "<a href=\"/products/",
    "\">",
    "</a>",
    "size",
    "large",
    "small",
    "blue",
    "red",
    "stock",
    "delivery",
    "return",
];

struct Replies {
    coded: Vec<u8>,
    long: Vec<u8>,
}

/// Starts it. `length`: of the page that may be kept.
pub(super) fn start(port: u16, length: usize) -> Result<()> {
    let coded = gzip(&text(CODED * 5))?;
    let length_of = |body: &[u8]| format!("content-length: {}\r\n", body.len());
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\n";
    let fields = "content-encoding: gzip\r\ncache-control: private\r\netag: \"a\"\r\n";
    let coded =
        [head, fields, &length_of(&coded), "\r\n"].concat().into_bytes().into_iter().chain(coded);
    let page = vec![b'x'; length];
    let long = [head, "cache-control: public, max-age=60\r\n", &length_of(&page), "\r\n"].concat();
    let long = long.into_bytes().into_iter().chain(page);
    let replies = Arc::new(Replies { coded: coded.collect(), long: long.collect() });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("port {port} is in use"))?;
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let replies = Arc::clone(&replies);
            thread::spawn(move || serve(&socket, &replies));
        }
    });
    Ok(())
}

fn serve(socket: &TcpStream, replies: &Replies) -> Result<()> {
    socket.set_nodelay(true)?;
    let (mut reader, mut writer) = (BufReader::new(socket), socket);
    let mut line = String::new();
    let mut reply = &replies.coded;
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line.starts_with("GET ") {
            reply = if line.contains("/slow") { &replies.long } else { &replies.coded };
        } else if line.trim_end().is_empty() {
            writer.write_all(reply)?;
        }
    }
}

/// A text of this many bytes that is as repetitive as a page is.
fn text(length: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(length);
    let mut state = 1u32;
    while text.len() < length {
        // Numerical Recipes' generator.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let word = WORDS.get((state >> 28) as usize).copied().unwrap_or_default();
        text.extend_from_slice(word.as_bytes());
        text.extend_from_slice(format!(" {:x} ", state & 0xfff).as_bytes());
    }
    text
}

/// The beginning of a text as gzip makes it, about [`CODED`] bytes long.
fn gzip(text: &[u8]) -> Result<Vec<u8>> {
    let mut length = text.len();
    loop {
        let coded = compressed(text.get(..length).unwrap_or_default().to_vec())?;
        ensure!(coded.len() >= CODED / 2, "the text is too short");
        if coded.len() <= CODED + CODED / 20 {
            return Ok(coded);
        }
        length = length * CODED / coded.len();
    }
}

fn compressed(text: Vec<u8>) -> Result<Vec<u8>> {
    let mut gzip = Command::new("gzip");
    let mut child = gzip.arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().context("gzip reads nothing")?;
    // It writes before it has read all.
    let writing = thread::spawn(move || stdin.write_all(&text));
    let output = child.wait_with_output()?;
    ensure!(output.status.success() && matches!(writing.join(), Ok(Ok(()))), "gzip failed");
    Ok(output.stdout)
}
