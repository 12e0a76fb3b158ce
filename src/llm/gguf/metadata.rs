//! The keys and values at the front of a file.

use std::collections::BTreeMap;
use std::io::Read;

use super::read::{MAX_STRING, Reader};
use super::{GgufError, MAX_NAME};

/// Most keys.
pub(super) const MAX_KEYS: u64 = 4_096;
/// Most values in an array. Vocabularies are the longest; the largest known have 262,144 tokens.
const MAX_ARRAY: u64 = 1 << 21;
/// Longest string in an array.
const MAX_ITEM: u64 = 1 << 16;
/// Arrays of numbers up to this length are kept.
const KEPT_ARRAY: u64 = 1_024;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number, of any width and sign.
    Whole(i128),
    /// A number with a fraction.
    Real(f64),
    /// Yes or no.
    Bool(bool),
    /// Text.
    Text(String),
    /// Whole numbers with their type, when there are not too many to keep.
    Wholes(Kind, Vec<i128>),
    /// Any other array: what it holds and how much of it.
    Array(Kind, u64),
}

/// A type of values by its number in GGUF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the format's own")]
pub enum Kind {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    String,
    Array,
    U64,
    I64,
    F64,
}

impl Kind {
    fn read<R: Read>(reader: &mut Reader<R>, key: &str) -> Result<Self, GgufError> {
        let number = reader.u32("the type of a value")?;
        Ok(match number {
            0 => Self::U8,
            1 => Self::I8,
            2 => Self::U16,
            3 => Self::I16,
            4 => Self::U32,
            5 => Self::I32,
            6 => Self::F32,
            7 => Self::Bool,
            8 => Self::String,
            9 => Self::Array,
            10 => Self::U64,
            11 => Self::I64,
            12 => Self::F64,
            _ => {
                return Err(GgufError::Metadata {
                    key: key.to_owned(),
                    reason: format!("its type {number} is not known"),
                });
            }
        })
    }

    /// Bytes of one value, for those that have a fixed size.
    const fn width(self) -> Option<u64> {
        match self {
            Self::U8 | Self::I8 | Self::Bool => Some(1),
            Self::U16 | Self::I16 => Some(2),
            Self::U32 | Self::I32 | Self::F32 => Some(4),
            Self::U64 | Self::I64 | Self::F64 => Some(8),
            Self::String | Self::Array => None,
        }
    }

    const fn is_whole(self) -> bool {
        !matches!(self, Self::F32 | Self::F64 | Self::Bool | Self::String | Self::Array)
    }
}

/// What is known of the vocabulary without keeping it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tokens {
    /// Which of the 256 tokens `<0x00>` to `<0xFF>` are there.
    bytes: [bool; 256],
}

impl Default for Tokens {
    fn default() -> Self {
        Self { bytes: [false; 256] }
    }
}

impl Tokens {
    pub(super) fn every_byte(&self) -> bool {
        self.bytes.iter().all(|there| *there)
    }

    fn note(&mut self, token: &[u8]) {
        let Some([high, low]) = token.strip_prefix(b"<0x").and_then(|rest| rest.strip_suffix(b">")) else {
            return;
        };
        let digits = [*high, *low];
        let number = std::str::from_utf8(&digits).ok().and_then(|text| u8::from_str_radix(text, 16).ok());
        if let Some(there) = number.and_then(|number| self.bytes.get_mut(usize::from(number))) {
            *there = true;
        }
    }
}

/// All keys with their values.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metadata {
    values: BTreeMap<String, Value>,
    pub(super) tokens: Tokens,
}

impl Metadata {
    /// A value.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    /// A text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A whole number from 0 to 4,294,967,295.
    #[must_use]
    pub fn whole(&self, key: &str) -> Option<u32> {
        match self.get(key) {
            Some(Value::Whole(number)) => u32::try_from(*number).ok(),
            _ => None,
        }
    }

