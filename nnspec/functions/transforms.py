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
    domain
        Lowest value it is defined for, and whether that value itself is excluded.
    """

    name: str
    formula: str
    scalar: Callable[..., float]
    vector: Callable[..., Any]
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


_ALL = (
    TransformFunction(
        "standardize",
        "(x - mean) / deviation",
        _standardize,
        lambda xp, x, mean, deviation: (x - mean) / deviation,
    ),
    TransformFunction(
        "rescale",
        "c + (x - a) / (b - a) · (d - c)",
        _rescale,
        lambda xp, x, a, b, c, d: c + (x - a) / (b - a) * (d - c),
    ),
    TransformFunction("clip", "min(max(x, low), high)", _clip, _clip_vector),
    TransformFunction("log", "ln x", _log, lambda xp, x: xp.log(x), (0.0, True)),
    TransformFunction("log1p", "ln(1 + x)", _log1p, lambda xp, x: xp.log1p(x), (-1.0, True)),
    TransformFunction("sqrt", "√x", _sqrt, lambda xp, x: xp.sqrt(x), (0.0, False)),
)

TRANSFORMS: dict[str, TransformFunction] = {record.name: record for record in _ALL}
"""Every kind of transform by name."""
