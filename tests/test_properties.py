"""The properties engine: what it refutes is refuted, what holds is left alone, seeds repeat."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from decimal import Decimal, InvalidOperation

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import CONTINUOUS, network_specs

from nnspec.claims import Options, Result, cases, property_case, render_result, replay, run_case
from nnspec.claims.domain import Domain
from nnspec.claims.statements import statements
from nnspec.claims.verdicts.decimals import activated
from nnspec.claims.verdicts.precise import CONTEXT, precise_values
from nnspec.claims.verdicts.violations import named_values, truly_violates
from nnspec.evaluators.arrays.vectorised import VectorisedEvaluator
from nnspec.evaluators.reference import evaluate_row
from nnspec.functions.activations import ACTIVATIONS
from nnspec.network import Network, loads
from nnspec.spec.model import Monotone, NetworkSpec, Property, Then

HOME = """
nnspec: 1
name: home
inputs:
  area: {range: [100, 20000], unit: ft2}
  age: {type: integer, range: [0, 250], unit: year}
  condition: {type: category, categories: [fair, poor, good]}
  garden: {type: boolean}
layers:
  - name: hidden
    activation: relu
    neurons:
      historic: {bias: -100, synapses: {age: 1}}
      large: {bias: -500, synapses: {area: 0.25, condition.poor: -40}}
  - name: output
    neurons:
      price: {bias: 1000, unit: USD, synapses: {historic: 3, large: 2, age: -1, garden: 50}}
properties:
  - name: claim
"""


def home(claim: str) -> Network:
    """The home network, with one property."""
    return loads(HOME + "".join(f"    {line}\n" for line in claim.strip().splitlines()))


def run(claim: str, **options: int) -> Result:
    network = home(claim)
    return run_case(network, cases(network.spec)[0], Options(**options))


HOLDS = {
    "then, an interval": "then: {price: [750, 12000]}",
    "then, a number": "when: {age: [null, 100]}\nthen: {historic: 0}",
    "then, in some categories": "when: {condition: [poor]}\nthen: {large: [null, 4460]}",
    "monotone": "monotone: {price: {area: increasing, garden: increasing}}",
    "monotone, narrowed": "when: {age: [0, 100]}\nmonotone: {price: {age: decreasing}}",
    "independent": "independent: {large: [age, garden], historic: [area, condition]}",
    "independent, narrowed": "when: {area: [100, 2000]}\nindependent: {price: [condition]}",
    "lipschitz": "lipschitz: {price: {area: 0.5, age: 2}}",
    "ordered": "ordered: [[large, price]]",
    "linear": 'linear: ["price - 3*historic - 2*large + age >= 1000", "large <= 0.25*area"]',
    "linear, an equality": 'linear: ["price = 1000 + 3*historic + 2*large - age + 50*garden"]',
}

# Each fails in one statement alone, and only beyond one boundary: what must be met, and where.
FAILS = {
    "then, too high": ("then: {price: [750, 9000]}", {"area": 18000.0}),
    "then, too low": ("then: {price: [901, null]}", {"age": 100}),
    "then, a number": ("then: {historic: 0}", {"age": 101}),
    "then, in one category": ("when: {condition: [good]}\nthen: {large: [null, 1000]}",
                              {"area": 6000.0}),
    "monotone": ("monotone: {price: {age: decreasing}}", {"age": 100}),
    "independent": ("independent: {large: [condition]}", {"area": 3000.0}),
    "lipschitz": ("lipschitz: {price: {age: 1, area: 0.5}}", {"age": 100}),
    "ordered": ("ordered: [[large, price], [price, large]]", {}),
    "linear": ('linear: ["price <= 9000 + 50*garden"]', {"area": 18000.0}),
}  # fmt: skip


@pytest.mark.parametrize("claim", HOLDS.values(), ids=HOLDS)
def test_what_holds_is_not_refuted(claim):
    result = run(claim)
    assert (result.status, result.failures) == ("not refuted", ())
    assert result.n_inputs >= 1000


@pytest.mark.parametrize(("claim", "boundary"), FAILS.values(), ids=FAILS)
def test_what_fails_in_one_place_is_refuted_there(claim, boundary):
    """One statement fails, in the reference evaluator too, and the row is at the boundary."""
    network = home(claim)
    case = cases(network.spec)[0]
    (failure,) = run_case(network, case).failures
    assert_violated(network, case.claim, failure.rows)
    for name, value in boundary.items():
        assert failure.rows[0][name] == pytest.approx(value, abs=1e-6, rel=0), failure
    # Every other number is at its simplest.
    for name, simplest in {"area": 100, "age": 0}.items():
        if name not in boundary and claim != FAILS["ordered"][0]:
            assert failure.rows[0][name] == simplest
    assert replay(network, case, failure.rows).failures[0].message == failure.message


def assert_violated(network: Network, item: Property, rows) -> None:
    """Some statement of a property is violated by rows, as the reference evaluates them."""
    values = [named_values(row, evaluate_row(network.spec, row)) for row in rows]
    excesses = [
        statement.excess(float, values[0], values[-1])
        for statement in statements(item.claim)
        if (statement.axis is None) == (len(rows) == 1)
        and (statement.axis is None or rows[0][statement.axis] != rows[1][statement.axis])
    ]
    assert max(excesses) > 0
    domain = Domain.of(network.spec, item.when)
    for row in rows:
        for axis, number in zip(domain.axes, domain.point(row), strict=True):
            assert axis.holds(float(number)), (axis.name, number)
    if len(rows) == 2:
        assert sum(rows[0][name] != rows[1][name] for name in rows[0]) == 1


@given(network_specs(max_layers=3, max_neurons=4), st.data())
@settings(max_examples=40)
def test_a_counterexample_is_one_for_any_network(spec: NetworkSpec, data):
    """Whatever is said to violate a claim violates it in the reference, inside its domain."""
    network = Network(spec)
    neuron = data.draw(st.sampled_from(network.neurons))
    domain = Domain.of(spec)
    rng = np.random.default_rng(0)
    points = domain.sample(rng, 50)
    values = network.evaluator().evaluate(domain.columns(points), [neuron])
    finite = values.values[neuron][~values.bad]
    assume(len(finite) > 0)
    bound = float(np.quantile(finite, data.draw(st.sampled_from([0.1, 0.5, 0.9, 1.0]))))
    claims = [Then({neuron: (None, bound)})]
    moving = [axis.name for axis in domain.axes if axis.span > 0]
    if moving:
        claims.append(Monotone({neuron: {data.draw(st.sampled_from(moving)): "increasing"}}))
    for claim in claims:
        item = Property(claim)
        result = run_case(network, property_case(item), Options(max_examples=500))
        for failure in result.failures:
            if math.isfinite(failure.excess):
                assert_violated(network, item, failure.rows)
            else:
                outputs = [list(v.outputs.values()) for v in failure.values]
                assert not np.isfinite(outputs).all() or failure.message.endswith("not finite")


@given(
    st.floats(0.01, 1000), st.floats(-1e4, 1e4), st.floats(0.05, 0.95), st.booleans(),
)  # fmt: skip
def test_shrinking_ends_at_the_boundary(weight, bias, share, rises):
    """Of `y = w x + b` above a bound, x ends within 1e-6 of where the bound is met."""
    w = weight if rises else -weight
    text = f"""
