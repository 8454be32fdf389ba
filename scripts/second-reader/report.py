"""What was looked at and what was wrong."""

import json
import math


class Report:
    def __init__(self):
        self.faults = []
        self.counts = {}

    def count(self, what, number=1):
        self.counts[what] = self.counts.get(what, 0) + number

    def fault(self, place, message):
        self.faults.append(f"{place}: {message}")

    def expect(self, holds, place, message):
        if not holds:
            self.fault(place, message)
        return holds


class Bad(Exception):
    """Something that cannot be read any further, in words."""


def strict_json(text):
    """JSON as the standard has it: a name once, no NaN, no infinity."""

    def no_number(word):
        raise Bad(f"holds {word}")

    def unique(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            raise Bad("says a name twice")
        return dict(pairs)

    try:
        return json.loads(text, parse_constant=no_number, object_pairs_hook=unique)
    except (ValueError, RecursionError) as problem:
        raise Bad(f"is no JSON: {problem}") from problem


def infinite_in(value):
    """True where a number of a value is NaN or infinite."""
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, dict):
        return any(infinite_in(one) for one in value.values())
    if isinstance(value, list):
        return any(infinite_in(one) for one in value)
    return False
