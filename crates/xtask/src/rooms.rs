//! Holds the rooms of core apart: which room may use which, and no cycle among the modules of one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::place;

/// Each room of core and the rooms that it may use. `docs/architecture.md` has the same table.
const ALLOWED: [(&str, &[&str]); 6] = [
    ("base", &[]),
    ("circuit", &["base"]),
    ("cache", &["base"]),
    ("watch", &["base", "circuit"]),
    ("telemetry", &["base"]),
    ("site", &["base", "circuit", "cache", "watch", "telemetry"]),
];

/// The modules that one file of a room uses.
#[derive(Debug, PartialEq, Eq)]
struct Use {
    /// The file, below core's `src`.
    file: String,
    /// The line, from 1.
    line: usize,
    /// The room and the module of the file.
    from: (String, String),
    /// What the file uses.
    to: Named,
}

/// A room and, where the path goes on, a module of it.
type Named = (String, Option<String>);

/// Fails if a room uses another that it may not, or if modules of a room use each other in a
/// circle. Tests may use every room, since they are no part of what is built.
pub(crate) fn check() -> Result<()> {
    let root = place::root().join("crates/core/src");
    let mut uses = Vec::new();
    for file in sources(&root)? {
        let name = file.strip_prefix(&root)?.to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        uses.extend(read(&name, &text));
    }
    let complaints = complaints(&uses);
    ensure!(complaints.is_empty(), "{complaints}");
    Ok(())
}

/// The sources of these crates without their tests: each file's path from the root, and its text.
///
/// # Errors
/// If a file cannot be read.
pub(crate) fn texts(crates: &[&str]) -> Result<Vec<(String, String)>> {
    let mut texts = Vec::new();
    for name in crates {
        for file in sources(&place::root().join("crates").join(name).join("src"))? {
            let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            let shown = file.strip_prefix(place::root()).unwrap_or(&file).display().to_string();
            texts.push((shown, text));
        }
    }
    Ok(texts)
}

/// All Rust files below a folder but those of tests, in order.
fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("tests.rs")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// What a file uses. Its tests stand at its end, as everywhere in core, and are left out.
fn read(file: &str, text: &str) -> Vec<Use> {
    let module: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    let [room, own, ..] = module[..] else { return Vec::new() };
    let code: String = text
        .split("#[cfg(test)]")
        .next()
        .unwrap_or_default()
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .fold(String::new(), |code, line| code + line + "\n");
    let mut uses = Vec::new();
    for (start, path) in paths(&code, &module) {
        let line = code.get(..start).unwrap_or_default().matches('\n').count() + 1;
        for to in path {
            uses.push(Use { file: file.into(), line, from: (room.into(), own.into()), to });
        }
    }
    uses
}

/// The rooms and modules that paths of the code name, each with where its path begins: those from
/// `crate`, and those that climb out of the file's own room by `super`.
fn paths(code: &str, module: &[&str]) -> Vec<(usize, Vec<Named>)> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        let rest = code.get(start + "crate::".len()..).unwrap_or_default();
        if code.get(..start).is_some_and(|before| before.ends_with('$')) {
            continue;
        }
        found.push((start, named(rest)));
    }
    for (start, _) in code.match_indices("super::") {
        if code.get(..start).is_some_and(|before| before.ends_with("super::")) {
            continue;
        }
        let mut rest = code.get(start..).unwrap_or_default();
        let mut depth = module.len();
        while let Some(next) = rest.strip_prefix("super::") {
            rest = next;
            depth = depth.saturating_sub(1);
        }
        match (depth, module.first()) {
            (0, _) => found.push((start, named(rest))),
            (1, Some(room)) => {
                let names = first_names(rest).into_iter();
                found.push((start, names.map(|name| ((*room).into(), Some(name))).collect()));
            }
            _ => {}
        }
    }
    found
}

/// The rooms and modules at the beginning of a path below the crate's root.
fn named(path: &str) -> Vec<Named> {
    let mut all = Vec::new();
    for branch in branches(path) {
        let Some(room) = first_names(branch).into_iter().next() else { continue };
        match branch.trim_start().strip_prefix(&room).and_then(|rest| rest.strip_prefix("::")) {
            Some(rest) => {
                let modules = first_names(rest).into_iter();
                all.extend(modules.map(|module| (room.clone(), Some(module))));
            }
            None => all.push((room, None)),
        }
    }
    all
}

/// The first name of each branch of a path.
fn first_names(path: &str) -> Vec<String> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let name = |branch: &str| branch.trim_start().split(|c| !is_name(c)).next().map(String::from);
    branches(path).into_iter().filter_map(name).filter(|name| !name.is_empty()).collect()
}

