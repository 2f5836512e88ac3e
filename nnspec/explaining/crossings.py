"""Where a path through a network meets hinges: the places at which its pieces must be cut.

Between two neighbouring cuts every neuron stays on one smooth piece of its activation, every
maximum is the same synapse's, and the winner of a group is the same neuron.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.explaining.stage import Stage
from nnspec.explaining.stages import State

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Wanted: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = Callable[[Floats], Ints]

NEAR_END = 1e-12
"""How near to the ends of a piece, as a share of it, the first and last samples stand."""

SAMPLES = 33
"""How many samples find the crossings of a curve; of straight lines, the two ends do."""


def piece_codes(stage: Stage, state: State, index: int, wanted: Wanted) -> Ints:
    """On which piece each function of a stage's wanted rows is: shape (n_functions, n_points)."""
    rows = list(_codes(stage, state, index, wanted))
    n_points = state.values.shape[1]
    return np.array(rows, dtype=np.int64).reshape(len(rows), n_points)


def _codes(stage: Stage, state: State, index: int, wanted: Wanted) -> Iterator[Ints]:
    for row, hinge in stage.hinges:
        if wanted[row]:
            yield (state.z[index][row] >= hinge).astype(np.int64)
    for one in stage.others:
        if one.name not in ("max", "min", "manhattan") or not wanted[one.row]:
            continue
        x = state.values[stage.layer.sources[one.sources]]
        if one.name == "manhattan":
            yield from (x >= one.weights[:, None]).astype(np.int64)
        else:
            sign = 1.0 if one.name == "max" else -1.0
            yield np.argmax(sign * one.weights[:, None] * x, axis=0)
    if stage.layer.group == "winner":
        yield np.argmax(state.a[index][stage.layer.group_order], axis=0)


def has_pieces(stage: Stage, wanted: Wanted) -> bool:
    """Whether there is anything to cut at in the wanted rows."""
    return (
        any(wanted[row] for row, _ in stage.hinges)
        or (stage.layer.group == "winner" and bool(wanted.any()))
        or any(one.name in ("max", "min", "manhattan") and wanted[one.row] for one in stage.others)
    )


def cuts(times: Floats, codes: Codes, *, straight: bool) -> Floats:
    """Where codes change between neighbouring times, to the last bit.

    Of a function that changes several times between two samples, one change is found; ask again
    with the pieces that come of it.
    """
    shares = np.array([0.0, 1.0]) if straight else (1 - np.cos(np.linspace(0, np.pi, SAMPLES))) / 2
    shares = np.clip(shares, NEAR_END, 1 - NEAR_END)
    samples = times[:-1, None] + np.diff(times)[:, None] * shares
    found = codes(samples.ravel()).reshape(-1, *samples.shape)
    which, piece, at = np.nonzero(found[:, :, :-1] != found[:, :, 1:])
    if not len(which):
        return np.empty(0)
    low, high = samples[piece, at], samples[piece, at + 1]
    code = found[which, piece, at]
    return np.unique(_bisected(low, high, which, code, codes))


def _bisected(low: Floats, high: Floats, which: Ints, code: Ints, codes: Codes) -> Floats:
    """Where each function leaves the code that it has at ``low``."""
    columns = np.arange(len(low))
    for _ in range(64):
        middle = (low + high) / 2
        same = codes(middle)[which, columns] == code
        if not ((middle > low) & (middle < high)).any():
            break
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return high
