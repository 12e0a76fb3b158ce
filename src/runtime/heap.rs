//! The C library's heaps, kept small: a hub idles for most of its life.
#![allow(
    unsafe_code,
    reason = "both functions take numbers only and may be called at any time, by any thread"
)]

/// Keeps the C library to two heaps. It makes one for every thread otherwise, and each stays as large as the largest
/// burst that it has seen (<https://man7.org/linux/man-pages/man3/mallopt.3.html>).
#[cfg(target_env = "gnu")]
pub fn share() {
    const HEAPS: nix::libc::c_int = 2;
    // SAFETY: no pointers are involved.
    let done = unsafe { nix::libc::mallopt(nix::libc::M_ARENA_MAX, HEAPS) };
    if done != 1 {
        tracing::debug!("the C library keeps as many heaps as it likes");
    }
}

/// Gives pages that nothing is on back to the system; the C library keeps them for later otherwise
/// (<https://man7.org/linux/man-pages/man3/malloc_trim.3.html>).
#[cfg(target_env = "gnu")]
pub fn trim() {
    // SAFETY: no pointers are involved.
    unsafe { nix::libc::malloc_trim(0) };
}

/// Other C libraries have no such setting.
#[cfg(not(target_env = "gnu"))]
pub fn share() {}

/// Other C libraries do it by themselves.
#[cfg(not(target_env = "gnu"))]
pub fn trim() {}
