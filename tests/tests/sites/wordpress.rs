//! WordPress from Debian.

use anyhow::{Context as _, Result, ensure};
use breakwater_testing::sites::{EDITOR, PASSWORD, SiteSoftware};
use breakwater_tests::sites::{Likeness, Person, TriedSite, between, multipart};
use serde_json::{Value, json};

use crate::PICTURE;
use crate::outage::{Outage, stays_withdrawn};

const SITE: SiteSoftware = SiteSoftware::WordPress;

/// Numbers used once, which WordPress makes for forms and scripts of who is signed in.
const LIKENESS: Likeness =
    Likeness { moments: &[("\"nonce\":\"", "\""), ("name=\"_wpnonce\" value=\"", "\"")] };

const OUTAGE: Outage = Outage {
    from: &["/", "/post-1/", "/feed/", "/wp-sitemap.xml"],
    not: &["wp-login", "wp-admin", "xmlrpc", "wp-json", "replytocom"],
    lost: &[],
    unseen: "/?s=never-searched-for",
    form: "/wp-comments-post.php",
    likeness: LIKENESS,
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs WordPress: run by `cargo xtask try`"]
async fn wordpress_is_the_same_behind_breakwater() -> Result<()> {
    let mut tried = TriedSite::start(SITE, "wordpress_same")?;
    let (mut visitor, mut insider, mut editor) =
        (tried.visitor(), tried.insider(), tried.visitor());
    let pages = pages(&mut visitor, &mut insider).await;
    tried.step("a visitor sees what the site itself shows", pages);
    let feed = feed(&mut visitor, &mut insider).await;
    tried.step("the feed, and that it has not changed", feed);
    let ranges = ranges(&mut visitor, &mut insider).await;
    tried.step("a part of a file", ranges);
    let comment = comment(&mut visitor).await;
    tried.step("a visitor's comment", comment);
    let signed_in = sign_in(&mut editor).await;
    tried.step("an editor signs in", signed_in);
    let written = write(&mut editor, &mut visitor).await;
    tried.step("an editor writes a post, and a visitor reads it", written);
    let uploaded = upload(&mut editor, &mut visitor).await;
    tried.step("an editor's picture", uploaded);
    let private = private(&mut editor, &mut visitor).await;
    tried.step("the editor's bar is on no visitor's page", private);
    let called = call(&mut visitor, &mut insider).await;
    tried.step("a call of XML-RPC", called);
    let browsed = browse(&tried).await;
    tried.step("an editor writes in a browser", browsed);
    tried.verdict()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs WordPress: run by `cargo xtask try`"]
async fn wordpress_survives_its_outages() -> Result<()> {
    let mut tried = TriedSite::start(SITE, "wordpress_outage")?;
    let mut survival = OUTAGE.of_the_server(&mut tried, SITE.host()).await;
    OUTAGE.of_a_hang(&mut tried, &mut survival).await;
    tried.site.stop_database();
    let survives = OUTAGE.survives(&mut survival, &mut tried.visitor()).await;
    tried.step("without the database what was seen survives", survives);
    tried.site.resume_database()?;
    let healed = OUTAGE.heals(&tried).await;
    tried.step("with the database all is the site's own", healed);
    tried.verdict()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs WordPress: run by `cargo xtask try`"]
async fn wordpress_s_withdrawn_post_stays_withdrawn() -> Result<()> {
    let mut tried = TriedSite::start(SITE, "wordpress_withdrawn")?;
    let mut editor = tried.visitor();
    sign_in(&mut editor).await?;
    let id = publish(&mut editor, "withdrawn").await?;
    let stays = stays_withdrawn(&mut tried, ["/withdrawn/", "/post-6/"], async |_| {
        let nonce = nonce(&mut editor).await?;
        let fields = [("x-wp-nonce", nonce.as_str())];
        let path = format!("/wp-json/wp/v2/posts/{id}");
        let answer = editor.send("DELETE", &path, &fields, Vec::new()).await?;
        ensure!(answer.status == 200, "{}: {}", answer.status, answer.text());
        Ok(())
    })
    .await;
    tried.step("a post that was moved to the bin does not come back", stays);
    tried.verdict()
}

async fn pages(visitor: &mut Person, insider: &mut Person) -> Result<()> {
    for path in [
        "/",
        "/post-1/",
        "/page/2/",
        "/wp-sitemap.xml",
        "/wp-includes/css/dist/block-library/style.min.css",
        "/wp-json/wp/v2/posts",
        "/no-such-post/",
        "/?p=4",
        "/post-1",
        "/wp-admin/",
        "/wp-login.php",
        "/robots.txt",
    ] {
        LIKENESS.of(visitor, insider, path).await?;
    }
    Ok(())
}

async fn feed(visitor: &mut Person, insider: &mut Person) -> Result<()> {
    LIKENESS.of(visitor, insider, "/feed/").await?;
    let tag = insider.open("/feed/").await?.field("etag").to_owned();
    ensure!(!tag.is_empty(), "the feed has no ETag");
    for person in [visitor, insider] {
        let fields = [("if-none-match", tag.as_str())];
        let answer = person.send("GET", "/feed/", &fields, Vec::new()).await?;
        ensure!(answer.status == 304, "{}", answer.status);
    }
    Ok(())
}

async fn ranges(visitor: &mut Person, insider: &mut Person) -> Result<()> {
    let path = "/wp-includes/css/dist/block-library/style.min.css";
    let range = [("range", "bytes=100-199")];
    let through = visitor.send("GET", path, &range, Vec::new()).await?;
    let direct = insider.send("GET", path, &range, Vec::new()).await?;
    ensure!(through.status == 206, "{}", through.status);
    LIKENESS.check(&through, &direct)
}

async fn comment(visitor: &mut Person) -> Result<()> {
    let page = visitor.open("/post-2/").await?.text();
    let post = between(&page, "name='comment_post_ID' value='", "'")?.to_owned();
    let sent = [
        ("comment", "What a fine post & site"),
        ("author", "Ann"),
        ("email", "ann@visitors.example"),
        ("url", ""),
        ("comment_post_ID", post.as_str()),
        ("comment_parent", "0"),
    ];
    let answer = visitor.submit("/wp-comments-post.php", &sent).await?;
    let location = answer.field("location");
    ensure!(answer.status == 302, "{}: {}", answer.status, answer.text());
    ensure!(location.starts_with("http://wordpress.example/post-2/"), "{location}");
    let page = visitor.follow("/post-2/").await?.text();
    ensure!(page.contains("What a fine post &amp; site"), "the comment is not there");
    Ok(())
}

async fn sign_in(editor: &mut Person) -> Result<()> {
    let form = editor.open("/wp-login.php").await?;
    ensure!(form.status == 200, "{}", form.status);
    let answer = editor
        .submit(
            "/wp-login.php",
            &[
                ("log", EDITOR),
                ("pwd", PASSWORD),
                ("wp-submit", "Log In"),
                ("redirect_to", "http://wordpress.example/wp-admin/"),
                ("testcookie", "1"),
            ],
        )
        .await?;
    let location = answer.field("location");
    ensure!(answer.status == 302, "{}: {}", answer.status, answer.text());
    ensure!(location == "http://wordpress.example/wp-admin/", "{location}");
    ensure!(editor.has_cookie("wordpress_logged_in_"), "no cookie");
    let desk = editor.follow("/wp-admin/").await?;
    ensure!(desk.status == 200 && desk.text().contains("Dashboard"), "{}", desk.status);
    Ok(())
}

/// The number that the editor's script sends with its calls.
async fn nonce(editor: &mut Person) -> Result<String> {
    let answer = editor.open("/wp-admin/admin-ajax.php?action=rest-nonce").await?;
    ensure!(answer.status == 200, "{}: {}", answer.status, answer.text());
    Ok(answer.text())
}

/// Has an editor write a post as the editor's script does, and returns its number.
async fn publish(editor: &mut Person, slug: &str) -> Result<u64> {
    let nonce = nonce(editor).await?;
    let post = format!(
        r#"{{"title":"A new post","slug":"{slug}","content":"Fresh words","status":"publish"}}"#
    );
    let fields = [("content-type", "application/json"), ("x-wp-nonce", nonce.as_str())];
    let answer = editor.post("/wp-json/wp/v2/posts", &fields, post.into_bytes()).await?;
    ensure!(answer.status == 201, "{}: {}", answer.status, answer.text());
    let location = answer.field("location");
    ensure!(location.starts_with("http://wordpress.example/wp-json/"), "{location}");
    answer.json()["id"].as_u64().context("a post without a number")
}

async fn write(editor: &mut Person, visitor: &mut Person) -> Result<()> {
    publish(editor, "fresh").await?;
    let page = visitor.open("/fresh/").await?;
    ensure!(page.status == 200 && page.text().contains("Fresh words"), "{}", page.status);
    Ok(())
}

async fn upload(editor: &mut Person, visitor: &mut Person) -> Result<()> {
    let nonce = nonce(editor).await?;
    let body = multipart(&[("title", "A picture")], ("file", "picture.png", PICTURE));
    let fields = [("x-wp-nonce", nonce.as_str())];
    let answer = editor.upload("/wp-json/wp/v2/media", &fields, body).await?;
    ensure!(answer.status == 201, "{}: {}", answer.status, answer.text());
    let told = answer.json();
    let url = told["source_url"].as_str().context("no address")?;
    let path = url.strip_prefix("http://wordpress.example").context("another host")?;
    let picture = visitor.open(path).await?;
    ensure!(picture.status == 200 && picture.body == PICTURE, "{}", picture.status);
    Ok(())
}

async fn private(editor: &mut Person, visitor: &mut Person) -> Result<()> {
    let bar = "id=\"wpadminbar\"";
    ensure!(editor.open("/post-3/").await?.text().contains(bar), "the editor has no bar");
    ensure!(!visitor.open("/post-3/").await?.text().contains(bar), "a visitor has the bar");
    Ok(())
}

async fn call(visitor: &mut Person, insider: &mut Person) -> Result<()> {
    let call =
        r#"<?xml version="1.0"?><methodCall><methodName>demo.sayHello</methodName></methodCall>"#;
    let fields = [("content-type", "text/xml")];
    let through = visitor.post("/xmlrpc.php", &fields, call.into()).await?;
    let direct = insider.post("/xmlrpc.php", &fields, call.into()).await?;
    ensure!(through.text().contains("Hello!"), "{}", through.text());
    LIKENESS.check(&through, &direct)
}

async fn browse(tried: &TriedSite) -> Result<()> {
    let options = json!({ "does": "write", "editor": EDITOR, "password": PASSWORD });
    let seen = tried.browse(options).await?;
    ensure!(seen["heading"] == "Written in a browser", "{seen}");
    // WordPress itself refuses the theme's templates to who is no administrator.
    let failed = seen["failed"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let failed: Vec<_> = failed.filter(|it| !it.contains("/wp-json/wp/v2/templates/")).collect();
    ensure!(failed.is_empty() && seen["errors"] == json!([]), "{seen}");
    Ok(())
}
