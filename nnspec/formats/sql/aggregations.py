"""Pre-activations in SQL: how each aggregation brings a neuron's synapses together."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import TypeAlias

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import quote
from nnspec.formats.sql.dialects import MAX_TERMS, SETTLED
from nnspec.formats.sql.functions import SMALL, Functions
from nnspec.formats.sql.plans import NeuronPlan, Source
from nnspec.formats.sql.sizes import TINIEST
from nnspec.formats.sql.terms import (
    DOUBLE,
    Term,
    absolute,
    add,
    all_of,
    call,
    case,
    cast,
    column,
    compare,
    divide,
    multiply,
    negative,
    number,
    subtract,
)

Reducer: TypeAlias = Callable[[Functions, NeuronPlan], Term | None]


def pre_activation(f: Functions, plan: NeuronPlan) -> Term:
    """A neuron's z: bias + reduce over synapses of pointwise(weight, source).

    Raises
    ------
    CannotError
        If the dialect cannot hold it.
    """
    _check(f, plan)
    reduced = REDUCERS[plan.aggregation](f, plan)
    if reduced is None:
        return cast(number(plan.bias), DOUBLE)
    return reduced if plan.bias == 0 else add(reduced, number(plan.bias))


def _check(f: Functions, plan: NeuronPlan) -> None:
    if len(plan.synapses) > MAX_TERMS:
        raise CannotError(
            f"neuron {quote(plan.name)} has {len(plan.synapses):,} synapses: in SQL a sum may have "
            f"{MAX_TERMS}, as engines bound how deep an expression nests"
        )
    largest = max([abs(plan.bias), *(abs(weight) for weight, _ in plan.synapses)])
    if f.dialect.raises and largest > SETTLED:
        raise CannotError(
            f"neuron {quote(plan.name)} has a weight of magnitude {largest:g}: "
            f"{f.dialect.title}, where an overflow is an error, takes up to {SETTLED:g}"
        )


def _products(f: Functions, plan: NeuronPlan) -> list[Term]:
    return [_weighted(f, weight, source) for weight, source in plan.synapses]


def _weighted(f: Functions, weight: float, source: Source) -> Term:
    x = column(source.column)
    if weight == 0:
        return number(0.0)
    if abs(weight) == 1:
        return x if weight > 0 else negative(x)
    product = multiply(number(weight), x)
    underflows = abs(weight) * source.size.least < TINIEST or abs(weight) < 1e-200
    if not (f.dialect.raises and underflows):
        return product
    least = min(1.0, SMALL / abs(weight)) if abs(weight) < 1 else SMALL
    return case([(compare(absolute(x), ">=", least), product)], number(0.0))


def _sum(f: Functions, plan: NeuronPlan) -> Term | None:
    counted = [(w, s) for w, s in plan.synapses if w != 0]
    total: Term | None = None
    for weight, source in counted:
        # A synapse of a negative weight is taken away: the same bits, and easier to read.
        if total is not None and weight < 0:
            total = subtract(total, _weighted(f, -weight, source))
        else:
            term = _weighted(f, weight, source)
            total = term if total is None else add(total, term)
    return total


def _mean(f: Functions, plan: NeuronPlan) -> Term | None:
    total = _sum(f, plan)
    return None if total is None else divide(total, number(len(plan.synapses)))


def _extreme(name: str) -> Reducer:
    def write(f: Functions, plan: NeuronPlan) -> Term | None:
        terms = _products(f, plan)
        found: Term = getattr(f, name)(terms)
        return cast(found, DOUBLE) if all(w == 0 for w, _ in plan.synapses) else found

    return write


def _product(f: Functions, plan: NeuronPlan) -> Term | None:
    most = 10.0 ** (140 / max(1, len(plan.synapses)))
    factors = [_factor(f, weight, source, most) for weight, source in plan.synapses if weight != 0]
    return reduce(multiply, factors) if factors else cast(number(1.0), DOUBLE)


def _factor(f: Functions, weight: float, source: Source, most: float) -> Term:
    """One factor of a product; where arithmetic raises errors, held to its share of the range."""
    x = column(source.column)
    if not f.dialect.raises:
        return f.power(x, weight)
    reach = min(math.log10(most) / abs(weight), 300.0)
    within = [compare(absolute(x), "<=", 10.0**reach), compare(absolute(x), ">=", 10.0**-reach)]
    branches = [(all_of(within), f.power(x, weight))]
    if weight > 0:
        branches.append((compare(x, "=", 0.0), number(0.0)))
    return case(branches)


def _differences(plan: NeuronPlan) -> list[Term]:
    return [
        subtract(column(s.column), number(w)) if w != 0 else column(s.column)
        for w, s in plan.synapses
    ]


def _squared_distance(f: Functions, plan: NeuronPlan) -> Term | None:
    squares = [f.square(difference) for difference in _differences(plan)]
    return reduce(add, squares) if squares else None


def _distance(f: Functions, plan: NeuronPlan) -> Term | None:
    total = _squared_distance(f, plan)
    return None if total is None else call("SQRT", total)


def _manhattan(_f: Functions, plan: NeuronPlan) -> Term | None:
    sizes = [absolute(difference) for difference in _differences(plan)]
    return reduce(add, sizes) if sizes else None


REDUCERS: dict[str, Reducer] = {
    "sum": _sum,
    "mean": _mean,
    "max": _extreme("greatest"),
    "min": _extreme("least"),
    "product": _product,
    "distance": _distance,
    "squared-distance": _squared_distance,
    "manhattan": _manhattan,
}
"""Every aggregation by name; None stands for 0."""
