"""The laws of ``nnspec.testing``: what its strategies give, and what its assertions say."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from broken import replace_neuron
from hypothesis import HealthCheck, assume, example, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

import nnspec
import nnspec.testing
from nnspec import Input, Layer, Network, NetworkSpec, Neuron, Property, Then, Transform
from nnspec.claims.domain import Domain
from nnspec.evaluators.reference import evaluate_row
from nnspec.functions.activations import ALIASES
from nnspec.loading import check_text
from nnspec.spec.model import BulkLayer
from nnspec.tables.cells.cell import read_row
from nnspec.tables.memory.table import open_table
from nnspec.testing import (
    BrokenSpec,
    assert_equivalent,
    assert_monotone,
    assert_within,
    broken_specs,
    inputs,
    network_specs,
    pairs,
    tables,
)
from nnspec.testing.faults.broken import FAULTS, WARNINGS
from nnspec.validation import RULES, check

HISTORIC = """
nnspec: 1
name: historic
inputs:
  age: {unit: year, range: [0, 250], missing: 38}
  new: {type: boolean}
  rooms: {type: integer, range: [1, 9]}
  condition: {type: category, categories: [good, 2, true]}
layers:
  - name: output
    activation: relu
    neurons:
      historic: {bias: -100.5, synapses: {age: 1, rooms: 0.25}, unit: USD}
      other: {synapses: {new: 1, condition.good: 2}}
