"""Checks of the numbers that parameters are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from nnspec.diagnostics.suggestions import quote
from nnspec.functions.activations.record import ParameterFault


def check_number(name: str, value: Any) -> Iterator[ParameterFault]:
    """Find what keeps a value from being a finite number."""
    fault = number_fault(value)
    if fault is not None:
        yield ParameterFault((name,), f"'{name}' must be {fault[0]}", fault[1])


def check_positive(name: str, value: Any) -> Iterator[ParameterFault]:
    """Find what keeps a value from being a finite number above 0."""
    yield from check_number(name, value)
    if number_fault(value) is None and value <= 0:
        yield ParameterFault(
            (name,), f"'{name}' must be above 0, not {quote(value)}", "give a number above 0"
        )


def number_fault(value: Any) -> tuple[str, str] | None:
    """What a value should have been but is not, and what to do; None for a finite number."""
    # A bool is an int to Python, but no number to an author.
    if isinstance(value, bool) or not isinstance(value, int | float):
        advice = "write it without quotes" if _reads_as_number(value) else "give a number"
        return f"a number, not {quote(value)}", advice
    try:
        as_float = float(value)
    except OverflowError:
        # Only an int overflows here, and Python may refuse to print one that is so long.
        return f"a finite number, not an integer of {int(value).bit_length():,} bits", _WITHIN
    if not math.isfinite(as_float):
        return f"a finite number, not {quote(value)}", _WITHIN
    if as_float != value:
        return f"a number that a double can hold, not {value}", f"the nearest is {int(as_float)}"
    return None


_WITHIN = "give a number between -1.7976931348623157e+308 and 1.7976931348623157e+308"


def _reads_as_number(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False
