"""Measures hassil, Home Assistant's matcher, on the sentences and homes that benches/understand.rs measured.

usage: hassil_peer.py SENTENCES DATA

SENTENCES is the file that `understand --sentences FILE` wrote, DATA the folder with the packed languages
(.cache/intents/data). Needs the package hassil. Prints one JSON object a line, in the shape of the Rust bench.
"""

import json
import sys
import time
from pathlib import Path

from hassil import Intents, TextSlotList, recognize_best

RUNS = 2


def lists_of(home):
    things = [(entity["name"], entity["domain"]) for entity in home["entities"]]
    return {
        "name": TextSlotList.from_tuples([(name, name, {"domain": domain}) for name, domain in things]),
        "area": TextSlotList.from_strings([area["name"] for area in home["areas"]]),
        "floor": TextSlotList.from_strings([floor["name"] for floor in home["floors"]]),
    }


def measure(intents, lists, area, sentence):
    best = float("inf")
    # The first run builds what hassil keeps for the home; the best of several is what counts.
    for _ in range(RUNS):
        started = time.perf_counter()
        recognize_best(
            sentence, intents, slot_lists=lists, intent_context={"area": area}, best_slot_name="name"
        )
        best = min(best, (time.perf_counter() - started) * 1e6)
    return best


def percentile(ordered, part):
    return ordered[round((len(ordered) - 1) * part)]


def main(sentences, data):
    loaded, groups = {}, {}
    with open(sentences, encoding="utf-8") as lines:
        for home in map(json.loads, lines):
            language = home["language"]
            if language not in loaded:
                text = (Path(data) / f"{language}.json").read_text(encoding="utf-8")
                started = time.perf_counter()
                loaded[language] = Intents.from_dict(json.loads(text))
                loading = (time.perf_counter() - started) * 1e3
                print(json.dumps({"bench": "hassil: load a language", "language": language, "ms": loading}))
            lists = lists_of(home)
            micros = groups.setdefault((language, home["size"]), [])
            micros += [measure(loaded[language], lists, home["area"], text) for text in home["sentences"]]
    for (language, entities), micros in groups.items():
        micros.sort()
        line = {"bench": "hassil: understand", "language": language, "entities": entities}
        line["sentences"] = len(micros)
        for name, part in (("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)):
            line[f"{name}_us"] = percentile(micros, part)
        print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
