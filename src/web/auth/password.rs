//! The owner's password, as argon2id.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::web::error::ApiError;

/// OWASP's first choice for argon2id, and half a second on a Pi Zero 2 W: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// So many may wait for a hash; more than that is an attack.
const MOST_WAITING: usize = 8;

const SHORTEST: usize = 8;
const LONGEST: usize = 256;

/// Hashes one password at a time, so that a rush of logins cannot take the memory.
#[derive(Debug)]
pub(super) struct Hashing {
    one: Semaphore,
    waiting: Semaphore,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { one: Semaphore::new(1), waiting: Semaphore::new(MOST_WAITING) }
    }
}

impl Hashing {
    /// The hash to keep of a new password.
    pub(super) async fn hash(&self, password: String) -> Result<String, ApiError> {
        self.alone(move || {
            let hash = argon2()?.hash_password(password.as_bytes());
            hash.map(|hash| hash.to_string()).map_err(|error| ApiError::internal(error.to_string()))
        })
        .await
    }

    /// Whether the password is the one of the hash.
    pub(super) async fn verify(&self, password: String, hash: String) -> Result<bool, ApiError> {
        self.alone(move || {
            let hash = PasswordHash::new(&hash).map_err(|error| {
                ApiError::internal(format!("the stored password hash is damaged: {error}"))
            })?;
            Ok(argon2()?.verify_password(password.as_bytes(), &hash).is_ok())
        })
        .await
    }

    async fn alone<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, ApiError> + Send + 'static,
    {
        let busy = |_| ApiError::busy("too many logins at once");
        let _queued = self.waiting.try_acquire().map_err(busy)?;
        let _turn = self.one.acquire().await.map_err(|_| ApiError::internal("hashing has stopped"))?;
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|_| ApiError::internal("hashing failed"))?
    }
}

fn argon2() -> Result<Argon2<'static>, ApiError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|error| ApiError::internal(format!("argon2 refuses its parameters: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Whether a new password is good enough to be taken.
pub(super) fn acceptable(password: &str) -> Result<(), ApiError> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(ApiError::invalid(format!("the password is shorter than {SHORTEST} characters")));
    }
    if password.len() > LONGEST {
        return Err(ApiError::invalid(format!("the password is longer than {LONGEST} bytes")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let hashing = Hashing::default();
        let hash = hashing.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hashing.verify("correct horse".to_owned(), hash.clone()).await.unwrap());
        assert!(!hashing.verify("correct hors".to_owned(), hash).await.unwrap());
        assert!(hashing.verify(String::new(), "nonsense".to_owned()).await.is_err());
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert!(acceptable("1234567").is_err());
        assert!(acceptable("密码密码密码密码").is_ok());
        assert!(acceptable(&"x".repeat(257)).is_err());
    }
}
