"""Slopes of activations, for whole arrays of z."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.functions.activations import ACTIVATIONS

Floats: TypeAlias = NDArray[np.float64]


def slopes(name: str, parameters: Mapping[str, Any], z: Floats) -> Floats:
    """The derivative of an activation at each z.

    Examples
    --------
    >>> slopes("relu", {}, np.array([-2.0, 3.0]))
    array([0., 1.])
    """
    record = ACTIVATIONS[name]
    if record.is_identity(**parameters):
        return np.ones_like(z)
    if record.piecewise_linear:
        return _of_pieces(name, parameters, z)
    fast = _FAST.get(name)
    if fast is not None:
        return fast(z)
    flat = [record.derivative(x, **parameters) if np.isfinite(x) else np.nan
            for x in z.ravel().tolist()]  # fmt: skip
    return np.array(flat, dtype=np.float64).reshape(z.shape)


def _of_pieces(name: str, parameters: Mapping[str, Any], z: Floats) -> Floats:
    """The slope of the straight piece that each z lies on."""
    record = ACTIVATIONS[name]
    hinges = sorted(record.hinges(**parameters))
    inside = [hinges[0] - 1.0, *hinges] if hinges else [0.0]
    each = np.array([record.derivative(x, **parameters) for x in inside])
    return np.asarray(each[np.searchsorted(hinges, z, side="right")], dtype=np.float64)


def _sigmoid(z: Floats) -> Floats:
    decay = np.exp(-np.abs(z))
    return np.asarray(decay / ((1 + decay) * (1 + decay)))


def _tanh(z: Floats) -> Floats:
    return np.asarray(4 * _sigmoid(2 * z))


_FAST: dict[str, Callable[[Floats], Floats]] = {
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "exp": lambda z: np.asarray(np.exp(z)),
    "square": lambda z: 2 * z,
    "cube": lambda z: 3 * z * z,
    "sin": lambda z: np.asarray(np.cos(z)),
    "cos": lambda z: np.asarray(-np.sin(z)),
    "gaussian": lambda z: np.asarray(-2 * z * np.exp(-(z * z))),
}
"""Those that NumPy can do at once; the others go one by one through their records."""
