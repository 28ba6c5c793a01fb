//! The secrets of channels, read and checked before they are used.

use alloc::string::String;

use super::PrepareError;
use crate::base::origin::{Origin, origin_of};
use crate::base::secret_name::SecretName;
use crate::watch::alert::ChannelAddress;

/// What a URL has to be.
const URL: &str = "an https:// URL";
/// What any secret has to be, since it goes into fields and URLs.
const PRINTABLE: &str = "printable ASCII without spaces";

/// Reads secrets.
pub(super) struct Secrets<'a>(pub(super) &'a dyn Fn(&SecretName) -> Option<String>);

impl Secrets<'_> {
    /// The value of a secret, without the spaces and line feeds around it, which come with secrets
    /// that are set from a file.
    pub(super) fn read(&self, name: &SecretName) -> Result<String, PrepareError> {
        let value = (self.0)(name).unwrap_or_default();
        let value = value.trim();
        if value.is_empty() {
            return Err(PrepareError::SecretUnset(name.clone()));
        }
        if !value.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(PrepareError::SecretMalformed(name.clone(), PRINTABLE));
        }
        Ok(value.into())
    }

    /// The URL of an address. One in the site file was checked when that was parsed.
    pub(super) fn url(&self, address: &ChannelAddress) -> Result<String, PrepareError> {
        match address {
            ChannelAddress::Url(url) => Ok(url.clone()),
            ChannelAddress::Secret(name) => {
                let url = self.read(name)?;
                match is_url(&url) {
                    true => Ok(url),
                    false => Err(malformed(address, URL)),
                }
            }
        }
    }
}

/// The address is not what the service gives out.
pub(super) fn malformed(address: &ChannelAddress, expected: &'static str) -> PrepareError {
    match address {
        ChannelAddress::Url(_) => PrepareError::AddressMalformed(expected),
        ChannelAddress::Secret(name) => PrepareError::SecretMalformed(name.clone(), expected),
    }
}

/// Whether it is an absolute URL with `https`, or with `http` to this machine.
fn is_url(text: &str) -> bool {
    Origin::parse(origin_of(text)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_url;

    #[test]
    fn a_url_is_https_or_of_this_machine() {
        for url in ["https://a.example", "https://a.example/x?y#z", "http://127.0.0.1:8080/x"] {
            assert!(is_url(url), "{url}");
        }
        for url in ["", "a.example/x", "http://a.example/x", "https://u:p@a.example/", "ftp://a"] {
            assert!(!is_url(url), "{url}");
        }
    }
}
