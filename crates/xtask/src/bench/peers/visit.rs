//! Visitors, each of whom asks, waits for the answer, and thinks before the next request.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::arrivals::AGENT;
use super::errand::{Ask, Errand, Expected, Visitor};
use super::judge::{Outcome, judge};
use super::seed::Seed;
use super::wire::{Broken, Connection, Received};

/// A visitor thinks for 1 s on average.
const THINK: Duration = Duration::from_secs(1);
/// An idle connection that its server has closed shows that within 1 s. One that ends later has had
/// the request.
const STALE: Duration = Duration::from_secs(1);
/// A visitor gives up after 33 s, which is beyond the time-outs of all tools.
const PATIENCE: Duration = Duration::from_secs(33);

/// A request, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Visit {
    pub(super) ask: Ask,
    pub(super) has_cookie: bool,
    /// Seconds from the first visitor on.
    pub(super) begun: f64,
    /// Seconds until the end of the answer, or of the visitor's patience.
    pub(super) took: f64,
    pub(super) outcome: Outcome,
}

/// When visitors come and leave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening<'a> {
    pub(super) from: Instant,
    /// When the first page is opened that was not seen before: not while all is well.
    pub(super) unseen_from: Instant,
    pub(super) until: Instant,
    /// Set when the bench was interrupted.
    pub(super) stopped: &'a AtomicBool,
}

/// Has a visitor ask one site until the visitors leave.
pub(super) fn stay(
    authority: &str,
    mut visitor: Visitor,
    mut seed: Seed,
    opening: Opening<'_>,
) -> Vec<Visit> {
    let mut browser = Browser::new(authority);
    let mut visits = Vec::new();
    loop {
        thread::sleep(seed.exponential(THINK));
        let begun = Instant::now();
        if begun >= opening.until || opening.stopped.load(Ordering::Relaxed) {
            return visits;
        }
        let errand = visitor.next(&mut seed, begun >= opening.unseen_from);
        let patience = begun + PATIENCE;
        let came = browser.ask(&errand, patience.min(opening.until));
        let mut outcome = judge(&errand, &came);
        if outcome == Outcome::GaveUp && patience > opening.until {
            outcome = Outcome::Unfinished;
        }
        visits.push(Visit {
            ask: errand.ask,
            has_cookie: visitor.has_cookie(),
            begun: begun.saturating_duration_since(opening.from).as_secs_f64(),
            took: begun.elapsed().as_secs_f64(),
            outcome,
        });
    }
}

/// Has a visitor open all that counts as seen; returns the first that did not come as it should.
pub(super) fn tour(authority: &str, visitor: &Visitor) -> Result<(), (Errand, Outcome)> {
    let mut browser = Browser::new(authority);
    for errand in visitor.tour() {
        let came = browser.ask(&errand, Instant::now() + PATIENCE);
        let outcome = judge(&errand, &came);
        if outcome != Outcome::Good {
            return Err((errand, outcome));
        }
    }
    Ok(())
}

/// A browser, as far as HTTP sees one.
struct Browser<'a> {
    authority: &'a str,
    idle: Option<Connection>,
}

impl<'a> Browser<'a> {
    fn new(authority: &'a str) -> Self {
        Self { authority, idle: None }
    }

    /// Sends a request. An order goes over a connection of its own and is sent once; a read that
    /// meets the end of an idle connection is sent once more.
    fn ask(&mut self, errand: &Errand, deadline: Instant) -> Result<Received, Broken> {
        let request = request(errand, self.authority);
        if errand.ask == Ask::Order {
            return Connection::open(self.authority)?.exchange(request.as_bytes(), deadline);
        }
        if let Some(idle) = self.idle.take() {
            let sent = Instant::now();
            match self.exchange(idle, &request, deadline) {
                Err(Broken::Closed) if sent.elapsed() < STALE => {}
                came => return came,
            }
        }
        self.exchange(Connection::open(self.authority)?, &request, deadline)
    }

