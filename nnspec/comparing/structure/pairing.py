"""Pairs of things, the likeliest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def best_pairs(
    gone: Sequence[T], come: Sequence[T], score: Callable[[T, T], float], least: float
) -> list[tuple[T, T]]:
    """Pairs of at least that score, the greatest first, each thing in one pair at most.

    Examples
    --------
    >>> best_pairs([1, 9], [8, 2, 30], lambda a, b: -abs(a - b), -3)
    [(1, 2), (9, 8)]
    """
    scored = [
        (-score(a, b), i, j) for i, a in enumerate(gone) for j, b in enumerate(come)
    ]  # fmt: skip
    found: list[tuple[int, int]] = []
    first: set[int] = set()
    second: set[int] = set()
    for negative, i, j in sorted(scored):
        if -negative < least:
            break
        if i not in first and j not in second:
            first.add(i)
            second.add(j)
            found.append((i, j))
    return [(gone[i], come[j]) for i, j in sorted(found)]
