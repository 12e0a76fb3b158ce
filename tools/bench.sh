#!/usr/bin/env bash
# Makes every figure of docs/benchmarks.md, in the order in which they stand there. Takes about ten minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

profile=${BENCH_PROFILE:-release}
peer=.cache/hassil

# The peer that we compare with runs in the same call, because figures from another day mean nothing.
if [ ! -x $peer/bin/python ]; then
    printf 'bench: installing hassil into %s\n' $peer
    python3 -m venv $peer
    $peer/bin/pip install -q --disable-pip-version-check --require-hashes -r benches/hassil-requirements.txt
fi

cargo bench --locked --profile "$profile" --no-run
for name in understand discovery mqtt hub; do
    printf '\n== %s\n' "$name"
    cargo bench --locked --quiet --profile "$profile" --bench "$name"
done
