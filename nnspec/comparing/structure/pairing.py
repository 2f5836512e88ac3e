"""Who is who: pairs of things, the likeliest first, and what makes two of them alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

T = TypeVar("T")

SHARED_SOURCE = 0.3
"""What a synapse from the same source counts, of 1, however its weight changed."""


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


def same_or_alike(
    old: Collection[str], new: Collection[str], score: Callable[[str, str], float], least: float
) -> dict[str, str]:
    """By old name the new one: the same name, or of those in one of both the likeliest."""
    gone = [name for name in old if name not in new]
    come = [name for name in new if name not in old]
    found = dict(best_pairs(gone, come, score, least))
    return {name: found.get(name, name) for name in old if name in found or name in new}


def spelling(old: str, new: str) -> float:
    """How alike two names are spelt, from 0 to 1."""
    return SequenceMatcher(None, old[:128].casefold(), new[:128].casefold()).ratio()


def closeness(old: float | None, new: float | None) -> float:
    """How alike two weights are, from 0 to 1; None where there is no synapse."""
    if old is None or new is None:
        return 0.0
    if old == new:
        return 1.0
    if (old < 0) != (new < 0):
        return 0.0
    return SHARED_SOURCE + (1 - SHARED_SOURCE) * min(abs(old), abs(new)) / max(abs(old), abs(new))
