//! Coded bodies: a body that passes is not decoded, and a body that cannot be decoded is no failure
//! of the upstream. A stored response goes out as it came to visitors who accept its coding, and
//! decoded to all others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use breakwater_tests::verbatim::{Piece, Raw, gzip, message, path_of, sized};
use breakwater_tests::{Answer, World, eventually};

/// `hello brotli ` twenty times, as Node.js encodes it.
const BROTLI: [u8; 29] = [
    27, 3, 1, 248, 29, 169, 83, 159, 187, 112, 45, 86, 134, 38, 39, 65, 216, 232, 146, 45, 237, 45,
    6, 140, 6, 142, 101, 198, 47,
];
/// 5 failures are more than enough to open the circuits of the test site.
const TIMES: usize = 5;

fn replies(pieces: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Result<Raw> {
    Raw::start(move |head| vec![Piece::Bytes(pieces(head))])
}

/// An answer with this coding: status, method, fields, body.
struct Case(&'static str, &'static str, &'static str, &'static [&'static str], Vec<u8>);

fn cases() -> Vec<Case> {
    let coded = gzip(b"coded");
    let gzip_of = |method, status| Case("gzip", method, status, &[], Vec::new());
    vec![
        gzip_of("GET", "200 OK"),
        gzip_of("GET", "404 Not Found"),
        Case("gzip", "GET", "302 Found", &["location: /elsewhere"], Vec::new()),
        Case("br", "GET", "200 OK", &[], Vec::new()),
        Case("br", "GET", "302 Found", &["location: /elsewhere"], Vec::new()),
        Case("gzip", "GET", "200 OK", &[], b"plain".to_vec()),
        Case("br", "GET", "404 Not Found", &[], b"plain".to_vec()),
        Case(
            "gzip",
            "GET",
            "206 Partial Content",
            &["content-range: bytes 5-14/99"],
            b"0123456789".to_vec(),
        ),
        Case("deflate", "GET", "200 OK", &[], b"?".to_vec()),
        Case("zstd", "GET", "200 OK", &[], b"?".to_vec()),
        Case("own-words", "GET", "200 OK", &[], b"?".to_vec()),
        Case("gzip, br", "GET", "200 OK", &[], b"?".to_vec()),
        Case("gzip", "GET", "200 OK", &["etag: \"a\""], coded),
        gzip_of("HEAD", "200 OK"),
        gzip_of("GET", "204 No Content"),
        gzip_of("GET", "304 Not Modified"),
    ]
}

#[tokio::test]
async fn a_coded_body_passes_as_it_is_and_never_counts_as_a_failure() -> Result<()> {
    for kept in ["cache-control: private", "cache-control: max-age=60"] {
        let upstream = replies(move |head| {
            let number = path_of(head).rsplit('/').next().and_then(|text| text.parse().ok());
            let Some(Case(coding, _, status, fields, body)) =
                number.and_then(|number: usize| cases().into_iter().nth(number))
            else {
                return sized("404 Not Found", &[], b"");
            };
            let coding = format!("content-encoding: {coding}");
            let fields = [&[&*coding, kept], fields].concat();
            if head.starts_with("HEAD") {
                message(status, &[&fields[..], &["content-length: 41"]].concat(), b"")
            } else if matches!(&status[..3], "204" | "304") {
                message(status, &fields, b"")
            } else {
                sized(status, &fields, &body)
            }
        })?;
        let name = format!("a_coded_body_passes_{}", &kept[15..18]);
        let world = World::start_with(&name, &[("BREAKWATER_UPSTREAM_WEB", upstream.url())])?;
        for round in 0..TIMES {
            for (number, Case(coding, method, status, _, body)) in cases().iter().enumerate() {
                let what = format!("{method} {status} {coding} {} {kept}, {round}", body.len());
                let answer = world
                    .visitor
                    .send(
                        method,
                        &format!("/coded/{number}"),
                        &[("accept-encoding", "gzip, br")],
                        "",
                    )
                    .await?;
                let told = (answer.told("source"), answer.told("circuit"));
                assert_eq!(told, ("origin", "closed"), "{what}");
                assert_eq!(answer.status.to_string(), status[..3], "{what}");
                assert_eq!(answer.field("content-encoding"), *coding, "{what}");
                assert_eq!(answer.body, body, "{what}");
                let length = answer.field("content-length");
                match (*method, answer.status) {
                    ("HEAD", _) => assert_eq!(length, "41", "{what}"),
                    (_, 204 | 304) => {}
                    _ => assert_eq!(length, body.len().to_string(), "{what}"),
                }
            }
        }
    }
    Ok(())
}

/// An upstream that sends this answer, until it is told to fail.
fn breaking(bytes: Vec<u8>) -> Result<(Raw, Arc<AtomicBool>)> {
    let is_broken = Arc::new(AtomicBool::new(false));
    let broken = Arc::clone(&is_broken);
    let upstream = Raw::start(move |_| {
        if broken.load(Ordering::Relaxed) {
            vec![Piece::Close]
        } else {
            vec![Piece::Bytes(bytes.clone())]
        }
    })?;
    Ok((upstream, is_broken))
}

const GZIP: &[(&str, &str)] = &[("accept-encoding", "gzip, br")];

/// Requests a page until its stored response exists, and returns that.
async fn copy(world: &World, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
    eventually("there is a copy", async || {
        let answer = world.visitor.get_with(path, fields).await?;
        Ok((answer.told("source") == "stale").then_some(answer))
    })
    .await
}

#[tokio::test]
async fn a_coded_copy_is_decoded_for_visitors_who_do_not_accept_its_coding() -> Result<()> {
    let text = "hello brotli ".repeat(20);
    for (coding, body) in [("gzip", gzip(text.as_bytes())), ("br", BROTLI.to_vec())] {
        let fields = [
            "cache-control: max-age=60",
            "etag: \"a\"",
            "content-digest: sha-256=:AA==:",
            "repr-digest: sha-256=:AA==:",
            "content-md5: AA==",
            "content-type: text/plain",
            &format!("content-encoding: {coding}"),
        ];
        let (upstream, is_broken) = breaking(sized("200 OK", &fields, &body))?;
        let world = World::start_raw(&format!("a_coded_copy_is_what_came_{coding}"), &upstream)?;
        let fresh = world.visitor.get_with("/kept/a", GZIP).await?;
        assert_eq!((fresh.told("source"), fresh.field("etag")), ("origin", "\"a\""));
        assert_eq!(fresh.body, body, "{coding}");
        is_broken.store(true, Ordering::Relaxed);
        let coded = copy(&world, "/kept/a", GZIP).await?;
        assert_eq!(coded.body, body, "{coding}");
        assert_eq!(coded.field("content-length"), body.len().to_string());
        for name in ["etag", "content-encoding", "content-digest", "repr-digest", "content-md5"] {
            assert_eq!(coded.field(name), fresh.field(name), "{coding} {name}");
        }
        for other in ["", "identity", "gzip;q=0, br;q=0"] {
            let fields = [("accept-encoding", other)];
            let fields = if other.is_empty() { &[][..] } else { &fields };
            let plain = copy(&world, "/kept/a", fields).await?;
            assert_eq!((plain.status, plain.text()), (200, text.clone()), "{coding} {other}");
            assert_eq!(plain.field("etag"), "W/\"a\"", "{coding} {other}");
            assert_eq!(plain.field("vary"), "accept-encoding", "{coding} {other}");
            for name in ["content-encoding", "content-digest", "repr-digest", "content-md5"] {
                assert_eq!(plain.field(name), "", "{coding} {other} {name}");
            }
            let head = world.visitor.send("HEAD", "/kept/a", fields, "").await?;
            assert_eq!((head.status, head.told("source")), (200, "stale"), "{coding} {other}");
            let same = [fields, &[("if-none-match", "\"a\"")]].concat();
            assert_eq!(world.visitor.get_with("/kept/a", &same).await?.status, 304);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_copy_that_must_not_be_changed_is_not_decoded() -> Result<()> {
    let body = gzip(b"fixed");
    let fields = ["cache-control: max-age=60, no-transform", "content-encoding: gzip"];
    let (upstream, is_broken) = breaking(sized("200 OK", &fields, &body))?;
    let world = World::start_raw("a_copy_that_must_not_be_changed", &upstream)?;
    let path = "/kept/a";
    assert_eq!(world.visitor.get_with(path, GZIP).await?.body, body);
    is_broken.store(true, Ordering::Relaxed);
    assert_eq!(copy(&world, path, GZIP).await?.body, body);
    let plain = world.visitor.get(path).await?;
    assert_eq!((plain.status, plain.told("source")), (503, "fallback"));
    Ok(())
}

#[tokio::test]
async fn what_is_labelled_gzip_and_is_not_becomes_no_copy() -> Result<()> {
    let fields = ["cache-control: max-age=60", "content-encoding: gzip"];
    let (upstream, is_broken) = breaking(sized("200 OK", &fields, b"plain"))?;
    let world = World::start_raw("what_is_labelled_gzip_and_is_not", &upstream)?;
    for path in ["/kept/a", "/cached/a"] {
        for _ in 0..2 {
            let answer = world.visitor.get_with(path, GZIP).await?;
            assert_eq!((answer.told("source"), answer.text().as_str()), ("origin", "plain"));
        }
    }
    is_broken.store(true, Ordering::Relaxed);
    assert_eq!(world.visitor.get("/kept/a").await?.told("source"), "fallback");
    Ok(())
}

#[tokio::test]
async fn a_copy_in_a_coding_is_confirmed_and_stays_as_it_came() -> Result<()> {
    let body = gzip(b"confirmed");
    let fields = ["cache-control: max-age=0", "etag: \"a\"", "content-encoding: gzip"];
    let whole = sized("200 OK", &fields, &body);
    let upstream = replies(move |head| {
        let is_conditional = head.to_ascii_lowercase().contains("if-none-match");
        if is_conditional {
            message("304 Not Modified", &["etag: \"a\"", "cache-control: max-age=0"], b"")
        } else {
            whole.clone()
        }
    })?;
    let world = World::start_raw("a_copy_in_a_coding_is_confirmed", &upstream)?;
    assert_eq!(world.visitor.get_with("/cached/a", GZIP).await?.body, body);
    // Each time the stored response is written again.
    for round in 0..3 {
        let coded = world.visitor.get_with("/cached/a", GZIP).await?;
        assert_eq!((coded.told("source"), coded.field("etag")), ("cache", "\"a\""), "{round}");
        assert_eq!(coded.body, body, "{round}");
        let plain = world.visitor.get("/cached/a").await?;
        assert_eq!((plain.told("source"), plain.field("etag")), ("cache", "W/\"a\""), "{round}");
        assert_eq!(plain.text(), "confirmed", "{round}");
    }
    Ok(())
}
