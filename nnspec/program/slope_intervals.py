"""Backwards through a program over boxes: how steep an output can be, for certain.

An interval of slopes holds the slope at every point of a box, and so (by the mean value theorem,
and where a function bends by its one-sided slopes) every secant between two of its points. Open
sides say that nothing is known: a jump in the box, or a pole. Rounding is outward, as in
:mod:`nnspec.program.intervals`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import Aggregation
from nnspec.functions.groups import GROUPS
from nnspec.functions.transforms import TRANSFORMS
from nnspec.program.adjoint import slopes
from nnspec.program.intervals import (
    UNIT,
    Boxes,
    Interval,
    aggregated_interval,
    hull,
    plus,
    powers,
    sums,
    term_interval,
    times,
    widened,
)
from nnspec.program.program import Floats, Program, Tier
from nnspec.spec.model import Input

NEXT = 4 * UNIT
"""How far, relatively, the slope of a straight piece may be from the one that is meant."""


def backward_boxes(program: Program, boxes: Boxes, target: int) -> Interval:
    """Where the slope of a unit by each unit of the inputs can lie: (n_input_units, n_boxes)."""
    adjoint = np.zeros_like(boxes.units[0]), np.zeros_like(boxes.units[0])
    adjoint[0][target] = adjoint[1][target] = 1.0
    with np.errstate(all="ignore"):
        for index in reversed(range(program.tier_of(target) + 1)):
            tier = program.tiers[index]
            own = adjoint[0][tier.own], adjoint[1][tier.own]
            if own[0].any() or own[1].any():
                _push(tier, _by_pre_activations(tier, own, boxes, index), boxes, adjoint)
    free = program.network.n_input_units
    low, high = adjoint[0][:free], adjoint[1][:free]
    unknown = np.isnan(low) | np.isnan(high)
    return np.where(unknown, -np.inf, low), np.where(unknown, np.inf, high)


def _by_pre_activations(tier: Tier, own: Interval, boxes: Boxes, index: int) -> Interval:
    """From slopes by a tier's results to slopes by each z."""
    by_a = _through_group(tier, own, (boxes.units[0][tier.own], boxes.units[1][tier.own]))
    low, high = np.zeros_like(by_a[0]), np.zeros_like(by_a[1])
    for segment in tier.layer.activations:
        rows = segment.rows
        z = boxes.z[index][0][rows], boxes.z[index][1][rows]
        slope = slope_interval(segment.name, segment.parameters, z)
        low[rows], high[rows] = times((by_a[0][rows], by_a[1][rows]), slope)
    return low, high


def _push(tier: Tier, by_z: Interval, boxes: Boxes, adjoint: Interval) -> None:
    """Add what slopes by a tier's z mean for its sources."""
    _add(adjoint, tier.layer.sources, sums(tier.weights.T, by_z))
    for one in tier.gathered:
        sources = tier.sources(one)
        x = boxes.units[0][sources], boxes.units[1][sources]
        own = aggregation_slope_interval(one.aggregation, one.weights, x)
        share = times((by_z[0][one.row][None, :], by_z[1][one.row][None, :]), own)
        _add(adjoint, sources, share)


def _add(adjoint: Interval, units: Any, share: Interval) -> None:
    """Add to some units, one after the other: each may stand there twice."""
    for at, low, high in zip(units.tolist(), *share, strict=True):
        adjoint[0][at] = plus((adjoint[0][at], adjoint[0][at]), low)[0]
        adjoint[1][at] = plus((adjoint[1][at], adjoint[1][at]), high)[1]


def slope_interval(name: str, parameters: Mapping[str, Any], z: Interval) -> Interval:
    """Where the slope of an activation can lie."""
    record = ACTIVATIONS[name]
    if record.is_identity(**parameters):
        return np.ones_like(z[0]), np.ones_like(z[0])
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
        low, high = widened((low, high))
        return np.where(known, low, -np.inf), np.where(known, high, np.inf)
    most = record.lipschitz(**parameters)
    way = record.monotonicity(**parameters)
    bounds = 0.0 if way == "increasing" else -most, 0.0 if way == "decreasing" else most
    low, high = widened((np.full_like(low, bounds[0]), np.full_like(high, bounds[1])))
    return (low if bounds[0] else np.zeros_like(low)), (high if bounds[1] else np.zeros_like(high))


def _of_pieces(name: str, parameters: Mapping[str, Any], z: Interval) -> Interval:
    record = ACTIVATIONS[name]
    hinges, jumps = sorted(record.hinges(**parameters)), record.jumps(**parameters)
    low, high = slopes(name, parameters, z[0]), slopes(name, parameters, z[0])
    for hinge in hinges:
        if jumps:
            crossed = (z[0] <= hinge) & (z[1] >= hinge)
            low, high = np.where(crossed, -np.inf, low), np.where(crossed, np.inf, high)
            continue
        crossed = (z[0] < hinge) & (z[1] > hinge)
        beyond = slopes(name, parameters, np.full_like(z[0], hinge))
        low = np.where(crossed, np.minimum(low, beyond), low)
        high = np.where(crossed, np.maximum(high, beyond), high)
    return widened((low, high), NEXT, 0.0)