"""

VALUATION = "specs/property-valuation.yaml"


@pytest.fixture
def historic() -> Network:
    return nnspec.loads(HISTORIC)


def simple_specs(**knobs: Any) -> st.SearchStrategy[NetworkSpec]:
    return network_specs(**{"max_layers": 2, "max_neurons": 3, **knobs})


# -- rows -----------------------------------------------------------------------------------------


@given(st.data(), st.booleans())
def test_every_row_is_one_that_the_network_reads(data, unusual):
    """Each input has a value of its own type within its range, or None where one stands in."""
    spec = data.draw(simple_specs())
    row = data.draw(inputs(spec, unusual=unusual))
    assert list(row) == [item.name for item in spec.inputs]
    read_row(spec.inputs, row)
    for item in spec.inputs:
        value = row[item.name]
        if value is None:
            assert unusual
            assert item.missing is not None
        elif item.type in ("number", "integer"):
            assert type(value) is (int if item.type == "integer" else float)
            low, high = item.range
            assert (low is None or value >= low) and (high is None or value <= high)
        elif not unusual:
            assert value in item.categories if item.type == "category" else value in (True, False)


def test_rows_shrink_to_simple_values(historic):
    row = find(inputs(historic), lambda row: True)
    assert row == {"age": 0.0, "new": False, "rooms": 1, "condition": "good"}
    assert find(inputs(historic), lambda row: row["age"] > 100.25)["age"] == 101.0


@pytest.mark.parametrize(
    "is_found",
    [
        lambda row: row["age"] is None,
        lambda row: row["age"] == 250,
        lambda row: row["age"] == math.nextafter(250, 0),
        lambda row: row["condition"] == "true",
        # Where z is 0 with one room, the last number before, and the same with nine rooms.
        lambda row: row["age"] == 100.25 and row["rooms"] == 1,
        lambda row: row["age"] == math.nextafter(100.25, 0) and row["rooms"] == 1,
        lambda row: row["age"] == 98.25 and row["rooms"] == 9,
    ],
)
def test_unusual_rows_are_where_faults_sit(historic, is_found):
    found = find(
        inputs(historic, unusual=True),
        is_found,
        settings=settings(max_examples=5000, database=None),
    )
    read_row(historic.spec.inputs, found)


def test_usual_rows_have_nothing_missing(historic):
    @given(inputs(historic))
    def all_there(row):
        assert None not in row.values()

    all_there()


# -- pairs ----------------------------------------------------------------------------------------


@given(st.data(), st.booleans())
def test_pairs_differ_in_one_input_alone_the_smaller_value_first(data, unusual):
    spec = data.draw(simple_specs())
    axes = [a for a in Domain.of(spec).axes if a.choices is None or len(a.choices) > 1]
    assume(axes)
    axis = data.draw(st.sampled_from(axes))
    first, second = data.draw(pairs(spec, axis.name, unusual=unusual))
    for row in (first, second):
        read_row(spec.inputs, row)
    assert {name for name in first if first[name] != second[name]} == {axis.name}
    if axis.input.type != "category":
        assert first[axis.name] < second[axis.name]


@pytest.mark.parametrize(
    "is_found",
    [
        lambda a, b: b == math.nextafter(a, math.inf) and b != 250,
        lambda a, b: (a, b) == (0, 250),
        lambda a, b: (a, b) == (math.nextafter(100.25, 0), 100.25),
    ],
)
def test_unusual_pairs_are_neighbours_ends_or_beside_a_hinge(historic, is_found):
    strategy = pairs(historic, "age", unusual=True)
    search = settings(max_examples=5000, database=None)
    find(strategy, lambda pair: is_found(pair[0]["age"], pair[1]["age"]), settings=search)


# -- tables ---------------------------------------------------------------------------------------


@given(st.data(), st.booleans())
def test_tables_are_evaluated_and_have_as_many_rows_as_were_asked_for(data, unusual):
    """No cell is refused, and each row of the table gives what the row gives by itself."""
    spec = data.draw(simple_specs())
    columns = {item.column_name for item in spec.inputs}
    assume(len(columns) == len(spec.inputs))
    least = data.draw(st.integers(0, 30))
    most = data.draw(st.none() | st.integers(least, 40))
    table = data.draw(tables(spec, min_rows=least, max_rows=most, unusual=unusual))
    assert set(table) == columns
    n_rows = {len(column) for column in table.values()}
    assert n_rows <= set(range(least, (max(least, 12) if most is None else most) + 1))
    assert not open_table(spec.inputs, table).bind().bad.any()
    network = Network(spec)
    values = network.evaluate(table, on_error="null")
    assert {len(column) for column in values.values()} == n_rows


def shared(*items: Input) -> NetworkSpec:
    neuron = Neuron("total", {unit: 1 for item in items for unit in item.units})
    return NetworkSpec("shared", items, (Layer("output", (neuron,)),))


SHARED = [
    shared(
        Input("income", range=(0, 100)),
        Input("log-income", range=(1, None), column="income", transforms=(Transform("log"),)),
    ),
    shared(Input("a", range=(0, 9.5)), Input("b", type="integer", range=(5, 20), column="a")),
    shared(Input("a", type="boolean"), Input("b", range=(0.5, 2), column="a")),
    shared(
        Input("a", type="category", categories=("x", 2, True)),
        Input("b", type="category", categories=("2", "y", "true"), column="a"),
    ),
    shared(Input("a", range=(0, 1), missing=0), Input("b", column="a")),
]


@pytest.mark.parametrize("spec", SHARED, ids=range(len(SHARED)))
def test_a_column_that_two_inputs_read_suits_both(spec):
    @given(tables(spec, min_rows=1, max_rows=40, unusual=True))
    def suits(table):
        Network(spec).evaluate(table)

    suits()


def test_a_column_that_can_suit_no_two_inputs_is_refused():
    apart = shared(Input("a", range=(0, 1)), Input("b", range=(2, 3), column="a"))
    with pytest.raises(InvalidArgument, match="no value of column 'a' suits both a and b"):
        find(tables(apart), lambda _: True)
    mixed = shared(Input("a"), Input("b", type="category", categories=("x",), column="a"))
    with pytest.raises(InvalidArgument, match="is a category to one of a and b alone"):
        find(tables(mixed), lambda _: True)


def test_tables_shrink_to_no_rows(historic):
    assert {len(column) for column in find(tables(historic), lambda _: True).values()} == {0}


# -- networks -------------------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=3 * settings.default.max_examples)
def test_specs_have_no_errors_and_are_as_large_as_was_asked_for(data):
    sizes = st.tuples(st.integers(1, 5), st.integers(1, 5)).map(sorted)
    knobs = {f"{side}_{what}": n for what in ("inputs", "layers", "neurons")
             for side, n in zip(("min", "max"), data.draw(sizes), strict=True)}  # fmt: skip
    spec = data.draw(network_specs(**knobs, max_synapses=2, decorated=True))
    assert [d for d in check(spec) if d.severity == "error"] == []
    assert knobs["min_inputs"] <= len(spec.inputs) <= knobs["max_inputs"]
    assert knobs["min_layers"] <= len(spec.layers) <= knobs["max_layers"]
    for layer in spec.layers:
        assert knobs["min_neurons"] <= len(layer.neuron_names) <= knobs["max_neurons"]
    assert all(len(neuron.synapses) <= 2 for _, neuron in spec.neurons())


@given(network_specs(activations=["relu", "logistic"], groups=[], transforms=[], bulk=False))
def test_specs_are_made_of_what_was_asked_for_alone(spec):
    for layer in spec.layers:
        assert not isinstance(layer, BulkLayer)
        assert layer.group is None
        for neuron in layer.neurons:
            assert (neuron.activation or layer.activation).name in ("relu", "logistic")
    assert all(item.transforms == () for item in spec.inputs)


@settings(suppress_health_check=list(HealthCheck), max_examples=5)
@given(network_specs(min_inputs=20, min_layers=4, min_neurons=20))
def test_large_specs_do_not_run_out_of_names(spec):
    names = [item.name for item in spec.inputs] + [
        name for layer in spec.layers for name in layer.neuron_names
    ]
    assert len(names) == len(set(names)) >= 100
    Network(spec)


def test_specs_shrink_to_one_neuron_with_one_synapse():
    spec = find(network_specs(bulk=False), lambda _: True)
    ((_, neuron),) = spec.neurons()
    assert len(spec.inputs) == len(spec.layers) == len(neuron.synapses) == 1
    assert neuron.synapses[0].weight == 1


@given(st.from_type(NetworkSpec), st.from_type(Network))
def test_hypothesis_makes_specs_and_networks_by_their_type(spec, network):
    assert [d for d in check(spec) if d.severity == "error"] == []
    assert isinstance(network, Network)


# -- broken specs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [*FAULTS, *WARNINGS])
def test_a_broken_spec_gives_its_code_and_no_other(code):
    @settings(max_examples=max(10, settings.default.max_examples // 4))
    @given(broken_specs(codes=[code]))
    def only(broken):
        assert broken.code == code
        found = check_text(broken.text).diagnostics
        assert {d.code for d in found} == {code}, found

    only()


@given(broken_specs())
@example(BrokenSpec("", "NS116"))
def test_broken_specs_are_refused(broken):
    """By default the fault is an error, never a mere warning."""
    with pytest.raises(nnspec.SpecError) as caught:
        nnspec.loads(broken.text)
    assert {d.code for d in caught.value.diagnostics} == {broken.code}


def test_broken_specs_know_every_rule_but_those_of_files():
    codes = {rule.code for rule in RULES}
    of_files = {code for code in codes if code == "NS115" or code.startswith("NS6")}
    assert {*FAULTS, *WARNINGS} == codes - of_files


# -- arguments ------------------------------------------------------------------------------------

XOR = "specs/xor.yaml"


@pytest.mark.parametrize(
    ("strategy", "said"),
    [
        (inputs(3), "network must be a Network, a NetworkSpec or the path"),
        (inputs(NetworkSpec("n", (), ())), "the spec has errors"),
        (pairs(XOR, "aa"), "xor has no input 'aa'; did you mean 'a'?"),
        (pairs(shared(Input("a", range=(1, 1))), "a"), "a has one value only"),
        (tables(XOR, min_rows=-1), "min_rows must be at least 0; given -1"),
        (tables(XOR, max_rows=2.5), "max_rows must be an integer; given 2.5"),
        (tables(XOR, min_rows=3, max_rows=2), "min_rows=3 is greater than max_rows=2"),
        (network_specs(min_layers=0), "min_layers must be at least 1; given 0"),
        (network_specs(min_layers=4, max_layers=3), "min_layers=4 is greater than max_layers=3"),
        (network_specs(activations=["rely"]), "did you mean 'relu'?"),
        (network_specs(activations="relu"), "activations must be a list of names"),
        (network_specs(aggregations=[]), "aggregations must name at least one of sum"),
        (broken_specs(codes=["NS999"]), "codes has no 'NS999'"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_when_the_strategy_is_used(strategy, said):
    with pytest.raises(InvalidArgument, match=re.escape(said)):
        find(strategy, lambda _: True)


def test_strategies_are_shown_as_they_were_written():
    assert repr(inputs(XOR, unusual=True)) == f"inputs({XOR!r}, unusual=True)"
    assert repr(network_specs(max_layers=1)) == "network_specs(max_layers=1)"


def test_a_spec_file_that_changes_is_read_again(tmp_path):
    path = tmp_path / "historic.yaml"
    path.write_text(HISTORIC)
    assert find(inputs(path), lambda _: True)["rooms"] == 1
    path.write_text(HISTORIC.replace("[1, 9]", "[7, 99]"))
    assert find(inputs(path), lambda _: True)["rooms"] == 7


def test_importing_the_package_loads_neither_arrays_nor_hypothesis():
    script = "import sys, nnspec.testing; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"numpy", "polars", "hypothesis", "yaml"} & set(run.stdout.split())


# -- assertions -----------------------------------------------------------------------------------


def message_of(assertion: Any, *args: Any, **options: Any) -> str | None:
    """What an assertion says, None if it holds."""
    try:
        assertion(*args, **options)
    except AssertionError as error:
        return str(error)
    return None


ROW = re.compile(r"^  ((?:[^\s:]+ -?[\d.e+-]+(?: -> -?[\d.e+-]+)?(?:, |: ))+)", re.MULTILINE)


def rows_in(message: str) -> tuple[dict[str, float], dict[str, float]]:
    """The row that a message shows, or the two."""
    # Both sides of an interval may be missed: the first will do.
    text = ROW.findall(message)[0]
    first, second = {}, {}
    for cell in text.removesuffix(": ").split(", "):
        name, low, _, high = [*cell.split(" "), "", ""][:4]
        first[name], second[name] = float(low), float(high or low)
    return first, second


def numeric_specs() -> st.SearchStrategy[NetworkSpec]:
    """Small networks of numbers, of operations that overflow nowhere."""
    piecewise = ["relu", "identity", "abs", "hard-tanh", "step", "tanh", "sigmoid"]
    return simple_specs(
        activations=piecewise, aggregations=["sum", "max"], groups=[], transforms=["clip"]
    ).filter(lambda spec: all(item.type in ("number", "integer") for item in spec.inputs))


FEW = {"max_examples": 500}


@given(st.data())
def test_a_counterexample_to_monotony_is_one_to_the_reference_evaluator(data):
    spec = data.draw(numeric_specs())
    neuron = data.draw(st.sampled_from([n for layer in spec.layers for n in layer.neuron_names]))
    varied = [item.name for item in spec.inputs if item.range[0] is None
              or item.range[0] != item.range[1]]  # fmt: skip
    assume(varied)
    name = data.draw(st.sampled_from(varied))
    said = message_of(assert_monotone, spec, neuron, name, "increasing", **FEW)
    assert said == message_of(assert_monotone, Network(spec), neuron, name, **FEW)
    if said is not None:
        first, second = rows_in(said)
        assert first[name] < second[name]
        assert {k for k in first if first[k] != second[k]} == {name}
        assert (
            evaluate_row(spec, first).outputs[neuron] > evaluate_row(spec, second).outputs[neuron]
        )
    else:
        pair = data.draw(pairs(spec, name, unusual=True))
        low, high = [evaluate_row(spec, row).outputs[neuron] for row in pair]
        # What is not refuted holds at other rows too, but for rounding.
        assert low - high <= 1e-9 * max(1, abs(low), abs(high))


@given(st.data())
def test_a_counterexample_to_an_interval_is_one_to_the_reference_evaluator(data):
    spec = data.draw(numeric_specs())
    neuron = data.draw(st.sampled_from([n for layer in spec.layers for n in layer.neuron_names]))
    middle = evaluate_row(spec, data.draw(inputs(spec))).outputs[neuron]
    said = message_of(assert_within, spec, neuron, middle - 1, middle + 1, **FEW)
    if said is not None:
        (row, _) = rows_in(said)
        assert abs(evaluate_row(spec, row).outputs[neuron] - middle) > 1
    row = data.draw(inputs(spec, unusual=True))
    if said is None:
        value = evaluate_row(spec, row).outputs[neuron]
        assert abs(value - middle) <= 1 + 1e-9 * max(1, abs(middle))


@given(st.data())
def test_networks_that_differ_in_one_bias_are_told_apart_at_a_row_where_they_do(data):
    """The output's bias is raised by 1; the same network written otherwise is equivalent."""
    spec = data.draw(numeric_specs())
    reordered = replace(spec, layers=tuple(_reversed(layer) for layer in spec.layers))
    assert message_of(assert_equivalent, spec, reordered, **FEW) is None
    total = Neuron("the-total", dict.fromkeys(spec.output_names, 1.0), bias=0)
    old = replace(spec, layers=(*spec.layers, Layer("the-sum", (total,))), outputs=("the-total",))
    raised = replace_neuron(total, bias=1)
    new = replace(old, layers=(*spec.layers, Layer("the-sum", (raised,))))
    assert message_of(assert_equivalent, old, new, within=2, **FEW) is None
    said = message_of(assert_equivalent, old, new, **FEW)
    assert said is not None
    row, _ = rows_in(said)
    found = [evaluate_row(network, row).outputs["the-total"] for network in (old, new)]
    assert found[1] - found[0] == pytest.approx(1)


