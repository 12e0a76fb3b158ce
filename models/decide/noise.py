"""What goes wrong between a person and the hub: typing errors, and what speech recognition mishears."""

from __future__ import annotations

import random

from pypinyin import Style, lazy_pinyin

NEIGHBOURS = {
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok", "o": "ipl", "p": "ol",
    "a": "qsz", "s": "adwx", "d": "sfec", "f": "dgrv", "g": "fhtb", "h": "gjyn", "j": "hkum", "k": "jlim", "l": "kop",
    "z": "asx", "x": "zsdc", "c": "xdfv", "v": "cfgb", "b": "vghn", "n": "bhjm", "m": "njk",
}
MISHEARD = {
    "lights": ["light's", "lites", "lice"], "light": ["lite", "like", "right"], "to": ["two", "too"], "two": ["to"],
    "four": ["for"], "for": ["four"], "off": ["of"], "the": ["a", "uh", "de"], "blinds": ["blind", "blinks"],
    "hall": ["whole"], "too": ["to"], "dim": ["dimm", "them"], "close": ["clothes"], "there": ["their"], "fan": ["van"],
    "lamp": ["lamb", "lamps"], "heater": ["heather"], "it's": ["its"], "is": ["as"], "in": ["and", "an"], "door": ["dore"],
    "turn": ["turned", "tern"], "what's": ["what is", "watts"], "i'm": ["im"], "don't": ["dont"], "play": ["pray"],
}


class Noise:
    """Draws errors; `homophones` are the characters of the data, grouped by their sound without tone."""

    def __init__(self, rng: random.Random, characters: str) -> None:
        self.rng = rng
        self.homophones: dict[str, list[str]] = {}
        sounds: dict[str, list[str]] = {}
        for character in sorted(set(characters)):
            if "\u4e00" <= character <= "\u9fff":
                sounds.setdefault(lazy_pinyin(character, style=Style.NORMAL)[0], []).append(character)
        for alike in sounds.values():
            for character in alike:
                self.homophones[character] = [other for other in alike if other != character]

    def apply(self, text: str, language: str) -> str:
        """The text, in about a third of all cases with errors."""
        text = self.case_and_stops(text, language)
        kind = self.rng.random()
        if kind < 0.72:
            return text
        if language == "zh":
            return self.chinese(text)
        return self.typed(text) if kind < 0.87 else self.heard(text)

    def case_and_stops(self, text: str, language: str) -> str:
        roll = self.rng.random()
        if language == "zh":
            return text + ("。" if roll < 0.15 else "！" if roll < 0.2 else "")
        if roll < 0.55:
            text = text[0].upper() + text[1:]
        elif roll < 0.75:
            text = text.lower()
        if self.rng.random() < 0.3 and text[-1].isalnum():
            text += self.rng.choice(".... !")
        return text.strip()

    def typed(self, text: str) -> str:
        letters = list(text)
        for _ in range(self.rng.choice([1, 1, 2])):
            spots = [i for i, letter in enumerate(letters[:-1]) if letter.isalpha() and letter.lower() in NEIGHBOURS]
            if len(spots) < 6:
                break
            i = self.rng.choice(spots)
            what = self.rng.randrange(4)
            if what == 0:
                letters[i], letters[i + 1] = letters[i + 1], letters[i]
            elif what == 1:
                letters[i] = ""
            elif what == 2:
                letters[i] *= 2
            else:
                letters[i] = self.rng.choice(NEIGHBOURS[letters[i].lower()])
            letters = [letter for letter in letters if letter]
        return "".join(letters)

    def heard(self, text: str) -> str:
        said = text.lower().rstrip(".!?").replace(",", "").split()
        spots = [i for i, word in enumerate(said) if word in MISHEARD]
        for i in self.rng.sample(spots, min(len(spots), self.rng.choice([1, 1, 2]))):
            said[i] = self.rng.choice(MISHEARD[said[i]])
        if self.rng.random() < 0.25:
            said.insert(self.rng.randrange(len(said)), self.rng.choice(["uh", "um", "er", "like"]))
        return " ".join(said)

    def chinese(self, text: str) -> str:
        letters = list(text)
        spots = [i for i, letter in enumerate(letters) if self.homophones.get(letter)]
        for i in self.rng.sample(spots, min(len(spots), self.rng.choice([1, 1, 2]))):
            letters[i] = self.rng.choice(self.homophones[letters[i]])
        if self.rng.random() < 0.2:
            letters.insert(0, self.rng.choice(["嗯", "那个", "呃"]))
        return "".join(letters)
