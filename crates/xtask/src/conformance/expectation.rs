//! What should come of each test: a file that is committed, one test a line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::verdict::{Test, Verdict, is_deviation};

/// What should come of each test of a suite.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expectation {
    /// Which suite it was written for.
    pub(crate) suite: String,
    tests: BTreeMap<String, Expected>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Expected {
    verdict: Verdict,
    /// Why the test does not pass; empty if no reason is written down.
    why: String,
}

/// A test of which something else came than should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The test.
    pub(crate) id: String,
    /// None if no expectation names it.
    expected: Option<Verdict>,
    got: Verdict,
    message: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = self.expected.map_or("nothing", Verdict::name);
        write!(f, "{}: expected {expected}, got {}", self.id, self.got)?;
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}

impl Expectation {
    /// Reads a file's text.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let file: Value = serde_json::from_str(text)?;
        let suite = file["suite"].as_str().context("no `suite`")?.to_owned();
        let tests = file["tests"].as_object().context("no `tests`")?;
        let tests = tests.iter().map(|(id, expected)| {
            let expected = Expected::read(expected).with_context(|| format!("`{id}`"))?;
            Ok((id.clone(), expected))
        });
        Ok(Self { suite, tests: tests.collect::<Result<_>>()? })
    }

    /// The file's text.
    pub(crate) fn text(&self) -> Result<String> {
        let mut text = format!("{{\n  \"suite\": {},\n  \"tests\": {{", json!(self.suite));
        for (index, (id, expected)) in self.tests.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(text, "{comma}\n    {}: {}", json!(id), expected.text())?;
        }
        text += "\n  }\n}\n";
        Ok(text)
    }

    /// What the file lacks or says in vain about the suite's tests, a line each.
    pub(crate) fn faults(&self, tests: &[Test]) -> Vec<String> {
        let mut faults = Vec::new();
        for test in tests {
            let Some(expected) = self.tests.get(&test.id) else { continue };
            let (id, kind) = (&test.id, test.kind.name());
            let verdict = expected.verdict;
            match (is_deviation(test.kind, verdict), expected.why.trim().is_empty()) {
                (true, true) => {
                    faults.push(format!("{id}: {kind}, but {verdict}, which lacks a `why`"));
                }
                (false, false) => {
                    faults.push(format!("{id}: {kind} and {verdict}, which needs no `why`"));
                }
                (true, false) | (false, true) => {}
            }
        }
        faults
    }

    /// Where the tests came out otherwise. What is expected of a test that the suite does not have
    /// is a difference too.
    pub(crate) fn differences(&self, tests: &[Test]) -> Vec<Difference> {
        let known: BTreeSet<&str> = tests.iter().map(|test| test.id.as_str()).collect();
        let differ = tests.iter().filter_map(|test| {
            let expected = self.verdict_of(&test.id);
            (expected != Some(test.verdict)).then(|| Difference {
                id: test.id.clone(),
                expected,
                got: test.verdict,
                message: test.message.clone(),
            })
        });
        let gone = self.tests.iter().filter(|(id, _)| !known.contains(id.as_str()));
        let gone = gone.map(|(id, expected)| Difference {
            id: id.clone(),
            expected: Some(expected.verdict),
            got: Verdict::Untested,
            message: "the suite has no such test".to_owned(),
        });
        differ.chain(gone).collect()
    }

    /// What is expected of one test.
    pub(crate) fn verdict_of(&self, id: &str) -> Option<Verdict> {
        Some(self.tests.get(id)?.verdict)
    }

    /// The expectation that these results fulfil. What was explained stays explained.
    pub(crate) fn updated(&self, suite: String, tests: &[Test]) -> Self {
        let tests = tests.iter().map(|test| {
            let why = match self.tests.get(&test.id) {
                Some(expected) if is_deviation(test.kind, test.verdict) => expected.why.clone(),
                _ => String::new(),
            };
            (test.id.clone(), Expected { verdict: test.verdict, why })
        });
        Self { suite, tests: tests.collect() }
    }
}

impl Expected {
    fn read(value: &Value) -> Result<Self> {
        let members = value.as_object().context("not an object")?;
        if let Some(key) = members.keys().find(|key| !["result", "why"].contains(&key.as_str())) {
            bail!("unknown key `{key}`, expected `result` and `why`");
        }
        let result = value["result"].as_str().context("no `result`")?;
        let why = match members.get("why") {
            None => "",
            Some(why) => why.as_str().context("`why` is no text")?,
        };
        let verdict = Verdict::named(result).with_context(|| {
            let known: Vec<&str> = Verdict::all().map(Verdict::name).collect();
            format!("unknown result `{result}`, expected one of {}", known.join(", "))
        })?;
        Ok(Self { verdict, why: why.to_owned() })
    }

