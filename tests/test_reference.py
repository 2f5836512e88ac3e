"""The definition, on networks small enough to be worked out by hand.

Each expected number stands with its arithmetic; both evaluators must give it.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from agreement import encode, evaluate_all
from test_schema import FORMAT_EXAMPLE

from nnspec.evaluators.reference import Valuation, evaluate_row
from nnspec.network import Network, loads
from nnspec.spec.model import Value, category_text


def value(text: str, **row: Value) -> Valuation:
    """What the reference says of one row, once the fast evaluator has said the same."""
    network = loads(text)
    valuation = evaluate_row(network.spec, row)
    cells = {
        item.name: category_text(row.get(item.name, item.missing))
        if item.type == "category"
        else float(row.get(item.name, item.missing))
        for item in network.spec.inputs
    }
    table = {name: np.array([cell], dtype=object if isinstance(cell, str) else float)
             for name, cell in cells.items()}  # fmt: skip
    fast = evaluate_all(network, encode(network.spec, table))
    for name in network.neurons:
        assert fast.values[name][0] == pytest.approx(valuation.outputs[name], rel=1e-14)
        assert fast.z[name][0] == pytest.approx(valuation.z[name], rel=1e-14)
    return valuation


def one_neuron(neuron: str, inputs: str = "{x: {}, y: {}}", **row: Value) -> float:
    """The value of the neuron ``out`` of a network that is nothing else."""
    layers = f"[{{name: l, neurons: {{out: {neuron}}}}}]"
    text = f"{{nnspec: 1, name: n, inputs: {inputs}, layers: {layers}}}"
    return value(text, **row).outputs["out"]


def test_the_format_s_example():
    """property-valuation of the format reference, with the arithmetic of its lecture."""
    found = value(FORMAT_EXAMPLE, area=3000, bedrooms=4, distance=2, age=120)
    assert found.z == {
        "large-near-city": pytest.approx(75700 + 181.8 * 3000 - 28220 * 2),  # 564660
        "family-new-home": -194400 + 120.5 * 3000 + 8000 * 4 - 530 * 120,  # 135500
        "historic": -100 + 120,
        "price": pytest.approx(272000 + 564660 + 135500 + 1840 * 20),
    }
    assert found.outputs["historic"] == 20
    assert found.outputs["price"] == pytest.approx(1008960, rel=1e-12)


def test_a_rectifier_is_silent_below_its_threshold():
    found = value(FORMAT_EXAMPLE, area=100, bedrooms=0, distance=60, age=99)
    assert found.z["historic"] == -1
    assert found.outputs["historic"] == 0
    assert found.z["large-near-city"] == pytest.approx(75700 + 18180 - 1693200)  # -1599320
    assert found.outputs["price"] == 272000


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [
        ("sum", 10 + (2 * 3 + -0.5 * 4)),  # 14
        ("mean", 10 + (2 * 3 + -0.5 * 4) / 2),  # 12
        ("max", 10 + 6),  # of 6 and -2
        ("min", 10 - 2),
        ("product", 10 + 3**2 * 0.5),  # 4^-0.5 = 1/2: 14.5
        ("distance", 10 + math.sqrt(21.25)),  # (3 - 2)^2 + (4 + 0.5)^2 = 1 + 20.25
        ("squared-distance", 10 + 21.25),
        ("manhattan", 10 + 1 + 4.5),
    ],
)
def test_each_aggregation(aggregation, expected):
    """For x = 3 with weight 2 and y = 4 with weight -0.5, and a bias of 10."""
    neuron = f"{{aggregation: {aggregation}, bias: 10, synapses: {{x: 2, y: -0.5}}}}"
    assert one_neuron(neuron, x=3, y=4) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("aggregation", ["mean", "max", "min", "distance"])
def test_a_synapse_of_weight_0_counts_where_it_is_compared_or_counted(aggregation):
    """The mean of -4 and 0 is -2, their maximum 0; the distance from (2, 0) to (-2, 3) is 5."""
    expected = {"mean": -2, "max": 0, "min": -4, "distance": 5}[aggregation]
    weight = 2
    x = -2
    neuron = f"{{aggregation: {aggregation}, synapses: {{x: {weight}, y: 0}}}}"
    assert one_neuron(neuron, x=x, y=3) == expected


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("softmax", [1 / 8, 2 / 8, 5 / 8]),  # of ln 1, ln 2 and ln 5
        ("normalize", [0, math.log(2) / math.log(10), math.log(5) / math.log(10)]),
        ("winner", [0, 0, 1]),
    ],
)
def test_each_group(group, expected):
    """Three neurons whose activations are the logarithms of 1, 2 and 5."""
    text = f"""
        nnspec: 1
        name: n
        inputs: {{x: {{}}}}
        layers:
        - name: l
          group: {group}
          activation: log
          neurons:
            one: {{synapses: {{x: 1}}}}
            two: {{synapses: {{x: 2}}}}
            a5: {{synapses: {{x: 5}}}}
    """
    found = value(text, x=1)
    assert [found.outputs[name] for name in ("one", "two", "a5")] == pytest.approx(expected)
    assert found.z == {"one": 1, "two": 2, "a5": 5}


def test_the_first_listed_wins_a_tie():
    """Not the first by name."""
    neurons = "{b: {synapses: {x: 1}}, a: {synapses: {x: 1}}, c: {synapses: {x: -1}}}"
    text = "{nnspec: 1, name: n, inputs: {x: {}}, layers: [{name: l, group: winner, neurons: "
    found = value(text + neurons + "}]}", x=7)
    assert [found.outputs[name] for name in "bac"] == [1, 0, 0]


def test_softmax_of_huge_activations_is_shifted():
    """r102: exp(10000) overflows, its share does not."""
    neurons = "{a: {synapses: {x: 1}}, b: {synapses: {x: 1}}, c: {synapses: {x: -1}}}"
    text = "{nnspec: 1, name: n, inputs: {x: {}}, layers: [{name: l, group: softmax, neurons: "
    assert [value(text + neurons + "}]}", x=1e4).outputs[name] for name in "abc"] == [0.5, 0.5, 0]


@pytest.mark.parametrize(
    ("transform", "x", "expected"),
    [
        ("{standardize: {mean: 10, deviation: 4}}", 16, 1.5),
        ("{rescale: {from: [0, 10], to: [-1, 1]}}", 7.5, 0.5),
        ("{clip: [0, 5]}", 7, 5),
        ("{clip: [null, 5]}", -7, -7),
        ("log", math.exp(2), 2),
        ("log1p", math.e - 1, 1),
        ("sqrt", 6.25, 2.5),
        ("[{clip: [1, 100]}, sqrt, {standardize: {mean: 1, deviation: 3}}]", 400, 3),
        ("[{standardize: {mean: 1, deviation: 3}}, {clip: [0, 2]}]", 400, 2),
    ],
)
def test_each_transform(transform, x, expected):
    """In order, before any synapse sees the value."""
    inputs = f"{{x: {{transform: {transform}}}}}"
    assert one_neuron("{synapses: {x: 1}}", inputs, x=x) == pytest.approx(expected, rel=1e-15)


def test_a_stand_in_goes_through_the_transform_too():
    inputs = "{x: {missing: 16, transform: {standardize: {mean: 10, deviation: 4}}}}"
    spec = loads(f"{{nnspec: 1, name: n, inputs: {inputs}, layers: [{{name: l, neurons: "
                 "{a: {bias: 1, synapses: {x: 2}}}}]}").spec  # fmt: skip
    assert evaluate_row(spec, {}).outputs["a"] == 1 + 2 * 1.5


@pytest.mark.parametrize(("condition", "expected"), [("good", 1013), ("poor", 990), ("fair", 1000)])
def test_each_category_is_a_unit_of_its_own(condition, expected):
    """1000 + 13 if good, - 10 if poor, and fair has no synapse."""
    inputs = "{condition: {type: category, categories: [poor, fair, good]}}"
    neuron = "{bias: 1000, synapses: {condition.good: 13, condition.poor: -10}}"
    assert one_neuron(neuron, inputs, condition=condition) == expected


def test_categories_that_are_numbers_or_booleans_are_named_by_their_text():
    kinds = "{type: category, categories: [1, 2]}", "{type: category, categories: [true]}"
    inputs = f"{{grade: {kinds[0]}, new: {kinds[1]}}}"
    neuron = "{synapses: {grade.1: 5, grade.2: 7, new.true: 100}}"
    assert one_neuron(neuron, inputs, grade="2", new="true") == 107
    assert one_neuron(neuron, inputs, grade=2.0, new=True) == 107


def test_booleans_and_integers_are_numbers():
    inputs = "{sold: {type: boolean}, rooms: {type: integer}}"
    neuron = "{bias: -1, synapses: {sold: 10, rooms: 2}}"
    assert one_neuron(neuron, inputs, sold=True, rooms=3) == -1 + 10 + 6
    assert one_neuron(neuron, inputs, sold=0, rooms=3) == -1 + 6


SKIPPING = """
nnspec: 1
name: n
inputs: {x: {}, y: {}}
parameters: {half: 0.5, three: 3}
layers:
- name: first
  bias: 1
  activation: relu
  neurons:
    a: {synapses: {x: half}}
    b: {bias: three, activation: identity, synapses: {x: half, y: -1}}
