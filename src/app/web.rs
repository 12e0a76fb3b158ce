//! The panel and the API.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::config::{BaseUrl, Config};
use crate::hub::Handle;
use crate::runtime::{Logs, Metrics, Readiness, Supervisor, clock};
use crate::web::{CertificateSource, Server, Web, WebOptions, own_names};

use super::{POLICY, StartError};

/// What the panel is made of.
pub(super) struct Parts<'a> {
    pub(super) config: &'a Config,
    pub(super) handle: &'a Handle,
    pub(super) metrics: &'a Metrics,
    pub(super) readiness: &'a Readiness,
    pub(super) logs: &'a Logs,
    pub(super) stopping: CancellationToken,
}

/// Makes the panel and opens its port.
pub(super) async fn start(parts: Parts<'_>) -> Result<(Arc<Web>, Server), StartError> {
    let host = host_name();
    let options = WebOptions {
        handle: parts.handle.clone(),
        metrics: parts.metrics.clone(),
        readiness: parts.readiness.clone(),
        logs: parts.logs.clone(),
        folder: parts.config.storage.path.clone(),
        public_url: parts.config.web.public_url.as_ref().map(|url| url.as_str().to_owned()),
        certificate: certificate(parts.config, host.as_deref()),
        hosts: host.into_iter().collect(),
        clock: Arc::new(clock::now),
        stopping: parts.stopping,
    };
    let web = Web::new(options).await?;
    let server = Server::bind(Arc::clone(&web), &parts.config.web.listen.to_string()).await?;
    Ok((web, server))
}

/// Which certificate the panel shows, if any.
fn certificate(config: &Config, host: Option<&str>) -> Option<CertificateSource> {
    let tls = &config.web.tls;
    if let (Some(certificate), Some(key)) = (tls.certificate.clone(), tls.key.clone()) {
        return Some(CertificateSource::Files { certificate, key });
    }
    let folder = config.storage.path.clone();
    let public = config.web.public_url.as_ref().map(BaseUrl::as_str);
    tls.self_signed.then(|| CertificateSource::SelfSigned {
        folder,
        names: own_names(host, crate::runtime::lan_address(), public),
    })
}

/// Keeps the panel running, at the address at which it runs now.
pub(super) fn supervise(edges: &mut Supervisor, web: Arc<Web>, server: Server) {
    let address = server.address().to_string();
    let first = Arc::new(Mutex::new(Some(server)));
    edges.spawn("web", POLICY, move |part| {
        let running = first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (web, address) = (Arc::clone(&web), address.clone());
        async move {
            let server = match running {
                Some(server) => server,
                None => Server::bind(web, &address).await?,
            };
            part.ok();
            server.run(part.shutdown.token()).await;
            Ok(())
        }
    });
}

/// The panel's address for people: not `0.0.0.0`, but where this machine is on its network.
pub(super) fn url(config: &Config, scheme: &str, address: SocketAddr) -> String {
    if let Some(url) = &config.web.public_url {
        return url.as_str().to_owned();
    }
    let ip = match address.ip() {
        // With the cable pulled only this machine itself can be reached.
        ip if ip.is_unspecified() => crate::runtime::lan_address().unwrap_or(Ipv4Addr::LOCALHOST.into()),
        ip => ip,
    };
    format!("{scheme}://{}", SocketAddr::new(ip, address.port()))
}

/// The machine's own name (<https://www.kernel.org/doc/html/latest/admin-guide/sysctl/kernel.html>).
fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
