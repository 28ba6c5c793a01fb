//! The requests to dependencies, and the meaning of their answers.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod backend;
mod hostile;
mod requests;

use breakwater_core::base::secret_name::SecretName;
use breakwater_core::base::time::Millis;
use breakwater_core::watch::dependency::{
    Dependency, DependencyAnswer, DependencyKind, DependencyUrl,
};
use breakwater_core::watch::health::{Group, Measurement, Status};

/// How long each answer took, in milliseconds.
const TOOK: Millis = Millis::new(42);

fn dependency(kind: DependencyKind) -> Dependency {
    Dependency {
        name: "it".into(),
        kind,
        url: DependencyUrl::parse("https://it.example/rest/v1/products?select=id", kind).unwrap(),
        timeout: Millis::from_secs(5),
        every: Millis::from_secs(30),
        critical: true,
        group: Group::All,
        secret: Some(SecretName::parse("KEY").unwrap()),
    }
}

fn read(kind: DependencyKind, status: u16, body: impl AsRef<[u8]>) -> Vec<Measurement> {
    dependency(kind).read(DependencyAnswer::Answered { status, body: body.as_ref() }, TOOK)
}

/// Checks the status that an answer gives the dependency, and the reason.
#[track_caller]
fn check(kind: DependencyKind, status: u16, body: impl AsRef<[u8]>, expected: (Status, &str)) {
    let found = read(kind, status, body);
    let verdict = &found[0];
    let output = verdict.output.as_deref().unwrap_or_default();
    assert_eq!((verdict.status, output), expected);
    assert_eq!(verdict.status == Status::Pass, verdict.output.is_none());
    assert!(verdict.part.is_none() && verdict.essential);
}
