//! The upstream that `dev --upstream` names: whether it answers, what stands in the way if it does
//! not, and what of its answer will trouble visitors.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a connection to it may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// How often it is looked whether a server listens there.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often it is said again that no server does.
const SAY_EVERY: Duration = Duration::from_secs(30);
/// How long the platform uses an idle connection again, in seconds (docs/guide/deploying.md).
const IDLE_MIN: u64 = 5;

/// Asks the URL in the first argument for `/` and prints what came as JSON. Node names what is
/// wrong with names, connections and certificates, each by a code of its own.
const ASK: &str = r#"
const url = new URL("/", process.argv[1]);
const { get } = require(url.protocol === "https:" ? "node:https" : "node:http");
const told = (what) => { console.log(JSON.stringify(what)); process.exit(0); };
const request = get(url, { headers: { accept: "text/html, */*" }, timeout: 10000 }, (answer) =>
  told({ status: answer.statusCode, location: answer.headers.location ?? "",
    keepAlive: answer.headers["keep-alive"] ?? "" }));
request.on("timeout", () => told({ code: "ETIMEDOUT" }));
request.on("error", ({ code, message }) => told({ code: code ?? message }));
"#;

/// What was found at an upstream.
pub(super) struct FirstLook {
    /// Whether it answered.
    pub(super) answers: bool,
    /// What is to be said of it; nothing if all is well.
    pub(super) lines: Vec<String>,
}

/// Asks an upstream for its first page.
pub(super) fn first_look(mut node: Command, upstream: &str, site: &str) -> FirstLook {
    let output = node.args(["-e", ASK, upstream]).output();
    let said = output.ok().and_then(|output| serde_json::from_slice(&output.stdout).ok());
    let said: Value = said.unwrap_or_default();
    FirstLook { answers: said["code"].is_null(), lines: told(&said, upstream, site) }
}

/// What is to be said of what the script has printed, a line each.
fn told(said: &Value, upstream: &str, site: &str) -> Vec<String> {
    if let Some(code) = said["code"].as_str() {
        return vec![wrong(code, upstream)];
    }
    let mut lines = Vec::new();
    let location = said["location"].as_str().unwrap_or_default();
    let is_page = |url: &str| port_and_rest(location) == port_and_rest(url);
    let leads = format!("{upstream}/ redirects to {location}");
    if location.is_empty() {
    } else if is_page(&format!("{site}/")) || is_page(site) {
        lines.push(format!(
            "{leads}, which is Breakwater itself: visitors would follow it for ever. \
             Set `host = \"site\"` for the upstream in the site file"
        ));
    } else if is_page(&format!("{upstream}/")) || location == "/" {
        lines.push(format!("{leads}, which is where it was asked: it never ends"));
    } else if location.contains("://") && !location.starts_with(&format!("{upstream}/")) {
        lines.push(format!(
            "{leads}: it believes to have that address. Set it to {site}, or `host = \"site\"` \
             for the upstream in the site file"
        ));
    }
    let idle = said["keepAlive"].as_str().and_then(idle_seconds);
    if let Some(seconds) = idle.filter(|seconds| *seconds < IDLE_MIN) {
        lines.push(format!(
            "{upstream} closes idle connections after {seconds} s, and the platform uses them for \
             {IDLE_MIN} s: a POST may be lost. Set its keep-alive to 10 s"
        ));
    }
    lines
}

/// What stands in the way, and what to do.
fn wrong(code: &str, upstream: &str) -> String {
    match code {
        "ECONNREFUSED" => format!(
            "nobody answers at {upstream}: start the site there, or name its address with \
             --upstream"
        ),
        "ENOTFOUND" | "EAI_AGAIN" => format!(
            "the name in {upstream} has no address: is it spelt right, and is this machine online?"
        ),
        "ETIMEDOUT" | "ENETUNREACH" | "EHOSTUNREACH" => format!(
            "{upstream} cannot be reached: is the address right, and is this machine online?"
        ),
        "DEPTH_ZERO_SELF_SIGNED_CERT"
        | "SELF_SIGNED_CERT_IN_CHAIN"
        | "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
        | "UNABLE_TO_GET_ISSUER_CERT_LOCALLY" => format!(
            "the certificate of {upstream} is signed by nobody whom the platform trusts: use \
             http:// on this machine, or a certificate of a public authority"
        ),
        "ERR_TLS_CERT_ALTNAME_INVALID" => format!(
            "the certificate of {upstream} is for another host: name the host that it is for"
        ),
        "CERT_HAS_EXPIRED" => format!("the certificate of {upstream} has expired: renew it"),
        "EPROTO" | "ERR_SSL_WRONG_VERSION_NUMBER" | "ERR_SSL_PACKET_LENGTH_TOO_LONG" => format!(
            "what listens at {upstream} does not speak https: is the port right? Perhaps it is \
             http://"
        ),
        "ECONNRESET" | "EPIPE" => format!(
            "what listens at {upstream} closes the connection without an answer: is the port \
             right? Perhaps it is https://"
        ),
        code if code.starts_with("HPE_") => format!(
            "what listens at {upstream} does not speak http: is the port right? Perhaps it is \
             https://"
        ),
        code => format!("{upstream} gives no answer ({code}): is the address right?"),
    }
}

/// Says when no server listens at the upstream any more, again while that lasts, and when one does
/// again; until the process ends. `answered`: what was said of it already.
pub(super) fn watch(upstream: &str, answered: bool, say: impl Fn(&str) + Send + 'static) {
    let upstream = upstream.to_owned();
    let Some(authority) = authority(&upstream) else { return };
    thread::spawn(move || {
        let said = (!answered).then(Instant::now);
        let mut news = News { said, has_listened: answered };
        loop {
            if let Some(line) = news.of(listens(&authority), Instant::now(), &upstream) {
                say(&line);
            }
            thread::sleep(LOOK_EVERY);
        }
    });
}

