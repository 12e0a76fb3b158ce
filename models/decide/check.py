"""Tries every phrase: `python check.py [--split train]` names those that can never be filled, and counts the rest."""

from __future__ import annotations

import argparse
import random
from collections import Counter
from pathlib import Path

from compose import CannotFill, Composer
from homes import Home
from phrases import Phrase, Section, load

TRIES = 60


def fills(composer: Composer, section: Section, phrase: Phrase) -> str:
    """Empty when the phrase can be filled, else why it could not."""
    why: Counter[str] = Counter()
    for _ in range(TRIES):
        home = Home(composer.rng, composer.language, composer.held)
        here = composer.rng.choice(home.areas)
        try:
            composer.fill(section, phrase, home, here)
            return ""
        except CannotFill as error:
            why[str(error)[:60]] += 1
    return why.most_common(1)[0][0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", default="train")
    arguments = parser.parse_args()
    bad = 0
    for language in ("en", "zh"):
        sections = load(Path(__file__).parent / "data" / arguments.split / language)
        composer = Composer(random.Random(1), sections, language, arguments.split == "held")
        for section in sections:
            if section.intent.startswith("no:"):
                continue
            for phrase in section.phrases:
                if why := fills(composer, section, phrase):
                    bad += 1
                    print(f"{language}/{phrase.where}: {phrase.text}\n    never filled: {why}")
        topics = Counter()
        for section in sections:
            topics[section.topic] += len(section.phrases)
        print(language, sum(topics.values()), dict(topics))
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
