//! Reads a page as a browser would, as far as the tests need it.

use std::collections::BTreeSet;

/// Elements without an end.
const VOID: [&str; 5] = ["meta", "link", "input", "br", "img"];

/// What is wrong with a page: elements that do not close, ids that stand twice, references to ids
/// that there are not, and what the content security policy forbids.
pub(crate) fn problems(page: &str) -> Vec<String> {
    let (mut problems, mut open) = (Vec::new(), Vec::new());
    for tag in tags(page) {
        let name = name_of(tag);
        if let Some(name) = name.strip_prefix('/') {
            if open.pop() != Some(name) {
                problems.push(format!("`{name}` closes what is not open"));
            }
        } else if !VOID.contains(&name) && !tag.ends_with('/') && !tag.starts_with('!') {
            open.push(name);
        }
        for (attribute, _) in attributes_of(tag) {
            if attribute == "style" || attribute.starts_with("on") {
                problems.push(format!("`{name}` has `{attribute}`"));
            }
        }
    }
    if let Some(left) = open.last() {
        problems.push(format!("`{left}` stays open"));
    }
    let ids = attributes(page, "id");
    let known: BTreeSet<_> = ids.iter().collect();
    if known.len() < ids.len() {
        problems.push("an id stands twice".into());
    }
    let fragments = attributes(page, "href").into_iter();
    let fragments = fragments.filter_map(|href| href.strip_prefix('#').map(str::to_owned));
    let labels = attributes(page, "aria-labelledby").into_iter().chain(attributes(page, "for"));
    for wanted in fragments.chain(labels) {
        if !known.contains(&wanted) {
            problems.push(format!("there is no `{wanted}`"));
        }
    }
    problems
}

/// The values of an attribute, in order.
pub(crate) fn attributes(page: &str, name: &str) -> Vec<String> {
    let all = tags(page).into_iter().flat_map(attributes_of);
    all.filter(|(known, _)| known == name).map(|(_, value)| value).collect()
}

/// The text between a tag and the next one.
pub(crate) fn text_of<'a>(page: &'a str, tag: &str) -> &'a str {
    let after = page.split_once(tag).map_or("", |(_, after)| after);
    after.split('<').next().unwrap_or_default()
}

/// What stands between `<` and `>`. In a page of ours neither stands in an attribute, since both
/// are escaped.
fn tags(page: &str) -> Vec<&str> {
    let starts = page.split('<').skip(1);
    starts.map(|rest| rest.split('>').next().unwrap_or_default()).collect()
}

fn name_of(tag: &str) -> &str {
    tag.split([' ', '\n']).next().unwrap_or_default().trim_end_matches('/')
}

fn attributes_of(tag: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = tag.strip_prefix(name_of(tag)).unwrap_or_default();
    loop {
        rest = rest.trim_start_matches([' ', '\n', '/']);
        let end = rest.find([' ', '\n', '=', '/']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return found;
        }
        let quoted = after.strip_prefix("=\"").and_then(|value| value.split_once('"'));
        let (value, after) = quoted.unwrap_or(("", after));
        found.push((name.to_owned(), value.to_owned()));
        rest = after;
    }
}
