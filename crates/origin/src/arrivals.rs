//! A file with one line for each request that reached the backend, so that a benchmark can see what
//! a proxy let through, and how often.
//!
//! A line has five fields between tabs: the time in milliseconds since 1970, the method, the target
//! with its query, the cookies, and the `User-Agent`. It is in the file before the request is
//! answered, so that a killed backend leaves no line out.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, Request, header};

use crate::clock;

/// The file, if one is wanted.
#[derive(Debug)]
pub(crate) struct Arrivals(Option<File>);

impl Arrivals {
    /// Opens the file at its end.
    pub(crate) fn open(path: Option<&Path>) -> io::Result<Self> {
        let open = |path| OpenOptions::new().create(true).append(true).open(path);
        Ok(Self(path.map(open).transpose()?))
    }

    /// Writes the line of a request.
    pub(crate) fn record(&self, request: &Request<Body>) {
        let Some(mut file) = self.0.as_ref() else { return };
        let (method, target, headers) = (request.method(), request.uri(), request.headers());
        let at = clock::now().as_millis();
        let (cookie, agent) = (text(headers, header::COOKIE), text(headers, header::USER_AGENT));
        // One write at the file's end, so that lines of two requests do not mix. A full disk must
        // not keep the backend from answering.
        let _ = file.write_all(format!("{at}\t{method}\t{target}\t{cookie}\t{agent}\n").as_bytes());
    }
}

/// The values of a field without tabs, which part the fields of a line.
fn text(headers: &HeaderMap, name: HeaderName) -> String {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.collect::<Vec<_>>().join("; ").replace('\t', " ")
}
