//! Makes GGUF files with random weights: tiny ones for tests, and ones in the shapes of real models, whose memory
//! and speed do not depend on the values. What such a model says means nothing.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "shared by several programs; each uses its own part of it"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::panic,
    reason = "the sizes are those below, and a test may fail loudly"
)]

use std::io::{self, Write};

/// The sizes of a model of the llama or qwen2 architecture.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    pub architecture: &'static str,
    pub layers: u32,
    pub embedding: u32,
    pub heads: u32,
    pub kv_heads: u32,
    pub feed_forward: u32,
    pub vocabulary: u32,
    pub context: u32,
    /// Whether weights are Q4_0 with a Q8_0 embedding, as quantised models are; else they are F32.
    pub quantised: bool,
    pub tied: bool,
}

/// A few hundred kilobytes.
pub const TINY: Sizes = Sizes {
    architecture: "llama",
    layers: 2,
    embedding: 64,
    heads: 2,
    kv_heads: 1,
    feed_forward: 128,
    vocabulary: 384,
    context: 1_024,
    quantised: false,
    tied: true,
};

/// From the models' own `config.json`.
pub const REAL: [(&str, Sizes); 3] = [
    (
        "smollm2-135m",
        Sizes { layers: 30, embedding: 576, heads: 9, kv_heads: 3, feed_forward: 1_536, ..SMOLLM2 },
    ),
    ("smollm2-360m", SMOLLM2),
    (
        "qwen2.5-0.5b",
        Sizes {
            architecture: "qwen2",
            layers: 24,
            embedding: 896,
            heads: 14,
            kv_heads: 2,
            feed_forward: 4_864,
            vocabulary: 151_936,
            context: 32_768,
            quantised: true,
            tied: true,
        },
    ),
];

const SMOLLM2: Sizes = Sizes {
    architecture: "llama",
    layers: 32,
    embedding: 960,
    heads: 15,
    kv_heads: 5,
    feed_forward: 2_560,
    vocabulary: 49_152,
    context: 8_192,
    quantised: true,
    tied: true,
};

const F32: u32 = 0;
const Q4_0: u32 = 2;
const Q8_0: u32 = 8;
const ALIGNMENT: usize = 32;
const CHATML: &str = "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/// One key with its value as bytes, so that tests can put in what they like.
pub struct Key {
    pub name: String,
    pub kind: u32,
    pub value: Vec<u8>,
}

/// One tensor as the header tells of it.
#[derive(Debug, Clone)]
pub struct Tensor {
    pub name: String,
    pub shape: Vec<u64>,
    pub kind: u32,
}

/// A file that can be spoilt before it is written.
pub struct Gguf {
    pub version: u32,
    pub keys: Vec<Key>,
    pub tensors: Vec<Tensor>,
}

fn text(value: &str) -> Vec<u8> {
    [&(value.len() as u64).to_le_bytes(), value.as_bytes()].concat()
}

fn array(kind: u32, items: impl ExactSizeIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut bytes = [kind.to_le_bytes().as_slice(), (items.len() as u64).to_le_bytes().as_slice()].concat();
    bytes.extend(items.flatten());
    bytes
}

/// A small generator of random numbers (xorshift64*, Vigna 2014), the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// From -1 to 1.
    fn signed(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }
}

