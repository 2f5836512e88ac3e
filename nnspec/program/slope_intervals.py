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
from nnspec.program.program import Floats, Program, Tier, written_ends
from nnspec.spec.model import Input

NEXT = 4 * UNIT
"""How far, relatively, the slope of a straight piece may be from the one that is meant."""


def backward_boxes(
    program: Program, boxes: Boxes, terms: Mapping[int, tuple[float, float]]
) -> Interval:
    """Where the slope of a sum of units by each unit of the inputs can lie.

    Parameters
    ----------
    program, boxes
        The program, and where its units lie.
    terms
        By unit, between what its factor in the sum lies: 1 and 1 of one unit alone.

    Returns
    -------
    Interval
        Shapes (n_input_units, n_boxes).
    """
    adjoint = np.zeros_like(boxes.units[0]), np.zeros_like(boxes.units[0])
    for unit, (least, greatest) in terms.items():
        adjoint[0][unit], adjoint[1][unit] = least, greatest
    with np.errstate(all="ignore"):
        for index in reversed(range(len(program.tiers))):
            tier = program.tiers[index]
            if index not in boxes.z:
                continue  # behind all that is asked for
            for unit in boxes.held:  # what is held does not move
                for side in adjoint:
                    side[unit] = np.where(np.isfinite(boxes.held[unit][0]), 0.0, side[unit])
            own = adjoint[0][tier.own], adjoint[1][tier.own]
            if own[0].any() or own[1].any():
                by_z = _by_pre_activations(tier, own, boxes, index)
                _push(tier, by_z, boxes, adjoint, balanced=_is_balanced(program, index))
    free = program.network.n_input_units
    low, high = adjoint[0][:free], adjoint[1][:free]
    unknown = np.isnan(low) | np.isnan(high)
    return np.where(unknown, -np.inf, low), np.where(unknown, np.inf, high)


def _by_pre_activations(tier: Tier, own: Interval, boxes: Boxes, index: int) -> Interval:
    """From slopes by a tier's results to slopes by each z."""
    after = boxes.units[0][tier.own], boxes.units[1][tier.own]
    by_a = _through_group(tier, own, boxes.z[index], after)
    low, high = np.zeros_like(by_a[0]), np.zeros_like(by_a[1])
    for segment in tier.layer.activations:
        rows = segment.rows
        z = boxes.z[index][0][rows], boxes.z[index][1][rows]
        slope = slope_interval(segment.name, segment.parameters, z)
        low[rows], high[rows] = times((by_a[0][rows], by_a[1][rows]), slope)
    return low, high


def _is_balanced(program: Program, index: int) -> bool:
    """Whether slopes by a tier's z sum to 0: softmax heeds nothing but differences of them."""
    after = program.tiers[index + 1 : index + 2]
    group = after[0].layer.group if after else None
    return (
        group is not None and GROUPS[group].exponential and bool(program.tiers[index].linear.all())
    )


def _push(
    tier: Tier, by_z: Interval, boxes: Boxes, adjoint: Interval, *, balanced: bool = False
) -> None:
    """Add what slopes by a tier's z mean for its sources."""
    _add(adjoint, tier.layer.sources, _balanced(tier, by_z) if balanced else _summed(tier, by_z))
    for one in tier.gathered:
        sources = tier.sources(one)
        x = boxes.units[0][sources], boxes.units[1][sources]
        own = aggregation_slope_interval(one.aggregation, one.weight_ends, x)
        share = times((by_z[0][one.row][None, :], by_z[1][one.row][None, :]), own)
        _add(adjoint, sources, share)


def _summed(tier: Tier, by_z: Interval) -> Interval:
    return sums(tier.weights.T, by_z)


def _balanced(tier: Tier, by_z: Interval) -> Interval:
    """``sum_k b_k w_k`` where the b sum to 0, as ``sum_k b_k (w_k - w_j)``: of one sign more often.

    j is the neuron that matters most. Where weights make a sum no narrower, the plain one serves.
    """
    most = int(np.abs(np.nan_to_num(np.maximum(-by_z[0], by_z[1]))).sum(axis=1).argmax())
    low, high = written_ends(tier.weights[:, :, None])
    plain = _summed(tier, by_z)
    total = np.zeros_like(plain[0]), np.zeros_like(plain[1])
    for row in range(len(low)):
        if row != most:
            apart = plus((low[row], high[row]), (-high[most], -low[most]))
            total = plus(total, times((by_z[0][row][None], by_z[1][row][None]), apart))
    return np.maximum(plain[0], total[0]), np.minimum(plain[1], total[1])