nnspec: 1
name: line
inputs: {{x: {{range: [-1000, 1000]}}, other: {{range: [0, 9]}}}}
layers: [{{name: out, neurons: {{y: {{bias: {bias!r}, synapses: {{x: {w!r}, other: 0}}}}}}}}]
"""
    network = loads(text)
    bound = bias + w * (2000 * share - 1000)
    result = run_case(network, property_case(Property(Then({"y": (None, bound)}))))
    (failure,) = result.failures
    boundary = (bound - bias) / w
    x = failure.rows[0]["x"]
    if bias > bound:  # then 0 itself violates it
        assert x == 0
    else:
        assert abs(x - boundary) <= 1e-6 + 1e-9 * (abs(bias) + abs(bound)) / weight
    assert failure.rows[0]["other"] == 0


class TestRounding:
    """An equality on a boundary is no false alarm, and no true violation is hidden."""

    SUM = """
nnspec: 1
name: sums
inputs: {a: {type: boolean}, b: {type: boolean}, c: {type: boolean}}
layers: [{name: out, neurons: {y: {bias: BIAS, synapses: {a: 0.1, b: 0.2, c: 0.7}}}}]
properties: [{name: claim, then: {y: [null, BOUND]}}]
"""

    @pytest.mark.parametrize(("bias", "bound"), [("0", "1.0"), ("0.1", "1.1"), ("1e6", "1000001")])
    def test_a_bound_that_is_met_exactly_in_decimals_holds(self, bias, bound):
        network = loads(self.SUM.replace("BIAS", bias).replace("BOUND", bound))
        result = run_case(network, cases(network.spec)[0])
        assert result.status == "not refuted"
        assert result.exhausted

    def test_doubles_alone_would_have_cried_wolf(self):
        network = loads(self.SUM.replace("BIAS", "0").replace("BOUND", "0.3"))
        row = {"a": True, "b": True, "c": False}
        assert evaluate_row(network.spec, row).outputs["y"] > 0.3
        (high,) = statements(Then({"y": (None, 0.3)}))
        assert not truly_violates(network, high, (row,))

    def test_the_least_violation_in_decimals_is_one(self):
        network = loads(self.SUM.replace("BIAS", "1e-15").replace("BOUND", "0.9999999999999999"))
        (failure,) = run_case(network, cases(network.spec)[0]).failures
        assert failure.rows == ({"a": 1, "b": 1, "c": 1},)

    def test_a_threshold_fires_on_its_boundary(self):
        network = loads("""
