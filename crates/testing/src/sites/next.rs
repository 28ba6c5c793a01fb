//! A build of Next.js: the standalone output, which needs no packages beside it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::folder::{SiteFolder, prepare as made};
use super::{POSTS, SitePlaces};

/// Copies the build, which it writes to when pages are rendered again, and writes the posts.
pub(super) fn prepare(folder: &SiteFolder, places: &SitePlaces) -> Result<()> {
    ensure!(
        places.next.join("server.js").is_file(),
        "no build of Next.js in {}",
        places.next.display()
    );
    made("copy", &mut folder.copying(&places.next, "site"), folder.path())?;
    let posts = (1..=POSTS).rev().map(|number| {
        json!({
            "slug": format!("post-{number}"),
            "title": format!("Post {number}"),
            "body": format!("The text of post {number}."),
        })
    });
    write(folder, &posts.collect())
}

/// Runs it.
pub(super) fn server(folder: &SiteFolder, places: &SitePlaces, port: u16) -> Command {
    let mut node = Command::new(&places.node);
    node.current_dir(folder.join("site")).arg("server.js");
    node.env("HOSTNAME", "127.0.0.1").env("PORT", port.to_string());
    node.env("SITE_DATA", folder.path()).env("NEXT_TELEMETRY_DISABLED", "1");
    node.env_remove("NODE_OPTIONS");
    node
}

/// Removes a post from the content.
pub(super) fn remove_post(folder: &SiteFolder, slug: &str) -> Result<()> {
    let text = fs::read_to_string(folder.join(CONTENT))?;
    let mut posts: Vec<Value> = serde_json::from_str(&text)?;
    let before = posts.len();
    posts.retain(|post| post["slug"] != slug);
    ensure!(posts.len() + 1 == before, "there is no post {slug}");
    write(folder, &posts)
}

/// The file of the posts.
const CONTENT: &str = "posts.json";

/// Replaces the content whole, so that a page that is rendered meanwhile reads no half of it.
fn write(folder: &SiteFolder, posts: &Vec<Value>) -> Result<()> {
    let (partial, whole) = (folder.join("posts.json.new"), folder.join(CONTENT));
    fs::write(&partial, json!(posts).to_string())?;
    rename(&partial, &whole)
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).with_context(|| format!("cannot write {}", to.display()))
}
