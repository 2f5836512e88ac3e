"""What an input's value goes through before any synapse sees it: one record for each step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nnspec.functions.aggregations import Bounds


@dataclass(frozen=True, slots=True, eq=False)
class TransformFunction:
    """One kind of step.

    Parameters
    ----------
    name
        Its name in a spec.
    formula
        The formula, in the value x.
    scalar
        ``scalar(x, *parameters)``: the definition.
    vector
        ``vector(xp, x, *parameters)``: the same on a NumPy array, with NumPy passed in.
    slope_image
        ``slope_image(xp, ends, *parameters)``: the least and the greatest slope between the two
        rows of ``ends``, NumPy arrays.
    domain
        Lowest value it is defined for, and whether that value itself is excluded.
    """

    name: str
    formula: str
    scalar: Callable[..., float]
    vector: Callable[..., Any]
    slope_image: Callable[..., tuple[Any, Any]]
    domain: tuple[float, bool] = (-math.inf, False)

    def image(self, bounds: Bounds, *parameters: float | None) -> Bounds:
        """Interval of the result; every step is monotone, rising or falling."""
        floor = self.domain[0]
        ends = [self.scalar(max(end, floor), *parameters) for end in bounds]
        return min(ends), max(ends)


def _standardize(x: float, mean: float, deviation: float) -> float:
    return (x - mean) / deviation


def _rescale(x: float, a: float, b: float, c: float, d: float) -> float:
    return c + (x - a) / (b - a) * (d - c)


def _clip(x: float, low: float | None, high: float | None) -> float:
    raised = x if low is None else max(x, low)
    return raised if high is None else min(raised, high)


def _clip_vector(xp: Any, x: Any, low: float | None, high: float | None) -> Any:
    raised = x if low is None else xp.maximum(x, low)
    return raised if high is None else xp.minimum(raised, high)


def _log(x: float) -> float:
    if x <= 0:
        return -math.inf if x == 0 else math.nan
    return math.log(x)


def _log1p(x: float) -> float:
    if x <= -1:
        return -math.inf if x == -1 else math.nan
    return math.log1p(x)


def _sqrt(x: float) -> float:
    return math.sqrt(x) if x >= 0 else math.nan


def _same_everywhere(xp: Any, ends: Any, slope: float) -> tuple[Any, Any]:
    whole = xp.full_like(ends[0], slope)
    return whole, whole


def _clip_slopes(xp: Any, ends: Any, low: float | None, high: float | None) -> tuple[Any, Any]:
    low, high = -math.inf if low is None else low, math.inf if high is None else high
    inside = (ends[0] >= low) & (ends[1] <= high)
    outside = (ends[1] <= low) | (ends[0] >= high)
    return inside * 1.0, ~outside * 1.0


def _falling(derivative: Callable[[Any, Any], Any]) -> Callable[[Any, Any], tuple[Any, Any]]:
    """Of a function whose slope only falls."""
    return lambda xp, ends: (derivative(xp, ends[1]), derivative(xp, ends[0]))


_ALL = (
    TransformFunction(
        "standardize",
        "(x - mean) / deviation",
        _standardize,
        lambda xp, x, mean, deviation: (x - mean) / deviation,
        lambda xp, ends, _mean, deviation: _same_everywhere(xp, ends, 1 / deviation),
    ),
    TransformFunction(
        "rescale",
        "c + (x - a) / (b - a) · (d - c)",
        _rescale,
        lambda xp, x, a, b, c, d: c + (x - a) / (b - a) * (d - c),
        lambda xp, ends, a, b, c, d: _same_everywhere(xp, ends, (d - c) / (b - a)),
    ),
    TransformFunction("clip", "min(max(x, low), high)", _clip, _clip_vector, _clip_slopes),
    TransformFunction(
        "log", "ln x", _log, lambda xp, x: xp.log(x), _falling(lambda _xp, x: 1 / x), (0.0, True)
    ),
    TransformFunction(
        "log1p",
        "ln(1 + x)",
        _log1p,
        lambda xp, x: xp.log1p(x),
        _falling(lambda _xp, x: 1 / (1 + x)),
        (-1.0, True),
    ),
    TransformFunction(
        "sqrt",
        "√x",
        _sqrt,
        lambda xp, x: xp.sqrt(x),
        _falling(lambda xp, x: 0.5 / xp.sqrt(x)),
        (0.0, False),
    ),
)

TRANSFORMS: dict[str, TransformFunction] = {record.name: record for record in _ALL}
"""Every kind of transform by name."""
