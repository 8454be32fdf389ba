"""A training step of the bench's smallest model in PyTorch, on the CPU.

python3 train_torch.py [--threads N] [--rounds N] [--shape nano|small] [--compile]

The model, the batch and the optimizer are those of `bench/suites/train-step.ts`: no biases, RMSNorm,
rotary embedding, SwiGLU, a head of its own; AdamW without clipping, float32. Weights and tokens are
random, the times do not depend on them. Prints JSON: tokens a second of every round and their median,
and the losses before the first step and after the last, which must fall from about ln V. `--check` exits
with 0 where torch can be imported.
"""

import argparse
import importlib.util
import json
import math
import statistics
import sys
import time

SHAPES = {"nano": dict(width=64, heads=4), "small": dict(width=128, heads=4)}
LAYERS, VOCABULARY, LENGTH, BATCH = 2, 1024, 64, 16
BATCHES = 8
WARM_UP_STEPS = 10
ROUND_SECONDS = 2.0


def model_of(torch, width, heads):
    nn, functional = torch.nn, torch.nn.functional
    inner = math.ceil(8 * width / 3 / 32) * 32
    half = width // heads // 2
    angles = torch.outer(
        torch.arange(LENGTH, dtype=torch.float64),
        10000.0 ** (-torch.arange(half, dtype=torch.float64) / half),
    )
    cosines, sines = angles.cos().float(), angles.sin().float()

    class Norm(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(width))

        def forward(self, x):
            return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight

    def rotated(x):
        first, second = x[..., :half], x[..., half:]
        return torch.cat(
            [first * cosines - second * sines, second * cosines + first * sines], dim=-1
        )

    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.before_attention, self.before_inner = Norm(), Norm()
            self.qkv = nn.Linear(width, 3 * width, bias=False)
            self.out = nn.Linear(width, width, bias=False)
            self.gate_up = nn.Linear(width, 2 * inner, bias=False)
            self.down = nn.Linear(inner, width, bias=False)
            mask = torch.full((LENGTH, LENGTH), -math.inf).triu(1)
            self.register_buffer("mask", mask)

        def forward(self, x):
            batch = x.shape[0]
            parts = self.qkv(self.before_attention(x)).chunk(3, dim=-1)
            q, k, v = (p.view(batch, LENGTH, heads, -1).transpose(1, 2) for p in parts)
            q, k = rotated(q), rotated(k)
            if hasattr(functional, "scaled_dot_product_attention"):
                seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            else:
                scores = q @ k.transpose(-2, -1) / math.sqrt(2 * half) + self.mask
                seen = scores.softmax(dim=-1) @ v
            x = x + self.out(seen.transpose(1, 2).reshape(batch, LENGTH, width))
            gate, up = self.gate_up(self.before_inner(x)).chunk(2, dim=-1)
            return x + self.down(functional.silu(gate) * up)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(VOCABULARY, width)
            self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
            self.norm = Norm()
            self.head = nn.Linear(width, VOCABULARY, bias=False)
            for matrix in self.parameters():
                if matrix.dim() > 1:
                    nn.init.normal_(matrix, std=0.02)

        def forward(self, ids, targets):
            x = self.embed(ids)
            for layer in self.layers:
                x = layer(x)
            logits = self.head(self.norm(x))
            return functional.cross_entropy(logits.view(-1, VOCABULARY), targets.view(-1))

    return Model()


def measure(options):
    import torch

    torch.manual_seed(1)
    torch.set_num_threads(options.threads)
    model = model_of(torch, **SHAPES[options.shape])
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01
    )
    run = torch.compile(model) if options.compile else model
    tokens = torch.randint(VOCABULARY, (BATCHES, 2, BATCH, LENGTH))
    done = 0

    def step():
        nonlocal done
        ids, targets = tokens[done % BATCHES]
        done += 1
        optimizer.zero_grad(set_to_none=True)
        loss = run(ids, targets)
        loss.backward()
        optimizer.step()
        return loss.item()

    first = step()
    if not abs(first - math.log(VOCABULARY)) < 0.2:
        raise SystemExit(f"The first loss is {first}, not about ln {VOCABULARY}.")
    for _ in range(WARM_UP_STEPS):
        step()
    speeds = []
    for _ in range(options.rounds):
        start, steps = time.perf_counter(), 0
        while time.perf_counter() - start < ROUND_SECONDS:
            last = step()
            steps += 1
        speeds.append(steps * BATCH * LENGTH / (time.perf_counter() - start))
    if not last < first:
        raise SystemExit(f"The loss went from {first} to {last}: this is no training.")
    return {
        "torch": torch.__version__,
        "shape": options.shape,
        "threads": options.threads,
        "compiled": options.compile,
        "parameters": sum(p.numel() for p in model.parameters()),
        "losses": [first, last],
        "tokensPerSecond": speeds,
        "median": statistics.median(speeds),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--shape", choices=sorted(SHAPES), default="nano")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.check:
        sys.exit(0 if importlib.util.find_spec("torch") is not None else 1)
    print(json.dumps(measure(options)))


if __name__ == "__main__":
    main()
