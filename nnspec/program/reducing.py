"""Aggregations over an array of points: their values, slopes, and where they switch.

Arrays hold sources in rows and points in columns. ``weights`` and ``sources`` below are one
neuron's own, synapse by synapse: shapes (n,) and (n, n_points).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Reducing:
    """One aggregation.

    Parameters
    ----------
    value
        ``value(w, x)``: shape (n_points,).
    slope
        ``slope(w, x)``: the derivative by each source, shape (n, n_points).
    """

    value: Callable[[Floats, Floats], Floats]
    slope: Callable[[Floats, Floats], Floats]


def _whole(w: Floats, x: Floats) -> Floats:
    return np.broadcast_to(w[:, None], x.shape)


def _product_slope(w: Floats, x: Floats) -> Floats:
    powers = x ** w[:, None]
    own = w[:, None] * x ** (w[:, None] - 1)
    own = np.where(w[:, None] == 0, 0.0, own)
    others = np.array([np.prod(np.delete(powers, i, axis=0), axis=0) for i in range(len(w))])
    return np.asarray(own * others.reshape(x.shape))


def _distance(w: Floats, x: Floats) -> Floats:
    gap = x - w[:, None]
    return np.asarray(np.sqrt((gap * gap).sum(axis=0)))


def _distance_slope(w: Floats, x: Floats) -> Floats:
    length = _distance(w, x)
    return np.asarray(np.where(length == 0, 0.0, (x - w[:, None]) / np.where(length, length, 1.0)))


def _extreme_slope(sign: float) -> Callable[[Floats, Floats], Floats]:
    def slope(w: Floats, x: Floats) -> Floats:
        chosen = np.argmax(sign * w[:, None] * x, axis=0)
        return np.asarray(np.where(np.arange(len(w))[:, None] == chosen, w[:, None], 0.0))

    return slope


REDUCING: dict[str, Reducing] = {
    "sum": Reducing(lambda w, x: w @ x, _whole),
    "mean": Reducing(lambda w, x: w @ x / len(w), lambda w, x: _whole(w / len(w), x)),
    "max": Reducing(lambda w, x: np.asarray((w[:, None] * x).max(axis=0)), _extreme_slope(1.0)),
    "min": Reducing(lambda w, x: np.asarray((w[:, None] * x).min(axis=0)), _extreme_slope(-1.0)),
    "product": Reducing(lambda w, x: np.asarray((x ** w[:, None]).prod(axis=0)), _product_slope),
    "distance": Reducing(_distance, _distance_slope),
    "squared-distance": Reducing(
        lambda w, x: np.asarray(((x - w[:, None]) ** 2).sum(axis=0)),
        lambda w, x: 2 * (x - w[:, None]),
    ),
    "manhattan": Reducing(
        lambda w, x: np.asarray(np.abs(x - w[:, None]).sum(axis=0)),
        lambda w, x: np.sign(x - w[:, None]),
    ),
}
"""Every aggregation by name."""
