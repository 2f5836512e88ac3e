"""Proofs: no wrong verdict, bounds that exact rationals keep to, and what the verb says."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from strategies import network_specs

pytest.importorskip("numba")

import nnspec
from nnspec.claims import cases, property_case
from nnspec.claims.domain import Domain
from nnspec.cli import cli
from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.groups import GROUPS
from nnspec.network import Network
from nnspec.proving import prove_case
from nnspec.proving.bounds import lower_bound, room, tighten
from nnspec.proving.chains import FlatChain, chain_of
from nnspec.proving.demands import demands
from nnspec.proving.proofs import _prove_demand
from nnspec.spec.model import Input, Layer, Monotone, NetworkSpec, Neuron, Ordered, Property, Then

ROOT = Path(__file__).parent.parent

WEIGHTS = st.integers(-3, 3).filter(bool)


@st.composite
def small_networks(draw, kind="integer"):
    """Rectifiers over two inputs, two layers deep, with whole weights: a skip over a layer too."""
    inputs = tuple(Input(name, kind, range=(-3, 3)) for name in ("x", "y"))
    names, layers = ["x", "y"], []
    for depth in range(2):
        neurons = []
        for i in range(draw(st.integers(1, 4))):
            sources = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
            synapses = {source: draw(WEIGHTS) for source in sources}
            neurons.append(Neuron(f"h{depth}{i}", synapses, bias=draw(st.integers(-3, 3))))
        layers.append(Layer(f"hidden{depth}", tuple(neurons), activation="relu"))
        names += [neuron.name for neuron in neurons]
    out = Neuron("out", {name: draw(WEIGHTS) for name in names[2:]}, bias=draw(WEIGHTS))
    return NetworkSpec("small", inputs, (*layers, Layer("output", (out,))))


def every_value(network):
    """The output at each of the 49 points."""
    points = list(product(range(-3, 4), repeat=2))
    table = {"x": [x for x, _ in points], "y": [y for _, y in points]}
    return dict(zip(points, np.asarray(network.evaluate(table)["out"]).tolist(), strict=True))


def proof_of(network, claim):
    return prove_case(network, property_case(Property(claim)), budget=20)


@given(small_networks())
@settings(max_examples=25)
def test_claims_a_millionth_to_either_side_of_the_truth_are_decided(spec):
    """All points of whole numbers are known, and the greatest and least value with them."""
    network = Network(spec)
    values = every_value(network)
    most, least = max(values.values()), min(values.values())
    held = proof_of(network, Then({"out": (least - 1e-6, most + 1e-6)}))
    assert held.verdict == "proved"
    assert held.bound is not None
    assert held.bound >= 0
    for missed in ((None, most - 1e-6), (least + 1e-6, None)):
        proof = proof_of(network, Then({"out": missed}))
        assert proof.verdict == "refuted"
        row = proof.failure.rows[0]
        value = values[row["x"], row["y"]]
        assert value == (most if missed[0] is None else least) or not (
            (missed[0] is None or value >= missed[0]) and (missed[1] is None or value <= missed[1])
        )


@given(small_networks(), st.sampled_from(["increasing", "decreasing"]))
@settings(max_examples=25)
def test_no_verdict_on_a_direction_is_wrong(spec, direction):
    network = Network(spec)
    values = every_value(network)
    proof = proof_of(network, Monotone({"out": {"x": direction}}))
    sign = 1 if direction == "increasing" else -1
    holds = all(
        sign * (values[x + 1, y] - values[x, y]) >= 0 for x, y in values if (x + 1, y) in values
    )
    if proof.verdict == "proved":
        assert holds
    if proof.verdict == "refuted":
        assert not holds


@given(small_networks("number"), st.data())
@settings(max_examples=40)
def test_no_exact_value_lies_below_its_bound(spec, data):
    """Weights are scaled by thirds, so that sums are rounded; the values are exact rationals."""
    compiled = Network(spec).compiled
    chain = chain_of(compiled, [compiled.index["out"]])
    thirds = [w / 3 for w in chain.weights]
    flat = FlatChain.of(thirds, [b / 7 for b in chain.biases], chain.bends)
    ends = data.draw(st.tuples(*[st.floats(-3, 3) for _ in range(4)]))
    box, state, work = room(len(flat.biases), int(flat.sizes.max()), 2)
    box[0][:], box[1][:] = np.minimum(ends[:2], ends[2:]), np.maximum(ends[:2], ends[2:])
    box[2][:] = np.maximum(abs(box[0]), abs(box[1]))
    widest = int(flat.sizes.max())
    tighten(flat.arrays, box, state, work, np.zeros(widest), np.zeros(3), True)
    form = np.zeros(3)
    for row in ([1.0], [-1.0]):
        bound = lower_bound(
            flat.arrays, len(flat.sizes) - 2, np.array(row), box, state, work, -1.0, form
        )
        for _ in range(5):
            shares = data.draw(st.tuples(st.floats(0, 1), st.floats(0, 1)))
            x = [
                min(max(low + share * (high - low), low), high)
                for low, high, share in zip(box[0], box[1], shares, strict=True)
            ]
            exact = Fraction(row[0]) * exact_value(thirds, chain, x)
            assert exact >= Fraction(bound)
            linear = sum(Fraction(f) * Fraction(v) for f, v in zip(form[:2], x, strict=True))
            assert exact >= linear + Fraction(form[2])


def exact_value(weights, chain, x):
    a = [Fraction(float(v)) for v in x]
    for matrix, bias, bends in zip(weights, chain.biases, chain.bends, strict=True):
        z = [
            sum((Fraction(w) * v for w, v in zip(row, a, strict=True)), Fraction(b / 7))
            for row, b in zip(matrix.tolist(), bias.tolist(), strict=True)
        ]
        a = [max(v, Fraction(0)) if bent else v for v, bent in zip(z, bends, strict=True)]
    return a[0]


def test_every_claim_of_the_valued_homes_is_proved():
    network = nnspec.load(ROOT / "specs" / "property-valuation.yaml")
    claims = [case for case in cases(network.spec) if case.kind != "example"]
    assert claims
    assert {prove_case(network, case).verdict for case in claims} == {"proved"}


EVERY_KIND = [
    {},
    *({"activations": (name,)} for name in sorted(ACTIVATIONS)),
    *({"aggregations": (name,)} for name in sorted(AGGREGATIONS)),
    *({"groups": (name,)} for name in sorted(GROUPS)),
]


@st.composite
def few_rows(draw):
    """A network of any kind over few values: all its rows, and what its neurons are for each."""
    parts = draw(st.sampled_from(EVERY_KIND))
    spec = draw(network_specs(max_layers=2, max_inputs=2, **parts))
    inputs = [
        replace(item, missing=None)
        if item.type in ("category", "boolean")
        else replace(
            item, type="integer", range=(1, 5) if item.transforms else (-2, 2), missing=None
        )
        for item in spec.inputs
    ]
    try:
        network = Network(replace(spec, inputs=tuple(inputs)))
    except nnspec.SpecError:  # a logarithm of what these values make of it
        reject()
    domain = Domain.of(network.spec)
    points = domain.every_point()
    found = network.evaluate_columns(domain.columns(points), network.neurons)
    assume(not found.bad.any())
    assume(np.abs(np.array(list(found.values.values()))).max() < 1e6)
    return network, domain, points, found.values


def is_open(network, domain, points):
    """Whether a verdict may stay open: shares of what may be negative, and ties of rounded numbers.

    A tie is a z at a jump, or two that may win.
    """
    columns = domain.columns(points)
    z = network.evaluate_columns(columns, network.neurons, pre_activations=True).z
    for layer in network.compiled.layers:
        if layer.group == "normalize":
            return True
        a = np.empty((len(layer.neurons), points.shape[1]))
        for segment in layer.activations:
            record, own = ACTIVATIONS[segment.name], segment.parameters
            rows = np.array([z[layer.neurons[row]] for row in segment.rows])
            a[segment.rows] = record.vector(np, rows, **own)
            for hinge in record.hinges(**own) if record.jumps(**own) else ():
                if (np.abs(rows - hinge) <= 1e-9 * np.maximum(1.0, np.abs(rows))).any():
                    return True
        if layer.group == "winner" and len(a) > 1:
            second, first = np.sort(a, axis=0)[-2:]
            if (first - second <= 1e-9 * np.maximum(1.0, np.abs(first))).any():
                return True
    return False


@given(few_rows(), st.data())
@settings(max_examples=60)
def test_networks_of_every_kind_are_bounded_as_all_their_rows_say(few, data):
    """Claims a millionth to either side of the greatest value are decided, and never wrongly."""
    network, domain, points, values = few
    name = data.draw(st.sampled_from(network.neurons))
    most = float(values[name].max())
    near = 1e-6 * max(1.0, abs(most))
    proof = proof_of(network, Then({name: (None, most + near)}))
    if proof.verdict != "proved":
        assert proof.verdict == "undecided"
        assert is_open(network, domain, points)
    refuted = proof_of(network, Then({name: (None, most - near)}))
    assert refuted.verdict == "refuted"
    assert refuted.failure.values[0].outputs[name] > most - near


@given(few_rows(), st.data())
@settings(max_examples=60)
def test_directions_in_networks_of_every_kind_are_as_all_their_rows_say(few, data):
    network, domain, points, values = few
    numbers = [item.name for item in network.spec.inputs if item.type == "integer"]
    assume(numbers)
    name, axis = data.draw(st.sampled_from(network.neurons)), data.draw(st.sampled_from(numbers))
    at = domain.index[axis]
    value = {tuple(point): float(x) for point, x in zip(points.T, values[name], strict=True)}
    steps = [
        value[after] - x
        for point, x in value.items()
        if (after := (*point[:at], point[at] + 1, *point[at + 1 :])) in value
    ]
    proof = proof_of(network, Monotone({name: {axis: "increasing"}}))
    if min(steps) < -1e-6:
        assert proof.verdict == "refuted"
    elif proof.verdict == "refuted":
        assert min(steps) < 0
    if min(steps) > 1e-6 and proof.verdict != "proved":
        assert is_open(network, domain, points)


UNDEFINED = """
nnspec: 1
name: undefined
inputs: {x: {range: [-1, 1]}, n: {type: integer, range: [1, 3]}}
layers:
  - name: hidden
    neurons:
      y: {synapses: {x: 1}}
      other: OTHER
