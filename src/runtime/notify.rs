//! Tells systemd how the hub is (sd_notify(3)): a datagram to the socket that `NOTIFY_SOCKET` names.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The way to systemd, if the hub was started by it.
#[derive(Debug, Default)]
pub struct Notifier {
    socket: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Notifier {
    /// From the values of `NOTIFY_SOCKET` and `WATCHDOG_USEC`. Without a usable socket nothing is told.
    #[must_use]
    pub fn new(socket: Option<&str>, watchdog_usec: Option<&str>) -> Self {
        let open = |name: &str| {
            let address = match name.strip_prefix('@') {
                Some(name) => SocketAddr::from_abstract_name(name)?,
                None => SocketAddr::from_pathname(name)?,
            };
            let socket = UnixDatagram::unbound()?;
            // systemd reads at its leisure; the hub never waits for it.
            socket.set_nonblocking(true)?;
            Ok::<_, std::io::Error>((socket, address))
        };
        let socket = socket.filter(|name| !name.is_empty()).and_then(|name| {
            open(name).inspect_err(|error| tracing::warn!(socket = name, %error, "cannot tell systemd")).ok()
        });
        let watchdog = watchdog_usec.and_then(|usec| usec.parse().ok()).map(Duration::from_micros);
        Self { socket, watchdog }
    }

    /// How often [`Notifier::alive`] has to be told: twice as often as systemd wants it.
    #[must_use]
    pub fn watchdog(&self) -> Option<Duration> {
        self.socket.as_ref().and(self.watchdog).map(|every| every / 2).filter(|every| !every.is_zero())
    }

    /// The hub is ready.
    pub fn ready(&self) {
        self.tell("READY=1");
    }

    /// The hub is stopping.
    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// The hub is alive.
    pub fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// How it is, in words that `systemctl status` shows.
    pub fn status(&self, words: &str) {
        self.tell(&format!("STATUS={}", words.replace('\n', " ")));
    }

    fn tell(&self, what: &str) {
        let Some((socket, address)) = &self.socket else { return };
        if let Err(error) = socket.send_to_addr(what.as_bytes(), address) {
            tracing::debug!(what, %error, "systemd did not hear it");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 100];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    #[test]
    fn systemd_hears_it_at_a_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let notifier = Notifier::new(path.to_str(), Some("3000000"));
        notifier.ready();
        assert_eq!(hear(&socket), "READY=1");
        notifier.status("two\nlines");
        assert_eq!(hear(&socket), "STATUS=two lines");
        assert_eq!(notifier.watchdog(), Some(Duration::from_millis(1_500)));
    }

    #[test]
    fn systemd_hears_it_at_an_abstract_name() {
        let name = format!("homeclaw-test-{}", std::process::id());
        let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        Notifier::new(Some(&format!("@{name}")), None).stopping();
        assert_eq!(hear(&socket), "STOPPING=1");
    }

    #[test]
    fn without_systemd_nothing_happens() {
        let notifier = Notifier::new(None, Some("1"));
        notifier.ready();
        assert_eq!(notifier.watchdog(), None);
    }
}
