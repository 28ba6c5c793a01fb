//! Which rules of RFCs the code keeps, and where: the page `docs/reference/standards.md`.
//!
//! A rule is cited above the line that keeps it, as `RFC 9111 §4.2.3`. s2n-quic's habit is the
//! model: a reader finds the code of a rule, a maintainer finds the rule of a line, and a section
//! that no line cites any more stands out in the difference.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, bail, ensure};

use crate::place;
use crate::rooms;

/// The RFCs that the code cites, with their titles.
const TITLES: [(u32, &str); 67] = [
    (850, "Standard for Interchange of USENET Messages"),
    (1035, "Domain Names: Implementation and Specification"),
    (1122, "Requirements for Internet Hosts: Communication Layers"),
    (1952, "GZIP File Format Specification"),
    (2045, "Multipurpose Internet Mail Extensions (MIME): Format of Message Bodies"),
    (2047, "MIME: Message Header Extensions for Non-ASCII Text"),
    (2104, "HMAC: Keyed-Hashing for Message Authentication"),
    (
        2369,
        "The Use of URLs as Meta-Syntax for Core Mail List Commands and their Transport through Message Header Fields",
    ),
    (2616, "Hypertext Transfer Protocol -- HTTP/1.1 (obsolete)"),
    (2919, "List-Id: A Structured Field and Namespace for the Identification of Mailing Lists"),
    (3282, "Content Language Headers"),
    (3339, "Date and Time on the Internet: Timestamps"),
    (3596, "DNS Extensions to Support IP Version 6"),
    (3676, "The Text/Plain Format and DelSp Parameters"),
    (3834, "Recommendations for Automatic Responses to Electronic Mail"),
    (3986, "Uniform Resource Identifier (URI): Generic Syntax"),
    (4151, "The 'tag' URI Scheme"),
    (4287, "The Atom Syndication Format"),
    (4291, "IP Version 6 Addressing Architecture"),
    (4647, "Matching of Language Tags"),
    (4648, "The Base16, Base32, and Base64 Data Encodings"),
    (5321, "Simple Mail Transfer Protocol"),
    (5322, "Internet Message Format"),
    (5545, "Internet Calendaring and Scheduling Core Object Specification (iCalendar)"),
    (5646, "Tags for Identifying Languages"),
    (5842, "Binding Extensions to WebDAV"),
    (5861, "HTTP Cache-Control Extensions for Stale Content"),
    (6177, "IPv6 Address Assignment to End Sites"),
    (6265, "HTTP State Management Mechanism"),
    (6454, "The Web Origin Concept"),
    (6455, "The WebSocket Protocol"),
    (6585, "Additional HTTP Status Codes"),
    (6750, "The OAuth 2.0 Authorization Framework: Bearer Token Usage"),
    (6761, "Special-Use Domain Names"),
    (6762, "Multicast DNS"),
    (6839, "Additional Media Type Structured Syntax Suffixes"),
    (6928, "Increasing TCP's Initial Window"),
    (7234, "HTTP/1.1: Caching (obsolete)"),
    (7421, "Analysis of the 64-bit Boundary in IPv6 Addressing"),
    (7480, "HTTP Usage in the Registration Data Access Protocol (RDAP)"),
    (7515, "JSON Web Signature (JWS)"),
    (7517, "JSON Web Key (JWK)"),
    (7518, "JSON Web Algorithms (JWA)"),
    (7519, "JSON Web Token (JWT)"),
    (7932, "Brotli Compressed Data Format"),
    (7986, "New Properties for iCalendar"),
    (
        8056,
        "Extensible Provisioning Protocol (EPP) and Registration Data Access Protocol (RDAP) Status Mapping",
    ),
    (8058, "Signaling One-Click Functionality for List Email Headers"),
    (8259, "The JSON Data Interchange Format"),
    (8288, "Web Linking"),
    (8375, "Special-Use Domain 'home.arpa.'"),
    (8484, "DNS Queries over HTTPS (DoH)"),
    (8586, "Loop Detection in Content Delivery Networks"),
    (8725, "JSON Web Token Best Current Practices"),
    (9082, "Registration Data Access Protocol (RDAP) Query Format"),
    (9083, "JSON Responses for the Registration Data Access Protocol (RDAP)"),
    (9110, "HTTP Semantics"),
    (9111, "HTTP Caching"),
    (9112, "HTTP/1.1"),
    (9211, "The Cache-Status HTTP Response Header Field"),
    (9213, "Targeted HTTP Cache Control"),
    (9218, "Extensible Prioritization Scheme for HTTP"),
    (9224, "Finding the Authoritative Registration Data Access Protocol (RDAP) Service"),
    (9457, "Problem Details for HTTP APIs"),
    (9530, "Digest Fields"),
    (9636, "The Time Zone Information Format (TZif)"),
    (9651, "Structured Field Values for HTTP"),
];

