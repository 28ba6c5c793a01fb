//! Someone who uses a site as with a browser: with cookies, and with the fields that a browser adds
//! to forms. Redirects are not followed, so that each is seen.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use breakwater_testing::{Answer, Client};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::Request;

use super::found;

/// Parts the parts of a form with files.
const BOUNDARY: &str = "breakwater-boundary";

/// Someone with a jar of cookies.
#[derive(Clone, Debug)]
pub struct Person {
    client: Client,
    host: &'static str,
    cookies: BTreeMap<String, String>,
}

impl Person {
    pub(super) fn new(client: Client, host: &'static str) -> Self {
        Self { client, host, cookies: BTreeMap::new() }
    }

    /// Opens a page.
    pub async fn open(&mut self, path: &str) -> Result<Answer> {
        self.send("GET", path, &[("accept", "text/html,*/*;q=0.8")], Vec::new()).await
    }

    /// Opens a page and what it redirects to on this site, five times at most.
    pub async fn follow(&mut self, path: &str) -> Result<Answer> {
        let mut answer = self.open(path).await?;
        for _ in 0..5 {
            if !(300..400).contains(&answer.status) {
                break;
            }
            let location = answer.field("location").to_owned();
            let path = location.strip_prefix(&format!("http://{}", self.host));
            answer = self.open(path.unwrap_or(&location)).await?;
        }
        Ok(answer)
    }

    /// Submits a form.
    pub async fn submit(&mut self, path: &str, form: &[(&str, &str)]) -> Result<Answer> {
        let body = form.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let body = body.collect::<Vec<_>>().join("&");
        let kind = "application/x-www-form-urlencoded";
        self.post(path, &[("content-type", kind)], body.into_bytes()).await
    }

    /// Submits a form that [`multipart`] made, with these fields besides a browser's.
    pub async fn upload(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer> {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.post(path, &[&[("content-type", kind.as_str())], fields].concat(), body).await
    }

    /// Opens a page, and returns when its first bytes arrived and when its last.
    pub async fn watch(&self, path: &str) -> Result<(Duration, Duration)> {
        let request = Request::builder().uri(path).header("host", self.host);
        let start = Instant::now();
        let answer = self.client.exchange(request.body(Empty::<Bytes>::new())?).await?;
        let mut body = answer.into_body();
        let mut first = None;
        while let Some(frame) = body.frame().await {
            if frame?.data_ref().is_some_and(|data| !data.is_empty()) {
                first.get_or_insert_with(|| start.elapsed());
            }
        }
        Ok((first.context("an empty body")?, start.elapsed()))
    }

    /// Sends a body, with the fields that a browser adds.
    pub async fn post(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer> {
        let origin = format!("http://{}", self.host);
        let referer = format!("{origin}{path}");
        let own = [("origin", origin.as_str()), ("referer", &referer)];
        self.send("POST", path, &[&own, fields].concat(), body).await
    }

    /// Sends a request with the cookies, and keeps those of the answer.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer> {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut all = vec![("host", self.host)];
        all.extend_from_slice(fields);
        if !cookies.is_empty() {
            all.push(("cookie", &cookies));
        }
        let answer = self.client.send(method, path, &all, body).await?;
        self.keep(&answer);
        Ok(answer)
    }

    /// Whether a cookie whose name begins so is in the jar.
    pub fn has_cookie(&self, prefix: &str) -> bool {
        self.cookies.keys().any(|name| name.starts_with(prefix))
    }

    fn keep(&mut self, answer: &Answer) {
        for set in answer.headers.get_all("set-cookie") {
            let Ok(set) = set.to_str() else { continue };
            let (pair, rest) = set.split_once(';').unwrap_or((set, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            let is_over = rest.to_lowercase().contains("max-age=0") || rest.contains("1970");
            if is_over || value.trim().is_empty() || value == "%20" {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// The body of a form with fields and one file.
pub fn multipart(fields: &[(&str, &str)], file: (&str, &str, &[u8])) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("content-disposition: form-data; name=\"{name}\"");
        body.extend(format!("--{BOUNDARY}\r\n{head}\r\n\r\n{value}\r\n").into_bytes());
    }
    let (name, filename, bytes) = file;
    let head = format!("content-disposition: form-data; name=\"{name}\"; filename=\"{filename}\"");
    body.extend(format!("--{BOUNDARY}\r\n{head}\r\ncontent-type: image/png\r\n\r\n").into_bytes());
    body.extend_from_slice(bytes);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
    body
}

/// What stands in a text between two others.
pub fn between<'a>(text: &'a str, before: &str, after: &str) -> Result<&'a str> {
    let rest = text.split_once(before).map(|(_, rest)| rest);
    found(before, rest.and_then(|rest| Some(rest.split_once(after)?.0)))
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            // Writing to a text cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
