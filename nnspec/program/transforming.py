"""Intervals through an input's transforms, and of their slopes."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.functions.transforms import TRANSFORMS
from nnspec.program.intervals import Interval
from nnspec.spec.inputs import seen_columns
from nnspec.spec.model import Input

Floats: TypeAlias = NDArray[np.float64]


def seen_interval(item: Input, ends: Floats, unit: int) -> tuple[Floats, Floats]:
    """What synapses see of an input that lies between two ends; one that rises stays sorted."""
    if item.type == "category":
        holds = (ends[0] == unit) & (ends[1] == unit)
        may = (ends[0] <= unit) & (ends[1] >= unit)
        return holds.astype(np.float64), may.astype(np.float64)
    [seen] = seen_columns(np, item, ends)
    return seen.min(axis=0), seen.max(axis=0)


def transform_slope(item: Input, low: Floats, high: Floats) -> Interval:
    """Where the slope of an input's transforms can lie."""
    slope: Interval = (np.ones_like(low), np.ones_like(low))
    ends = np.array([low, high])
    for step in item.transforms:
        own = _step_slope(step.kind, step.parameters, ends)
        corners = [a * b for a in slope for b in own]
        slope = np.minimum.reduce(corners), np.maximum.reduce(corners)
        after = np.array(TRANSFORMS[step.kind].vector(np, ends, *step.parameters))
        ends = np.array([after.min(axis=0), after.max(axis=0)])
    return slope


def _step_slope(kind: str, parameters: tuple[float | None, ...], ends: Floats) -> Interval:
    numbers = [0.0 if p is None else float(p) for p in parameters]
    if kind == "standardize":
        whole = np.full_like(ends[0], 1 / numbers[1])
        return whole, whole
    if kind == "rescale":
        a, b, c, d = numbers
        whole = np.full_like(ends[0], (d - c) / (b - a))
        return whole, whole
    if kind == "clip":
        low = -np.inf if parameters[0] is None else numbers[0]
        high = np.inf if parameters[1] is None else numbers[1]
        inside = (ends[0] >= low) & (ends[1] <= high)
        outside = (ends[1] <= low) | (ends[0] >= high)
        return inside.astype(np.float64), (~outside).astype(np.float64)
    both = {
        "log": lambda x: 1 / x,
        "log1p": lambda x: 1 / (1 + x),
        "sqrt": lambda x: 0.5 / np.sqrt(x),
    }[kind](ends)
    return both.min(axis=0), both.max(axis=0)
