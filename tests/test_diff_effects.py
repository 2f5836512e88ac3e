"""What a difference does to outputs: each law is stated by its test's docstring."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import EXACT, network_specs, random_table
from test_diff import renamed

from nnspec.claims import Options
from nnspec.claims.search.comparison import Change
from nnspec.comparing import compare, match
from nnspec.comparing.effects import CannotCompareError, Pair, pair_of, search_effect, table_effect
from nnspec.comparing.effects.data import Comparison, Effect
from nnspec.comparing.effects.histogram import Histogram
from nnspec.comparing.effects.output_changes import Told
from nnspec.comparing.effects.search import RoundedRows
from nnspec.comparing.render.as_json import from_json, to_data, to_json
from nnspec.comparing.render.markdown import markdown_lines
from nnspec.comparing.render.text import text_lines
from nnspec.evaluators.reference import evaluate_row
from nnspec.network import Network, loads
from nnspec.spec.model import Layer, NetworkSpec, Synapse
from nnspec.tables.opening import open_source

FEW = settings(max_examples=max(10, settings.default.max_examples // 4))

SEARCH = Options(max_examples=200)


def pair(old: NetworkSpec, new: NetworkSpec) -> Pair:
    return pair_of(Network(old), Network(new), match(old, new))


def searched(old: NetworkSpec, new: NetworkSpec, options: Options = SEARCH) -> Effect:
    return search_effect(pair(old, new), (), options)


def reweighted(spec: NetworkSpec, factor: float) -> NetworkSpec:
    """Every weight of the named neurons that is a number, times a factor."""
    layers = [
        replace(layer, neurons=tuple([
            replace(n, synapses=tuple([
                Synapse(s, w if isinstance(w, str) else w * factor) for s, w in n.synapses
            ]))
            for n in layer.neurons
        ])) if isinstance(layer, Layer) else layer
        for layer in spec.layers
    ]  # fmt: skip
    return replace(spec, layers=tuple(layers))


# -- the search -----------------------------------------------------------------------------------


@given(network_specs(**EXACT), st.sampled_from([0.5, -1.0, 1.25]))
@FEW
def test_the_change_told_is_what_the_reference_says_at_that_row(spec, factor):
    """Both values are the definition's, to the bit, at the row that is printed."""
    other = reweighted(spec, factor)
    effect = searched(spec, other)
    assert effect.reason == ""
    for output in effect.outputs:
        if output.change is None:
            continue
        values = [evaluate_row(s, output.row).outputs[output.name] for s in (spec, other)]
        assert (output.old, output.new) == tuple(values)
        assert output.change == abs(values[1] - values[0])


@given(st.data(), network_specs())
@FEW
def test_other_names_move_no_output(data, spec):
    """A network under other names gives the same bits: the tolerance may be 0."""
    names = [neuron.name for _, neuron in spec.neurons()]
    numeric = [item.name for item in spec.inputs if item.type != "category"]
    assume(names or numeric)
    old = data.draw(st.sampled_from(names + numeric))
    other = renamed(spec, old, "zz-new")
    assume(old in match(spec, other).neurons or old in match(spec, other).inputs)
    effect = searched(spec, other)
    assert [output.change for output in effect.outputs] == [0.0] * len(spec.output_names)
    assert not (effect.added or effect.removed or effect.reason)


ONE = """
nnspec: 1
name: one
inputs:
  area: {range: [0, 1000]}
  age:  {type: integer, range: [0, 250]}
  kind: {type: category, categories: [flat, house]}
layers:
  - name: output
    neurons:
      price: {unit: USD, bias: 10, synapses: {area: 2, age: -1, kind.house: 100}}
"""


def one(*edits: tuple[str, str]) -> NetworkSpec:
    text = ONE
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return loads(text).spec


def test_the_largest_change_is_found_at_a_row_with_round_numbers():
    (output,) = searched(one(), one(("area: 2", "area: 2.5"))).outputs
    assert (output.change, output.unit) == (500.0, "USD")
    assert output.row == {"area": 1000.0, "age": 0, "kind": "flat"}
    assert (output.old, output.new) == (2010.0, 2510.0)


