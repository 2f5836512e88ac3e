"""How small and how great a value may be, for engines that raise errors where IEEE 754 does not.

PostgreSQL raises an error where a sum or a product overflows, and where a product of numbers other
than 0 underflows to 0. So each column's magnitude is bounded here, from below (where it is not 0)
and from above; where a bound is too far out, the query itself holds the value within.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from nnspec.diagnostics import CannotError
from nnspec.formats.sql.dialects import Dialect
from nnspec.functions.activations import ACTIVATIONS
from nnspec.program.compiled import Segment

TINIEST = 5e-324

CANCELLED = 1e-17
"""What may remain of a term when another of nearly its size is taken away."""

LEAST_OF_EXP = 3e-308
"""Exponentials end here: below, they are 0."""


class Size(NamedTuple):
    """Bounds on the magnitude of a value that is not 0."""

    least: float
    most: float


ONE = Size(1.0, 1.0)

GIVEN = Size(1e-100, 1e100)
"""What an input is held to: below it counts as 0, above it is bad."""

PLAIN = Size(1e-30, 1e30)
"""The numbers of transforms and activations; beyond them the query is refused."""

TRANSFORMED = 1e-200
"""What transforms make of a number within GIVEN, by numbers within PLAIN, is 0 or not smaller."""


class SizedTerm(NamedTuple):
    """A synapse: its weight, and the size of its source."""

    weight: float
    source: Size


def check_plain(dialect: Dialect, owner: str, numbers: Iterable[float | None]) -> None:
    """Refuse numbers by which a function could underflow or overflow, where that is an error.

    Raises
    ------
    CannotError
        If one of them is neither 0 nor within ``PLAIN``, in a dialect that raises errors.
    """
    if not dialect.raises:
        return
    for size in (abs(x) for x in numbers if x):
        if not PLAIN.least <= size <= PLAIN.most:
            raise CannotError(
                f"{owner} has a number of magnitude {size:g}: {dialect.title}, where an underflow "
                f"is an error, takes 0 and from {PLAIN.least:g} to {PLAIN.most:g}"
            )


def size_of_z(aggregation: str, bias: float, synapses: Sequence[SizedTerm]) -> Size:
    """The size of a pre-activation."""
    if aggregation == "product":
        found = Size(1e-150, 1e150)
    elif aggregation in ("sum", "mean", "max", "min"):
        found = _of_products(aggregation, synapses)
    else:
        found = _of_distances(aggregation, synapses)
    if bias == 0 or not synapses:
        return Size(abs(bias), abs(bias)) if not synapses else found
    return Size(max(CANCELLED * min(found.least, abs(bias)), TINIEST), found.most + abs(bias))


def _of_products(aggregation: str, synapses: Sequence[SizedTerm]) -> Size:
    terms = [(abs(w) * s.least, abs(w) * s.most) for w, s in synapses if w != 0]
    if not terms:
        return Size(math.inf, 0.0)
    least = min(low for low, _ in terms)
    most = sum(high for _, high in terms)
    if len(terms) > 1 and aggregation in ("sum", "mean"):
        least *= CANCELLED
    if aggregation == "mean":
        least /= len(synapses)
    return Size(max(least, TINIEST), most)


def _of_distances(aggregation: str, synapses: Sequence[SizedTerm]) -> Size:
    lows = [s.least if w == 0 else min(s.least, abs(w)) * CANCELLED for w, s in synapses]
    # Sources are held to 1e150 wherever sizes matter; elsewhere they may overflow here.
    low, high = min(lows), min(max(s.most + abs(w) for w, s in synapses), 1e152)
    if aggregation == "manhattan":
        return Size(max(low, TINIEST), len(synapses) * high)
    squares = Size(max(low, 1e-145) ** 2, len(synapses) * high**2)
    if aggregation == "distance":
        return Size(math.sqrt(squares.least), math.sqrt(squares.most))
    return squares


def size_of_activation(segment: Segment, z: Size, most: float) -> Size:
    """The size of an activation, given that of its z; ``most`` is what the query holds it to."""
    low, high = ACTIVATIONS[segment.name].image((-z.most, z.most), **segment.parameters)
    ends = [abs(end) for end in (low, high) if not math.isnan(end)]
    greatest = min(max(ends, default=0.0), most)
    if segment.name in ("step", "sign"):
        return ONE
    if segment.name in ("identity", "relu", "abs", "hard-tanh", "relu6"):
        return Size(z.least, greatest)
    return Size(min(z.least, LEAST_OF_EXP), greatest)
