//! A build of Next.js.

use std::time::Duration;

use anyhow::{Result, ensure};
use breakwater_testing::sites::SiteSoftware;
use breakwater_tests::eventually;
use breakwater_tests::sites::{Likeness, Person, TriedSite, between, multipart};
use serde_json::json;

use crate::PICTURE;
use crate::outage::{Outage, stays_withdrawn};

const SITE: SiteSoftware = SiteSoftware::Next;

const LIKENESS: Likeness = Likeness { moments: &[] };

const OUTAGE: Outage = Outage {
    from: &["/", "/about", "/posts/post-1", "/feed.xml", "/robots.txt", "/now", "/stream"],
    not: &["/api/", "/account"],
    // They say that they are for one visitor.
    lost: &["/now", "/stream"],
    unseen: "/posts/never-seen",
    form: "/contact",
    likeness: LIKENESS,
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Next.js: run by `cargo xtask try`"]
async fn next_is_the_same_behind_breakwater() -> Result<()> {
    let mut tried = TriedSite::start(SITE, "next_same")?;
    let (mut visitor, mut insider) = (tried.visitor(), tried.insider());
    tried.step("the pages have their posts", rendered(&insider).await);
    let pages = pages(&mut visitor, &mut insider).await;
    tried.step("a visitor sees what the site itself shows", pages);
    let navigated = navigate(&mut visitor, &mut insider).await;
    tried.step("a navigation within the page", navigated);
    let sent = action(&mut visitor).await;
    tried.step("a form whose action runs on the server", sent);
    let signed_in = sign_in(&mut tried.visitor(), &mut visitor).await;
    tried.step("a visitor signs in, and no other with them", signed_in);
    let uploaded = upload(&mut visitor, &mut insider).await;
    tried.step("an uploaded file", uploaded);
    let streamed = stream(&visitor, &insider).await;
    tried.step("a page that is streamed", streamed);
    let browsed = browse(&tried).await;
    tried.step("a browser walks through the pages and sends the form", browsed);
    tried.verdict()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Next.js: run by `cargo xtask try`"]
async fn next_survives_its_outages() -> Result<()> {
    let mut tried = TriedSite::start(SITE, "next_outage")?;
    let mut survival = OUTAGE.of_the_server(&mut tried, SITE.host()).await;
    OUTAGE.of_a_hang(&mut tried, &mut survival).await;
    tried.verdict()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Next.js: run by `cargo xtask try`"]
async fn next_s_withdrawn_post_stays_withdrawn() -> Result<()> {
    let mut tried = TriedSite::start(SITE, "next_withdrawn")?;
    let posts = ["/posts/post-5", "/posts/post-6"];
    let stays = stays_withdrawn(&mut tried, posts, async |tried| {
        tried.site.remove_post("post-5")?;
        let path = "/api/revalidate?path=/posts/post-5";
        let answer = tried.visitor().post(path, &[], Vec::new()).await?;
        ensure!(answer.status == 200, "{}: {}", answer.status, answer.text());
        Ok(())
    })
    .await;
    tried.step("a post that left the content does not come back", stays);
    tried.verdict()
}

async fn pages(visitor: &mut Person, insider: &mut Person) -> Result<()> {
    let home = insider.open("/").await?.text();
    let script = format!("/_next/static/{}", between(&home, "src=\"/_next/static/", "\"")?);
    for path in [
        "/",
        "/about",
        "/posts/post-1",
        "/posts/none",
        "/now",
        "/contact",
        "/account",
        "/feed.xml",
        "/robots.txt",
        "/api/hello?name=Ann%20%26%20Bob",
        "/nowhere",
        "/about/",
        &script,
    ] {
        LIKENESS.of(visitor, insider, path).await?;
    }
    Ok(())
}

/// The build rendered these without posts. Next.js renders each again behind the first visit, and
/// what changes between two visits is not compared.
async fn rendered(insider: &Person) -> Result<()> {
    for path in ["/", "/feed.xml"] {
        eventually("the site has its posts", async || {
            Ok(insider.clone().open(path).await?.text().contains("Post 3").then_some(()))
        })
        .await?;
    }
    Ok(())
}

/// What the router of a page that is open asks for.
async fn navigate(visitor: &mut Person, insider: &mut Person) -> Result<()> {
    let path = "/posts/post-2";
    let fields = [("rsc", "1"), ("next-url", "/"), ("accept", "*/*")];
    let through = visitor.send("GET", path, &fields, Vec::new()).await?;
    let direct = insider.send("GET", path, &fields, Vec::new()).await?;
    // Next.js tells the router the address that goes with its fields, so that caches keep both.
    LIKENESS.check(&through, &direct)?;
    let told = through.field("location").to_owned();
    ensure!(through.status == 307 && told.starts_with("/posts/post-2?_rsc="), "{told}");
    let through = visitor.send("GET", &told, &fields, Vec::new()).await?;
    let direct = insider.send("GET", &told, &fields, Vec::new()).await?;
    let kind = through.field("content-type");
    ensure!(kind == "text/x-component", "{kind} {}", through.status);
    LIKENESS.check(&through, &direct)?;
    // The same address is a page for those who come from elsewhere.
    let page = visitor.open(path).await?;
    ensure!(page.field("content-type").starts_with("text/html"), "{}", page.field("content-type"));
    Ok(())
}

async fn action(visitor: &mut Person) -> Result<()> {
    let page = visitor.open("/contact").await?.text();
    let name = format!("$ACTION_{}", between(&page, "name=\"$ACTION_", "\"")?);
    let body = multipart(&[(&name, ""), ("text", "Hello")], ("ignored", "none.txt", b"none"));
    let answer = visitor.upload("/contact", &[], body).await?;
    ensure!(answer.status == 303, "{}: {}", answer.status, answer.text());
    ensure!(answer.field("location").ends_with("/contact/thanks"), "{}", answer.field("location"));
    let thanks = visitor.open("/contact/thanks").await?;
    ensure!(thanks.text().contains("Thank you"), "{}", thanks.status);
    Ok(())
}

async fn sign_in(ann: &mut Person, visitor: &mut Person) -> Result<()> {
    let answer = ann.submit("/api/login", &[("name", "Ann")]).await?;
    ensure!(answer.status == 303, "{}: {}", answer.status, answer.text());
    ensure!(answer.field("location") == "/account", "{}", answer.field("location"));
    let theirs = "Signed in as Ann";
    let page = ann.open("/account").await?.text();
    ensure!(page.contains(theirs), "Ann is not signed in");
    ensure!(!visitor.open("/account").await?.text().contains(theirs), "a visitor is Ann");
    Ok(())
}

async fn upload(visitor: &mut Person, insider: &mut Person) -> Result<()> {
    let body = multipart(&[("title", "A picture")], ("file", "picture.png", PICTURE));
    let through = visitor.upload("/api/upload", &[], body.clone()).await?;
    let direct = insider.upload("/api/upload", &[], body).await?;
    ensure!(through.json()["size"] == PICTURE.len(), "{}", through.text());
    LIKENESS.check(&through, &direct)
}

async fn stream(visitor: &Person, insider: &Person) -> Result<()> {
    // The slow part takes a second and a half.
    let slow = Duration::from_millis(1500);
    for person in [insider, visitor] {
        let (first, whole) = person.watch("/stream").await?;
        ensure!(whole >= slow, "the whole after {whole:?}");
        ensure!(first < slow / 2, "the first part after {first:?}, the whole after {whole:?}");
    }
    Ok(())
}

async fn browse(tried: &TriedSite) -> Result<()> {
    let seen = tried.browse(json!({ "does": "navigate" })).await?;
    ensure!(seen["post"] == "Post 3" && seen["thanks"] == "Thank you", "{seen}");
    ensure!(seen["loads"] == 1, "pages were loaded whole: {seen}");
    ensure!(seen["failed"] == json!([]) && seen["errors"] == json!([]), "{seen}");
    Ok(())
}
