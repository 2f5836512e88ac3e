"""A network's query, run on DuckDB, SQLite, PostgreSQL and Spark, gives the reference's numbers."""

from __future__ import annotations

import math
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import engines
import numpy as np
import pytest
import test_page
from agreement import is_near
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from strategies import EXACT, network_specs, rows

from nnspec.cli import sql as verb
from nnspec.diagnostics import CannotError
from nnspec.evaluators import reference
from nnspec.evaluators.generated.columns import column_function
from nnspec.formats import sql
from nnspec.formats.sql import query, write_network
from nnspec.formats.sql.dialects import DIALECTS, MAX_TERMS, SETTLED
from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.groups import GROUPS
from nnspec.network import Network, load
from nnspec.spec.inputs import number_of, seen_of
from nnspec.spec.model import (
    Activation,
    Input,
    Layer,
    NetworkSpec,
    Neuron,
    Transform,
    Value,
    category_text,
)
from nnspec.spec.resolved import resolve
from nnspec.spec.writing import dump
from nnspec.tables.cells.cell import read_cell
from nnspec.tables.cells.numbers import Refusal
from nnspec.validation import check
from nnspec.views.page.facts import page_facts

SPECS = Path(__file__).parent.parent / "specs"

KINDS = {"number": "DOUBLE", "integer": "BIGINT", "boolean": "BOOLEAN", "category": "VARCHAR"}

SAYABLE = tuple(name for name, record in ACTIVATIONS.items() if not record.instead)

WITHIN = 1e-30, 1e30
"""Magnitudes at which nothing of a generated network overflows or underflows in PostgreSQL."""


