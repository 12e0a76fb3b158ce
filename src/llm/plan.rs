//! How much memory a model will take, and in which form it fits.

use std::fmt;

use super::gguf::Gguf;

/// How keys and values of read tokens are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KvType {
    /// Sixteen bits a number.
    F16,
    /// Eight bits and a half: half the memory, a little slower.
    Q8,
}

impl KvType {
    /// Bytes that so many numbers take: f16 has two a number, q8_0 blocks of 34 bytes for 32 numbers.
    const fn bytes(self, numbers: u64) -> u64 {
        match self {
            Self::F16 => numbers.saturating_mul(2),
            Self::Q8 => numbers.div_ceil(32).saturating_mul(34),
        }
    }

    /// As llama.cpp calls it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::F16 => "f16",
            Self::Q8 => "q8_0",
        }
    }
}

/// What the owner wants; `None` leaves the choice to the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishes {
    /// Tokens that prompts and answers may have together.
    pub context: u32,
    /// How keys and values are kept.
    pub kv: Option<KvType>,
    /// Whether weights are repacked: faster, for a second copy of most of them.
    pub repack: Option<bool>,
    /// Bytes that the model may take; without it, as much as the machine has free.
    pub limit: Option<u64>,
}

/// Memory that a model takes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The mapped file.
    pub weights: u64,
    /// The second copy of repacked weights.
    pub repacked: u64,
    /// Keys and values.
    pub kv: u64,
    /// What computing takes.
    pub compute: u64,
    /// The vocabulary and everything else.
    pub rest: u64,
    /// How keys and values are kept.
    pub kv_type: KvType,
    /// Tokens that fit.
    pub context: u32,
}

/// A model that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "it needs {} ({} of weights, {} for {} tokens of context, {} to compute), and {} are allowed; \
     take a smaller model, a smaller models.context, or raise models.memory_limit",
    Mib(.plan.total()), Mib(.plan.weights + .plan.repacked), Mib(.plan.kv), .plan.context,
    Mib(.plan.compute + .plan.rest), Mib(*.limit)
)]
pub struct DoesNotFit {
    /// The smallest form.
    pub plan: Plan,
    /// The limit in bytes.
    pub limit: u64,
}

struct Mib(u64);

impl fmt::Display for Mib {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB", self.0.div_ceil(1 << 20))
    }
}

/// Tokens that are read at once: more make no prompt faster on a few cores, and each costs memory.
pub(super) const BATCH: u32 = 64;
/// Bytes that llama.cpp keeps for each token of the vocabulary: texts, their index, merges. Measured.
const PER_TOKEN: u64 = 300;
/// Measured: buffers of threads, graphs, the allocator.
const FIXED: u64 = 6 << 20;

impl Plan {
    /// All of it.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.weights + self.repacked + self.kv + self.compute + self.rest
    }

    /// Whether weights are repacked.
    #[must_use]
    pub const fn repack(&self) -> bool {
        self.repacked > 0
    }

    fn new(gguf: &Gguf, context: u32, kv_type: KvType, repack: bool) -> Self {
        let shape = &gguf.shape;
        let kv = shape.kept.iter().map(|numbers| kv_type.bytes(*numbers) * u64::from(context)).sum();
        // The widest intermediate results are there several times at once, as four-byte numbers.
        let width = u64::from(shape.embedding) * 6 + u64::from(shape.feed_forward) * 3;
        let compute = u64::from(BATCH) * width * 4 + shape.vocabulary * 4 * 5;
        Self {
            weights: gguf.file_bytes,
            repacked: if repack { gguf.repackable_bytes() } else { 0 },
            kv,
            compute,
            rest: FIXED + shape.vocabulary * PER_TOKEN,
            kv_type,
            context,
        }
    }

    /// The fastest form that fits.
    ///
    /// # Errors
    /// [`DoesNotFit`] with the numbers of the smallest form.
    pub fn choose(gguf: &Gguf, wishes: &Wishes) -> Result<Self, DoesNotFit> {
        let context = wishes.context.min(gguf.shape.context.max(1));
        let kv_types: &[KvType] = match wishes.kv {
            Some(KvType::F16) => &[KvType::F16],
            Some(KvType::Q8) => &[KvType::Q8],
            None => &[KvType::F16, KvType::Q8],
        };
        let limit = wishes.limit.unwrap_or(u64::MAX);
        let mut smallest = Self::new(
            gguf,
            context,
            kv_types.last().copied().unwrap_or(KvType::Q8),
            wishes.repack == Some(true),
        );
        for kv_type in kv_types {
            for repack in [true, false] {
                if wishes.repack.is_some_and(|wish| wish != repack) {
                    continue;
                }
                let plan = Self::new(gguf, context, *kv_type, repack);
                if plan.total() <= limit {
                    return Ok(plan);
                }
                if plan.total() < smallest.total() {
                    smallest = plan;
                }
            }
        }
        Err(DoesNotFit { plan: smallest, limit })
    }
}
