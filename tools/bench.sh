#!/usr/bin/env bash
# Makes every figure of docs/benchmarks.md, in the order in which they stand there. Takes about a quarter of an hour.
# The program is measured as it is shipped; what drives it, and what is measured inside the bench, is built faster.
set -euo pipefail
cd "$(dirname "$0")/.."

profile=${BENCH_PROFILE:-quick}
cargo build --locked --release
HOMECLAW_BIN=$(realpath "${CARGO_TARGET_DIR:-target}/release/homeclaw")
export HOMECLAW_BIN
cargo bench --locked --profile "$profile" --no-run
for name in hub discovery mqtt; do
    printf '\n== %s\n' "$name"
    cargo bench --locked --quiet --profile "$profile" --bench "$name"
done
# The peer runs in the same call, because figures from another day mean nothing.
printf '\n== understanding, against hassil\n'
PROFILE=$profile benches/hassil.sh