    /// What an array holds and how much of it.
    #[must_use]
    pub fn array(&self, key: &str) -> Option<(Kind, u64)> {
        match self.get(key)? {
            Value::Array(kind, length) => Some((*kind, *length)),
            Value::Wholes(kind, numbers) => Some((*kind, u64::try_from(numbers.len()).unwrap_or(u64::MAX))),
            _ => None,
        }
    }

    pub(super) fn read<R: Read>(reader: &mut Reader<R>, count: u64) -> Result<Self, GgufError> {
        let mut metadata = Self::default();
        for _ in 0..count {
            let key = reader.string("a key", MAX_NAME)?;
            let kind = Kind::read(reader, &key)?;
            let value = metadata.value(reader, &key, kind)?;
            if metadata.values.insert(key.clone(), value).is_some() {
                return Err(GgufError::Metadata { key, reason: "it is there twice".to_owned() });
            }
        }
        Ok(metadata)
    }

    fn value<R: Read>(&mut self, reader: &mut Reader<R>, key: &str, kind: Kind) -> Result<Value, GgufError> {
        Ok(match kind {
            Kind::String => Value::Text(reader.string("a text", MAX_STRING)?),
            Kind::Array => self.read_array(reader, key)?,
            Kind::Bool => match reader.bytes("a value")? {
                [0] => Value::Bool(false),
                [1] => Value::Bool(true),
                [other] => {
                    let reason = format!("{other} is neither false nor true");
                    return Err(GgufError::Metadata { key: key.to_owned(), reason });
                }
            },
            Kind::F32 => Value::Real(f64::from(f32::from_le_bytes(reader.bytes("a value")?))),
            Kind::F64 => Value::Real(f64::from_le_bytes(reader.bytes("a value")?)),
            _ => Value::Whole(whole(reader, kind)?),
        })
    }

    fn read_array<R: Read>(&mut self, reader: &mut Reader<R>, key: &str) -> Result<Value, GgufError> {
        let wrong = |reason: String| GgufError::Metadata { key: key.to_owned(), reason };
        let kind = Kind::read(reader, key)?;
        let length = reader.u64("the length of an array")?;
        if length > MAX_ARRAY {
            return Err(wrong(format!("it has {length} values; at most {MAX_ARRAY} are read")));
        }
        if kind == Kind::Array {
            return Err(wrong("arrays in arrays are not read".to_owned()));
        }
        if kind == Kind::String {
            for _ in 0..length {
                let item = reader.raw_string("a text in an array", MAX_ITEM)?;
                if item.is_empty() && key.ends_with(".merges") {
                    return Err(wrong("one of its texts is empty".to_owned()));
                }
                if key == "tokenizer.ggml.tokens" {
                    self.tokens.note(&item);
                }
            }
        } else if kind.is_whole() && length <= KEPT_ARRAY {
            let numbers = (0..length).map(|_| whole(reader, kind)).collect::<Result<_, _>>()?;
            return Ok(Value::Wholes(kind, numbers));
        } else {
            let bytes = kind.width().and_then(|width| width.checked_mul(length));
            reader.skip(bytes.ok_or_else(|| wrong("it is too large".to_owned()))?, "an array")?;
        }
        Ok(Value::Array(kind, length))
    }
}

fn whole<R: Read>(reader: &mut Reader<R>, kind: Kind) -> Result<i128, GgufError> {
    let what = "a value";
    Ok(match kind {
        Kind::I8 => i8::from_le_bytes(reader.bytes(what)?).into(),
        Kind::U16 => u16::from_le_bytes(reader.bytes(what)?).into(),
        Kind::I16 => i16::from_le_bytes(reader.bytes(what)?).into(),
        Kind::U32 => u32::from_le_bytes(reader.bytes(what)?).into(),
        Kind::I32 => i32::from_le_bytes(reader.bytes(what)?).into(),
        Kind::U64 => u64::from_le_bytes(reader.bytes(what)?).into(),
        Kind::I64 => i64::from_le_bytes(reader.bytes(what)?).into(),
        _ => u8::from_le_bytes(reader.bytes(what)?).into(),
    })
}
