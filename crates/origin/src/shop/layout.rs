//! The frame that all pages share.

use axum::response::{Html, IntoResponse as _, Response};

use super::Shop;

/// This response header holds the number of the rendering.
pub(super) const RENDER_HEADER: &str = "x-render";

/// A page that was rendered now. Its number stands in `X-Render` and in `<meta name="render">`, so
/// that a stored response can be told from a fresh one.
pub(super) fn page(shop: &Shop, title: &str, main: &str) -> Response {
    let rendering = shop.next_rendering();
    let html = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="render" content="{rendering}">
<title>{title} · StolenTee</title>
<link rel="icon" href="/assets/logo.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/style.css">
<script src="/assets/app.js" defer></script>
</head>
<body>
<header>
<a class="brand" href="/"><img src="/assets/logo.svg" alt="" width="32" height="32">StolenTee</a>
<nav><a href="/products">Shirts</a> <a href="/account">Account</a></nav>
</header>
<main>
{main}</main>
<footer>StolenTee. Bought honestly, worn suspiciously.</footer>
</body>
</html>
"#
    );
    ([(RENDER_HEADER, rendering.to_string())], Html(html)).into_response()
}
