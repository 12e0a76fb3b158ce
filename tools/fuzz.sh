#!/usr/bin/env bash
# Runs each fuzz target for so many seconds. Needs a nightly toolchain and cargo-fuzz.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
command -v cargo-fuzz >/dev/null || { printf 'fuzz: cargo install --locked cargo-fuzz, first\n' >&2; exit 1; }
for target in $(cargo +nightly fuzz list); do
    printf '\n== %s for %s s\n' "$target" "$seconds"
    mkdir -p "fuzz/corpus/$target"
    # None of our own code is unsafe: coverage finds panics, and no sanitizer makes it twice as fast.
    cargo +nightly fuzz run --sanitizer none "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=65536
done
