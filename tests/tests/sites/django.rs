//! A project of Django.

use std::time::Duration;

use anyhow::{Result, ensure};
use breakwater_testing::sites::{EDITOR, PASSWORD, SiteSoftware};
use breakwater_tests::sites::{Likeness, Person, TriedSite, between, multipart};

use crate::PICTURE;
use crate::outage::{Outage, stays_withdrawn};

const SITE: SiteSoftware = SiteSoftware::Django;

/// Each form has a token of its own.
const LIKENESS: Likeness = Likeness { moments: &[("name=\"csrfmiddlewaretoken\" value=\"", "\"")] };

const OUTAGE: Outage = Outage {
    from: &["/", "/posts/post-1/", "/feed/", "/static/admin/css/base.css"],
    not: &["/accounts/", "/admin/", "/contact/"],
    lost: &[],
    unseen: "/posts/never-seen/",
    form: "/contact/",
    likeness: LIKENESS,
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Django: run by `cargo xtask try`"]
async fn django_is_the_same_behind_breakwater() -> Result<()> {
    let mut tried = TriedSite::start(SITE, "django_same")?;
    let (mut visitor, mut insider, mut editor) =
        (tried.visitor(), tried.insider(), tried.visitor());
    let pages = pages(&mut visitor, &mut insider).await;
    tried.step("a visitor sees what the site itself shows", pages);
    let form = form(&mut visitor, &mut insider).await;
    tried.step("a form that is protected against forgery", form);
    let signed_in = sign_in(&mut editor, &mut visitor).await;
    tried.step("an editor signs in, and no visitor with them", signed_in);
    let written = write(&mut editor, &mut visitor).await;
    tried.step("an editor writes a post, and a visitor reads it", written);
    let uploaded = upload(&mut editor, &mut visitor).await;
    tried.step("an editor's picture", uploaded);
    let streamed = stream(&visitor, &insider).await;
    tried.step("a page that is streamed", streamed);
    tried.verdict()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Django: run by `cargo xtask try`"]
async fn django_survives_its_outages() -> Result<()> {
    let mut tried = TriedSite::start(SITE, "django_outage")?;
    let mut survival = OUTAGE.of_the_server(&mut tried, SITE.host()).await;
    OUTAGE.of_a_hang(&mut tried, &mut survival).await;
    tried.verdict()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Django: run by `cargo xtask try`"]
async fn django_s_withdrawn_post_stays_withdrawn() -> Result<()> {
    let mut tried = TriedSite::start(SITE, "django_withdrawn")?;
    let (mut editor, mut visitor) = (tried.visitor(), tried.visitor());
    sign_in(&mut editor, &mut visitor).await?;
    let posts = ["/posts/post-5/", "/posts/post-6/"];
    let stays = stays_withdrawn(&mut tried, posts, async |_| {
        // The posts' numbers are in the order of their making.
        let path = "/admin/blog/post/5/delete/";
        let token = token(&mut editor, path).await?;
        let sent = [("csrfmiddlewaretoken", token.as_str()), ("post", "yes")];
        let answer = editor.submit(path, &sent).await?;
        ensure!(answer.status == 302, "{}: {}", answer.status, answer.text());
        Ok(())
    })
    .await;
    tried.step("a post that was deleted in the admin does not come back", stays);
    tried.verdict()
}

async fn pages(visitor: &mut Person, insider: &mut Person) -> Result<()> {
    for path in [
        "/",
        "/posts/post-1/",
        "/posts/post-1",
        "/posts/none/",
        "/feed/",
        "/contact/",
        "/photos/",
        "/accounts/login/",
        "/admin/",
        "/static/admin/css/base.css",
        "/nowhere",
    ] {
        LIKENESS.of(visitor, insider, path).await?;
    }
    Ok(())
}

/// The token of the form on a page.
async fn token(person: &mut Person, path: &str) -> Result<String> {
    let page = person.open(path).await?;
    ensure!(page.status == 200, "{path}: {}", page.status);
    Ok(between(&page.text(), "name=\"csrfmiddlewaretoken\" value=\"", "\"")?.to_owned())
}

async fn form(visitor: &mut Person, insider: &mut Person) -> Result<()> {
    let token = token(visitor, "/contact/").await?;
    let sent = [("csrfmiddlewaretoken", token.as_str()), ("text", "Hello & good bye")];
    let answer = visitor.submit("/contact/", &sent).await?;
    ensure!(answer.status == 302, "{}: {}", answer.status, answer.text());
    ensure!(answer.field("location") == "/contact/", "{}", answer.field("location"));
    let page = visitor.open("/contact/").await?.text();
    ensure!(page.contains("Thank you"), "no thanks: {page}");
    let page = visitor.open("/contact/").await?.text();
    ensure!(!page.contains("Thank you"), "thanked twice: {page}");
    // A forged form is refused as by the site itself.
    let forged = visitor.submit("/contact/", &[("text", "forged")]).await?;
    let direct = insider.submit("/contact/", &[("text", "forged")]).await?;
    ensure!(forged.status == 403, "{}", forged.status);
    LIKENESS.check(&forged, &direct)
}

async fn sign_in(editor: &mut Person, visitor: &mut Person) -> Result<()> {
    let token = token(editor, "/accounts/login/").await?;
    let sent =
        [("csrfmiddlewaretoken", token.as_str()), ("username", EDITOR), ("password", PASSWORD)];
    let answer = editor.submit("/accounts/login/", &sent).await?;
    ensure!(answer.status == 302, "{}: {}", answer.status, answer.text());
    ensure!(editor.has_cookie("sessionid"), "no session");
    let theirs = "Signed in as editor";
    ensure!(editor.open("/").await?.text().contains(theirs), "the editor is not signed in");
    ensure!(!visitor.open("/").await?.text().contains(theirs), "a visitor is the editor");
    Ok(())
}

async fn write(editor: &mut Person, visitor: &mut Person) -> Result<()> {
    let path = "/admin/blog/post/add/";
    let token = token(editor, path).await?;
    let sent = [
        ("csrfmiddlewaretoken", token.as_str()),
        ("slug", "fresh"),
        ("title", "A new post"),
        ("body", "Fresh words"),
        ("_save", "Save"),
    ];
    let answer = editor.submit(path, &sent).await?;
    ensure!(answer.status == 302, "{}: {}", answer.status, answer.text());
    ensure!(answer.field("location") == "/admin/blog/post/", "{}", answer.field("location"));
    let list = editor.open("/admin/blog/post/").await?.text();
    ensure!(list.contains("was added successfully"), "the admin says nothing of it");
    let page = visitor.open("/posts/fresh/").await?;
    ensure!(page.status == 200 && page.text().contains("Fresh words"), "{}", page.status);
    Ok(())
}

async fn upload(editor: &mut Person, visitor: &mut Person) -> Result<()> {
    let token = token(editor, "/photos/").await?;
    let body = multipart(&[("csrfmiddlewaretoken", &token)], ("file", "picture.png", PICTURE));
    let answer = editor.upload("/photos/", &[], body).await?;
    ensure!(answer.status == 302, "{}: {}", answer.status, answer.text());
    let path = answer.field("location");
    ensure!(path == "/media/photos/picture.png", "{path}");
    let picture = visitor.open(path).await?;
    ensure!(picture.status == 200 && picture.body == PICTURE, "{}", picture.status);
    Ok(())
}

async fn stream(visitor: &Person, insider: &Person) -> Result<()> {
    // The view pauses three times for half a second.
    let pauses = Duration::from_millis(1500);
    for person in [insider, visitor] {
        let (first, whole) = person.watch("/stream/").await?;
        ensure!(whole >= pauses, "the whole after {whole:?}");
        ensure!(first < pauses / 2, "the first part after {first:?}, the whole after {whole:?}");
    }
    Ok(())
}
