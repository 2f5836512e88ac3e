"""A new activation, aggregation and group are a record each: everything knows them by it.

What is checked of each network, of functions that nothing has heard of before: the reference,
arrays with and without the kernel, generated code, DuckDB, the page's script under Node.js,
decimals, bounds over ranges and over boxes, and explanations.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import engines
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import network_specs, rows
from test_intervals import boxed, ends_of
from test_page import assert_near, in_javascript, needs_node
from test_sql import KINDS, as_cell

from nnspec.claims.verdicts.precise import precise_values
from nnspec.evaluators.arrays.vectorised import VectorisedEvaluator
from nnspec.evaluators.generated.columns import column_function
from nnspec.evaluators.generated.row import row_function
from nnspec.evaluators.reference import evaluate_row
from nnspec.explaining import explain
from nnspec.formats.sql import write_network
from nnspec.functions.activations import ACTIVATIONS, ActivationFunction, Traits
from nnspec.functions.activations.record import always
from nnspec.functions.aggregations import AGGREGATIONS, Aggregation, Pointwise
from nnspec.functions.groups import GROUPS, Each, Fold, Group
from nnspec.network import Network
from nnspec.program.program import Program
from nnspec.spec.inputs import number_of
from nnspec.spec.model import Activation, NetworkSpec, Value
from nnspec.spec.resolved import Resolved
from nnspec.validation.bounds import bound_units
from nnspec.views.page.facts import page_facts

BENT = ActivationFunction(
    "bent", "sign(z) ln(1 + |z|)", "a logarithm on either side of 0", "none",
    define=lambda m, z: m.where(z >= 0, m.log1p(abs(z)), -m.log1p(abs(z))),
    known=always(
        Traits(range=(-math.inf, math.inf), lipschitz=1.0, monotonicity="increasing")
    ),
)  # fmt: skip

LENGTH = Aggregation(
    "length", "√Σ (w·x)²", "the length of the weighted sources", "the root of the sum of",
    Pointwise(lambda _m, w, x: (w * x) * (w * x), "x", turns=lambda _w: (0.0,)),
    "add", 0.0, finish="root", zero_is_absent=True,
)  # fmt: skip

LOG_SHARES = Group(
    "log-shares", "a - ln Σ exp(a)", "logarithms of a softmax's shares",
    (
        Fold("maximum", matters=False),
        Each(lambda _m, a, _number, greatest: a - greatest),
        Fold("add", of=lambda m, a: m.exp(a)),
        Each(lambda m, a, _number, total: a - m.log(total)),
    ),
    (-math.inf, 0.0),
)  # fmt: skip

NEW = {"tanh": "bent", "manhattan": "length", "softmax": "log-shares"}
"""By what stands for it in networks that are drawn: the functions that are new."""


@pytest.fixture(autouse=True, scope="module")
def registered() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ACTIVATIONS, "bent", BENT)
        patch.setitem(AGGREGATIONS, "length", LENGTH)
        patch.setitem(GROUPS, "log-shares", LOG_SHARES)
        yield


def renewed(part: Any) -> Any:
    """A part of a spec with the new functions in it."""
    if isinstance(part, tuple):
        return tuple(map(renewed, part))
    if not dataclasses.is_dataclass(part) or isinstance(part, type):
        return part
    changed = {}
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        if (field.init and isinstance(value, tuple)) or dataclasses.is_dataclass(value):
            changed[field.name] = renewed(value)
        elif field.name in ("aggregation", "group") or isinstance(part, Activation):
            changed[field.name] = NEW.get(value, value) if isinstance(value, str) else value
    return dataclasses.replace(part, **changed)


@st.composite
def cases(draw: Any) -> tuple[NetworkSpec, list[dict[str, Value]]]:
    """A network in which new functions stand beside old ones, and some rows of it."""
    spec = draw(
        network_specs(
            activations=("tanh", "tanh", "identity", "relu"),
            aggregations=("manhattan", "manhattan", "sum", "max"),
            groups=("softmax",),
        )
    )
    new = renewed(spec)
    return new, draw(st.lists(rows(new), min_size=2, max_size=3))


DRAWN: list[tuple[NetworkSpec, dict[str, Value], dict[str, float]]] = []
"""What the page's script is asked, all at once."""


@pytest.fixture(scope="module")
def duckdb() -> Iterator[engines.Run]:
    with engines.duckdb() as run:
        yield run


