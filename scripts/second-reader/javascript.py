"""The text that the program hashes: JSON with sorted names, numbers as JavaScript writes them."""

import json
import math
from decimal import Decimal


def canonical(value):
    if value is None or isinstance(value, (bool, str)):
        return text(value)
    if isinstance(value, (int, float)):
        return number(float(value))
    if isinstance(value, list):
        return "[" + ",".join(canonical(one) for one in value) + "]"
    # JavaScript compares the halves of what lies outside the first plane one by one.
    names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(f"{text(name)}:{canonical(value[name])}" for name in names) + "}"


def text(value):
    """A text, true, false or null; halves of characters without the other half are written as escapes."""
    plain = json.dumps(value, ensure_ascii=False)
    return "".join(f"\\u{ord(one):04x}" if 0xD800 <= ord(one) < 0xE000 else one for one in plain)


def number(value):
    """ECMAScript's Number::toString in base ten."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        raise ValueError("no number")
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    figures = "".join(map(str, digits))
    point = len(figures) + exponent
    before = "-" if sign else ""
    if 0 < point <= 21:
        if len(figures) <= point:
            return before + figures.ljust(point, "0")
        return f"{before}{figures[:point]}.{figures[point:]}"
    if -6 < point <= 0:
        return f"{before}0.{'0' * -point}{figures}"
    mantissa = figures[0] + ("." + figures[1:] if len(figures) > 1 else "")
    return f"{before}{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"
