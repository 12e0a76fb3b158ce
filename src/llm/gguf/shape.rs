//! What kind of model a file holds, and whether llama.cpp can run it.

use super::GgufError;
use super::metadata::{Kind, Metadata, Value};
use super::tensor::Tensor;

/// Architectures that generate text and that llama.cpp knows, as far as models of a board's size exist for them.
const ARCHITECTURES: &[&str] = &[
    "arcee",
    "bloom",
    "command-r",
    "cohere2",
    "deci",
    "ernie4_5",
    "exaone",
    "exaone4",
    "falcon",
    "falcon-h1",
    "gemma",
    "gemma2",
    "gemma3",
    "gemma3n",
    "gemma4",
    "gpt2",
    "gptneox",
    "granite",
    "granitehybrid",
    "hunyuan-dense",
    "internlm2",
    "jais",
    "lfm2",
    "llama",
    "minicpm",
    "minicpm3",
    "mpt",
    "nemotron",
    "olmo",
    "olmo2",
    "openelm",
    "phi2",
    "phi3",
    "plamo",
    "qwen",
    "qwen2",
    "qwen3",
    "qwen35",
    "refact",
    "seed_oss",
    "smollm3",
    "stablelm",
    "starcoder",
    "starcoder2",
    "xverse",
];

/// Tokenizers that llama.cpp knows and that generate text.
const TOKENIZERS: &[&str] = &["llama", "gpt2", "gemma4", "plamo2"];

const MAX_LAYERS: u32 = 512;
const MAX_WIDTH: u32 = 1 << 17;
const MAX_HEADS: u32 = 1_024;

/// The sizes of a model that memory and limits follow from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// `general.architecture`.
    pub architecture: String,
    /// Tokens that the model was trained to look back.
    pub context: u32,
    /// Layers.
    pub layers: u32,
    /// Numbers that stand for a token.
    pub embedding: u32,
    /// Numbers inside a layer's feed-forward part, where it is the widest.
    pub feed_forward: u32,
    /// Attention heads, where a layer has the most.
    pub heads: u32,
    /// Numbers that a layer keeps of each token for its keys and values, one entry a layer.
    pub kept: Vec<u64>,
    /// Tokens that it knows.
    pub vocabulary: u64,
}

impl Shape {
    pub(super) fn read(metadata: &Metadata, tensors: &[Tensor]) -> Result<Self, GgufError> {
        let fail = |key: &str, reason: String| GgufError::Metadata { key: key.to_owned(), reason };
        let key = "general.architecture";
        let architecture =
            metadata.text(key).ok_or_else(|| fail(key, "it is missing".to_owned()))?.to_owned();
        if !ARCHITECTURES.contains(&architecture.as_str()) {
            return Err(fail(key, format!("{architecture:?} is none that generates text here")));
        }
        if metadata.whole("split.count").is_some_and(|parts| parts > 1) {
            return Err(fail(
                "split.count",
                "it is one part of several: join them with llama-gguf-split".to_owned(),
            ));
        }
        let keys = Keys { metadata, architecture: &architecture };
        let layers = keys.required("block_count", MAX_LAYERS)?;
        let embedding = keys.required("embedding_length", MAX_WIDTH)?;
        let context = keys.required("context_length", u32::MAX)?;
        let feed_forward = keys.each_layer("feed_forward_length", layers, Some(0))?;
        if let Some(wide) = feed_forward.iter().find(|wide| **wide > MAX_WIDTH * 8) {
            return Err(keys.wrong("feed_forward_length", format!("{wide} is too large")));
        }
        let heads = keys.each_layer("attention.head_count", layers, None)?;
        let most_heads = heads.iter().copied().max().unwrap_or_default();
        if most_heads == 0 || most_heads > MAX_HEADS {
            return Err(
                keys.wrong("attention.head_count", format!("{most_heads} is not from 1 to {MAX_HEADS}"))
            );
        }
        let kept = keys.kept(layers, embedding, &heads)?;
        let vocabulary = vocabulary(metadata)?;
        if !tensors.iter().any(|tensor| tensor.name == "token_embd.weight") {
            let reason = "it is missing: the file holds no whole model".to_owned();
            return Err(GgufError::Tensor { name: "token_embd.weight".to_owned(), reason });
        }
        let feed_forward = feed_forward.into_iter().max().unwrap_or_default();
        Ok(Self {
            architecture,
            context,
            layers,
            embedding,
            feed_forward,
            heads: most_heads,
            kept,
            vocabulary,
        })
    }
}

/// Keys that start with the architecture's name.
struct Keys<'a> {
    metadata: &'a Metadata,
    architecture: &'a str,
}

