"""What would change it: the smallest change of some inputs that reaches a goal.

A search over boxes that proves what it finds: boxes in which the goal cannot be reached, or not by
less change than is known already, are left out for certain; the others are cut in two, until no
box is left. On networks of straight pieces it ends with the exact smallest change; on curves, with
one that is the smallest within a millionth of a range.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import did_you_mean, quote
from nnspec.evaluators.reference import evaluate_row
from nnspec.explaining.baselines import checked_row
from nnspec.explaining.change.boxes import Space
from nnspec.explaining.change.shortening import polished
from nnspec.explaining.goals import Goal, units_of
from nnspec.explaining.shown import Changed
from nnspec.network import Network
from nnspec.spec.inputs import cell_of
from nnspec.spec.model import Value

Floats: TypeAlias = NDArray[np.float64]

TOLERANCE = 1e-6
"""How much smaller, in widths of ranges, a change might be that is passed over."""

EXACT = 1e-9
"""The same where a straight piece gives the answer itself."""

AT_ONCE = 256
MOST_BOXES = 400_000
MOST_CATEGORIES = 10_000


def smallest_change(
    network: Network,
    row: Mapping[str, Value],
    goal: Goal,
    inputs: Sequence[str],
    *,
    most_boxes: int = MOST_BOXES,
) -> Changed:
    """Find the smallest change of some inputs, within their ranges, that reaches a goal.

    Parameters
    ----------
    network
        The network.
    row
        A value for each input, in the table's own units.
    goal
        What is to be reached.
    inputs
        Which inputs may change. Integers stay whole, and categories are those of the spec.
    most_boxes
        How long to search; what is proved by then is stated in the result.

    Raises
    ------
    CannotError
        If an input does not exist, or has no range.
    DataError
        If the row cannot be valued.

    Examples
    --------
    >>> from nnspec import Input, Layer, Network, NetworkSpec, Neuron
    >>> area = Input("area", range=(0.0, 1000.0))
    >>> layer = Layer("output", (Neuron("price", {"area": 200.0}, bias=1000.0),))
    >>> network = Network(NetworkSpec("n", (area,), (layer,)))
    >>> found = smallest_change(network, {"area": 10}, Goal("price", ">=", 5000.0), ["area"])
    >>> found.changes, found.size, found.smallest
    ({'area': (10.0, 20.0)}, 0.01, True)
    """
    for name in inputs:
        if name not in network.inputs:
            near = did_you_mean(name, network.inputs)
            raise CannotError(f"{network.name} has no input {quote(name)}; {near}")
    checked = checked_row(network.spec, row)
    names = tuple(dict.fromkeys(inputs))
    units = units_of(network)
    value = evaluate_row(network.spec, checked).outputs[goal.neuron]
    if goal.met(value):
        return Changed(goal, checked, value, names, checked, value, 0.0, 0.0, 0, units)
    space = Space(network, checked, names, goal)
    search = _Search(space, most_boxes)
    search.run()
    if search.best is None:
        return Changed(
            goal, checked, value, names, None, None, None, search.at_least, search.n_boxes, units
        )
    reached, new_value, size = polished(space, search.best[0])
    at_least = min(search.at_least, size)
    return Changed(
        goal, checked, value, names, reached, new_value, size, at_least, search.n_boxes, units
    )


class _Search:
    """One search: the boxes left, and the best row so far."""

    def __init__(self, space: Space, most_boxes: int) -> None:
        self.space = space
        self.most_boxes = most_boxes
        self.n_boxes = 0
        self.best: tuple[dict[str, Value], float, float] | None = None
        self._passed_over = np.inf
        self._left = np.inf

    @property
    def at_least(self) -> float:
        """No change smaller than this reaches the goal."""
        return float(min(self._passed_over, self._left))

    def run(self) -> None:
        """Search until nothing smaller is possible, or for long enough."""
        low, high = self._roots()
        bounds = self._judged(low, high)
        while True:
            keep = self._worth(bounds)
            low, high, bounds = low[:, keep], high[:, keep], bounds[keep]
            if not len(bounds):
                return
            if self.n_boxes >= self.most_boxes:
                self._left = float(bounds.min())
                return
            order = np.argsort(bounds, kind="stable")
            now, later = order[:AT_ONCE], order[AT_ONCE:]
            halves = self._halves(low[:, now], high[:, now], bounds[now])
            judged = self._judged(*halves)
            low = np.concatenate([low[:, later], halves[0]], axis=1)
            high = np.concatenate([high[:, later], halves[1]], axis=1)
            bounds = np.concatenate([bounds[later], judged])

    def _worth(self, bounds: Floats) -> NDArray[np.bool_]:
        """Which boxes may hold something smaller; what the others might is kept in mind."""
        if self.best is None:
            return np.isfinite(bounds)
        size = self.best[2]
        worth = bounds < size - TOLERANCE
        near = bounds[~worth]
        if len(near):
            self._passed_over = min(self._passed_over, float(near.min()))
        return worth

    def _roots(self) -> tuple[Floats, Floats]:
        """A box for each choice of categories."""
        space = self.space
        axes = [
            range(int(space.high[i]) + 1) if space.is_category[i] else (None,)
            for i in range(len(space.items))
        ]
        n_choices = int(np.prod([len(axis) for axis in axes], dtype=np.float64))
        if n_choices > MOST_CATEGORIES:
            raise CannotError(
                f"{n_choices:,} combinations of categories are too many to try; change fewer inputs"
            )
        choices = list(product(*axes))
        low = np.array([[low if c is None else c for c, low in zip(choice, space.low, strict=True)]
                        for choice in choices], dtype=np.float64).T  # fmt: skip
        high = np.array([[up if c is None else c for c, up in zip(choice, space.high, strict=True)]
                         for choice in choices], dtype=np.float64).T  # fmt: skip
        # A row outside the declared range may stay where it is.
        return low, high

    def _judged(self, low: Floats, high: Floats) -> Floats:
        """Bounds of boxes; what they suggest is tried."""
        if low.shape[1] == 0:
            return np.empty(0)
        self.n_boxes += low.shape[1]
        found = self.space.judge(low, high)
        possible = np.isfinite(found.at_least)
        nearest = np.clip(self.space.origin[:, None], low, high)
        self._try(np.concatenate([found.candidates, nearest], axis=1)[:, np.tile(possible, 2)])
        whole = self.space.whole[:, None] & (high > low)
        done = found.straight & possible & ~whole.any(axis=0)
        if done.any():
            self._settle(found.candidates[:, done])
            self._passed_over = min(self._passed_over, float(found.at_least[done].min()))
        return np.where(done, np.inf, found.at_least)

    def _try(self, points: Floats) -> None:
        """Take the cheapest of some points that reaches the goal, if it is better."""
        if points.shape[1] == 0:
            return
        costs = self.space.cost(points)
        limit = np.inf if self.best is None else self.best[2]
        points = points[:, costs < limit]
        if points.shape[1] == 0:
            return
        reaches = self.space.values(points) >= self.space.sign * self.space.goal.number
        for at in np.flatnonzero(reaches)[np.argsort(self.space.cost(points[:, reaches]))]:
            if self._take(points[:, at]):
                return

    def _take(self, point: Floats) -> bool:
        """Keep a point if the reference evaluator says that it reaches the goal."""
        space = self.space
        row = {item.name: cell_of(item, space.row[item.name])
               for item in space.network.spec.inputs}  # fmt: skip
        for item, x in zip(space.items, point.tolist(), strict=True):
            row[item.name] = cell_of(item, x)
        value = evaluate_row(space.network.spec, row).outputs[space.goal.neuron]
        size = float(space.cost(point[:, None])[0])
        if not space.goal.met(value) or (self.best is not None and size >= self.best[2]):
            return False
        self.best = row, value, size
        return True

    def _settle(self, points: Floats) -> None:
        """Where a straight piece gives the answer, rounding may miss it: step on a little."""
        origin = self.space.origin[:, None]
        for power in (-15, -14, -13, -12, -11, -10):
            further = points + (points - origin) * 10.0**power
            self._try(self.space.held(further))

    def _halves(self, low: Floats, high: Floats, bounds: Floats) -> tuple[Floats, Floats]:
        """Each box cut in two across its widest side; one that cannot be cut is passed over."""
        space = self.space
        widths = (high - low) * np.where(space.is_category, 0.0, space.unit_cost)[:, None]
        axis = widths.argmax(axis=0)
        boxes = np.arange(low.shape[1])
        tiny = widths[axis, boxes] <= EXACT
        if tiny.any():
            self._passed_over = min(self._passed_over, float(bounds[tiny].min()))
        boxes, axis = boxes[~tiny], axis[~tiny]
        low, high = low[:, boxes], high[:, boxes]
        columns = np.arange(len(boxes))
        whole = space.whole[axis]
        middle = (low[axis, columns] + high[axis, columns]) / 2
        # The row's own value is a corner of the cost: cut there first.
        own = space.origin[axis]
        corner = (own > low[axis, columns]) & (own < high[axis, columns])
        middle = np.where(corner & ~whole, own, middle)
        left_high, right_low = high.copy(), low.copy()
        left_high[axis, columns] = np.where(whole, np.floor(middle), middle)
        right_low[axis, columns] = np.where(whole, np.floor(middle) + 1, middle)
        return np.concatenate([low, right_low], axis=1), np.concatenate([left_high, high], axis=1)