@pytest.fixture(scope="module", params=["duckdb", "sqlite", "postgres", "spark"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "spark":
        yield Engine("spark", engines.run_spark(request.getfixturevalue("spark_session")))
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

    def stored(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The cells as a table of this engine holds them: for SQLite, NaN is NULL."""
        if self.dialect != "sqlite":
            return dict(row)
        return {name: None if cell != cell else cell for name, cell in row.items()}


# -- what is expected -----------------------------------------------------------------------------


def is_bad_cell(one: Input, cell: Any) -> bool:
    kind = "text" if isinstance(cell, str) else "typed"
    return isinstance(read_cell(one, cell, kind), Refusal)


def is_bad(spec: NetworkSpec, row: Mapping[str, Any]) -> bool:
    """Whether a cell cannot be used, or some number on the way is none."""
    return not (has_cells(spec, row) and all(map(math.isfinite, numbers_of(spec, row))))


def has_cells(spec: NetworkSpec, row: Mapping[str, Any]) -> bool:
    """Whether every cell can be used."""
    return not any(is_bad_cell(one, row[one.name]) for one in spec.inputs)


def numbers_of(spec: NetworkSpec, row: Mapping[str, Any]) -> list[float]:
    """Every number that the reference computes of a row, those before a group acts as well."""
    ungrouped = replace(spec, layers=tuple(replace(layer, group=None) for layer in spec.layers))
    valuation = reference.evaluate_row(spec, row)
    found = [*valuation.outputs.values(), *valuation.z.values()]
    for layer in resolve(ungrouped).layers:
        if spec.layers[layer.index].group is not None:
            for neuron in layer.neurons():
                found.append(neuron.activation(valuation.z[neuron.name]))
    return found


def is_extreme(spec: NetworkSpec, row: Mapping[str, Any]) -> bool:
    """Whether PostgreSQL, whose arithmetic raises errors, takes a number for too great or small."""
    outputs = reference.evaluate_row(spec, row).outputs
    terms = [
        neuron.aggregation.pointwise(weight, outputs[source])
        for neuron in resolve(spec).neurons()
        for source, weight, _ in neuron.synapses
    ]
    cells = [x for x in row.values() if isinstance(x, float)]
    numbers = [x for x in [*cells, *numbers_of(spec, row), *terms] if math.isfinite(x)]
    return any(x != 0 and not WITHIN[0] <= abs(x) <= WITHIN[1] for x in numbers)


def assert_follows(spec: NetworkSpec, row: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Each neuron's value is the reference's, given the values that its sources have in SQL."""
    outputs = {
        unit: x
        for one in spec.inputs
        for unit, x in seen_of(one, number_of(one, row[one.name])).items()
    }
    for layer in resolve(spec).layers:
        found: dict[str, tuple[float, float]] = {}
        for neuron in layer.neurons():
            z = reference.pre_activation(neuron, outputs)
            terms = [neuron.aggregation.pointwise(w, outputs[s]) for s, w, _ in neuron.synapses]
            scale = max(map(abs, [neuron.bias, *terms]))
            found[neuron.name] = neuron.activation(z), scale
        if layer.group is None:
            for name, (expected, scale) in found.items():
                assert is_near(own[name], expected, 1e-12, scale), (name, own, expected)
        outputs.update(own)


def assert_gives_the_reference(engine: Engine, spec: NetworkSpec, cells: Any, kinds: Any) -> None:
    found = engine.values(spec, cells, kinds=kinds)
    for given_row, own in zip(cells, found, strict=True):
        row = engine.stored(given_row)
        bad = is_bad(spec, row)
        if engine.dialect == "postgres" and has_cells(spec, row) and is_extreme(spec, row):
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
    """Every neuron is within 1e-12 of the reference, and every bad row NULL."""
    holds(engine, activations=EXACT["activations"], aggregations=EXACT["aggregations"],
          groups=EXACT["groups"], transforms=EXACT["transforms"])  # fmt: skip


def test_every_network(engine: Engine) -> None:
    holds(engine, activations=(*SAYABLE, "swish", "linear"))


def holds(engine: Engine, **options: Any) -> None:
    @settings(max_examples=6 if engine.dialect == "spark" else 100)
    @given(cases(**options))
    def check_case(case: Any) -> None:
        if engine.dialect == "postgres":
            assume(not has_extreme_numbers(case[0]))
        assert_gives_the_reference(engine, *case)

    check_case()


FOUND = {
    "a NULL in a softmax is no division by zero": (
        NetworkSpec("n", (Input("x"),), (Layer("l", (Neuron("y", {"x": 1}),), group="softmax"),)),
        [{"x": 1.0}, {"x": None}],
    ),
    "what an earlier transform cannot take is not clipped": (
        NetworkSpec(
            "n",
            (Input("x", transforms=(Transform("log1p", ()), Transform("clip", (None, 1.0)))),),
            (Layer("l", (Neuron("y", {"x": 1}),)),),
        ),
        [{"x": 0.5}, {"x": -1.0}, {"x": -2.0}],
    ),
    "what transforms always make of anything is a double": (
        NetworkSpec(
            "n",
            (Input("x", transforms=(Transform("clip", (2.0, 2.0)), Transform("sqrt", ()))),),
            (Layer("l", (Neuron("y", {"x": 0.1}),)),),
        ),
        [{"x": 0.5}, {"x": None}],
    ),
    "a fraction in place of an integer does not underflow": (
        NetworkSpec("n", (Input("x", "integer"),), (Layer("l", (Neuron("y", {"x": 1e-106}),)),)),
        [{"x": 2.0}, {"x": 1e-320}, {"x": 0.25}],
    ),
    "a distance from next to 0 does not underflow when it is squared": (
        NetworkSpec(
            "n",
            (Input("x", "integer"),),
            (
                Layer(
                    "l",
                    (Neuron("y", {"x": 3e-308}, activation="square", aggregation="manhattan"),),
                ),
            ),
        ),
        [{"x": 0.0}, {"x": 3.0}],
    ),
}


@pytest.mark.parametrize("case", FOUND)
def test_what_generated_networks_once_found(engine: Engine, case: str) -> None:
    spec, cells = FOUND[case]
    kinds = {one.name: "DOUBLE" for one in spec.inputs}
    found = engine.values(spec, cells, kinds=kinds)
    for row, own in zip(cells, found, strict=True):
        expected = None if is_bad(spec, row) else reference.evaluate_row(spec, row).outputs["y"]
        assert own["y"] == (None if expected is None else pytest.approx(expected)), row
        assert expected is None or isinstance(own["y"], float)


def has_extreme_numbers(spec: NetworkSpec) -> bool:
    """Whether a transform or an activation has a number that PostgreSQL's dialect refuses."""
    numbers = [x for one in spec.inputs for step in one.transforms for x in step.parameters if x]
    for neuron in resolve(spec).neurons():
        numbers += np.ravel(list(neuron.activation.parameters.values())).tolist()
    return any(x != 0 and not 1e-30 <= abs(x) <= 1e30 for x in numbers)


@pytest.mark.parametrize("kind", ["transform", "activation"])
def test_a_number_that_could_underflow_is_refused_where_that_is_an_error(kind: str) -> None:
    given, use = Input("x"), Activation("relu")
    if kind == "transform":
        given = Input("x", transforms=(Transform("clip", (2e-311, None)),))
    else:
        use = Activation("clip", {"low": 2e-311, "high": 1.0})
    spec = NetworkSpec("n", (given,), (Layer("l", (Neuron("y", {"x": 1}, activation=use),)),))
    write_network(Network(spec).compiled, "duckdb")
    with pytest.raises(CannotError, match=rf"{kind} of .* has a number of magnitude 2e-311"):
        write_network(Network(spec).compiled, "postgres")


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


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_activation_aggregation_and_group_is_said(dialect: str) -> None:
    """All but what a record names a substitute for, in every dialect."""
    for use in USES:
        write_network(Network(one_neuron(use)).compiled, dialect)
    for name in AGGREGATIONS:
        spec = one_neuron(Activation("identity"), aggregation=name)
        write_network(Network(spec).compiled, dialect)
    for name in GROUPS:
        spec = one_neuron(Activation("identity"))
        grouped = replace(spec, layers=(replace(spec.layers[0], group=name),))
        write_network(Network(grouped).compiled, dialect)


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
    hidden = tuple(neuron(f"h{k}", [one.name for one in inputs], rng) for k in range(40))
    output = neuron("y", [one.name for one in hidden], rng)
    spec = NetworkSpec(
        "wide", inputs, (Layer("hidden", hidden, activation="sigmoid"), Layer("output", (output,)))
    )
    columns = {one.name: rng.normal(size=1000).tolist() for one in inputs}
    cells = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    expected = Network(spec).evaluate(columns)["y"]
    found = [row["y"] for row in engine.values(spec, cells, ["y"])]
    assert np.allclose(found, expected, rtol=1e-12, atol=1e-13)


def neuron(name: str, sources: Sequence[str], rng: np.random.Generator) -> Neuron:
    weights = rng.normal(size=len(sources)).tolist()
    return Neuron(name, dict(zip(sources, weights, strict=True)), bias=float(rng.normal()))


HIDING = ("relu", "step", "sign", "clip", "hard-tanh", "sigmoid", "gaussian", "reciprocal")
"""Activations that make a number of an infinity."""

FAR = st.sampled_from([0.0, 1.0, -2.5, 1e308, -1e308, 1e200, -1e160, 1e-320, -1e-200])


@st.composite
def far_cases(draw: Any) -> Any:
    """Networks that leave the range of doubles and come back, and rows that make them do so."""
    spec = draw(
        network_specs(
            min_layers=2, activations=(*HIDING, "exp", "square", "log", "identity"),
            groups=("softmax", "winner", "normalize"), transforms=(),
        )
    )  # fmt: skip
    cells = []
    for row in draw(st.lists(rows(spec), min_size=1, max_size=4)):
        far = {i.name: draw(FAR) for i in spec.inputs if i.type == "number"}
        cells.append({**row, **far})
    return spec, cells


def hidden_case() -> Any:
    """A bad row, whose z overflows where the sigmoid makes 1 of it, and a good one."""
    hidden = Neuron("h", {"x": 10}, activation="sigmoid")
    layers = Layer("hidden", (hidden,)), Layer("output", (Neuron("y", {"h": 1}),))
    return NetworkSpec("hides", (Input("x"),), layers), [{"x": 1e308}, {"x": 1.0}]


@test_page.needs_node
def test_a_bad_row_is_bad_everywhere() -> None:
    """A z or an activation that is not finite, before its group acts or after: whatever hides it.

    By the reference, arrays, generated code, DuckDB and the page's script.
    """
    drawn: list[tuple[NetworkSpec, Any, bool]] = []
    with engines.duckdb() as run:
        engine = Engine("duckdb", run)

        @settings(max_examples=40)
        @given(far_cases())
        @example(hidden_case())
        def check_case(case: Any) -> None:
            spec, cells = case
            renamed = tuple(replace(one, column=f"{i} column") for i, one in enumerate(spec.inputs))
            spec = replace(spec, inputs=renamed)
            bad = [is_bad(spec, row) for row in cells]
            drawn.extend(zip([spec] * len(cells), cells, bad, strict=True))
            network = Network(spec)
            columns = {
                i.name: np.array([number_of(i, row[i.name]) for row in cells]) for i in spec.inputs
            }
            assert network.evaluator().evaluate(columns, network.neurons).bad.tolist() == bad
            generated = column_function(network.compiled)
            assert generated is not None
            found = generated.evaluate(columns, network.neurons, network.evaluator)
            assert found.bad.tolist() == bad
            cells = [
                {i.name: as_cell(i, row[i.name], KINDS[i.type]) for i in spec.inputs}
                for row in cells
            ]
            for row, own, is_so in zip(cells, engine.values(spec, cells), bad, strict=True):
                assert [x is None for x in own.values()] == [is_so] * len(own), (row, own)

        check_case()
    assert 0 < sum(bad for *_, bad in drawn) < len(drawn)
    jobs = [
        (page_facts(spec), {i.name: number_of(i, row[i.name]) for i in spec.inputs})
        for spec, row, _ in drawn
    ]
    for (_, row, bad), found in zip(drawn, test_page.are_bad(jobs), strict=True):
        assert found == bad, row


def test_cells_are_read_as_inputs_read_them(engine: Engine) -> None:
    """A stand-in is for NULL alone; booleans, categories and whole numbers of every type."""
    inputs = (
        Input("x", missing=7),
        Input("n", type="integer", missing=3),
        Input("b", type="boolean", missing=True),
        Input("c", type="category", categories=("good", 2, True, "it's"), missing="good"),
    )
    synapses = {"x": 1, "n": 100, "b": 10_000, "c.good": 1e6, "c.2": 2e6, "c.true": 3e6,
                "c.it's": 4e6}  # fmt: skip
    spec = NetworkSpec("cells", inputs, (Layer("l", (Neuron("y", synapses),)),))
    plain = {"x": 1.0, "n": 2, "b": False, "c": "2"}
    expected = [
        (plain, 2_000_201.0),
        ({**plain, "x": None}, 2_000_207.0),
        ({**plain, "n": None}, 2_000_301.0),
        ({**plain, "b": None}, 2_010_201.0),
        ({**plain, "b": True}, 2_010_201.0),
        ({**plain, "c": None}, 1_000_201.0),
        ({**plain, "c": "2.0"}, 2_000_201.0),
        ({**plain, "c": "true"}, 3_000_201.0),
        ({**plain, "c": "it's"}, 4_000_201.0),
        ({**plain, "c": "Good"}, None),
        ({**plain, "c": "2 "}, None),
    ]
    found = engine.values(spec, [row for row, _ in expected])
    assert [row["y"] for row in found] == [value for _, value in expected]
    as_numbers = {"n": "DOUBLE", "b": "DOUBLE", "c": "DOUBLE"}
    rows = [(2.0, 1.0, 2.0, 2_010_201.0), (2.5, 1.0, 2.0, None), (2.0, 0.5, 2.0, None)]
    cells = [{"x": 1.0, "n": n, "b": b, "c": c} for n, b, c, _ in rows]
    found = engine.values(spec, cells, kinds=as_numbers)
    assert [row["y"] for row in found] == [value for *_, value in rows]


WRITTEN = st.one_of(
    st.floats(-1e90, 1e90, allow_subnormal=False).map(repr),
    st.integers(-(10**15), 10**15).map(str),
    st.text("0123456789.eE+-_xnaif ,", max_size=6),
    st.sampled_from(["1e400", "-1e-400", "9" * 400, "Infinity", "NaN", "true", "", " 7 ", "é"]),
)
"""Texts that are numbers, or nearly so."""

PLAIN_NUMBER = re.compile(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,2})?")


def test_one_bad_text_does_not_cost_the_other_rows(engine: Engine) -> None:
    """Of columns of texts: a plain number is that number, the rest NULL, not its stand-in."""
    spec = NetworkSpec(
        "texts",
        (Input("x"), Input("y", missing=7), Input("b", type="boolean", missing=True)),
        (Layer("l", tuple(Neuron(f"of_{name}", {name: 1}) for name in "xyb")),),
    )
    kinds = dict.fromkeys("xyb", "VARCHAR")

    @settings(max_examples=10 if engine.dialect == "spark" else 60)
    @given(st.lists(WRITTEN, min_size=1, max_size=8))
    def check_texts(cells: list[str]) -> None:
        table = [{"x": cell, "y": cell, "b": "1"} for cell in cells]
        found = engine.values(spec, [*table, {"x": "1", "y": None, "b": None}], kinds=kinds)
        for cell, own in zip(cells, found, strict=False):
            plain = PLAIN_NUMBER.fullmatch(cell) and engine.dialect != "sqlite"
            if plain and 1e-99 < abs(float(cell)) < 1e99:
                assert own["of_x"] == own["of_y"] == float(cell), cell
            elif own["of_x"] is not None:  # engines read more than a plain number
                assert own["of_x"] == own["of_y"], cell
            else:
                assert set(own.values()) == {None}, (cell, own)
        last = {"of_x": 1.0, "of_y": 7.0, "of_b": 1.0}
        assert found[-1] == (dict.fromkeys(last) if engine.dialect == "sqlite" else last)

    check_texts()


def test_a_text_is_no_number_in_sqlite() -> None:
    """SQLite's columns may hold anything, and its casts make 0 of any text."""
    network = Network(one_neuron(Activation("identity")))
    with engines.sqlite() as run:
        query = write_network(network.compiled, "sqlite")
        assert run(query, {"x": "VARCHAR"}, [("12",)]) == [(None,)]
        with pytest.raises(Exception, match="no such column"):
            run(query, {"X y": "DOUBLE"}, [(1.0,)])


# -- names ----------------------------------------------------------------------------------------


def test_names_that_case_alone_tells_apart(engine: Engine) -> None:
    first = Layer("data", (Neuron("A", {"a": 2}), Neuron("no", {"a": 3})))
    spec = NetworkSpec(
        "names", (Input("a"),), (first, Layer("No", (Neuron("NO", {"A": 5, "no": 7}),)))
    )
    assert engine.values(spec, [{"a": 1.0}], ["NO", "no", "A"]) == [{"NO": 31, "no": 3, "A": 2}]


def test_a_changed_name_is_said() -> None:
    network = Network(
        NetworkSpec(
            "n", (Input("a"),), (Layer("l", (Neuron("y", {"a": 1}), Neuron("Y", {"a": 2}))),)
        )
    )
    text = write_network(network.compiled, "duckdb")
    assert "-- DuckDB cannot name these as they are: Y as Y_2\n" in text
    assert "cannot name" not in write_network(network.compiled, "postgres")


def test_columns_that_an_engine_cannot_tell_apart_are_refused() -> None:
    inputs = (Input("a", column="Area"), Input("b", column="area"))
    network = Network(NetworkSpec("n", inputs, (Layer("l", (Neuron("y", {"a": 1, "b": 1}),)),)))
    with pytest.raises(CannotError, match="'Area' has a name that DuckDB cannot tell"):
        write_network(network.compiled, "duckdb")
    write_network(network.compiled, "postgres")
    long = Network(replace(one_neuron(Activation("relu")), inputs=(Input("x", column="é" * 40),)))
    with pytest.raises(CannotError, match="PostgreSQL can have no column of the name"):
        write_network(long.compiled, "postgres")


def test_what_is_kept_must_have_a_name_of_its_own() -> None:
    network = Network(one_neuron(Activation("relu")))
    with pytest.raises(CannotError, match="the kept column 'y' has the name of an output"):
        write_network(network.compiled, "duckdb", keep={"y": "id"})


@pytest.mark.parametrize("table", ["", "a b", "homes; DROP TABLE homes", "homes h", "(SELECT 1)"])
def test_a_table_is_a_name(table: str) -> None:
    network = Network(one_neuron(Activation("relu")))
    with pytest.raises(CannotError, match="is no name of a table in DuckDB"):
        write_network(network.compiled, "duckdb", table=table)


def test_a_table_in_a_schema_is_found() -> None:
    duckdb = engines.library("duckdb")
    network = Network(one_neuron(Activation("relu")))
    with duckdb.connect() as connection:
        connection.execute('CREATE SCHEMA s; CREATE TABLE s."inputs" AS SELECT 3 AS x')
        query = write_network(network.compiled, "duckdb", table='s."inputs"')
        assert connection.execute(query).fetchall() == [(3.0,)]


# -- what cannot be said --------------------------------------------------------------------------


def wide(n_neurons: int, n_inputs: int = 1) -> Network:
    inputs = tuple(Input(f"i{k}") for k in range(n_inputs))
    synapses = {one.name: 2.0 for one in inputs}
    neurons = tuple(Neuron(f"n{k}", synapses) for k in range(n_neurons))
    return Network(NetworkSpec("wide", inputs, (Layer("l", neurons),)))


@pytest.mark.parametrize(
    ("dialect", "most"), [("postgres", 1600), ("sqlite", 2000), ("bigquery", 10_000)]
)
def test_a_network_too_wide_is_refused_with_both_numbers(dialect: str, most: int) -> None:
    with pytest.raises(CannotError, match=rf"too wide for .* may carry {most:,}"):
        write_network(wide(most).compiled, dialect)


def test_engines_bear_the_widest_network_that_is_not_refused(engine: Engine) -> None:
    if engine.dialect == "spark":
        pytest.skip("Spark has no such limit, and takes long over a query of this size")
    network = wide(1500)
    values = engine.values(network.spec, [{"i0": 1.5}, {"i0": None}], ["n0", "n1499"])
    assert values == [{"n0": 3.0, "n1499": 3.0}, {"n0": None, "n1499": None}]


def test_engines_bear_the_longest_sum_that_is_not_refused(engine: Engine) -> None:
    spec = wide(1, MAX_TERMS).spec
    values = engine.values(spec, [{one.name: 1.0 for one in spec.inputs}])
    assert values == [{"n0": 2.0 * MAX_TERMS}]
    with pytest.raises(CannotError, match=rf"neuron 'n0' has {MAX_TERMS + 1} synapses"):
        write_network(wide(1, MAX_TERMS + 1).compiled, engine.dialect)


def test_a_query_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DIALECTS, "snowflake", replace(DIALECTS["snowflake"], max_text=10_000))
    with pytest.raises(CannotError, match=r"too large for Snowflake: its query has [0-9,]+ bytes"):
        write_network(wide(30, 20).compiled, "snowflake")


def test_a_network_too_large_is_refused_before_it_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(query, "LayerColumns", None)  # which would write it
    large = wide(210, 500).compiled
    for dialect in DIALECTS:
        with pytest.raises(CannotError, match=r"710 units and 105,000 synapses.*nnspec eval"):
            write_network(large, dialect)


def test_a_weight_that_would_overflow_is_refused_where_that_is_an_error() -> None:
    spec = NetworkSpec("n", (Input("x"),), (Layer("l", (Neuron("y", {"x": 1e200}),)),))
    write_network(Network(spec).compiled, "duckdb")
    with pytest.raises(CannotError, match="neuron 'y' has a weight of magnitude 1e\\+200"):
        write_network(Network(spec).compiled, "postgres")


# -- text -----------------------------------------------------------------------------------------


@settings(max_examples=8)
@given(network_specs(activations=SAYABLE))
def test_every_dialect_s_query_is_parsed_back_the_same(spec: NetworkSpec) -> None:
    """BigQuery and Snowflake cannot be run here: that the text is theirs is what can be held."""
    sqlglot = engines.library("sqlglot")
    inputs = tuple(replace(one, column=f"column {i}") for i, one in enumerate(spec.inputs))
    network = Network(replace(spec, inputs=inputs))
    for dialect in DIALECTS:
        text = write_network(network.compiled, dialect, neurons=network.neurons)
        first = sqlglot.parse_one(text, dialect=dialect)
        again = sqlglot.parse_one(first.sql(dialect), dialect=dialect)
        assert first == again
        assert len(first.expressions) == len(network.neurons)


def test_terms_stand_in_the_order_in_which_the_reference_adds_them() -> None:
    text = write_network(load(SPECS / "property-valuation.yaml").compiled, "duckdb")
    assert '-530.0 * "age" + 120.5 * "area" + 8000.0 * "bedrooms" - 194400.0 AS' in text
    assert '"hidden" AS (' in text
    assert 'GREATEST("historic.z", 0.0) AS "historic"' in text


def test_literals_are_read_as_the_same_bits(engine: Engine) -> None:
    rng = np.random.default_rng(5)
    weights = [*rng.normal(size=40).tolist(), 0.1, 1 / 3, 1e-5, 123456789.123456789, 1e22, 5e-7]
    neurons = tuple(Neuron(f"n{k}", {"x": w}) for k, w in enumerate(weights))
    spec = NetworkSpec("n", (Input("x"),), (Layer("l", neurons),))
    [found] = engine.values(spec, [{"x": 1.0}])
    if engine.dialect == "sqlite":  # its own reading of a number may be off by the last bit
        assert np.allclose(list(found.values()), weights, rtol=3e-16, atol=0)
    else:
        assert list(found.values()) == weights


# -- the command line -----------------------------------------------------------------------------


def nnspec(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nnspec", *arguments], capture_output=True, text=True, check=False
    )


def test_the_verb_writes_a_file_that_runs(tmp_path: Path) -> None:
    target = tmp_path / "price.sql"
    options = ["--dialect", "sqlite", "--table", "homes", "--keep", "key=id"]
    spec = str(SPECS / "property-valuation.yaml")
    run = nnspec("sql", spec, *options, "--neurons", "historic", "-o", str(target))
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE homes (id, area, bedrooms, distance, age)")
    connection.execute("INSERT INTO homes VALUES ('villa', 3000, 4, 2, 120)")
    cursor = connection.execute(target.read_text())
    assert [column[0] for column in cursor.description] == ["key", "historic", "price"]
    assert cursor.fetchall() == [("villa", 20.0, 1_008_960.0)]
    connection.close()


def test_the_verb_says_what_it_cannot_do(tmp_path: Path) -> None:
    spec = tmp_path / "gelu.yaml"
    spec.write_text(dump(one_neuron(Activation("gelu"))))
    run = nnspec("sql", str(spec), "--dialect", "duckdb")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("nnspec: neuron 'y' cannot be said in DuckDB")
    run = nnspec("sql", str(spec), "--dialect", "oracle")
    assert run.returncode == 2
    assert "'oracle' is not one of" in run.stderr


def test_without_sqlglot_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "find_spec", lambda name: None)
    with pytest.raises(CannotError, match=r"pip install 'nnspec\[sql\]'"):
        write_network(Network(one_neuron(Activation("relu"))).compiled, "duckdb")


def test_the_verb_offers_every_dialect() -> None:
    assert set(verb.DIALECTS) == set(DIALECTS)


def test_a_query_grows_with_a_group_as_with_any_layer() -> None:
    """Four times the neurons are four times the text, whatever the group."""
    for group in GROUPS:
        sizes = []
        for n in (50, 200):
            neurons = tuple(Neuron(f"n{i}", {"x": i + 1.5}) for i in range(n))
            spec = NetworkSpec("n", (Input("x"),), (Layer("l", neurons, group=group),))
            sizes.append(len(write_network(Network(spec).compiled, "duckdb")))
        assert sizes[1] < 5 * sizes[0], group
