"""Merges of checkpoints as a plain program does them that maps the files: `bench/files` measures it.

python3 files_merge.py ENGINE METHOD OUT IN [IN ...]

ENGINE is numpy or torch; METHOD is linear (mean of the inputs), task_arithmetic (the first is the base,
weight 0.7) or ties (base first, weight 0.7, density 0.2; torch only). Inputs are bfloat16 safetensors
files with the same header. Piece by piece, TIES tensor by tensor: to float32, merge, round to nearest
even, write; synced at the end. Prints what it used as JSON. `--check ENGINE` exits with 0 where the engine can be imported.
"""

import json
import mmap
import os
import resource
import struct
import sys
import time


# Of an operand; larger ones are slower here, since less of them stays in a cache.
PIECE_BYTES = 4 << 20


def header_of(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        entries = json.loads(file.read(length))
    entries.pop("__metadata__", None)
    return 8 + length, entries


def numpy_merger(method):
    import numpy as np

    def widen(raw):
        return (raw.astype(np.uint32) << 16).view(np.float32)

    def narrow(values):
        bits = values.view(np.uint32)
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)

    def merge(raws):
        values = [widen(np.frombuffer(raw, dtype=np.uint16)) for raw in raws]
        if method == "linear":
            result = values[0] * np.float32(1 / len(values))
            for value in values[1:]:
                result += value * np.float32(1 / len(values))
        else:
            base, *others = values
            result = base.copy()
            for value in others:
                result += np.float32(0.7) * (value - base)
        return narrow(result).tobytes()

    return merge


def torch_merger(method):
    import torch

    def merge(raws):
        values = [torch.frombuffer(raw, dtype=torch.bfloat16).float() for raw in raws]
        if method == "linear":
            result = sum(value / len(values) for value in values)
        else:
            base, *others = values
            deltas = [value - base for value in others]
            if method == "ties":
                result = base + 0.7 * elect(torch.stack([trim(delta) for delta in deltas]))
            else:
                result = base + 0.7 * sum(deltas)
        return result.bfloat16().view(torch.int16).numpy().tobytes()

    def trim(delta, density=0.2):
        keep = int(density * delta.numel())
        if keep == 0:
            return torch.zeros_like(delta)
        kept = torch.topk(delta.abs(), keep, sorted=False).indices
        trimmed = torch.zeros_like(delta)
        trimmed[kept] = delta[kept]
        return trimmed

    def elect(deltas):
        sign = torch.where(deltas.sum(0) >= 0, 1.0, -1.0)
        agree = torch.where(deltas * sign > 0, deltas, torch.zeros_like(deltas))
        return agree.sum(0) / (agree != 0).sum(0).clamp(min=1)

    return merge


def main():
    if sys.argv[1] == "--check":
        __import__(sys.argv[2])
        return
    engine, method, target, *inputs = sys.argv[1:]
    started = time.perf_counter()
    merge = {"numpy": numpy_merger, "torch": torch_merger}[engine](method)
    start, entries = header_of(inputs[0])
    maps = []
    for path in inputs:
        with open(path, "rb") as file:
            maps.append(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    ordered = sorted(entries.values(), key=lambda entry: entry["data_offsets"][0])
    with open(target, "wb") as output:
        output.write(maps[0][:start])
        for entry in ordered:
            first, last = (start + offset for offset in entry["data_offsets"])
            step = last - first if method == "ties" else PIECE_BYTES
            for at in range(first, last, max(step, 1)):
                end = min(at + step, last)
                output.write(merge([memoryview(one)[at:end] for one in maps]))
        output.flush()
        os.fsync(output.fileno())
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "seconds": seconds,
                "userSeconds": used.ru_utime,
                "systemSeconds": used.ru_stime,
                # Kilobytes on Linux, bytes on macOS. Pages of mapped files count.
                "peakBytes": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
            }
        )
    )


if __name__ == "__main__":
    main()
