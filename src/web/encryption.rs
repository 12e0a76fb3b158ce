//! The panel's certificate: the owner's own, or one that the hub makes and keeps. Browsers give microphones
//! and installed panels only to encrypted pages.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::ServerConfig;
use sha2::{Digest as _, Sha256};

use crate::runtime::atomic;
use crate::runtime::tls::{self, TlsError};

/// The file in the hub's folder with the certificate that the hub made, and its key.
pub const CERTIFICATE_FILE: &str = "web-certificate.pem";
/// Before the names in that file; PEM allows text outside of its blocks (RFC 7468, section 2).
const NAMES: &str = "Names: ";
/// Names of a certificate that the hub makes.
const MOST_NAMES: usize = 16;

/// Which certificate the panel shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateSource {
    /// The owner's own.
    Files {
        /// With those that sign it.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// One that the hub makes and keeps.
    SelfSigned {
        /// The hub's folder.
        folder: PathBuf,
        /// Names and addresses under which browsers reach the hub.
        names: Vec<String>,
    },
}

/// What encrypts the panel's connections; the certificate can be exchanged while it runs.
#[derive(Debug)]
pub(super) struct Encryption {
    source: CertificateSource,
    current: ArcSwap<Current>,
}

#[derive(Debug)]
struct Current {
    config: Arc<ServerConfig>,
    fingerprint: String,
}

impl Encryption {
    /// Reads the certificate, or makes one.
    pub(super) fn open(source: CertificateSource) -> Result<Self, TlsError> {
        let current = ArcSwap::from_pointee(load(&source)?);
        Ok(Self { source, current })
    }

    /// Reads the certificate again. Returns whether it is another than before; when it cannot be used, the
    /// one before stays.
    pub(super) fn read_again(&self) -> Result<bool, TlsError> {
        let new = load(&self.source)?;
        let is_other = self.current.load().fingerprint != new.fingerprint;
        if is_other {
            self.current.store(Arc::new(new));
        }
        Ok(is_other)
    }

    /// What new connections are encrypted with.
    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.load().config)
    }

    /// SHA-256 of the certificate, as browsers show it.
    pub(super) fn fingerprint(&self) -> String {
        self.current.load().fingerprint.clone()
    }

    /// Whether the hub made the certificate itself, so that browsers warn of it.
    pub(super) const fn is_self_signed(&self) -> bool {
        matches!(self.source, CertificateSource::SelfSigned { .. })
    }
}

fn load(source: &CertificateSource) -> Result<Current, TlsError> {
    let (certificate, key) = match source {
        CertificateSource::Files { certificate, key } => (certificate.clone(), key.clone()),
        CertificateSource::SelfSigned { folder, names } => {
            let path = folder.join(CERTIFICATE_FILE);
            keep(&path, names)?;
            (path.clone(), path)
        }
    };
    let mut config = tls::server(&certificate, &key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let first = tls::certificates(&certificate)?.into_iter().next();
    let fingerprint = first.map(|der| fingerprint(&der)).unwrap_or_default();
    Ok(Current { config: Arc::new(config), fingerprint })
}

/// Sees that the file holds a certificate for all names. Names from before stay, so that a hub that moves
/// between two networks does not need a new one each time.
fn keep(path: &Path, names: &[String]) -> Result<(), TlsError> {
    let known = match fs::read_to_string(path) {
        Ok(text) => names_in(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeSet::new(),
        Err(error) => return Err(TlsError::file(path, &error)),
    };
    let missing: Vec<_> = names.iter().filter(|name| !known.contains(*name)).cloned().collect();
    if missing.is_empty() && !known.is_empty() {
        return Ok(());
    }
    let others = known.into_iter().filter(|name| !names.contains(name));
    let all: Vec<String> = names.iter().cloned().chain(others).take(MOST_NAMES).collect();
    let pem = make(&all).map_err(|error| TlsError::file(path, &error))?;
    atomic::replace(path, |file| file.write_all(pem.as_bytes())).map_err(|error| TlsError::file(path, &error))
}

fn names_in(text: &str) -> BTreeSet<String> {
    let line = text.lines().next().and_then(|line| line.strip_prefix(NAMES)).unwrap_or_default();
    line.split_whitespace().map(str::to_owned).collect()
}

fn make(names: &[String]) -> Result<String, rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name.push(DnType::CommonName, "Homeclaw");
    // Fixed dates: the clock of a board may be far off at its first start.
    parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2049, 12, 31);
    let certificate = parameters.self_signed(&key)?;
    Ok(format!("{NAMES}{}\n{}{}", names.join(" "), certificate.pem(), key.serialize_pem()))
}

