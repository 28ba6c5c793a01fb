//! The stored form. If one of these tests fails, existing objects in buckets can no longer be read:
//! raise the version and read the old one too.

use breakwater_core::cache::snapshot::assets::AssetKind;
use breakwater_core::cache::snapshot::sitemap::NoSitemap;
use breakwater_core::cache::snapshot::{Keeper, Manifest, ManifestError, NamedBy, Task, Why};

use crate::shop::{Shop, page};
use proptest::prelude::*;

const WRITTEN: &str = concat!(
    r#"[1,1700000660000,["#,
    r#"["/",0,3,1700000000000,1700000600000,1700000600000,"#,
    r#"["0d6873cc6de4fcb3b2a47fae21ed39d9",12217653240943404533,66,"text/html","\"1\"","#,
    r#"["rsc"],true,"#,
    r#"1700000000000,1700000000001,1700000000002],"#,
    r#"[0,500,0,"",1700000600000,1]],"#,
    r#"["/a.css",1,1,1700000000000,1700000000000,null,null,null]],"#,
    r#"[["/sitemap.xml",1700000000000,[0,404,0,"",1700000000000,1]]],"#,
    r#"["/old"]]"#
);

#[test]
fn the_manifest_is_this() {
    let manifest = Manifest::parse(WRITTEN).unwrap();
    assert_eq!(manifest.to_text().as_deref(), Ok(WRITTEN));
    let entry = manifest.entry("/").unwrap();
    let held = entry.held.as_ref().unwrap();
    assert_eq!((entry.task, entry.named_by, held.size), (Task::Page, NamedBy::File, 66));
    assert_eq!((held.etag.as_deref(), held.closes), (Some("\"1\""), true));
    assert_eq!(held.checked.since(held.made).get(), 1);
    assert_eq!(held.read.since(held.made).get(), 2);
    let style = manifest.entry("/a.css").unwrap();
    assert_eq!((style.task, style.named_by), (Task::Asset(AssetKind::Style), NamedBy::Page));
    assert_eq!(entry.refused.as_ref().unwrap().why, Why::Status(500));
    assert_eq!(manifest.sources()[0].path, "/sitemap.xml");
}

#[test]
fn every_reason_is_read_as_it_was_written() {
    for (text, why) in [
        (r#"0,503,0,"""#, Why::Status(503)),
        (r#"1,0,0,"""#, Why::TimedOut),
        (r#"2,0,0,"""#, Why::Unreachable),
        (r#"3,0,0,"""#, Why::CircuitOpen),
        (r#"4,1,2,"""#, Why::Truncated { read: 1, expected: Some(2) }),
        (r#"5,1,0,"""#, Why::Truncated { read: 1, expected: None }),
        (r#"6,0,0,"""#, Why::Empty),
        (r#"7,0,0,"""#, Why::TooLarge),
        (r#"8,1,9,"""#, Why::Shrank { size: 1, was: 9 }),
        (r#"9,0,0,"""#, Why::NoMarker),
        (r#"10,0,0,"""#, Why::Unfinished),
        (r#"11,0,0,"a/b""#, Why::ContentType("a/b".into())),
        (r#"12,0,0,"""#, Why::SetsCookie),
        (r#"13,0,0,"""#, Why::Forbidden),
        (r#"14,0,0,"""#, Why::Varies),
        (r#"15,0,0,"""#, Why::HeadTooLong),
        (r#"16,0,0,"""#, Why::NoSitemap(NoSitemap::Gzip)),
        (r#"17,0,0,"""#, Why::NoSitemap(NoSitemap::NoRoot)),
        (r#"18,0,0,"""#, Why::NoSitemap(NoSitemap::NotUtf8)),
        (r#"19,0,0,"""#, Why::NotStored),
        (r#"20,0,0,"""#, Why::Coding),
    ] {
        let written = WRITTEN.replace(r#"[0,500,0,"","#, &format!("[{text},"));
        let manifest = Manifest::parse(&written).unwrap();
        assert_eq!(manifest.entry("/").unwrap().refused.as_ref().unwrap().why, why);
        assert_eq!(manifest.to_text(), Ok(written));
    }
    let unknown = WRITTEN.replace(r#"[0,500,0,"","#, r#"[21,500,0,"","#);
    assert_eq!(Manifest::parse(&unknown), Err(ManifestError::Unreadable));
}

#[test]
fn a_keeper_goes_on_where_it_was_cut_short() {
    let mut shop = Shop::new("[[snapshots]]\nmatch = \"/\"\nevery = \"10m\"\n");
    shop.put("/", page("home"));
    shop.round();
    let text = shop.keeper.manifest(shop.now).to_text().unwrap();
    shop.keeper = Keeper::restore(Manifest::parse(&text).unwrap());
    assert_eq!(shop.keeper.manifest(shop.now).to_text(), Ok(text));
    shop.is_dead = true;
    shop.pass("60s");
    assert_eq!(shop.round().fetched, 0, "it is not due");
    assert!(shop.visit("/").is_some());
}

#[test]
fn another_version_is_refused() {
    assert_eq!(Manifest::parse(r#"[2,{"rows":[]}]"#), Err(ManifestError::Version(2)));
    for text in ["", "{}", "[]", "[1]", "[1,0,[[]],[],[]]", "[1,0,[],[]]", "[1,0,[],[],[],0]"] {
        assert_eq!(Manifest::parse(text), Err(ManifestError::Unreadable), "{text}");
    }
}

proptest! {
    /// Whatever paths and validators there are, all of them are written and read back.
    #[test]
    fn a_manifest_with_entries_is_never_written_as_an_empty_one(
        paths in prop::collection::btree_set("/[a-z0-9\"\\\\?=&%;]{0,40}", 1..20),
        etag in any::<String>(),
    ) {
        let entry = |path: &String| {
            let (path, etag) =
                (serde_json::to_string(path).unwrap(), serde_json::to_string(&etag).unwrap());
            format!(
                "[{path},0,3,1,1,1,[\"0d6873cc6de4fcb3b2a47fae21ed39d9\",1,66,\"text/html\",{etag},[],true,1,1,1],null]"
            )
        };
        let entries = paths.iter().map(entry).collect::<Vec<_>>().join(",");
        let manifest = Manifest::parse(&format!("[1,1,[{entries}],[],[]]")).unwrap();
        let text = manifest.to_text().unwrap();
        prop_assert!(!text.is_empty());
        let read = Manifest::parse(&text).unwrap();
        prop_assert_eq!(read.entries().count(), paths.len());
        prop_assert_eq!(read, manifest);
    }
}
