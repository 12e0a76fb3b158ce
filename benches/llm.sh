#!/usr/bin/env bash
# Measures our model thread and llama-cpp-python on the same file with as many threads in one run, by turns, and prints
# one JSON object a line. MODEL names a GGUF file; without it one of random weights in SmolLM2-135M's shape is made.
# Building llama-cpp-python takes some minutes, once. NATIVE=ON builds it for exactly this processor.
set -euo pipefail
cd "$(dirname "$0")/.."

native=${NATIVE:-OFF}
venv=.cache/llama-peer-$native
stamp=$(cat benches/llm-requirements.txt "$0" | sha256sum)
if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$stamp" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    # As our own build: no OpenMP, and the instructions that every build for distribution has.
    CMAKE_ARGS="-DGGML_NATIVE=$native -DGGML_OPENMP=OFF -DLLAVA_BUILD=OFF" \
        "$venv/bin/pip" install -q --disable-pip-version-check --require-hashes -r benches/llm-requirements.txt
    printf '%s\n' "$stamp" >"$venv/stamp"
fi
profile=${PROFILE:-release}
threads=${THREADS:-2}
bench() { cargo bench --locked --quiet --profile "$profile" --bench llm -- "$@"; }
model=${MODEL:-}
if [ -z "$model" ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    model=$folder/smollm2-135m.gguf
    bench --make smollm2-135m "$model"
fi
for _ in 1 2 3; do
    bench --file "$model" --threads "$threads" --kv f16 --repack on
    "$venv/bin/python" benches/llama_peer.py "$model" "$threads"
done
