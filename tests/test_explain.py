"""Explanations add up: each law is stated by its test's docstring."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from strategies import CONTINUOUS, PIECEWISE_LINEAR, network_specs, rows

import nnspec
from nnspec.diagnostics import CannotError
from nnspec.evaluators.reference import evaluate_row
from nnspec.explaining import Baseline, Explainer, Explanation, explain, middle, zeros
from nnspec.explaining.attribution.amounts import amounts_of, seen_units
from nnspec.explaining.attribution.reason_columns import strongest
from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.network import Network
from nnspec.program.adjoint import slopes
from nnspec.spec.model import Input, Layer, NetworkSpec, Neuron, Value
from nnspec.tables.cells.cell import read_row
from nnspec.tables.errors import DataError

STRAIGHT: dict[str, Any] = {
    "activations": PIECEWISE_LINEAR,
    "aggregations": ("sum", "mean", "max", "min", "manhattan"),
    "groups": ("winner",),
}
"""Networks of straight pieces, with jumps."""


def finite(spec: NetworkSpec, row: Mapping[str, Value]) -> bool:
    """Whether every unit is finite for a row."""
    valuation = evaluate_row(spec, row)
    return all(map(math.isfinite, [*valuation.outputs.values(), *valuation.z.values()]))


def drawn(data: st.DataObject, **parts: Any) -> tuple[Network, Explanation, dict[str, Value]]:
    """A network, the explanation of one of its rows, and the baseline's row."""
    spec = data.draw(network_specs(**parts))
    row, base = data.draw(rows(spec)), data.draw(rows(spec))
    assume(finite(spec, row) and finite(spec, base))
    network = Network(spec)
    return network, explain(network, row, baseline=base), base


# -- neuron by neuron -----------------------------------------------------------------------------


@given(st.data())
def test_bias_and_terms_are_z_to_the_last_bit(data):
    """A neuron's bias plus the aggregation of its terms is the reference's z, bit for bit."""
    network, explanation, _ = drawn(data)
    valuation = evaluate_row(network.spec, explanation.row)
    assert [step.name for step in explanation.neurons] == list(network.neurons)
    for step in explanation.neurons:
        amounts = [term.amount for term in step.terms]
        aggregation = AGGREGATIONS[step.aggregation]
        reduced = aggregation.empty if not amounts and aggregation.empty is not None else (
            aggregation.scalar(amounts)
        )  # fmt: skip
        assert step.bias + reduced == step.z == valuation.z[step.name]
        assert step.value == valuation.outputs[step.name]
        for term in step.terms:
            assert term.amount == aggregation.pointwise(term.weight, term.value)
            assert term.value == valuation.outputs[term.source]


@pytest.mark.parametrize("name", ["relu", "relu6", "step", "hard-sigmoid"])
@given(z=st.floats(-10, 10))
@example(z=0.0)
def test_a_neuron_fired_if_its_value_is_above_0(name, z):
    spec = one_neuron(name, 1.0, 0.0)
    step = explain(Network(spec), {"x": z}).neuron("y")
    assert step.fired is (ACTIVATIONS[name].scalar(z) > 0)


def one_neuron(activation: str, weight: float, bias: float, **parts: Any) -> NetworkSpec:
    neuron = Neuron("y", {"x": weight}, bias=bias, activation=activation)
    return NetworkSpec("n", (Input("x", **parts),), (Layer("output", (neuron,)),))


@pytest.mark.parametrize(
    ("activation", "weight", "bias", "x", "because"),
    [
        ("relu", 1.0, -100.0, 120.0, "x 120 is 20 past 100"),
        ("relu", 1.0, -100.0, 31.0, "x 31 is not above 100"),
        ("relu", -1.0, 87.0, 80.0, "x 80 is 7 short of 87"),
        ("relu", -1.0, 87.0, 90.0, "x 90 is not below 87"),
        ("relu", 2.0, -100.0, 60.0, "x 60 is 10 past 50"),
        ("step", 1.0, -25.0, 25.0, "x 25 has reached 25"),
        ("step", 1.0, -25.0, 24.0, "x 24 has not reached 25"),
        ("step", -1.0, 25.0, 25.0, "x 25 is not above 25"),
        ("step", -1.0, 25.0, 26.0, "x 26 is above 25"),
        ("tanh", 1.0, 0.0, 1.0, ""),
    ],
)
def test_why_a_neuron_of_one_input_fired(activation, weight, bias, x, because):
    spec = one_neuron(activation, weight, bias)
    assert explain(Network(spec), {"x": x}).neuron("y").because == because