    fn text(&self) -> Value {
        let mut members = Map::new();
        members.insert("result".to_owned(), json!(self.verdict.name()));
        if !self.why.is_empty() {
            members.insert("why".to_owned(), json!(self.why));
        }
        Value::Object(members)
    }
}

#[cfg(test)]
mod tests {
    use super::super::verdict::{Kind, Test, Verdict};
    use super::Expectation;

    const FILE: &str = r#"{
  "suite": "tests 1.0",
  "tests": {
    "age": {"result":"pass"},
    "freshness": {"result":"fail","why":"clocks"},
    "range": {"result":"optional_fail","why":"parts are not kept"},
    "vary": {"result":"no"}
  }
}
"#;

    fn file() -> Expectation {
        Expectation::parse(FILE).unwrap()
    }

    fn test(id: &str, kind: Kind, verdict: Verdict, message: &str) -> Test {
        Test { id: id.to_owned(), kind, verdict, message: message.to_owned() }
    }

    fn as_expected() -> [Test; 4] {
        [
            test("age", Kind::Required, Verdict::Pass, ""),
            test("freshness", Kind::Required, Verdict::Fail, "too old"),
            test("range", Kind::Optimal, Verdict::OptionalFail, "not from the cache"),
            test("vary", Kind::Check, Verdict::No, "no"),
        ]
    }

    #[track_caller]
    fn differences(tests: &[Test], expected: &[&str]) {
        let found: Vec<String> =
            file().differences(tests).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[track_caller]
    fn refused(tests: &str, why: &str) {
        let text = format!(r#"{{"suite": "s", "tests": {{{tests}}}}}"#);
        assert_eq!(format!("{:#}", Expectation::parse(&text).unwrap_err()), why);
    }

    #[test]
    fn text_leads_back_to_the_file() {
        assert_eq!(file().text().unwrap(), FILE);
    }

    #[test]
    fn results_as_expected_make_no_difference() {
        differences(&as_expected(), &[]);
    }

    #[test]
    fn worse_and_better_results_differ_alike() {
        let mut tests = as_expected();
        tests[0].verdict = Verdict::Fail;
        tests[0].message = "Response 2 comes from cache".to_owned();
        tests[1].verdict = Verdict::Pass;
        tests[1].message.clear();
        differences(
            &tests,
            &[
                "age: expected pass, got fail: Response 2 comes from cache",
                "freshness: expected fail, got pass",
            ],
        );
    }

    #[test]
    fn tests_that_one_side_does_not_know_differ() {
        let mut tests = as_expected().to_vec();
        tests[0] = test("aged", Kind::Required, Verdict::Pass, "");
        differences(
            &tests,
            &[
                "aged: expected nothing, got pass",
                "age: expected pass, got untested: the suite has no such test",
            ],
        );
    }

    #[test]
    fn deviations_without_why_are_refused_by_name() {
        let text = FILE.replace(r#","why":"clocks""#, "").replace("parts are not kept", " ");
        let faults = Expectation::parse(&text).unwrap().faults(&as_expected());
        assert_eq!(
            faults,
            [
                "freshness: required, but fail, which lacks a `why`",
                "range: optimal, but optional_fail, which lacks a `why`",
            ]
        );
    }

    #[test]
    fn what_passes_needs_no_why() {
        let text = FILE.replace(r#""pass""#, r#""pass","why":"once""#);
        let faults = Expectation::parse(&text).unwrap().faults(&as_expected());
        assert_eq!(faults, ["age: required and pass, which needs no `why`"]);
        assert_eq!(file().faults(&as_expected()), [""; 0]);
    }

    #[test]
    fn an_update_keeps_what_was_explained() {
        let mut tests = as_expected();
        tests[0].verdict = Verdict::SetupFail;
        tests[1].verdict = Verdict::DependencyFail;
        tests[2].verdict = Verdict::Pass;
        let updated = file().updated("tests 1.1".to_owned(), &tests);
        assert_eq!(
            updated.text().unwrap(),
            r#"{
  "suite": "tests 1.1",
  "tests": {
    "age": {"result":"setup_fail"},
    "freshness": {"result":"dependency_fail","why":"clocks"},
    "range": {"result":"pass"},
    "vary": {"result":"no"}
  }
}
"#
        );
        assert!(updated.differences(&tests).is_empty());
    }

    #[test]
    fn files_that_say_something_else_are_refused_with_the_test() {
        let known = "pass, fail, optional_fail, yes, no, setup_fail, harness_fail, \
                     dependency_fail, retry, untested";
        refused(
            r#""a": {"result": "passed"}"#,
            &format!("`a`: unknown result `passed`, expected one of {known}"),
        );
        refused(
            r#""a": {"result": "pass", "reason": ""}"#,
            "`a`: unknown key `reason`, expected `result` and `why`",
        );
        refused(r#""a": "pass""#, "`a`: not an object");
        refused(r#""a": {"why": "b"}"#, "`a`: no `result`");
    }
}
