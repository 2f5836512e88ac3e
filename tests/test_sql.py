"""A network's query, run on DuckDB, SQLite, PostgreSQL and Spark, gives the reference's numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import engines
import numpy as np
import pytest
from agreement import is_near
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import EXACT, network_specs, rows

from nnspec.activations import ACTIVATIONS
from nnspec.api import Network
from nnspec.diagnostics import CannotError
from nnspec.evaluators import reference
from nnspec.formats.sql import write_network
from nnspec.formats.sql.activations import WRITERS
from nnspec.formats.sql.aggregations import REDUCERS
from nnspec.formats.sql.dialects import DIALECTS, SETTLED
from nnspec.formats.sql.groups import GROUP_WRITERS
from nnspec.aggregations import AGGREGATIONS
from nnspec.groups import GROUPS
from nnspec.model import Activation, Input, Layer, NetworkSpec, Neuron, Value, category_text
from nnspec.tables.cells import read_cell
from nnspec.tables.numbers import Refusal
from nnspec.topology import Wiring
from nnspec.validation import check

KINDS = {"number": "DOUBLE", "integer": "BIGINT", "boolean": "BOOLEAN", "category": "VARCHAR"}

SAYABLE = tuple(name for name, writer in WRITERS.items() if writer is not None)

WITHIN = 1e-30, 1e30
"""Magnitudes at which nothing of a generated network overflows or underflows in PostgreSQL."""


@pytest.fixture(scope="module", params=["duckdb", "sqlite", "postgres", "spark"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "spark":
        with engines.spark_session() as session:
            yield Engine("spark", engines.run_spark(session))
        return
    with getattr(engines, request.param)() as run:
        yield Engine(request.param, run)


class Engine:
    def __init__(self, dialect: str, run: engines.Run) -> None:
        self.dialect, self._run = dialect, run

    def values(
        self,
        spec: NetworkSpec,
        cells: Sequence[Mapping[str, Any]],
        neurons: Sequence[str] | None = None,
        kinds: Mapping[str, str] | None = None,
    ) -> list[dict[str, float | None]]:
        """What the query gives of each row, whose cells are given by input."""
        network = Network(spec)
        names = network.neurons if neurons is None else neurons
        query = write_network(
            network.compiled, self.dialect, neurons=names, keep={"row id": "row id"}
        )
        own = {} if kinds is None else kinds
        types = {"row id": "BIGINT"} | {
            i.column_name: own.get(i.name, KINDS[i.type]) for i in spec.inputs
        }
        table = [(n, *(row[i.name] for i in spec.inputs)) for n, row in enumerate(cells)]
        found = sorted(self._run(query, types, table))
        assert [row[0] for row in found] == list(range(len(cells)))
        return [dict(zip(names, row[1:], strict=True)) for row in found]


# -- what is expected -----------------------------------------------------------------------------


def is_bad_cell(one: Input, cell: Any) -> bool:
    kind = "text" if isinstance(cell, str) else "typed"
    return isinstance(read_cell(one, cell, kind), Refusal)


def is_bad(spec: NetworkSpec, row: Mapping[str, Any]) -> bool:
    """Whether a cell cannot be used, or some number on the way is none."""
    if any(is_bad_cell(one, row[one.name]) for one in spec.inputs):
        return True
    return not all(map(math.isfinite, numbers_of(spec, row)))


def numbers_of(spec: NetworkSpec, row: Mapping[str, Any]) -> list[float]:
    """Every number that the reference computes of a row, those before a group acts as well."""
    ungrouped = replace(spec, layers=tuple(replace(layer, group=None) for layer in spec.layers))
    valuation = reference.evaluate_row(spec, row)
    found = [*valuation.outputs.values(), *valuation.z.values()]
    for layer in spec.layers:
        if layer.group is not None:
            for name, _, activation, _, _ in reference.layer_neurons(layer, Wiring(ungrouped)):
                found.append(reference.apply_activation(activation, valuation.z[name]))
    return found


def is_extreme(spec: NetworkSpec, row: Mapping[str, Any]) -> bool:
    """Whether PostgreSQL, whose arithmetic raises errors, takes a number for too great or small."""
    wiring = Wiring(spec)
    outputs = reference.evaluate_row(spec, row).outputs
    terms = [
        aggregation.pointwise(weight, outputs[source])
        for layer in spec.layers
        for _, aggregation, _, _, synapses in reference.layer_neurons(layer, wiring)
        for source, weight in synapses
    ]
    cells = [x for x in row.values() if isinstance(x, float)]
    sizes = [abs(x) for x in [*cells, *numbers_of(spec, row), *terms] if x != 0]
    return any(not WITHIN[0] <= size <= WITHIN[1] for size in sizes)


def assert_follows(spec: NetworkSpec, row: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Each neuron's value is the reference's, given the values that its sources have in SQL."""
    wiring = Wiring(spec)
    outputs = {
        unit: x
        for one in spec.inputs
        for unit, x in reference.input_units(one, row[one.name]).items()
    }
    for layer in spec.layers:
        found: dict[str, tuple[float, float]] = {}
        for name, aggregation, activation, bias, synapses in reference.layer_neurons(layer, wiring):
            z = reference.pre_activation(aggregation, bias, synapses, outputs)
            terms = [aggregation.pointwise(w, outputs[s]) for s, w in synapses]
            found[name] = reference.apply_activation(activation, z), max(map(abs, [bias, *terms]))
        if layer.group is None:
            for name, (expected, scale) in found.items():
                assert is_near(own[name], expected, 1e-12, scale), (name, own, expected)
        outputs.update(own)


