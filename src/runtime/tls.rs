//! Certificates, read and checked before they are used, so that a wrong file is named.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// Where Linux distributions and our image keep the certificates that everybody trusts.
const SYSTEM_CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Why certificates cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The file cannot be read or is no PEM.
    #[error("{path}: {reason}", path = .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Certificate and key do not belong together, or are of a kind that is not supported.
    #[error("{cert} and {key} cannot be used: {reason}", cert = .cert.display(), key = .key.display())]
    Pair {
        /// The certificate.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
        /// Why.
        reason: String,
    },
}

impl TlsError {
    /// A file and what is wrong with it.
    #[must_use]
    pub fn file(path: &Path, reason: &dyn std::fmt::Display) -> Self {
        Self::File { path: path.to_owned(), reason: reason.to_string() }
    }
}

/// What encrypts everywhere in the hub.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The certificates of a PEM file, at least one.
///
/// # Errors
/// [`TlsError::File`].
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| TlsError::file(path, &error))?;
    if found.is_empty() {
        return Err(TlsError::file(path, &"there is no certificate in this file"));
    }
    Ok(found)
}

/// The certificates that a client trusts: those of the file, or else the system's.
///
/// # Errors
/// [`TlsError::File`].
pub fn trusted(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    certificates(file.unwrap_or(Path::new(SYSTEM_CERTIFICATES)))
}

/// What a client needs to check a server's certificate.
///
/// # Errors
/// [`TlsError::File`].
pub fn client(trust: Option<&Path>) -> Result<Arc<ClientConfig>, TlsError> {
    let path = trust.unwrap_or(Path::new(SYSTEM_CERTIFICATES));
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(trusted(trust)?);
    if added == 0 {
        return Err(TlsError::file(path, &"no certificate in this file can be used"));
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::file(path, &error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// A server's certificate and key; they can be read and belong together.
///
/// # Errors
/// [`TlsError`] names the file.
pub fn server(cert: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let chain = certificates(cert)?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| TlsError::file(key, &error))?;
    let pair = |error: rustls::Error| TlsError::Pair {
        cert: cert.to_owned(),
        key: key.to_owned(),
        reason: error.to_string(),
    };
    ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(pair)?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(pair)
}
