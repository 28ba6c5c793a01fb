//! The same outages of each site.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use breakwater_tests::eventually;
use breakwater_tests::sites::{Likeness, Person, Survival, TriedSite};
use serde_json::{Value, json};

/// With a hanging upstream a visitor waits for `patience`, two seconds, and no longer. The machine
/// may be busy.
const PATIENCE: Duration = Duration::from_secs(4);
/// How often a browser comes by before an outage.
const VISITS: usize = 3;
/// A page that comes from a copy while the circuit is open.
const AT_ONCE: Duration = Duration::from_millis(1500);

/// What a site has that an outage is watched on.
pub(crate) struct Outage {
    /// The pages from which all others are found.
    pub(crate) from: &'static [&'static str],
    /// Texts in paths that no stranger visits.
    pub(crate) not: &'static [&'static str],
    /// The pages that have no copy, for reasons that their answers tell.
    pub(crate) lost: &'static [&'static str],
    /// A page that no visitor has seen.
    pub(crate) unseen: &'static str,
    /// Where a form goes.
    pub(crate) form: &'static str,
    /// How its answers are compared.
    pub(crate) likeness: Likeness,
}

impl Outage {
    /// Has visitors see the site, stops it, and has them see it again; then it comes back.
    pub(crate) async fn of_the_server(&self, tried: &mut TriedSite, host: &str) -> Survival {
        let mut visitor = tried.visitor();
        let seen = Survival::see(&mut visitor, host, self.from, self.not).await;
        let mut survival = match seen {
            Ok(survival) => survival,
            Err(error) => {
                tried.step("a visitor sees the site", Err(error));
                return Survival::default();
            }
        };
        // A browser loads more than the pages name, and says where it comes from. Where the
        // upstream is asked each time, such a request makes no copy: Breakwater asks for what is in
        // demand by itself, behind the second visit.
        for _ in 0..VISITS {
            let read = browsed(tried).await;
            tried.step("in a browser the front page is whole", read);
        }
        tried.site.stop();
        let survives = self.survives(&mut survival, &mut visitor).await;
        println!("{survival}");
        tried.step("what was seen survives", survives);
        let read = browsed(tried).await;
        tried.step("in a browser the front page is whole without the site", read);
        let honest = self.nothing_is_pretended(&mut visitor).await;
        tried.step("what was not seen, and forms, get an honest answer", honest);
        let resumed = tried.site.resume();
        tried.step("the site starts again", resumed);
        let healed = self.heals(tried).await;
        tried.step("after it has healed all is the site's own", healed);
        survival
    }

    /// The same with a site that accepts connections and answers nothing.
    pub(crate) async fn of_a_hang(&self, tried: &mut TriedSite, survival: &mut Survival) {
        let mut visitor = tried.visitor();
        tried.site.freeze();
        let first = first_is_patient(&mut visitor).await;
        tried.step("with a site that hangs no visitor waits longer than patience", first);
        let survives = self.survives(survival, &mut visitor).await;
        tried.step("with a site that hangs what was seen survives", survives);
        let quick = at_once(&mut visitor).await;
        tried.step("with an open circuit a page comes at once", quick);
        tried.site.thaw();
        let healed = self.heals(tried).await;
        tried.step("after the hang all is the site's own", healed);
    }

    /// Checks what is left of what was seen, while the site is down.
    pub(crate) async fn survives(&self, seen: &mut Survival, visitor: &mut Person) -> Result<()> {
        // The copy of the last page may be on its way to the store, unless it is one of the lost.
        let last = seen.last().to_owned();
        if !self.lost.contains(&last.as_str()) {
            eventually("the last page is kept", async || {
                let answer = visitor.clone().open(&last).await?;
                Ok((answer.status == 200).then_some(()))
            })
            .await
            .ok();
        }
        seen.again(visitor).await?;
        seen.check(self.lost)
    }