outputs: [y, other]
"""


@pytest.mark.parametrize("other", [
    "{synapses: {x: 1}, activation: log}",
    "{synapses: {x: 1}, activation: reciprocal}",
    "{bias: 400, synapses: {x: 400}, activation: exp}",
])  # fmt: skip
@pytest.mark.parametrize("claim", [Then({"y": (-2, 2)}), Monotone({"y": {"x": "increasing"}})])
def test_a_claim_is_not_proved_where_another_neuron_has_no_value(other, claim):
    """A row without a value satisfies nothing: by bounds alone too, before any row is tried."""
    network = nnspec.loads(UNDEFINED.replace("OTHER", other))
    case = property_case(Property(claim))
    domain, late = Domain.of(network.spec), time.process_time() + 5
    for demand in demands(case.claim):
        assert _prove_demand(network, case, domain, demand, late).verdict != "proved"
    assert prove_case(network, case, budget=5).verdict == "refuted"
    known = nnspec.loads(UNDEFINED.replace("OTHER", "{synapses: {n: 1}, activation: log}"))
    assert prove_case(known, case, budget=5).verdict == "proved"


def test_what_cannot_be_decided_says_why():
    spec = NetworkSpec(
        "curved", (Input("x", range=(0, 1)), Input("free")),
        (Layer("output", (Neuron("a", {"x": 1}, activation="tanh"),
                          Neuron("b", {"x": 1, "free": 1}),
                          Neuron("s", {"x": 1}, bias=-0.1, activation="step"))),),
    )  # fmt: skip
    free = proof_of(Network(spec), Then({"b": (None, 1e300)}))
    assert (free.verdict, free.reason) == (
        "undecided", "input free has no declared range on one side",
    )  # fmt: skip
    bounded = Network(replace(spec, inputs=(Input("x", range=(0, 1)), Input("free", range=(0, 1)))))
    assert proof_of(bounded, Then({"a": (None, 1)})).verdict == "proved"
    assert proof_of(bounded, Then({"a": (None, 0.5)})).verdict == "refuted"
    assert proof_of(bounded, Then({"b": (0, 2)})).verdict == "proved"
    assert proof_of(bounded, Monotone({"s": {"x": "increasing"}})).verdict == "proved"
    assert proof_of(bounded, Ordered((("b", "a"),))).verdict == "refuted"


def test_claims_of_networks_of_every_kind_are_proved():
    """What the shipped specs claim: of shares, steps, exponentials, products and trees."""
    for name, n_proved in (
        ("xor", 5), ("credit-scorecard", 10), ("property-logistic", 5), ("adder", 6),
        ("logistic-regression-breast-cancer", 5),
    ):  # fmt: skip
        network = nnspec.load(ROOT / "specs" / f"{name}.yaml")
        claims = [case for case in cases(network.spec) if case.kind != "example"]
        verdicts = [prove_case(network, case).verdict for case in claims]
        assert verdicts == ["proved"] * n_proved, name


REFUTED = """
nnspec: 1
name: homes
inputs: {area: {range: [0, 5000]}, age: {range: [0, 250]}}
layers:
  - name: hidden
    activation: relu
    neurons:
      historic: {bias: -100, synapses: {age: 1}}
  - name: output
    neurons:
      price: {bias: 20000, synapses: {area: 100, historic: -500}}