/// The branches of a path that begins with a brace, or the path itself.
fn branches(path: &str) -> Vec<&str> {
    let Some(inner) = path.strip_prefix('{') else { return vec![path] };
    let (mut depth, mut start, mut branches) = (0_usize, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match (c, depth) {
            ('{', _) => depth += 1,
            ('}', 0) => {
                branches.extend(inner.get(start..at));
                return branches;
            }
            ('}', _) => depth -= 1,
            (',', 0) => {
                branches.extend(inner.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    branches
}

/// One line per use that is not allowed, then one per circle.
fn complaints(uses: &[Use]) -> String {
    let mut text = String::new();
    let may = |from: &str, to: &str| {
        from == to || ALLOWED.iter().any(|(room, rooms)| *room == from && rooms.contains(&to))
    };
    let is_room = |room: &str| ALLOWED.iter().any(|(known, _)| *known == room);
    for Use { file, line, from, to } in uses {
        let module = to.1.as_deref().map_or(String::new(), |module| format!("::{module}"));
        if !is_room(&from.0) || !is_room(&to.0) {
            let _ = writeln!(text, "{file}:{line}: `{}{module}` is not in a room of core", to.0);
        } else if !may(&from.0, &to.0) {
            let rooms = ALLOWED.iter().find(|(room, _)| *room == from.0).map_or(&[][..], |x| x.1);
            let allowed = if rooms.is_empty() { "no other room".into() } else { rooms.join(", ") };
            let _ = writeln!(
                text,
                "{file}:{line}: `{}` uses `{}{module}`, allowed: {allowed}",
                from.0, to.0
            );
        }
    }
    if let Err(circle) = circle(uses) {
        let _ = writeln!(text, "{circle:#}");
    }
    text
}

/// Fails with the first circle among the modules of a room.
fn circle(uses: &[Use]) -> Result<()> {
    let mut edges: BTreeMap<(&str, &str), BTreeMap<&str, &Use>> = BTreeMap::new();
    for one in uses.iter().filter(|one| one.from.0 == one.to.0) {
        if let Some(module) = one.to.1.as_deref().filter(|module| *module != one.from.1) {
            edges.entry((&one.from.0, &one.from.1)).or_default().entry(module).or_insert(one);
        }
    }
    let mut done = Vec::new();
    for start in edges.keys() {
        visit(*start, &edges, &mut Vec::new(), &mut done)?;
    }
    Ok(())
}

fn visit<'a>(
    node: (&'a str, &'a str),
    edges: &BTreeMap<(&'a str, &'a str), BTreeMap<&'a str, &'a Use>>,
    path: &mut Vec<(&'a str, &'a Use)>,
    done: &mut Vec<(&'a str, &'a str)>,
) -> Result<()> {
    if done.contains(&node) {
        return Ok(());
    }
    for (module, one) in edges.get(&node).into_iter().flatten() {
        path.push((node.1, one));
        if let Some(begin) = path.iter().position(|(known, _)| known == module) {
            let steps = path.get(begin..).unwrap_or_default().iter();
            let steps: Vec<String> = steps
                .map(|(module, one)| format!("{module} ({}:{})", one.file, one.line))
                .collect();
            bail!("modules of `{}` use each other: {}", node.0, steps.join(" -> "));
        }
        visit((node.0, module), edges, path, done)?;
        path.pop();
    }
    done.push(node);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{check, complaints, read};

    #[test]
    fn the_rooms_of_core_are_apart() {
        check().expect("no arrow that is not allowed");
    }

    fn told(files: &[(&str, &str)]) -> String {
        let uses: Vec<_> = files.iter().flat_map(|(file, text)| read(file, text)).collect();
        complaints(&uses)
    }

    #[test]
    fn a_room_uses_what_lies_below_it_only() {
        assert_eq!(told(&[("site/page.rs", "use crate::base::time::Millis;")]), "");
        assert_eq!(
            told(&[("cache/copy/key.rs", "\n// A comment.\nuse crate::site::config::Site;")]),
            "cache/copy/key.rs:3: `cache` uses `site::config`, allowed: base\n"
        );
        assert_eq!(
            told(&[("base/path.rs", "fn f() { crate::circuit::policy::f() }")]),
            "base/path.rs:1: `base` uses `circuit::policy`, allowed: no other room\n"
        );
    }

    #[test]
    fn no_form_of_a_path_hides_its_room() {
        for code in [
            "use crate::{base::time, watch::health::{Name, Group}};",
            "use super::super::watch::health;",
            "use super::super::{base::time, watch::health::Name};",
            "use crate::watch::{health::Name};",
        ] {
            let told = told(&[("cache/copy.rs", code)]);
            assert!(told.contains("`cache` uses `watch::health`"), "{code}: {told}");
        }
        assert!(told(&[("cache/copy.rs", "use crate::config::Site;")]).contains("not in a room"));
    }

    #[test]
    fn comments_and_tests_may_name_every_room() {
        let code = "//! See [`x`](crate::site::config).\n#[cfg(test)]\nmod tests { use crate::site::config::Site; }";
        assert_eq!(told(&[("base/path.rs", code)]), "");
    }

    #[test]
    fn modules_of_a_room_do_not_use_each_other_in_a_circle() {
        let told = told(&[
            ("cache/copy.rs", "use crate::cache::kind::Kind;"),
            ("cache/kind.rs", "use super::stored::Stored;"),
            ("cache/stored.rs", "use crate::cache::{rules::Rules, copy::key};"),
        ]);
        let expected = "modules of `cache` use each other: copy (cache/copy.rs:1) -> \
            kind (cache/kind.rs:1) -> stored (cache/stored.rs:1)\n";
        assert_eq!(told, expected);
    }
}
