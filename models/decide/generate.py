"""Writes examples as JSON lines: `python generate.py --split train --count 400000 --seed 1 > train.jsonl`."""

from __future__ import annotations

import argparse
import json
import random
import sys
from dataclasses import asdict
from pathlib import Path

import words
from compose import Composer, Example
from noise import Noise
from phrases import load

HERE = Path(__file__).parent
BEFORE = {"en": ["please ", "could you ", "can you ", "hey, ", "can you please ", "would you mind, ", "ok ", "hey hub ", "I'd like you to "],
          "zh": ["请", "帮我", "麻烦", "请帮我", "麻烦你", "你好，", "可以", "那就", "嘿，"]}
AFTER = {"en": [" please", ", please", " thanks", " now", " for me", " will you", " right away"],
         "zh": ["吧", "一下", "谢谢", "好吗", "，快点", "呗", "可以吗", "啊"]}
POLITE = ("turn", "switch", "make", "set", "open", "close", "dim", "put", "start", "stop", "play", "lock", "unlock", "raise", "lower",
          "bring", "give", "add", "shut", "pause", "run", "activate")


def characters() -> str:
    """Every character that the data can hold, for the homophones."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((HERE / "data").glob("*/zh/*.txt"))]
    texts += [pair[1] for pairs in words.NAMES.values() for pair in pairs] + [pair[1] for pair in words.AREAS]
    return "".join(texts)


class Source:
    """Examples of a split, both languages by turns."""

    def __init__(self, split: str, seed: int) -> None:
        self.rng = random.Random(f"{split}-{seed}")
        self.noise = Noise(self.rng, characters())
        self.composers = {language: Composer(self.rng, load(HERE / "data" / split / language), language, split == "held")
                          for language in ("en", "zh")}

    def draw(self, clean: bool = False) -> Example:
        language = self.rng.choice(["en", "zh"])
        example = self.composers[language].draw()
        if not clean:
            wishes = isinstance(example.decision, list) and all("Get" not in wish["intent"] for wish in example.decision)
            said = self.politely(example.said, language) if wishes else example.said
            example.said = self.noise.apply(said, language)
        return example

    def politely(self, said: str, language: str) -> str:
        if self.rng.random() < 0.12 and (language == "zh" or said.lower().startswith(POLITE)):
            said = self.rng.choice(BEFORE[language]) + said
        if self.rng.random() < 0.07 and said[-1].isalnum() and (language == "zh" or said.lower().startswith(POLITE)):
            said += self.rng.choice(AFTER[language])
        return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=["train", "held"], required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clean", action="store_true", help="no typing errors, nothing misheard")
    arguments = parser.parse_args()
    source = Source(arguments.split, arguments.seed)
    for _ in range(arguments.count):
        json.dump(asdict(source.draw(arguments.clean)), sys.stdout, ensure_ascii=False)
        sys.stdout.write("\n")


if __name__ == "__main__":
    main()
