//! What the suite's tests are for, and what came of them, in the suite's own terms.

use std::fmt;

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// What a test's failing means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The specification is violated.
    Required,
    /// A stored answer could have been used, and was not.
    Optimal,
    /// Nothing: it only shows how the cache behaves.
    Check,
}

impl Kind {
    /// In the order in which they are told.
    pub(crate) const ALL: [Self; 3] = [Self::Required, Self::Optimal, Self::Check];

    /// The suite's word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Optimal => "optimal",
            Self::Check => "check",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What came of a test, as the suite judges it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A required or optimal test passed.
    Pass,
    /// A required test failed.
    Fail,
    /// An optimal test failed.
    OptionalFail,
    /// What a check looks for is so.
    Yes,
    /// It is not so.
    No,
    /// What the test builds on did not come about.
    SetupFail,
    /// The suite itself failed.
    HarnessFail,
    /// Another test failed that this one depends on.
    DependencyFail,
    /// The cache sent a request twice, so the test says nothing.
    Retry,
    /// It did not run.
    Untested,
}

impl Verdict {
    /// Each with its name in expectation files and the suite's symbol.
    const ALL: [(Self, &'static str, &'static str); 10] = [
        (Self::Pass, "pass", "✅"),
        (Self::Fail, "fail", "⛔️"),
        (Self::OptionalFail, "optional_fail", "⚠️"),
        (Self::Yes, "yes", "Y"),
        (Self::No, "no", "N"),
        (Self::SetupFail, "setup_fail", "🔹"),
        (Self::HarnessFail, "harness_fail", "⁉️"),
        (Self::DependencyFail, "dependency_fail", "⚪️"),
        (Self::Retry, "retry", "↻"),
        (Self::Untested, "untested", "-"),
    ];

    /// All of them, in the order in which they are told.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().map(|(verdict, ..)| verdict)
    }

    /// Its name in expectation files.
    pub(crate) fn name(self) -> &'static str {
        let entry = Self::ALL.iter().find(|(verdict, ..)| *verdict == self);
        entry.map_or("", |(_, name, _)| name)
    }

    /// The verdict of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, own, _)| *own == name).map(|&(verdict, ..)| verdict)
    }

    /// The verdict that the suite shows by this symbol.
    pub(crate) fn of_symbol(symbol: &str) -> Option<Self> {
        Self::ALL.iter().find(|(.., own)| *own == symbol).map(|&(verdict, ..)| verdict)
    }

    /// Whether the suite calls it passed.
    pub(crate) fn passes(self) -> bool {
        matches!(self, Self::Pass | Self::Yes)
    }

    /// The result as the suite's command line tells it when it runs all tests, from what it says
    /// when it runs one.
    pub(crate) fn raw(self, message: &str) -> Value {
        match self {
            Self::Pass | Self::Yes => json!(true),
            Self::SetupFail => json!(["Setup", message]),
            Self::Retry => json!(["Setup", "retry"]),
            Self::HarnessFail => json!(["AbortError", message]),
            Self::Fail | Self::OptionalFail | Self::No | Self::DependencyFail | Self::Untested => {
                json!(["Assertion", message])
            }
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A test and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Test {
    /// The suite's name for it.
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) verdict: Verdict,
    /// Why it did not pass, in the suite's words.
    pub(crate) message: String,
}

impl Test {
    /// Reads what `judge.mjs` prints of a test.
    pub(crate) fn read(value: &Value) -> Result<Self> {
        let text = |key| value[key].as_str().with_context(|| format!("no `{key}` in {value}"));
        let (kind, symbol) = (text("kind")?, text("symbol")?);
        Ok(Self {
            id: text("id")?.to_owned(),
            kind: Kind::named(kind).with_context(|| format!("unknown kind in {value}"))?,
            verdict: Verdict::of_symbol(symbol)
                .with_context(|| format!("unknown symbol in {value}"))?,
            message: text("message")?.to_owned(),
        })
    }
}

/// Whether a test of this kind with this verdict is something to explain.
pub(crate) fn is_deviation(kind: Kind, verdict: Verdict) -> bool {
    match kind {
        Kind::Required | Kind::Optimal => verdict != Verdict::Pass,
        Kind::Check => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Kind, Test, Verdict, is_deviation};

    #[track_caller]
    fn read(value: Value, kind: Kind, verdict: Verdict) {
        let test = Test::read(&value).unwrap();
        assert_eq!((test.kind, test.verdict), (kind, verdict));
    }

    #[test]
    fn the_suite_s_symbols_have_names() {
        let test = |kind, symbol| json!({"id": "a", "kind": kind, "symbol": symbol, "message": ""});
        read(test("required", "✅"), Kind::Required, Verdict::Pass);
        read(test("required", "⛔️"), Kind::Required, Verdict::Fail);
        read(test("optimal", "⚠️"), Kind::Optimal, Verdict::OptionalFail);
        read(test("check", "Y"), Kind::Check, Verdict::Yes);
        read(test("check", "N"), Kind::Check, Verdict::No);
        read(test("optimal", "🔹"), Kind::Optimal, Verdict::SetupFail);
        read(test("optimal", "⚪️"), Kind::Optimal, Verdict::DependencyFail);
        read(test("required", "⁉️"), Kind::Required, Verdict::HarnessFail);
        read(test("required", "↻"), Kind::Required, Verdict::Retry);
        read(test("check", "-"), Kind::Check, Verdict::Untested);
    }

    #[test]
    fn what_the_suite_does_not_say_is_refused() {
        let error = |value| Test::read(&value).unwrap_err().to_string();
        let test = json!({"id": "a", "kind": "required", "symbol": "?", "message": ""});
        assert!(error(test).starts_with("unknown symbol in "));
        let test = json!({"id": "a", "kind": "nice", "symbol": "Y", "message": ""});
        assert!(error(test).starts_with("unknown kind in "));
        assert!(error(json!({"id": "a"})).starts_with("no `kind` in "));
    }

    #[test]
    fn names_and_symbols_lead_back_to_their_verdict() {
        for verdict in Verdict::all() {
            assert_eq!(Verdict::named(verdict.name()), Some(verdict));
        }
        assert_eq!(Verdict::named("passed"), None);
    }

    #[test]
    fn what_one_run_says_is_told_as_a_run_of_all_tells_it() {
        assert_eq!(Verdict::Yes.raw(""), json!(true));
        assert_eq!(Verdict::Fail.raw("why"), json!(["Assertion", "why"]));
        assert_eq!(Verdict::SetupFail.raw("why"), json!(["Setup", "why"]));
        assert_eq!(Verdict::Retry.raw("retry"), json!(["Setup", "retry"]));
    }

    #[test]
    fn all_but_checks_must_pass_or_be_explained() {
        assert!(is_deviation(Kind::Required, Verdict::Fail));
        assert!(is_deviation(Kind::Required, Verdict::DependencyFail));
        assert!(is_deviation(Kind::Optimal, Verdict::OptionalFail));
        assert!(is_deviation(Kind::Optimal, Verdict::Untested));
        assert!(!is_deviation(Kind::Optimal, Verdict::Pass));
        assert!(!is_deviation(Kind::Check, Verdict::No));
    }
}
