//! The routes that each framework is known to have, and how each kind of route is served.

use super::framework::Framework;

/// What a route's paths are for, which says how they are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PresetArea {
    /// Services of others call these: nothing is kept, and an error is JSON.
    Webhooks,
    /// Programs call these on behalf of one visitor: nothing is kept, and an error is JSON.
    PersonalApi,
    /// Programs call these, and who asks may matter: copies are not kept by default.
    Api,
    /// An API that pages and editors use, whose public answers are kept.
    EditorApi,
    /// The back office, on a circuit of its own.
    Office,
    /// Where people sign in.
    Login,
    /// The cart and the checkout.
    Cart,
    /// What belongs to one customer.
    Account,
    /// Connections that stay open.
    Stream,
    /// Files whose names change with their content.
    Assets,
    /// Pictures and other files that editors upload.
    Media,
    /// Feeds.
    Feed,
    /// All else: pages.
    Pages,
}

impl PresetArea {
    /// What the routes of this area are, for a comment.
    pub(super) const fn comment(self) -> &'static str {
        match self {
            Self::Webhooks => {
                "Calls from other services, such as payments. Nothing of them is kept."
            }
            Self::PersonalApi => "Calls of scripts for one visitor each. Nothing of them is kept.",
            Self::Api => {
                "The API. Nothing of it is kept; where its answers are the same for all, add \
                 `stale_if_error`."
            }
            Self::EditorApi => {
                "The API that editors save with: on the circuit of the back office, so that pages \
                 that fail do not keep editors out."
            }
            Self::Office => {
                "The back office, on a circuit of its own. Long work such as uploads gets its time."
            }
            Self::Login => "Where people sign in. Each answer is for one visitor.",
            Self::Cart => "The cart and the checkout. Each answer is for one visitor.",
            Self::Account => "What belongs to one customer.",
            Self::Stream => "Connections that stay open.",
            Self::Assets => {
                "Files that pages load. Their names or queries change with their content."
            }
            Self::Media => "Pictures and other files that were uploaded or resized.",
            Self::Feed => "Feeds, which readers and podcast players ask for all day.",
            Self::Pages => "All other pages.",
        }
    }

    /// Whether the routes use the upstream of the back office.
    pub(super) const fn is_of_the_office(self) -> bool {
        matches!(self, Self::Office | Self::EditorApi)
    }
}

use PresetArea::{
    Account, Api, Assets, Cart, EditorApi, Feed, Login, Media, Office, PersonalApi, Stream,
    Webhooks,
};

/// The routes of a framework, each with what it is for. Where a framework lets people choose the
/// path, it is the one that the documentation names.
pub(super) const fn routes(framework: Framework) -> &'static [(&'static str, PresetArea)] {
    match framework {
        Framework::WooCommerce => WOOCOMMERCE,
        Framework::WordPress => WORDPRESS,
        Framework::Next => NEXT,
        Framework::Nuxt => NUXT,
        Framework::Astro => ASTRO,
        Framework::SvelteKit => SVELTEKIT,
        Framework::Django => DJANGO,
        Framework::Rails => RAILS,
        Framework::Laravel => LARAVEL,
        Framework::Express => EXPRESS,
        Framework::Static => &[("/assets/*", Assets)],
        Framework::Unknown => EXPRESS,
    }
}

/// Scripts of pages use `admin-ajax.php` too, which is why it is not of the back office
/// (developer.wordpress.org/plugins/javascript/ajax/). The block editor saves by `/wp-json/wp/`
/// (developer.wordpress.org/rest-api/reference/).
const WORDPRESS: &[(&str, PresetArea)] = &[
    ("/xmlrpc.php", Webhooks),
    ("/wp-cron.php", Webhooks),
    ("/wp-admin/admin-ajax.php", PersonalApi),
    ("/wp-json/wp/*", EditorApi),
    ("/wp-json/*", Api),
    ("/wp-login.php", Office),
    ("/wp-admin/*", Office),
    ("/wp-comments-post.php", Account),
    ("/wp-includes/*", Assets),
    ("/wp-content/*", Assets),
    ("/feed/*", Feed),
    ("/comments/feed/*", Feed),
];

/// The shop's own pages (woocommerce.com/document/woocommerce-pages/), the calls of payment
/// providers (developer.woocommerce.com, "The WC API callback"), and the cart of its blocks
/// (developer.woocommerce.com, "Store API").
const WOOCOMMERCE: &[(&str, PresetArea)] = &[
    ("/wc-api/*", Webhooks),
    ("/wp-json/wc/store/*", PersonalApi),
    ("/cart/*", Cart),
    ("/checkout/*", Cart),
    ("/my-account/*", Account),
];

/// nextjs.org/docs/app/getting-started/route-handlers, authjs.dev/getting-started/installation,
/// nextjs.org/docs/app/api-reference/components/image.
const NEXT: &[(&str, PresetArea)] = &[
    ("/api/webhooks/*", Webhooks),
    ("/api/auth/*", Login),
    ("/api/*", Api),
    ("/admin/*", Office),
    ("/_next/static/*", Assets),
    ("/_next/image", Media),
];

/// nuxt.com/docs/4.x/directory-structure/server, image.nuxt.com (the provider `ipx`).
const NUXT: &[(&str, PresetArea)] = &[
    ("/api/webhooks/*", Webhooks),
    ("/api/auth/*", Login),
    ("/api/*", Api),
    ("/admin/*", Office),
    ("/_nuxt/*", Assets),
    ("/_ipx/*", Media),
];

