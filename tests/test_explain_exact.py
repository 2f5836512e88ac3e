"""Explanations are exact, or say by how much they are not: laws over what once broke them."""

from __future__ import annotations

import math
import re
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import network_specs, rows

from nnspec.diagnostics import CannotError
from nnspec.evaluators.reference import evaluate_row
from nnspec.explaining import Baseline, Explainer, Goal, explain, smallest_change, zeros
from nnspec.explaining.attribution.amounts import amounts_of, seen_units
from nnspec.explaining.baselines import middle_of_ranges
from nnspec.explaining.render.change_text import render_change
from nnspec.network import Network
from nnspec.spec.inputs import middle_cell, number_of, within_whole
from nnspec.spec.model import Activation, Input, Layer, NetworkSpec, Neuron

ROOTS = (Activation("sqrt"), Activation("power", {"exponent": 0.5}))
TWO = (Input("a"), Input("b"))


def network_of(*layers: Layer, inputs: tuple[Input, ...] = TWO) -> Network:
    return Network(NetworkSpec("n", inputs, layers))


@settings(max_examples=40)
@given(st.data())
def test_a_row_and_a_table_agree(data):
    """What ``explain`` says of a row is what it says of it in a table; empty where incomplete."""
    spec = data.draw(network_specs(max_layers=3))
    row, base = data.draw(rows(spec)), data.draw(rows(spec))
    for one in (row, base):
        valuation = evaluate_row(spec, one)
        assume(all(map(math.isfinite, [*valuation.outputs.values(), *valuation.z.values()])))
    network = Network(spec)
    explainer = Explainer(network, Baseline(base, "another row"))
    try:
        explanation = explainer.explain(row)
    except CannotError:
        assume(False)
    columns = {i.name: np.array([number_of(i, row[i.name])]) for i in spec.inputs}
    seen = seen_units(explainer.base, columns)
    with np.errstate(all="ignore"):
        values = network.evaluate_columns(columns, network.neurons).values
        for by in ("neuron", "input"):
            for output, amounts in amounts_of(explainer.base, network.outputs, by).items():
                reasons = getattr(explanation.output(output), f"by_{by}")
                told = {reason.name: reason.amount for reason in reasons.reasons}
                found = amounts(seen, values)[0]
                assert reasons.complete or not np.isfinite(found).all() or (
                    abs(reasons.error) <= 1e-8 * max(reasons.scale, np.abs(found).max(initial=0))
                )  # fmt: skip
                for name, amount in zip(amounts.names, found.tolist(), strict=True):
                    if math.isfinite(amount):
                        room = 1e-9 * max(reasons.scale, 1e-300)
                        assert told.get(name, 0.0) == pytest.approx(amount, rel=1e-7, abs=room)


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.name)
@given(a=st.floats(0, 100), weight=st.floats(-5, 5), c=st.floats(-5, 5))
def test_of_a_root_that_rests_at_0_nothing_follows(root, a, weight, c):
    """Where a + b stays 0, the root of it contributes nothing, by neuron and by input."""
    hidden = Layer("h", (Neuron("root", {"a": 1.0, "b": 1.0}, activation=root),))
    last = Layer("o", (Neuron("y", {"root": weight, "a": c}),))
    found = explain(network_of(hidden, last), {"a": a, "b": -a}).output("y")
    for reasons in (found.by_neuron, found.by_input):
        assert {r.name: r.amount for r in reasons.reasons} == ({"a": c * a} if c * a else {})
        assert reasons.complete


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.name)
@given(st.floats(0.01, 1e6), st.floats(0.01, 1e6))
def test_a_root_of_a_product_that_rests_at_0(root, late, income):
    """sqrt(late x income) - 3 income with late at 0 moves by the income alone."""
    product = Neuron("p", {"a": 1.0, "b": 1.0}, aggregation="product", activation=root)
    network = network_of(Layer("h", (product,)), Layer("o", (Neuron("y", {"p": 10.0, "b": -3.0}),)))
    found = explain(network, {"a": 0.0, "b": income}).output("y").by_input
    assert {r.name: r.amount for r in found.reasons} == {"b": pytest.approx(-3 * income)}
    found = explain(network, {"a": late, "b": income}).output("y").by_input
    assert found.complete


@given(st.integers(1, 12), st.floats(-50, 50), st.floats(1, 40), st.floats(-3, 3), st.booleans())
def test_steep_pieces_are_exact(narrow, at, height, slope, deep):
    """Knots as near as 1e-12: the amounts add up, those of other inputs untouched."""
    width = 10.0**-narrow * max(abs(at), 1.0)
    assume(at + width > at)
    knots = ((at, 0.0), (at + width, height))
    step = Neuron("bin", {"a": 1.0}, activation=Activation("piecewise", {"knots": knots}))
    layers = [Layer("h", (step,))]
    if deep:  # a bend that reads a bend has no closed form
        layers.append(Layer("k", (Neuron("up", {"bin": 1.0}, activation="relu"),)))
    layers.append(Layer("o", (Neuron("y", {"up" if deep else "bin": 2.0, "b": slope}),)))
    base = {"a": at - 10.0, "b": 0.0}
    found = explain(network_of(*layers), {"a": at + 25.0, "b": 4.0}, baseline=base).output("y")
    amounts = {r.name: r.amount for r in found.by_input.reasons}
    assert found.by_input.method == "exact"
    assert found.by_input.complete
    assert amounts["a"] == pytest.approx(2 * height, rel=1e-9)
    assert amounts.get("b", 0.0) == pytest.approx(4.0 * slope, rel=1e-9, abs=1e-12)


