//! Upstreams that answer before they have the whole body.

use anyhow::Result;
use breakwater_tests::{Manner, RawUpstream};

use super::{ENOUGH, Sent, WAYS, exchange, visitor, world_of};

#[tokio::test]
async fn an_early_answer_is_the_answer_and_its_break_counts_nowhere() -> Result<()> {
    for (manner, allowed) in [
        (Manner::AnswerEarly(413), [413, 503]),
        (Manner::AnswerEarly(401), [401, 503]),
        (Manner::Close, [503, 503]),
    ] {
        let upstream = RawUpstream::start(manner)?;
        let world = world_of(&format!("an_early_answer_{manner:?}"), upstream.url())?;
        let long = vec![b'x'; 3_000_000];
        for way in WAYS {
            for (method, length) in [("POST", 300_000), ("POST", 3_000_000), ("PUT", 300_000)] {
                let fields = [&*format!("Content-Length: {length}")];
                let sent = Sent { fields: &fields, body: &long[..length] };
                let before = upstream.connections();
                let path = format!("/blame/{way}/early");
                let answer = exchange(&world, method, &path, &sent).await?;
                assert!(allowed.contains(&answer.status), "{method} {path} {answer:?}");
                assert_eq!(upstream.connections() - before, 1, "{method} {path}: sent once");
            }
        }
        let sent = Sent { fields: &["Content-Length: 100000"], body: &long[..100_000] };
        let answer = exchange(&world, "POST", "/blame/straight/a", &sent).await?;
        assert_eq!(answer.told("circuit"), "closed", "{manner:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_visitor_who_is_still_sending_gets_the_early_answer() -> Result<()> {
    let upstream = RawUpstream::start(Manner::AnswerEarly(413))?;
    let world = world_of("a_visitor_who_is_still_sending", upstream.url())?;
    for _ in 0..ENOUGH {
        let mut visitor = visitor(&world).await?;
        visitor.begin("POST", "/blame/straight/early", &["Content-Length: 300000"]).await;
        visitor.send([b'x'; 1_000]).await;
        let answer = visitor.answer("POST").await?;
        assert_eq!((answer.status, answer.told("circuit")), (413, "closed"), "{answer:?}");
        visitor.send([b'x'; 1_000]).await;
    }
    Ok(())
}
