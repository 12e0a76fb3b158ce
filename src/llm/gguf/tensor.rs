//! The tensors: their types, and whether they lie inside the file.

use std::collections::BTreeSet;
use std::io::Read;

use super::read::Reader;
use super::{GgufError, MAX_NAME};

/// A type of numbers by its number in GGUF: name, numbers in a block, bytes of a block. From ggml's type traits.
const TYPES: &[(u32, &str, u64, u64)] = &[
    (0, "F32", 1, 4),
    (1, "F16", 1, 2),
    (2, "Q4_0", 32, 18),
    (3, "Q4_1", 32, 20),
    (6, "Q5_0", 32, 22),
    (7, "Q5_1", 32, 24),
    (8, "Q8_0", 32, 34),
    (10, "Q2_K", 256, 84),
    (11, "Q3_K", 256, 110),
    (12, "Q4_K", 256, 144),
    (13, "Q5_K", 256, 176),
    (14, "Q6_K", 256, 210),
    (16, "IQ2_XXS", 256, 66),
    (17, "IQ2_XS", 256, 74),
    (18, "IQ3_XXS", 256, 98),
    (19, "IQ1_S", 256, 50),
    (20, "IQ4_NL", 32, 18),
    (21, "IQ3_S", 256, 110),
    (22, "IQ2_S", 256, 82),
    (23, "IQ4_XS", 256, 136),
    (29, "IQ1_M", 256, 56),
    (30, "BF16", 1, 2),
    (34, "TQ1_0", 256, 54),
    (35, "TQ2_0", 256, 66),
    (39, "MXFP4", 32, 17),
];

/// Types of which ggml keeps a second copy in another order when weights are repacked.
const REPACKED: &[&str] = if cfg!(target_arch = "x86_64") {
    &["Q4_0", "Q4_K", "IQ4_NL", "MXFP4"]
} else {
    &["Q4_0", "Q4_K", "Q5_K", "Q6_K", "Q8_0", "IQ4_NL", "MXFP4"]
};

/// Most tensors in a file.
pub(super) const MAX_TENSORS: u64 = 8_192;

/// A tensor as the header tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Its name.
    pub name: String,
    /// Numbers along each of at most four axes, the fastest first.
    pub shape: Vec<u64>,
    /// Its type's name, such as `Q4_0`.
    pub kind: &'static str,
    /// Where it lies, counted from the start of the weights.
    pub offset: u64,
    /// Its size in bytes.
    pub bytes: u64,
}

impl Tensor {
    /// How many numbers it holds.
    #[must_use]
    pub fn elements(&self) -> u64 {
        self.shape.iter().product()
    }

    /// Whether repacking makes a second copy of it. The embedding is looked up by rows and stays as it is.
    #[must_use]
    pub fn repackable(&self) -> bool {
        self.shape.len() == 2 && self.name != "token_embd.weight" && REPACKED.contains(&self.kind)
    }

    pub(super) fn read<R: Read>(reader: &mut Reader<R>) -> Result<Self, GgufError> {
        let name = reader.string("a tensor's name", MAX_NAME)?;
        let axes = reader.u32("a tensor's number of axes")?;
        if !(1..=4).contains(&axes) {
            return Err(GgufError::Tensor {
                name,
                reason: format!("it has {axes} axes; 1 to 4 are allowed"),
            });
        }
        let mut shape = Vec::new();
        for _ in 0..axes {
            shape.push(reader.u64("a tensor's shape")?);
        }
        let number = reader.u32("a tensor's type")?;
        let offset = reader.u64("a tensor's offset")?;
        let Some((_, kind, block, block_bytes)) = TYPES.iter().find(|(known, ..)| *known == number) else {
            return Err(GgufError::Tensor { name, reason: format!("its type {number} is not known") });
        };
        let bytes = size(&shape, *block, *block_bytes);
        let Some(bytes) = bytes.filter(|bytes| *bytes > 0) else {
            let reason = format!("its shape {shape:?} does not go with its type {kind}");
            return Err(GgufError::Tensor { name, reason });
        };
        Ok(Self { name, shape, kind, offset, bytes })
    }
}

/// Bytes of a tensor; `None` when rows are no whole blocks or the numbers are too large.
fn size(shape: &[u64], block: u64, block_bytes: u64) -> Option<u64> {
    let row = shape.first()?;
    let rows = shape.get(1..)?.iter().try_fold(1_u64, |rows, axis| rows.checked_mul(*axis))?;
    // ggml counts in signed numbers.
    let elements = row.checked_mul(rows).filter(|elements| i64::try_from(*elements).is_ok())?;
    if row % block != 0 {
        return None;
    }
    (elements / block).checked_mul(block_bytes)
}

/// Whether all tensors lie one behind the other inside `room` bytes, as llama.cpp wants them.
pub(super) fn check_layout(tensors: &[Tensor], alignment: u64, room: u64) -> Result<(), GgufError> {
    let mut names = BTreeSet::new();
    let mut expected = 0_u64;
    for tensor in tensors {
        let wrong = |reason: String| GgufError::Tensor { name: tensor.name.clone(), reason };
        if !names.insert(tensor.name.as_str()) {
            return Err(wrong("another tensor has the same name".to_owned()));
        }
        if tensor.offset != expected {
            return Err(wrong(format!("it starts at {}, where {expected} is expected", tensor.offset)));
        }
        let end = tensor.offset.checked_add(tensor.bytes).filter(|end| *end <= room);
        let Some(end) = end else {
            return Err(wrong(format!(
                "it needs bytes {} to {} of the weights, and the file has only {room}: it is not whole",
                tensor.offset,
                tensor.offset.saturating_add(tensor.bytes)
            )));
        };
        expected =
            end.checked_next_multiple_of(alignment).ok_or_else(|| wrong("it is too large".to_owned()))?;
    }
    Ok(())
}
