"""How steep a network can be in a box of inputs: intervals of slopes, from an output backwards.

Arrays hold units in rows and boxes in columns, as in :mod:`nnspec.program.intervals`. An open
side says that nothing is known: a jump in the box, or a pole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.program.intervals import Interval, powers, times
from nnspec.program.slopes import slopes
from nnspec.program.stage import Neuron, Stage

Floats: TypeAlias = NDArray[np.float64]


def backwards(stage: Stage, adjoint: Interval, units: Interval, z: Interval) -> Interval:
    """From slopes by a stage's results to slopes by each of its sources."""
    by_a = _through_group(stage, adjoint, units)
    low, high = np.zeros_like(by_a[0]), np.zeros_like(by_a[1])
    for segment in stage.layer.activations:
        rows = segment.rows
        own = slope_interval(segment.name, segment.parameters, (z[0][rows], z[1][rows]))
        low[rows], high[rows] = times((by_a[0][rows], by_a[1][rows]), own)
    x = units[0][stage.layer.sources], units[1][stage.layer.sources]
    below, above = _transposed(stage.sums, (low, high))
    for one in stage.others:
        own = _of_terms(one, (x[0][one.sources], x[1][one.sources]))
        share = times((low[one.row][None, :], high[one.row][None, :]), own)
        np.add.at(below, one.sources, share[0])
        np.add.at(above, one.sources, share[1])
    return below, above


def _transposed(weights: Floats, by_z: Interval) -> Interval:
    """``weights.T @ by_z``, open where any part of it is."""
    low, high = (np.nan_to_num(side, posinf=1e300, neginf=-1e300) for side in by_z)
    up, down = np.maximum(weights.T, 0.0), np.minimum(weights.T, 0.0)
    ends = up @ low + down @ high, up @ high + down @ low
    return np.where(ends[0] < -1e250, -np.inf, ends[0]), np.where(ends[1] > 1e250, np.inf, ends[1])


def slope_interval(name: str, parameters: Mapping[str, Any], z: Interval) -> Interval:
    """Where the slope of an activation can lie, secants between points of the box included."""
    record = ACTIVATIONS[name]
    with np.errstate(all="ignore"):
        if record.piecewise_linear:
            return _of_pieces(name, parameters, z)
        ends = slopes(name, parameters, z[0]), slopes(name, parameters, z[1])
    low, high = np.minimum(*ends), np.maximum(*ends)
    turns = record.known(**parameters).slope_turns
    if turns is not None:
        for turn, own in zip(turns, slopes(name, parameters, np.array(turns)), strict=True):
            inside = (z[0] < turn) & (z[1] > turn)
            low = np.where(inside, np.minimum(low, own), low)
            high = np.where(inside, np.maximum(high, own), high)
        known = np.isfinite(low) & np.isfinite(high)
        return np.where(known, low, -np.inf), np.where(known, high, np.inf)
    most = record.lipschitz(**parameters)
    way = record.monotonicity(**parameters)
    return (
        np.full_like(low, 0.0 if way == "increasing" else -most),
        np.full_like(high, 0.0 if way == "decreasing" else most),
    )


def _of_pieces(name: str, parameters: Mapping[str, Any], z: Interval) -> Interval:
    record = ACTIVATIONS[name]
    hinges, jumps = sorted(record.hinges(**parameters)), record.jumps(**parameters)
    low, high = slopes(name, parameters, z[0]), slopes(name, parameters, z[0])
    for hinge in hinges:
        crossed = (z[0] <= hinge) & (z[1] >= hinge) if jumps else (
            (z[0] < hinge) & (z[1] > hinge)
        )  # fmt: skip
        if jumps:
            low, high = np.where(crossed, -np.inf, low), np.where(crossed, np.inf, high)
            continue
        beyond = slopes(name, parameters, np.full_like(z[0], hinge))
        low = np.where(crossed, np.minimum(low, beyond), low)
        high = np.where(crossed, np.maximum(high, beyond), high)
    return low, high


def _of_terms(one: Neuron, x: Interval) -> Interval:
    """Where the slope of an aggregation by each of its sources can lie."""
    w = one.weights[:, None]
    aggregation = AGGREGATIONS[one.name]
    if aggregation.extreme:
        return _of_extreme(one, x)
    if aggregation.reducer == "multiply":
        return _of_product(one, x)
    low, high = x[0] - w, x[1] - w
    if aggregation.term.hinged:
        return np.where(low >= 0, 1.0, -1.0), np.where(high <= 0, -1.0, 1.0)
    if aggregation.finish == "root":
        return np.where(low >= 0, 0.0, -1.0), np.where(high <= 0, 0.0, 1.0)
    return 2 * low, 2 * high


def _of_product(one: Neuron, x: Interval) -> Interval:
    """Each factor's own slope times the other factors."""
    low, high = np.empty_like(x[0]), np.empty_like(x[1])
    exponents = one.weights.tolist()
    each = [powers(x[0][i], x[1][i], exponent) for i, exponent in enumerate(exponents)]
    for i, exponent in enumerate(exponents):
        own = powers(x[0][i], x[1][i], exponent - 1)
        weight = np.full_like(own[0], exponent)
        slope = times((weight, weight), own)
        for j, other in enumerate(each):
            slope = slope if i == j else times(slope, other)
        low[i], high[i] = slope
    return low, high


def _of_extreme(one: Neuron, x: Interval) -> Interval:
    w = one.weights[:, None]
    sign = AGGREGATIONS[one.name].extreme
    low, high = times((sign * w, sign * w), x)
    others = [np.delete(low, i, axis=0).max(axis=0, initial=-np.inf) for i in range(len(w))]
    rivals = [np.delete(high, i, axis=0).max(axis=0, initial=-np.inf) for i in range(len(w))]
    possible, certain = high >= np.array(others), low > np.array(rivals)
    some = np.where(possible, w, 0.0)
    return (
        np.where(certain, w, np.minimum(some, 0.0)),
        np.where(certain, w, np.maximum(some, 0.0)),
    )


def _through_group(stage: Stage, adjoint: Interval, units: Interval) -> Interval:
    if stage.layer.group is None:
        return adjoint
    own = units[0][stage.own], units[1][stage.own]
    if stage.layer.group == "softmax":
        return _through_softmax(adjoint, own)
    # Shares have poles, and winners jump; one that cannot change has no slope at all.
    still = (own[0] == own[1]) & stage.group_jumps
    moves = (~still & ((adjoint[0] != 0) | (adjoint[1] != 0))).any(axis=0)
    shape = adjoint[0].shape
    open_ = np.broadcast_to(np.where(moves, np.inf, 0.0), shape)
    return -open_, open_.copy()


def _through_softmax(adjoint: Interval, s: Interval) -> Interval:
    """Row j's slope by a_k is s_j (1 - s_j) for k = j, and -s_j s_k otherwise."""
    low, high = np.zeros_like(s[0]), np.zeros_like(s[1])
    for j in range(len(s[0])):
        row = adjoint[0][j], adjoint[1][j]
        for k in range(len(s[0])):
            other = (1 - s[1][k], 1 - s[0][k]) if j == k else (-s[1][k], -s[0][k])
            part = times(row, times((s[0][j], s[1][j]), other))
            low[k] += part[0]
            high[k] += part[1]
    return low, high
