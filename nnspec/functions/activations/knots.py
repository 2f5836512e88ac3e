"""The activation whose author draws it: straight lines between knots."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from nnspec.diagnostics.suggestions import quote
from nnspec.functions.activations.intervals import hull
from nnspec.functions.activations.numbers import number_fault
from nnspec.functions.activations.piecewise_linear import clip
from nnspec.functions.activations.record import (
    ActivationFunction,
    Monotonicity,
    Parameter,
    ParameterFault,
    Traits,
)

Knots: TypeAlias = Sequence[tuple[float, float]]


def _check_knots(name: str, value: Any) -> Iterator[ParameterFault]:
    if not isinstance(value, list | tuple):
        yield ParameterFault(
            (name,), f"'{name}' must be a list of pairs [z, a], not {quote(value)}", _EXAMPLE
        )
        return
    if len(value) < 2:
        counted = "none" if not value else "one"
        yield ParameterFault(
            (name,), f"'{name}' must hold two knots or more, not {counted}", _EXAMPLE
        )
    faults = [fault for i, knot in enumerate(value) for fault in _check_knot(name, i, knot)]
    yield from faults if faults else _check_pieces(name, value)


_EXAMPLE = "for example [[0, 0], [10, 1]]: 0 up to z = 0, 1 from z = 10 on"


def _check_knot(name: str, index: int, knot: Any) -> Iterator[ParameterFault]:
    if not isinstance(knot, list | tuple):
        yield ParameterFault(
            (name, index), f"a knot must be a pair [z, a], not {quote(knot)}", _EXAMPLE
        )
    elif len(knot) != 2:
        yield ParameterFault(
            (name, index), f"a knot must be a pair [z, a], not a list of {len(knot)}", _EXAMPLE
        )
    else:
        for side, number in enumerate(knot):
            fault = number_fault(number)
            if fault is not None:
                coordinate = "za"[side]
                yield ParameterFault(
                    (name, index, side), f"a knot's {coordinate} must be {fault[0]}", fault[1]
                )


def _check_pieces(name: str, knots: Knots) -> Iterator[ParameterFault]:
    for i, ((x0, y0), (x1, y1)) in enumerate(pairwise(knots), start=1):
        if not x0 < x1:
            message = (
                f"the knot at z = {quote(x1)} must lie above the one before it, at {quote(x0)}"
            )
            yield ParameterFault((name, i), message, "list knots by rising z, each z once")
        elif not math.isfinite(_slope((float(x0), float(y0)), (float(x1), float(y1)))):
            message = f"the line from z = {quote(x0)} to {quote(x1)} is too long or too steep"
            yield ParameterFault(
                (name, i), message, "its width, height and slope must stay within a double's range"
            )


def _slope(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Slope of the line between two knots; nan or infinite where floats cannot tell it."""
    width, height = end[0] - start[0], end[1] - start[1]
    return height / width if math.isfinite(width) else math.nan


def _as_knots(value: Any) -> Knots:
    return tuple((float(x), float(y)) for x, y in value)


def _piecewise(z: float, knots: Knots) -> float:
    if math.isnan(z):
        return z
    held = clip(z, knots[0][0], knots[-1][0])
    i = bisect_right(knots, held, key=lambda knot: knot[0]) - 1
    x0, y0 = knots[i]
    if i == len(knots) - 1:
        return y0 + 0.0
    x1, y1 = knots[i + 1]
    # Clipped because the sum may pass the end of the piece by a rounding.
    return clip(y0 + (held - x0) / (x1 - x0) * (y1 - y0), min(y0, y1), max(y0, y1))


def _piecewise_vector(xp: Any, z: Any, knots: Knots) -> Any:
    # In float64 whatever the dtype: knots that float32 cannot tell apart must stay apart.
    x, y = xp.array(knots, dtype=xp.float64).T
    held = xp.minimum(xp.maximum(z.astype(xp.float64), x[0]), x[-1]) + 0.0
    i = xp.searchsorted(x, held, side="right") - 1
    # One more piece, of height 0, for the last knot itself (and for nan, which sorts last).
    width = xp.append(x[1:] - x[:-1], 1.0)
    height = xp.append(y[1:] - y[:-1], 0.0)
    end = xp.append(y[1:], y[-1])
    value = y[i] + (held - x[i]) / width[i] * height[i]
    low, high = xp.minimum(y, end)[i], xp.maximum(y, end)[i]
    return (xp.minimum(xp.maximum(value, low), high) + 0.0).astype(z.dtype)


def _piecewise_derivative(z: float, knots: Knots) -> float:
    i = bisect_right(knots, z, key=lambda knot: knot[0])
    return _slope(knots[i - 1], knots[i]) if 0 < i < len(knots) else 0.0


def _direction(heights: Sequence[float]) -> Monotonicity:
    if all(a == b for a, b in pairwise(heights)):
        return "constant"
    if all(a <= b for a, b in pairwise(heights)):
        return "increasing"
    return "decreasing" if all(a >= b for a, b in pairwise(heights)) else None


def _piecewise_traits(knots: Knots) -> Traits:
    places, heights = zip(*knots, strict=True)
    slopes = [0.0, *(_slope(a, b) for a, b in pairwise(knots)), 0.0]
    return Traits(
        range=hull(heights),
        lipschitz=max(map(abs, slopes)),
        monotonicity=_direction(heights),
        hinges=tuple(
            x for x, (left, right) in zip(places, pairwise(slopes), strict=True) if left != right
        ),
        turns=places,
    )


PIECEWISE = ActivationFunction(
    name="piecewise",
    formula="linear between the knots, constant outside them",
    description="straight lines between given points",
    source="de Boor (1978), A practical guide to splines, doi:10.1007/978-1-4612-6333-3",
    parameters=(
        Parameter(
            "knots",
            "the points [z, a] by rising z, two or more",
            _check_knots,
            convert=_as_knots,
        ),
    ),
    scalar=_piecewise,
    elementwise=_piecewise_vector,
    derivative=_piecewise_derivative,
    known=_piecewise_traits,
    exact=True,
    piecewise_linear=True,
)
