"""Measures hassil, Home Assistant's matcher, on the sentences and homes that benches/understand.rs measures.

usage: hassil_peer.py CLONE DATA [LANGUAGE …]

CLONE is a clone of the sentence templates' project, DATA the folder with its packed languages (.cache/intents/data).
Needs the packages hassil and PyYAML. Prints one JSON object a line, in the shape of the Rust bench.
"""

import json
import sys
import time
from pathlib import Path

import yaml
from hassil import Intents, TextSlotList, recognize_best

RUNS = 2


def cases(root, language, entities):
    for path in sorted((root / "tests" / language).glob("*/*.yaml")):
        test = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        things = [(e["name"], e["domain"]) for e in test.get("entities") or []]
        things += [(f"Lamp {n}", "light") for n in range(1, entities - len(things) + 1)]
        areas = test.get("areas") or []
        lists = {
            "name": TextSlotList.from_tuples([(name, name, {"domain": domain}) for name, domain in things]),
            "area": TextSlotList.from_strings([area["name"] for area in areas]),
            "floor": TextSlotList.from_strings([floor["name"] for floor in test.get("floors") or []]),
        }
        here = next((area["name"] for area in areas if area.get("context_area")), "Kitchen")
        for group in test["tests"]:
            for sentence in group["sentences"]:
                yield lists, here, sentence


def percentile(ordered, part):
    return ordered[round((len(ordered) - 1) * part)]


def main(root, data, *languages):
    for language in languages or ("en", "zh-CN"):
        text = (Path(data) / f"{language}.json").read_text(encoding="utf-8")
        started = time.perf_counter()
        intents = Intents.from_dict(json.loads(text))
        loading = (time.perf_counter() - started) * 1e3
        print(json.dumps({"bench": "hassil: load a language", "language": language, "ms": loading}))
        for entities in (10, 500):
            micros = []
            for lists, here, sentence in cases(Path(root), language, entities):
                best = float("inf")
                # The first run builds what hassil keeps for the home; the best of several is what counts.
                for _ in range(RUNS):
                    started = time.perf_counter()
                    recognize_best(
                        sentence, intents, slot_lists=lists, intent_context={"area": here}, best_slot_name="name"
                    )
                    best = min(best, (time.perf_counter() - started) * 1e6)
                micros.append(best)
            micros.sort()
            line = {"bench": "hassil: understand", "language": language, "entities": entities}
            line["sentences"] = len(micros)
            for name, part in (("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)):
                line[f"{name}_us"] = percentile(micros, part)
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
