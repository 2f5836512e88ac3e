"""Closed intervals of floats, and the image of one under a function."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from typing import TypeAlias

Interval: TypeAlias = tuple[float, float]
"""Lowest and highest value, both inside; (nan, nan) where there is no value at all."""

EVERYTHING: Interval = (-math.inf, math.inf)
NOTHING: Interval = (math.nan, math.nan)

SLACK = 2.0**-48
"""How far, relatively, rounding may carry a value beyond the ends: 16 units in the last place."""

TINY_SLACK = 64 * math.ulp(0.0)
"""The same for numbers so small that they have lost digits."""

LARGEST = sys.float_info.max


def hull(values: Iterable[float]) -> Interval:
    """The least interval that holds the values."""
    listed = list(values)
    return min(listed), max(listed)


def outward(interval: Interval) -> Interval:
    """The interval, widened by what rounding may do to a function that is not exact.

    It does not reach beyond 0, for rounding never changes the sign of a value.
    """
    low, high = interval
    return -_raised(-low) + 0.0, _raised(high) + 0.0


def _raised(value: float) -> float:
    if math.isinf(value):
        return value
    raised = value + abs(value) * SLACK + TINY_SLACK
    return raised if value > 0 else min(raised, 0.0)


def intersection(a: Interval, b: Interval) -> Interval:
    """What two intervals share, or NOTHING."""
    low, high = max(a[0], b[0]), min(a[1], b[1])
    return (low, high) if low <= high else NOTHING


def value_towards(function: Callable[[float], float], z: float) -> float:
    """The function's value, or where an infinite z has none (0 times infinity) that near it."""
    value = function(z)
    if math.isnan(value) and math.isinf(z):
        return function(math.copysign(LARGEST, z))
    return value