nnspec: 1
name: old
inputs: {age: {range: [0, 250]}}
layers: [{name: out, activation: step, neurons: {old: {bias: -100, synapses: {age: 1}}}}]
properties: [{name: silent at 100, when: {age: [null, 100]}, then: {old: 0}}]
""")
        (failure,) = run_case(network, cases(network.spec)[0]).failures
        assert failure.rows == ({"age": 100.0},)


class TestPrecise:
    """The decimal definitions are the reference's, with more digits."""

    @given(network_specs(**CONTINUOUS), st.data())
    @settings(max_examples=150)
    def test_it_agrees_with_the_reference_where_that_is_well_conditioned(self, spec, data):
        """Taking weights as their decimals moves a value by rounding only."""
        domain = Domain.of(spec)
        seed = data.draw(st.integers(0, 2**32 - 1))
        points = domain.sample(np.random.default_rng(seed), 1)
        row = domain.row(points[:, 0])
        plain = evaluate_row(spec, row).outputs
        assume(all(map(math.isfinite, plain.values())))
        try:
            precise = precise_values(spec, row)
        except InvalidOperation:
            return  # undefined, or a phase that nobody can tell
        bumped = [
            evaluate_row(_bumped(spec, factor), row).outputs for factor in (1 - 1e-9, 1 + 1e-9)
        ]
        assume(all(math.isfinite(v) for other in bumped for v in other.values()))
        for name, value in plain.items():
            if name in domain.index:
                continue
            # A neuron that a billionth of change in the weights moves far is ill-conditioned here.
            moved = max(abs(other[name] - value) for other in bumped)
            assert abs(float(precise[name]) - value) <= moved + 1e-7 * abs(value) + 1e-9

    @pytest.mark.parametrize("name", ACTIVATIONS)
    @given(z=st.floats(-20, 20))
    @settings(max_examples=60)
    def test_each_activation_agrees_with_its_scalar(self, name, z):
        record = ACTIVATIONS[name]
        given_ = {
            "clip": {"low": -1.0, "high": 2.0},
            "power": {"exponent": 3.0},
            "piecewise": {"knots": ((-1.0, 0.0), (0.0, 2.0), (3.0, -1.0))},
            "leaky-relu": {"slope": 0.01},
            "elu": {"alpha": 1.0},
            "celu": {"alpha": 1.0},
        }
        parameters = given_.get(name, {})
        expected = record.scalar(z, **parameters)
        assume(math.isfinite(expected) and (name not in ("log", "reciprocal") or abs(z) > 1e-9))
        import decimal

        with decimal.localcontext(CONTEXT):
            found = float(activated(ACTIVATIONS[name], Decimal(z), parameters))
        assert found == pytest.approx(expected, rel=1e-11, abs=1e-13)


def _bumped(spec: NetworkSpec, factor: float) -> NetworkSpec:
    """The spec with every named weight and bias a little greater or smaller."""
    from dataclasses import replace

    from nnspec.spec.model import Layer

    layers = []
    for layer in spec.layers:
        if isinstance(layer, Layer):
            neurons = []
            for n in layer.neurons:
                synapses = [(s, w if isinstance(w, str) else w * factor) for s, w in n.synapses]
                bias = n.bias if isinstance(n.bias, str) or n.bias is None else n.bias * factor
                neurons.append(replace_neuron(n, synapses, bias))
            layer = replace(layer, neurons=tuple(neurons))
        layers.append(layer)
    return replace(spec, layers=tuple(layers))


def replace_neuron(neuron, synapses, bias):
    return type(neuron)(
        neuron.name, synapses, bias, neuron.activation, neuron.aggregation, neuron.range
    )


