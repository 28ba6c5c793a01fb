//! The stored form. If one of these fails, what is in buckets can no longer be read: raise the
//! version and read the old one too.

use breakwater_core::snapshot::{Keeper, Manifest, ManifestError, Why};

use crate::shop::{Shop, page};

const WRITTEN: &str = concat!(
    r#"{"version":1,"written":1700000660000,"entries":["#,
    r#"{"path":"/","task":"page","named_by":"file","found":1700000000000,"seen":1700000600000,"#,
    r#""planned":1700000600000,"held":{"hash":"0d6873cc6de4fcb3b2a47fae21ed39d9","fields":12217653240943404533,"#,
    r#""size":66,"content_type":"text/html","etag":"\"1\"","closes":true,"#,
    r#""made":1700000000000,"checked":1700000000000,"read":1700000000000},"#,
    r#""refused":{"why":{"status":500},"at":1700000600000,"times":1}},"#,
    r#"{"path":"/a.css","task":{"asset":"style"},"named_by":"page","found":1700000000000,"#,
    r#""seen":1700000000000,"planned":1700000060000}],"#,
    r#""sources":[{"path":"/sitemap.xml","planned":1700000000000,"#,
    r#""refused":{"why":{"status":404},"at":1700000000000,"times":1}}],"#,
    r#""deletions":["/old"]}"#
);

#[test]
fn the_manifest_is_this() {
    let manifest = Manifest::parse(WRITTEN).unwrap();
    assert_eq!(manifest.to_text(), WRITTEN);
    let entry = manifest.entry("/").unwrap();
    assert_eq!(entry.refused.as_ref().unwrap().why, Why::Status(500));
    assert_eq!(manifest.sources()[0].path, "/sitemap.xml");
}

#[test]
fn every_reason_is_read_as_it_was_written() {
    for (text, why) in [
        (r#"{"status":503}"#, Why::Status(503)),
        (r#""timed_out""#, Why::TimedOut),
        (r#""unreachable""#, Why::Unreachable),
        (r#""circuit_open""#, Why::CircuitOpen),
        (r#"{"truncated":{"read":1,"expected":2}}"#, Why::Truncated { read: 1, expected: Some(2) }),
        (r#""empty""#, Why::Empty),
        (r#""too_large""#, Why::TooLarge),
        (r#"{"shrank":{"size":1,"was":9}}"#, Why::Shrank { size: 1, was: 9 }),
        (r#""no_marker""#, Why::NoMarker),
        (r#""unfinished""#, Why::Unfinished),
        (r#"{"content_type":"a/b"}"#, Why::ContentType("a/b".into())),
        (r#""sets_cookie""#, Why::SetsCookie),
        (r#""forbidden""#, Why::Forbidden),
        (r#""varies""#, Why::Varies),
        (r#""head_too_long""#, Why::HeadTooLong),
        (
            r#"{"no_sitemap":"gzip"}"#,
            Why::NoSitemap(breakwater_core::snapshot::sitemap::NoSitemap::Gzip),
        ),
        (r#""not_stored""#, Why::NotStored),
    ] {
        assert_eq!(serde_json::to_string(&why).unwrap(), text);
        assert_eq!(serde_json::from_str::<Why>(text).unwrap(), why);
    }
}

#[test]
fn a_keeper_goes_on_where_it_was_cut_short() {
    let mut shop = Shop::new("[[snapshots]]\nmatch = \"/\"\nevery = \"10m\"\n");
    shop.put("/", page("home"));
    shop.round();
    let text = shop.keeper.manifest(shop.now).to_text();
    shop.keeper = Keeper::restore(Manifest::parse(&text).unwrap());
    assert_eq!(shop.keeper.manifest(shop.now).to_text(), text);
    shop.is_dead = true;
    shop.pass("60s");
    assert_eq!(shop.round().fetched, 0, "it is not due");
    assert!(shop.visit("/").is_some());
}

#[test]
fn another_version_is_refused() {
    assert_eq!(Manifest::parse(r#"{"version":2,"rows":[]}"#), Err(ManifestError::Version(2)));
    for text in ["", "{}", "[]", r#"{"version":1}"#, r#"{"version":1,"written":0,"entries":[{}]}"#]
    {
        assert_eq!(Manifest::parse(text), Err(ManifestError::Unreadable), "{text}");
    }
}
