"""Boxes of the inputs that may change, judged many at a time.

A box's bound is what no change inside it can undercut. Two arguments make it: the interval of the
output over the box, and, from the box's point nearest to the row, how far the steepest slopes of
the box could carry the output for how much change. Where the network is one straight piece on the
box, the second is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.diagnostics import CannotError
from nnspec.explaining.goals import Goal
from nnspec.network import Network
from nnspec.program.cells import cell_slopes, unit_intervals
from nnspec.program.intervals import Interval, forward_boxes
from nnspec.program.program import Program
from nnspec.program.slope_intervals import backward_boxes
from nnspec.spec.inputs import number_bounds, number_of, within_whole
from nnspec.spec.model import Input, Value

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Judged:
    """What is known of some boxes.

    Parameters
    ----------
    at_least
        No change in the box smaller than this reaches the goal; infinite where none does.
    candidates
        For each box a point that may reach it, cheaply: (n_axes, n_boxes).
    straight
        Whether the network is one straight piece there, so that the candidate is the best.
    """

    at_least: Floats
    candidates: Floats
    straight: NDArray[np.bool_]


class Space:
    """Every row that differs from one row in some inputs, within their ranges.

    Coordinates are in the table's own units, a category as the index of its value.
    """

    def __init__(
        self, network: Network, row: Mapping[str, Value], names: Sequence[str], goal: Goal
    ) -> None:
        self.network, self.goal = network, goal
        self.program = Program.of(network.compiled)
        self.target = self.program.number[goal.neuron]
        self.last = self.program.tier_of(self.target) + 1
        self.sign = -1.0 if goal.sign == "<=" else 1.0
        items = {item.name: item for item in network.spec.inputs}
        self.items = [items[name] for name in names]
        self.row = {item.name: number_of(item, row[item.name]) for item in network.spec.inputs}
        self.origin = np.array([self.row[name] for name in names])
        ends = np.array([_range(item) for item in self.items]).reshape(-1, 2)
        self.low, self.high = ends[:, 0], ends[:, 1]
        self.is_category = np.array([item.type == "category" for item in self.items], dtype=bool)
        self.whole = np.array([item.type != "number" for item in self.items], dtype=bool)
        widths = np.where(self.high > self.low, self.high - self.low, 1.0)
        self.unit_cost = np.where(self.is_category, 0.0, 1 / widths)

    def cost(self, points: Floats) -> Floats:
        """How great each change is: (n_points,)."""
        moved = np.abs(points - self.origin[:, None])
        categories = (moved * self.is_category[:, None] > 0).sum(axis=0)
        return np.asarray((moved * self.unit_cost[:, None]).sum(axis=0) + categories)

    def values(self, points: Floats) -> Floats:
        """The neuron's value at each point, turned so that greater is better."""
        columns = {name: np.full(points.shape[1], x) for name, x in self.row.items()}
        for item, x in zip(self.items, points, strict=True):
            columns[item.name] = np.ascontiguousarray(x)
        found = self.network.evaluate_columns(columns, (self.goal.neuron,))
        values = np.where(found.bad, np.nan, found.values[self.goal.neuron])
        return np.asarray(self.sign * values)

    def judge(self, low: Floats, high: Floats) -> Judged:
        """What is known of boxes: each from ``low`` to ``high``, shapes (n_axes, n_boxes)."""
        with np.errstate(all="ignore"):
            return self._judge(low, high)

    def _judge(self, low: Floats, high: Floats) -> Judged:
        need = self.sign * self.goal.number
        ends = self._ends(low, high)
        boxes = forward_boxes(self.program, unit_intervals(self.program, ends), self.last)
        units = boxes.units
        best = units[1][self.target] if self.sign > 0 else -units[0][self.target]
        slope = self._slopes(ends, backward_boxes(self.program, boxes, {self.target: (1.0, 1.0)}))
        nearest = np.clip(self.origin[:, None], low, high)
        at = self.values(nearest)
        base = self.cost(nearest)
        bound, candidates = self._greedy(low, high, nearest, need - at, slope)
        size = np.abs(slope[0]) + np.abs(slope[1])
        straight = np.isfinite(size).all(axis=0) & (
            (slope[1] - slope[0] <= 1e-12 * size).all(axis=0)
        )
        # Rounding may carry a value beyond its interval.
        slack = 1e-12 * (np.abs(best) + abs(need))
        possible = ~(best < need - slack)
        at_least = np.where(possible, base + bound, np.inf)
        return Judged(np.where(at >= need, base, at_least), candidates, straight)

    def _ends(self, low: Floats, high: Floats) -> dict[str, Floats]:
        """By input, its ends; of one that does not change, its cell."""
        ends = {name: np.full((2, low.shape[1]), x) for name, x in self.row.items()}
        changed = {
            item.name: np.array(pair) for item, *pair in zip(self.items, low, high, strict=True)
        }
        return ends | changed

    def _slopes(self, ends: Mapping[str, Floats], by_unit: Interval) -> Interval:
        """Where the slope by each axis can lie, categories left out: they do not move in a box."""
        own = {item.name: ends[item.name] for item in self.items}
        found = cell_slopes(self.program, by_unit, own)
        none = np.zeros(by_unit[0].shape[1:])
        low, high = (
            np.array([found.get(name, (none, none))[side] for name in own]) for side in (0, 1)
        )
        return (low, high) if self.sign > 0 else (-high, -low)

    def _greedy(
        self, low: Floats, high: Floats, start: Floats, need: Floats, slope: Interval
    ) -> tuple[Floats, Floats]:
        """The least change that the steepest slopes would need, and the point it leads to."""
        n_axes, n_boxes = low.shape
        cost = np.where(self.unit_cost > 0, self.unit_cost, np.inf)[:, None]
        room = np.concatenate([high - start, start - low])
        gain = np.maximum(np.concatenate([slope[1], -slope[0]]), 0.0)
        rate = np.where(room > 0, gain / np.concatenate([cost, cost]), 0.0)
        order = np.argsort(-rate, axis=0, kind="stable")
        left, spent, point = np.nan_to_num(need, nan=0.0), np.zeros(n_boxes), start.copy()
        boxes = np.arange(n_boxes)
        open_ = np.isnan(need)
        for k in range(2 * n_axes):
            item = order[k]
            axis = item % n_axes
            wanted = (left > 0) & (rate[item, boxes] > 0)
            steep = gain[item, boxes]
            step = np.where(
                wanted, np.minimum(room[item, boxes], left / np.where(wanted, steep, 1.0)), 0.0
            )
            step = np.where(np.isinf(steep) & wanted, 0.0, step)
            got = np.where(
                np.isinf(steep) & wanted, left, step * np.where(np.isinf(steep), 0.0, steep)
            )
            left = np.where(wanted & (room[item, boxes] > step), 0.0, left - got)
            spent += step * np.where(np.isinf(cost[axis, 0]), 0.0, cost[axis, 0])
            point[axis, boxes] += np.where(item < n_axes, step, -step)
        slack = 1e-12 * (np.abs(need) + np.abs(self.goal.number))
        spent = np.where((left > slack) & ~open_, np.inf, spent)
        return np.where(open_, 0.0, spent), self.held(point)

    def held(self, points: Floats) -> Floats:
        """Points with whole inputs rounded away from the row."""
        away = np.where(
            points >= self.origin[:, None], np.ceil(points - 1e-9), np.floor(points + 1e-9)
        )
        rounded = np.where(self.whole[:, None], away, points)
        return np.clip(rounded, self.low[:, None], self.high[:, None])


def _range(item: Input) -> tuple[float, float]:
    low, high = within_whole(item, number_bounds(item))
    if not (np.isfinite(low) and np.isfinite(high)):
        raise CannotError(
            f"{item.name} has no range on both sides, so that a change cannot be measured; give "
            "it one in the spec"
        )
    return low, high