impl Keys<'_> {
    fn name(&self, key: &str) -> String {
        format!("{}.{key}", self.architecture)
    }

    fn wrong(&self, key: &str, reason: String) -> GgufError {
        GgufError::Metadata { key: self.name(key), reason }
    }

    /// A whole number from 1 to `most`.
    fn required(&self, key: &str, most: u32) -> Result<u32, GgufError> {
        match self.metadata.whole(&self.name(key)) {
            Some(number) if (1..=most).contains(&number) => Ok(number),
            Some(number) => Err(self.wrong(key, format!("{number} is not from 1 to {most}"))),
            None => Err(self.wrong(key, "it is missing, or no whole number".to_owned())),
        }
    }

    /// A whole number for each layer, written as one for all or as an array.
    fn each_layer(&self, key: &str, layers: u32, default: Option<u32>) -> Result<Vec<u32>, GgufError> {
        let layers = usize::try_from(layers).unwrap_or_default();
        match (self.metadata.get(&self.name(key)), default) {
            (None, Some(default)) => Ok(vec![default; layers]),
            (None, None) => Err(self.wrong(key, "it is missing".to_owned())),
            (Some(Value::Wholes(_, numbers)), _) if numbers.len() >= layers => {
                let numbers: Option<Vec<u32>> =
                    numbers.iter().take(layers).map(|n| u32::try_from(*n).ok()).collect();
                numbers
                    .ok_or_else(|| self.wrong(key, "one of its numbers is negative or too large".to_owned()))
            }
            _ => match self.metadata.whole(&self.name(key)) {
                Some(number) => Ok(vec![number; layers]),
                None => Err(self
                    .wrong(key, format!("it is neither a whole number nor one for each of {layers} layers"))),
            },
        }
    }

    /// What each layer keeps of a token.
    fn kept(&self, layers: u32, embedding: u32, heads: &[u32]) -> Result<Vec<u64>, GgufError> {
        let first = heads.iter().copied().find(|heads| *heads > 0).unwrap_or(1);
        let usual = embedding / first.max(1);
        let length = |key: &str| match self.metadata.get(&self.name(key)) {
            None => Ok(usual),
            Some(_) => self.required(key, MAX_WIDTH),
        };
        let (keys, values) = (length("attention.key_length")?, length("attention.value_length")?);
        if keys == 0 {
            return Err(
                self.wrong("attention.head_count", format!("{first} heads do not share {embedding} numbers"))
            );
        }
        let rotated = self.metadata.whole(&self.name("rope.dimension_count")).unwrap_or(keys);
        if rotated > keys.max(usual) || !rotated.is_multiple_of(2) {
            return Err(self.wrong(
                "rope.dimension_count",
                format!("{rotated} does not go with heads of {keys} numbers"),
            ));
        }
        let key = "attention.head_count_kv";
        let kv_heads = match self.metadata.get(&self.name(key)) {
            None => heads.to_vec(),
            Some(_) => self.each_layer(key, layers, None)?,
        };
        let mut kept = Vec::new();
        for (heads, kv_heads) in heads.iter().zip(&kv_heads) {
            if kv_heads > heads || (*kv_heads > 0 && heads % kv_heads != 0) {
                return Err(self.wrong(key, format!("{kv_heads} does not go with {heads} heads")));
            }
            kept.push(u64::from(*kv_heads) * (u64::from(keys) + u64::from(values)));
        }
        Ok(kept)
    }
}

/// How many tokens there are; the arrays that go with them must be as long.
fn vocabulary(metadata: &Metadata) -> Result<u64, GgufError> {
    let fail = |key: &str, reason: String| GgufError::Metadata { key: key.to_owned(), reason };
    let key = "tokenizer.ggml.model";
    let tokenizer = metadata
        .text(key)
        .ok_or_else(|| fail(key, "it is missing: the file has no vocabulary".to_owned()))?;
    if !TOKENIZERS.contains(&tokenizer) {
        return Err(fail(key, format!("{tokenizer:?} is not known; known are {}", TOKENIZERS.join(", "))));
    }
    let key = "tokenizer.ggml.tokens";
    let tokens = match metadata.array(key) {
        Some((Kind::String, tokens)) if tokens > 0 => tokens,
        _ => return Err(fail(key, "it is no list of texts".to_owned())),
    };
    // llama.cpp reads as many of these as there are tokens, without looking at their length.
    for (key, kinds) in [
        ("tokenizer.ggml.scores", [Kind::F32, Kind::F32]),
        ("tokenizer.ggml.token_type", [Kind::I32, Kind::U32]),
    ] {
        if metadata.get(key).is_some()
            && !metadata.array(key).is_some_and(|(kind, length)| kinds.contains(&kind) && length == tokens)
        {
            return Err(fail(key, format!("it is no list of {tokens} numbers, one a token")));
        }
    }
    if let Some(found) = metadata.get("tokenizer.ggml.merges")
        && !matches!(found, Value::Array(Kind::String, _))
    {
        return Err(fail("tokenizer.ggml.merges", "it is no list of texts".to_owned()));
    }
    // This tokenizer falls back to bytes, and llama.cpp ends the process when one is not there.
    if tokenizer == "llama" && !metadata.tokens.every_byte() {
        return Err(fail(key, "the tokens <0x00> to <0xFF> are not all there".to_owned()));
    }
    Ok(tokens)
}
