#!/usr/bin/env bash
# Fetches the sentence templates that build.rs packs into the binary, into .cache/intents:
#   data/LANGUAGE.json      templates, lists, rules, skip words and replies, as the package has them
#   numbers/LANGUAGE.json   number words for the ranges that the templates use, made by spell_numbers.py
# Versions and hashes are pinned in requirements.txt; does nothing when everything is there already.
set -euo pipefail
cd "$(dirname "$0")/../.."

here=models/intents
out=${HOMECLAW_INTENTS:-.cache/intents}
want=$(cat "$here/requirements.txt" "$here/spell_numbers.py" "$here/fetch.sh" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$out/stamp" 2>/dev/null)" = "$want" ]; then exit 0; fi

echo "intents: fetching the sentence templates into $out"
mkdir -p "$(dirname "$out")"
work=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
# A hash that differs stops here, before anything is unpacked.
"$work/venv/bin/pip" download -q --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    -r "$here/requirements.txt" -d "$work/wheels"
for wheel in "$work"/wheels/*.whl; do python3 -m zipfile -e "$wheel" "$work/unpacked"; done
mkdir -p "$work/new/numbers"
mv "$work/unpacked/home_assistant_intents/data" "$work/new/data"
PYTHONPATH="$work/unpacked" python3 "$here/spell_numbers.py" "$work/new/data" "$work/new/numbers"
echo "$want" >"$work/new/stamp"
rm -rf "$out"
mv "$work/new" "$out"
echo "intents: $(find "$out/data" -name '*.json' | wc -l) languages"
