//! Secrets: made from the system's randomness, kept only as SHA-256.
//!
//! A plain hash is enough for them: unlike passwords they cannot be guessed.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// What is kept of a secret.
pub(in crate::web) type Hash = [u8; 32];

/// The system gave no randomness; nothing secret can be made.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no randomness: {0}")]
pub struct NoRandomness(getrandom::Error);

/// So many random bytes in the base64 of URLs.
pub(super) fn random<const BYTES: usize>() -> Result<String, NoRandomness> {
    let mut bytes = [0_u8; BYTES];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// So many bytes for names that only have to be different, in hexadecimal.
pub(in crate::web) fn random_hex<const BYTES: usize>() -> String {
    let mut bytes = [0_u8; BYTES];
    // Such a name guards nothing: without randomness it is all zeros.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().fold(String::with_capacity(BYTES * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}
