"""safetensors files, by their published format."""

import os
import struct

from report import Bad, strict_json

TYPE_BYTES = {
    **dict.fromkeys(["BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0"], 1),
    **dict.fromkeys(["U16", "I16", "F16", "BF16"], 2),
    **dict.fromkeys(["U32", "I32", "F32"], 4),
    **dict.fromkeys(["U64", "I64", "F64", "C64"], 8),
}
# Word, and the bits of a full exponent, which NaN and infinities alone have.
EXPONENTS = {
    "F16": ("H", 0x7C00),
    "BF16": ("H", 0x7F80),
    "F32": ("I", 0x7F800000),
    "F64": ("Q", 0x7FF0000000000000),
}


def check_safetensors(path, report):
    """The tensors of a file by name: their shapes."""
    try:
        return read(path, report)
    except (Bad, OSError, UnicodeDecodeError) as problem:
        report.fault(path, str(problem))
        return {}


def read(path, report):
    with open(path, "rb") as file:
        content = file.read()
    if len(content) < 8:
        raise Bad("is too short for a header")
    (length,) = struct.unpack_from("<Q", content)
    if length > len(content) - 8:
        raise Bad(f"has a header of {length} bytes in {len(content)}")
    header = strict_json(content[8 : 8 + length].decode("utf-8"))
    header.pop("__metadata__", None)
    at = 8 + length
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        if start != at or end < start or end > len(content):
            raise Bad(f"{name}: has bytes {start} to {end} where {at} is next")
        size = TYPE_BYTES.get(entry["dtype"])
        if size is None:
            raise Bad(f"{name}: has the unknown type {entry['dtype']}")
        for one in entry["shape"]:
            size *= one
        if size != end - start:
            raise Bad(f"{name}: has {end - start} bytes and needs {size}")
        check_finite(f"{path}: {name}", entry["dtype"], memoryview(content)[start:end], report)
        report.count("tensors of safetensors files")
        at = end
    if at != len(content):
        raise Bad(f"has {len(content) - at} bytes after its last tensor")
    report.count("safetensors files")
    return {name: entry["shape"] for name, entry in header.items()}


def check_finite(place, dtype, data, report):
    """Looks at the bits: nothing is decoded."""
    if dtype not in EXPONENTS:
        return
    word, full = EXPONENTS[dtype]
    if len(data) % struct.calcsize(word) != 0:
        raise Bad("has a part of a number at its end")
    words = struct.unpack(f"<{len(data) // struct.calcsize(word)}{word}", data)
    bad = sum(1 for one in words if one & full == full)
    report.expect(bad == 0, place, f"{bad} of {len(words)} values are no numbers")
    report.count("weights that are finite", len(words) - bad)


def is_file(name):
    return os.path.basename(name).endswith(".safetensors")
