//! Any bytes as the header of a model's file: refused with a reason, or tensors that lie inside the file.

use homeclaw::llm::gguf::Gguf;

/// Whatever is handed in must do no harm.
pub(crate) fn run(data: &[u8]) {
    // Bytes alone are hardly ever a header; with the first ones right the rest is looked at.
    for input in [data.to_vec(), [b"GGUF\x03\0\0\0".as_slice(), data].concat()] {
        let file_bytes = u64::try_from(input.len()).unwrap_or(u64::MAX);
        if let Ok(gguf) = Gguf::read(input.as_slice(), file_bytes) {
            for tensor in &gguf.tensors {
                assert!(gguf.weights_at + tensor.offset + tensor.bytes <= file_bytes, "{tensor:?}");
            }
        }
    }
}
