//! The stored form. If this test fails, data that the object has stored can no longer be read:
//! raise the version and read the old one too.

use breakwater_core::site::standing::{Kept, SiteState};
use breakwater_core::watch::maintenance::Maintenance;

use super::{NINE, at, pattern, window};

const WRITTEN: &str = concat!(
    r#"[1,4,[["/api/*",1795424400000,1795425000000,"/api/* until 10"]],"#,
    r#"[["/*",1795424400000,1795425600000]],[2,1,[["/products/*",2]]]]"#
);

#[test]
fn the_stored_form_is_this() {
    let mut standing = SiteState::default();
    let file = Maintenance { secret: None, windows: vec![window("/*", 0, 20)] };
    standing.purge(&pattern("/*"));
    standing.purge(&pattern("/products/*"));
    standing.lift(&file, None, at(1));
    standing.order(window("/api/*", 0, 10), at(1)).unwrap();
    assert_eq!(serde_json::to_string(&standing).unwrap(), WRITTEN);
    assert_eq!(serde_json::from_str::<SiteState>(WRITTEN).unwrap(), standing);
    let nothing = "[1,0,[],[],[0,0,[]]]";
    assert_eq!(serde_json::to_string(&SiteState::default()).unwrap(), nothing);
}

#[test]
fn the_colos_stored_form_is_pinned() {
    let text = format!("[1795424400000,{WRITTEN}]");
    let kept: Kept = serde_json::from_str(&text).unwrap();
    assert_eq!(kept.asked, NINE);
    assert_eq!(serde_json::to_string(&kept).unwrap(), text);
}

#[test]
fn another_version_is_refused() {
    let text = WRITTEN.replacen("[1,", "[2,", 1);
    let error = serde_json::from_str::<SiteState>(&text).unwrap_err().to_string();
    assert_eq!(error, "standing orders of version 2, expected 1");
    assert!(serde_json::from_str::<SiteState>("{}").is_err());
}
