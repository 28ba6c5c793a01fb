//! Every preset is a valid site file, alone and together with others.

use breakwater_core::base::origin::Origin;
use breakwater_core::base::pattern::Pattern;
use breakwater_core::site::adopt::{Framework, HostField, PresetArea, SiteDraft};
use breakwater_core::site::config::{Site, parse};
use proptest::prelude::*;

fn draft(frameworks: &[Framework]) -> SiteDraft {
    SiteDraft {
        name: "Shop".into(),
        host: "shop.example".into(),
        origin: Origin::parse("http://localhost:8000").expect("an origin"),
        frameworks: frameworks.to_vec(),
        routes: Vec::new(),
        host_field: HostField::Site,
        probe: "/".into(),
        sitemap: Some("/sitemap.xml".into()),
        has_status: false,
        has_health: false,
        notes: Vec::new(),
    }
}

#[track_caller]
fn site(draft: &SiteDraft) -> Site {
    let text = draft.text();
    parse("breakwater.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn every_preset_is_a_valid_site_file() {
    for framework in Framework::ALL {
        let site = site(&draft(&[framework]));
        let (_, pages) = site.route("/some/page");
        assert!(pages.degrade.stale_if_error.is_some(), "{framework}");
        assert!(!pages.private, "{framework}");
    }
}

#[test]
fn the_back_office_has_a_circuit_of_its_own_and_keeps_nothing() {
    for (framework, office, page) in [
        (Framework::WordPress, "/wp-admin/post.php", "/about/"),
        (Framework::Django, "/admin/auth/user/", "/about/"),
        (Framework::Laravel, "/nova/resources/users", "/about"),
        (Framework::Next, "/admin/orders", "/about"),
    ] {
        let site = site(&draft(&[framework]));
        let ((_, office), (_, page)) = (site.route(office), site.route(page));
        assert!(office.private, "{framework}");
        assert_ne!(office.circuit, page.circuit, "{framework}");
        let origin = |route: usize| &site.upstreams[route].origin;
        assert_eq!(origin(office.upstream), origin(page.upstream), "{framework}");
    }
}

#[test]
fn what_belongs_to_one_customer_is_private() {
    for (framework, path) in [
        (Framework::WooCommerce, "/cart/"),
        (Framework::WooCommerce, "/checkout/order-received/7/"),
        (Framework::WooCommerce, "/wp-json/wc/store/v1/cart"),
        (Framework::WordPress, "/wp-admin/admin-ajax.php"),
        (Framework::Django, "/accounts/login/"),
        (Framework::Rails, "/users/7/edit"),
        (Framework::Next, "/api/auth/session"),
        (Framework::Express, "/account"),
    ] {
        let site = site(&draft(&[framework, Framework::WordPress]));
        assert!(site.route(path).1.private, "{framework} {path}");
    }
}

#[test]
fn the_scripts_of_wordpress_pages_are_not_of_the_back_office() {
    let site = site(&draft(&[Framework::WordPress]));
    let upstream = |path| site.upstreams[site.route(path).1.upstream].name.as_str();
    assert_eq!(upstream("/wp-admin/admin-ajax.php"), "web");
    assert_eq!(upstream("/wp-admin/edit.php"), "office");
    assert_eq!(upstream("/wp-json/wp/v2/posts/7"), "office");
}

#[test]
fn a_sites_own_status_and_health_are_not_taken_from_it() {
    let draft = SiteDraft { has_status: true, has_health: true, ..draft(&[Framework::Express]) };
    let site = site(&draft);
    assert_eq!(site.status.as_deref(), Some("/site-status"));
    assert_eq!(site.health.as_deref(), Some("/site-health"));
}

fn area() -> impl Strategy<Value = PresetArea> {
    prop::sample::select(vec![
        PresetArea::Webhooks,
        PresetArea::Api,
        PresetArea::Office,
        PresetArea::Login,
        PresetArea::Cart,
        PresetArea::Account,
        PresetArea::Assets,
        PresetArea::Feed,
    ])
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let path = "/(a|api|admin|static|status|health|_next|wp-admin|feed)(/(b|v1|login))?(/\\*)?";
    path.prop_filter_map("a pattern", |text| Pattern::parse(&text).ok())
}

proptest! {
    /// Whatever was found and whatever the site calls itself.
    #[test]
    fn every_combination_is_a_valid_site_file(
        frameworks in prop::sample::subsequence(Framework::ALL.to_vec(), 0..=12),
        routes in prop::collection::vec((pattern(), area()), 0..20),
        name in "\\PC{1,40}",
        note in any::<String>(),
        flags in any::<[bool; 4]>(),
    ) {
        let [has_status, has_health, has_sitemap, is_site] = flags;
        let draft = SiteDraft {
            name: if name.trim().is_empty() { "Shop".into() } else { name },
            routes,
            has_status,
            has_health,
            sitemap: has_sitemap.then(|| "/sitemap.xml".into()),
            host_field: if is_site { HostField::Site } else { HostField::Upstream },
            notes: vec![note],
            ..draft(&frameworks)
        };
        let text = draft.text();
        let read = parse("breakwater.toml", &text);
        prop_assert!(read.is_ok(), "{}\n{text}", read.unwrap_err());
    }
}