fn fingerprint(der: &[u8]) -> String {
    Sha256::digest(der).iter().enumerate().fold(String::new(), |mut text, (index, byte)| {
        // Writing to a string cannot fail.
        let _ =
            fmt::Write::write_fmt(&mut text, format_args!("{}{byte:02X}", if index > 0 { ":" } else { "" }));
        text
    })
}

/// Names for a certificate that the hub makes: this machine by name and address, and the panel's public one.
#[must_use]
pub fn own_names(host: Option<&str>, address: Option<IpAddr>, public_url: Option<&str>) -> Vec<String> {
    let host = host.map(str::to_ascii_lowercase).filter(|host| is_dns_name(host));
    let local = host.as_deref().filter(|host| !host.contains('.')).map(|host| format!("{host}.local"));
    let public = public_url.and_then(super::host_of).map(str::to_ascii_lowercase);
    let public = public.filter(|name| is_dns_name(name));
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    names.extend(host.into_iter().chain(local).chain(address.map(|ip| ip.to_string())).chain(public));
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

fn is_dns_name(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn source(folder: &Path, names: &[&str]) -> CertificateSource {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        CertificateSource::SelfSigned { folder: folder.to_owned(), names }
    }

    #[test]
    fn the_hubs_own_certificate_is_made_once_and_again_for_a_new_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |names: &[&str]| Encryption::open(source(folder.path(), names)).unwrap().fingerprint();
        let first = at(&["localhost", "192.168.1.20"]);
        assert_eq!(first.len(), 32 * 3 - 1);
        assert_eq!(at(&["localhost"]), first, "all names are in it");
        let second = at(&["localhost", "192.168.1.21"]);
        assert_ne!(second, first);
        assert_eq!(at(&["localhost", "192.168.1.20"]), second, "names from before are still in it");
        let mode = fs::metadata(folder.path().join(CERTIFICATE_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }

    #[test]
    fn a_bad_certificate_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let write = |pem: &str| {
            fs::write(file("both.pem"), pem).unwrap();
        };
        write(&make(&["hub.lan".to_owned()]).unwrap());
        let files = CertificateSource::Files { certificate: file("both.pem"), key: file("both.pem") };
        let encryption = Encryption::open(files).unwrap();
        let before = encryption.fingerprint();
        assert!(!encryption.read_again().unwrap());
        write("nonsense");
        assert!(encryption.read_again().unwrap_err().to_string().contains("both.pem"));
        assert_eq!(encryption.fingerprint(), before);
        write(&make(&["hub.lan".to_owned()]).unwrap());
        assert!(encryption.read_again().unwrap());
        assert_ne!(encryption.fingerprint(), before);
        assert!(!encryption.is_self_signed());
    }

    #[test]
    fn names_are_those_of_this_machine() {
        let names = own_names(
            Some("Hub"),
            Some("192.168.1.20".parse().unwrap()),
            Some("https://home.example.org:8443/x"),
        );
        assert_eq!(
            names,
            ["localhost", "127.0.0.1", "::1", "hub", "hub.local", "192.168.1.20", "home.example.org"]
        );
        assert_eq!(own_names(Some("bad_host"), None, None).len(), 3);
    }
}