    fn exchange(
        &mut self,
        mut connection: Connection,
        request: &str,
        deadline: Instant,
    ) -> Result<Received, Broken> {
        let came = connection.exchange(request.as_bytes(), deadline)?;
        if came.keeps {
            self.idle = Some(connection);
        }
        Ok(came)
    }
}

/// A request with the fields that Firefox sends.
fn request(errand: &Errand, authority: &str) -> String {
    let Errand { ask, target, cookie, expected } = errand;
    let (method, accept, dest, mode) = match expected {
        Expected::Page(_) => (
            "GET",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "document",
            "navigate",
        ),
        Expected::Catalogue => ("GET", "*/*", "empty", "cors"),
        Expected::Style => ("GET", "text/css,*/*;q=0.1", "style", "no-cors"),
        Expected::Order(_) => ("POST", "*/*", "empty", "cors"),
    };
    let mut request = format!(
        "{method} {target} HTTP/1.1\r\nhost: {authority}\r\nuser-agent: {AGENT}\r\n\
         accept: {accept}\r\naccept-language: en-GB,en;q=0.9\r\n\
         accept-encoding: gzip, deflate, br\r\nsec-fetch-dest: {dest}\r\n\
         sec-fetch-mode: {mode}\r\nsec-fetch-site: same-origin\r\n"
    );
    if let Some(cookie) = cookie {
        let _ = write!(request, "cookie: {cookie}\r\n");
    }
    if *ask == Ask::Order {
        let body = "{\"items\":[{\"product\":3}]}";
        let _ = write!(
            request,
            "origin: http://{authority}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
    } else {
        request.push_str("\r\n");
    }
    request
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};
    use std::thread::{self, JoinHandle};
    use std::time::{Duration, Instant};

    use super::{Browser, Connection};
    use crate::bench::peers::errand::{Ask, Errand, Expected};
    use crate::bench::peers::wire::Broken;

    fn errand(ask: Ask) -> Errand {
        let is_order = ask == Ask::Order;
        let expected = if is_order { Expected::Order("a".into()) } else { Expected::Style };
        Errand { ask, target: "/".into(), cookie: None, expected }
    }

    /// A server that answers as many requests of each connection as the list says, then closes it;
    /// it returns how many requests came over each.
    fn server(answers: &'static [usize]) -> (String, JoinHandle<Vec<usize>>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let serve = move |answers: &usize| {
            let socket = listener.accept().unwrap().0;
            let (mut writer, mut reader) = (socket.try_clone().unwrap(), BufReader::new(socket));
            let mut came = 0;
            while is_read(&mut reader) {
                came += 1;
                if came > *answers {
                    break;
                }
                writer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
            }
            came
        };
        (authority, thread::spawn(move || answers.iter().map(serve).collect()))
    }

    fn is_read(reader: &mut BufReader<TcpStream>) -> bool {
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap_or_default() > 0 {
            if line == "\r\n" {
                return true;
            }
            line.clear();
        }
        false
    }

    fn deadline() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    #[test]
    fn a_read_that_meets_a_closed_idle_connection_is_sent_once_more() {
        let (authority, server) = server(&[1, 1]);
        let mut browser = Browser::new(&authority);
        for _ in 0..2 {
            assert_eq!(browser.ask(&errand(Ask::Seen), deadline()).unwrap().status, 200);
        }
        drop(browser);
        assert_eq!(server.join().unwrap(), [2, 1]);
    }

    #[test]
    fn an_order_is_sent_once() {
        let (authority, server) = server(&[0]);
        let mut browser = Browser::new(&authority);
        assert_eq!(browser.ask(&errand(Ask::Order), deadline()), Err(Broken::Closed));
        drop(browser);
        assert_eq!(server.join().unwrap(), [1]);
    }

    #[test]
    fn without_a_server_there_is_no_connection() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        drop(listener);
        assert!(matches!(Connection::open(&authority), Err(Broken::Refused)));
    }
}
