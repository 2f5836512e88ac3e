"""Pre-activations in SQL: how each aggregation brings a neuron's synapses together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import quote
from nnspec.formats.sql.bounds import Bounds, constant, product, total
from nnspec.formats.sql.dialects import MAX_TERMS, SETTLED, Dialect
from nnspec.formats.sql.expressions import UnsayableError, Wording
from nnspec.formats.sql.narrowing import of_expression
from nnspec.formats.sql.terms import (
    DOUBLE,
    absolute,
    add,
    all_of,
    case,
    cast,
    column,
    compare,
    multiply,
    number,
)
from nnspec.formats.sql.written import Written, greatest, number_of
from nnspec.functions.aggregations import AGGREGATIONS, NEUTRAL, Aggregation, Reducer
from nnspec.functions.expressions.trees import TREES, Tree, variable
from nnspec.program.compiled import CompiledLayer, Segment

PRODUCTS = 140
"""Where arithmetic raises errors, a product is within this many powers of ten of 1."""


@dataclass(frozen=True, slots=True)
class SqlColumn:
    """A column that synapses may come from, and what is known of its values."""

    name: str
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class NeuronPlan:
    """One neuron: what it computes."""

    name: str
    bias: float
    synapses: tuple[tuple[float, SqlColumn], ...]
    aggregation: Aggregation
    activation: Segment


def neuron_plans(layer: CompiledLayer, sources: Sequence[SqlColumn]) -> list[NeuronPlan]:
    """The neurons of a layer, given the source of each of its columns."""
    aggregations = _by_row(layer.aggregations)
    activations = _by_row(layer.activations)
    return [
        NeuronPlan(
            name,
            float(layer.bias[row]),
            tuple(_synapses(layer, row, sources)),
            AGGREGATIONS[aggregations[row].name],
            activations[row],
        )
        for row, name in enumerate(layer.neurons)
    ]


def _by_row(segments: Sequence[Segment]) -> dict[int, Segment]:
    return {row: segment for segment in segments for row in segment.rows.tolist()}


def _synapses(
    layer: CompiledLayer, row: int, sources: Sequence[SqlColumn]
) -> Iterator[tuple[float, SqlColumn]]:
    columns, weights = layer.weights.row(row)
    for at, weight in zip(columns.tolist(), weights.tolist(), strict=True):
        yield weight, sources[at]


def pre_activation(dialect: Dialect, plan: NeuronPlan) -> Written:
    """A neuron's z: bias + reduce over synapses of pointwise(weight, source).

    Raises
    ------
    CannotError
        If the dialect cannot hold it.
    """
    _check(dialect, plan)
    if not plan.synapses:
        value = (plan.aggregation.empty or 0.0) + plan.bias
        return Written(cast(number(value), DOUBLE), constant(value))
    terms = [_term(dialect, plan, weight, source) for weight, source in plan.synapses]
    reduced = _reduced(dialect, plan.aggregation.reducer, terms)
    finish = plan.aggregation.finished(TREES, variable("total"), len(terms))
    done = Wording(dialect, {"total": reduced.double}).write(finish, {"total": reduced.bounds})
    found = replace(done, may_lack=done.may_lack or reduced.may_lack)
    if plan.bias == 0:
        return found
    bounds = total([found.bounds, constant(plan.bias)])
    return replace(found, term=add(found.term, number(plan.bias)), bounds=bounds)


def _check(dialect: Dialect, plan: NeuronPlan) -> None:
    if len(plan.synapses) > MAX_TERMS:
        raise CannotError(
            f"neuron {quote(plan.name)} has {len(plan.synapses):,} synapses: in SQL a sum may have "
            f"{MAX_TERMS}, as engines bound how deep an expression nests"
        )
    largest = max([abs(plan.bias), *(abs(weight) for weight, _ in plan.synapses)])
    if dialect.raises and largest > SETTLED:
        raise CannotError(
            f"neuron {quote(plan.name)} has a weight of magnitude {largest:g}: "
            f"{dialect.title}, where an overflow is an error, takes up to {SETTLED:g}"
        )


def _term(dialect: Dialect, plan: NeuronPlan, weight: float, source: SqlColumn) -> Written:
    tree = plan.aggregation.term.define(TREES, weight, variable("x"))
    writer = Wording(dialect, {"x": column(source.name)})
    try:
        plain = writer.write(tree, {"x": source.bounds})
    except UnsayableError:
        raise CannotError(
            f"neuron {quote(plan.name)} cannot be said in {dialect.title}: its aggregation "
            f"{quote(plan.aggregation.name)} has no words in SQL"
        ) from None
    if plain.literal or plan.aggregation.reducer != "multiply" or not dialect.raises:
        return plain
    at_zero = plan.aggregation.pointwise(weight, 0.0)
    return _factor(writer, tree, at_zero, 10.0 ** (PRODUCTS / len(plan.synapses)))


def _factor(writer: Wording, tree: Tree, at_zero: float, most: float) -> Written:
    """One factor of a product; where arithmetic raises errors, held to its share of the range."""
    reach = _greatest_exponent(lambda e: _is_within(tree, 10.0**e, most))
    x = writer.terms["x"]
    within = [compare(absolute(x), "<=", 10.0**reach), compare(absolute(x), ">=", 10.0**-reach)]
    known = Bounds(-(10.0**reach), 10.0**reach, 10.0**-reach, zero=False)
    branches = [(all_of(within), writer.write(tree, {"x": known}).term)]
    if math.isfinite(at_zero):
        branches.append((compare(x, "=", 0.0), number(at_zero)))
    return Written(case(branches), Bounds(-most, most, 1 / most, at_zero == 0), may_lack=True)


def _is_within(tree: Tree, reach: float, most: float) -> bool:
    known = Bounds(-reach, reach, 1 / reach, zero=False)
    found = of_expression(tree, {"x": known}, lambda *_: None)
    return found.most <= most and found.least >= 1 / most


def _greatest_exponent(fits: Callable[[float], bool]) -> float:
    """The greatest number up to 300 that fits, if all that are smaller do, by halving."""
    low, high = 0.0, 300.0
    if fits(high):
        return high
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _reduced(dialect: Dialect, reducer: Reducer, terms: Sequence[Written]) -> Written:
    """What the terms come to, one after the other; those without effect are left out."""
    neutral = NEUTRAL[reducer]
    counted = [t for t in terms if neutral is None or not t.literal or t.bounds.low != neutral]
    if not counted:
        return number_of(float(neutral or 0.0))
    may_lack, literal = any(t.may_lack for t in counted), all(t.literal for t in counted)
    listed = [t.operand for t in counted]
    bounds = [t.bounds for t in counted]
    if reducer == "add":
        return Written(reduce(add, listed), total(bounds), may_lack, literal)
    if reducer == "multiply":
        return Written(reduce(multiply, listed), reduce(product, bounds), may_lack, literal)
    return greatest(dialect, reducer, counted).whole
