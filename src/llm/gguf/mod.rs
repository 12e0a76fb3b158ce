//! Reads the header of a GGUF file and refuses what llama.cpp would stumble over.
//!
//! llama.cpp ends the whole process on some broken files, so that nothing unchecked may reach it. The format is
//! that of ggml's `docs/gguf.md`, versions 2 and 3, little-endian. Vocabularies and weights are passed over, so that
//! a file of any size costs some kilobytes here.

mod metadata;
mod read;
mod shape;
mod tensor;
#[cfg(test)]
mod tests;

use std::io::Read;

pub use metadata::{Kind, Metadata, Value};
pub use shape::Shape;
pub use tensor::Tensor;

use read::Reader;

/// Longest name of a key, and of a tensor with its end (`GGML_MAX_NAME` is 64).
const MAX_NAME: u64 = 63;
const VERSIONS: std::ops::RangeInclusive<u32> = 2..=3;
/// Where weights start and tensors are padded to, unless the file says something else.
const ALIGNMENT: u32 = 32;

/// Why a file is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GgufError {
    /// The system's fault, not the file's.
    #[error("it cannot be read: {0}")]
    Io(String),
    /// It is some other file.
    #[error("it is no GGUF file")]
    Magic,
    /// Too old, too new, or for machines with the other byte order.
    #[error("GGUF version {0} is not known; 2 and 3 are")]
    Version(u32),
    /// It ends too early.
    #[error("it ends inside {what} at byte {at}: it is not whole, get it again")]
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Where it starts.
        at: u64,
    },
    /// A count or length beyond what any real model has.
    #[error("{what}: {is} is too large, {most} is the most")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// What the file says.
        is: u64,
        /// The limit.
        most: u64,
    },
    /// Bytes that are no UTF-8.
    #[error("{what} at byte {at} is no text")]
    NotText {
        /// Of what.
        what: &'static str,
        /// Where it starts.
        at: u64,
    },
    /// A key is missing or makes no sense.
    #[error("{key}: {reason}")]
    Metadata {
        /// The key.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// A tensor makes no sense.
    #[error("tensor {name:?}: {reason}")]
    Tensor {
        /// Its name.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

/// The header of a file whose parts fit together.
#[derive(Debug, Clone, PartialEq)]
pub struct Gguf {
    /// Keys and values.
    pub metadata: Metadata,
    /// The tensors in their order.
    pub tensors: Vec<Tensor>,
    /// What kind of model it is.
    pub shape: Shape,
    /// Where the weights start.
    pub weights_at: u64,
    /// The whole file in bytes.
    pub file_bytes: u64,
}

impl Gguf {
    /// Reads and checks a header. `file_bytes` is the length of the whole file.
    ///
    /// # Errors
    /// [`GgufError`] names what is wrong and where.
    pub fn read(input: impl Read, file_bytes: u64) -> Result<Self, GgufError> {
        let mut reader = Reader::new(input, file_bytes);
        if reader.left() < 4 || reader.bytes("the first bytes")? != *b"GGUF" {
            return Err(GgufError::Magic);
        }
        let version = reader.u32("the version")?;
        if !VERSIONS.contains(&version) {
            return Err(GgufError::Version(version));
        }
        let within =
            |what, is, most| if is > most { Err(GgufError::TooLarge { what, is, most }) } else { Ok(is) };
        let tensors =
            within("the number of tensors", reader.u64("the number of tensors")?, tensor::MAX_TENSORS)?;
        let keys = within("the number of keys", reader.u64("the number of keys")?, metadata::MAX_KEYS)?;
        let metadata = Metadata::read(&mut reader, keys)?;
        let tensors = (0..tensors).map(|_| Tensor::read(&mut reader)).collect::<Result<Vec<_>, _>>()?;
        let alignment = alignment(&metadata)?;
        let weights_at = reader.position().next_multiple_of(alignment);
        tensor::check_layout(&tensors, alignment, file_bytes.saturating_sub(weights_at))?;
        let shape = Shape::read(&metadata, &tensors)?;
        Ok(Self { metadata, tensors, shape, weights_at, file_bytes })
    }

    /// Bytes of all weights.
    #[must_use]
    pub fn weight_bytes(&self) -> u64 {
        self.tensors.iter().map(|tensor| tensor.bytes).sum()
    }

    /// Bytes of those weights that repacking doubles in memory.
    #[must_use]
    pub fn repackable_bytes(&self) -> u64 {
        self.tensors.iter().filter(|tensor| tensor.repackable()).map(|tensor| tensor.bytes).sum()
    }
}

fn alignment(metadata: &Metadata) -> Result<u64, GgufError> {
    let key = "general.alignment";
    let alignment = match metadata.get(key) {
        None => ALIGNMENT,
        Some(_) => metadata.whole(key).unwrap_or_default(),
    };
    if !alignment.is_power_of_two() || !(8..=4_096).contains(&alignment) {
        let reason = format!("{alignment} is no power of two from 8 to 4096");
        return Err(GgufError::Metadata { key: key.to_owned(), reason });
    }
    Ok(alignment.into())
}