/// What was said last of whether a server listens.
#[derive(Default)]
struct News {
    /// When it was last said that none does; `None` while one does.
    said: Option<Instant>,
    has_listened: bool,
}

impl News {
    fn of(&mut self, listens: bool, now: Instant, upstream: &str) -> Option<String> {
        let was_away = self.said.is_some();
        if listens {
            self.has_listened = true;
            self.said = None;
            return was_away.then(|| format!("{upstream} answers again"));
        }
        let is_due = self.said.is_none_or(|said| now.duration_since(said) >= SAY_EVERY);
        if !is_due {
            return None;
        }
        self.said = Some(now);
        let (still, more) = match (was_away, self.has_listened) {
            (true, _) => ("still ", ""),
            (false, true) => ("", " any more"),
            (false, false) => ("", ""),
        };
        Some(format!(
            "{still}nobody answers at {upstream}{more}: visitors get copies, or the fallback"
        ))
    }
}

fn listens(authority: &str) -> bool {
    let addresses = authority.to_socket_addrs().into_iter().flatten();
    let mut tried = addresses.map(|address| TcpStream::connect_timeout(&address, CONNECT_LIMIT));
    tried.any(|connected| connected.is_ok())
}

/// Host and port of an address.
fn authority(url: &str) -> Option<String> {
    let (scheme, host) = url.split_once("://")?;
    let port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let default = if scheme == "https" { ":443" } else { ":80" };
    Some([host, if port { "" } else { default }].concat())
}

/// A URL of this machine without what may be written in several ways: the scheme, the name.
fn port_and_rest(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let local = ["localhost", "127.0.0.1", "[::1]"].iter().find_map(|it| rest.strip_prefix(it));
    local.unwrap_or(rest)
}

/// The parameter `timeout` of `Keep-Alive`, in seconds.
fn idle_seconds(keep_alive: &str) -> Option<u64> {
    keep_alive.split(',').find_map(|member| {
        let (name, value) = member.split_once('=')?;
        (name.trim().eq_ignore_ascii_case("timeout")).then(|| value.trim().parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const UPSTREAM: &str = "http://localhost:3000";
    const SITE: &str = "http://127.0.0.1:8787";

    #[track_caller]
    fn check(said: &Value, expected: &[&str]) {
        let lines = told(said, UPSTREAM, SITE);
        assert_eq!(lines.len(), expected.len(), "{lines:?}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.contains(expected) && !line.contains('\n'), "{line}");
        }
    }

    #[test]
    fn each_way_in_which_it_does_not_answer_is_one_line_that_says_what_to_do() {
        for (code, expected) in [
            ("ECONNREFUSED", "nobody answers at http://localhost:3000: start the site there"),
            ("ENOTFOUND", "is it spelt right, and is this machine online?"),
            ("EAI_AGAIN", "is it spelt right, and is this machine online?"),
            ("ETIMEDOUT", "cannot be reached"),
            ("DEPTH_ZERO_SELF_SIGNED_CERT", "signed by nobody whom the platform trusts"),
            ("ERR_TLS_CERT_ALTNAME_INVALID", "is for another host"),
            ("CERT_HAS_EXPIRED", "has expired"),
            ("EPROTO", "Perhaps it is http://"),
            ("HPE_INVALID_CONSTANT", "Perhaps it is https://"),
            ("ECONNRESET", "Perhaps it is https://"),
            ("EWHATEVER", "gives no answer (EWHATEVER)"),
        ] {
            check(&json!({ "code": code }), &[expected]);
        }
    }

    #[test]
    fn a_redirect_that_never_ends_is_told_before_a_visitor_follows_it() {
        for (location, expected) in [
            ("http://localhost:8787/", "which is Breakwater itself"),
            ("http://localhost:3000/", "which is where it was asked"),
            ("/", "which is where it was asked"),
            ("https://shop.example/", "it believes to have that address"),
        ] {
            check(&json!({ "status": 301, "location": location, "keepAlive": "" }), &[expected]);
        }
        for location in ["/de/", "login", "http://localhost:3000/de/"] {
            check(&json!({ "status": 302, "location": location, "keepAlive": "" }), &[]);
        }
    }

    #[test]
    fn idle_connections_that_end_too_soon_are_told() {
        check(&json!({ "status": 200, "location": "", "keepAlive": "timeout=2" }), &["after 2 s"]);
        check(&json!({ "status": 200, "location": "", "keepAlive": "timeout=5, max=9" }), &[]);
    }

    #[test]
    fn that_nobody_listens_is_said_at_once_and_again_and_when_it_is_over() {
        let mut news = News::default();
        let start = Instant::now();
        let mut of = |listens, seconds| {
            news.of(listens, start + Duration::from_secs(seconds), UPSTREAM).unwrap_or_default()
        };
        assert!(of(false, 0).starts_with("nobody answers at http://localhost:3000: "));
        assert_eq!(of(false, 29), "");
        assert!(of(false, 30).starts_with("still nobody answers"));
        assert_eq!(of(true, 31), "http://localhost:3000 answers again");
        assert_eq!(of(true, 32), "");
        assert!(of(false, 33).contains(" any more: "));
    }

    #[test]
    fn an_address_has_a_port() {
        for (url, expected) in [
            ("http://localhost:3000", "localhost:3000"),
            ("https://shop.example", "shop.example:443"),
            ("http://[::1]", "[::1]:80"),
        ] {
            assert_eq!(authority(url).as_deref(), Some(expected));
        }
    }
}