def test_a_row_is_rounded_as_long_as_the_change_stays():
    networks = [Network(spec) for spec in (one(), one(("area: 2", "area: 2.5")))]
    row = {"area": 999.9999999999, "age": 17, "kind": "house"}
    change = Change("price", 499.99999999995, row, 2092.9, 2592.9, 100)
    polished = RoundedRows(*networks)(change)
    assert polished.row == {"area": 1000.0, "age": 0, "kind": "flat"}
    assert (polished.change, polished.old, polished.new) == (500.0, 2010.0, 2510.0)
    off = Change("price", 250.0, {"area": 500.25, "age": 3, "kind": "flat"}, 1007.5, 1257.6, 1)
    assert RoundedRows(*networks)(off).change >= 250.0


def test_a_renamed_input_and_output_are_compared_under_their_new_names():
    other = one(("area", "size"), ("price", "worth"), ("bias: 10", "bias: 11"))
    (output,) = searched(one(), other).outputs
    assert (output.name, output.old_name, output.change) == ("worth", "price", 1.0)
    assert set(output.row) == {"size", "age", "kind"}


def test_a_category_in_another_place_is_the_same_category():
    other = one(("[flat, house]", "[house, flat]"))
    assert [o.change for o in searched(one(), other).outputs] == [0.0]


def test_what_is_shared_is_compared_and_what_was_narrowed_is_said():
    new = one(
        ("[0, 1000]", "[500, 2000]"), ("[flat, house]", "[house, hut]"), ("area: 2", "area: 3")
    )
    effect = searched(one(), new)
    (output,) = effect.outputs
    assert output.row["kind"] == "house"
    assert output.change == 1000.0
    assert effect.notes == (
        "area is searched over [500, 1000], which both networks declare",
        "kind is searched over the categories of both networks: house",
    )


def test_an_input_of_one_network_is_held_at_its_stand_in():
    extra = "  age:  {type: integer, range: [0, 250]}\n"
    added = extra + "  floor: {range: [0, 9], missing: 3}\n"
    new = one((extra, added), ("area: 2,", "area: 2, floor: 7,"))
    effect = searched(one(), new)
    assert [output.change for output in effect.outputs] == [21.0]
    assert effect.notes == (
        "floor, an input of the new network only, is held at its stand-in 3",
    )  # fmt: skip
    assert "floor" not in effect.outputs[0].row


KINDS = """
nnspec: 1
name: kinds
inputs:
  area: {range: [0, 10]}
  kind: {type: category, categories: [flat, house, hut]}
layers:
  - {name: dense, size: 2, from: [kind, area], weights: WEIGHTS, activation: relu}
  - name: output
    neurons: {price: {synapses: {dense.0: 1, dense.1: 100}}}
"""


@pytest.mark.parametrize("form", ["dense", "sparse"])
def test_matrices_over_categories_follow_them_to_other_places(form):
    """Columns go with their categories; a category of one network alone is never asked."""
    dense = [[1, 2, 3, 0.5], [4, 5, 6, 0.25]]
    moved = [[9, 3, 1, 0.5], [9, 6, 4, 0.25]]
    weights = [
        {"sparse": [[i, j, w] for i, row in enumerate(rows) for j, w in enumerate(row)]}
        if form == "sparse" else rows
        for rows in (dense, moved)
    ]  # fmt: skip
    old = loads(KINDS.replace("WEIGHTS", str(weights[0])))
    new = loads(
        KINDS.replace("WEIGHTS", str(weights[1])).replace("[flat, house, hut]", "[barn, hut, flat]")
    )
    effect = searched(old.spec, new.spec)
    assert [output.change for output in effect.outputs] == [0.0]
    assert effect.notes == ("kind is searched over the categories of both networks: hut, flat",)
    other = loads(KINDS.replace("WEIGHTS", str(weights[1])))
    assert searched(old.spec, other.spec).outputs[0].change == 508.0


