//! Every decision by path uses the path that is sent to the upstream.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use anyhow::{Context, Result};
use breakwater_tests::{Reply, Scripted, Seen, World};

/// Sends a path as it stands, which no usual client would, and returns the status of the answer.
fn status_of(world: &World, path: &str) -> Result<u16> {
    let mut socket = TcpStream::connect(world.visitor.authority())?;
    let host = world.visitor.authority();
    write!(socket, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    // workerd closes the connection only seconds later.
    let mut line = String::new();
    BufReader::new(socket).read_line(&mut line)?;
    let status = line.split(' ').nth(1).context("no status")?;
    Ok(status.parse()?)
}

#[tokio::test]
async fn no_spelling_of_a_path_gets_by_the_route_that_guards_it() -> Result<()> {
    for fault in ["none", "panic"] {
        let open = Scripted::start(|_: &Seen| Reply::ok(&[], "open")).await?;
        let guard = Scripted::start(|seen: &Seen| {
            Reply::status(
                if seen.path.starts_with("/scripted/guarded") { 403 } else { 500 },
                &[],
                "",
            )
        })
        .await?;
        let vars = [
            ("BREAKWATER_FAULT", fault),
            ("BREAKWATER_UPSTREAM_SCRIPTED", open.url()),
            ("BREAKWATER_UPSTREAM_BACKUP", guard.url()),
        ];
        let world = World::start_with(&format!("no_spelling_{fault}"), &vars)?;
        // These paths are refused with this status, by the guard or by Breakwater.
        for (path, status) in [
            ("/scripted/guarded/a", 403),
            ("/scripted//guarded/a", 403),
            ("/scripted/%67uarded/a", 403),
            ("/scripted/x/../guarded/a", 403),
            ("/scripted/x/%2e%2E/guarded/a", 403),
            ("/scripted\\guarded\\a", 403),
            ("/scripted/x\\..\\guarded/a", 403),
            ("/scripted/decoded/..%2fguarded/a", 403),
            ("/scripted%2fguarded/a", 400),
            ("/scripted/x/..%5Cguarded/a", 400),
            ("/scripted/x%2F%2e%2e%2Fguarded/a", 400),
            ("/scripted/a%00", 400),
        ] {
            assert_eq!(status_of(&world, path)?, status, "{fault}: {path}");
        }
        // These paths are sent in this form, where no guard refuses them.
        for (path, sent) in [
            ("/scripted/a//b", "/scripted/a//b"),
            ("/scripted/https://x", "/scripted/https://x"),
            ("/scripted/group%2fname", "/scripted/group%2fname"),
            ("/scripted/decoded/a%5cb", "/scripted/decoded/a/b"),
            ("/scripted/a;guarded", "/scripted/a;guarded"),
            ("/scripted/GUARDED", "/scripted/GUARDED"),
            ("//scripted/a?b=%2f", "/scripted/a?b=%2f"),
        ] {
            assert_eq!(status_of(&world, path)?, 200, "{fault}: {path}");
            assert_eq!(open.seen(sent).len(), 1, "{fault}: {path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_is_breakwaters_own_is_so_in_each_spelling() -> Result<()> {
    let world = World::start("what_is_breakwaters_own")?;
    for path in [
        "/_breakwater/purge",
        "/%5fbreakwater/purge",
        "//_breakwater//purge",
        "/_breakwater\\purge",
    ] {
        assert_eq!(status_of(&world, path)?, 401, "{path}");
    }
    for path in ["//health/live", "/he%61lth/live", "/x/../health/live"] {
        assert_eq!(status_of(&world, path)?, 200, "{path}");
        assert_eq!(world.requests_to("/health/live").await?, 0, "{path}");
    }
    for path in ["/_breakwater%2fpurge", "/health%5Clive"] {
        assert_eq!(status_of(&world, path)?, 400, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn one_page_has_one_copy_however_its_path_is_written() -> Result<()> {
    let upstream =
        Scripted::start(|_: &Seen| Reply::ok(&[("cache-control", "max-age=600")], "page")).await?;
    let world = World::start_scripted("one_page_has_one_copy", &upstream)?;
    for path in ["/cached/page", "//cached/page", "/%63ached/page", "/x/../cached/page"] {
        assert_eq!(status_of(&world, path)?, 200, "{path}");
    }
    assert_eq!(upstream.seen("/cached/page").len(), 1);
    Ok(())
}
