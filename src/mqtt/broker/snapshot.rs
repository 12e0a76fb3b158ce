//! What the broker keeps on the disk: one file, written anew as a whole.
//!
//! After a first line that names the format comes zstd with its checksum, and in it MQTT packets, those that would
//! bring a broker into this state: PUBLISH for each retained message; then for each session CONNECT, SUBSCRIBE,
//! PUBREC for what the client has sent with quality 2 and not released, PUBLISH with `dup` or PUBREL for what is
//! under way to the client, PUBLISH for what waits behind that; DISCONNECT at the end of all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use rumqttc::mqttbytes::Error as PacketError;
use rumqttc::mqttbytes::v4::{Connect, Packet, PubRec, PubRel, Publish, Subscribe};
use rumqttc::{QoS, SubscribeFilter};

use crate::runtime::atomic;

use super::outbox::{Message, Sending};
use super::router::{FILTER_BYTES, RETAINED_BYTES};
use super::session::{ALL_WAITING, Delivery, Flight, Kept};

const NAME: &str = "homeclaw mqtt broker ";
const VERSION: &str = "1";
/// Fast, and good enough: discovery messages become ten times smaller.
const LEVEL: i32 = 1;
/// Largest window that reading may ask for, as a power of two; level 1 asks for 19.
const WINDOW: u32 = 23;
/// More than this is no snapshot of ours: all the bounds of the broker together, and packets' own headers.
const LARGEST: u64 = (RETAINED_BYTES + ALL_WAITING + FILTER_BYTES + 64 * 1024 * 1024) as u64;
/// Largest packet that MQTT can write.
const PACKET: usize = 268_435_455;
/// What is compressed, or decompressed, at once.
const CHUNK: usize = 64 * 1024;
/// Filters in one packet.
const FILTERS: usize = 200;

/// Everything that outlives the broker.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub(super) retained: Vec<Arc<Message>>,
    pub(super) sessions: Vec<Kept>,
}

/// Why a file is no snapshot.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it is no file of this broker")]
    Foreign,
    #[error("it is of format {0}, which a newer program wrote; this one reads {VERSION}")]
    Newer(String),
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error("it is larger than anything that this broker writes")]
    TooLarge,
}

#[allow(clippy::needless_pass_by_value, reason = "the signature that map_err wants")]
fn damaged(what: impl ToString) -> Unreadable {
    Unreadable::Damaged(what.to_string())
}

/// Reads the file; nothing when there is none. One that cannot be read is kept under another name, so that it can
/// be looked at, and the broker starts empty.
///
/// # Errors
/// When such a file cannot be renamed: then nothing may be written in its place.
pub(super) fn load(path: &Path) -> io::Result<Snapshot> {
    let read = match File::open(path) {
        Ok(file) => read(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Snapshot::default()),
        Err(error) => Err(error.into()),
    };
    read.or_else(|reason| {
        let mut aside = OsString::from(path);
        aside.push(".unreadable");
        let aside = PathBuf::from(aside);
        fs::rename(path, &aside)?;
        tracing::error!(
            file = %path.display(),
            kept_as = %aside.display(),
            "retained messages and sessions of the MQTT broker cannot be read, it starts without them: {reason}"
        );
        Ok(Snapshot::default())
    })
}

fn read(mut file: File) -> Result<Snapshot, Unreadable> {
    let mut line = [0; NAME.len()];
    file.read_exact(&mut line).map_err(|_| Unreadable::Foreign)?;
    if line != NAME.as_bytes() {
        return Err(Unreadable::Foreign);
    }
    let mut version = String::new();
    loop {
        let mut byte = [0];
        file.read_exact(&mut byte).map_err(damaged)?;
        match char::from(byte[0]) {
            '\n' => break,
            digit if digit.is_ascii_digit() && version.len() < 9 => version.push(digit),
            _ => return Err(Unreadable::Foreign),
        }
    }
    if version != VERSION {
        return Err(Unreadable::Newer(version));
    }
    let mut decoder = zstd::Decoder::with_buffer(BufReader::new(file))?;
    decoder.window_log_max(WINDOW)?;
    decode(decoder.take(LARGEST))
}