def test_a_category_of_one_network_is_held_at_its_stand_in():
    area = "inputs:\n  area: {range: [0, 10]}\nlayers:\n  - name: output\n    neurons:\n"
    old = loads(f"nnspec: 1\nname: n\n{area}      price: {{bias: 7, synapses: {{area: 1}}}}\n")
    kind = "kind: {type: category, categories: [flat, hut], missing: hut}"
    new = loads(
        f"nnspec: 1\nname: n\n{area}".replace("layers", f"  {kind}\nlayers")
        + "      price: {synapses: {area: 1, kind.flat: 100, kind.hut: 9}}\n"
    )
    effect = searched(old.spec, new.spec)
    assert [output.change for output in effect.outputs] == [2.0]
    assert set(effect.outputs[0].row) == {"area"}


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        ([("  age:", "  floor: {}\n  age:")],
         "the new network needs floor, which the old one does not have"),
        ([("{range: [0, 1000]}", "{type: category, categories: [1, 2]}"), ("area: 2", "area.1: 2")],
         "input area was of type number, and is category now"),
        ([("[0, 1000]", "[2000, 3000]")],
         "the old and the new range of area have nothing in common"),
        ([("[flat, house]", "[hut, barn]"), ("kind.house", "kind.hut")],
         "input kind has no category that it had before"),
        ([("price: {unit: USD, bias: 10, synapses: {area: 2, age: -1, kind.house: 100}}",
           "risk: {bias: -3, activation: tanh, synapses: {age: 1}}")],
         "the networks have no output in common"),
    ],
)  # fmt: skip
def test_why_outputs_cannot_be_compared_is_said(edits, reason):
    effect = searched(one(), one(*edits))
    assert effect.reason.startswith(reason)
    assert effect.outputs == ()


def test_a_name_that_now_stands_for_another_thing_is_no_obstacle():
    """The old neuron `price` is gone, and an input has its name now."""
    old = one(("price:", "worth:"), ("    neurons:\n", "    neurons:\n      "
              "price: {bias: 1, activation: tanh, synapses: {age: 3}}\n"))  # fmt: skip
    new = one(("price:", "worth:"), ("area", "price"))
    effect = search_effect(pair(old, new), ("price",), SEARCH)
    assert [(o.name, o.change) for o in effect.outputs] == [("worth", 0.0)]
    assert effect.removed == ("price",)


# -- a table --------------------------------------------------------------------------------------


def tabled(old: NetworkSpec, new: NetworkSpec, path: Path, limits: Told | None = None) -> Any:
    with open_source(path) as source:
        return table_effect(pair(old, new), source, Told() if limits is None else limits)


def table_file(spec: NetworkSpec, n_rows: int, seed: int, path: Path) -> dict[str, Any]:
    """Random rows as CSV, numbers in full."""
    table = random_table(spec, n_rows, np.random.default_rng(seed))
    columns = {item.column_name: table[item.name] for item in spec.inputs}
    pl.DataFrame({k: list(v) for k, v in columns.items()}).write_csv(path)
    return table


@given(network_specs(**EXACT), st.integers(0, 100), st.sampled_from([0.0, 0.5]), st.integers(0, 4))
@FEW
def test_a_tables_moves_are_those_of_its_rows(tmp_path_factory, spec, seed, tolerance, top):
    """Counts, the mean, the largest move, the top rows and the bars agree with both evaluations."""
    # Two inputs could read one column otherwise, with one cell for both.
    spec = replace(spec, inputs=tuple([replace(item, column=None) for item in spec.inputs]))
    other = reweighted(spec, 1.5)
    path = tmp_path_factory.mktemp("table") / "rows.csv"
    table = table_file(spec, 40, seed, path)
    found = tabled(spec, other, path, Told(tolerance, top))
    old, new = [Network(s).evaluate(table, on_error="null") for s in (spec, other)]
    first = next(iter(old))
    bad = [np.isnan(values[first]) for values in (old, new)]
    assert found.rows == 40
    assert found.compared == int(np.sum(~bad[0] & ~bad[1]))
    assert (found.bad, found.only_old, found.only_new) == (
        np.sum(bad[0] & bad[1]), np.sum(~bad[0] & bad[1]), np.sum(bad[0] & ~bad[1]),
    )  # fmt: skip
    for output in found.outputs:
        good = ~bad[0] & ~bad[1]
        change = np.where(good, new[output.name] - old[output.name], 0.0)
        moved = np.abs(change) > tolerance
        assert (output.moved, output.rose) == (moved.sum(), (moved & (change > 0)).sum())
        assert output.fell == output.moved - output.rose
        assert abs(output.largest) == (np.abs(change[moved]).max() if moved.any() else 0)
        assert output.mean == pytest.approx(change.sum() / max(1, good.sum()))
        order = np.argsort(-np.abs(change), kind="stable")[: min(top, int(moved.sum()))]
        assert [row.row for row in output.top] == [i + 1 for i in order.tolist()]
        assert [row.new - row.old for row in output.top] == change[order].tolist()
        assert sum(bar.rows for bar in output.bars) == output.moved


