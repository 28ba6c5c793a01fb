//! What a survey makes of the answers of real servers.

use breakwater_core::site::adopt::{AdoptedSite, Framework, SiteSurvey, SurveyOptions};
use breakwater_core::site::config::{Site, parse};

use super::recordings::{self, recorded, survey};

fn site(adopted: &AdoptedSite) -> Site {
    let text = &adopted.text;
    parse("breakwater.toml", text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[track_caller]
fn check(name: &str, expected: &[Framework]) -> (AdoptedSite, Site) {
    let answers = recorded(name);
    let adopted = survey("http://localhost:8000", SurveyOptions::default(), &answers);
    assert_eq!(adopted.frameworks, expected, "{name}: {:?}", adopted.marks);
    let site = site(&adopted);
    (adopted, site)
}

#[test]
fn real_frameworks_are_recognised() {
    for (name, framework) in [
        ("astro", Framework::Astro),
        ("django", Framework::Django),
        ("express", Framework::Express),
        ("next", Framework::Next),
        ("sveltekit", Framework::SvelteKit),
    ] {
        check(name, &[framework]);
    }
}

#[test]
fn a_site_on_this_machine_goes_by_its_own_name_until_it_is_deployed() {
    let (_, site) = check("django", &[Framework::Django]);
    assert_eq!(site.host, "localhost");
    assert_eq!(site.upstreams[0].origin.as_str(), "http://localhost:8000");
    assert_eq!(site.name, "Django shop");
}

#[test]
fn what_the_home_page_links_to_becomes_routes() {
    let (_, site) = check("express", &[Framework::Express]);
    assert_eq!(site.name, "Ada");
    for path in ["/login", "/cart", "/cart/7"] {
        assert!(site.route(path).1.private, "{path}");
    }
    assert!(site.route("/static/app.css").1.cache);
    assert!(!site.route("/products/1").1.private);
}

#[test]
fn a_real_wordpress_is_asked_by_the_name_that_its_login_tells() {
    let (adopted, site) = check("wordpress", &[Framework::WordPress]);
    assert_eq!((site.host.as_str(), site.name.as_str()), ("blog.example", "Ada writes"));
    assert_eq!(site.upstreams[0].host.as_deref(), Some("blog.example"));
    assert!(adopted.notes.iter().all(|note| !note.contains("400")), "{:?}", adopted.notes);
}

const WORDPRESS: &str = "
=== / 301
location:https://blog.example/
x-redirect-by:WordPress

=== /robots.txt 200
content-type:text/plain

User-agent: *
Disallow: /wp-admin/
Sitemap: https://blog.example/wp-sitemap.xml

=== /wp-sitemap.xml 200
content-type:application/xml

<sitemapindex><sitemap><loc>https://blog.example/wp-sitemap-posts-post-1.xml</loc></sitemap>";

/// What the code of each framework writes, where no server of it was at hand to be recorded:
/// rails/rails `csrf_helper.rb` and `health_controller.rb`, laravel/framework `health-up.blade.php`
/// and laravel/laravel `config/session.php`, nuxt/nuxt `renderer.ts`, woocommerce/woocommerce
/// `wc-template-functions.php`.
#[test]
fn frameworks_are_recognised_by_what_their_code_writes() {
    const RAILS: &str = "\n=== / 200\ncontent-type:text/html; charset=utf-8\nx-runtime:0.012\n\
        cache-control:max-age=0, private, must-revalidate\n\n<meta name=\"csrf-param\" \
        content=\"authenticity_token\" />\n=== /up 200\ncontent-type:text/html\n\n\
        <!DOCTYPE html><html><body style=\"background-color: green\"></body></html>";
    const LARAVEL: &str = "\n=== / 200\ncontent-type:text/html; charset=UTF-8\n\
        cache-control:no-cache, private\nset-cookie:XSRF-TOKEN=e; path=/\n\
        set-cookie:laravel_session=e; path=/; httponly\n\n<p>Hello\n=== /up 200\n\
        content-type:text/html\n\n<h2>Application up</h2>";
    const NUXT: &str = "\n=== / 200\ncontent-type:text/html;charset=utf-8\nx-powered-by:Nuxt\n\n\
        <link rel=\"modulepreload\" as=\"script\" crossorigin href=\"/_nuxt/BXa.js\">";
    const WOOCOMMERCE: &str = "\n=== / 200\ncontent-type:text/html; charset=UTF-8\n\n\
        <meta name=\"generator\" content=\"WooCommerce 10.3.4\" />\
        <script src=\"/wp-content/plugins/woocommerce/assets/js/frontend/cart.js\"></script>";
    for (text, expected) in [
        (RAILS, &[Framework::Rails][..]),
        (LARAVEL, &[Framework::Laravel]),
        (NUXT, &[Framework::Nuxt]),
        (WOOCOMMERCE, &[Framework::WooCommerce, Framework::WordPress]),
    ] {
        let answers = recordings::parse(text);
        let adopted = survey("http://localhost:8000", SurveyOptions::default(), &answers);
        assert_eq!(adopted.frameworks, expected, "{:?}", adopted.marks);
        site(&adopted);
    }
}

#[test]
fn a_site_that_redirects_to_its_public_name_is_asked_by_that() {
    let answers = recordings::parse(WORDPRESS);
    let adopted = survey("http://localhost:8080", SurveyOptions::default(), &answers);
    assert_eq!(adopted.frameworks, [Framework::WordPress]);
    let site = site(&adopted);
    assert_eq!(site.host, "blog.example");
    assert_eq!(site.upstreams[0].host.as_deref(), Some("blog.example"));
    assert!(adopted.notes.iter().any(|note| note.contains("X-Forwarded-Proto")), "{adopted:?}");
    assert!(adopted.text.contains("source = \"/wp-sitemap.xml\""));
}

#[test]
fn the_operator_knows_better_than_the_marks() {
    let options = SurveyOptions {
        host: Some("shop.example".into()),
        framework: Some(Framework::WooCommerce),
    };
    let adopted = survey("localhost:8000", options, &recorded("express"));
    assert_eq!(adopted.frameworks, [Framework::WooCommerce, Framework::WordPress]);
    assert_eq!(site(&adopted).host, "shop.example");
}

#[test]
fn a_site_without_marks_gets_the_general_preset() {
    let nothing = recordings::parse("\n=== / 200\ncontent-type:text/html\n\n<p>Hello");
    let adopted = survey("http://localhost:8000", SurveyOptions::default(), &nothing);
    assert_eq!(adopted.frameworks, [Framework::Unknown]);
    site(&adopted);
    let files = "\n=== / 200\nlast-modified:Sun, 06 Nov 1994 08:49:37 GMT\netag:\"a\"\n\n<p>Hello";
    let adopted = survey("localhost:80", SurveyOptions::default(), &recordings::parse(files));
    assert_eq!(adopted.frameworks, [Framework::Static]);
    site(&adopted);
}

#[test]
fn a_server_that_does_not_answer_yields_a_valid_file_too() {
    let mut survey = SiteSurvey::new("localhost:1", SurveyOptions::default()).expect("an origin");
    while survey.poll_request().is_some() {
        survey.handle_failure();
    }
    site(&survey.finish());
}

#[test]
fn a_server_that_breakwater_could_not_call_is_refused() {
    for url in ["ftp://shop.example", "https://user:pw@shop.example", ""] {
        let refused = SiteSurvey::new(url, SurveyOptions::default());
        assert!(refused.is_err(), "{url}");
    }
}

#[test]
fn a_host_that_is_no_name_is_refused() {
    let options = SurveyOptions { host: Some("shop.example:80".into()), framework: None };
    let refused = SiteSurvey::new("localhost:8000", options).expect_err("a port is no name");
    assert_eq!(
        refused.to_string(),
        "`shop.example:80` is not a host, expected a bare name such as `shop.example`"
    );
}
