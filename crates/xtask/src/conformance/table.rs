//! Counts by kind: for the terminal, and beside those of other caches for the document.

use std::cmp::Reverse;
use std::fmt::Write as _;

use super::suite::{Judged, Product};
use super::verdict::{Kind, Test, Verdict};

/// How many tests of each kind came out how, a line for each kind.
pub(crate) fn counts(tests: &[Test]) -> String {
    let mut lines = String::new();
    for kind in Kind::ALL {
        let of_kind: Vec<&Test> = tests.iter().filter(|test| test.kind == kind).collect();
        let count = |verdict| of_kind.iter().filter(|test| test.verdict == verdict).count();
        let counts = Verdict::all().map(|verdict| (count(verdict), verdict));
        let counts: Vec<String> = counts
            .filter(|(count, _)| *count > 0)
            .map(|(count, verdict)| format!("{count} {verdict}"))
            .collect();
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{:8} {:>4}: {}", kind.name(), of_kind.len(), counts.join(", "));
    }
    lines
}

/// The document's section: Breakwater beside the products, most required tests passed first.
pub(crate) fn section(suite: &str, version: &str, judged: &Judged) -> String {
    let total = |kind| judged.tests.iter().filter(|test| test.kind == kind).count();
    let [required, optimal, check] = Kind::ALL.map(total);
    let mut section = format!(
        "| cache | version | required, of {required}: passed | failed | no verdict | \
         optimal, of {optimal}: passed | checks, of {check}: yes |\n\
         |---|---|---|---|---|---|---|\n"
    );
    section += &row("**Breakwater**", version, &judged.tests);
    let mut products: Vec<&Product> = judged.products.iter().collect();
    let passed = |product: &Product| count(Kind::Required, &product.tests, Verdict::passes);
    products.sort_by_key(|product| Reverse(passed(product)));
    for product in products {
        section += &row(&product.name, &product.version, &product.tests);
    }
    // Writing to a string cannot fail.
    let _ = writeln!(
        section,
        "\nOf {suite}. No verdict: what the test builds on did not come about. The other caches' \
         results are those that the suite publishes, judged by the same rules."
    );
    section
}

fn row(name: &str, version: &str, tests: &[Test]) -> String {
    let [required, optimal, check] = Kind::ALL.map(|kind| count(kind, tests, Verdict::passes));
    let failed = count(Kind::Required, tests, |verdict| verdict == Verdict::Fail);
    let no_verdict = count(Kind::Required, tests, |_| true) - required - failed;
    format!("| {name} | {version} | {required} | {failed} | {no_verdict} | {optimal} | {check} |\n")
}

fn count(kind: Kind, tests: &[Test], is: impl Fn(Verdict) -> bool) -> usize {
    tests.iter().filter(|test| test.kind == kind && is(test.verdict)).count()
}

#[cfg(test)]
mod tests {
    use super::super::suite::{Judged, Product};
    use super::super::verdict::{Kind, Test, Verdict};
    use super::{counts, section};

    fn tests(verdicts: &[(Kind, Verdict)]) -> Vec<Test> {
        let test = |(index, &(kind, verdict)): (usize, &(Kind, Verdict))| Test {
            id: index.to_string(),
            kind,
            verdict,
            message: String::new(),
        };
        verdicts.iter().enumerate().map(test).collect()
    }

    #[test]
    fn counts_tell_each_kind_and_what_came_of_it() {
        let tests = tests(&[
            (Kind::Required, Verdict::Pass),
            (Kind::Required, Verdict::DependencyFail),
            (Kind::Required, Verdict::Pass),
            (Kind::Optimal, Verdict::OptionalFail),
            (Kind::Check, Verdict::Yes),
            (Kind::Check, Verdict::No),
        ]);
        assert_eq!(
            counts(&tests),
            "required    3: 2 pass, 1 dependency_fail\n\
             optimal     1: 1 optional_fail\n\
             check       2: 1 yes, 1 no\n"
        );
    }

    #[test]
    fn the_section_counts_what_came_of_each_cache() {
        let product = |name: &str, required: [Verdict; 3]| Product {
            name: name.to_owned(),
            version: "1.2".to_owned(),
            tests: tests(&required.map(|verdict| (Kind::Required, verdict))),
        };
        let judged = Judged {
            tests: tests(&[
                (Kind::Required, Verdict::Pass),
                (Kind::Required, Verdict::Pass),
                (Kind::Required, Verdict::SetupFail),
                (Kind::Optimal, Verdict::OptionalFail),
                (Kind::Check, Verdict::Yes),
            ]),
            products: vec![
                product("Behind", [Verdict::Fail, Verdict::DependencyFail, Verdict::Untested]),
                product("Ahead", [Verdict::Pass, Verdict::Fail, Verdict::Fail]),
            ],
        };
        assert_eq!(
            section("tests 1.0", "0.1.0", &judged),
            "| cache | version | required, of 3: passed | failed | no verdict | \
             optimal, of 1: passed | checks, of 1: yes |\n\
             |---|---|---|---|---|---|---|\n\
             | **Breakwater** | 0.1.0 | 2 | 0 | 1 | 0 | 1 |\n\
             | Ahead | 1.2 | 1 | 2 | 0 | 0 | 0 |\n\
             | Behind | 1.2 | 0 | 1 | 2 | 0 | 0 |\n\
             \n\
             Of tests 1.0. No verdict: what the test builds on did not come about. The other \
             caches' results are those that the suite publishes, judged by the same rules.\n"
        );
    }
}