def test_a_row_that_only_one_network_can_value_is_counted(tmp_path):
    (tmp_path / "t.csv").write_text(
        "area,age,kind\n1,2,flat\n,2,flat\n3,x,house\n4,5,hut\n5,6,house\n"
    )
    old, new = one(), one(("area: {", "area: {missing: 7, "))
    found = tabled(old, new, tmp_path / "t.csv")
    assert (found.rows, found.compared, found.bad, found.only_old, found.only_new) == (
        5,
        2,
        2,
        0,
        1,
    )
    assert found.faults[0].startswith("old: row 2, column 'area'")


def test_a_row_that_one_network_cannot_value_moves_nothing(tmp_path):
    """It is counted, and in neither a mean, a bar nor the rows that move most."""
    (tmp_path / "t.csv").write_text("area,age,kind\n1,2,flat\n,3,flat\n")
    old, new = one(("area: {", "area: {missing: 7, ")), one(("bias: 10", "bias: 12"))
    for first, second in ((old, new), (new, old)):
        found = tabled(first, second, tmp_path / "t.csv")
        assert {found.only_old, found.only_new} == {0, 1}
        (output,) = found.outputs
        assert (abs(output.mean), output.moved, len(output.top)) == (2.0, 1, 1)


def test_columns_go_by_the_new_name_or_else_by_the_old_one(tmp_path):
    old, new = one(), one(("area", "size"), ("bias: 10", "bias: 20"))
    for header in ("area", "size"):
        (tmp_path / "t.csv").write_text(f"{header},age,kind\n10,2,flat\n")
        (output,) = tabled(old, new, tmp_path / "t.csv").outputs
        assert output.largest == 10.0
        assert output.top[0].values == {"size": 10.0, "age": 2, "kind": "flat"}


def test_an_input_of_one_network_is_read_from_the_table_if_it_is_there(tmp_path):
    new = one(("  age:", "  floor: {missing: 3}\n  age:"), ("area: 2,", "area: 2, floor: 7,"))
    (tmp_path / "with.csv").write_text("area,age,kind,floor\n1,2,flat,100\n")
    (tmp_path / "without.csv").write_text("area,age,kind\n1,2,flat\n")
    assert tabled(one(), new, tmp_path / "with.csv").outputs[0].largest == 700.0
    assert tabled(one(), new, tmp_path / "without.csv").outputs[0].largest == 21.0


def test_no_batch_size_changes_what_is_told(tmp_path, monkeypatch):
    spec, other = one(), one(("area: 2", "area: 2.37"))
    table_file(spec, 500, 3, tmp_path / "t.csv")
    pl.read_csv(tmp_path / "t.csv").write_parquet(tmp_path / "t.parquet")
    whole = tabled(spec, other, tmp_path / "t.parquet")
    batches = []
    monkeypatch.setattr("nnspec.tables.source.in_batches.__defaults__", (37,))
    with open_source(tmp_path / "t.parquet") as source:
        pieces = table_effect(pair(spec, other), source, Told(), on_batch=batches.append)
    assert len(batches) > 5
    assert pieces.outputs[0].bars == whole.outputs[0].bars
    assert pieces.outputs[0].top == whole.outputs[0].top
    assert pieces.outputs[0].mean == pytest.approx(whole.outputs[0].mean, rel=1e-12)


