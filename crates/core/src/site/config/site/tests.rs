use super::*;
use serde_json::{Value, json};

fn written() -> Value {
    let route = |pattern: &str| {
        json!({
            "pattern": pattern, "upstream": 0, "backup": null, "circuit": 0,
            "timeout": "30s", "deadline": "30s", "idle": "10s", "upload_idle": "1m",
            "patience": "2s", "retry": null, "private": false, "cache": false,
            "negative_ttl": null, "unkeyed": [],
            "degrade": { "stale_if_error": null, "fallback": "auto" },
        })
    };
    json!({
        "name": "Shop", "host": "shop.example", "status_host": null,
        "upstreams": [{
            "name": "web", "origin": "https://web.example", "critical": true, "probe": "/",
            "dialect": "http", "circuit": 0,
        }],
        "circuits": [{ "name": "web", "upstream": 0, "policy": {} }],
        "routes": [route("/api/*"), route("/api"), route("/*")],
    })
}

#[track_caller]
fn refused(pointer: &str, value: Value) -> String {
    let mut written = written();
    *written.pointer_mut(pointer).unwrap() = value;
    let error = serde_json::from_value::<Site>(written).unwrap_err();
    alloc::string::ToString::to_string(&error)
}

#[test]
fn the_first_route_that_matches_wins_and_some_route_always_does() {
    let site: Site = serde_json::from_value(written()).unwrap();
    for (path, index) in [("/api", 0), ("/api/a", 0), ("/apis", 2), ("/", 2), ("", 2), ("*", 2)] {
        let (found, route) = site.route(path);
        assert_eq!(found, index, "{path}");
        assert_eq!(*route, site.routes[index]);
    }
}

#[test]
fn json_that_describes_no_valid_site_is_refused() {
    assert_eq!(refused("/routes", json!([])), "the last route is not `/*`");
    assert_eq!(refused("/routes/2/pattern", json!("/b")), "the last route is not `/*`");
    assert_eq!(refused("/routes/0/upstream", json!(1)), "there is no upstream 1");
    assert_eq!(refused("/routes/0/backup", json!(5)), "there is no upstream 5");
    assert_eq!(refused("/circuits/0/upstream", json!(2)), "there is no upstream 2");
    assert_eq!(refused("/routes/0/circuit", json!(3)), "there is no circuit 3");
    assert_eq!(refused("/upstreams/0/circuit", json!(4)), "there is no circuit 4");
    assert_eq!(
        refused("/routes/0/pattern", json!("/a//b")),
        "`/a//b` is not normalised, expected `/a/b`"
    );
    assert_eq!(
        refused("/upstreams/0/origin", json!("ftp://a")),
        "`ftp://a` is not an origin, expected `https://` and a host"
    );
}
