//! Cache deception: a visitor is lured to `/account/x.css`, the upstream answers with their
//! account, and the next visitor who asks for that path gets it too. An answer whose media type
//! contradicts the extension of its path is therefore not stored. (Cloudflare's Cache Deception
//! Armor does the same, but not for answers with `Cache-Control`.)

/// Extensions that caches are known to take for static, and how a media type for each begins.
const PROMISES: &[(&[&str], &[&str])] = &[
    (&["css"], &["text/css"]),
    (
        &["js", "mjs", "cjs"],
        &["text/javascript", "application/javascript", "application/x-javascript"],
    ),
    (&["json", "map", "webmanifest"], &["application/", "text/plain"]),
    (
        &["png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico", "bmp", "tif", "tiff"],
        &["image/"],
    ),
    (&["woff", "woff2", "ttf", "otf", "eot"], &["font/", "application/"]),
    (&["mp3", "ogg", "wav", "flac", "m4a"], &["audio/", "application/ogg"]),
    (&["mp4", "webm", "avi", "mkv", "mov"], &["video/"]),
    (
        &[
            "pdf", "zip", "gz", "tar", "7z", "rar", "exe", "dmg", "jar", "apk", "doc", "docx",
            "xls", "xlsx", "ppt", "pptx",
        ],
        &["application/"],
    ),
    (&["txt", "csv"], &["text/plain", "text/csv", "application/"]),
];

/// Whether what the last segment's extension promises is not what came. A path without one of the
/// extensions promises nothing, and where the promised type is generic
/// (`application/octet-stream`), it is stored.
pub(super) fn is_suspect(path: &str, content_type: Option<&str>) -> bool {
    let segment = path.rsplit('/').next().unwrap_or_default();
    // `%2e`, `;x` and the like: upstreams read these in different ways.
    let segment = segment.split([';', '%', '?', '#']).next().unwrap_or_default();
    let Some((_, extension)) = segment.rsplit_once('.') else { return false };
    let promise = PROMISES
        .iter()
        .find(|(extensions, _)| extensions.iter().any(|one| one.eq_ignore_ascii_case(extension)));
    let Some((_, types)) = promise else { return false };
    let Some(content_type) = content_type else { return false };
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let begins = |prefix: &&str| {
        kind.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    !kind.eq_ignore_ascii_case("application/octet-stream")
        && (!types.iter().any(begins) || kind.eq_ignore_ascii_case("application/xhtml+xml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_under_an_assets_name_is_suspect() {
        for path in ["/account/x.css", "/account/x.CSS", "/a/b.js", "/me/avatar.png;x", "/f.woff2"]
        {
            assert!(is_suspect(path, Some("text/html; charset=utf-8")), "{path}");
        }
        assert!(is_suspect("/me.json", Some("text/html")));
        assert!(is_suspect("/me.pdf", Some("application/xhtml+xml")));
    }

    #[test]
    fn what_is_as_promised_is_not() {
        for (path, kind) in [
            ("/app.css", "text/css; charset=utf-8"),
            ("/app.mjs", "Text/JavaScript"),
            ("/logo.svg", "image/svg+xml"),
            ("/font.woff2", "application/octet-stream"),
            ("/", "text/html"),
            ("/products/1", "text/html"),
            ("/v1.2/about", "text/html"),
            ("/release-1.2", "text/html"),
        ] {
            assert!(!is_suspect(path, Some(kind)), "{path}");
        }
        assert!(!is_suspect("/app.css", None));
    }
}