def _add(adjoint: Interval, units: Any, share: Interval) -> None:
    """Add to some units, one after the other: each may stand there twice."""
    for at, low, high in zip(units.tolist(), *share, strict=True):
        adjoint[0][at], adjoint[1][at] = plus((adjoint[0][at], adjoint[1][at]), (low, high))


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
    turns, way = record.known(**parameters).slope_turns, record.monotonicity(**parameters)
    if turns is not None:
        for turn, own in zip(turns, slopes(name, parameters, np.array(turns)), strict=True):
            inside = (z[0] < turn) & (z[1] > turn)
            low = np.where(inside, np.minimum(low, own), low)
            high = np.where(inside, np.maximum(high, own), high)
        known = np.isfinite(low) & np.isfinite(high)
        low, high = widened((low, high))
        least = 0.0 if way == "increasing" else -np.inf
        most = 0.0 if way == "decreasing" else np.inf
        return (
            np.where(known, np.maximum(low, least), least),
            np.where(known, np.minimum(high, most), most),
        )
    most = record.lipschitz(**parameters)
    bounds = 0.0 if way == "increasing" else -most, 0.0 if way == "decreasing" else most
    low, high = widened((np.full_like(low, bounds[0]), np.full_like(high, bounds[1])))
    return (low if bounds[0] else np.zeros_like(low)), (high if bounds[1] else np.zeros_like(high))


def _of_pieces(name: str, parameters: Mapping[str, Any], z: Interval) -> Interval:
    record = ACTIVATIONS[name]
    hinges, jumps = sorted(record.hinges(**parameters)), record.jumps(**parameters)
    low, high = slopes(name, parameters, z[0]), slopes(name, parameters, z[0])
    way = record.monotonicity(**parameters)
    down, up = 0.0 if way == "increasing" else -np.inf, 0.0 if way == "decreasing" else np.inf
    for hinge in hinges:
        if jumps:
            crossed = (z[0] <= hinge) & (z[1] >= hinge)
            low, high = np.where(crossed, down, low), np.where(crossed, up, high)
            continue
        crossed = (z[0] < hinge) & (z[1] > hinge)
        beyond = slopes(name, parameters, np.full_like(z[0], hinge))
        low = np.where(crossed, np.minimum(low, beyond), low)
        high = np.where(crossed, np.maximum(high, beyond), high)
    return widened((low, high), NEXT, 0.0)


def aggregation_slope_interval(
    aggregation: Aggregation, weights: Interval, x: Interval
) -> Interval:
    """Where the slope of an aggregation by each of its sources can lie: (n, n_boxes).

    That of each term, times that of the reducer by the term, times that of the finish. Weights are
    intervals of shape (n, 1), as in :func:`~nnspec.program.intervals.aggregated_interval`.
    """
    slope = _term_slope(aggregation, weights, x)
    if aggregation.extreme:
        slope = times(slope, _chosen(aggregation, weights, x))
    elif aggregation.reducer == "multiply":
        slope = _times_others(slope, term_interval(aggregation, weights, x))
    if aggregation.finish == "divide":
        share = np.full_like(x[0], 1 / len(weights[0]))
        return times(slope, widened((share, share), NEXT, 0.0))
    if aggregation.finish == "root":
        return _rooted(aggregation, weights, x, slope)
    return slope


def _term_slope(aggregation: Aggregation, weights: Interval, x: Interval) -> Interval:
    term = aggregation.term
    if term.linear:
        return np.broadcast_to(weights[0], x[0].shape), np.broadcast_to(weights[1], x[0].shape)
    if term.hinged or term.squared:
        low, high = plus(x, (-weights[1], -weights[0]))
        if term.hinged:
            return np.where(low >= 0, 1.0, -1.0), np.where(high <= 0, -1.0, 1.0)
        return 2 * low, 2 * high
    each = [_slopes_of_terms(aggregation, w, x) for w in weights]
    return np.minimum(each[0][0], each[1][0]), np.maximum(each[0][1], each[1][1])


