"""The store of files: a folder a job, and job.json with the hashes of all that is in it."""

import hashlib
import math
import os
import struct
from urllib.parse import unquote

from javascript import canonical
from report import Bad, infinite_in, strict_json
from safetensors import check_finite

ARRAYS = {
    "Int8Array": "b",
    "Uint8Array": "B",
    "Int16Array": "h",
    "Uint16Array": "H",
    "Int32Array": "i",
    "Uint32Array": "I",
    "Float32Array": "f",
    "Float64Array": "d",
}


class Array:
    """A typed array of a stored value, as its bytes."""

    def __init__(self, kind, content):
        self.kind = kind
        self.content = content


def check_store(root, report):
    if strict_json(read_text(root, "store.json")).get("schema") != "mmgrid-store/1":
        raise Bad(f"{root}: has a form that is not known here")
    damaged = os.path.join(root, "damaged")
    for name in sorted(os.listdir(damaged)) if os.path.isdir(damaged) else []:
        report.fault(f"{damaged}/{name}", "was found damaged and put aside")
    for name in sorted(os.listdir(os.path.join(root, "jobs"))):
        folder = os.path.join(root, "jobs", name)
        try:
            check_job(folder, unquote(name), report)
        except (Bad, OSError, UnicodeDecodeError) as problem:
            report.fault(folder, str(problem))
        except (KeyError, ValueError, TypeError, AttributeError, struct.error) as problem:
            report.fault(folder, f"has another form than the program writes: {problem!r}")


def check_job(folder, job_id, report):
    index = strict_json(read_text(folder, "job.json"))
    sealed(index, "job.json")
    if index["schema"] != "mmgrid-job/1" or index["id"] != job_id:
        raise Bad(f"job.json is {index['schema']} of {index['id']}")
    named = {"job.json"}
    values = {}
    for entry in index["entries"]:
        parts = []
        for file in entry["files"]:
            named.add(file["name"])
            with open(os.path.join(folder, file["name"]), "rb") as opened:
                content = opened.read()
            if len(content) != file["bytes"] or sha256(content) != file["sha256"]:
                raise Bad(f"{file['name']} has another size or hash than job.json says")
            parts.append(content)
            report.count("stored files with their hash")
        values[entry["key"]] = parts[0] if entry["form"] == "bytes" else value_of(parts)
    for name in set(os.listdir(folder)) - named:
        report.fault(folder, f"{name} is not in job.json")
    for key, value in values.items():
        kind = key.split("/")[0]
        if kind == "manifest":
            check_checkpoint(folder, value, values, report)
        elif kind == "head":
            check_artefact(folder, value, values[f"value/{value['id']}/"], report)
        elif kind == "snapshot":
            check_snapshot(folder, value, values, report)
    report.count("stored jobs")


def check_checkpoint(folder, manifest, values, report):
    # What older builds stored has hashes of the parts alone.
    if manifest["schema"] != "mmgrid-checkpoint/1":
        sealed(manifest, "manifest")
    total = 0
    for number, chunk in enumerate(manifest["chunks"]):
        content = values[chunk["key"]]
        kind = chunk.get("type", "F32")
        if sha256(content) != chunk["sha256"] or len(content) != chunk["bytes"]:
            raise Bad(f"part {number} has another size or hash than its manifest says")
        total += len(content) // (2 if kind == "BF16" else 4)
        check_finite(f"{folder}: part {number}", kind, content, report)
    layout = manifest["layout"]
    report.expect(total == layout["length"], folder, f"{total} weights for {layout['length']}")
    end = 0
    for entry in layout["entries"]:
        size = math.prod(entry["shape"])
        is_there = size == entry["size"] and entry["offset"] >= end
        report.expect(is_there, folder, f"{entry['name']} overlaps or has another size")
        end = entry["offset"] + size
    report.expect(end <= layout["length"], folder, "a tensor ends after the weights")
    report.count("stored models")


def check_artefact(folder, head, value, report):
    said = [head["id"], head["kind"]]
    if head["schema"] != "mmgrid-artefact/1":
        said = [head["schema"], *said, head["createdAt"]]
    digest = sha256(canonical([*said, without_bytes(value)]).encode("utf-8"))
    report.expect(digest == head["sha256"], folder, f"its {head['kind']} has another hash")
    report.expect(not infinite_in(value), folder, f"its {head['kind']} holds what is no number")
    for array in arrays_in(value):
        word = {"Float32Array": "F32", "Float64Array": "F64"}.get(array.kind)
        if word is not None:
            check_finite(f"{folder}: an array of its {head['kind']}", word, array.content, report)
    report.count("stored results")


def check_snapshot(folder, head, values, report):
    sealed(head, "snapshot")
    for entry in head["entries"]:
        size = 0
        for part in entry["parts"]:
            content = values[part["key"]]
            if sha256(content) != part["sha256"] or len(content) != part["bytes"]:
                raise Bad(f"a part of {entry['name']} has another size or hash than the snapshot says")
            size += len(content)
        needed = entry["length"] * (4 if entry["type"] == "f32" else 8)
        report.expect(size == needed, folder, f"{entry['name']} has {size} bytes for {needed}")
    report.count("snapshots")


def sealed(value, what):
    """Something that carries the hash of all else in it."""
    rest = {name: one for name, one in value.items() if name != "sha256"}
    if sha256(canonical(plain(rest)).encode("utf-8")) != value["sha256"]:
        raise Bad(f"{what} has another hash than it says")


def plain(value):
    """Numbers that JSON has no form for, as the program hashes them."""
    if isinstance(value, float) and not math.isfinite(value):
        names = {math.inf: "Infinity", -math.inf: "-Infinity"}
        return {"number": names.get(value, "NaN")}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return value


def value_of(parts):
    content = parts[1] if len(parts) > 1 else b""

    def restored(value):
        if isinstance(value, list):
            return [restored(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "$number" in value:
            words = {"Infinity": math.inf, "-Infinity": -math.inf, "-0": -0.0}
            return words.get(value["$number"], math.nan)
        if "$array" in value:
            kind, start, length = value["$array"]
            end = start + length * struct.calcsize(ARRAYS[kind])
            if start < 0 or end > len(content):
                raise Bad("an array lies outside its file")
            return Array(kind, content[start:end])
        return {name: restored(one) for name, one in value.items()}

    return restored(strict_json(parts[0].decode("utf-8")))


def without_bytes(value):
    if isinstance(value, Array):
        return {"bytes": sha256(value.content), "length": len(value.content), "type": value.kind}
    if isinstance(value, list):
        return [without_bytes(one) for one in value]
    if isinstance(value, dict):
        return {name: without_bytes(one) for name, one in value.items()}
    return value


def arrays_in(value):
    if isinstance(value, Array):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [array for one in inside for array in arrays_in(one)]


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def read_text(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read().decode("utf-8")