def _reversed(layer: Any) -> Any:
    if isinstance(layer, BulkLayer):
        return layer
    neurons = [replace_neuron(n, synapses=tuple(reversed(n.synapses))) for n in layer.neurons]
    return replace(layer, neurons=tuple(neurons))


def test_claims_that_hold_say_nothing():
    assert_monotone(VALUATION, "price", "area")
    assert_monotone(VALUATION, "price", "age", "decreasing", when={"age": (None, 100)})
    assert_within(VALUATION, "historic", 0, 150)
    assert_within(VALUATION, "historic", None, 0, when={"age": (0, 100)})
    assert_equivalent(VALUATION, nnspec.load(VALUATION))


def test_claims_that_fail_show_the_smallest_counterexample_in_names_and_units():
    said = message_of(assert_monotone, VALUATION, "price", "age", "decreasing")
    assert "price never rises as age rises" in said
    assert "age 100 -> 101 year: price rises from 365,880 to 367,720 USD" in said
    assert re.search(r"historic +0 -> 1", said)
    said = message_of(assert_within, VALUATION, "historic", None, 20, when={"area": (2000, None)})
    assert "area 2000 ft2" in said
    assert "historic is 30, above 20" in said
    assert "age 250 year: historic is 150, above 20" in said


def test_networks_that_differ_show_where_they_do_most(historic):
    other = nnspec.loads(HISTORIC.replace("-100.5", "-100"))
    said = message_of(assert_equivalent, historic, other)
    assert said.startswith("historic differs by 0.5 USD, the most found in ")
    assert "in the first network" in said
    assert "other" not in re.sub("the other", "", said)
    assert_equivalent(historic, other, neurons=["other"])
    assert_equivalent(historic, other, over={"age": (0, 90)})
    assert_equivalent(historic, other, within=0.5)
    assert message_of(assert_equivalent, historic, other, over={"condition": [2]}) is not None
    with pytest.raises(AssertionError, match="condition true"):
        assert_equivalent(historic, other, over={"condition": [True]})