class TestSeeds:
    PROGRAM = """
import json, sys
from nnspec import load
from nnspec.claims import Options, run_case
from nnspec.claims import cases
network = load(sys.argv[1])
found = [run_case(network, c, Options(2000, 7)) for c in cases(network.spec)]
print(json.dumps([[r.status, r.n_inputs, [f.rows for f in r.failures]] for r in found]))
"""

    def test_a_seed_gives_the_same_in_every_process(self, tmp_path):
        """Whatever the order of hashes and the number of threads that libraries may use."""
        spec = tmp_path / "spec.yaml"
        spec.write_text(HOME + "    monotone: {price: {area: decreasing, age: increasing}}\n")
        outputs = []
        for number in ("1", "2"):
            env = {
                **os.environ,
                "PYTHONHASHSEED": number,
                "OMP_NUM_THREADS": number,
                "POLARS_MAX_THREADS": number,
            }
            done = subprocess.run(
                [sys.executable, "-c", self.PROGRAM, str(spec)],
                env=env,
                capture_output=True,
                check=True,
                timeout=120,
            )
            outputs.append(done.stdout)
        assert outputs[0] == outputs[1]
        assert json.loads(outputs[0])[0][2]

    def test_another_seed_tries_other_inputs(self, monkeypatch):
        """The search of a network that holds is not the same search each time."""
        seen = []
        for seed in (0, 1):
            points: list[np.ndarray] = []
            monkeypatch.setattr(
                VectorisedEvaluator, "evaluate",
                _recorded(VectorisedEvaluator.evaluate, points),
            )  # fmt: skip
            run("then: {price: [750, 12000]}", seed=seed, max_examples=500)
            monkeypatch.undo()
            seen.append(np.concatenate(points))
        assert not np.array_equal(seen[0][:100], seen[1][:100])


def _recorded(evaluate, points):
    def recorded(self, columns, *args, **options):
        points.append(np.asarray(columns["area"]))
        return evaluate(self, columns, *args, **options)

    return recorded


def test_ten_thousand_inputs_are_a_few_passes_over_matrices(monkeypatch):
    """Not ten thousand calls: apart from Hypothesis's own few, batches of hundreds."""
    points: list[np.ndarray] = []
    monkeypatch.setattr(
        VectorisedEvaluator, "evaluate", _recorded(VectorisedEvaluator.evaluate, points)
    )
    result = run("then: {price: [750, 12000]}")
    batches = [len(x) for x in points]
    assert sum(batches) >= result.n_inputs >= 10_000
    assert len(batches) <= 250
    assert max(batches) >= 2000


def test_a_finite_domain_is_tried_whole():
    network = loads("""
nnspec: 1
name: xor
inputs: {a: {type: boolean}, b: {type: boolean}, c: {type: category, categories: [x, y, z]}}
layers: [{name: out, neurons: {y: {synapses: {a: 1, b: 1, c.x: 0.5}}}}]
properties: [{name: claim, then: {y: [0, 2.5]}}, {name: pair, monotone: {y: {a: increasing}}}]
""")
    first, second = [run_case(network, case) for case in cases(network.spec)]
    assert (first.exhausted, first.n_inputs) == (True, 12)
    assert (second.exhausted, second.n_inputs) == (True, 6)
    assert "any of the 12 inputs there are" in render_result(network, first)


@given(st.sampled_from([1.0, -1e308, 1e308, sys.float_info.max]), st.booleans(), st.integers(0, 99))
def test_an_open_side_is_searched_within_what_doubles_hold(end, below, seed):
    declared = f"[null, {end!r}]" if below else f"[{end!r}, null]"
    network = loads(
        HOME.replace("[100, 20000]", declared) + "    independent: {historic: [area]}\n"
    )
    axis = Domain.of(network.spec).axes[0]
    drawn = axis.sample(np.random.default_rng(seed), 50)
    assert np.isfinite([axis.low, axis.high]).all()
    assert np.isfinite(drawn).all()
    assert (drawn <= end).all() if below else (drawn >= end).all()


def test_a_network_without_a_value_satisfies_nothing():
    network = loads("""
nnspec: 1
name: log
inputs: {x: {range: [-5, 9]}}
layers: [{name: out, activation: log, neurons: {y: {synapses: {x: 1}}}}]
properties: [{name: some, then: {y: [null, 100]}}]
""")
    (failure,) = run_case(network, cases(network.spec)[0]).failures
    assert failure.rows[0]["x"] <= 0
    assert "y is not finite" in failure.message


def test_a_range_of_a_neuron_is_a_case_of_its_own():
    network = loads(HOME.replace("unit: USD,", "unit: USD, range: [0, 10000],") +
                    "    then: {price: [0, 12000]}\n")  # fmt: skip
    found = cases(network.spec)
    assert [case.id for case in found] == ["property: claim", "range: price"]
    (failure,) = run_case(network, found[1]).failures
    assert failure.claim == "price is at most 10,000"


def test_names_are_made_where_none_are_given_and_are_unique():
    network = loads("""
nnspec: 1
name: n
inputs: {x: {range: [0, 9]}}
layers: [{name: out, neurons: {y: {synapses: {x: 1}}}}]
examples: [{given: {x: 1}, expect: {y: 1}}, {given: {x: 2}, expect: {y: 2}}]
properties: [{then: {y: [0, 9]}}, {then: {y: [0, 9]}}]
""")
    assert [case.id for case in cases(network.spec)] == [
        "example: example 1",
        "example: example 2",
        "property: y is at least 0, y is at most 9",
        "property: y is at least 0, y is at most 9 (2)",
    ]
