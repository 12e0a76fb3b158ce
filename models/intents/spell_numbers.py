"""Writes down, for each language, the words of every number that its sentence templates can ask for.

usage: spell_numbers.py DATA OUT    (the package unicode_rbnf must be importable)

OUT/LANGUAGE.json is an object from the number to its words in every form that the language's spelling rules
give (genders, cases, with and without hyphens). A language without rules gets no file: only digits are
understood there.
"""

import json
import sys
from pathlib import Path

from unicode_rbnf import RbnfEngine

# Regions whose script differs from that of the bare language (CLDR likely subtags).
SCRIPTS = {"zh-HK": "zh_Hant", "zh-TW": "zh_Hant"}
FRACTIONS = {"halves": [0.5], "tenths": [n / 10 for n in range(1, 10)]}


def engine_for(language):
    names = [language, language.replace("-", "_"), SCRIPTS.get(language), language.split("-")[0]]
    for name in filter(None, names):
        try:
            return RbnfEngine.for_language(name)
        except ValueError:
            continue
    return None


def numbers_of(spec):
    for whole in range(int(spec["from"]), int(spec["to"]) + 1, int(spec.get("step", 1))):
        yield whole
        for fraction in FRACTIONS.get(spec.get("fractions"), []):
            yield whole + fraction


def ranges_of(data):
    blocks = [block for intent in data["intents"].values() for block in intent["data"]]
    for lists in [data.get("lists", {})] + [block.get("lists", {}) for block in blocks]:
        for spec in lists.values():
            if "range" in spec and spec["range"].get("words", True):
                yield spec["range"]


def forms(engine, number):
    try:
        spelt = engine.format_number(number).text_by_ruleset.values()
    except ValueError:
        return []
    # "twenty-one" is also heard as "twenty one".
    both = (form for text in spelt for form in (text, text.replace("-", " ").replace("_", " ")))
    return list(dict.fromkeys(text for text in both if text.strip()))


def main(data_dir, out_dir):
    for path in sorted(Path(data_dir).glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        engine = engine_for(data["language"])
        if engine is None:
            continue
        numbers = sorted({n for spec in ranges_of(data) for n in numbers_of(spec)})
        words = {str(n): forms(engine, n) for n in numbers}
        text = json.dumps({n: w for n, w in words.items() if w}, ensure_ascii=False)
        (Path(out_dir) / path.name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
