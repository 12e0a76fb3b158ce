"""How often the model decides rightly: `python evaluate.py --checkpoint build/checkpoint.pt --split held --count 2000`.

Plain greedy text, without the hub's grammar: what the model knows by itself.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import torch
from tokenizers import Tokenizer

from compose import Example
from generate import Source
from model import Llama, Shape
from prompt import DO, END, PAD, decision, prompt

LONGEST = 96


@torch.no_grad()
def decide(model: Llama, tokenizer: Tokenizer, examples: list[Example]) -> list[str]:
    """The model's texts; prompts of one length at a time, so that nothing needs padding."""
    end = tokenizer.token_to_id(END)
    rows = [tokenizer.encode(prompt(e.home, e.here, e.said)).ids for e in examples]
    texts = [""] * len(rows)
    by_length: dict[int, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        by_length[len(row)].append(index)
    for indices in by_length.values():
        tokens = torch.tensor([rows[index] for index in indices])
        said: list[list[int]] = [[] for _ in indices]
        done = [False] * len(indices)
        for _ in range(LONGEST):
            with torch.autocast("cpu", torch.bfloat16):
                logits = model.hidden(tokens)[:, -1] @ model.token_embd.weight.T
            chosen = logits.argmax(-1)
            tokens = torch.cat([tokens, chosen[:, None]], 1)
            for place, token in enumerate(chosen.tolist()):
                done[place] = done[place] or token == end
                if not done[place]:
                    said[place].append(token)
            if all(done) or tokens.shape[1] >= model.shape.context:
                break
        for place, index in enumerate(indices):
            texts[index] = tokenizer.decode(said[place])
    return texts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--split", default="held")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--show", type=int, default=0, help="print so many wrong ones")
    arguments = parser.parse_args()
    saved = torch.load(arguments.checkpoint)
    model = Llama(Shape(**saved["shape"])).eval()
    model.load_state_dict(saved["model"])
    tokenizer = Tokenizer.from_file(str(arguments.checkpoint.parent / "tokenizer.json"))
    assert tokenizer.token_to_id(DO) is not None and tokenizer.token_to_id(PAD) is not None
    source = Source(arguments.split, arguments.seed)
    examples = [source.draw() for _ in range(arguments.count)]
    right: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    idle, acted = 0, 0
    for example, text in zip(examples, decide(model, tokenizer, examples)):
        good = text == decision(example.decision)
        for key in (f"{example.language} {example.topic}", f"{example.language} all", "all"):
            right[key][0] += good
            right[key][1] += 1
        if isinstance(example.decision, dict):
            idle += 1
            acted += text.startswith("[")
        if not good and arguments.show > 0:
            arguments.show -= 1
            print(f"{example.said!r} @{example.here}\n  wanted {decision(example.decision)}\n  got    {text}\n  {example.home!r}")
    for key, (good, count) in sorted(right.items()):
        print(f"{key:20} {good:5} of {count:5}  {100 * good / count:5.1f} %")
    print(json.dumps({"no_wish": idle, "acted_nevertheless": acted}))


if __name__ == "__main__":
    main()
