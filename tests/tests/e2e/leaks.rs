//! Ten thousand visitors, none of whom may see another visitor's data.

use std::collections::BTreeMap;

use anyhow::Result;
use breakwater_tests::{Answer, Reply, Scripted, Seen, World};
use futures_util::stream::{self, StreamExt as _};

const VISITORS: usize = 10_000;
/// 4,000 of the 10,000 visitors come while the upstream fails, and 24 visitors come at once.
const IN_TROUBLE: usize = 4_000;
const AT_ONCE: usize = 24;
/// How many times as many visitors come at most, where too few have met a stored response.
const CROWDS_MAX: usize = 4;
/// Each kind has 6 paths.
const PATHS: u64 = 6;

/// The upstream's behaviour at a path. In the last three kinds it is careless: the answer is
/// personal, and only the request shows it.
const KINDS: [&str; 8] =
    ["public", "language", "private", "sets", "varies", "careless", "reflects", "asset.css"];

const LANGUAGES: [&str; 4] = ["de", "fr", "en-GB", "pt"];

/// A visitor, drawn from a number.
#[derive(Clone, Debug)]
struct Visitor {
    path: String,
    fields: Vec<(&'static str, String)>,
}

/// SplitMix64 (Steele, Lea, Flood 2014).
fn mixed(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

impl Visitor {
    fn draw(number: u64) -> Self {
        let draw = |what: u64, below: u64| mixed(number * 16 + what) % below;
        let area = ["cached", "kept"][draw(0, 2) as usize];
        let kind = KINDS[draw(1, KINDS.len() as u64) as usize];
        let path = format!("/{area}/{}/{kind}", draw(2, PATHS));
        let mut fields = Vec::new();
        match draw(3, 6) {
            0 => fields.push(("cookie", format!("session=user{number}"))),
            1 => fields.push(("cookie", format!("theme=dark; session=user{number}; x=y"))),
            2 => fields.push(("authorization", format!("Bearer user{number}"))),
            3 => fields.push(("cookie", "_ga=GA1.2.3".into())),
            _ => {}
        }
        if draw(4, 3) > 0 {
            fields.push(("accept-language", LANGUAGES[draw(5, 4) as usize].into()));
        }
        match draw(6, 10) {
            0 => fields.push(("x-host", format!("user{number}"))),
            1 => fields.push(("x-forwarded-host", format!("user{number}"))),
            2 => fields.push(("origin", format!("https://user{number}.example"))),
            3 => fields.push(("connection", "cookie, authorization, x-host".into())),
            4 => fields.push(("range", "bytes=0-999".into())),
            5 => fields.push(("if-none-match", "\"else\"".into())),
            _ => {}
        }
        Self { path, fields }
    }

    /// The identity by which the upstream could know the visitor.
    fn name(&self) -> Option<String> {
        self.fields.iter().find_map(|(_, value)| {
            let at = value.find("user")?;
            Some(value[at..].chars().take_while(char::is_ascii_alphanumeric).collect())
        })
    }

    async fn ask(&self, world: &World) -> Result<Answer> {
        let fields: Vec<_> =
            self.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        world.visitor.get_with(&self.path, &fields).await
    }
}

/// The fields that identify a visitor to a careless upstream.
const NAMING: [&str; 5] = ["cookie", "authorization", "x-host", "x-forwarded-host", "origin"];
/// Those of them that an upstream puts into links and permissions of any visitor.
const REFLECTED: &[&str] = &["x-host", "x-forwarded-host", "origin"];

/// The identity in a request, for an upstream that looks at these fields.
fn asking(seen: &Seen, fields: &[&str]) -> String {
    let mut values = fields.iter().map(|name| seen.field(name));
    let named = values.find_map(|value| Some(&value[value.find("user")?..]));
    named.map_or_else(
        || "nobody".to_owned(),
        |name| name.chars().take_while(char::is_ascii_alphanumeric).collect(),
    )
}

fn answer(seen: &Seen) -> Reply {
    if seen.field("x-fails") == "1" {
        return Reply::status(503, &[], "own");
    }
    let kind = seen.path.rsplit('/').next().unwrap_or_default();
    let name = asking(seen, if kind == "reflects" { REFLECTED } else { &NAMING });
    let language = seen.field("accept-language");
    // The answer is personal in every kind but the first, where the upstream says that it is not.
    let whom = if kind == "public" { "anybody" } else { &name };
    let body = format!("for={whom}; language={language}; {}", "x".repeat(100));
    let body = if kind == "public" { body.replace(language, "any") } else { body };
    let mut fields = vec![("cache-control", "public, max-age=1, stale-while-revalidate=1")];
    match kind {
        "language" => fields.push(("vary", "accept-language")),
        "private" => fields[0].1 = "private, max-age=60",
        "sets" => fields.push(("set-cookie", "session=new")),
        "varies" => fields.push(("vary", "Cookie, Authorization, Accept-Language")),
        "asset.css" => fields.push(("content-type", "text/html")),
        _ => fields.push(("vary", "Accept-Language")),
    }
    Reply::ok(&fields, body)
}

#[tokio::test]
async fn no_visitor_gets_what_was_made_for_another() -> Result<()> {
    let upstream = Scripted::start(answer).await?;
    let world = World::start_scripted("no_visitor_gets", &upstream)?;
    let mut sources: BTreeMap<(String, String), usize> = BTreeMap::new();
    let count = |sources: &BTreeMap<(String, String), usize>, kind: &str, source: &str| {
        sources.get(&(kind.to_owned(), source.to_owned())).copied().unwrap_or_default()
    };
    // This proves that stored responses are served at all, complete and by variant, by the cache
    // and in trouble. A busy machine serves fewer of them among as many visitors, so that more
    // visitors come until there are enough.
    let proven =
        [("public", "cache"), ("public", "stale"), ("language", "cache"), ("language", "stale")];
    let is_proven = |sources: &BTreeMap<_, _>| {
        proven.iter().all(|(kind, source)| count(sources, kind, source) >= 50)
    };
    let mut crowds = 0;
    while !is_proven(&sources) {
        assert!(crowds < CROWDS_MAX, "{sources:?}");
        for (first, count, fails) in
            [(0, VISITORS - IN_TROUBLE, false), (VISITORS - IN_TROUBLE, IN_TROUBLE, true)]
        {
            let first = crowds * VISITORS + first;
            let visitors = (first..first + count).map(|number| {
                let mut visitor = Visitor::draw(number as u64);
                if fails {
                    visitor.fields.push(("x-fails", "1".into()));
                }
                visitor
            });
            let world = &world;
            let mut answers = stream::iter(visitors)
                .map(|visitor| async move {
                    let answer = visitor.ask(world).await;
                    (visitor, answer)
                })
                .buffer_unordered(AT_ONCE);
            while let Some((visitor, answer)) = answers.next().await {
                let answer = answer?;
                check(&visitor, &answer);
                let kind = visitor.path.rsplit('/').next().unwrap_or_default().to_owned();
                *sources.entry((kind, answer.told("source").to_owned())).or_default() += 1;
            }
        }
        crowds += 1;
    }
    for kind in ["private", "sets", "varies", "asset.css"] {
        let copies = count(&sources, kind, "cache") + count(&sources, kind, "stale");
        assert_eq!(copies, 0, "{kind}: {sources:?}");
    }
    Ok(())
}

fn check(visitor: &Visitor, answer: &Answer) {
    let text = answer.text();
    let is_copy = matches!(answer.told("source"), "cache" | "stale");
    let has_token = visitor.fields.iter().any(|(name, _)| *name == "authorization");
    assert!(!(is_copy && has_token), "a copy for who named themselves: {visitor:?} {answer:?}");
    if is_copy {
        assert!(!text.contains("user"), "a copy that is somebody's: {visitor:?} {text}");
        assert!(answer.field("set-cookie").is_empty(), "{visitor:?} {answer:?}");
    }
    let Some(whom) = text.split("for=").nth(1).and_then(|rest| rest.split(';').next()) else {
        return;
    };
    let own = visitor.name().unwrap_or_else(|| "nobody".into());
    assert!([&*own, "nobody", "anybody"].contains(&whom), "{visitor:?} got {text}");
    let language = visitor.fields.iter().find(|(name, _)| *name == "accept-language");
    let language = language.map_or("", |(_, value)| value);
    let got = text.split("language=").nth(1).and_then(|rest| rest.split(';').next());
    assert!([Some(language), Some("any")].contains(&got), "{visitor:?} got {text}");
}