def _slopes_of_terms(aggregation: Aggregation, w: Floats, x: Interval) -> Interval:
    term = aggregation.term
    if not term.raises:
        return widened(hull(lambda at: term.slope(np, w, at), term.turns(w), x))
    rows = [
        times((np.full_like(x[0][i], e), np.full_like(x[0][i], e)), powers(x[0][i], x[1][i], e - 1))
        for i, e in enumerate(w[:, 0].tolist())
    ]
    return np.array([low for low, _ in rows]), np.array([high for _, high in rows])


def _chosen(aggregation: Aggregation, weights: Interval, x: Interval) -> Interval:
    """Whether each term is the extreme: 1 for certain, 0 for certain, or perhaps."""
    low, high = term_interval(aggregation, weights, x)
    if aggregation.extreme < 0:
        low, high = -high, -low
    others = range(len(low))
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


def _rooted(aggregation: Aggregation, weights: Interval, x: Interval, slope: Interval) -> Interval:
    """The slope of a root is 1 / (2 root); of a sum of squares it is never beyond 1."""
    root = aggregated_interval(aggregation, weights, x)
    half = widened((0.5 / root[1], 0.5 / root[0]), NEXT)
    low, high = times(slope, half)
    if aggregation.reducer == "add" and aggregation.term.squared:
        low, high = np.maximum(low, -1.0), np.minimum(high, 1.0)
    return np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)


# -- groups and inputs ----------------------------------------------------------------------------


def _through_group(tier: Tier, adjoint: Interval, a: Interval, own: Interval) -> Interval:
    if tier.layer.group is None:
        return adjoint
    if GROUPS[tier.layer.group].exponential:
        return _through_softmax(adjoint, own)
    if GROUPS[tier.layer.group].shares:
        return _through_shares(adjoint, a, own)
    # Winners jump; one that cannot change has no slope at all.
    still = (own[0] == own[1]) & tier.group_jumps
    moves = (~still & ((adjoint[0] != 0) | (adjoint[1] != 0))).any(axis=0)
    shape = adjoint[0].shape
    open_ = np.broadcast_to(np.where(moves, np.inf, 0.0), shape)
    return -open_, open_.copy()


def _through_shares(adjoint: Interval, a: Interval, s: Interval) -> Interval:
    """Row j's slope by a_k is (1 - s_j) / t for k = j, and -s_j / t otherwise; t is the sum."""
    total = sums(np.ones((1, len(a[0]))), a)
    known = (a[0] >= 0).all(axis=0) & (total[0][0] > 0)
    inverse = widened((1 / total[1][0], 1 / total[0][0]), NEXT, 0.0)
    rest = plus((-s[1], -s[0]), (np.ones_like(s[0]), np.ones_like(s[0])))
    low, high = np.zeros_like(s[0]), np.zeros_like(s[1])
    for j in range(len(low)):
        own = adjoint[0][j], adjoint[1][j]
        for k in range(len(low)):
            other = (rest[0][j], rest[1][j]) if j == k else (-s[1][j], -s[0][j])
            part = times(times(own, other), inverse)
            low[k], high[k] = plus((low[k], high[k]), part)
    return np.where(known, low, -np.inf), np.where(known, high, np.inf)


def _through_softmax(adjoint: Interval, s: Interval) -> Interval:
    """Row j's slope by a_k is s_j (1 - s_j) for k = j, and -s_j s_k otherwise."""
    low, high = np.zeros_like(s[0]), np.zeros_like(s[1])
    rest = plus((-s[1], -s[0]), (np.ones_like(s[0]), np.ones_like(s[0])))
    for j in range(len(s[0])):
        by_own = times((adjoint[0][j], adjoint[1][j]), (s[0][j], s[1][j]))
        for k in range(len(s[0])):
            other = (rest[0][j], rest[1][j]) if j == k else (-s[1][k], -s[0][k])
            part = times(by_own, other)
            low[k], high[k] = plus((low[k], high[k]), part)
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
