"""What would change it: changes reach their goal, and a grid finds none smaller."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import CONTINUOUS, PIECEWISE_LINEAR, network_specs, rows

from nnspec.diagnostics import CannotError
from nnspec.evaluators.reference import evaluate_row
from nnspec.explaining import Goal, parse_goal, smallest_change
from nnspec.explaining.change.boxes import Space
from nnspec.explaining.render.change_text import change_lines, render_change
from nnspec.network import Network, UnknownNeuronError
from nnspec.program.forward import at_row
from nnspec.program.intervals import forward_boxes
from nnspec.program.program import Program
from nnspec.spec.model import Input, Layer, NetworkSpec, Neuron, Transform

STRAIGHT: dict[str, Any] = {
    "activations": PIECEWISE_LINEAR,
    "aggregations": ("sum", "mean", "max", "min", "manhattan"),
    "groups": ("winner",),
}

ROOM = 1.1e-6
"""The search's tolerance, in widths of ranges, and a little for rounding."""


def bounded(spec: NetworkSpec) -> list[str]:
    """The inputs that have both sides of a range."""
    return [i.name for i in spec.inputs if i.type in ("boolean", "category") or None not in i.range]


def grid_of(space: Space) -> np.ndarray:
    """Points all over a space, its row's own values among them."""
    axes = []
    for i, item in enumerate(space.items):
        low, high = space.low[i], space.high[i]
        steps = np.linspace(low, high, 101)
        own = [np.clip(space.origin[i], low, high)]
        axes.append(np.unique(np.rint(steps) if item.type != "number" else [*steps, *own]))
    return np.array([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")])


@pytest.mark.parametrize("parts", [STRAIGHT, CONTINUOUS, {}], ids=["straight", "curves", "any"])
@given(data=st.data())
def test_a_grid_finds_no_smaller_change(parts, data):
    """The change reaches the goal, by the reference; no point of a grid does so by less.

    What is proved impossible holds on the whole grid, and no bound that is stated is undercut.
    """
    spec = data.draw(network_specs(max_layers=2, **parts))
    names = data.draw(st.lists(st.sampled_from(bounded(spec) or [""]), min_size=1, max_size=2,
                               unique=True))  # fmt: skip
    row = data.draw(rows(spec))
    network = Network(spec)
    neuron = data.draw(st.sampled_from(network.outputs))
    assume(names != [""] and math.isfinite(evaluate_row(spec, row).outputs[neuron]))
    space = Space(network, row, names, Goal(neuron, ">=", 0.0))
    grid = grid_of(space)
    values = space.values(grid)
    known = np.isfinite(values)
    assume(known.any())
    number = float(np.quantile(values[known], data.draw(st.floats(0, 1))))
    goal = Goal(neuron, data.draw(st.sampled_from(["<=", ">="])), number)
    found = smallest_change(network, row, goal, names, most_boxes=20_000)
    met = known & (values <= number if goal.sign == "<=" else values >= number)
    least = space.cost(grid[:, met]).min(initial=math.inf)
    assert found.at_least <= least + 1e-9
    assert not (found.impossible and met.any())
    if found.reached is not None:
        assert goal.met(evaluate_row(spec, found.reached).outputs[neuron])
        assert not found.smallest or found.size <= least + ROOM
        assert set(found.changes) <= set(names)


@pytest.mark.parametrize("parts", [STRAIGHT, CONTINUOUS, {}], ids=["straight", "curves", "any"])
@given(data=st.data())
def test_intervals_hold_every_value(parts, data):
    """What a box of inputs can give lies in the intervals of each unit, but for rounding."""
    spec = data.draw(network_specs(**parts))
    some = data.draw(st.lists(rows(spec), min_size=2, max_size=5))
    program = Program.of(Network(spec).compiled)
    units = np.array([at_row(program, evaluate_row(spec, row).outputs) for row in some]).T
    assume(np.isfinite(units).all())
    low, high = units.min(axis=1)[:, None].copy(), units.max(axis=1)[:, None].copy()
    forward_boxes(program, (low, high))
    room = 1e-9 * (1 + np.abs(units))
    assert (low <= units + room).all()
    assert (units - room <= high).all()


AREA = Input("area", range=(0.0, 1000.0))
ROOMS = Input("rooms", type="integer", range=(0, 10))
STATE = Input("state", type="category", categories=("good", "fair", "ruin"))
PRICE = Neuron(
    "price", {"area": 200.0, "rooms": 8000.0, "state.good": 50000.0, "state.ruin": -50000.0},
    bias=1000.0, unit="USD",
)  # fmt: skip
HOME = Network(NetworkSpec("n", (AREA, ROOMS, STATE), (Layer("output", (PRICE,)),)))
ROW = {"area": 100.0, "rooms": 2, "state": "fair"}  # 37,000 USD


def test_one_number_changes_by_exactly_what_is_needed():
    found = smallest_change(HOME, ROW, Goal("price", ">=", 47000.0), ["area"])
    assert found.changes == {"area": (100.0, 150.0)}
    assert (found.size, found.new_value) == (0.05, 47000.0)
    assert found.smallest


def test_integers_stay_whole():
    found = smallest_change(HOME, ROW, Goal("price", ">=", 46000.0), ["rooms"])
    assert found.changes == {"rooms": (2, 4)}
    assert found.new_value == 53000.0


def test_a_category_counts_as_one():
    goal = Goal("price", ">=", 87000.0)
    found = smallest_change(HOME, ROW, goal, ["state"])
    assert (found.changes, found.size) == ({"state": ("fair", "good")}, 1.0)
    # The same may be had by 250 square feet, a quarter of the range.
    found = smallest_change(HOME, ROW, goal, ["state", "area"])
    assert (found.changes, found.size) == ({"area": (100.0, 350.0)}, 0.25)


def test_nothing_changes_where_the_goal_is_met():
    found = smallest_change(HOME, ROW, Goal("price", "<=", 37000.0), ["area"])
    assert (found.changes, found.size, found.smallest) == ({}, 0.0, True)
    assert "nothing needs to change" in change_lines(HOME, found)[1]


def test_what_cannot_be_reached_is_said_to_be_impossible():
    found = smallest_change(HOME, ROW, Goal("price", ">=", 1e6), ["area", "rooms"])
    assert found.impossible
    assert found.reached is None
    assert "no change of area, rooms within the declared ranges reaches it" in (
        render_change(HOME, found, "text")
    )


def test_a_search_that_is_cut_short_says_what_it_proved():
    neuron = Neuron("y", {"a": 1.0, "b": 1.0}, activation="sin", aggregation="product")
    inputs = (Input("a", range=(0.1, 9.0)), Input("b", range=(0.1, 9.0)))
    network = Network(NetworkSpec("n", inputs, (Layer("output", (neuron,)),)))
    goal = Goal("y", ">=", 0.9999999)
    found = smallest_change(network, {"a": 9.0, "b": 9.0}, goal, ["a", "b"], most_boxes=3)
    assert not found.smallest
    assert not found.impossible
    assert "none smaller than" in render_change(network, found, "text")


def test_transforms_are_seen_through():
    """The smallest change is one of the table's own units: here of the logarithm's argument."""
    item = Input("x", range=(1.0, 101.0), transforms=(Transform("log"),))
    network = Network(NetworkSpec("n", (item,), (Layer("output", (Neuron("y", {"x": 1.0}),)),)))
    found = smallest_change(network, {"x": 1.0}, Goal("y", ">=", math.log(51.0)), ["x"])
    assert found.reached is not None
    assert found.reached["x"] == pytest.approx(51.0, abs=1e-9)


def test_what_has_no_range_cannot_be_measured():
    spec = NetworkSpec("n", (Input("x"),), (Layer("output", (Neuron("y", {"x": 1.0}),)),))
    with pytest.raises(CannotError, match="x has no range on both sides"):
        smallest_change(Network(spec), {"x": 0.0}, Goal("y", ">=", 1.0), ["x"])
    with pytest.raises(CannotError, match="no input 'aera'; did you mean 'area'"):
        smallest_change(HOME, ROW, Goal("price", ">=", 1e5), ["aera"])


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("price<=900000", Goal("price", "<=", 900000.0)),
        (" price >= 1e5 ", Goal("price", ">=", 100000.0)),
        ("price>=-.5", Goal("price", ">=", -0.5)),
    ],
)
def test_goals_are_read(text, goal):
    assert parse_goal(text, HOME) == goal


@pytest.mark.parametrize("text", ["price", "price=3", "price<3", "price<=x", "price<=nan",
                                  "price<=1_000", "<=3", "price<=inf"])  # fmt: skip
def test_what_is_no_goal_is_refused(text):
    with pytest.raises(CannotError, match="a target is a neuron, <= or >=, and a number"):
        parse_goal(text, HOME)


def test_a_goal_s_neuron_exists():
    with pytest.raises(UnknownNeuronError, match="did you mean 'price'"):
        parse_goal("prise<=3", HOME)


def test_the_text_s_rounded_numbers_reach_the_goal_too():
    """What a reader types from the text reaches the goal, as what JSON holds does."""
    goal = Goal("price", ">=", 40000.123456789)
    found = smallest_change(HOME, ROW, goal, ["area"])
    (line,) = (line for line in change_lines(HOME, found) if "area" in line and "up by" in line)
    area = float(line.rsplit(" ", 1)[1])
    assert goal.met(HOME(**{**ROW, "area": area}))
    assert area == pytest.approx(found.reached["area"], rel=1e-6)
