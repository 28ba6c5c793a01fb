//! The trust in other services.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::settings::Settings;

/// The certificates that services are checked against, and those for the database.
pub(crate) struct Tls {
    pub(crate) services: ClientConfig,
    pub(crate) database: ClientConfig,
}

/// Trusts the certificates of the system, and for the database also those that the settings name. A
/// system without certificates is no error, since services may be reached without TLS.
///
/// # Errors
/// Returns an error if the settings name a file that cannot be read, or that holds no certificate.
pub(crate) async fn load(settings: &Settings) -> io::Result<Tls> {
    // Reading the system's certificates takes a while, and most tests use no other service.
    let speaks_to_others = settings.speaks_to_others();
    let more = settings.database_certificates.clone();
    let loaded = tokio::task::spawn_blocking(move || {
        let mut roots = RootCertStore::empty();
        if speaks_to_others {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        let services = client(roots.clone())?;
        if let Some(path) = more {
            roots.add_parsable_certificates(certificates(&path)?);
        }
        Ok(Tls { services, database: client(roots)? })
    });
    loaded.await.map_err(io::Error::other)?
}

/// Trusts the certificates of the system.
///
/// # Errors
/// Returns an error if there is no cryptography for it.
pub(crate) fn of_system() -> io::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    client(roots)
}

fn client(roots: RootCertStore) -> io::Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(io::Error::other)?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let named = |error: String| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display()))
    };
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| named(error.to_string()))?;
    if certificates.is_empty() {
        return Err(named("no certificate in it".to_owned()));
    }
    Ok(certificates)
}