def test_what_rounding_adds_to_an_allowed_difference_is_no_difference():
    text = Path(VALUATION).read_text()
    dearer = nnspec.loads(text.replace("historic: 1840", "historic: 1900"))
    for seed in range(5):
        assert_equivalent(VALUATION, dearer, within=60 * 150, seed=seed, max_examples=2000)
        with pytest.raises(AssertionError, match="price differs by 9,000 USD"):
            assert_equivalent(VALUATION, dearer, within=9000 - 1e-3, seed=seed, max_examples=2000)


def test_the_same_seed_finds_the_same_and_another_seed_searches_elsewhere():
    def said(seed: int) -> str | None:
        return message_of(
            assert_within, "specs/heat-index.yaml", output, None, high, seed=seed, max_examples=50
        )

    network = nnspec.load("specs/heat-index.yaml")
    (output, *_), high = network.outputs, 1e-3
    assert said(3) is not None
    assert said(3) == said(3)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda n: assert_monotone(n, "histric", "age"), "did you mean 'historic'?"),
        (lambda n: assert_monotone(n, "historic", "agee"), "did you mean 'age'?"),
        (lambda n: assert_monotone(n, "historic", "age", "up"), "direction must be 'increasing'"),
        (lambda n: assert_monotone(n, "other", "condition"), "condition"),
        (lambda n: assert_within(n, "historic", None, None), "every value lies within"),
        (lambda n: assert_within(n, "historic", 2, 1), "2"),
        (lambda n: assert_within(n, "historic", 0, 1, when={"age": (300, 400)}), "[0, 250]"),
        (lambda n: assert_within(n, "historic", 0, 1, when={"years": (3, 4)}), "years"),
        (lambda n: assert_equivalent(n, XOR), "xor has no neuron 'historic'"),
        (lambda n: assert_equivalent(n, n, within=-1), "within must be a number from 0 on"),
        (lambda n: assert_equivalent(n, n, over={"age": (9, 3)}), "age"),
        (
            lambda n: assert_equivalent(n, shared(Input("age")), neurons=[]),
            "the networks' inputs differ",
        ),
    ],
)
def test_wrong_questions_are_refused(historic, call, said):
    with pytest.raises(InvalidArgument) as caught:
        call(historic)
    assert said in str(caught.value)