def aggregation_slope_interval(aggregation: Aggregation, weights: Floats, x: Interval) -> Interval:
    """Where the slope of an aggregation by each of its sources can lie: (n, n_boxes).

    That of each term, times that of the reducer by the term, times that of the finish.
    """
    w = weights[:, None]
    slope = _term_slope(aggregation, w, x)
    if aggregation.extreme:
        slope = times(slope, _chosen(aggregation, w, x))
    elif aggregation.reducer == "multiply":
        slope = _times_others(slope, term_interval(aggregation, w, x))
    if aggregation.finish == "divide":
        share = np.full_like(x[0], 1 / len(weights))
        return times(slope, widened((share, share), NEXT, 0.0))
    if aggregation.finish == "root":
        return _rooted(aggregation, weights, x, slope)
    return slope


def _term_slope(aggregation: Aggregation, w: Floats, x: Interval) -> Interval:
    term = aggregation.term
    whole = np.broadcast_to(w, x[0].shape)
    if term.linear:
        return whole, whole
    if term.raises:
        rows = [
            times((whole[i], whole[i]), powers(x[0][i], x[1][i], e - 1))
            for i, e in enumerate(w[:, 0].tolist())
        ]
        return np.array([low for low, _ in rows]), np.array([high for _, high in rows])
    if not (term.hinged or term.squared):
        return widened(hull(lambda at: term.slope(np, w, at), term.turns(w), x))
    low, high = plus(x, -w)
    if term.hinged:
        return np.where(low >= 0, 1.0, -1.0), np.where(high <= 0, -1.0, 1.0)
    return 2 * low, 2 * high


def _chosen(aggregation: Aggregation, w: Floats, x: Interval) -> Interval:
    """Whether each term is the extreme: 1 for certain, 0 for certain, or perhaps."""
    low, high = term_interval(aggregation, w, x)
    if aggregation.extreme < 0:
        low, high = -high, -low
    others = range(len(w))
    rest_low = [np.delete(low, i, axis=0).max(axis=0, initial=-np.inf) for i in others]
    rest_high = [np.delete(high, i, axis=0).max(axis=0, initial=-np.inf) for i in others]
    return (low > np.array(rest_high)).astype(np.float64), (high >= np.array(rest_low)).astype(
        np.float64
    )


def _times_others(slope: Interval, terms: Interval) -> Interval:
    """Each term's own slope times the other terms."""
    low, high = np.empty_like(slope[0]), np.empty_like(slope[1])
    for i in range(len(low)):
        own = slope[0][i], slope[1][i]
        for j in range(len(low)):
            if j != i:
                own = times(own, (terms[0][j], terms[1][j]))
        low[i], high[i] = own
    return low, high


def _rooted(aggregation: Aggregation, weights: Floats, x: Interval, slope: Interval) -> Interval:
    """The slope of a root is 1 / (2 root); of a sum of squares it is never beyond 1."""
    root = aggregated_interval(aggregation, weights, x)
    half = widened((0.5 / root[1], 0.5 / root[0]), NEXT)
    low, high = times(slope, half)
    if aggregation.reducer == "add" and aggregation.term.squared:
        low, high = np.maximum(low, -1.0), np.minimum(high, 1.0)
    return np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)


# -- groups and inputs ----------------------------------------------------------------------------


def _through_group(tier: Tier, adjoint: Interval, own: Interval) -> Interval:
    if tier.layer.group is None:
        return adjoint
    if GROUPS[tier.layer.group].exponential:
        return _through_softmax(adjoint, own)
    # Shares have poles, and winners jump; one that cannot change has no slope at all.
    still = (own[0] == own[1]) & tier.group_jumps
    moves = (~still & ((adjoint[0] != 0) | (adjoint[1] != 0))).any(axis=0)
    shape = adjoint[0].shape
    open_ = np.broadcast_to(np.where(moves, np.inf, 0.0), shape)
    return -open_, open_.copy()


def _through_softmax(adjoint: Interval, s: Interval) -> Interval:
    """Row j's slope by a_k is s_j (1 - s_j) for k = j, and -s_j s_k otherwise."""
    low, high = np.zeros_like(s[0]), np.zeros_like(s[1])
    rest = plus((-s[1], -s[0]), np.ones_like(s[0]))
    for j in range(len(s[0])):
        by_own = times((adjoint[0][j], adjoint[1][j]), (s[0][j], s[1][j]))
        for k in range(len(s[0])):
            other = (rest[0][j], rest[1][j]) if j == k else (-s[1][k], -s[0][k])
            part = times(by_own, other)
            low[k] = plus((low[k], low[k]), part[0])[0]
            high[k] = plus((high[k], high[k]), part[1])[1]
    return low, high


def transform_slope_interval(item: Input, low: Floats, high: Floats) -> Interval:
    """Where the slope of an input's transforms can lie: that of each step, multiplied."""
    slope: Interval = (np.ones_like(low), np.ones_like(low))
    ends = np.array([low, high])
    for step in item.transforms:
        record = TRANSFORMS[step.kind]
        slope = times(slope, widened(record.slope_image(np, ends, *step.parameters), NEXT, 0.0))
        after = np.array(record.vector(np, ends, *step.parameters))
        ends = np.array([after.min(axis=0), after.max(axis=0)])
    return slope
