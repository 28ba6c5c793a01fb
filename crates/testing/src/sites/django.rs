//! A project of Django, served as in production: by gunicorn, with DEBUG off.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use super::folder::{SiteFolder, prepare as made};
use super::{EDITOR, PASSWORD, POSTS, SitePlaces};

/// Makes the database, and writes the posts and the files that are served as they are.
pub(super) fn prepare(folder: &SiteFolder, places: &SitePlaces, logs: &Path) -> Result<()> {
    ensure!(
        places.django.join("django").is_dir(),
        "no modules of Django in {}",
        places.django.display()
    );
    // whitenoise warns of folders that are not there.
    fs::create_dir_all(folder.join("media"))?;
    let posts = POSTS.to_string();
    for (name, words) in [
        ("migrate", &["migrate", "--run-syncdb", "-v0"][..]),
        ("fill", &["fill", &posts, EDITOR, PASSWORD]),
        ("collectstatic", &["collectstatic", "--noinput", "-v0"]),
    ] {
        made(name, python(folder, places).arg("manage.py").args(words), logs)?;
    }
    Ok(())
}

/// Runs it: one process with threads, as the documentation of gunicorn advises for a machine of one
/// core, and everything else by its defaults.
pub(super) fn server(folder: &SiteFolder, places: &SitePlaces, port: u16) -> Command {
    let mut gunicorn = python(folder, places);
    gunicorn.args(["-m", "gunicorn", "--bind", &format!("127.0.0.1:{port}")]);
    gunicorn.args(["--threads", "8", "blog.wsgi"]);
    gunicorn
}

fn python(folder: &SiteFolder, places: &SitePlaces) -> Command {
    let mut python = Command::new("python3");
    python.current_dir(folder.sources());
    python.env("PYTHONPATH", &places.django).env("PYTHONDONTWRITEBYTECODE", "1");
    python.env("SITE_DATA", folder.path());
    // Django compares it without the port.
    let host = folder.host().split(':').next().unwrap_or_default();
    python.env("SITE_HOST", host).env_remove("DJANGO_SETTINGS_MODULE");
    python
}
