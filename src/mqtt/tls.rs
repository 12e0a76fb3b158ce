//! What encrypts the connections to a broker, and those of the broker inside.

use std::sync::Arc;

use rustls::{ClientConfig, ServerConfig};

pub(super) use crate::runtime::tls::TlsError;

use crate::runtime::tls;

use super::settings::{BrokerTls, Tls};

/// What the client needs to check the broker's certificate.
pub(super) fn client_config(settings: &Tls) -> Result<Arc<ClientConfig>, TlsError> {
    tls::client(settings.ca.as_deref())
}

/// The broker's certificate and key; they can be read and belong together.
pub(super) fn server_config(settings: &BrokerTls) -> Result<Arc<ServerConfig>, TlsError> {
    tls::server(&settings.cert, &settings.key).map(Arc::new)
}
