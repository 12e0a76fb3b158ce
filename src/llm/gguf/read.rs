//! Reads numbers and strings, and never more than the file has or the limits allow.

use std::io::{self, Read};

use super::GgufError;

/// Most bytes before the weights. The vocabulary of 262,144 tokens of Gemma takes about 8 MiB.
const MAX_HEADER: u64 = 64 << 20;
/// Longest string that is kept.
pub(super) const MAX_STRING: u64 = 1 << 20;
/// How much is read at a time of what is passed over.
const SKIP: usize = 4096;

/// A reader that counts.
pub(super) struct Reader<R> {
    inner: R,
    at: u64,
    end: u64,
}

impl<R: Read> Reader<R> {
    /// `length` is the file's.
    pub(super) fn new(inner: R, length: u64) -> Self {
        Self { inner, at: 0, end: length.min(MAX_HEADER) }
    }

    /// Bytes read so far.
    pub(super) const fn position(&self) -> u64 {
        self.at
    }

    /// Bytes that may still be read.
    pub(super) const fn left(&self) -> u64 {
        self.end - self.at
    }

    fn fill(&mut self, buffer: &mut [u8], what: &'static str) -> Result<(), GgufError> {
        let wanted = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
        if wanted > self.left() {
            return Err(GgufError::Truncated { what, at: self.at });
        }
        self.inner.read_exact(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => GgufError::Truncated { what, at: self.at },
            _ => GgufError::Io(error.to_string()),
        })?;
        self.at += wanted;
        Ok(())
    }

    pub(super) fn bytes<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], GgufError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes, what)?;
        Ok(bytes)
    }

    pub(super) fn u32(&mut self, what: &'static str) -> Result<u32, GgufError> {
        self.bytes(what).map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self, what: &'static str) -> Result<u64, GgufError> {
        self.bytes(what).map(u64::from_le_bytes)
    }

    /// The bytes of a string of at most `most` bytes.
    pub(super) fn raw_string(&mut self, what: &'static str, most: u64) -> Result<Vec<u8>, GgufError> {
        let length = self.u64(what)?;
        if length > most {
            return Err(GgufError::TooLarge { what, is: length, most });
        }
        let mut bytes =
            vec![0; usize::try_from(length).unwrap_or(usize::MAX).min(usize::try_from(most).unwrap_or(0))];
        self.fill(&mut bytes, what)?;
        Ok(bytes)
    }

    pub(super) fn string(&mut self, what: &'static str, most: u64) -> Result<String, GgufError> {
        let at = self.at;
        String::from_utf8(self.raw_string(what, most)?).map_err(|_| GgufError::NotText { what, at })
    }

    /// Passes over so many bytes.
    pub(super) fn skip(&mut self, mut bytes: u64, what: &'static str) -> Result<(), GgufError> {
        if bytes > self.left() {
            return Err(GgufError::Truncated { what, at: self.at });
        }
        let mut waste = [0; SKIP];
        while bytes > 0 {
            let now = usize::try_from(bytes).unwrap_or(SKIP).min(SKIP);
            let part = waste.get_mut(..now).unwrap_or_default();
            self.fill(part, what)?;
            bytes -= u64::try_from(now).unwrap_or(bytes);
        }
        Ok(())
    }
}
