"""Where lines through a network meet hinges: the places at which their pieces must be cut.

Between two neighbouring cuts every neuron stays on one smooth piece of its activation, every
maximum is the same synapse's, and the winner of a group is the same neuron.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.program.forward import Trace
from nnspec.program.program import Tier

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Wanted: TypeAlias = NDArray[np.bool_]
Switches: TypeAlias = Callable[[Floats, Ints], Sequence[Floats]]
"""By times and pieces: each switch's rivals, shape (n_rivals, n_points); the greatest has it."""

NEAR_END = 1e-12
"""How near to the ends of a piece, as a share of it, the first and last samples stand."""

SAMPLES = 33
"""How many samples find the crossings of a curve; of straight lines, the two ends do."""


def rivals(tier: Tier, state: Trace, index: int, wanted: Wanted) -> Iterator[Floats]:
    """What decides on which piece each function of a tier's wanted rows is.

    Each is an array of shape (n_rivals, n_points) whose greatest row decides; the first of equals
    does. A hinge is z beside the hinge.
    """
    for row, hinge in tier.hinges:
        if wanted[row]:
            z = state.z[index][row]
            yield np.stack([z - hinge, np.zeros_like(z)])
    for one in tier.gathered:
        aggregation = one.aggregation
        if not aggregation.switches or not wanted[one.row]:
            continue
        x = state.values[tier.sources(one)]
        if aggregation.term.hinged:
            for gap in x - one.weights[:, None]:
                yield np.stack([gap, np.zeros_like(gap)])
        else:
            yield aggregation.extreme * one.weights[:, None] * x
    if tier.group_jumps and wanted.any():
        yield state.a[index][tier.layer.group_order]


def has_pieces(tier: Tier, wanted: Wanted) -> bool:
    """Whether there is anything to cut at in the wanted rows."""
    return (
        any(wanted[row] for row, _ in tier.hinges)
        or (tier.group_jumps and bool(wanted.any()))
        or any(one.aggregation.switches and wanted[one.row] for one in tier.gathered)
    )


def cuts(start: Floats, end: Floats, switches: Switches, *, straight: bool) -> tuple[Ints, Floats]:
    """Where switches change hands on some pieces: (pieces, times).

    Where they are straight lines a time is worked out, otherwise found by halving, to the last
    bit. Of a switch that changes hands several times between two samples one change is found: ask
    again with the pieces that come of it.
    """
    shares = np.array([0.0, 1.0]) if straight else (1 - np.cos(np.linspace(0, np.pi, SAMPLES))) / 2
    shares = np.clip(shares, NEAR_END, 1 - NEAR_END)
    n_pieces, n_samples = len(start), len(shares)
    samples = start[:, None] + (end - start)[:, None] * shares
    pieces = np.repeat(np.arange(n_pieces), n_samples)
    found_pieces, found_times = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    for which, terms in enumerate(switches(samples.ravel(), pieces)):
        codes = terms.argmax(axis=0).reshape(n_pieces, n_samples)
        piece, at = np.nonzero(codes[:, :-1] != codes[:, 1:])
        if not len(piece):
            continue
        low, high = samples[piece, at], samples[piece, at + 1]
        code, then = codes[piece, at], codes[piece, at + 1]
        if straight:
            flat = piece * n_samples + at
            gap = terms[code, flat] - terms[then, flat]
            after = terms[code, flat + 1] - terms[then, flat + 1]
            share = np.where(gap > after, gap / np.where(gap > after, gap - after, 1.0), 1.0)
            time = low + (high - low) * np.clip(share, 0.0, 1.0)
        else:
            time = _halved(low, high, piece, (which, code), switches)
        found_pieces.append(piece)
        found_times.append(time)
    return np.concatenate(found_pieces), np.concatenate(found_times)


def _halved(
    low: Floats, high: Floats, pieces: Ints, switch: tuple[int, Ints], switches: Switches
) -> Floats:
    """Where a switch leaves the code that it has at ``low``."""
    which, code = switch
    for _ in range(64):
        middle = (low + high) / 2
        if not ((middle > low) & (middle < high)).any():
            break
        same = switches(middle, pieces)[which].argmax(axis=0) == code
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return high
