#!/usr/bin/env python3
"""Opens what a run has stored and written, with other readers than the program's own.

    python3 scripts/second-reader.py out/demo/.store out/demo

Takes stores of files, out folders, folders of models and safetensors files, also of runs that were killed.
Shares no code with the program that wrote them: the standard library only. Checks every hash, size and
offset, that every number is finite, and that a table's values are the means of what users.csv says. Prints
what was checked; exits 1 with a list of whatever is wrong, 2 where something is none of these.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "second-reader"))

from folders import check_folder, is_store  # noqa: E402
from report import Report  # noqa: E402
from safetensors import check_safetensors  # noqa: E402
from store import check_store  # noqa: E402

SHOWN = 40


def main(words):
    if not words or any(word.startswith("-") for word in words):
        print(__doc__)
        return 2
    report = Report()
    for path in words:
        if is_store(path):
            check_store(path, report)
        elif os.path.isdir(path):
            check_folder(path, report)
        elif path.endswith(".safetensors") and os.path.isfile(path):
            check_safetensors(path, report)
        else:
            print(f"{path}: no store, folder or safetensors file.")
            return 2
    for what, count in sorted(report.counts.items()):
        print(f"{count:8d}  {what}")
    for text in report.faults[:SHOWN]:
        print(f"WRONG: {text}")
    if len(report.faults) > SHOWN:
        print(f"… and {len(report.faults) - SHOWN} more")
    if not report.counts:
        print("There was nothing to check.")
        return 2
    print("All of it is sound." if not report.faults else f"{len(report.faults)} are wrong.")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
