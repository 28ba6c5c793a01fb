//! Whether an answer is the same behind Breakwater as of the site itself.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use breakwater_testing::Answer;

use super::{Person, between};

/// Fields of one hop, and those that tell the moment. Next.js says once or twice that a page was
/// rendered in advance, by how fresh it is.
const OF_THE_MOMENT: [&str; 9] = [
    "connection",
    "date",
    "expires",
    "keep-alive",
    "set-cookie",
    "transfer-encoding",
    "etag",
    "x-nextjs-cache",
    "x-nextjs-prerender",
];

/// Compares answers of one site. `moments` are texts between which a page has what differs from
/// answer to answer, such as the token of a form.
#[derive(Clone, Copy, Debug)]
pub struct Likeness {
    /// What stands before and after each.
    pub moments: &'static [(&'static str, &'static str)],
}

impl Likeness {
    /// Opens a path as both, and compares what they got.
    pub async fn of(&self, through: &mut Person, direct: &mut Person, path: &str) -> Result<()> {
        let (through, direct) = (through.open(path).await?, direct.open(path).await?);
        self.check(&through, &direct).map_err(|error| error.context(path.to_owned()))
    }

    /// Compares two answers.
    pub fn check(&self, through: &Answer, direct: &Answer) -> Result<()> {
        let (status, expected) = (through.status, direct.status);
        ensure!(status == expected, "status {status}, of the site itself {expected}");
        ensure!(
            through.told("source") == "origin",
            "the answer is not the site's: {}",
            through.field("breakwater")
        );
        for name in direct.headers.keys() {
            let name = name.as_str();
            if OF_THE_MOMENT.contains(&name) {
                continue;
            }
            let (got, expected) = (joined(through, name), joined(direct, name));
            ensure!(got == expected, "{name}: {got:?}, of the site itself {expected:?}");
        }
        let (got, expected) = (cookies(through), cookies(direct));
        ensure!(got == expected, "cookies {got:?}, of the site itself {expected:?}");
        let (got, expected) = (self.body(through), self.body(direct));
        ensure!(
            got == expected,
            "another body: {} and of the site itself {} bytes; from: {:?} and {:?}",
            got.len(),
            expected.len(),
            differing(&got, &expected),
            differing(&expected, &got)
        );
        Ok(())
    }

    /// The body without what is of the moment.
    pub fn body(&self, answer: &Answer) -> String {
        let mut text = answer.text();
        for (before, after) in self.moments {
            let mut done = String::new();
            let mut rest = text.as_str();
            while let Ok(moment) = between(rest, before, after) {
                let at = rest.find(before).unwrap_or_default() + before.len();
                done += &rest[..at];
                rest = &rest[at + moment.len()..];
            }
            text = done + rest;
        }
        text
    }
}

/// The values of a field. One line for each is the same as one line for all (RFC 9110 §5.3), but
/// for cookies.
fn joined(answer: &Answer, name: &str) -> String {
    values(answer, name).join(", ")
}

fn values(answer: &Answer, name: &str) -> Vec<String> {
    let all = answer.headers.get_all(name).into_iter();
    all.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}

/// The cookies that an answer sets: their names, and how, without values and times.
fn cookies(answer: &Answer) -> BTreeSet<String> {
    let set = values(answer, "set-cookie").into_iter();
    set.map(|line| {
        let name = line.split('=').next().unwrap_or_default().to_owned();
        let how = line.split("; ").skip(1).filter(|it| !it.to_lowercase().starts_with("expires"));
        name + ": " + &how.collect::<Vec<_>>().join("; ")
    })
    .collect()
}

/// A little of the first text, from where it differs.
fn differing(one: &str, other: &str) -> String {
    let at = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    one.chars().skip(at.saturating_sub(40)).take(120).collect()
}
