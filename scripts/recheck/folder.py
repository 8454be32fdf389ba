"""The out folder of a run, and what was found out about it."""

import csv
import json
import os

# Sums of thousands of float64 numbers in another order.
TOLERANCE = 1e-9


class NoRun(Exception):
    """What was given is not the out folder of a run."""


class Report:
    def __init__(self):
        self.faults = []
        self.notes = []
        self.counts = {}

    def count(self, what, number=1):
        self.counts[what] = self.counts.get(what, 0) + number

    def same(self, what, place, wrote, found, tolerance=TOLERANCE):
        """Compares what the run wrote with what was computed here; what is not a number never agrees."""
        self.count(what)
        if wrote is None and found is None:
            return
        scale = 1 if wrote is None or isinstance(wrote, str) else max(1.0, abs(wrote))
        if isinstance(wrote, str) or isinstance(found, str):
            agrees = wrote == found
        else:
            agrees = wrote is not None and found is not None
            agrees = agrees and abs(wrote - found) <= tolerance * scale
        if not agrees:
            self.faults.append(f"{what}: {place}: the run says {wrote}, it is {found}")

    def fault(self, what, place, message):
        self.count(what)
        self.faults.append(f"{what}: {place}: {message}")


class Folder:
    def __init__(self, root):
        self.root = root
        self.tables = {}
        if not os.path.isfile(self.path("results.json")):
            raise NoRun("no results.json: this is not the out folder of a finished run.")
        self.results = self.json("results.json")
        if not os.path.isfile(self.path("data", "protocol.json")):
            raise NoRun("no data/protocol.json: run it again without --users no.")
        self.protocol = self.json("data", "protocol.json")
        self.rows = self.csv("results.csv")
        # Domain → its folder in data/.
        self.domains = {row["domain"]: row["folder"] for row in self.csv("data", "contexts.csv")}
        lacking = [name for name in self.protocol["domains"] if name not in self.domains]
        if lacking:
            raise NoRun(f"data/contexts.csv has no {', '.join(lacking)}.")

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def json(self, *parts):
        with open(self.path(*parts), encoding="utf-8") as file:
            return json.load(file)

    def csv(self, *parts):
        """Rows as dictionaries; none where there is no such file. Read once."""
        if parts not in self.tables:
            self.tables[parts] = self.read(*parts)
        return self.tables[parts]

    def read(self, *parts):
        if not os.path.isfile(self.path(*parts)):
            return []
        with open(self.path(*parts), encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            return [{key: unguarded(text) for key, text in row.items()} for row in reader]


def unguarded(text):
    """Text that a spreadsheet would take for a formula was written with an apostrophe before it."""
    if len(text or "") > 1 and text[0] == "'" and text[1] in "=+-@\t\r":
        return text[1:]
    return text


def number(text):
    """A cell's number; None where it is empty."""
    return None if text in ("", None) else float(text)


def context_of(row):
    return (row["eval_domain"], row["eval_period"], row["split"])


def model_of(row):
    return (*context_of(row), row["model"], row["kind"], row["model_id"], row["seed"])


def grouped(rows, key):
    groups = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups
