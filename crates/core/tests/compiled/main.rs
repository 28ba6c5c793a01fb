//! A site file becomes one module, whose form is pinned: code and site are deployed apart.

#![cfg(feature = "toml")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{env, fs};

use breakwater_core::base::json;
use breakwater_core::base::locale::LOCALES;
use breakwater_core::site::compiled::{
    CompileError, CompiledSite, FORM, LocaleSources, PageSources, SitePart, compile,
};
use breakwater_core::site::config::{Site, WatchRules, parse_file};
use breakwater_core::site::page::Assembled;
use breakwater_core::site::status::page::StatusTextFile;
use serde_json::Value;

/// A site with something of each kind that the module holds.
const SITE: &str = include_str!("site.toml");

fn sources() -> PageSources {
    let www = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www");
    let read = |name: &str| {
        fs::read_to_string(www.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let locales = LOCALES.iter().map(|locale| {
        let [fallback, status] =
            ["fallback", "status"].map(|page| read(&format!("{page}/locales/{locale}.toml")));
        ((*locale).to_owned(), LocaleSources { fallback, status })
    });
    PageSources {
        html: read("fallback/page.html"),
        css: read("fallback/page.css"),
        js: "page();".to_owned(),
        banner: read("fallback/banner.html"),
        report: "report();".to_owned(),
        build: "breakwater@0".to_owned(),
        locales: locales.collect::<BTreeMap<_, _>>(),
    }
}

#[track_caller]
fn compiled(text: &str) -> CompiledSite {
    compile("breakwater.toml", text, &sources()).unwrap_or_else(|error| panic!("{error}"))
}

/// The value of a constant of the module.
fn constant<'a>(module: &'a str, name: &str) -> &'a str {
    let start = format!("export const {name} = ");
    let line = module.lines().find_map(|line| line.strip_prefix(start.as_str()));
    line.and_then(|value| value.strip_suffix(';')).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn rust_reads_of_the_module_what_the_file_says() {
    let compiled = compiled(SITE);
    let file = parse_file("breakwater.toml", SITE).unwrap();
    let module = compiled.module().unwrap();
    let parts: BTreeMap<String, String> = serde_json::from_str(constant(&module, "parts")).unwrap();
    let part = |part: SitePart| parts[part.as_str()].as_str();
    assert_eq!(part(SitePart::Site), compiled.part(SitePart::Site));

    let site: Site = json::read(part(SitePart::Site)).unwrap();
    assert_eq!(site, file.site);
    let watch = WatchRules::embedded(part(SitePart::Watch), part(SitePart::Checks), &site).unwrap();
    assert_eq!(watch, file.watch);
    let pages: Vec<Assembled> = json::read(part(SitePart::Pages)).unwrap();
    let texts: Vec<StatusTextFile> = json::read(part(SitePart::StatusTexts)).unwrap();
    let locales: Vec<&str> = pages.iter().map(|pages| pages.locale.as_str()).collect();
    assert_eq!(locales, ["de", "en"]);
    assert_eq!(texts.iter().map(|texts| texts.texts().lang).collect::<Vec<_>>(), locales);
    assert!(pages[0].fallback.contains("Shop &amp; Söhne"), "{}", pages[0].fallback);
    assert_eq!(compiled.needs.host, "shop.example");
}

#[test]
fn a_site_of_one_language_has_the_texts_of_no_other() {
    let module = compiled(&SITE.replace(r#"["de", "en"]"#, r#"["en"]"#)).module().unwrap();
    assert!(!module.contains("Verstanden") && !module.contains("Störung"));
}

/// Whatever a site file says, the module is one line for each of its constants: no text of it ends
/// a string or a line, or opens a comment or a tag.
#[test]
fn no_text_of_the_file_gets_out_of_its_string() {
    for hostile in ["\\\";alert(1);//", "</script>", "\u{2028}`${1}`", "*/ \\u0022"] {
        let name = SITE.replace("Shop & Söhne", hostile);
        let module = compiled(&name).module().unwrap();
        let lines: Vec<&str> = module.lines().collect();
        assert_eq!(lines.len(), 5, "{module}");
        for name in ["form", "forwarding", "log", "parts"] {
            let value = constant(&module, name);
            serde_json::from_str::<Value>(value).unwrap();
        }
    }
}

#[test]
fn a_mistake_is_told_with_its_place() {
    let wrong = SITE.replace("host = ", "hots = ");
    let error = compile("breakwater.toml", &wrong, &sources()).unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("breakwater.toml:3:1: site: unknown key `hots`"), "{said}");

    let missing = PageSources { locales: BTreeMap::new(), ..sources() };
    let error = compile("breakwater.toml", SITE, &missing).unwrap_err();
    assert_eq!(error.to_string(), "www/fallback/locales/de.toml: is missing");
    assert!(matches!(error, CompileError::Page(_)));
}

/// The code refuses a module of another form, so the number has to change with the form. Where this
/// test fails and the code before the change could not read the new module, or the code after it
/// could not read the old one, raise `FORM` too. The variable `BREAKWATER_UPDATE` writes the file.
#[test]
fn the_form_is_pinned() {
    let compiled = compiled(SITE);
    let module = compiled.module().unwrap();
    let values =
        [compiled.part(SitePart::Site), constant(&module, "forwarding"), constant(&module, "log")];
    let shapes = values.map(|value| {
        let mut lines = BTreeSet::new();
        note(&serde_json::from_str(value).unwrap(), "", &mut lines);
        lines.into_iter().map(|line| line + "\n").collect::<String>()
    });
    let form = format!("form {FORM}\n{}", shapes.join("\n"));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compiled/form.txt");
    if env::var_os("BREAKWATER_UPDATE").is_some() {
        fs::write(&file, &form).unwrap();
    }
    assert_eq!(fs::read_to_string(&file).unwrap_or_default(), form);
}

/// Notes the names and kinds of all values, a line each.
fn note(value: &Value, path: &str, lines: &mut BTreeSet<String>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(items) => {
            for item in items {
                note(item, &format!("{path}[]"), lines);
            }
            "a list"
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                note(field, &format!("{path}.{name}"), lines);
            }
            "an object"
        }
    };
    lines.insert(format!("{path}: {kind}"));
}
