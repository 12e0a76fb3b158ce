//! The kinds of values that settings of language models have.

use super::field::{Context, Value, Wrong};
use super::mistake::nearest;
use super::values::{one_of, whole, words};
use serde::{Deserialize, Serialize};

whole! {
    /// Tokens that a model looks back.
    ContextTokens(u32) = 256..=131072;
    /// Threads that compute.
    Threads(u16) = 1..=64;
}

words! {
    /// How a model's keys and values are kept.
    KvCache {
        /// The fastest that fits.
        Auto = "auto",
        /// Sixteen bits.
        F16 = "f16",
        /// Eight bits and a half.
        Q8_0 = "q8_0",
    }
    /// Whether weights are repacked.
    Repack {
        /// If it fits.
        Auto = "auto",
        /// Always.
        On = "on",
        /// Never.
        Off = "off",
    }
    /// When a model is loaded.
    LoadModel {
        /// When the hub starts.
        AtStart = "at_start",
        /// With the first request.
        FirstUse = "first_use",
    }
}

/// The name of a model's file without `.gguf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelName(String);

impl ModelName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for ModelName {
    fn allowed() -> String {
        "the name of a file in models.path without its ending, such as SmolLM2-360M-Q4_0".to_owned()
    }
    fn parse(text: &str, _: &Context<'_>) -> Result<Self, Wrong> {
        let name = text.strip_suffix(".gguf").unwrap_or(text);
        let good = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.len() > 128 || name.starts_with('.') || !name.chars().all(good) {
            return Err(Wrong::default());
        }
        Ok(Self(name.to_owned()))
    }
    fn show(&self) -> String {
        self.0.clone()
    }
}

/// An amount of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemorySize(u64);

impl MemorySize {
    /// Bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl Value for MemorySize {
    fn allowed() -> String {
        "an amount of memory from 16MB to 64GB, such as 400MB or 1GB".to_owned()
    }
    fn parse(text: &str, _: &Context<'_>) -> Result<Self, Wrong> {
        let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let shift = match unit.trim().to_ascii_lowercase().as_str() {
            "mb" | "mib" | "m" => 20,
            "gb" | "gib" | "g" => 30,
            _ => return Err(Wrong::default()),
        };
        let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
        match bytes.filter(|bytes| (16 << 20..=64 << 30).contains(bytes)) {
            Some(bytes) => Ok(Self(bytes)),
            None => Err(Wrong::default()),
        }
    }
    fn show(&self) -> String {
        format!("{}MB", self.0 >> 20)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: Context<'_> = Context { languages: &[], base: None };

    #[test]
    fn memory_has_a_unit() {
        let bytes = |text: &str| MemorySize::parse(text, &CONTEXT).ok().map(MemorySize::bytes);
        assert_eq!(bytes("400MB"), Some(400 << 20));
        assert_eq!(bytes("1 gb"), Some(1 << 30));
        for wrong in ["400", "4MB", "-1MB", "99999999999999999999GB", "100GB", "MB", ""] {
            assert_eq!(bytes(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_name_never_leads_elsewhere() {
        let name = |text: &str| ModelName::parse(text, &CONTEXT).ok().map(|name| name.show());
        assert_eq!(name("SmolLM2-360M.Q4_0.gguf").as_deref(), Some("SmolLM2-360M.Q4_0"));
        for wrong in ["", ".gguf", "../a", "a/b", ".hidden", "a b", "a\0"] {
            assert_eq!(name(wrong), None, "{wrong:?}");
        }
    }
}
