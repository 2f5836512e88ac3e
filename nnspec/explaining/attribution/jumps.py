"""Where neurons jump along lines: what each jump does downstream, and whose doing it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.explaining.attribution.lines import Lines
from nnspec.program.adjoint import backward, by_pre_activations, push
from nnspec.program.forward import forward
from nnspec.program.program import Tier

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

BESIDE = 1e-9
"""How near to a jump, as a share of the piece, what moves there is looked at."""


@dataclass(frozen=True, eq=False)
class _Places:
    """Places of lines at which something jumps.

    Parameters
    ----------
    line
        The line of each.
    before, after
        Every unit on either side: (n_units, n_places).
    piece
        The piece before and the piece after each place, -1 for none: (2, n_places).
    """

    line: Ints
    before: Floats
    after: Floats
    piece: Ints

    def chosen(self, which: NDArray[np.bool_] | Ints) -> _Places:
        """Some of the places."""
        return _Places(
            self.line[which], self.before[:, which], self.after[:, which], self.piece[:, which]
        )


def contributions(lines: Lines) -> Floats:
    """What each unit contributes to the target's change: (n_units, n_lines)."""
    with np.errstate(all="ignore"):
        total = lines.smooth()
        return total + _by_jumps(lines) if lines.jumping else total


def _by_jumps(lines: Lines) -> Floats:
    """What each unit contributes to the target through jumps: (n_units, n_lines)."""
    total = np.zeros_like(lines.start)
    places = _places(lines)
    now = places.before.copy()
    for index, tier in lines.jumping:
        units = tier.first + tier.jumping
        units = units[lines.leading[units]]
        at = np.flatnonzero((now[units] != places.after[units]).any(axis=0))
        if not len(at):
            continue
        here = places.chosen(at)
        then = now[:, at].copy()
        then[units] = here.after[units]
        after = forward(lines.program, then, index + 1, lines.last).values
        amounts = _amounts(lines, now[:, at], then, after, units, index)
        for unit in units[(amounts[units] != 0).any(axis=1)].tolist():
            some = np.flatnonzero(amounts[unit] != 0)
            moved = _Moved(lines, index, tier, unit, now[:, at][:, some])
            shares = moved.shares(here.chosen(some))
            np.add.at(total.T, here.line[some], (amounts[unit, some] * shares).T)
        now[:, at] = after
    return total


def _amounts(
    lines: Lines, now: Floats, then: Floats, after: Floats, units: Ints, index: int
) -> Floats:
    """What each jumping unit of a tier does to the target: (n_units, n_places).

    A unit that jumps alone does all of it, even where what follows is undefined on the way.
    """
    jumping = now[units] != then[units]
    amounts = np.zeros_like(now)
    amounts[units] = np.where(jumping, after[lines.target] - now[lines.target], 0.0)
    several = np.flatnonzero(jumping.sum(axis=0) > 1)
    if len(several):
        amounts[:, several] = _downstream(lines, now[:, several], then[:, several], index)
    return amounts


def _places(lines: Lines) -> _Places:
    """Every end of a piece at which a unit that matters differs from one side to the other."""
    pieces, n_pieces = lines.pieces, len(lines.pieces)
    ends = lines.states(*pieces.at(np.array([0.0, 1.0]))).values
    right, left = ends[:, 0::2], ends[:, 1::2]
    first = np.diff(pieces.line, prepend=-1) != 0
    last = np.diff(pieces.line, append=lines.n_lines) != 0
    own = np.arange(n_pieces)
    begin, finish = lines.exact(0.0), lines.exact(1.0)
    before = np.where(first, begin[:, pieces.line], np.roll(left, 1, axis=1))
    places = _Places(
        np.concatenate([pieces.line, pieces.line[last]]),
        np.concatenate([before, left[:, last]], axis=1),
        np.concatenate([right, finish[:, pieces.line[last]]], axis=1),
        np.concatenate(
            [np.stack([np.where(first, -1, own - 1), own]),
             np.stack([own[last], np.full(np.count_nonzero(last), -1)])], axis=1,
        ),
    )  # fmt: skip
    differs = places.before[lines.leading] != places.after[lines.leading]
    return places.chosen(differs.any(axis=0))


def _downstream(lines: Lines, now: Floats, then: Floats, index: int) -> Floats:
    """What each jumping unit of a tier does to the target."""
    if lines.last == index + 1:
        here = np.zeros_like(now)
        here[lines.target] = then[lines.target] - now[lines.target]
        return here
    return contributions(Lines(lines.program, now, then, lines.target, index + 1))


class _Moved:
    """What moved one jumping unit: the movement of a z, or of one activation beside another."""

    def __init__(self, lines: Lines, index: int, tier: Tier, unit: int, now: Floats) -> None:
        self.lines, self.index, self.tier = lines, index, tier
        self.unit = unit
        self.now = now

    def shares(self, places: _Places) -> Floats:
        """How the units share in each jump: (n_units, n_places), adding up to 1."""
        found = np.zeros((len(self.lines.start), len(places.line)))
        open_ = np.ones(len(places.line), dtype=np.bool_)
        for side, share in ((0, 1 - BESIDE), (1, BESIDE)):
            at = np.flatnonzero(open_ & (places.piece[side] >= 0))
            if not len(at):
                continue
            pieces = self.lines.pieces
            piece = places.piece[side][at]
            times = pieces.start[piece] + (pieces.end[piece] - pieces.start[piece]) * share
            moved = self._movement(times, places.chosen(at), at)
            total = moved.sum(axis=0)
            good = np.isfinite(total) & (total != 0)
            found[:, at[good]] = moved[:, good] / total[good]
            open_[at[good]] = False
        return found

    def _movement(self, times: Floats, places: _Places, at: Ints) -> Floats:
        lines, tier = self.lines, self.tier
        state = lines.states(times, places.line)
        by_z = np.zeros((len(tier.layer.neurons), len(times)))
        if tier.group_jumps:
            columns = np.arange(len(times))
            np.add.at(by_z, (places.after[tier.own].argmax(axis=0), columns), 1.0)
            np.add.at(by_z, (self.now[tier.own][:, at].argmax(axis=0), columns), -1.0)
            by_z = by_pre_activations(tier, by_z, state.z[self.index])
        else:
            by_z[self.unit - tier.first] = 1.0
        adjoint = np.zeros_like(state.values)
        push(lines.program, self.index, by_z, state, adjoint)
        slope = backward(lines.program, adjoint, state, lines.first, self.index)
        move = lines.move[:, places.line]
        return np.where(move == 0, 0.0, slope * move)