def test_networks_without_a_common_output_have_no_table_to_compare(tmp_path):
    other = one(("price: {unit: USD, bias: 10, synapses: {area: 2, age: -1, kind.house: 100}}",
                 "risk: {bias: -3, activation: tanh, synapses: {age: 1}}"))  # fmt: skip
    (tmp_path / "t.csv").write_text("area,age,kind\n1,2,flat\n")
    with pytest.raises(CannotCompareError, match="no output in common"):
        tabled(one(), other, tmp_path / "t.csv")


# -- the histogram --------------------------------------------------------------------------------

some_numbers = st.lists(
    st.floats(-1e6, 1e6).filter(lambda x: abs(x) > 1e-6)
    | st.integers(-50, 50).filter(bool).map(float)
    | st.sampled_from([1e300, -1e300, 5e-324, 1e307, 0.1, 0.3, 1000.0, 9.99999, 10.0]),
    min_size=1, max_size=60,
)  # fmt: skip


@given(some_numbers, st.integers(1, 60))
def test_every_number_stands_in_its_bar_whatever_the_batches(values, size):
    """Each number is in one bar; neither order nor batches of the numbers matter."""
    numbers = np.array(values)
    whole, pieces = Histogram(), Histogram()
    whole.add(numbers)
    for start in range(0, len(numbers), size):
        pieces.add(numbers[::-1][start : start + size])
    bars = whole.bars()
    assert bars == pieces.bars()
    assert sum(bar.rows for bar in bars) == len(numbers)
    assert len(bars) <= 14
    for before, after in pairwise(bars):
        assert before.high == after.low
    for bar in bars:
        low = -math.inf if bar.low is None else bar.low
        high = math.inf if bar.high is None else bar.high
        slack = 1e-9 * max(1.0, *(abs(x) for x in (low, high) if math.isfinite(x)))
        inside = (numbers >= low - slack) & (numbers <= high + slack)
        assert bar.rows <= inside.sum()


def test_bars_are_round_and_tails_are_open():
    histogram = Histogram()
    histogram.add(np.concatenate([np.linspace(1, 100, 1000, endpoint=False), [1e9]]))
    bars = histogram.bars()
    assert [(bar.low, bar.high) for bar in bars[:3]] == [(0, 10), (10, 20), (20, 30)]
    assert (bars[-1].high, bars[-1].rows) == (None, 1)
    assert Histogram().bars() == ()


# -- reports --------------------------------------------------------------------------------------


def comparison(old: NetworkSpec, new: NetworkSpec, **facts: Any) -> Comparison:
    to = match(old, new)
    effect = facts.pop("effect", None) or search_effect(pair(old, new), (), SEARCH)
    return Comparison(old.name, new.name, "old", "new", compare(old, new, to), effect, **facts)


@given(network_specs(decorated=True), network_specs(decorated=True))
@FEW
def test_a_report_in_json_reads_back_as_itself(first, second):
    """from_json(to_json(c)) == c, and text and Markdown are lines of printable text."""
    found = comparison(first, second)
    text = to_json(found)
    assert from_json(text) == found
    assert to_json(from_json(text)) == text
    for line in (*text_lines(found), *markdown_lines(found)):
        assert line.isprintable()


def test_a_report_in_json_holds_the_table_too(tmp_path):
    table_file(one(), 30, 1, tmp_path / "t.csv")
    other = one(("area: 2", "area: 3"))
    table = tabled(one(), other, tmp_path / "t.csv")
    found = comparison(one(), other)
    found = replace(found, effect=replace(found.effect, table=table))
    assert from_json(to_json(found)) == found
    assert to_data(found)["effect"]["table"]["outputs"][0]["moved"] == table.outputs[0].moved


def test_the_tolerance_decides_whether_networks_differ():
    other = one(("bias: 10", "bias: 10.5"))
    assert comparison(one(), other).differs
    assert comparison(one(), other, tolerance=0.4).differs
    assert not comparison(one(), other, tolerance=0.5).differs
    assert not comparison(one(), one(("unit: USD", "unit: EUR"))).differs
    assert comparison(one(), other, effect=Effect(reason="why")).differs
    said = one(("unit: USD", "title: other words, unit: USD"))
    assert not comparison(one(), said, effect=Effect(reason="why")).differs
    assert comparison(one(), one(), effect=Effect(added=("risk",))).differs