fn decode(mut source: io::Take<impl Read>) -> Result<Snapshot, Unreadable> {
    let mut snapshot = Snapshot::default();
    let mut buffer = BytesMut::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match Packet::read(&mut buffer, PACKET) {
            Ok(Packet::Disconnect) => break,
            Ok(packet) => snapshot.take(packet)?,
            Err(PacketError::InsufficientBytes(_)) => match source.read(&mut chunk).map_err(damaged)? {
                0 if source.limit() == 0 => return Err(Unreadable::TooLarge),
                0 => return Err(damaged("its end is missing")),
                count => buffer.extend_from_slice(chunk.get(..count).unwrap_or_default()),
            },
            Err(error) => return Err(damaged(error)),
        }
    }
    // The checksum comes last.
    if !buffer.is_empty() || source.read(&mut chunk).map_err(damaged)? > 0 {
        return Err(damaged("it goes on after its end"));
    }
    Ok(snapshot)
}

fn message(publish: &Publish) -> Arc<Message> {
    // Copied: a slice would keep the whole buffer in memory.
    let payload = Bytes::copy_from_slice(&publish.payload);
    Arc::new(Message { topic: publish.topic.as_str().into(), payload, qos: publish.qos })
}

impl Snapshot {
    fn take(&mut self, packet: Packet) -> Result<(), Unreadable> {
        let session = match packet {
            Packet::Connect(connect) => {
                self.sessions.push(Kept { client: connect.client_id, ..Kept::default() });
                return Ok(());
            }
            packet => (self.sessions.last_mut(), packet),
        };
        match session {
            (None, Packet::Publish(publish)) => self.retained.push(message(&publish)),
            (Some(session), Packet::Publish(publish)) => {
                let Publish { dup, qos, retain, pkid, .. } = publish;
                let delivery = Delivery { message: message(&publish), qos, retain };
                if dup {
                    session.flights.push(Flight { pkid, delivery: Some(delivery) });
                } else {
                    session.queue.push(delivery);
                }
            }
            (Some(session), Packet::Subscribe(subscribe)) => {
                let filters = subscribe.filters.into_iter();
                session.filters.extend(filters.map(|filter| (filter.path.into(), filter.qos)));
            }
            (Some(session), Packet::PubRec(received)) => session.received.push(received.pkid),
            (Some(session), Packet::PubRel(release)) => {
                session.flights.push(Flight { pkid: release.pkid, delivery: None });
            }
            _ => return Err(damaged("a packet stands where it does not belong")),
        }
        Ok(())
    }

    /// Replaces the file. Returns how many bytes were written.
    ///
    /// # Errors
    /// When the disk cannot take it; the old file stays.
    pub(super) fn write(&self, path: &Path) -> io::Result<u64> {
        atomic::replace(path, |file| {
            writeln!(file, "{NAME}{VERSION}")?;
            let mut encoder = zstd::Encoder::new(&mut *file, LEVEL)?;
            encoder.include_checksum(true)?;
            let mut out = Packets { buffer: BytesMut::with_capacity(2 * CHUNK), target: encoder };
            self.encode(&mut out)?;
            out.flush()?;
            out.target.finish()?;
            file.metadata().map(|data| data.len())
        })
    }

    fn encode(&self, out: &mut Packets<impl Write>) -> io::Result<()> {
        for message in &self.retained {
            out.publish(Delivery { message: Arc::clone(message), qos: message.qos, retain: true }, 1, false)?;
        }
        for session in &self.sessions {
            out.add(&Packet::Connect(Connect { clean_session: false, ..Connect::new(&session.client) }))?;
            for filters in session.filters.chunks(FILTERS) {
                let filters = filters.iter().map(|(path, qos)| SubscribeFilter::new(path.to_string(), *qos));
                out.add(&Packet::Subscribe(Subscribe { pkid: 1, filters: filters.collect() }))?;
            }
            for pkid in &session.received {
                out.add(&Packet::PubRec(PubRec { pkid: *pkid }))?;
            }
            for flight in &session.flights {
                match &flight.delivery {
                    Some(delivery) => out.publish(delivery.clone(), flight.pkid, true)?,
                    None => out.add(&Packet::PubRel(PubRel { pkid: flight.pkid }))?,
                }
            }
            for delivery in &session.queue {
                out.publish(delivery.clone(), 1, false)?;
            }
        }
        out.add(&Packet::Disconnect)
    }
}

