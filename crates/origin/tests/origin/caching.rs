use crate::support::Server;

#[tokio::test]
async fn public_pages_may_be_kept_and_set_no_cookies() {
    let server = Server::start().await;
    for path in ["/", "/products", "/products/24"] {
        let answer = server.send(&format!("GET {path}\ncookie: session=ann"), "").await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("cache-control"), Some("public, max-age=60"));
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(answer.header("etag").unwrap().starts_with("W/\""));
        assert_eq!(answer.header("last-modified"), Some("Wed, 01 Oct 2025 08:00:00 GMT"));
        assert_eq!((answer.header("set-cookie"), answer.header("vary")), (None, None));
        assert!(answer.text().contains("StolenTee") && !answer.text().contains("ann"));
    }
}

#[tokio::test]
async fn each_rendering_has_its_own_number_under_one_tag() {
    let server = Server::start().await;
    let (first, second) = (server.get("/products/3").await, server.get("/products/3").await);
    assert_eq!((first.header("x-render"), second.header("x-render")), (Some("1"), Some("2")));
    assert!(first.text().contains("<meta name=\"render\" content=\"1\">"));
    assert!(second.text().contains("<meta name=\"render\" content=\"2\">"));
    assert_eq!(first.header("etag"), second.header("etag"));
    assert_ne!(first.header("etag"), server.get("/products/4").await.header("etag"));
}

#[tokio::test]
async fn known_versions_are_not_sent_again() {
    let server = Server::start().await;
    for path in ["/", "/products/7", "/assets/style.css", "/api/products"] {
        let whole = server.get(path).await;
        let etag = whole.header("etag").unwrap();
        let again = server.send(&format!("GET {path}\nif-none-match: {etag}"), "").await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        assert_eq!(again.header("etag"), Some(etag));
        assert_eq!(again.header("cache-control"), whole.header("cache-control"));
        assert_eq!(again.header("x-render"), None);
        let other = server.send(&format!("GET {path}\nif-none-match: \"other\""), "").await;
        assert_eq!((other.status, other.body.is_empty()), (200, false));
        let since = whole.header("last-modified").unwrap();
        let again = server.send(&format!("GET {path}\nif-modified-since: {since}"), "").await;
        assert_eq!(again.status, 304);
    }
}

#[tokio::test]
async fn personal_answers_are_private() {
    let server = Server::start().await;
    server.send("POST /api/orders", "").await;
    for (path, vary) in [
        ("/account", "Cookie"),
        ("/api/cart", "Cookie"),
        ("/api/orders", "Cookie"),
        ("/api/orders/ord-000001", "Cookie"),
        ("/api/me", "Cookie, Authorization"),
    ] {
        for fields in ["", "\ncookie: session=ann"] {
            let answer = server.send(&format!("GET {path}{fields}"), "").await;
            assert_eq!(answer.header("cache-control"), Some("private, no-store"), "{path}");
            assert_eq!(answer.header("vary"), Some(vary), "{path}");
            assert_eq!(answer.header("set-cookie"), None, "{path}");
        }
    }
}

#[tokio::test]
async fn catalogue_is_public_and_varies_by_encoding() {
    let server = Server::start().await;
    let answer = server.get("/api/products").await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=30"));
    assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
    assert_eq!(answer.json()["products"].as_array().unwrap().len(), 24);
}

#[tokio::test]
async fn assets_are_immutable_and_come_in_ranges() {
    let server = Server::start().await;
    let whole = server.get("/assets/tee-24.svg").await;
    let length = whole.body.len();
    assert_eq!(whole.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let part = server.send("GET /assets/tee-24.svg\nrange: bytes=4-9", "").await;
    assert_eq!((part.status, part.body.as_slice()), (206, &whole.body[4..10]));
    assert_eq!(part.header("content-range"), Some(format!("bytes 4-9/{length}").as_str()));
    let beyond = server.send("GET /assets/tee-24.svg\nrange: bytes=99999-", "").await;
    assert_eq!(beyond.status, 416);
    assert_eq!(beyond.header("content-range"), Some(format!("bytes */{length}").as_str()));
    let etag = whole.header("etag").unwrap();
    for (condition, status) in [(etag, 206), ("\"other\"", 200)] {
        let head = format!("GET /assets/tee-24.svg\nrange: bytes=4-9\nif-range: {condition}");
        assert_eq!(server.send(&head, "").await.status, status);
    }
}

#[tokio::test]
async fn head_answers_as_get_does_without_the_body() {
    let server = Server::start().await;
    for path in ["/", "/account", "/assets/app.js", "/api/products", "/api/echo", "/health"] {
        let (get, head) = (server.get(path).await, server.send(&format!("HEAD {path}"), "").await);
        assert_eq!(head.status, 200, "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"));
        assert!(head.header("content-length").is_some(), "{path}");
        assert_eq!(head.header("etag"), get.header("etag"));
    }
}
