"""A change that reaches a goal, made as small as it can be to the last bit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnspec.evaluators.reference import evaluate_row
from nnspec.explaining.change.boxes import Space
from nnspec.spec.inputs import number_of
from nnspec.spec.model import Value


def polished(space: Space, row: dict[str, Value]) -> tuple[dict[str, Value], float, float]:
    """The row with each change made as small as it can be by itself, to the last bit."""
    best = dict(row)
    for item in space.items:
        if item.type == "number":
            best[item.name] = _nearest(space, best, item.name)
    value = evaluate_row(space.network.spec, best).outputs[space.goal.neuron]
    point = np.array([number_of(item, best[item.name]) for item in space.items])
    return best, value, float(space.cost(point[:, None])[0])


def _nearest(space: Space, row: Mapping[str, Value], name: str) -> float:
    """The value nearest to the input's own that reaches the goal, as far as halving finds it."""
    i = [item.name for item in space.items].index(name)
    own = float(np.clip(space.origin[i], space.low[i], space.high[i]))
    good, bad = float(row[name]), own
    for _ in range(80):
        middle = (good + bad) / 2
        if middle in (good, bad):
            break
        met = _meets(space, row, name, middle)
        good, bad = (middle, bad) if met else (good, middle)
    for digits in range(1, 15):
        short = float(f"{good:.{digits}g}")
        near = abs(short - good) <= 1e-13 * (space.high[i] - space.low[i])
        inside = space.low[i] <= short <= space.high[i]
        if near and inside and _meets(space, row, name, short):
            return short
    return good


def _meets(space: Space, row: Mapping[str, Value], name: str, x: float) -> bool:
    values = evaluate_row(space.network.spec, {**row, name: x}).outputs
    return space.goal.met(values[space.goal.neuron])
