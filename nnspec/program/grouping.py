"""Slopes of groups: from what a layer's grouped outputs mean, to what its activations mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.program.compiled import CompiledLayer

Floats: TypeAlias = NDArray[np.float64]


def group_adjoint(layer: CompiledLayer, adjoint: Floats, a: Floats, result: Floats) -> Floats:
    """The slope by each activation, from the slope by each of the group's results.

    Shapes are (n_neurons, n_points). A winner's results do not change between jumps.
    """
    if layer.group is None:
        return adjoint
    return _ADJOINTS[layer.group](adjoint, a, result)


def _softmax(adjoint: Floats, a: Floats, result: Floats) -> Floats:
    return np.asarray(result * (adjoint - (adjoint * result).sum(axis=0)))


def _normalize(adjoint: Floats, a: Floats, result: Floats) -> Floats:
    return np.asarray((adjoint - (adjoint * result).sum(axis=0)) / a.sum(axis=0))


def _winner(adjoint: Floats, a: Floats, result: Floats) -> Floats:
    return np.zeros_like(adjoint)


_ADJOINTS: dict[str, Callable[[Floats, Floats, Floats], Floats]] = {
    "softmax": _softmax,
    "normalize": _normalize,
    "winner": _winner,
}