def test_a_transformed_input_has_no_hinge_in_its_own_units():
    from nnspec.spec.model import Transform

    spec = one_neuron("relu", 1.0, 0.0, transforms=(Transform("standardize", (5.0, 2.0)),))
    assert explain(Network(spec), {"x": 9.0}).neuron("y").because == ""


# -- reasons add up -------------------------------------------------------------------------------


def assert_adds_up(network: Network, explanation: Explanation, base: Mapping[str, Value]) -> None:
    """Both divisions add up to the reference's difference within 1e-9 of their scale."""
    now, then = evaluate_row(network.spec, explanation.row), evaluate_row(network.spec, base)
    for output in explanation.outputs:
        change = now.outputs[output.name] - then.outputs[output.name]
        assert output.difference == change
        for found in (output.by_neuron, output.by_input):
            amounts = [reason.amount for reason in found.reasons]
            assert found.complete
            assert abs(math.fsum(amounts) - change) <= 1e-9 * found.scale
            assert amounts == sorted(amounts, key=abs, reverse=True)


@given(st.data())
def test_reasons_add_up_on_straight_pieces(data):
    """On networks of straight pieces, jumps included, the method is exact and adds up."""
    network, explanation, base = drawn(data, **STRAIGHT)
    assert_adds_up(network, explanation, base)
    assert {o.by_input.method for o in explanation.outputs} == {"exact"}


@given(st.data())
def test_reasons_add_up_on_curves(data):
    """Where every neuron is continuous and bounded in slope, integrated gradients add up."""
    assert_adds_up(*drawn(data, **CONTINUOUS))


@given(st.data())
def test_reasons_add_up_or_the_gap_is_stated(data):
    """Of any network, what the reasons leave of the difference is the error that is stated."""
    _, explanation, _ = drawn(data)
    for output in explanation.outputs:
        for found in (output.by_neuron, output.by_input):
            total = math.fsum(reason.amount for reason in found.reasons)
            assert found.error == pytest.approx(
                output.difference - total, abs=1e-12 * found.scale, nan_ok=True
            )
            assert found.complete == (abs(found.error) <= 1e-9 * found.scale)


@given(st.sampled_from(sorted(set(ACTIVATIONS) - {"power"})), st.data())
def test_every_activation_adds_up_where_it_is_defined(name, data):
    """One neuron of two inputs: both amounts are there, in proportion to their share of z."""
    parameters = {"leaky-relu": {}, "clip": {"low": -1, "high": 2},
                  "piecewise": {"knots": [[-1, 2], [0, 0], [3, 5]]}}.get(name, {})  # fmt: skip
    from nnspec.spec.model import Activation

    neuron = Neuron("y", {"p": 2.0, "q": -1.0}, bias=0.5, activation=Activation(name, parameters))
    spec = NetworkSpec("n", (Input("p"), Input("q")), (Layer("output", (neuron,)),))
    # z stays above 0, where every activation is defined, but for those defined everywhere.
    low = 1.0 if name in ("log", "sqrt", "reciprocal") else -3.0
    base = {
        "p": data.draw(st.floats(low, 4)),
        "q": data.draw(st.floats(-2, -low / 2 if low > 0 else 3)),
    }
    row = {"p": data.draw(st.floats(low, 4)), "q": data.draw(st.floats(-2, 0.0))}
    found = explain(Network(spec), row, baseline=base).output("y")
    assert found.by_input.complete
    amounts = {reason.name: reason.amount for reason in found.by_input.reasons}
    shares = {"p": 2 * (row["p"] - base["p"]), "q": -(row["q"] - base["q"])}
    z = shares["p"] + shares["q"]
    assume(abs(z) > 1e-3)
    for source, share in shares.items():
        expected = share / z * found.difference
        assert amounts.get(source, 0.0) == pytest.approx(
            expected, rel=1e-7, abs=1e-7 * found.by_input.scale
        )


def random_spec(rng: np.random.Generator) -> NetworkSpec:
    """Three inputs, two hidden layers of three bends, one output."""
    before, layers = ["p", "q", "r"], []
    for level in ("first", "second"):
        kinds = rng.choice(["relu", "abs", "hard-tanh", "leaky-relu"], 3)
        neurons = tuple(
            Neuron(
                f"{level}-{i}",
                {name: float(rng.normal()) for name in before},
                bias=float(rng.normal()),
                activation=str(kind),
                aggregation=str(rng.choice(["sum", "mean", "max", "min"])),
            )
            for i, kind in enumerate(kinds)
        )
        layers.append(Layer(level, neurons))
        before = [neuron.name for neuron in neurons]
    last = Neuron("y", {name: float(rng.normal()) for name in before})
    return NetworkSpec("n", tuple(map(Input, "pqr")), (*layers, Layer("output", (last,))))