def assert_gives_the_reference(engine: Engine, spec: NetworkSpec, cells: Any, kinds: Any) -> None:
    found = engine.values(spec, cells, kinds=kinds)
    for row, own in zip(cells, found, strict=True):
        bad = is_bad(spec, row)
        if engine.dialect == "postgres" and not bad and is_extreme(spec, row):
            continue  # what becomes of these is told below
        assert [value is None for value in own.values()] == [bad] * len(own), (row, own)
        if not bad:
            assert_follows(spec, row, own)


# -- generated networks ---------------------------------------------------------------------------

AWKWARD = {
    "DOUBLE": [None, math.nan, math.inf, -math.inf, 1e300, -0.0, 1e-320, 2.5],
    "BIGINT": [None, 2**53, -1, 0],
    "BOOLEAN": [None],
    "VARCHAR": [None, "unheard of", "", "1", "true"],
}


@st.composite
def cases(draw: Any, **options: Any) -> Any:
    """A network whose columns have awkward names, rows of it, and cells that are odd or missing."""
    spec = draw(network_specs(**options))
    inputs = tuple(
        replace(one, column=f"{i} {one.column_name}"[:30]) for i, one in enumerate(spec.inputs)
    )
    spec = replace(spec, inputs=inputs)
    numeric = st.sampled_from(["DOUBLE", "BIGINT"])
    kinds = {
        one.name: draw(numeric) if one.type == "integer" else KINDS[one.type] for one in inputs
    }
    drawn = draw(st.lists(rows(spec), min_size=1, max_size=6))
    cells = [{i.name: as_cell(i, row[i.name], kinds[i.name]) for i in inputs} for row in drawn]
    for _ in range(draw(st.integers(0, 3))):
        one = draw(st.sampled_from(inputs))
        odd = draw(st.sampled_from(AWKWARD[kinds[one.name]]))
        cells.append({**draw(st.sampled_from(cells)), one.name: odd})
    return spec, cells, kinds


def as_cell(one: Input, value: Value, kind: str) -> Any:
    if one.type == "category":
        return category_text(value)
    return float(value) if kind == "DOUBLE" else bool(value) if kind == "BOOLEAN" else int(value)


def test_every_network_of_exact_operations(engine: Engine) -> None:
    """Every neuron within 1e-12 of the reference, every bad row NULL: all of a generated network."""
    holds(engine, activations=EXACT["activations"], aggregations=EXACT["aggregations"],
          groups=EXACT["groups"], transforms=EXACT["transforms"])  # fmt: skip


def test_every_network(engine: Engine) -> None:
    holds(engine, activations=(*SAYABLE, "swish", "linear"))


def holds(engine: Engine, **options: Any) -> None:
    @settings(max_examples=12 if engine.dialect == "spark" else 100)
    @given(cases(**options))
    def check_case(case: Any) -> None:
        assert_gives_the_reference(engine, *case)

    check_case()


# -- one function at a time -----------------------------------------------------------------------


def one_neuron(activation: Activation, **neuron: Any) -> NetworkSpec:
    return NetworkSpec(
        "one",
        (Input("x"),),
        (Layer("output", (Neuron("y", {"x": 1}, activation=activation, **neuron),)),),
    )


USES = [
    *(
        Activation(name)
        for name in SAYABLE
        if all(p.default is not None for p in ACTIVATIONS[name].parameters)
    ),
    Activation("leaky-relu", {"slope": -0.2}),
    Activation("elu", {"alpha": 1.7}),
    Activation("celu", {"alpha": 0.3}),
    Activation("clip", {"low": -1.5, "high": 0.3}),
    Activation("piecewise", {"knots": ((-1.5, 0.1), (0.0, -2.0), (2.5, -2.0), (3.0, 1 / 3))}),
    *(Activation("power", {"exponent": e}) for e in (0, 1, -1, 2, 3, -2, -3, 0.5, 1 / 3, -1.5)),
]

PLACES = [
    0.0, -0.0, 1e-30, -1e-30, 1e-9, -1e-9, 0.1, -0.1, 0.5, -0.5, 1.0, -1.0, -1.5, 2.5, 3.0, -3.0,
    6.0, 17.3, -17.3, 36.9, -36.9, 40.0, -40.0, 99.0, 101.0, -99.0, -101.0, 300.0, -300.0, -744.0,
    -750.0, 1e4, -1e4, 12345.678, 1e25, -1e25,
]  # fmt: skip
"""Where activations bend, saturate, lose their digits or leave their domain."""


