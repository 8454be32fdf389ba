#!/usr/bin/env python3
"""Computes every number of a headless run again, from its out folder alone.

    python3 scripts/recheck.py out/demo

Reads what a run wrote (docs/out-folder.md says what every column means) and shares no code with the
program that wrote it: NumPy and the standard library only. Prints what was checked; exits 1 with a
list of whatever differs, 2 where the folder is no run's.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "recheck"))

from answers import check_answers  # noqa: E402
from baselines import check_baselines  # noqa: E402
from contexts import check_contexts  # noqa: E402
from differences import check_differences  # noqa: E402
from folder import Folder, NoRun, Report  # noqa: E402

SHOWN = 40


def main(words):
    if len(words) != 1 or words[0].startswith("-"):
        print(__doc__)
        return 2
    report = Report()
    try:
        folder = Folder(words[0])
        check_answers(folder, report)
        check_differences(folder, report)
        check_contexts(folder, report)
        check_baselines(folder, report)
    except NoRun as problem:
        print(f"{words[0]}: {problem}")
        return 2
    except (KeyError, ValueError, IndexError, TypeError) as problem:
        report.faults.append(f"a file has another form than a run writes: {problem!r}")
    for what, count in report.counts.items():
        print(f"{count:8d}  {what}")
    for text in report.notes:
        print(f"note: {text}")
    for text in report.faults[:SHOWN]:
        print(f"DIFFERS: {text}")
    if len(report.faults) > SHOWN:
        print(f"… and {len(report.faults) - SHOWN} more")
    print("Everything agrees." if not report.faults else f"{len(report.faults)} differ.")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