/// Writes packets in larger pieces.
struct Packets<W> {
    buffer: BytesMut,
    target: W,
}

impl<W: Write> Packets<W> {
    fn publish(&mut self, delivery: Delivery, pkid: u16, dup: bool) -> io::Result<()> {
        let Delivery { message, qos, retain } = delivery;
        let pkid = if qos == QoS::AtMostOnce { 0 } else { pkid };
        self.add(&Sending { message, qos, retain, pkid, dup }.packet())
    }

    fn add(&mut self, packet: &Packet) -> io::Result<()> {
        if matches!(packet, Packet::Connect(_)) {
            // rumqttc sets the flags of CONNECT counted from the beginning of the buffer.
            self.flush()?;
        }
        packet.write(&mut self.buffer, usize::MAX).map_err(io::Error::other)?;
        if self.buffer.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.target.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(topic: &str, payload: &'static str, qos: QoS) -> Arc<Message> {
        Arc::new(Message { topic: topic.into(), payload: Bytes::from_static(payload.as_bytes()), qos })
    }

    fn full() -> Snapshot {
        let delivery =
            |payload, qos| Delivery { message: message("mail/1", payload, qos), qos, retain: false };
        let sleeper = Kept {
            client: "sleeper".to_owned(),
            filters: (0..500).map(|n| (format!("mail/{n}").into(), QoS::ExactlyOnce)).collect(),
            received: vec![7, 65_535],
            flights: vec![
                Flight { pkid: 3, delivery: Some(delivery("under way", QoS::AtLeastOnce)) },
                Flight { pkid: 4, delivery: None },
            ],
            queue: vec![delivery("waits", QoS::ExactlyOnce), delivery("", QoS::AtLeastOnce)],
        };
        Snapshot {
            retained: vec![
                message("客厅/灯", "开", QoS::AtMostOnce),
                message("homeassistant/light/a/config", "{}", QoS::ExactlyOnce),
            ],
            sessions: vec![sleeper, Kept { client: "other".to_owned(), ..Kept::default() }],
        }
    }

    fn written(snapshot: &Snapshot) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        assert_eq!(snapshot.write(&path).unwrap(), fs::metadata(&path).unwrap().len());
        (folder, path)
    }

    #[test]
    fn what_is_written_is_read_again() {
        for snapshot in [Snapshot::default(), full()] {
            let (_folder, path) = written(&snapshot);
            assert_eq!(read(File::open(&path).unwrap()).unwrap(), snapshot);
        }
    }

    #[test]
    fn no_flipped_bit_and_no_lost_end_goes_unnoticed() {
        let (_folder, path) = written(&full());
        let good = fs::read(&path).unwrap();
        for index in 0..good.len() {
            let mut bad = good.clone();
            bad[index] ^= 0x10;
            fs::write(&path, &bad).unwrap();
            if let Ok(snapshot) = read(File::open(&path).unwrap()) {
                // Bits of zstd's own header that mean nothing.
                assert_eq!(snapshot, full(), "byte {index}");
            }
            fs::write(&path, &good[..index]).unwrap();
            assert!(read(File::open(&path).unwrap()).is_err(), "cut at {index}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_kept_aside_with_its_reason() {
        let (folder, path) = written(&full());
        for (text, reason) in [
            (&b"mosquitto db"[..], "no file of this broker"),
            (b"homeclaw mqtt broker 2\nwhatever", "a newer program"),
            (b"homeclaw mqtt broker 1\nwhatever", "damaged"),
        ] {
            fs::write(&path, text).unwrap();
            let error = read(File::open(&path).unwrap()).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
            assert_eq!(load(&path).unwrap(), Snapshot::default());
            assert_eq!(fs::read(folder.path().join("state.unreadable")).unwrap(), text);
            assert!(!path.exists());
        }
        assert_eq!(load(&path).unwrap(), Snapshot::default());
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let packets = [0x30, 5, 0, 1, b'a', b'x', b'x'].repeat(1_000);
        let error = decode(packets.as_slice().take(6_000)).unwrap_err();
        assert!(matches!(error, Unreadable::TooLarge), "{error}");
    }
}