- name: second
  neurons:
    c: {synapses: {a: 2, y: 1}}
- name: third
  neurons:
    d: {bias: -1, synapses: {c: 1, a: 10, x: 100, b: three}}
"""


def test_layers_may_be_skipped_and_defaults_and_parameters_hold():
    """For x = 4, y = 5: a = relu(1 + 2), b = 3 + 2 - 5, c = 2*3 + 5, d reads c, a, x and b."""
    found = value(SKIPPING, x=4, y=5)
    assert found.z == {"a": 3, "b": 0, "c": 11, "d": -1 + 11 + 30 + 400 + 0}
    assert value(SKIPPING, x=-4, y=5).z == {"a": -1, "b": -4, "c": 5, "d": -1 + 5 + 0 - 400 - 12}


BULK = """
nnspec: 1
name: n
inputs: {x: {}, kind: {type: category, categories: [p, q]}}
layers:
- {name: dense, size: 2, from: [kind, x], weights: [[1, 10, 100], [2, 20, 200]], bias: [0.5, -0.5]}
- name: sparse
  size: 3
  from: [x, dense]
  bias: 1
  weights: {sparse: [[2, 1, 3], [0, 0, 7], [0, 2, 1]]}
- {name: out, neurons: {a: {synapses: {sparse.0: 1, dense.1: 1000, kind.q: 0.25}}}}
"""


def test_columns_of_a_bulk_layer_are_the_units_of_what_it_reads_in_order():
    """For x = 3, kind = q: the columns of dense are kind.p, kind.q and x."""
    found = value(BULK, x=3, kind="q")
    assert found.z == {
        "dense.0": 10 + 300 + 0.5,
        "dense.1": 20 + 600 - 0.5,
        "sparse.0": 1 + 21 + 619.5,
        "sparse.1": 1,  # no synapse: its bias
        "sparse.2": 1 + 3 * 310.5,
        "a": 641.5 + 619500 + 0.25,
    }


def test_a_sum_runs_in_the_order_of_the_sources_names_with_the_bias_last():
    """r110: 1e16 + 1 - 1e16 depends on the order; here a, b, c whatever the spec lists first."""
    inputs = "{c: {}, b: {}, a: {}}"
    neuron = "{synapses: {c: 1, a: 1, b: 1}}"
    row = {"a": 1e16, "b": 1, "c": -1e16}
    assert one_neuron(neuron, inputs, **row) == 0  # 1e16 + 1 is 1e16
    row = {"a": 1e16, "b": -1e16, "c": 1}
    assert one_neuron(neuron, inputs, **row) == 1
    biased = "{bias: 1, synapses: {c: 1, a: 1, b: 1}}"
    assert one_neuron(biased, inputs, a=1e16, b=-1e16, c=0) == 1  # first it would be lost
    assert one_neuron(biased, inputs, a=1e16, b=0, c=0) == 1e16


def test_r106_a_step_fires_at_its_threshold_and_zero_has_no_sign():
    """Whatever the signs of the zeros that go in, z is 0 and not -0.0, and a step of it is 1."""
    for bias in ("0", "-0.0"):
        for aggregation in ("sum", "max", "min", "mean"):
            neuron = f"{{bias: {bias}, aggregation: {aggregation}, synapses: {{x: -1, y: -1}}}}"
            assert math.copysign(1, one_neuron(neuron, x=0, y=0)) == 1
            assert one_neuron(neuron.replace("{bias", "{activation: step, bias", 1), x=0, y=0) == 1


@pytest.mark.parametrize(
    ("neuron", "unit"),
    [
        ("{activation: exp, synapses: {x: 1000}}", "a"),  # overflow
        ("{activation: log, synapses: {x: -1}}", "a"),  # undefined
        ("{activation: reciprocal, synapses: {x: 0}}", "a"),  # a pole
        ("{aggregation: product, synapses: {y: 0.5}}", "a"),  # the root of -1
        ("{activation: relu, synapses: {x: -1e308, y: 1e308}}", "a"),  # z overflows, relu hides it
    ],
)
def test_a_row_with_a_value_that_is_not_finite_is_bad_wherever_it_is(neuron, unit):
    """For x = 2, y = -2; the neuron behind it hides the value, and the row is bad all the same."""
    network = Network(
        loads(f"""
        nnspec: 1
        name: n
        inputs: {{x: {{}}, y: {{}}}}
        layers:
        - {{name: l, neurons: {{{unit}: {neuron}}}}}
        - {{name: m, activation: step, neurons: {{out: {{synapses: {{{unit}: 1}}}}}}}}
        """).spec
    )
    row = {"x": 2.0, "y": -2.0}
    valuation = evaluate_row(network.spec, row)
    assert not all(map(math.isfinite, (*valuation.outputs.values(), *valuation.z.values())))
    fast = network.evaluator().evaluate({k: np.array([v, 0.0]) for k, v in row.items()}, ["out"])
    assert fast.bad[0]
    assert network.culprits(fast)[0] == unit