@pytest.mark.parametrize("use", USES, ids=lambda use: f"{use.name} {dict(use.parameters)}")
def test_each_activation_is_the_definition_s(engine: Engine, use: Activation) -> None:
    """Within 1e-12, relative, wherever z may lie; NULL exactly where it is undefined."""
    spec = one_neuron(use)
    drawn = np.random.default_rng(7).normal(0, 4, 100).tolist()
    cells = [{"x": z} for z in [*PLACES, *drawn]]
    for row, own in zip(cells, engine.values(spec, cells), strict=True):
        expected = reference.evaluate_row(spec, row).outputs["y"]
        if not math.isfinite(expected):
            assert own["y"] is None, (row, own, expected)
        elif engine.dialect != "postgres" or abs(expected) <= SETTLED:
            assert own["y"] is not None, (row, expected)
            # Where arithmetic raises errors, exponentials end at 3e-308.
            assert is_near(own["y"], expected, 1e-12, 1e-290), (row, own, expected)


def test_every_activation_aggregation_and_group_is_said_or_refused() -> None:
    assert set(WRITERS) == set(ACTIVATIONS)
    assert set(REDUCERS) == set(AGGREGATIONS)
    assert set(GROUP_WRITERS) == set(GROUPS)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_activation_without_words_is_refused_with_its_neuron(dialect: str) -> None:
    network = Network(one_neuron(Activation("gelu")))
    with pytest.raises(CannotError, match=r"neuron 'y' cannot be said .* 'gelu'.*gelu-tanh"):
        write_network(network.compiled, dialect)


def test_no_engine_raises_an_error_where_numbers_leave_the_range(engine: Engine) -> None:
    """Where IEEE 754 has infinities and zeros, no engine raises an error: it gives NULL or 0."""
    chains = ("exp", "square", "cube", "reciprocal", "gaussian", "power", "normalize")
    for chain in chains:
        spec = deep(chain)
        assert not [d for d in check(spec) if d.severity == "error"]
        sizes = [10.0**e for e in range(-320, 309, 24)]
        cells = [{"x": sign * size} for size in sizes for sign in (1.0, -1.0)]
        for row, own in zip(cells, engine.values(spec, cells), strict=True):
            if engine.dialect == "postgres":
                near = [1e-290 < abs(x) < SETTLED or x == 0 for x in own.values() if x is not None]
                assert all(near), (chain, row, own)
            elif not is_bad(spec, row):
                assert_follows(spec, row, own)
            else:
                assert set(own.values()) == {None}, (chain, row, own)


def deep(kind: str) -> NetworkSpec:
    """Two layers of a function that grows or shrinks without bounds, with weights of all sizes."""
    use = Activation(
        "exp" if kind == "normalize" else kind, {"exponent": -3} if kind == "power" else {}
    )
    first = (
        Neuron("a", {"x": 1e-3}, activation=use),
        Neuron("b", {"x": -2.5e-100}, activation=use),
    )
    group = "normalize" if kind == "normalize" else None
    second = (
        Neuron("c", {"a": 1e-20, "b": 0.5}, activation=use),
        Neuron("d", {"a": -3e40, "b": 1}),
    )
    layers = (
        Layer("first", first, group=group),
        Layer("second", second),
        Layer("third", (Neuron("e", {"c": 1e-7, "d": 1.5}), Neuron("f", {"c": 2, "d": 1},
              aggregation="product"))),
    )  # fmt: skip
    return NetworkSpec("deep", (Input("x"),), layers)


def test_a_wide_network_is_the_reference_s(engine: Engine) -> None:
    """A layer of many neurons and synapses, and rows by the thousand."""
    rng = np.random.default_rng(3)
    inputs = tuple(Input(f"i{k}") for k in range(30))
    hidden = tuple(
        Neuron(f"h{k}", {one.name: float(w) for one, w in zip(inputs, rng.normal(size=30), strict=True)},
               bias=float(rng.normal()))
        for k in range(40)
    )  # fmt: skip
    output = Neuron(
        "y", {n.name: float(w) for n, w in zip(hidden, rng.normal(size=40), strict=True)}
    )
    spec = NetworkSpec(
        "wide", inputs, (Layer("hidden", hidden, activation="sigmoid"), Layer("output", (output,)))
    )
    cells = [
        {one.name: float(x) for one, x in zip(inputs, rng.normal(size=30), strict=True)}
        for _ in range(1000)
    ]
    network = Network(spec)
    expected = network.evaluate({one.name: [row[one.name] for row in cells] for one in inputs})["y"]
    found = [row["y"] for row in engine.values(spec, cells, ["y"])]
    assert np.allclose(found, expected, rtol=1e-12, atol=1e-13)
