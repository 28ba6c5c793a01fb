//! Host names in the form that the configuration may write.

/// The longest host name, in characters, without the final dot (RFC 1035 §2.3.4).
const HOST_MAX: usize = 253;
/// The longest label between two dots, in characters (RFC 1035 §2.3.4).
const LABEL_MAX: usize = 63;

/// Returns whether the text is a bare host name in lower case: no scheme, port, path or final dot.
///
/// The name must be in lower case because it is compared with the visitor's `Host` after a URL
/// parser has lowered that.
pub(crate) fn is_host_name(text: &str) -> bool {
    text.len() <= HOST_MAX && text.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= LABEL_MAX
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_bare_and_lower_case() {
        for host in ["localhost", "stolentee.com", "a-1.b2.example", "10.0.0.1", "xn--bcher-kva.ch"]
        {
            assert!(is_host_name(host), "{host}");
        }
        for host in [
            "", ".", "a.", ".a", "a..b", "A.com", "a_b.com", "-a.com", "a-.com", "a:80", "a/b", "ü",
        ] {
            assert!(!is_host_name(host), "{host}");
        }
    }

    #[test]
    fn labels_and_names_have_a_greatest_length() {
        let label = "a".repeat(LABEL_MAX);
        assert!(is_host_name(&label));
        assert!(!is_host_name(&(label.clone() + "a")));
        assert!(!is_host_name(&[label.as_str(); 4].join(".")));
    }
}
