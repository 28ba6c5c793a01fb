//! What a path is for, by its first segment, in the languages that Breakwater's own pages have.

use super::presets::PresetArea;

const WORDS: &[(PresetArea, &[&str])] = &[
    (PresetArea::Webhooks, &["webhook", "webhooks", "hooks", "callbacks"]),
    (PresetArea::Api, &["api", "graphql", "rest", "trpc", "rpc", "ajax"]),
    (
        PresetArea::Office,
        &["admin", "administration", "backoffice", "back-office", "cms", "manage", "studio"],
    ),
    (
        PresetArea::Login,
        &[
            "login",
            "log-in",
            "signin",
            "sign-in",
            "signup",
            "sign-up",
            "register",
            "auth",
            "logout",
            "password",
            "password-reset",
            "anmelden",
            "registrieren",
            "connexion",
            "inscription",
            "iniciar-sesion",
            "registro",
            "session",
            "sessions",
            "accounts",
        ],
    ),
    (
        PresetArea::Cart,
        &[
            "cart",
            "basket",
            "bag",
            "checkout",
            "payment",
            "payments",
            "warenkorb",
            "kasse",
            "panier",
            "caisse",
            "commande",
            "carrito",
            "cesta",
            "finalizar-compra",
        ],
    ),
    (
        PresetArea::Account,
        &[
            "account",
            "my-account",
            "profile",
            "orders",
            "wishlist",
            "settings",
            "dashboard",
            "mein-konto",
            "konto",
            "mon-compte",
            "compte",
            "mi-cuenta",
            "cuenta",
            "me",
            "user",
        ],
    ),
    (PresetArea::Feed, &["feed", "rss"]),
];

/// Folders that hold nothing but files which pages load.
const FOLDERS: [&str; 14] = [
    "assets", "static", "public", "css", "styles", "js", "scripts", "img", "images", "fonts",
    "dist", "build", "uploads", "files",
];

/// Whether this is the first segment of files that pages load.
pub(super) fn is_folder_of_assets(segment: &str) -> bool {
    FOLDERS.contains(&segment)
}

/// What a path is for, if its first segment says so.
pub(super) fn area_of(path: &str) -> Option<PresetArea> {
    let first = first_segment(path).to_ascii_lowercase();
    let found = WORDS.iter().find(|(_, words)| words.contains(&first.as_str()));
    found.map(|(area, _)| *area)
}

/// The first segment of a path, without what may end the name of a page of PHP or HTML.
pub(super) fn first_segment(path: &str) -> &str {
    path.trim_start_matches('/').split(['/', '?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_segment_says_what_a_path_is_for() {
        for (path, expected) in [
            ("/login", Some(PresetArea::Login)),
            ("/Warenkorb/", Some(PresetArea::Cart)),
            ("/api/products?page=2", Some(PresetArea::Api)),
            ("/products/login", None),
            ("/", None),
            ("/cartoons", None),
        ] {
            assert_eq!(area_of(path), expected, "{path}");
        }
    }
}