/// The crates whose code is read.
const CRATES: [&str; 5] = ["core", "platform", "worker", "control", "origin"];

/// Sections by RFC, and by section the files that cite it.
type Sections = BTreeMap<u32, BTreeMap<String, BTreeSet<String>>>;

/// The page, in Markdown.
///
/// # Errors
/// If a file cannot be read, or an RFC is cited that has no title here.
pub(crate) fn page() -> Result<String> {
    let mut sections = Sections::new();
    for (file, text) in rooms::texts(&CRATES)? {
        for (rfc, section) in citations(&text) {
            sections.entry(rfc).or_default().entry(section).or_default().insert(file.clone());
        }
    }
    write(&sections)
}

fn write(sections: &Sections) -> Result<String> {
    let count: usize = sections.values().map(BTreeMap::len).sum();
    let mut page = String::from(
        "# Standards\n\n\
        <!-- Printed by `cargo xtask reference`; `cargo xtask check` compares. -->\n\n\
        The sections of RFCs that comments cite above the code that keeps them.\n\n",
    );
    let _ = writeln!(page, "{count} sections of {} RFCs are cited.", sections.len());
    for (rfc, sections) in sections {
        let Some((_, title)) = TITLES.iter().find(|(known, _)| known == rfc) else {
            bail!("RFC {rfc} is cited and has no title in citations.rs");
        };
        let _ =
            writeln!(page, "\n## [RFC {rfc}](https://www.rfc-editor.org/rfc/rfc{rfc}): {title}\n");
        let _ = writeln!(page, "| section | kept in |\n|---|---|");
        for (section, files) in sections {
            let shown =
                if section.is_empty() { "the whole".into() } else { format!("§{section}") };
            let files: Vec<String> = files.iter().map(|file| format!("`{file}`")).collect();
            let _ = writeln!(page, "| {shown} | {} |", files.join(", "));
        }
    }
    Ok(page)
}

/// Fails if the page on disk is not what the code says today.
pub(crate) fn check() -> Result<()> {
    let path = place::root().join(PAGE);
    let found = fs::read_to_string(&path).with_context(|| PAGE)?;
    ensure!(found == page()?, "{PAGE} is not what the code cites, run `cargo xtask reference`");
    Ok(())
}

/// Writes the page.
pub(crate) fn print() -> Result<()> {
    fs::write(place::root().join(PAGE), page()?).with_context(|| PAGE)
}

/// Where the page is.
pub(crate) const PAGE: &str = "docs/reference/standards.md";

/// The sections that the comments of a file cite. Several may follow one number: `RFC 9110 §5.5,
/// §5.6`. A citation may be broken between two lines of a comment.
fn citations(text: &str) -> Vec<(u32, String)> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut prose = String::new();
    for line in text.lines() {
        if let Some((_, comment)) = line.split_once("//") {
            prose.push_str(comment.trim_start_matches(['/', '!']).trim());
            prose.push(' ');
        }
    }
    let mut found = Vec::new();
    for rest in prose.split("RFC ").skip(1) {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let Some(rfc) = rest.get(..end).and_then(|number| number.parse().ok()) else { continue };
        let mut rest = rest.get(end..).unwrap_or_default();
        let mut has_section = false;
        while let Some(next) = ["", ",", " and", ", and"]
            .iter()
            .find_map(|joint| rest.strip_prefix(joint)?.trim_start().strip_prefix('§'))
        {
            let end = next.find(|c: char| !c.is_ascii_alphanumeric() && c != '.');
            let (section, after) = next.split_at(end.unwrap_or(next.len()));
            let trimmed = section.trim_end_matches('.');
            found.push((rfc, trimmed.to_owned()));
            has_section = true;
            rest = if trimmed.len() == section.len() { after } else { "" };
        }
        if !has_section {
            found.push((rfc, String::new()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Sections, citations, write};

    #[test]
    fn sections_are_read_from_comments_only() {
        let text = "//! Fields (RFC 9110 §5.5, §5.6.1) and dates (RFC 850).\n\
            let a = \"RFC 1 §1\";\n\
            /// See RFC 9111\n/// §4.2.3. And more.\n#[cfg(test)]\n// RFC 1 §2";
        let expected = [(9110, "5.5"), (9110, "5.6.1"), (850, ""), (9111, "4.2.3")];
        let found = citations(text);
        let found: Vec<_> = found.iter().map(|(rfc, section)| (*rfc, section.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn an_rfc_without_a_title_is_refused() {
        let mut sections = Sections::new();
        sections.entry(1).or_default().entry("1".into()).or_default().insert("a.rs".into());
        assert!(write(&sections).unwrap_err().to_string().contains("RFC 1 is cited"));
    }
}
