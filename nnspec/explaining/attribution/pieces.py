"""Pieces of lines: from where to where each goes, and what is held on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

SHORTEST = 4e-16
"""Cuts that are nearer to an end of their piece are none."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """Pieces of lines, line after line, and along each.

    Parameters
    ----------
    line
        The line of each piece.
    start, end
        Its times, from 0 to 1.
    frozen
        By tier, what jumping rows are on each piece: (n_rows, n_pieces).
    """

    line: Ints
    start: Floats
    end: Floats
    frozen: dict[int, Floats]

    @classmethod
    def whole(cls, n_lines: int) -> Pieces:
        """Each line as one piece."""
        return cls(np.arange(n_lines), np.zeros(n_lines), np.ones(n_lines), {})

    @classmethod
    def in_order(cls, parts: Sequence[Pieces]) -> Pieces:
        """Pieces brought together, line after line."""
        line, start, end = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("line", "start", "end")
        )
        order = np.lexsort((start, line))
        return cls(line[order], start[order], end[order], {})

    def __len__(self) -> int:
        return len(self.line)

    def at(self, shares: Floats) -> tuple[Floats, Ints, dict[int, Floats]]:
        """Times at some shares of each piece, piece by piece, their lines, and what is frozen."""
        times = self.start[:, None] + (self.end - self.start)[:, None] * shares
        n = len(shares)
        frozen = {i: np.repeat(held, n, axis=1) for i, held in self.frozen.items()}
        return times.ravel(), np.repeat(self.line, n), frozen

    def chosen(self, which: NDArray[np.bool_] | slice) -> Pieces:
        """Some of the pieces."""
        frozen = {i: held[:, which] for i, held in self.frozen.items()}
        return Pieces(self.line[which], self.start[which], self.end[which], frozen)

    def halves(self) -> Pieces:
        """Each piece cut in two."""
        middle = (self.start + self.end) / 2
        start = np.stack([self.start, middle], axis=1).ravel()
        end = np.stack([middle, self.end], axis=1).ravel()
        frozen = {i: np.repeat(held, 2, axis=1) for i, held in self.frozen.items()}
        return Pieces(np.repeat(self.line, 2), start, end, frozen)

    def cut(self, pieces: Ints, times: Floats) -> tuple[Pieces, NDArray[np.bool_]]:
        """The pieces that cuts make of these, and which of them are new."""
        room = SHORTEST
        inside = (times > self.start[pieces] + room) & (times < self.end[pieces] - room)
        owner = np.concatenate([np.arange(len(self)), pieces[inside]])
        start = np.concatenate([self.start, times[inside]])
        order = np.lexsort((start, owner))
        owner, start = owner[order], start[order]
        same = (np.diff(owner, prepend=-1) == 0) & (np.diff(start, prepend=-1.0) <= room)
        owner, start = owner[~same], start[~same]
        last = np.diff(owner, append=len(self)) != 0
        end = np.where(last, self.end[owner], np.roll(start, -1))
        new = np.bincount(owner, minlength=len(self))[owner] > 1
        return Pieces(self.line[owner], start, end, {}), new

    def with_frozen(self, frozen: dict[int, Floats]) -> Pieces:
        """The same pieces, with what is held on them."""
        return replace(self, frozen=frozen)


def add_up(total: Floats, lines: Ints, parts: Floats) -> None:
    """Add parts, (n_units, n_parts), to the totals of their lines, which are in order."""
    if len(lines):
        first = np.flatnonzero(np.diff(lines, prepend=-1))
        total[:, lines[first]] += np.add.reduceat(parts, first, axis=1)