def arrays_of(network: Network, columns: dict[str, np.ndarray]) -> Iterator[dict[str, np.ndarray]]:
    """Each neuron's values: by NumPy, by the compiled kernel, by generated code."""
    for use_kernel in (False, True):
        evaluator = VectorisedEvaluator(network.compiled, use_kernel=use_kernel)
        yield evaluator.evaluate(columns, network.neurons).values
    generated = column_function(network.compiled)
    if generated is not None:
        yield generated.evaluate(columns, network.neurons, network.evaluator).values


def assert_row_agrees(network: Network, row: dict[str, Value], own: dict[str, float]) -> None:
    """What values a single row, and the query on DuckDB."""
    value = row_function(network.compiled)
    assert value is not None
    made = value(row)
    found = made if isinstance(made, dict) else {network.outputs[0]: made}
    for name in network.outputs:
        assert found[name] == pytest.approx(own[name], rel=1e-12, abs=1e-12)


def assert_sql_agrees(
    run: engines.Run, network: Network, some: list[dict[str, Value]], expected: list[Any]
) -> None:
    """The query on DuckDB, and that PostgreSQL's can be written."""
    spec = network.spec
    columns = tuple(replace(i, column=f"column {at}") for at, i in enumerate(spec.inputs))
    compiled = Network(replace(spec, inputs=columns)).compiled
    types = {i.column_name: KINDS[i.type] for i in columns}
    cells = [tuple(as_cell(i, row[i.name], types[i.column_name]) for i in columns) for row in some]
    write_network(compiled, "postgres")  # where guards follow from the functions' definitions
    query = write_network(compiled, "duckdb", neurons=network.neurons)
    for own, found in zip(expected, run(query, types, cells), strict=True):
        for name, x in zip(network.neurons, found, strict=True):
            assert x == pytest.approx(own[name], rel=1e-9, abs=1e-9), (name, own)


def assert_decimals_and_bounds_agree(
    spec: NetworkSpec, some: list[dict[str, Value]], expected: list[Any]
) -> None:
    """Digits beyond a double's, what a neuron may come to at all, and within the rows' box."""
    bounds = bound_units(Resolved(spec)).values
    program = Program.of(Network(spec).compiled)
    low, high = boxed(spec, program, ends_of(spec, some)).units
    for row, own in zip(some, expected, strict=True):
        precise = precise_values(spec, row)
        for name in [n for layer in spec.layers for n in layer.neuron_names]:
            assert float(precise[name]) == pytest.approx(own[name], rel=1e-9, abs=1e-9)
            assert bounds[name][0] <= own[name] <= bounds[name][1]
            at = program.number[name]
            assert low[at, 0] <= own[name] <= high[at, 0]


def assert_explanations_add_up(network: Network, some: list[dict[str, Value]]) -> None:
    """The reasons' amounts are the whole difference, but for the error that they state."""
    found = explain(network, some[0], baseline=some[1])
    for name in network.outputs:
        output = found.output(name)
        for reasons in (output.by_input, output.by_neuron):
            total = math.fsum(reason.amount for reason in reasons.reasons)
            room = reasons.error + 1e-9 * reasons.scale
            assert abs(total - (output.value - output.baseline)) <= room


@settings(max_examples=25)
@given(case=cases())
def test_everything_agrees_with_the_reference(duckdb: engines.Run, case: Any) -> None:
    spec, some = case
    network = Network(spec)
    expected = [evaluate_row(spec, row).outputs for row in some]
    numbers = {i.name: np.array([number_of(i, row[i.name]) for row in some]) for i in spec.inputs}
    for found in arrays_of(network, numbers):
        for name in network.neurons:
            assert found[name] == pytest.approx([o[name] for o in expected], rel=1e-12, abs=1e-12)
    for row, own in zip(some, expected, strict=True):
        assert_row_agrees(network, row, own)
    assert_sql_agrees(duckdb, network, some, expected)
    assert_decimals_and_bounds_agree(spec, some, expected)
    assert_explanations_add_up(network, some)
    DRAWN.extend(zip([spec] * len(some), some, expected, strict=True))


@needs_node
def test_the_page_agrees(duckdb: engines.Run) -> None:
    """The script of the page, of the networks that were drawn above."""
    if not DRAWN:  # in a process of its own
        test_everything_agrees_with_the_reference(duckdb)
    jobs = [
        (page_facts(spec), {i.name: number_of(i, row[i.name]) for i in spec.inputs})
        for spec, row, _ in DRAWN
    ]
    assert len(jobs) > 50
    for (spec, _, own), (a, _z) in zip(DRAWN, in_javascript(jobs), strict=True):
        units = [u for item in spec.inputs for u in item.units]
        names = [name for layer in spec.layers for name in layer.neuron_names]
        for name, found in zip(names, a[len(units) :], strict=True):
            assert_near(found, own[name])
