"""Out folders and folders of models: tables, JSON and weights."""

import csv
import math
import os

from report import Bad, infinite_in, strict_json
from safetensors import check_safetensors, is_file

# A mean of thousands of float64 numbers, added up in another order.
TOLERANCE = 1e-9
MODEL = ("eval_domain", "eval_period", "split", "model", "kind", "model_id", "seed")


def is_store(path):
    return os.path.isfile(os.path.join(path, "store.json"))


def check_folder(root, report):
    for folder, inner, names in os.walk(root):
        # A store within has a form of its own, and what begins with a dot was never written out.
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(folder, name)
            try:
                check_file(path, report)
            except (Bad, OSError, UnicodeDecodeError) as problem:
                report.fault(path, str(problem))
            except (KeyError, ValueError, TypeError) as problem:
                report.fault(path, f"has another form than the program writes: {problem!r}")
        if "results.csv" in names:
            check_results(folder, report)


def check_file(path, report):
    if is_file(path):
        shapes = check_safetensors(path, report)
        check_config(path, shapes, report)
    elif path.endswith(".json"):
        with open(path, encoding="utf-8") as file:
            value = strict_json(file.read())
        report.expect(not infinite_in(value), path, "holds a number that is infinite")
        report.count("JSON files")
    elif path.endswith(".csv"):
        for line, row in enumerate(rows_of(path), start=2):
            cells = row.values()
            is_whole = None not in row and None not in cells
            report.expect(is_whole, f"{path}:{line}", "has other columns than the header")
            odd = [cell for cell in cells if cell in ("NaN", "Infinity", "-Infinity", "undefined")]
            report.expect(not odd, f"{path}:{line}", f"says {odd[:1]}")
        report.count("tables")


def check_config(path, shapes, report):
    """The embedding has a row for each token that config.json promises."""
    config = os.path.join(os.path.dirname(path), "config.json")
    rows = shapes.get("model.embed_tokens.weight", [None])[0]
    if rows is None or not os.path.isfile(config):
        return
    with open(config, encoding="utf-8") as file:
        said = strict_json(file.read()).get("vocab_size")
    report.expect(said == rows, path, f"has {rows} rows of tokens, config.json says {said}")


def check_results(folder, report):
    """A value is the mean of what each user was worth, of as many users as it says."""
    results = rows_of(os.path.join(folder, "results.csv"))
    path = os.path.join(folder, "users.csv")
    users = {}
    for row in rows_of(path) if os.path.isfile(path) else []:
        users.setdefault(tuple(row[name] for name in MODEL), []).append(row)
    seen = set()
    for line, row in enumerate(results, start=2):
        place = f"{os.path.join(folder, 'results.csv')}:{line}"
        value, error = number(row["value"]), number(row["stderr"])
        report.expect(math.isfinite(value) and error >= 0, place, "has no value or no error")
        key = tuple(row[name] for name in MODEL)
        report.expect((key, row["metric"], row["k"]) not in seen, place, "stands there twice")
        seen.add((key, row["metric"], row["k"]))
        report.count("results")
        worths = [one.get(f"{row['metric']}@{row['k']}", "") for one in users.get(key, [])]
        if not worths or "" in worths:
            continue
        mean = math.fsum(map(number, worths)) / len(worths)
        is_same = abs(mean - value) <= TOLERANCE * max(1.0, abs(value))
        report.expect(is_same, place, f"says {value}, its users' mean is {mean}")
        is_all = int(row["n_users"]) == len(worths)
        report.expect(is_all, place, f"is of {row['n_users']} users, {len(worths)} are listed")
        report.count("results that are the mean of their users")


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def number(text):
    value = float(text)
    if not math.isfinite(value):
        raise Bad(f"holds {text}")
    return value