def test_what_the_spec_itself_claims_is_not_asked_again(historic):
    """An assertion is about its own claim alone, true or false as those of the spec may be."""
    false = replace(historic.spec, properties=(Property(Then({"historic": (9, None)}), "twice"),))
    assert_within(false, "historic", 0, None)


def test_aliases_count_as_names_of_activations():
    assert ALIASES["logistic"] == "sigmoid"


def test_every_name_is_in_the_python_reference():
    text = (Path(__file__).parent.parent / "docs" / "reference" / "python.md").read_text()
    names = nnspec.testing.__all__
    assert [
        n for n in names if not re.search(rf"auto\w+:: nnspec\.testing\.[\w.]+\.{n}\n", text)
    ] == []
    for name in names:
        assert getattr(nnspec.testing, name).__doc__


# -- searches, examples, given rows ---------------------------------------------------------------


@given(inputs(VALUATION))
@settings(max_examples=200)
def test_the_aimed_rows_are_the_default_and_hold_no_surprise(row):
    assert None not in row.values()
    assert isinstance(nnspec.load(VALUATION)(**row), float)


def test_an_aimed_row_lets_go_of_its_aim_and_shrinks_as_far_as_a_plain_one():
    network = nnspec.load(VALUATION)
    found = find(inputs(network), lambda row: network(**row) >= 3e6)
    plain = find(inputs(network, unusual=False), lambda row: network(**row) >= 3e6)
    assert found == plain


