"""Intervals through a network: for many boxes of inputs at once, where every unit can lie.

Arrays hold units in rows and boxes in columns; an interval is a pair of such arrays. They hold up
to rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.program.stage import Neuron, Stage

Floats: TypeAlias = NDArray[np.float64]
Interval: TypeAlias = tuple[Floats, Floats]


def times(a: Interval, b: Interval) -> Interval:
    """The product of two intervals; 0 times an open side is 0."""
    corners = [_dot(x, y) for x in a for y in b]
    return np.minimum.reduce(corners), np.maximum.reduce(corners)


def _dot(x: Floats, y: Floats) -> Floats:
    return np.where((x == 0) | (y == 0), 0.0, x * y)


def weighted(weights: Floats, x: Interval) -> Interval:
    """``weights @ x``, for weights that are numbers."""
    up, down = np.maximum(weights, 0.0), np.minimum(weights, 0.0)
    low, high = (np.nan_to_num(side, posinf=1e300, neginf=-1e300) for side in x)
    return up @ low + down @ high, up @ high + down @ low


def stage_z(stage: Stage, units: Interval) -> Interval:
    """Where each neuron's z can lie."""
    x = units[0][stage.layer.sources], units[1][stage.layer.sources]
    low, high = weighted(stage.sums, x)
    for one in stage.others:
        low[one.row], high[one.row] = reduced(one, (x[0][one.sources], x[1][one.sources]))
    bias = stage.layer.bias[:, None]
    return low + bias, high + bias


def reduced(one: Neuron, x: Interval) -> Interval:
    """Where the aggregation of one neuron can lie, before its bias."""
    w = one.weights[:, None]
    aggregation = AGGREGATIONS[one.name]
    if aggregation.extreme:
        terms = times((w, w), x)
        reduce = getattr(np, aggregation.reducer).reduce
        return reduce(terms[0]), reduce(terms[1])
    if aggregation.reducer == "multiply":
        total: Interval = (np.ones(x[0].shape[1]), np.ones(x[0].shape[1]))
        for i, exponent in enumerate(one.weights.tolist()):
            total = times(total, powers(x[0][i], x[1][i], exponent))
        return total
    low, high = x[0] - w, x[1] - w
    near = np.where((low <= 0) & (high >= 0), 0.0, np.minimum(abs(low), abs(high)))
    far = np.maximum(abs(low), abs(high))
    if aggregation.term.hinged:
        return near.sum(axis=0), far.sum(axis=0)
    squares = (near * near).sum(axis=0), (far * far).sum(axis=0)
    if aggregation.finish == "root":
        return np.sqrt(squares[0]), np.sqrt(squares[1])
    return squares


def powers(low: Floats, high: Floats, exponent: float) -> Interval:
    """Where ``x ** exponent`` can lie."""
    if exponent == 0:
        return np.ones_like(low), np.ones_like(low)
    if (low > 0).all():
        ends = low**exponent, high**exponent
        return np.minimum(*ends), np.maximum(*ends)
    image = ACTIVATIONS["power"].image
    pairs = [
        image((a, b), exponent=exponent) for a, b in zip(low.tolist(), high.tolist(), strict=True)
    ]
    return _open(np.array(pairs).T)


def _open(ends: Floats) -> Interval:
    """Ends, with what is unknown left open."""
    return (
        np.where(np.isnan(ends[0]), -np.inf, ends[0]),
        np.where(np.isnan(ends[1]), np.inf, ends[1]),
    )


def stage_a(stage: Stage, z: Interval) -> Interval:
    """Where each neuron's activation can lie."""
    low, high = np.empty_like(z[0]), np.empty_like(z[1])
    for segment in stage.layer.activations:
        rows = segment.rows
        image = _image(segment.name, segment.parameters, (z[0][rows], z[1][rows]))
        low[rows], high[rows] = image
    return low, high


def _image(name: str, parameters: Mapping[str, Any], z: Interval) -> Interval:
    record = ACTIVATIONS[name]
    way = record.monotonicity(**parameters)
    if way is not None and record.domain(**parameters) == (-np.inf, np.inf):
        ends = [record.vector(np, side, **parameters) for side in z]
        return (ends[1], ends[0]) if way == "decreasing" else (ends[0], ends[1])
    each = zip(z[0].ravel().tolist(), z[1].ravel().tolist(), strict=True)
    pairs = [record.image(pair, **parameters) for pair in each]
    return _open(np.array(pairs).T.reshape(2, *z[0].shape))


def stage_group(stage: Stage, a: Interval) -> Interval:
    """Where each result of the stage's group can lie."""
    if stage.layer.group is None:
        return a
    low, high = a
    if stage.group_jumps:
        others_low = np.array([_greatest(low, row) for row in range(len(low))])
        others_high = np.array([_greatest(high, row) for row in range(len(low))])
        return (low > others_high).astype(np.float64), (high >= others_low).astype(np.float64)
    if stage.layer.group == "softmax":
        shift = high.max(axis=0)
        low, high = np.exp(low - shift), np.exp(high - shift)
    elif not (low >= 0).all():
        return np.full_like(low, -np.inf), np.full_like(high, np.inf)
    # Summed anew for each: a difference of sums would lose the small ones.
    least = low / (low + _others(high))
    most = high / (high + _others(low))
    return np.where(np.isnan(least), 0.0, least), np.where(np.isnan(most), 1.0, most)


def _others(values: Floats) -> Floats:
    """For each row the sum of all others."""
    return np.array([np.delete(values, row, axis=0).sum(axis=0) for row in range(len(values))])


def _greatest(values: Floats, left_out: int) -> Floats:
    rest = np.delete(values, left_out, axis=0)
    return np.asarray(rest.max(axis=0, initial=-np.inf))
