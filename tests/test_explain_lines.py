"""Many rows' lines at once, and the closed forms of groups: what each row alone would get."""

from __future__ import annotations

import math
from typing import Any

import example_specs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnspec.explaining import Explainer, zeros
from nnspec.explaining.attribution import lines as lines_of_rows
from nnspec.explaining.attribution.amounts import amounts_of, seen_units
from nnspec.explaining.attribution.groups import group_lines, row_in_layer
from nnspec.explaining.attribution.jumps import contributions
from nnspec.explaining.attribution.lines import Lines
from nnspec.explaining.attribution.pieces import Pieces
from nnspec.explaining.baselines import few_of_the_same_sum
from nnspec.functions.groups import GROUPS
from nnspec.network import Network, loads
from nnspec.program.forward import at_row
from nnspec.program.program import Program
from nnspec.spec.model import NetworkSpec
from tests.strategies import network_specs

POLE = """
nnspec: 1
name: shares
inputs: {x: {}, y: {}}
layers:
  - {name: raw, group: normalize, neurons: {a: {synapses: {x: 1}}, b: {bias: 1, synapses: {y: 1}}}}
  - {name: out, neurons: {o: {synapses: {a: 1}}}}
outputs: [o]
"""

GROUPED = """
nnspec: 1
name: kinds
inputs: {p: {}, q: {}, r: {}}
layers:
  - name: hidden
    activation: relu
    neurons: {h: {bias: 1, synapses: {p: 1, q: -2}}, g: {synapses: {q: 1, r: 0.5}}}
  - name: kinds
    group: softmax
    neurons:
      one: {bias: 0.1, synapses: {h: 1.5, g: 1}}
      two: {bias: -1, synapses: {g: 2, h: 1}}
      three: {bias: 0.5, synapses: {h: 0.5, p: -1}}
outputs: [one, two, three]
"""


def grouped(group: str) -> Network:
    # Without p, and with biases above 0, the sum of a normalize is above 0 on every line.
    above = GROUPED.replace(", p: -1", "").replace("bias: -1", "bias: 1")
    spec = above if group == "normalize" else GROUPED
    return loads(spec.replace("group: softmax", f"group: {group}"))


def each_alone(program: Program, start: Any, ends: Any, target: int, first: int) -> Any:
    alone = [
        contributions(Lines(program, start[:, i : i + 1], ends[:, i : i + 1], target, first))
        for i in range(ends.shape[1])
    ]
    return np.concatenate(alone, axis=1)


def valued(program: Program, network: Network, points: Any) -> Any:
    names = network.compiled.units[: network.compiled.n_input_units]
    every = [at_row(program, dict(zip(names, point, strict=True))) for point in points.tolist()]
    return np.stack(every, axis=1)


@settings(max_examples=12, deadline=None)
@given(network_specs(), st.integers(0, 2**32 - 1))
def test_a_row_gets_what_it_would_get_alone(spec: NetworkSpec, seed: int) -> None:
    network = Network(spec)
    program, rng = Program.of(network.compiled), np.random.default_rng(seed)
    points = rng.integers(-3, 4, (6, network.compiled.n_input_units)).astype(float)
    ends = valued(program, network, points)
    start = np.repeat(ends[:, :1], 6, axis=1)
    target = program.number[network.outputs[0]]
    together = contributions(Lines(program, start, ends, target))
    alone = each_alone(program, start, ends, target, 0)
    np.testing.assert_allclose(together, alone, rtol=1e-9, atol=1e-9, equal_nan=True)


def test_lines_across_a_pole_leave_the_others_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_of_rows, "MOST_PIECES", 8)
    network = loads(POLE)
    program = Program.of(network.compiled)
    # The sum is x + 1 + y: all but the last two pass through 0, and have no integral there.
    across = [[-9.0 + 0.1 * i, 3.0] for i in range(20)]
    points = np.array([*across, [4.0, 2.0], [-0.5, -0.4999]])
    ends = valued(program, network, points)
    start = np.repeat(valued(program, network, np.array([[1.0, 0.5]])), len(points), axis=1)
    target = program.number["o"]
    lines = Lines(program, start, ends, target)
    missing = np.abs(ends[target] - start[target] - contributions(lines).sum(axis=0))
    assert (missing[20:] <= 1e-9 * lines.scale[20:]).all()
    assert (missing[:20] > 1e-9 * lines.scale[:20]).all()


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_groups_of_other_rows_are_found_anew(group: str) -> None:
    network = grouped(group)
    explainer, rng = Explainer(network, zeros(network.spec)), np.random.default_rng(8)
    each = amounts_of(explainer.base, network.outputs, "neuron")
    for _ in range(2):
        columns = {name: rng.normal(0, 2, 10) for name in network.inputs}
        seen = seen_units(explainer.base, columns)
        values = network.evaluate_columns(columns, tuple(network.neurons)).values
        for output, amounts in each.items():
            change = values[output] - explainer.at_baseline.outputs[output]
            np.testing.assert_allclose(amounts(seen, values).sum(axis=1), change, atol=1e-9)


