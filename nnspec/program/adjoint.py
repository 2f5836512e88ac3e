"""Backwards through a program: slopes by every unit, at many points at once.

What is weighed by an adjoint has, by each unit before a tier, the slope that the chain rule gives:
by z it is the slope by a times f'(z), by a source the sum over the neurons that read it of the
slope by z times that of the aggregation (Griewank, Walther (2008), Evaluating derivatives,
chapter 3, doi:10.1137/1.9780898717761).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import Aggregation
from nnspec.functions.groups import GROUPS
from nnspec.program.forward import Trace, aggregated
from nnspec.program.program import Floats, Program, Tier


def backward(program: Program, adjoint: Floats, trace: Trace, first: int, last: int) -> Floats:
    """The slope of what ``adjoint`` weighs by each unit before a tier.

    ``adjoint`` has shape (n_units, n_points) and is used up.
    """
    for index in reversed(range(first, last)):
        tier = program.tiers[index]
        own = adjoint[tier.own]
        if not own.any():
            continue
        by_a = own
        if tier.layer.group is not None:
            adjoint_of = GROUPS[tier.layer.group].adjoint
            by_a = np.asarray(adjoint_of(np, own, trace.a[index], trace.values[tier.own]))
        push(program, index, by_pre_activations(tier, by_a, trace.z[index]), trace, adjoint)
        adjoint[tier.own] = 0.0
    return adjoint


def push(program: Program, index: int, by_z: Floats, trace: Trace, adjoint: Floats) -> None:
    """Add what slopes by a tier's z mean for its sources."""
    tier = program.tiers[index]
    by_source = np.asarray(tier.weights.T @ by_z)
    for one in tier.gathered:
        own = by_z[one.row]
        if own.any():
            slope = aggregation_slope(one.aggregation, one.weights, trace.values[tier.sources(one)])
            by_source[one.columns] += np.where(own == 0, 0.0, own * _finite(slope))
    if tier.each_once:
        adjoint[tier.layer.sources] += by_source
    else:
        np.add.at(adjoint, tier.layer.sources, by_source)


def by_pre_activations(tier: Tier, by_a: Floats, z: Floats) -> Floats:
    """From the slope by each a to the slope by each z."""
    if tier.identity.all():
        return by_a
    result = np.zeros_like(by_a)
    for segment in tier.layer.activations:
        own = by_a[segment.rows]
        if own.any():
            by_z = slopes(segment.name, segment.parameters, z[segment.rows])
            result[segment.rows] = np.where(own == 0, 0.0, own * _finite(by_z))
    return result


def _finite(slope: Floats) -> Floats:
    """Slopes with 0 for what has no number, such as that of a root at 0.

    Along a line that is either one point, which weighs nothing, or a z that rests there, of which
    nothing follows. What is undefined itself, as beyond a pole, its value tells.
    """
    return np.asarray(np.where(np.isfinite(slope), slope, 0.0))


# -- activations ----------------------------------------------------------------------------------


def slopes(name: str, parameters: Mapping[str, Any], z: Floats) -> Floats:
    """The derivative of an activation at each z.

    Examples
    --------
    >>> slopes("relu", {}, np.array([-2.0, 3.0]))
    array([0., 1.])
    """
    record = ACTIVATIONS[name]
    if record.is_identity(**parameters):
        return np.ones_like(z)
    if record.piecewise_linear:
        return _of_pieces(name, parameters, z)
    with np.errstate(all="ignore"):
        found = record.slopes(np, z, **parameters)
        return np.asarray(np.where(np.isfinite(z), found, np.nan))


def _of_pieces(name: str, parameters: Mapping[str, Any], z: Floats) -> Floats:
    """The slope of the straight piece that each z lies on."""
    record = ACTIVATIONS[name]
    hinges = sorted(record.hinges(**parameters))
    inside = [hinges[0] - 1.0, *hinges] if hinges else [0.0]
    each = np.array([record.derivative(x, **parameters) for x in inside])
    return np.asarray(each[np.searchsorted(hinges, z, side="right")], dtype=np.float64)


# -- aggregations and groups ----------------------------------------------------------------------


def aggregation_slope(aggregation: Aggregation, weights: Floats, x: Floats) -> Floats:
    """The slope of an aggregation by each of its sources x: (n, n_points).

    That of the finish, times that of the reducer by each term, times that of each term; of terms
    of equal right to be the extreme the first has it, and a distance of 0 has none.
    """
    w = weights[:, None]
    slope = aggregation.term.slope(np, w, x)
    if aggregation.extreme:
        chosen = np.argmax(aggregation.extreme * aggregation.term.vector(np, w, x), axis=0)
        slope = np.where(np.arange(len(w))[:, None] == chosen, slope, 0.0)
    elif aggregation.reducer == "multiply":
        slope = slope * _products_of_others(aggregation.term.vector(np, w, x))
    if aggregation.finish == "divide":
        return np.asarray(slope / len(w))
    if aggregation.finish == "root":
        root = aggregated(aggregation, weights, x)
        return np.asarray(np.where(root == 0, 0.0, slope / np.where(root, 2 * root, 1.0)))
    return np.asarray(slope)


def _products_of_others(values: Floats) -> Floats:
    """For each row the product of all others; a division would lose zeros."""
    others = [np.prod(np.delete(values, i, axis=0), axis=0) for i in range(len(values))]
    return np.array(others).reshape(values.shape)
