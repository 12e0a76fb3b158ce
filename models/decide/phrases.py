"""The phrase files: what people say, by what they mean.

A file holds sections. A section starts with `@`, the intent and what it is about; each further line is one
phrasing in the sentence templates' notation: `(a|b)` alternatives, `[a]` optional, `{slot}` something filled in.

    @ HassLightSet kind=light color={color}
    (make|turn|colour) the {name} {color}
    give {area} a {color} glow
    make it {color} in here | here
    every lamp should be {color} | all

`kind=` lists what the section is about (`light`, `cover.curtain`, several with commas; `cover` is every cover).
`is=` narrows it to entities of these English names (several with `/`). Any other `slot=value` goes into the decision as
it stands, and a slot in braces takes the value that the phrase was filled with. What a phrase says of its
target decides the target: `{name}` an entity, `{area}` all of the kind in a room, `{floor}` on a floor; with
none of them it is the room of the speaker, or the only one at home. Marks after ` | `:

    all    everything of the kind at home
    here   the room of the speaker, never the only one elsewhere
    each   one action for each of `{name}` and `{name2}` (also `{area}` and `{area2}`)
    solo   never joined with another wish

A question about states gets `ask=` (`one`, `any`, `which`, `all` or `how_many`): what its answer is about.

`@ no:chat`, `@ no:unclear` and `@ no:impossible` hold sentences that ask for nothing that can be done.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from pathlib import Path

TOKEN = re.compile(r"[()\[\]|]|\{[a-z_0-9]+\}|[^()\[\]|{}]+")
MARKS = {"all", "here", "each", "solo"}


class PhraseError(ValueError):
    """A phrase file that is not as it should be; names file and line."""


@dataclass
class Phrase:
    text: str
    marks: frozenset[str]
    where: str
    tree: list

    def slots(self) -> set[str]:
        return set(re.findall(r"\{([a-z_0-9]+)\}", self.text))

    def say(self, rng: random.Random) -> str:
        return re.sub(r" {2,}", " ", choose(self.tree, rng)).strip()


@dataclass
class Section:
    intent: str
    kinds: list[str]
    names: list[str]
    slots: dict[str, str]
    topic: str
    phrases: list[Phrase] = field(default_factory=list)


def parse(text: str, where: str) -> list:
    """A tree of lists: a sequence of strings and ("any", [sequence, …])."""
    tokens = TOKEN.findall(text)
    position = 0

    def alternatives(close: str) -> list:
        nonlocal position
        branches: list = [[]]
        while position < len(tokens):
            token = tokens[position]
            position += 1
            if token == close:
                return branches
            if token == "|":
                branches.append([])
            elif token == "(":
                branches[-1].append(("any", alternatives(")")))
            elif token == "[":
                branches[-1].append(("any", [*alternatives("]"), []]))
            elif token in ")]":
                raise PhraseError(f"{where}: {token} closes nothing: {text}")
            else:
                branches[-1].append(token)
        if close:
            raise PhraseError(f"{where}: {close} is missing: {text}")
        return branches

    branches = alternatives("")
    return branches[0] if len(branches) == 1 else [("any", branches)]


def choose(tree: list, rng: random.Random) -> str:
    return "".join(part if isinstance(part, str) else choose(rng.choice(part[1]), rng) for part in tree)


def load(folder: Path) -> list[Section]:
    """Every section of a folder's files, in the files' order."""
    sections: list[Section] = []
    for path in sorted(folder.glob("*.txt")):
        current = None
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            where = f"{path.name}:{number}"
            line = line.split("#")[0].strip()
            if not line:
                continue
            if line.startswith("@"):
                current = header(line[1:].split(), path.stem, where)
                sections.append(current)
            elif current is None:
                raise PhraseError(f"{where}: a phrase before the first @ section")
            else:
                current.phrases.append(phrase(line, where))
    return [section for section in sections if section.phrases]


def header(parts: list[str], topic: str, where: str) -> Section:
    intent, settings = parts[0], {}
    for part in parts[1:]:
        key, equals, value = part.partition("=")
        if not equals:
            raise PhraseError(f"{where}: {part!r} is no key=value")
        settings[key] = value
    kinds = settings.pop("kind", "").split(",") if "kind" in settings else []
    names = settings.pop("is", "").replace("_", " ").split("/") if "is" in settings else []
    return Section(intent, [k for k in kinds if k], [n for n in names if n], settings, topic)


def phrase(line: str, where: str) -> Phrase:
    text, _, marks = line.partition(" | ")
    found = frozenset(marks.split())
    if not found <= MARKS:
        # A bar inside the phrase itself: the marks are the last part, if they are marks at all.
        text, _, marks = line.rpartition(" | ")
        found = frozenset(marks.split())
        if not found <= MARKS or not text:
            text, found = line, frozenset()
    return Phrase(text, found, where, parse(text, where))
