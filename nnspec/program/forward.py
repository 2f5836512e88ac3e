"""Forward through a program: every unit at many points at once.

Arrays hold units in rows and points in columns; :mod:`nnspec.program.program` says what is what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import Aggregation
from nnspec.functions.expressions.arrays import arrays
from nnspec.functions.groups import GROUPS
from nnspec.program.program import Floats, Program, Tier


@dataclass(frozen=True, eq=False)
class Trace:
    """Every unit at some points, and by tier each neuron's z and its a before any group."""

    values: Floats
    z: dict[int, Floats] = field(default_factory=dict)
    a: dict[int, Floats] = field(default_factory=dict)


def forward(
    program: Program,
    values: Floats,
    first: int = 0,
    last: int | None = None,
    held: Mapping[int, Floats] | None = None,
) -> Trace:
    """Every unit, from the values of those before a tier.

    Parameters
    ----------
    program
        The network.
    values
        Shape (n_units, n_points); units of tiers from ``first`` to before ``last`` are filled in.
    held
        By tier, what its jumping rows are held at, whatever their z.
    """
    trace = Trace(values)
    for index in range(first, len(program.tiers) if last is None else last):
        tier = program.tiers[index]
        trace.z[index] = pre_activations(tier, values)
        trace.a[index] = activations(tier, trace.z[index])
        result = _grouped(tier, trace.a[index])
        if held is not None and index in held:
            result[tier.jumping] = held[index]
        values[tier.own] = result
    return trace


def at_row(program: Program, units: Mapping[str, float]) -> Floats:
    """Every unit at one point, shape (n_units,), from those of the inputs by their names."""
    values = np.zeros((program.n_units, 1))
    for name in program.network.units[: program.network.n_input_units]:
        values[program.number[name]] = units[name]
    with np.errstate(all="ignore"):
        return np.asarray(forward(program, values).values[:, 0])


def pre_activations(tier: Tier, values: Floats) -> Floats:
    """Every neuron's z."""
    x = values[tier.layer.sources]
    z = tier.weights @ x if x.size else np.zeros((len(tier.layer.neurons), values.shape[1]))
    for one in tier.gathered:
        z[one.row] = aggregated(one.aggregation, one.weights, x[one.columns])
    return np.asarray(z + tier.layer.bias[:, None])


def aggregated(aggregation: Aggregation, weights: Floats, x: Floats) -> Floats:
    """What an aggregation makes of sources x, (n, n_points), and their weights, (n,)."""
    terms = aggregation.term.vector(np, weights[:, None], x)
    total = getattr(np, aggregation.reducer).reduce(terms, axis=0)
    return np.asarray(aggregation.finished(arrays(np), total, len(weights)))


def activations(tier: Tier, z: Floats) -> Floats:
    """Every neuron's a, before any group acts."""
    if tier.identity.all():
        return z
    a = np.empty_like(z)
    for segment in tier.layer.activations:
        function = ACTIVATIONS[segment.name]
        a[segment.rows] = function.vector(np, z[segment.rows], **segment.parameters)
    return a


def _grouped(tier: Tier, a: Floats) -> Floats:
    if tier.layer.group is None:
        return a
    order = tier.layer.group_order
    result = np.empty_like(a)
    result[order] = GROUPS[tier.layer.group].vector(np, a[order])
    return result