/// Tokens of a SentencePiece vocabulary: control tokens, all bytes, printable letters, and made-up words.
fn vocabulary(count: u32) -> Vec<(String, f32, i32)> {
    // llama.cpp's numbers for kinds of tokens.
    const NORMAL: i32 = 1;
    const UNKNOWN: i32 = 2;
    const CONTROL: i32 = 3;
    const BYTE: i32 = 6;
    let mut tokens = vec![
        ("<unk>".to_owned(), 0.0, UNKNOWN),
        ("<|im_start|>".to_owned(), 0.0, CONTROL),
        ("<|im_end|>".to_owned(), 0.0, CONTROL),
    ];
    tokens.extend((0..=255_u8).map(|byte| (format!("<0x{byte:02X}>"), 0.0, BYTE)));
    tokens.extend((b'!'..=b'~').map(|c| (char::from(c).to_string(), -1_000.0, NORMAL)));
    tokens.push(("\u{2581}".to_owned(), -1_000.0, NORMAL));
    let mut number = 0_u32;
    while tokens.len() < count as usize {
        // Letters of base 26, so that all words differ.
        let mut word = String::from("\u{2581}");
        let mut rest = number;
        for _ in 0..4 {
            word.push(char::from(b'a' + (rest % 26) as u8));
            rest /= 26;
        }
        tokens.push((word, -(number as f32) - 1.0, NORMAL));
        number += 1;
    }
    tokens.truncate(count as usize);
    tokens
}

impl Gguf {
    /// A whole model.
    pub fn new(sizes: &Sizes) -> Self {
        let mut file = Self { version: 3, keys: Vec::new(), tensors: Vec::new() };
        let arch = sizes.architecture;
        file.text("general.architecture", arch);
        file.text("general.name", "random weights");
        for (key, value) in [
            ("block_count", sizes.layers),
            ("context_length", sizes.context),
            ("embedding_length", sizes.embedding),
            ("feed_forward_length", sizes.feed_forward),
            ("attention.head_count", sizes.heads),
            ("attention.head_count_kv", sizes.kv_heads),
            ("rope.dimension_count", sizes.embedding / sizes.heads),
        ] {
            file.whole(&format!("{arch}.{key}"), value);
        }
        file.real(&format!("{arch}.attention.layer_norm_rms_epsilon"), 1e-5);
        let tokens = vocabulary(sizes.vocabulary);
        file.text("tokenizer.ggml.model", "llama");
        file.key("tokenizer.ggml.tokens", 9, array(8, tokens.iter().map(|(name, ..)| text(name))));
        file.key(
            "tokenizer.ggml.scores",
            9,
            array(6, tokens.iter().map(|(_, score, _)| score.to_le_bytes().to_vec())),
        );
        file.key(
            "tokenizer.ggml.token_type",
            9,
            array(5, tokens.iter().map(|(.., kind)| kind.to_le_bytes().to_vec())),
        );
        for (key, id) in [("bos", 1), ("eos", 2), ("unknown", 0)] {
            file.whole(&format!("tokenizer.ggml.{key}_token_id"), id);
        }
        file.key("tokenizer.ggml.add_bos_token", 7, vec![0]);
        file.text("tokenizer.chat_template", CHATML);
        file.add_tensors(sizes);
        file
    }

    fn add_tensors(&mut self, sizes: &Sizes) {
        let weights = if sizes.quantised { Q4_0 } else { F32 };
        let (wide, kv) =
            (u64::from(sizes.embedding), u64::from(sizes.embedding / sizes.heads * sizes.kv_heads));
        let (forward, vocabulary) = (u64::from(sizes.feed_forward), u64::from(sizes.vocabulary));
        let embedding = if sizes.quantised { Q8_0 } else { F32 };
        self.tensor("token_embd.weight", &[wide, vocabulary], embedding);
        self.tensor("output_norm.weight", &[wide], F32);
        if !sizes.tied {
            self.tensor("output.weight", &[wide, vocabulary], embedding);
        }
        for layer in 0..sizes.layers {
            let name = |part: &str| format!("blk.{layer}.{part}");
            self.tensor(&name("attn_norm.weight"), &[wide], F32);
            self.tensor(&name("ffn_norm.weight"), &[wide], F32);
            for (part, out) in [("attn_q", wide), ("attn_k", kv), ("attn_v", kv)] {
                self.tensor(&name(&format!("{part}.weight")), &[wide, out], weights);
                if sizes.architecture == "qwen2" {
                    self.tensor(&name(&format!("{part}.bias")), &[out], F32);
                }
            }
            self.tensor(&name("attn_output.weight"), &[wide, wide], weights);
            self.tensor(&name("ffn_gate.weight"), &[wide, forward], weights);
            self.tensor(&name("ffn_up.weight"), &[wide, forward], weights);
            self.tensor(&name("ffn_down.weight"), &[forward, wide], weights);
        }
    }

