//! Writes the status pages of hand-made states into a folder, in every language, to be looked at:
//! `LANGUAGE/SAMPLE.html`, and the other pages beside them.
//!
//! `cargo run -p breakwater-core --features toml --example status_page -- FOLDER`

mod samples;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use breakwater_core::base::locale::LOCALES;
use breakwater_core::site::status::page::{
    AssetPaths, HistoryMonth, MessageForm, PageMessage, StatusPages, StatusTextFile, StatusTexts,
    Subscriptions,
};
use breakwater_core::site::status::{PublicStatus, StatusPlace};

const PLACE: StatusPlace<'static> = StatusPlace {
    site_name: "StolenTee",
    site_url: "https://stolentee.example",
    url: "https://stolentee.example/status",
    base: "/status",
};

/// The files as they are called before the build adds their hashes.
const ASSETS: AssetPaths<'static> =
    AssetPaths { css: "status.css", js: "status.js", image: "og.png", report: "report.js" };

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("expected a folder")?);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/status/locales");
    let mut files = Vec::new();
    for lang in LOCALES {
        let name = format!("{lang}.toml");
        files.push(StatusTextFile::parse(&name, lang, &fs::read_to_string(root.join(&name))?)?);
    }
    let languages: Vec<StatusTexts<'_>> = files.iter().map(StatusTextFile::texts).collect();
    for texts in &languages {
        let folder = folder.join(texts.lang);
        fs::create_dir_all(&folder)?;
        let pages = StatusPages {
            place: &PLACE,
            texts,
            languages: &languages,
            is_chosen: texts.lang != "en",
            assets: &ASSETS,
            reports: None,
        };
        let all = Subscriptions { email: true, webhook: true };
        for name in samples::NAMES {
            let status = samples::sample(name);
            let page = pages.overview(status.at(samples::NOW), all);
            fs::write(folder.join(name).with_extension("html"), page)?;
        }
        let heavy = samples::heavy();
        fs::write(folder.join("heavy.html"), pages.overview(heavy.at(samples::NOW), all))?;
        others(&pages, &samples::sample("partial"), &folder)?;
    }
    Ok(())
}

/// The pages beside the main page.
fn others(
    pages: &StatusPages<'_>,
    status: &PublicStatus,
    folder: &Path,
) -> Result<(), Box<dyn Error>> {
    let view = status.at(samples::NOW);
    let write = |name: &str, page: Option<String>| -> Result<(), Box<dyn Error>> {
        Ok(fs::write(folder.join(name), page.ok_or_else(|| format!("no {name}"))?)?)
    };
    write("incident.html", pages.incident(view, "inc-mx0yov0p"))?;
    write("postmortem.html", pages.incident(view, "inc-past-2"))?;
    write("history.html", pages.history(view, HistoryMonth::of(samples::NOW)))?;
    write(
        "history-none.html",
        HistoryMonth::parse("2026-10").and_then(|it| pages.history(view, it)),
    )?;
    write("missing.html", Some(pages.missing()))?;
    let form = MessageForm {
        action: "/status/subscriptions/confirm",
        fields: &[("token", "abc")],
        choices: &[],
        button: "Subscribe",
    };
    let message = PageMessage {
        title: "One more step",
        text: "Press the button, and we write to you.\n\nNothing happens otherwise.",
        forms: &[form],
        links: &[],
    };
    write("message.html", Some(pages.message(&message)))
}
