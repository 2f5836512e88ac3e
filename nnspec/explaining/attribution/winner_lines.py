"""Reasons for the winner of a group: each neuron wins on one stretch of the line, if at all.

Where its stretch begins it takes over from a rival, where it ends it gives way to one. Either jump
is shared among the sources in proportion to how each moves the two apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.explaining.attribution.group_lines import GroupLines

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

APART = 1e-9
"""How far apart in time two crossings must be, lest rounding decide which is first."""

NEVER, ALWAYS = 2.0, -1.0


class WinnerLines(GroupLines):
    """The greatest of some plain sums."""

    group = "winner"

    def contributions(self, seen: Floats, sources: Sequence[Floats], row: int) -> Floats:
        """In closed form; rows are in doubt where crossings coincide, or lie at an end."""
        del seen
        moves = self.moves(sources)
        moved = self.weights @ moves
        found = np.zeros_like(moves)
        found[:, ~np.isfinite(moved).all(axis=0)] = np.nan
        others = np.array([other for other in range(len(moved)) if other != row])
        ahead = self.base[row] - self.base[others]
        after = ahead + (moved[row] - moved[others])
        leads = np.argsort(self.order)[others] > np.argsort(self.order)[row]
        # Of two whose difference is 0 the first listed wins.
        before = (ahead > 0) | ((ahead == 0) & leads[:, None])
        then = (after > 0) | ((after == 0) & leads[:, None])
        times = ahead / np.where(before == then, 1.0, ahead - after)
        starts = np.where(then, np.where(before, ALWAYS, times), np.where(before, ALWAYS, NEVER))
        ends = np.where(before & ~then, times, NEVER)
        begin, begins = _first(-starts)
        end, ceases = _first(ends)
        begin = -begin
        wins = begin < end
        doubt = (np.abs(end - begin) < APART) & (begin < NEVER)
        apart = self.weights[row] - self.weights[others]
        for sign, time, (rival, clear) in ((1.0, begin, begins), (-1.0, end, ceases)):
            jumps = wins & (time > ALWAYS) & (time < NEVER)
            doubt |= jumps & ~(clear & (time > APART) & (time < 1 - APART))
            at = np.flatnonzero(jumps & ~doubt)
            share = apart[rival[at]].T * moves[:, at]
            found[:, at] += sign * share / share.sum(axis=0)
        found[:, doubt] = np.nan
        return found


def _first(times: Floats) -> tuple[Floats, tuple[Ints, NDArray[np.bool_]]]:
    """The least of each column: what it is, where it stands, and whether no other is near."""
    where = times.argmin(axis=0)
    least = np.take_along_axis(times, where[None], axis=0)[0]
    near = np.count_nonzero(times < least + APART, axis=0)
    return least, (where, near == 1)