    pub fn key(&mut self, name: &str, kind: u32, value: Vec<u8>) {
        self.keys.retain(|key| key.name != name);
        self.keys.push(Key { name: name.to_owned(), kind, value });
    }

    pub fn text(&mut self, name: &str, value: &str) {
        self.key(name, 8, text(value));
    }

    pub fn whole(&mut self, name: &str, value: u32) {
        self.key(name, 4, value.to_le_bytes().to_vec());
    }

    fn real(&mut self, name: &str, value: f32) {
        self.key(name, 6, value.to_le_bytes().to_vec());
    }

    fn tensor(&mut self, name: &str, shape: &[u64], kind: u32) {
        self.tensors.push(Tensor { name: name.to_owned(), shape: shape.to_vec(), kind });
    }

    /// Everything before the weights.
    pub fn header(&self) -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(self.version.to_le_bytes());
        bytes.extend((self.tensors.len() as u64).to_le_bytes());
        bytes.extend((self.keys.len() as u64).to_le_bytes());
        for key in &self.keys {
            bytes.extend(text(&key.name));
            bytes.extend(key.kind.to_le_bytes());
            bytes.extend(&key.value);
        }
        let mut offset = 0_u64;
        for tensor in &self.tensors {
            bytes.extend(text(&tensor.name));
            bytes.extend((tensor.shape.len() as u32).to_le_bytes());
            bytes.extend(tensor.shape.iter().flat_map(|axis| axis.to_le_bytes()));
            bytes.extend(tensor.kind.to_le_bytes());
            bytes.extend(offset.to_le_bytes());
            offset += padded(tensor.bytes()) as u64;
        }
        bytes.resize(padded(bytes.len()), 0);
        bytes
    }

    /// Writes the file.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.header())?;
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for tensor in &self.tensors {
            let mut bytes = Vec::with_capacity(padded(tensor.bytes()));
            let blocks = tensor.shape.iter().product::<u64>() / tensor.block().0;
            for _ in 0..blocks {
                tensor.fill(&mut random, &mut bytes);
            }
            bytes.resize(padded(bytes.len()), 0);
            out.write_all(&bytes)?;
        }
        Ok(())
    }

    /// The file as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut bytes).expect("memory takes everything");
        bytes
    }
}

fn padded(length: usize) -> usize {
    length.next_multiple_of(ALIGNMENT)
}

impl Tensor {
    /// Numbers and bytes of a block.
    fn block(&self) -> (u64, u64) {
        match self.kind {
            Q4_0 => (32, 18),
            Q8_0 => (32, 34),
            _ => (1, 4),
        }
    }

    fn bytes(&self) -> usize {
        let (numbers, bytes) = self.block();
        // Tests ask for shapes beyond reason; a length for them need only be some number.
        let elements = self.shape.iter().fold(1_u64, |product, axis| product.wrapping_mul(*axis));
        (elements / numbers % (1 << 40) * bytes) as usize
    }

    /// One block. Values stay small enough that sums through many layers stay finite.
    fn fill(&self, random: &mut Random, out: &mut Vec<u8>) {
        let norm = self.name.ends_with("norm.weight");
        match self.kind {
            F32 if norm => out.extend(1_f32.to_le_bytes()),
            F32 => out.extend((random.signed() * 0.08).to_le_bytes()),
            kind => {
                // A scale near 0.004 as f16 (sign 0, exponent 7, random fraction), then the numbers.
                let [fraction, ..] = random.next().to_le_bytes();
                out.extend((0x1c00_u16 | u16::from(fraction)).to_le_bytes());
                let words = if kind == Q8_0 { 4 } else { 2 };
                for _ in 0..words {
                    out.extend(random.next().to_le_bytes());
                }
            }
        }
    }
}
