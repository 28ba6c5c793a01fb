//! The files that pages load, as a module of the Worker's entry.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use super::{joined, scripts, sources};
use crate::bundle::{digest, replace_dir};
use crate::run;
use crate::tools::{PageTools, Toolchain};

/// The script that makes a page of a folder.
const SCRIPT: &str = "page.ts";
/// The script beside it that pages of others load.
const WIDGET: &str = "widget.ts";
/// The style beside it.
const STYLE: &str = "page.css";
/// What the module is called that holds the files.
const MODULE: &str = "asset_files.ts";
/// The oldest browsers that the scripts run in, by their language: those of 2022.
const LANGUAGE: &str = "es2022";
/// The script that is written into its page, which visitors get who came for the site.
const EMBEDDED: &str = "fallback/page.js";
/// The oldest browsers that it runs in, by their language: those of 2019.
const LANGUAGE_OF_VISITORS: &str = "es2019";
/// How many digits of the hash a name has.
const HASH_DIGITS: usize = 12;

/// A kind of file: the end of its name, and its type.
type Kind = (&'static str, &'static str);

/// What is joined of sources.
const JOINED: [Kind; 2] =
    [("css", "text/css; charset=utf-8"), ("js", "text/javascript; charset=utf-8")];

/// What stays as it is.
const PICTURES: [Kind; 1] = [("png", "image/png")];

/// The files of all pages, in order.
pub(crate) fn files(toolchain: &Toolchain) -> Result<Value> {
    let built = build(&toolchain.www())?;
    let mut files = Vec::new();
    for page in pages()? {
        files.extend(files_in(&built, &page, &JOINED)?);
        files.extend(files_in(&sources(), &page, &PICTURES)?);
    }
    Ok(files.into())
}

/// Writes the module with all files into a folder.
pub(crate) fn write_module(files: &Value, to: &Path) -> Result<()> {
    let module = format!(
        "// Written by `cargo xtask` from `www`.\nimport type {{ AssetFile }} from \
         \"./assets.ts\";\n\nexport const FILES: readonly AssetFile[] = {files};\n"
    );
    Ok(fs::write(to.join(MODULE), module)?)
}

/// Joins the script and the style of each page; returns the folder that they are in, each in one
/// of its own.
pub(super) fn build(tools: &PageTools<'_>) -> Result<PathBuf> {
    let built = scripts();
    replace_dir(&built)?;
    let mut esbuild = joined(tools, "iife", LANGUAGE, &built);
    esbuild.arg("--minify");
    for page in pages()? {
        let folder = sources().join(page);
        esbuild.arg(folder.join(SCRIPT));
        let others = [STYLE, WIDGET].map(|name| folder.join(name));
        esbuild.args(others.into_iter().filter(|path| path.exists()));
    }
    run::shown(&mut esbuild)?;
    let mut esbuild = joined(tools, "iife", LANGUAGE_OF_VISITORS, &built);
    run::shown(esbuild.arg("--minify").arg(sources().join(EMBEDDED)))?;
    Ok(built)
}

/// The folders of `www` that are pages, in order.
fn pages() -> Result<Vec<String>> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(sources())? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).context("a strange name")?;
        if path.join(SCRIPT).exists() {
            pages.push(name.to_owned());
        }
    }
    pages.sort();
    Ok(pages)
}

/// The files of these kinds that a page has below a folder.
fn files_in(folder: &Path, page: &str, kinds: &[Kind]) -> Result<Vec<Value>> {
    let entries = fs::read_dir(folder.join(page))?.collect::<Result<Vec<_>, _>>()?;
    let mut paths: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let part =
            |part: Option<&OsStr>| part.and_then(OsStr::to_str).unwrap_or_default().to_owned();
        let (stem, extension) = (part(path.file_stem()), part(path.extension()));
        let Some((_, content_type)) = kinds.iter().find(|(known, _)| *known == extension) else {
            continue;
        };
        let content = fs::read(&path).with_context(|| path.display().to_string())?;
        let name = format!("{page}-{stem}-{}.{extension}", hash(&content));
        let (key, body) = match String::from_utf8(content) {
            Ok(text) => ("text", text),
            Err(bytes) => ("base64", Base64::encode_string(bytes.as_bytes())),
        };
        let path = format!("{page}/{stem}.{extension}");
        files.push(json!({ "path": path, "name": name, "type": content_type, key: body }));
    }
    Ok(files)
}

/// The hash of a content, as far as it stands in a name.
fn hash(content: &[u8]) -> String {
    let mut hash = digest([content]);
    hash.truncate(HASH_DIGITS);
    hash
}

#[cfg(test)]
mod tests {
    use super::{hash, pages};

    #[test]
    fn the_status_page_is_a_page_and_the_fallback_is_none() {
        let pages = pages().unwrap();
        assert!(pages.contains(&"status".into()), "{pages:?}");
        assert!(!pages.contains(&"fallback".into()), "{pages:?}");
    }

    #[test]
    fn another_content_has_another_name() {
        assert_eq!(hash(b"a").len(), super::HASH_DIGITS);
        assert_ne!(hash(b"a"), hash(b"b"));
    }
}
