#!/usr/bin/env bash
# Measures our matcher and hassil, the Python original, on the same sentences and homes in one run, and prints one
# JSON object a line. HOMECLAW_INTENTS_TESTS may name a clone of the sentence templates' project, for its sentences.
# Profile of the Rust side: PROFILE=release (default) or quick.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.cache/hassil
if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$(sha256sum <benches/hassil-requirements.txt)" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q --disable-pip-version-check --only-binary :all: --require-hashes \
        -r benches/hassil-requirements.txt
    sha256sum <benches/hassil-requirements.txt >"$venv/stamp"
fi
sentences=$(mktemp)
trap 'rm -f "$sentences"' EXIT
cargo bench --locked --profile "${PROFILE:-release}" --bench understand -- --sentences "$sentences"
"$venv/bin/python" benches/hassil_peer.py "$sentences" "${HOMECLAW_INTENTS:-.cache/intents}/data"