properties:
  - {name: a price is a price, then: {price: [0, null]}}
  - {name: more area is dearer, monotone: {price: {area: increasing}}}
"""


def test_the_verb_proves_and_refutes_with_a_row(tmp_path, capsys):
    path = tmp_path / "homes.yaml"
    path.write_text(REFUTED, encoding="utf-8")
    assert cli(["prove", str(path), "--format", "json"], standalone_mode=False) == 1
    first, second = json.loads(capsys.readouterr().out)["claims"]
    assert (first["verdict"], second["verdict"]) == ("refuted", "proved")
    row = first["counterexample"]["row"]
    assert 20000 + 100 * row["area"] - 500 * max(0, row["age"] - 100) < 0
    assert first["counterexample"]["values"]["price"] < 0
    assert cli(["prove", str(path), "-k", "dearer"], standalone_mode=False) == 0
    said = capsys.readouterr().out
    assert "proved    property: more area is dearer" in said
    assert "1 spec: 1 proved" in said


def test_ci_servers_are_told_what_is_not_proved(tmp_path, capsys):
    path = tmp_path / "homes.yaml"
    path.write_text(REFUTED, encoding="utf-8")
    assert cli(["prove", str(path), "--format", "junit"], standalone_mode=False) == 1
    suite = ElementTree.fromstring(capsys.readouterr().out).find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    refuted, proved = suite.findall("testcase")
    assert "price is -" in refuted.find("failure").get("message")
    assert proved.find("failure") is None
    assert float(proved.get("time")) >= 0
    assert cli(["prove", str(path), "--format", "github"], standalone_mode=False) == 1
    said = capsys.readouterr().out
    line = (
        REFUTED.splitlines().index("  - {name: a price is a price, then: {price: [0, null]}}") + 1
    )
    assert f"line={line}," in said
    assert "more area is dearer" not in said


def test_what_cannot_be_read_is_said_and_the_rest_is_proved(tmp_path, capsys):
    path = tmp_path / "homes.yaml"
    path.write_text(REFUTED, encoding="utf-8")
    arguments = ["prove", str(tmp_path / "none.yaml"), str(path), "-k", "dearer"]
    assert cli(arguments, standalone_mode=False) == 2
    said = capsys.readouterr()
    assert "1 spec: 1 proved" in said.out
    assert "No such file or directory" in said.err