def test_a_table_shrinks_to_the_one_row_that_matters():
    table = find(tables(VALUATION, max_rows=200), lambda t: (t["age"] > 100).any())
    assert len(table["age"]) == 1


def test_a_search_finds_the_smallest_row_and_the_worst():
    found = nnspec.testing.search(VALUATION, lambda row, values: values["historic"] - 20)
    assert found is not None
    assert found.row["age"] == pytest.approx(120, abs=1e-5)
    assert found.worst["age"] == 250
    assert nnspec.testing.search(VALUATION, lambda row: row["age"] > 250) is None


def test_what_does_not_hold_is_said_with_a_line_that_tries_it_again():
    def young(row):
        assert row["age"] <= 100

    with pytest.raises(AssertionError, match="young does not hold") as caught:
        nnspec.testing.assert_holds(VALUATION, young)
    (line,) = [line for line in str(caught.value).splitlines() if "replay:" in line]
    again = line.partition("replay:")[2].strip()
    names = {"assert_holds": nnspec.testing.assert_holds, "network": VALUATION, "young": young}
    with pytest.raises(AssertionError, match="young does not hold"):
        eval(again, names)


def test_given_rows_are_judged_by_the_specs_own_claims(historic):
    false = replace(historic.spec, properties=(Property(Then({"historic": (0, 100)}), "few"),))
    network = Network(false)
    rows = {"age": [120.0, 230], "new": [True, False], "rooms": [1, 2], "condition": ["good", "2"]}
    (failure,) = network.check(rows)
    assert (failure.row, failure.case.name) == (1, "few")
    assert network.check({name: cells[0] for name, cells in rows.items()}) == ()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda n: assert_monotone(n, "historic", "age", max_examples=1.5), "max_examples must be"),
        (lambda n: assert_monotone(n, "historic", "age", seed=1.5), "seed must be an integer"),
        (lambda n: assert_within(n, "historic", "0", 1), "low must be a number"),
        (lambda n: assert_within(n, "historic", 0, 1, when={"age": 100}), "when['age'] must be"),
        (lambda n: assert_within(n, "historic", 0, 1, when=100), "when must be a map"),
        (lambda n: assert_monotone(n, "historic", "age", when={"condition": "good"}), "list of"),
    ],
)
def test_wrong_arguments_are_refused_in_one_line(historic, call, said):
    with pytest.raises(InvalidArgument) as caught:
        call(historic)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
