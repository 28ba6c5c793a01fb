//! Writes vectors into a folder that say how core resolves paths. The Worker's JavaScript half is
//! tested with them.
//!
//! `cargo run -p breakwater-core --features toml --example entry -- FOLDER`

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use breakwater_core::site::config::{Site, parse};
use breakwater_core::site::forwarding::SiteForwarding;
use breakwater_core::site::health::HealthEndpoint;
use breakwater_core::site::resolve::{Owner, SiteHost};
use serde_json::{Value, json};

/// Sites that the vectors are of.
const SITES: usize = 100;
/// Paths that are resolved by each of the sites.
const PATHS: usize = 200;
/// Parts of a path, at most.
const PARTS_MAX: usize = 12;

/// What paths are put together from: all that means something in one.
const PARTS: &[&str] = &[
    "/",
    "/",
    "/",
    "/",
    "a",
    "b",
    ".",
    "..",
    "%2e",
    "%2E",
    "%2f",
    "%2F",
    "%5c",
    "%5C",
    "%61",
    "%25",
    "%",
    "%2",
    "%00",
    ";",
    "A",
    "\\",
    "é",
    "%C3",
    "health",
    "live",
    "_breakwater",
    "status",
    "%5f",
    "~",
    "+",
    "(",
    "\u{1}",
];

/// What the sites' routes match, of which each site has about half; and `/*`.
const PATTERNS: &[&str] =
    &["/a/b", "/a/b/*", "/a.b", "/a+(b/*", "/a/", "/a/*", "/b/*", "/%2F/*", "/$", "/[a]|b/*"];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder] = arguments.as_slice() else {
        return Err("expected a folder".into());
    };
    let folder = Path::new(folder);
    fs::create_dir_all(folder)?;
    let mut draw = Draw(7);
    let hosts = (0..SITES).map(|number| match number % 4 {
        0 => SiteHost::Status,
        _ => SiteHost::Site,
    });
    let vectors = hosts.map(|host| vector(host, &mut draw)).collect::<Result<Vec<_>, _>>()?;
    Ok(fs::write(folder.join("vectors.json"), serde_json::to_string(&vectors)?)?)
}

/// The entries of a host of a site, and paths with the index of their entry and the path that is
/// sent; `null` for both if the path is refused.
fn vector(host: SiteHost, draw: &mut Draw) -> Result<Value, Box<dyn Error>> {
    let site = random_site(draw)?;
    let paths: Vec<Value> = (0..PATHS)
        .map(|_| {
            let parts = draw.below(PARTS_MAX);
            let path = (0..parts).fold(String::from("/"), |path, _| path + draw.of(PARTS));
            match site.resolve(host, &path) {
                Ok(resolved) => json!([path, entry(host, resolved.owner), resolved.path]),
                Err(_) => json!([path, null, null]),
            }
        })
        .collect();
    let rules = SiteForwarding::of(&site);
    let entries = match host {
        SiteHost::Site => rules.entries,
        SiteHost::Status => rules.status_entries,
    };
    Ok(json!({ "entries": entries, "paths": paths }))
}

fn random_site(draw: &mut Draw) -> Result<Site, Box<dyn Error>> {
    let mut text = String::from(
        "[site]\nname = \"Shop\"\nhost = \"shop.example\"\n\
         status_host = \"status.example\"\n\
         [upstreams.web]\norigin = \"https://web.example\"\n",
    );
    let mut patterns = PATTERNS.to_vec();
    patterns.retain(|_| draw.below(2) == 0);
    for pattern in patterns.into_iter().chain(["/*"]) {
        let slashes = draw.of(&["auto", "keep", "refuse", "decode"]);
        text += &format!(
            "[[routes]]\nmatch = \"{pattern}\"\nupstream = \"web\"\n\
             escaped_slashes = \"{slashes}\"\n"
        );
    }
    Ok(parse("breakwater.toml", &text)?)
}

/// The index of an owner among the entries of [`SiteForwarding`].
fn entry(host: SiteHost, owner: Owner) -> usize {
    match owner {
        Owner::Operators => 0,
        Owner::Status if host == SiteHost::Status => 1,
        Owner::Status => 1 + HealthEndpoint::ALL.len(),
        Owner::Health(endpoint) => {
            1 + HealthEndpoint::ALL
                .iter()
                .position(|(known, _)| *known == endpoint)
                .unwrap_or_default()
        }
        Owner::Route(index) => 2 + HealthEndpoint::ALL.len() + index,
    }
}

/// Draws numbers: an LCG with Knuth's MMIX constants, of which the high bits are used.
struct Draw(u64);

impl Draw {
    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % below
    }
}