@pytest.mark.parametrize("scale", [1e-4, 0.1, 3.0, 60.0])
@pytest.mark.parametrize("group", sorted(GROUPS))
def test_closed_forms_of_groups_give_the_reasons_of_their_lines(group: str, scale: float) -> None:
    network = grouped(group)
    explainer, rng = Explainer(network, zeros(network.spec)), np.random.default_rng(7)
    columns = {name: rng.normal(0, scale, 40) for name in network.inputs}
    columns["p"][0] = np.nan
    seen = seen_units(explainer.base, columns)
    with np.errstate(all="ignore"):
        values = network.evaluate_columns(columns, tuple(network.neurons)).values
        for output in network.outputs:
            amounts = amounts_of(explainer.base, network.outputs, "neuron")[output]
            found = amounts(seen, values)
            change = values[output] - explainer.at_baseline.outputs[output]
            assert np.isnan(found[0]).any()
            np.testing.assert_allclose(found.sum(axis=1)[1:], change[1:], rtol=0, atol=1e-9)
            for i in range(1, 40):
                row = {name: float(columns[name][i]) for name in network.inputs}
                reasons = explainer.explain(row).output(output).by_neuron.reasons
                expected = {reason.name: reason.amount for reason in reasons}
                for name, amount in zip(amounts.names, found[i].tolist(), strict=True):
                    assert amount == pytest.approx(expected.get(name, 0.0), rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_rows_are_seldom_left_to_their_lines(group: str) -> None:
    network = grouped(group)
    explainer, rng = Explainer(network, zeros(network.spec)), np.random.default_rng(9)
    columns = {name: rng.normal(0, 3.0, 1000) for name in network.inputs}
    seen = seen_units(explainer.base, columns)
    values = network.evaluate_columns(columns, tuple(network.neurons)).values
    for output in network.outputs:
        lines = group_lines(explainer.base, network.outputs)[output]
        numbers = {number: name for name, number in explainer.base.program.number.items()}
        names = [numbers[number] for number in lines.numbers.tolist()]
        sources = [
            values[name] if name in values else seen[number]
            for name, number in zip(names, lines.numbers.tolist(), strict=True)
        ]
        each = lines.contributions(seen, sources, row_in_layer(explainer.base, output))
        assert np.isnan(each).any(axis=0).mean() < 0.02


WINNERS = """
nnspec: 1
name: ties
inputs: {p: {}, q: {}}
layers:
  - name: kinds
    group: winner
    neurons:
      one: {synapses: {p: 1}}
      two: {synapses: {q: 1}}
      three: {synapses: {p: 1, q: -1}}
      four: {bias: -1, synapses: {p: 2}}
outputs: [one, two, three, four]
"""


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=1, max_size=5))
def test_a_winner_among_ties_has_the_reasons_of_its_lines(rows: list[tuple[int, int]]) -> None:
    network = loads(WINNERS)
    explainer = Explainer(network, zeros(network.spec))
    columns = {
        name: np.array([float(row[i]) for row in rows]) for i, name in enumerate(network.inputs)
    }
    seen = seen_units(explainer.base, columns)
    values = network.evaluate_columns(columns, tuple(network.neurons)).values
    for output in network.outputs:
        amounts = amounts_of(explainer.base, network.outputs, "neuron")[output]
        for i, found in enumerate(amounts(seen, values).tolist()):
            row = {name: float(columns[name][i]) for name in network.inputs}
            reasons = explainer.explain(row).output(output).by_neuron.reasons
            expected = {reason.name: reason.amount for reason in reasons}
            for name, amount in zip(amounts.names, found, strict=True):
                assert amount == pytest.approx(expected.get(name, 0.0), rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("name", ["adder", "decision-tree-iris", "xor"])
def test_a_unit_that_jumps_alone_does_all_of_it(name: str) -> None:
    """Even where the shares of no votes at all, 0/0, lie between two answers of a tree."""
    network = example_specs.network(name)
    explainer, rng = Explainer(network, zeros(network.spec)), np.random.default_rng(4)
    columns = {
        item.name: rng.integers(0, 2, 200).astype(float)
        if item.type == "boolean"
        else rng.uniform(*(float(end or 0) for end in item.range), 200)
        for item in network.spec.inputs
    }
    seen = seen_units(explainer.base, columns)
    values = network.evaluate_columns(columns, network.outputs).values
    for output in network.outputs:
        amounts = amounts_of(explainer.base, network.outputs, "input")[output](seen, values)
        change = values[output] - explainer.at_baseline.outputs[output]
        np.testing.assert_allclose(amounts.sum(axis=1), change, rtol=0, atol=1e-12)


NOWHERE = """
nnspec: 1
name: nowhere
inputs: {x: {}, y: {}}
layers:
  - {name: raw, group: normalize, neurons: {a: {synapses: {x: 1}}, b: {synapses: {x: -1}}}}
  - {name: out, neurons: {o: {synapses: {a: 1, y: 1}}}}
outputs: [o]
"""


def test_what_is_undefined_all_along_is_not_refined(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[int] = []
    halves = Pieces.halves
    monkeypatch.setattr(Pieces, "halves", lambda pieces: rounds.append(1) or halves(pieces))
    network = loads(NOWHERE)  # x / (x - x)
    program = Program.of(network.compiled)
    with np.errstate(all="ignore"):
        ends = valued(program, network, np.array([[1.0, 2.0], [3.0, 4.0]]))
        lines = Lines(program, ends[:, :1], ends[:, 1:], program.number["o"])
        assert np.isnan(contributions(lines).sum())
    assert not rounds


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300))
)
def test_few_numbers_have_exactly_the_sum_of_many(numbers: list[float]) -> None:
    few = few_of_the_same_sum(np.array(numbers, dtype=np.float64))
    assert math.fsum(few) == math.fsum(numbers)
