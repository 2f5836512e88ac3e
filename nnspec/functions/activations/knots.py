"""The activation whose author draws it: straight lines between knots."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from nnspec.diagnostics.suggestions import quote
from nnspec.functions.activations.intervals import hull
from nnspec.functions.activations.numbers import number_fault
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
    define=lambda m, z, knots: m.line(z, knots),
    in_double=True,
    known=_piecewise_traits,
    exact=True,
    piecewise_linear=True,
)