/// docs.astro.build: "Endpoints", "Actions", "Server islands", "Images" (`/_image`).
const ASTRO: &[(&str, PresetArea)] = &[
    ("/api/webhooks/*", Webhooks),
    ("/_actions/*", PersonalApi),
    ("/_server-islands/*", PersonalApi),
    ("/api/*", Api),
    ("/admin/*", Office),
    ("/_astro/*", Assets),
    ("/_image", Media),
];

/// svelte.dev/docs/kit/routing#server, svelte.dev/docs/kit/configuration#appDir.
const SVELTEKIT: &[(&str, PresetArea)] = &[
    ("/api/webhooks/*", Webhooks),
    ("/api/*", Api),
    ("/admin/*", Office),
    ("/_app/immutable/*", Assets),
];

/// docs.djangoproject.com: the tutorial's `admin/`, `accounts/` of django.contrib.auth,
/// `STATIC_URL`, `MEDIA_URL`.
const DJANGO: &[(&str, PresetArea)] = &[
    ("/webhooks/*", Webhooks),
    ("/api/*", Api),
    ("/admin/*", Office),
    ("/accounts/*", Login),
    ("/static/*", Assets),
    ("/media/*", Media),
];

/// guides.rubyonrails.org: the asset pipeline, Active Storage, Action Cable, the generator of
/// authentication; github.com/heartcombo/devise for `/users`.
const RAILS: &[(&str, PresetArea)] = &[
    ("/webhooks/*", Webhooks),
    ("/api/*", Api),
    ("/admin/*", Office),
    ("/session/*", Login),
    ("/passwords/*", Login),
    ("/users/*", Account),
    ("/cable", Stream),
    ("/assets/*", Assets),
    ("/packs/*", Assets),
    ("/rails/active_storage/*", Media),
];

/// laravel.com/docs/12.x: Vite's `/build`, `/storage`, Sanctum, Nova, Horizon, Telescope,
/// broadcasting; livewire.laravel.com.
const LARAVEL: &[(&str, PresetArea)] = &[
    ("/webhooks/*", Webhooks),
    ("/stripe/webhook", Webhooks),
    ("/livewire/*", PersonalApi),
    ("/sanctum/*", Login),
    ("/broadcasting/*", PersonalApi),
    ("/api/*", Api),
    ("/admin/*", Office),
    ("/nova/*", Office),
    ("/nova-api/*", Office),
    ("/horizon/*", Office),
    ("/telescope/*", Office),
    ("/login", Login),
    ("/register", Login),
    ("/forgot-password", Login),
    ("/build/*", Assets),
    ("/storage/*", Media),
];

/// What small servers usually have: expressjs.com/en/starter/static-files.html, socket.io/docs.
const EXPRESS: &[(&str, PresetArea)] = &[
    ("/webhooks/*", Webhooks),
    ("/api/*", Api),
    ("/admin/*", Office),
    ("/login", Login),
    ("/logout", Login),
    ("/cart/*", Cart),
    ("/checkout/*", Cart),
    ("/account/*", Account),
    ("/socket.io/*", Stream),
    ("/static/*", Assets),
    ("/public/*", Assets),
    ("/assets/*", Assets),
];

/// Why little of a site is kept as the framework comes, and what its owners can do about it.
pub(super) const fn advice(framework: Framework) -> Option<&'static str> {
    match framework {
        Framework::Rails => Some(
            "Rails marks each answer `private` unless the action says otherwise, and nothing of \
             that is ever kept. `expires_in 1.minute, public: true` in the actions of public pages \
             lets their pages survive an outage.",
        ),
        Framework::Laravel => Some(
            "Laravel starts a session for each visitor and marks each page `private`, and nothing \
             of that is ever kept. Public pages survive an outage if their routes leave out the \
             group `web`, or at least StartSession, and have the middleware \
             `cache.headers:public`.",
        ),
        Framework::Django => Some(
            "Django sets a cookie with each page that has a form, and a page that sets a cookie is \
             never kept. Pages without forms are.",
        ),
        Framework::WordPress | Framework::WooCommerce => Some(
            "Some plugins start a PHP session for each visitor. A page that sets a cookie is never \
             kept: `npx breakwater explain` names it.",
        ),
        Framework::Next => Some(
            "Next.js marks pages that it renders for each request `private, no-store`, and they \
             are never kept. Static pages and those with `revalidate` are.",
        ),
        Framework::Nuxt
        | Framework::Astro
        | Framework::SvelteKit
        | Framework::Express
        | Framework::Static
        | Framework::Unknown => None,
    }
}

/// Whether pages of the framework are the same for all visitors unless they say `private` or
/// `no-store`, so that a lifetime that they name for caches need not keep copies from an outage.
pub(super) const fn overrides(framework: Framework) -> bool {
    match framework {
        Framework::Next
        | Framework::Nuxt
        | Framework::Astro
        | Framework::SvelteKit
        | Framework::Static => true,
        Framework::WooCommerce
        | Framework::WordPress
        | Framework::Django
        | Framework::Rails
        | Framework::Laravel
        | Framework::Express
        | Framework::Unknown => false,
    }
}

/// Whether the framework goes by the name that visitors use, for its addresses or against forged
/// forms, so that it must be sent `Host` as visitors sent it.
pub(super) const fn wants_the_site_as_host(framework: Framework) -> bool {
    !matches!(framework, Framework::Static)
}