@given(st.sampled_from(["sigmoid", "tanh", "hard-sigmoid"]), st.floats(1e3, 1e9))
def test_errors_are_relative_to_what_is_squashed_not_to_its_terms(name, size):
    """A z made of terms of a million gives a scale of the output's size, at most 1 or so."""
    layer = Layer("o", (Neuron("y", {"a": size, "b": -size}, activation=name),))
    found = explain(network_of(layer), {"a": 3.0, "b": 1.0}).output("y")
    for reasons in (found.by_neuron, found.by_input):
        assert reasons.scale <= 1.0 + 1e-9
        assert abs(reasons.error) <= 1e-9


def test_a_difference_beyond_doubles_is_refused():
    layer = Layer("o", (Neuron("y", {"a": 1.0}),))
    with pytest.raises(CannotError, match="no double holds the difference"):
        explain(network_of(layer), {"a": 1e308, "b": 0}, baseline={"a": -1e308, "b": 0})


def test_depth_is_bounded_before_the_work_begins():
    layers = [Layer("l0", (Neuron("n0", {"a": 1.0}, activation="relu"),))]
    for i in range(1, 900):
        layers.append(Layer(f"l{i}", (Neuron(f"n{i}", {f"n{i - 1}": 1.0}, activation="relu"),)))
    with pytest.raises(CannotError, match="n899 has 900 layers with hinges before it"):
        explain(network_of(*layers), {"a": 1.0, "b": 1.0})


def test_a_wide_layer_takes_little_memory():
    """Thousands of bends that feed a sum are a closed form: no array of units by crossings."""
    import tracemalloc

    rng = np.random.default_rng(3)
    hidden = tuple(
        Neuron(f"h{i}", {"a": float(p), "b": float(q)}, bias=float(c), activation="relu")
        for i, (p, q, c) in enumerate(rng.normal(size=(4000, 3)))
    )
    last = Layer("o", (Neuron("y", {one.name: 0.01 for one in hidden}),))
    network = network_of(Layer("h", hidden), last)
    tracemalloc.start()
    found = explain(network, {"a": 0.7, "b": -0.4}).output("y").by_input
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.complete
    assert peak < 100e6


def test_because_tells_what_changed_since_the_baseline():
    """A silent neuron is explained by what moved it, not by terms that were there before."""
    neuron = Neuron("h", {"a": 2.0, "b": -1.0}, activation="relu")
    network = network_of(Layer("h", (neuron,)), Layer("o", (Neuron("y", {"h": 1.0}),)))
    found = explain(network, {"a": 3.0, "b": 9.0}, baseline={"a": 4.0, "b": 1.0})
    (reason,) = found.output("y").by_neuron.reasons
    assert reason.because == "it is silent, not 7: b -8, a -2"


NUMBER = re.compile(r"(up|down) by (\S+) to (\S+)")


@settings(max_examples=60)
@given(
    st.integers(1, 9999).map(lambda n: n / 10_000), st.sampled_from(["step", "sign", "relu"]),
    st.sampled_from([0.0, 1.0]),
)  # fmt: skip
def test_advice_reaches_its_goal_as_printed(threshold, name, start):
    """The row with the printed numbers, or moved by the printed step, meets the goal."""
    item = Input("use", range=(0, 1))
    neuron = Neuron("over", {"use": 1.0}, bias=-threshold, activation=name)
    network = network_of(Layer("o", (neuron,)), inputs=(item,))
    number = -1.0 if name == "sign" else 0.0
    goal = Goal("over", "<=", number) if start else Goal("over", ">=", 1.0 - threshold / 2)
    found = smallest_change(network, {"use": start}, goal, ["use"])
    if found.reached is None:
        return
    match = NUMBER.search(render_change(network, found, "text"))
    assert match is not None
    by, to = (Decimal(text.replace(",", "")) for text in match.groups()[1:])
    assert goal.met(float(network(use=float(to))))
    # A person adds decimals, not doubles.
    moved = Decimal(start) + (by if match[1] == "up" else -by)
    assert goal.met(float(network(use=min(max(float(moved), 0.0), 1.0))))


def test_the_default_baseline_is_the_middle_of_each_range():
    inputs = (
        Input("a", range=(100, 300)), Input("b", range=(None, -2)), Input("c", range=(5, None)),
        Input("n", "integer", range=(0, 5)), Input("yes", "boolean"),
        Input("kind", "category", categories=("poor", "good")), Input("free"),
    )  # fmt: skip
    layers = (Layer("o", (Neuron("y", {"a": 1.0}),)),)
    network = Network(NetworkSpec("n", inputs, layers))
    row = {"a": 1, "b": -3, "c": 7, "n": 1, "yes": True, "kind": "good", "free": 1}
    base = explain(network, row, on_range="ignore").baseline
    assert base.row == {
        "a": 200.0, "b": -2.0, "c": 5.0, "n": 2, "yes": 0, "kind": "poor", "free": 0.0
    }  # fmt: skip
    assert base == middle_of_ranges(network.spec)
    there = explain(network, row, baseline="zeros", on_range="ignore").baseline
    assert there == zeros(network.spec)


@given(low=st.floats(-1e308, 1e308), high=st.floats(-1e308, 1e308), whole=st.booleans())
def test_the_middle_lies_within_its_range(low, high, whole):
    low, high = sorted((low, high))
    item = Input("a", "integer" if whole else "number", range=(low, high))
    ends = within_whole(item, (low, high))
    assume(ends[0] <= ends[1])
    assert ends[0] <= float(middle_cell(item)) <= ends[1]
