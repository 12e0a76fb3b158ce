"""The model: a small llama, so that llama.cpp runs it unchanged."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass
class Shape:
    """Sizes. `heads` share `kv_heads` keys and values."""

    vocab: int = 4096
    width: int = 256
    layers: int = 8
    heads: int = 8
    kv_heads: int = 4
    hidden: int = 704
    context: int = 768
    rope_base: float = 10_000.0
    epsilon: float = 1e-5


class Norm(nn.Module):
    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.epsilon)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions on neighbouring pairs, which is what llama.cpp does for this architecture."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)


class Block(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.size = shape.heads, shape.kv_heads, shape.width // shape.heads
        self.attn_norm = Norm(shape.width, shape.epsilon)
        self.attn_q = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_k = nn.Linear(shape.width, self.kv_heads * self.size, bias=False)
        self.attn_v = nn.Linear(shape.width, self.kv_heads * self.size, bias=False)
        self.attn_output = nn.Linear(shape.width, shape.width, bias=False)
        self.ffn_norm = Norm(shape.width, shape.epsilon)
        self.ffn_gate = nn.Linear(shape.width, shape.hidden, bias=False)
        self.ffn_up = nn.Linear(shape.width, shape.hidden, bias=False)
        self.ffn_down = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        batch, length, _ = x.shape
        h = self.attn_norm(x)
        q = self.attn_q(h).view(batch, length, self.heads, self.size).transpose(1, 2)
        k = self.attn_k(h).view(batch, length, self.kv_heads, self.size).transpose(1, 2)
        v = self.attn_v(h).view(batch, length, self.kv_heads, self.size).transpose(1, 2)
        groups = self.heads // self.kv_heads
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
        # Two matrix products are several times faster on a processor than the fused attention's backward pass.
        scores = q @ k.transpose(-1, -2) * self.size**-0.5 + mask[:length, :length]
        mixed = scores.softmax(-1, dtype=torch.float32).to(v.dtype) @ v
        x = x + self.attn_output(mixed.transpose(1, 2).reshape(batch, length, -1))
        h = self.ffn_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h))


class Llama(nn.Module):
    """Token embeddings are used for the output too."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocab, shape.width)
        self.blk = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.output_norm = Norm(shape.width, shape.epsilon)
        size = shape.width // shape.heads
        angles = torch.outer(torch.arange(shape.context), shape.rope_base ** (-torch.arange(0, size, 2) / size))
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        mask = torch.full((shape.context, shape.context), float("-inf")).triu(1)
        self.register_buffer("mask", mask, persistent=False)
        for name, weight in self.named_parameters():
            if weight.dim() > 1:
                scale = (2 * shape.layers) ** -0.5 if "output" in name or "down" in name else 1.0
                nn.init.normal_(weight, std=0.02 * scale)

    def hidden(self, tokens: Tensor) -> Tensor:
        length = tokens.shape[1]
        x = self.token_embd(tokens)
        cos, sin, mask = (table[:length].to(x.dtype) for table in (self.cos, self.sin, self.mask))
        for block in self.blk:
            x = block(x, cos, sin, mask)
        return self.output_norm(x)

    def forward(self, tokens: Tensor, targets: Tensor) -> Tensor:
        """Mean loss over the targets that are not -100; the output is computed for those places alone."""
        hidden = self.hidden(tokens)
        wanted = targets != -100
        logits = hidden[wanted] @ self.token_embd.weight.T.to(hidden.dtype)
        return F.cross_entropy(logits.float(), targets[wanted])
