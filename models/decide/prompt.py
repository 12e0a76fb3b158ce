"""The text that the model reads and writes. The hub will write the same."""

from __future__ import annotations

import json

HOME, HERE, SAY, DO, END, PAD = "<|home|>", "<|here|>", "<|say|>", "<|do|>", "<|end|>", "<|pad|>"
SPECIAL = [PAD, END, HOME, HERE, SAY, DO]


def prompt(home: str, here: str, said: str) -> str:
    return f"{HOME}{home}{HERE}{here}{SAY}{said}{DO}"


def decision(value: list | dict) -> str:
    """JSON without spaces, as the grammar has it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