    async fn nothing_is_pretended(&self, visitor: &mut Person) -> Result<()> {
        let unseen = visitor.open(self.unseen).await?;
        ensure!(unseen.status == 503, "{}: {}", self.unseen, unseen.status);
        ensure!(!unseen.field("retry-after").is_empty(), "no Retry-After: {:?}", unseen.headers);
        let sent = visitor.submit(self.form, &[("text", "hello")]).await?;
        ensure!(sent.status == 503, "a form: {}", sent.status);
        Ok(())
    }

    /// Waits until visitors get the site itself again.
    pub(crate) async fn heals(&self, tried: &TriedSite) -> Result<()> {
        let mut visitor = tried.visitor();
        eventually("the circuit is closed", async || {
            let answer = visitor.clone().open(self.from[0]).await?;
            Ok((answer.told("circuit") == "closed" && answer.told("source") == "origin")
                .then_some(()))
        })
        .await?;
        for path in self.from {
            self.likeness.of(&mut visitor, &mut tried.insider(), path).await?;
        }
        Ok(())
    }
}

/// A 404 withdraws a page once it was seen twice with a minute between.
const MISSING_FOR: Duration = Duration::from_secs(60);
/// How often a visitor comes by meanwhile.
const COMES_BY: Duration = Duration::from_secs(6);

/// Has a visitor see two posts, has the editor `withdraw` the first, and stops the site a minute
/// later: the copy of the first must not come back.
pub(crate) async fn stays_withdrawn(
    tried: &mut TriedSite,
    [post, other]: [&str; 2],
    withdraw: impl AsyncFnOnce(&mut TriedSite) -> Result<()>,
) -> Result<()> {
    let mut visitor = tried.visitor();
    for path in [post, other] {
        let answer = visitor.open(path).await?;
        ensure!(answer.status == 200, "{path}: {}", answer.status);
        ensure!(answer.field("cache-status").contains("stored"), "{:?}", answer.headers);
    }
    withdraw(tried).await?;
    eventually("the post is withdrawn", async || {
        Ok((visitor.clone().open(post).await?.status == 404).then_some(()))
    })
    .await?;
    let start = Instant::now();
    let mut comes_by = tokio::time::interval(COMES_BY);
    while start.elapsed() <= MISSING_FOR + COMES_BY {
        comes_by.tick().await;
        let answer = visitor.open(post).await?;
        ensure!(answer.status == 404, "{post}: {}", answer.status);
    }
    tried.site.stop();
    let kept = visitor.open(other).await?;
    ensure!(kept.status == 200, "{other} does not survive: {}", kept.field("breakwater"));
    let gone = visitor.open(post).await?;
    ensure!(gone.status != 200, "{post} came back: {}", gone.field("breakwater"));
    Ok(())
}

/// Reads the front page in a browser.
async fn browsed(tried: &TriedSite) -> Result<()> {
    let seen = tried.browse(json!({ "does": "read", "path": "/" })).await?;
    ensure!(seen["status"] == 200, "{seen}");
    // The router of Next.js fetches in advance what a visitor may open next, and lives without it.
    let failed = seen["failed"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let failed: Vec<_> = failed.filter(|it| !it.contains("_rsc=")).collect();
    ensure!(failed.is_empty() && seen["errors"] == json!([]), "{seen}");
    Ok(())
}

async fn first_is_patient(visitor: &mut Person) -> Result<()> {
    let answer = visitor.open("/").await?;
    ensure!(answer.status == 200, "{}: {}", answer.status, answer.field("breakwater"));
    ensure!(answer.took < PATIENCE, "{:?}", answer.took);
    Ok(())
}

async fn at_once(visitor: &mut Person) -> Result<()> {
    let answer = visitor.open("/").await?;
    ensure!(answer.told("circuit") == "open", "{}", answer.field("breakwater"));
    ensure!(answer.took < AT_ONCE, "{:?}", answer.took);
    Ok(())
}
