"""Writes the trained model as GGUF: `python export.py --checkpoint build/checkpoint.pt --out homeclaw-f16.gguf`."""

from __future__ import annotations

import argparse
from pathlib import Path

import gguf
import numpy as np
import torch

from prompt import END, PAD, SPECIAL
from tokens import NAME, pieces


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default="1")
    arguments = parser.parse_args()
    saved = torch.load(arguments.checkpoint)
    shape = saved["shape"]
    writer = gguf.GGUFWriter(arguments.out, "llama")
    writer.add_name("homeclaw decide")
    writer.add_version(arguments.version)
    writer.add_license("apache-2.0")
    writer.add_languages(["en", "zh"])
    writer.add_description("Decides what a sentence asks a home to do. Not a chat model.")
    # What prompt and answer look like: the hub reads this and not the file's name.
    writer.add_uint32("homeclaw.decide.format", 1)
    writer.add_context_length(shape["context"])
    writer.add_embedding_length(shape["width"])
    writer.add_block_count(shape["layers"])
    writer.add_feed_forward_length(shape["hidden"])
    writer.add_head_count(shape["heads"])
    writer.add_head_count_kv(shape["kv_heads"])
    writer.add_rope_dimension_count(shape["width"] // shape["heads"])
    writer.add_rope_freq_base(shape["rope_base"])
    writer.add_layer_norm_rms_eps(shape["epsilon"])
    writer.add_vocab_size(shape["vocab"])
    tokens, merges = pieces(arguments.checkpoint.parent / "tokenizer.json")
    special = set(SPECIAL)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(NAME)
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if token in special else gguf.TokenType.NORMAL for token in tokens])
    writer.add_token_merges(merges)
    writer.add_eos_token_id(tokens.index(END))
    writer.add_pad_token_id(tokens.index(PAD))
    writer.add_add_bos_token(False)
    for name, weight in saved["model"].items():
        array = weight.float().numpy()
        writer.add_tensor(name, array.astype(np.float32 if array.ndim == 1 else np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