@pytest.mark.parametrize("seed", range(20))
def test_amounts_are_the_integral_of_the_slopes(seed):
    """On continuous networks of straight pieces, amounts are those of a fine sum of differences.

    Midway between neighbouring points of the line, each input's slope is taken by central
    differences of the engine's own values.
    """
    rng = np.random.default_rng(seed)
    network = Network(random_spec(rng))
    row, base = ({name: float(rng.normal(0, 3)) for name in "pqr"} for _ in range(2))
    reasons = explain(network, row, baseline=base).output("y").by_input.reasons
    n, step = 20_000, 1e-6
    shares = (np.arange(n) + 0.5) / n
    line = {name: base[name] + shares * (row[name] - base[name]) for name in row}
    for reason in reasons:
        ends = []
        for side in (-step, step):
            columns = line | {reason.name: line[reason.name] + side}
            ends.append(network.evaluate_columns(columns, ("y",)).values["y"])
        slope = (ends[1] - ends[0]) / (2 * step)
        expected = float(slope.mean()) * (row[reason.name] - base[reason.name])
        assert reason.amount == pytest.approx(expected, abs=0.02)


def test_a_jump_is_shared_by_what_moves_the_neuron_there():
    """Of a z that rises by 3 through p and by 1 through q, p has three quarters of the jump."""
    neurons = (Neuron("s", {"p": 3.0, "q": 1.0}, bias=-2.0, activation="step"),)
    layers = (Layer("hidden", neurons), Layer("output", (Neuron("y", {"s": 8.0}),)))
    spec = NetworkSpec("n", (Input("p"), Input("q")), layers)
    found = explain(Network(spec), {"p": 1.0, "q": 1.0}).output("y").by_input
    assert {reason.name: reason.amount for reason in found.reasons} == {"p": 6.0, "q": 2.0}
    assert found.method == "exact"


def test_a_jump_that_makes_another_jump_is_traced_to_its_origin():
    """A step read by a step: what flips the second is the first, and so the first's input."""
    layers = (
        Layer("first", (Neuron("a", {"p": 1.0}, bias=-1.0, activation="step"),)),
        Layer("second", (Neuron("b", {"a": 2.0, "q": 0.1}, bias=-1.0, activation="step"),)),
        Layer("output", (Neuron("y", {"b": 5.0}),)),
    )
    spec = NetworkSpec("n", (Input("p"), Input("q")), layers)
    found = explain(Network(spec), {"p": 2.0, "q": 1.0}).output("y").by_input
    assert {reason.name: reason.amount for reason in found.reasons} == {"p": 5.0}


def test_the_winner_s_jump_belongs_to_who_overtook():
    """Only p moves the new winner past the old one, so that p has all of it."""
    layer = Layer("output", (Neuron("a", {"p": 1.0}), Neuron("b", {"q": 1.0})), group="winner")
    spec = NetworkSpec("n", (Input("p"), Input("q")), (layer,))
    found = explain(Network(spec), {"p": 3.0, "q": 1.0}, baseline={"p": 0.0, "q": 1.0})
    (reason,) = found.output("a").by_input.reasons
    assert (reason.name, reason.amount) == ("p", 1.0)


def test_a_step_that_begins_on_its_hinge_is_complete():
    spec = one_neuron("sign", 1.0, 0.0)
    for row, base in ((3.0, 0.0), (0.0, -2.0), (0.0, 0.0), (5.0, -5.0)):
        found = explain(Network(spec), {"x": row}, baseline={"x": base}).output("y")
        assert math.fsum(r.amount for r in found.by_input.reasons) == found.difference


def test_a_change_of_category_is_one_amount():
    item = Input("state", type="category", categories=("good", "poor", "ruin"))
    layer = Layer("output", (Neuron("y", {"state.good": 5.0, "state.poor": -3.0, "x": 1.0}),))
    network = Network(NetworkSpec("n", (item, Input("x")), (layer,)))
    found = explain(network, {"state": "poor", "x": 1}, baseline={"state": "good", "x": 0})
    for reasons in (found.output("y").by_input, found.output("y").by_neuron):
        assert {r.name: r.amount for r in reasons.reasons} == {"state": -8.0, "x": 1.0}
        assert reasons.reasons[0].because == "it is poor, not good"


