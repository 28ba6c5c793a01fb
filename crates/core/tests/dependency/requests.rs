use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::dependency::{DependencyKind, SecretUse};
use breakwater_core::watch::health::{self, Group, Status};

use super::dependency;

/// Returns the request fields for dependencies of a kind, in the form in which they are sent.
fn sent(kind: DependencyKind, secret: Option<&str>) -> String {
    let mut dependency = dependency(kind);
    dependency.secret = dependency.secret.filter(|_| secret.is_some());
    let request = dependency.request(secret).unwrap();
    let fields = request.fields.iter().map(|(name, value)| format!("{name}: {value}\n"));
    format!("{} {}\n{}", request.method, request.url, fields.collect::<String>())
}

#[test]
fn a_probe_that_was_cut_short_is_over_after_its_time() {
    let dependency = dependency(DependencyKind::Http);
    let begun = Timestamp::from_millis(1_000_000);
    assert!(!dependency.is_probing(None, begun));
    assert!(dependency.is_probing(Some(begun), begun));
    let longest = dependency.timeout.saturating_add(Millis::from_secs(5));
    assert!(!dependency.is_probing(Some(begun), begun + longest));
    let stepped_back = Timestamp::from_millis(0);
    assert!(!dependency.is_probing(Some(begun), stepped_back));
}

#[test]
fn a_secret_goes_where_its_kind_has_it() {
    assert_eq!(
        sent(DependencyKind::SupabaseRest, Some("s3cret")),
        "GET https://it.example/rest/v1/products?select=id\n\
         user-agent: Breakwater-Probe\n\
         accept: application/json\n\
         cache-control: no-cache\n\
         range-unit: items\n\
         range: 0-0\n\
         apikey: s3cret\n\
         authorization: Bearer s3cret\n"
    );
    for kind in [DependencyKind::SupabaseAuth, DependencyKind::SupabaseStorage] {
        let sent = sent(kind, Some("s3cret"));
        assert!(sent.contains("\napikey: s3cret\n"), "{sent}");
        assert!(sent.contains("\nauthorization: Bearer s3cret\n"), "{sent}");
    }
    for kind in [DependencyKind::Http, DependencyKind::BackendHealth, DependencyKind::UpstashRedis]
    {
        let sent = sent(kind, Some("s3cret"));
        assert!(!sent.contains("apikey"), "{sent}");
        assert!(sent.contains("\nauthorization: Bearer s3cret\n"), "{sent}");
    }
}

#[test]
fn what_needs_no_secret_is_asked_without_one() {
    for kind in
        DependencyKind::ALL.into_iter().filter(|kind| kind.secret_use() != SecretUse::Required)
    {
        let sent = sent(kind, None);
        assert!(!sent.contains("authorization") && !sent.contains("apikey"), "{sent}");
    }
}

#[test]
fn without_its_secret_a_dependency_is_not_asked_and_warns() {
    let dependency = dependency(DependencyKind::UpstashRedis);
    for secret in [None, Some("")] {
        let unset = dependency.request(secret).unwrap_err();
        let [measured] = unset.measurements().try_into().unwrap();
        assert_eq!(measured.status, Status::Warn);
        assert_eq!(measured.output.as_deref(), Some("the secret `KEY` is not set"));
    }
}

#[test]
fn a_dependency_is_a_component_of_the_site() {
    let component = dependency(DependencyKind::SupabaseRest).component();
    assert_eq!((component.name.as_str(), component.kind), ("it", health::ComponentKind::Datastore));
    assert_eq!((component.critical, component.group), (true, Group::All));
    assert_eq!(component.every.get(), 30_000);
    assert_eq!(
        dependency(DependencyKind::Statuspage).component().kind,
        health::ComponentKind::Component
    );
}
