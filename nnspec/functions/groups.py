"""What acts on the outputs of a layer together: one record for each group.

Sums run over the neurons in the order of their names (of their numbers, in a bulk layer), so that
the order in which a layer lists its neurons cannot change a bit of the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from nnspec.functions.aggregations import Bounds


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One way for the neurons of a layer to act on each other.

    Parameters
    ----------
    name
        Its name in a spec.
    formula
        The formula, in the neurons' activations a.
    scalar
        The definition, on the activations of one row.
    vector
        ``vector(xp, a)``: the same on an array of shape (n_neurons, n_rows), with NumPy passed in.
    adjoint
        ``adjoint(xp, by_result, a, result)``: from the slope of something by each result to that
        by each a, on arrays of shape (n_neurons, n_rows).
    image
        Interval that holds each neuron's result.
    order
        ``"name"`` where sums need a fixed order; ``"listed"`` where the listed order has a meaning.
    exponential
        Whether its results are the shares of exponentials; else those of the activations.
    jumps
        Whether its results are constant between jumps: 1 for one neuron, and 0 for the rest.
    """

    name: str
    formula: str
    description: str
    scalar: Callable[[Sequence[float]], list[float]]
    vector: Callable[[Any, Any], Any]
    adjoint: Callable[[Any, Any, Any, Any], Any]
    image: Callable[[Sequence[Bounds]], Bounds]
    order: str = "name"
    jumps: bool = False
    exponential: bool = False


def _softmax(a: Sequence[float]) -> list[float]:
    if any(map(math.isnan, a)) or max(a) == math.inf:
        return [math.nan] * len(a)
    shift = max(a)
    powers = [math.exp(value - shift) for value in a]
    total = reduce(lambda x, y: x + y, powers)
    return [value / total for value in powers]


def _softmax_vector(xp: Any, a: Any) -> Any:
    powers = xp.exp(a - _fold(xp.maximum, a))
    return powers / _fold(xp.add, powers)


def _normalize(a: Sequence[float]) -> list[float]:
    total = reduce(lambda x, y: x + y, a)
    return [value / total if total != 0 else math.nan for value in a]


def _normalize_vector(xp: Any, a: Any) -> Any:
    total = _fold(xp.add, a)
    return xp.where(total == 0, xp.nan, a / total).astype(a.dtype, copy=False)


def _winner(a: Sequence[float]) -> list[float]:
    if any(map(math.isnan, a)):
        return [math.nan] * len(a)
    first = a.index(max(a))
    return [1.0 if i == first else 0.0 for i in range(len(a))]


def _winner_vector(xp: Any, a: Any) -> Any:
    # argmax names the first of equals, and a nan where there is one.
    won = xp.zeros_like(a)
    first = xp.argmax(a, axis=0)
    xp.put_along_axis(won, first[None, :], 1, axis=0)
    return xp.where(xp.isnan(a).any(axis=0), xp.nan, won).astype(a.dtype, copy=False)


def _fold(combine: Callable[[Any, Any], Any], a: Any) -> Any:
    """Combine the rows one after the other; a reduction's own order depends on the shape."""
    total = a[0].copy()
    for row in a[1:]:
        total = combine(total, row)
    return total


def _share(bounds: Sequence[Bounds]) -> Bounds:
    return (0.0, 1.0) if all(low >= 0 for low, _ in bounds) else (-math.inf, math.inf)


_ALL = (
    Group(
        "softmax",
        "exp(a) / Σ exp(a)",
        "shares that sum to 1, each the exponential of its activation; shifted by the maximum",
        _softmax,
        _softmax_vector,
        lambda _xp, by, _a, s: s * (by - (by * s).sum(axis=0)),
        lambda bounds: (0.0, 1.0),
        exponential=True,
    ),
    Group(
        "normalize",
        "a / Σ a",
        "each activation's share of their sum; undefined where the sum is 0",
        _normalize,
        _normalize_vector,
        lambda _xp, by, a, share: (by - (by * share).sum(axis=0)) / a.sum(axis=0),
        _share,
    ),
    Group(
        "winner",
        "1 for the greatest a, 0 for the rest",
        "the greatest activation wins; the first listed wins a tie",
        _winner,
        _winner_vector,
        lambda xp, by, _a, _won: xp.zeros_like(by),
        lambda bounds: (0.0, 1.0),
        order="listed",
        jumps=True,
    ),
)

GROUPS: dict[str, Group] = {record.name: record for record in _ALL}
"""Every group by name."""