def test_a_pole_on_the_way_is_not_passed_over_in_silence():
    spec = one_neuron("reciprocal", 1.0, 0.0)
    explanation = explain(Network(spec), {"x": 2.0}, baseline={"x": -1.0})
    assert not explanation.output("y").by_input.complete
    assert "INCOMPLETE" in str(explanation)


def test_a_baseline_without_a_value_is_refused():
    network = Network(one_neuron("log", 1.0, 0.0))
    said = "baseline .the middle of each range. cannot be valued: y is not finite"
    with pytest.raises(CannotError, match=said):
        explain(network, {"x": 1.0})
    with pytest.raises(CannotError, match="middle"):
        explain(network, {"x": 1.0}, baseline="mean")
    with pytest.raises(DataError, match="y"):
        explain(network, {"x": 0.0}, baseline={"x": 1.0})


# -- baselines ------------------------------------------------------------------------------------

MIXED = NetworkSpec(
    "n",
    (
        Input("area"),
        Input("rooms", type="integer"),
        Input("garden", type="boolean"),
        Input("state", type="category", categories=("good", "poor")),
    ),
    (
        Layer(
            "output", (Neuron("y", {"area": 1.0, "rooms": 1.0, "garden": 1.0, "state.poor": 1.0}),)
        ),
    ),
)


def test_the_middle_is_mean_median_and_most_frequent():
    table = pl.DataFrame({
        "area": [1.0, 2.0, 6.0, 99.0], "rooms": [1, 2, 30, 4], "garden": [1, 0, 1, 1],
        "state": ["poor", "good", "poor", "none of them"],
    })  # fmt: skip
    found = middle(Network(MIXED), table)
    assert found.row == {"area": 3.0, "rooms": 2, "garden": 1, "state": "poor"}
    assert "3 rows" in found.description
    assert "1 bad row left out" in found.description


def test_zeros_are_a_row_that_eval_takes():
    base = zeros(MIXED)
    assert base.row == {"area": 0.0, "rooms": 0, "garden": 0, "state": "good"}
    assert Network(MIXED)(**base.row) == 0.0


# -- columns of rows ------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["neuron", "input"])
@given(data=st.data())
def test_reasons_of_columns_are_those_of_rows(by, data):
    """Whatever form is used for whole columns, each row has the amounts of its own explanation."""
    spec = data.draw(network_specs(**data.draw(st.sampled_from([STRAIGHT, CONTINUOUS, {}]))))
    base = data.draw(rows(spec))
    some = data.draw(st.lists(rows(spec), min_size=1, max_size=4))
    some = [row for row in some if finite(spec, row)]
    assume(some and finite(spec, base))
    network = Network(spec)
    explainer = Explainer(network, Baseline(base, "a row"))
    each = [read_row(spec.inputs, row) for row in some]
    columns = {name: np.concatenate([read[name] for read in each]) for name in network.inputs}
    for output in network.outputs:
        amounts = amounts_of(explainer.base, [output], by)[output]
        values = network.evaluate_columns(
            columns, tuple({output: 0} | dict.fromkeys(amounts.needed))
        )
        with np.errstate(all="ignore"):
            found = amounts(seen_units(explainer.base, columns), values.values)
        for row, own in zip(some, found, strict=True):
            reasons = getattr(explainer.explain(row).output(output), f"by_{by}")
            if not reasons.complete:
                continue
            expected = {reason.name: reason.amount for reason in reasons.reasons}
            for name, amount in zip(amounts.names, own.tolist(), strict=True):
                assert abs(amount - expected.get(name, 0.0)) <= 1e-7 * reasons.scale


def test_the_strongest_come_first_and_nothing_is_no_reason():
    which, much = strongest(np.array([[1.0, -5.0, 0.0], [0.0, 0.0, 2.0]]), 2)
    assert which.tolist() == [[1, 0], [2, -1]]
    assert much.tolist() == [[-5.0, 1.0], [2.0, 0.0]]
    which, _ = strongest(np.array([[1.0]]), 3)
    assert which.tolist() == [[0, -1, -1]]


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"clip", "power", "piecewise"}))
def test_slopes_of_arrays_are_the_records_own(name):
    z = np.array([-2.5, -0.3, 0.2, 1.7, 8.0])
    with np.errstate(all="ignore"):
        found = slopes(name, {k.name: k.default for k in ACTIVATIONS[name].parameters}, z)
    parameters = {k.name: k.default for k in ACTIVATIONS[name].parameters}
    expected = [ACTIVATIONS[name].derivative(x, **parameters) for x in z.tolist()]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-300)


def test_it_is_a_public_name():
    assert nnspec.explain is explain
