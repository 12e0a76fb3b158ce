"""Trains tokenizer and model: `python train.py --out build --minutes 120`. Goes on where an earlier run stopped."""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import time
from dataclasses import asdict
from pathlib import Path

import torch
from tokenizers import Tokenizer

from generate import Source
from model import Llama, Shape
from prompt import END, PAD, decision, prompt
from tokens import learn

TOKENS_A_BATCH = 8_192
# A few lengths only: the model is compiled anew for each.
WIDTHS = [96, 128, 192, 256, 384]


def feed(seed: int, tokenizer_path: str, queue: multiprocessing.Queue) -> None:
    """Makes batches for ever, each of examples of like length."""
    torch.set_num_threads(1)
    tokenizer, source = Tokenizer.from_file(tokenizer_path), Source("train", seed)
    end, pad = tokenizer.token_to_id(END), tokenizer.token_to_id(PAD)
    waiting: dict[int, list] = {width: [] for width in WIDTHS}
    while True:
        example = source.draw()
        head = tokenizer.encode(prompt(example.home, example.here, example.said)).ids
        tail = [*tokenizer.encode(decision(example.decision)).ids, end]
        width = next((width for width in WIDTHS if width >= len(head) + len(tail)), None)
        if width is None:
            continue
        rows = waiting[width]
        rows.append((head, tail))
        if len(rows) < TOKENS_A_BATCH // width:
            continue
        waiting[width] = []
        tokens, targets = torch.full((len(rows), width), pad), torch.full((len(rows), width), -100)
        for i, (head, tail) in enumerate(rows):
            row = torch.tensor(head + tail)
            tokens[i, : len(row)] = row
            targets[i, len(head) - 1 : len(row) - 1] = row[len(head) :]
        queue.put((tokens.numpy(), targets.numpy()))


def rate(done: float, peak: float) -> float:
    """Warms up over the first 2 %, then falls as a cosine to a twentieth; `done` runs from 0 to 1."""
    if done < 0.02:
        return peak * (done / 0.02 + 0.01)
    return peak * (0.05 + 0.95 * (1 + math.cos(math.pi * min(done, 1.0))) / 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--peak", type=float, default=1.5e-3, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--init", type=Path, help="start with the weights of this checkpoint")
    for name, size in asdict(Shape()).items():
        if isinstance(size, int):
            parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=size)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    tokenizer_path = arguments.out / "tokenizer.json"
    if not tokenizer_path.exists():
        source = Source("train", 0)
        drawn = [source.draw(clean=i % 3 > 0) for i in range(60_000)]
        learn((text for e in drawn for text in (e.home, e.said, decision(e.decision))), arguments.vocab).save(str(tokenizer_path))
    shape = Shape(**{name: getattr(arguments, name) for name, size in asdict(Shape()).items() if isinstance(size, int)})
    shape.vocab = Tokenizer.from_file(str(tokenizer_path)).get_vocab_size()
    model = Llama(shape)
    if arguments.init:
        model.load_state_dict(torch.load(arguments.init)["model"])
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, {shape}", flush=True)
    decayed = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}],
                                  lr=arguments.peak, betas=(0.9, 0.98), fused=True)
    torch._dynamo.config.recompile_limit = 2 * len(WIDTHS)
    model.hidden = torch.compile(model.hidden, dynamic=False)
    queue: multiprocessing.Queue = multiprocessing.Queue(maxsize=64)
    multiprocessing.Process(target=feed, args=(arguments.seed, str(tokenizer_path), queue), daemon=True).start()
    start, step, seen, smooth = time.time(), 0, 0, None
    limit = arguments.minutes * 60
    saved = start
    while (elapsed := time.time() - start) < limit:
        tokens, targets = (torch.from_numpy(array) for array in queue.get())
        for group in optimizer.param_groups:
            group["lr"] = rate(elapsed / limit, arguments.peak)
        with torch.autocast("cpu", torch.bfloat16):
            loss = model(tokens, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step, seen = step + 1, seen + tokens.numel()
        smooth = loss.item() if smooth is None else 0.98 * smooth + 0.02 * loss.item()
        if step % 50 == 0:
            print(json.dumps({"step": step, "minutes": round(elapsed / 60, 1), "tokens": seen, "loss": round(smooth, 4),
                              "tokens_a_second": round(seen / elapsed)}), flush=True)
        if time.time() - saved > 300:
            saved = time.time()
            torch.save({"model": model.state_dict(), "shape": asdict(shape), "step": step}, arguments.out / "checkpoint.pt")
    torch.save({"model": model.state_dict(), "shape": asdict(shape), "step": step}, arguments.out / "checkpoint.pt")


if __name__ == "__main__":
    main()
