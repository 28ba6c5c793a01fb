use serde_json::{Value, json};

use crate::support::Server;

#[tokio::test]
async fn unknown_addresses_get_a_page_or_a_problem() {
    let server = Server::start().await;
    for path in ["/products/25", "/products/0", "/nowhere", "/assets/none.css"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text().contains("StolenTee"));
    }
    for path in ["/api/none", "/api/products/25", "/api/orders/ord-9"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
}

#[tokio::test]
async fn pages_link_only_what_exists() {
    let server = Server::start().await;
    let mut links = Vec::new();
    for page in ["/", "/products", "/products/1", "/account"] {
        let answer = server.get(page).await;
        for attribute in ["href=\"", "src=\""] {
            let pieces = answer.text().split(attribute).skip(1);
            links.extend(pieces.map(|piece| piece.split('"').next().unwrap().to_owned()));
        }
    }
    assert!(links.iter().any(|link| link == "/assets/style.css"));
    for link in links {
        assert_eq!(server.get(&link).await.status, 200, "{link}");
    }
}

#[tokio::test]
async fn account_names_the_session() {
    let server = Server::start().await;
    let answer = server.send("GET /account\ncookie: a=b; session=ann", "").await;
    assert!(answer.text().contains("<strong id=\"session\">ann</strong>"));
    assert!(server.get("/account").await.text().contains("guest"));
}

#[tokio::test]
async fn me_is_known_by_cookie_or_bearer() {
    let server = Server::start().await;
    let answer = server.send("GET /api/me\ncookie: session=ann", "").await;
    assert_eq!(answer.json(), json!({"session": "ann", "by": "cookie"}));
    let head = "GET /api/me\ncookie: session=ann\nauthorization: Bearer bob";
    assert_eq!(server.send(head, "").await.json(), json!({"session": "bob", "by": "bearer"}));
    let answer = server.get("/api/me").await;
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")));
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
}

#[tokio::test]
async fn a_session_begins_and_ends() {
    let server = Server::start().await;
    let answer = server.send("POST /api/session", r#"{"name": "ann", "password": "p"}"#).await;
    assert_eq!((answer.status, answer.json()), (201, json!({"session": "ann", "token": "ann"})));
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("session=ann; Path=/;"), "{cookie}");
    for body in ["", r#"{"name": "<a>", "password": "p"}"#, r#"{"name": "ann", "password": ""}"#] {
        assert_eq!(server.send("POST /api/session", body).await.status, 401, "{body}");
    }
    let answer = server.send("DELETE /api/session\ncookie: session=ann", "").await;
    assert_eq!(
        (answer.status, answer.header("set-cookie").unwrap()),
        (204, "session=; Path=/; Max-Age=0")
    );
    assert_eq!(server.send("DELETE /api/session", "").await.status, 401);
}

#[tokio::test]
async fn carts_belong_to_sessions() {
    let server = Server::start().await;
    let add = "POST /api/cart\ncookie: session=ann";
    server.send(add, "{\"product\":3,\"quantity\":2}").await;
    let cart = server.send(add, "{\"product\":1}").await.json();
    assert_eq!(cart["total_cents"], 2 * 2200 + 2400);
    assert_eq!(server.send("GET /api/cart\ncookie: session=ann", "").await.json(), cart);
    let other = server.send("GET /api/cart\ncookie: session=bob", "").await.json();
    assert_eq!(other["items"], json!([]));
    assert_eq!(server.get("/api/cart").await.json()["session"], Value::Null);
    assert_eq!(server.send("POST /api/cart", "{\"product\":3}").await.status, 401);
    for (body, status) in [("", 400), ("{\"produkt\":3}", 400), ("{\"product\":99}", 422)] {
        assert_eq!(server.send(add, body).await.status, status, "{body}");
    }
}

#[tokio::test]
async fn each_post_makes_one_order() {
    let server = Server::start().await;
    server.send("POST /api/cart\ncookie: session=ann", "{\"product\":2}").await;
    let first = server.send("POST /api/orders\ncookie: session=ann", "").await;
    assert_eq!((first.status, first.header("location")), (201, Some("/api/orders/ord-000001")));
    assert_eq!(first.json()["items"][0]["name"], "The Getaway");
    let body = "{\"items\":[{\"product\":1,\"quantity\":3}]}";
    let second = server.send("POST /api/orders", body).await.json();
    assert_eq!((&second["number"], &second["total_cents"]), (&json!(2), &json!(7200)));
    assert_eq!(server.get("/api/orders").await.json(), json!({"count": 2}));
    assert_eq!(server.get("/api/orders/ord-000002").await.json(), second);
}

#[tokio::test]
async fn webhooks_are_received_whatever_they_hold() {
    let server = Server::start().await;
    let answer = server.send("POST /webhooks/payments", "not json").await;
    assert_eq!((answer.status, answer.json()), (200, json!({"received": true})));
}

#[tokio::test]
async fn health_speaks_health_json_and_needs_no_dependency() {
    let server = Server::start().await;
    for (path, status) in [("/health/live", "pass"), ("/health/ready", "pass")] {
        let answer = server.get(path).await;
        assert_eq!(answer.header("content-type"), Some("application/health+json"));
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!(status)));
    }
    let answer = server.get("/health").await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let health = answer.json();
    let notes = json!([
        "database is not configured: DATABASE_URL is not set",
        "redis is not configured: REDIS_URL is not set",
        "storage is not configured: STORAGE_URL is not set",
        "gemini is not configured: GEMINI_URL is not set",
        "removebg is not configured: REMOVEBG_URL is not set",
        "supabase is not configured: SUPABASE_URL is not set",
    ]);
    assert_eq!(health["notes"], notes);
    assert_eq!(health["checks"]["database:responseTime"][0]["status"], "pass");
    assert_eq!(health["checks"]["catalogue:products"][0]["observedValue"], 24);
}
