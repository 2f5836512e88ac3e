"""The smallest change beside an independent solver: mixed-integer programming over relu networks.

Each relu gets a binary variable that says whether it fires, as in M. Fischetti and J. Jo, Deep
neural networks and mixed integer linear optimization, Constraints 23, 2018.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import example_specs
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from nnspec.evaluators.reference import evaluate_row
from nnspec.explaining import Goal, smallest_change
from nnspec.network import Network
from nnspec.spec.model import Input, Layer, NetworkSpec, Neuron

APART = 1e-5
"""How much easier, and harder, a goal is put to the solver, which allows for errors."""


@dataclass
class Program:
    """Variables with bounds, constraints between them, and a cost."""

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)

    def variable(self, low: float, high: float, *, cost: float = 0.0, whole: bool = False) -> int:
        self.low.append(low)
        self.high.append(high)
        self.cost.append(cost)
        self.whole.append(int(whole))
        return len(self.low) - 1

    def between(self, terms: dict[int, float], low: float, high: float) -> None:
        self.rows.append((terms, low, high))

    def solve(self) -> float:
        """The least cost; infinite if there is no solution, nan where the solver fails."""
        matrix = np.zeros((len(self.rows), len(self.low)))
        for i, (terms, _, _) in enumerate(self.rows):
            for variable, weight in terms.items():
                matrix[i, variable] = weight
        ends = [[row[k] for row in self.rows] for k in (1, 2)]
        result = milp(np.array(self.cost), integrality=np.array(self.whole),
                      bounds=Bounds(self.low, self.high),
                      constraints=LinearConstraint(matrix, *ends),
                      options={"mip_rel_gap": 0.0})  # fmt: skip
        if result.status == 2:
            return math.inf
        return float(result.fun) if result.status == 0 else math.nan


def least_cost(spec: NetworkSpec, row: dict, goal: Goal, free: list[str]) -> float:
    """The size of the smallest change, by the solver."""
    program = Program()
    at: dict[str, int] = {}
    for item in spec.inputs:
        own = float(row[item.name])
        low, high = item.range if item.name in free else (own, own)
        x = at[item.name] = program.variable(low, high, whole=item.type == "integer")
        width = item.range[1] - item.range[0]
        up, down = [program.variable(0, width, cost=1 / width) for _ in range(2)]
        program.between({x: 1, up: -1, down: 1}, own, own)
    for layer in spec.layers:
        for neuron in layer.neurons:
            terms = {at[one.source]: float(one.weight) for one in neuron.synapses}
            bias = 0.0 if neuron.bias is None else float(neuron.bias)
            ends = [[w * e for e in (program.low[v], program.high[v])] for v, w in terms.items()]
            low = bias + sum(min(pair) for pair in ends)
            high = bias + sum(max(pair) for pair in ends)
            z = program.variable(low, high)
            program.between({z: -1, **terms}, -bias, -bias)
            at[neuron.name] = z
            if layer.activation is not None:  # relu
                a = at[neuron.name] = program.variable(max(0.0, low), max(0.0, high))
                fires = program.variable(0, 1, whole=True)
                program.between({a: 1, z: -1}, 0, math.inf)
                program.between({a: 1, z: -1, fires: -min(low, 0.0)}, -math.inf, -min(low, 0.0))
                program.between({a: 1, fires: -max(high, 0.0)}, -math.inf, 0)
    ends = (goal.number, math.inf) if goal.sign == ">=" else (-math.inf, goal.number)
    program.between({at[goal.neuron]: 1}, *ends)
    return program.solve()


def check(network: Network, row: dict, goal: Goal, free: list[str]) -> bool:
    """The change found costs no more than with a harder goal, and no less than with an easier.

    Whether the solver could tell.
    """
    found = smallest_change(network, row, goal, free)
    towards = 1 if goal.sign == ">=" else -1
    room = APART * max(1.0, abs(goal.number)) * towards
    easier, harder = [
        least_cost(network.spec, row, Goal(goal.neuron, goal.sign, goal.number + step), free)
        for step in (-room, room)
    ]
    if math.isnan(easier + harder):
        return False
    if found.reached is None:
        assert found.impossible
        assert math.isinf(harder)
        return True
    assert goal.met(evaluate_row(network.spec, found.reached).outputs[goal.neuron])
    assert found.smallest
    assert easier - 1e-6 <= found.size <= harder + 1e-6
    return True


WEIGHTS = st.integers(-6, 6).filter(bool).map(lambda n: n / 2)


@st.composite
def relu_networks(draw) -> NetworkSpec:
    """One or two layers of relu over numbers and whole numbers, and a sum."""
    inputs = tuple(
        Input(f"x{i}", type=draw(st.sampled_from(["number", "integer"])), range=(-10, 10))
        for i in range(draw(st.integers(1, 4)))
    )
    names, layers = [item.name for item in inputs], []
    for k in range(draw(st.integers(1, 2))):
        neurons = tuple(
            Neuron(f"n{k}{i}",
                   draw(st.dictionaries(st.sampled_from(names), WEIGHTS, min_size=1, max_size=3)),
                   bias=float(draw(st.integers(-8, 8))))
            for i in range(draw(st.integers(1, 4)))
        )  # fmt: skip
        layers.append(Layer(f"layer{k}", neurons, activation="relu"))
        names = [neuron.name for neuron in neurons]
    synapses = {name: draw(WEIGHTS) for name in names}
    return NetworkSpec("n", inputs, (*layers, Layer("output", (Neuron("y", synapses),))))


@given(data=st.data())
def test_a_solver_finds_the_same_smallest_change(data):
    spec = data.draw(relu_networks())
    row = {item.name: data.draw(st.integers(-10, 10)) for item in spec.inputs}
    names = [item.name for item in spec.inputs]
    free = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    sign, number = data.draw(st.sampled_from(["<=", ">="])), data.draw(st.integers(-60, 60))
    assume(check(Network(spec), row, Goal("y", sign, float(number)), free))


@pytest.mark.parametrize("goal", ["price>=400000", "price>=900000", "price<=280000"])
@pytest.mark.parametrize(
    "free", [["area"], ["area", "age"], ["area", "bedrooms", "distance", "age"]]
)
def test_homes_change_by_as_little_as_a_solver_finds(goal, free):
    network = example_specs.network("property-valuation")
    sign = goal[5:7]
    for area, bedrooms, distance, age in [(1890, 3, 7, 20), (1180, 2, 12, 60), (3000, 4, 2, 120)]:
        row = {"area": area, "bedrooms": bedrooms, "distance": distance, "age": age}
        assert check(network, row, Goal("price", sign, float(goal[7:])), free)
