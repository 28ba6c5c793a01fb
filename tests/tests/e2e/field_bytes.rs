//! Fields reach visitors byte for byte, in every kind of answer. An interim answer, which the
//! platform takes for the answer, is not the upstream's fault.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use breakwater_tests::verbatim::{Piece, Raw, message, path_of, sized};
use breakwater_tests::{Answer, World};

/// Latin-1, as older servers write it, and UTF-8.
const NAMES: [(&str, &[u8]); 2] = [
    ("latin", b"attachment; filename=\"caf\xe9.txt\""),
    ("utf", "attachment; filename=\"café.txt\"".as_bytes()),
];

fn named(name: &[u8]) -> Vec<u8> {
    let mut bytes =
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncache-control: max-age=60\r\n".to_vec();
    bytes.extend_from_slice(b"content-disposition: ");
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(b"\r\n\r\nok");
    bytes
}

fn disposition(answer: &Answer) -> &[u8] {
    answer.headers.get("content-disposition").map(|value| value.as_bytes()).unwrap_or_default()
}

#[tokio::test]
async fn bytes_that_are_no_text_pass_unchanged_and_become_no_copy() -> Result<()> {
    let upstream = Raw::start(|head| {
        let path = path_of(head);
        let name =
            NAMES.iter().find(|(name, _)| path.ends_with(name)).map_or(&b""[..], |one| one.1);
        vec![Piece::Bytes(named(name))]
    })?;
    let world = World::start_raw("what_no_text_can_hold_passes", &upstream)?;
    for (kind, name) in NAMES {
        for route in ["/scripted/", "/kept/", "/cached/", "/retried/"] {
            let path = format!("{route}{kind}");
            for _ in 0..3 {
                let answer = world.visitor.get(&path).await?;
                assert_eq!((answer.status, disposition(&answer)), (200, name), "{path}");
            }
        }
        let calls = upstream.seen(&format!("/cached/{kind}")).len();
        assert_eq!(calls, if kind == "utf" { 1 } else { 3 }, "{kind}");
    }
    Ok(())
}

#[tokio::test]
async fn a_304_that_sets_a_cookie_sets_it_for_the_one_visitor_and_not_in_the_copy() -> Result<()> {
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&visits);
    let upstream = Raw::start(move |head| {
        let fields = ["etag: \"a\"", "cache-control: max-age=0, stale-if-error=60"];
        if !head.to_ascii_lowercase().contains("if-none-match") {
            return vec![Piece::Bytes(sized("200 OK", &fields, b"page"))];
        }
        match counted.fetch_add(1, Ordering::Relaxed) {
            0 => {
                let mut bytes = message("304 Not Modified", &fields, b"");
                bytes.truncate(bytes.len() - 2);
                bytes.extend_from_slice(b"set-cookie: a=caf\xe9\r\nset-cookie: b=2\r\n\r\n");
                vec![Piece::Bytes(bytes)]
            }
            1 => vec![Piece::Bytes(message("304 Not Modified", &fields, b""))],
            _ => vec![Piece::Close],
        }
    })?;
    let world = World::start_raw("a_304_that_sets_a_cookie", &upstream)?;
    let ask = async || {
        let answer = world.visitor.get("/cached/a").await?;
        let cookies = answer.headers.get_all("set-cookie").iter();
        let cookies: Vec<_> = cookies.map(|value| value.as_bytes().to_vec()).collect();
        anyhow::Ok((answer.told("source").to_owned(), answer.text(), cookies))
    };
    let page = || "page".to_owned();
    assert_eq!(ask().await?, ("origin".into(), page(), vec![]));
    let set = vec![b"a=caf\xe9".to_vec(), b"b=2".to_vec()];
    assert_eq!(ask().await?, ("cache".into(), page(), set), "who asked gets what was said to them");
    assert_eq!(ask().await?, ("cache".into(), page(), vec![]), "confirmed again");
    assert_eq!(ask().await?, ("stale".into(), page(), vec![]), "the copy has no cookie");
    Ok(())
}

#[tokio::test]
async fn an_interim_answer_is_not_held_against_the_upstream() -> Result<()> {
    let upstream = Raw::start(|head| {
        let interim = match path_of(head) {
            "/hints" | "/webhooks/hints" => {
                "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n"
            }
            "/works" => "HTTP/1.1 102 Processing\r\n\r\n",
            "/continues" => "HTTP/1.1 100 Continue\r\n\r\n",
            _ => "",
        };
        vec![Piece::Bytes([interim.as_bytes(), &sized("200 OK", &[], b"ok")].concat())]
    })?;
    let vars = [
        ("BREAKWATER_UPSTREAM_WEB", upstream.url()),
        ("BREAKWATER_UPSTREAM_HOOKS", upstream.url()),
    ];
    let world = World::start_with("an_interim_answer_is_not_held", &vars)?;
    for path in ["/hints", "/works", "/continues", "/webhooks/hints"] {
        for _ in 0..6 {
            let answer = world.visitor.get(path).await?;
            assert_eq!(answer.told("circuit"), "closed", "{path}");
            assert_eq!((answer.status, answer.text().as_str()), (200, "ok"), "{path}");
        }
    }
    for path in ["/", "/webhooks/"] {
        let answer = world.visitor.get(path).await?;
        assert_eq!((answer.status, answer.text().as_str()), (200, "ok"), "{path}");
    }
    Ok(())
}
