//! What frameworks leave in answers, by which a site's own is recognised. Each mark names its
//! source: the documentation of the framework, or its code.

use super::framework::Framework;
use crate::base::fields::Fields;

/// The weight from which on marks name a framework: one that nothing else leaves, or several that
/// others leave too.
pub(super) const RECOGNISED_FROM: u32 = 6;

/// One thing by which a framework is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameworkMark {
    /// The framework that leaves it.
    pub framework: Framework,
    /// What it is, for people.
    pub what: &'static str,
    /// Where it is documented, or the code that writes it.
    pub source: &'static str,
    pub(super) sign: MarkSign,
    /// How much it says; [`RECOGNISED_FROM`] is enough by itself.
    pub(super) weight: u32,
}

/// How a mark is found in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkSign {
    /// A field whose value contains this text, whatever the case of its letters.
    Field(&'static str, &'static str),
    /// A cookie whose name begins with this.
    Cookie(&'static str),
    /// The body contains this text.
    Body(&'static str),
    /// The path's answer is a 200 whose body contains this text.
    At(&'static str, &'static str),
}

impl FrameworkMark {
    /// Whether an answer for this path has the mark.
    pub(super) fn is_in(&self, path: &str, status: u16, fields: Fields<'_>, body: &str) -> bool {
        match self.sign {
            Field(name, text) => fields
                .iter()
                .filter(|(other, _)| *other == name)
                .any(|(_, value)| value.to_ascii_lowercase().contains(text)),
            Cookie(prefix) => cookie_names(fields).any(|name| name.starts_with(prefix)),
            Body(text) => body.contains(text),
            At(at, text) => at == path && status == 200 && body.contains(text),
        }
    }
}

/// The names of the cookies that an answer sets.
pub(super) fn cookie_names(fields: Fields<'_>) -> impl Iterator<Item = &str> {
    let set = fields.iter().filter(|(name, _)| *name == "set-cookie");
    set.filter_map(|(_, value)| value.split_once('=').map(|(name, _)| name.trim()))
}

const fn mark(
    framework: Framework,
    sign: MarkSign,
    weight: u32,
    what: &'static str,
    source: &'static str,
) -> FrameworkMark {
    FrameworkMark { framework, what, source, sign, weight }
}

use Framework::{
    Astro, Django, Express, Laravel, Next, Nuxt, Rails, Static, SvelteKit, WooCommerce, WordPress,
};
use MarkSign::{At, Body, Cookie, Field};

/// All marks.
pub(super) const MARKS: &[FrameworkMark] = &[
    mark(
        WordPress,
        Field("link", "https://api.w.org/"),
        10,
        "its `Link` to the REST API",
        "https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/",
    ),
    mark(
        WordPress,
        Field("x-redirect-by", "wordpress"),
        8,
        "`X-Redirect-By`",
        "https://developer.wordpress.org/reference/functions/wp_redirect/",
    ),
    mark(
        WordPress,
        Body("/wp-includes/"),
        6,
        "files below `/wp-includes/`",
        "https://developer.wordpress.org/reference/functions/includes_url/",
    ),
    mark(
        WordPress,
        Body("/wp-content/"),
        6,
        "files below `/wp-content/`",
        "https://developer.wordpress.org/reference/functions/content_url/",
    ),
    mark(
        WordPress,
        Body("content=\"WordPress "),
        6,
        "the page's generator",
        "https://developer.wordpress.org/reference/functions/the_generator/",
    ),
    mark(
        WordPress,
        At("/wp-login.php", "loginform"),
        10,
        "its login at `/wp-login.php`",
        "https://developer.wordpress.org/reference/functions/wp_login_form/",
    ),
    mark(
        WordPress,
        At("/robots.txt", "Disallow: /wp-admin/"),
        6,
        "`/wp-admin/` in robots.txt",
        "https://developer.wordpress.org/reference/functions/do_robots/",
    ),
    mark(
        WooCommerce,
        Body("/plugins/woocommerce/"),
        10,
        "files of the plugin WooCommerce",
        "https://developer.woocommerce.com/docs/getting-started/project-structure/",
    ),
    mark(
        WooCommerce,
        Body("content=\"WooCommerce "),
        10,
        "the page's generator",
        "https://github.com/woocommerce/woocommerce wc_generator_tag in wc-template-functions.php",
    ),
    mark(
        Next,
        Field("x-powered-by", "next.js"),
        10,
        "`X-Powered-By`",
        "https://nextjs.org/docs/app/api-reference/config/next-config-js/poweredByHeader",
    ),
    mark(
        Next,
        Body("/_next/static/"),
        8,
        "files below `/_next/static/`",
        "https://nextjs.org/docs/app/api-reference/config/next-config-js/assetPrefix",
    ),
    mark(
        Nuxt,
        Field("x-powered-by", "nuxt"),
        10,
        "`X-Powered-By`",
        "https://github.com/nuxt/nuxt packages/nitro-server/src/runtime/handlers/renderer.ts",
    ),
    mark(
        Nuxt,
        Body("/_nuxt/"),
        8,
        "files below `/_nuxt/`",
        "https://nuxt.com/docs/4.x/api/nuxt-config#buildassetsdir",
    ),
    mark(
        Astro,
        Body("content=\"Astro v"),
        10,
        "the page's generator",
        "https://docs.astro.build/en/reference/api-reference/#generator",
    ),
    mark(
        Astro,
        Body("/_astro/"),
        8,
        "files below `/_astro/`",
        "https://docs.astro.build/en/reference/configuration-reference/#buildassets",
    ),
    mark(
        Astro,
        Body("<astro-island"),
        8,
        "islands",
        "https://docs.astro.build/en/concepts/islands/",
    ),
    mark(
        SvelteKit,
        Field("x-sveltekit-page", "true"),
        10,
        "`X-SvelteKit-Page`",
        "https://github.com/sveltejs/kit packages/kit/src/runtime/server/page/render.js",
    ),
    mark(
        SvelteKit,
        Body("/_app/immutable/"),
        8,
        "files below `/_app/immutable/`",
        "https://svelte.dev/docs/kit/configuration#appDir",
    ),
    mark(
        SvelteKit,
        Body("data-sveltekit-"),
        8,
        "its link options",
        "https://svelte.dev/docs/kit/link-options",
    ),
    mark(
        Django,
        Cookie("csrftoken"),
        6,
        "the cookie `csrftoken`",
        "https://docs.djangoproject.com/en/5.2/ref/settings/#csrf-cookie-name",
    ),
    mark(
        Django,
        Body("name=\"csrfmiddlewaretoken\""),
        8,
        "a form's `csrfmiddlewaretoken`",
        "https://docs.djangoproject.com/en/5.2/howto/csrf/",
    ),
    mark(
        Django,
        At("/admin/login/", "csrfmiddlewaretoken"),
        10,
        "its admin at `/admin/`",
        "https://docs.djangoproject.com/en/5.2/ref/contrib/admin/",
    ),
    mark(
        Django,
        Body("DEBUG = True</code> in your"),
        10,
        "the page that it shows with `DEBUG`",
        "https://docs.djangoproject.com/en/5.2/ref/settings/#debug",
    ),
    mark(
        Django,
        Field("cross-origin-opener-policy", "same-origin"),
        2,
        "the fields of SecurityMiddleware",
        "https://docs.djangoproject.com/en/5.2/ref/middleware/#cross-origin-opener-policy",
    ),
    mark(
        Rails,
        Body("name=\"csrf-param\" content=\"authenticity_token\""),
        10,
        "its meta tags against forged forms",
        "https://api.rubyonrails.org/classes/ActionView/Helpers/CsrfHelper.html",
    ),
    mark(
        Rails,
        Field("x-runtime", "."),
        6,
        "`X-Runtime`",
        "https://api.rubyonrails.org/classes/Rack/Runtime.html (a default of Rails::Application)",
    ),
    mark(
        Rails,
        At("/up", "background-color: green"),
        6,
        "its health at `/up`",
        "https://api.rubyonrails.org/classes/Rails/HealthController.html",
    ),
    mark(
        Rails,
        Body("data-turbo-track=\"reload\""),
        4,
        "Turbo",
        "https://turbo.hotwired.dev/handbook/drive",
    ),
    mark(
        Laravel,
        Cookie("laravel_session"),
        10,
        "the cookie `laravel_session`",
        "https://laravel.com/docs/11.x/session#configuration",
    ),
    mark(
        Laravel,
        Cookie("laravel-session"),
        10,
        "the cookie `laravel-session`",
        "https://laravel.com/docs/12.x/session#configuration",
    ),
    mark(
        Laravel,
        Cookie("XSRF-TOKEN"),
        4,
        "the cookie `XSRF-TOKEN`",
        "https://laravel.com/docs/12.x/csrf#csrf-x-xsrf-token",
    ),
    mark(
        Laravel,
        At("/up", "Application up"),
        8,
        "its health at `/up`",
        "https://laravel.com/docs/12.x/deployment#the-health-route",
    ),
    mark(
        Laravel,
        Body("/livewire/"),
        4,
        "Livewire",
        "https://livewire.laravel.com/docs/installation",
    ),
    mark(
        Express,
        Field("x-powered-by", "express"),
        8,
        "`X-Powered-By`",
        "https://expressjs.com/en/5x/api.html#app.settings.table",
    ),
    mark(
        Express,
        Cookie("connect.sid"),
        8,
        "the cookie `connect.sid`",
        "https://expressjs.com/en/resources/middleware/session.html",
    ),
    mark(
        Express,
        Body("<pre>Cannot GET /"),
        8,
        "its page for what is not there",
        "https://github.com/pillarjs/finalhandler",
    ),
    mark(
        Static,
        Field("server", "github.com"),
        6,
        "the server of GitHub Pages",
        "https://docs.github.com/en/pages",
    ),
    mark(
        Static,
        Field("server", "simplehttp"),
        6,
        "Python's server of files",
        "https://docs.python.org/3/library/http.server.html",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_framework_has_marks_that_name_it_and_their_source() {
        for framework in Framework::ALL {
            let marks = || MARKS.iter().filter(|mark| mark.framework == framework);
            let weight: u32 = marks().map(|mark| mark.weight).sum();
            assert!(weight >= RECOGNISED_FROM || framework == Framework::Unknown, "{framework}");
            assert!(marks().all(|mark| mark.source.starts_with("https://")), "{framework}");
        }
    }
}
