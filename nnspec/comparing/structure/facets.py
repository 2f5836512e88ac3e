"""Differences between two sets of named facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnspec.comparing.structure.differences import Action, Difference, Part, plain

Facts = Mapping[str, Any]


def compare_facts(part: Part, name: str, old: Facts, new: Facts) -> Iterator[Difference]:
    """A difference for each fact that is not the same; None is no fact.

    Examples
    --------
    >>> [d.aspect for d in compare_facts("input", "age", {"unit": "year"}, {"range": [0, 9]})]
    ['unit', 'range']
    """
    for aspect in dict.fromkeys((*old, *new)):
        before, after = plain(old.get(aspect)), plain(new.get(aspect))
        if same(before, after):
            continue
        action: Action = "changed"
        if before is None or after is None:
            action = "added" if before is None else "removed"
        yield Difference(part, name, action, aspect, old=before, new=after)


def same(a: Any, b: Any) -> bool:
    """Whether two plain values are the same; unlike ==, true is not 1."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def texts(item: Any, *aspects: str) -> dict[str, Any]:
    """What a thing says to people, and its extensions."""
    said = {aspect: getattr(item, aspect) for aspect in aspects}
    return {**said, **dict(item.extensions)}


def interval(bounds: tuple[Any, Any]) -> list[Any] | None:
    """A range as a fact: none where both sides are open."""
    return None if bounds == (None, None) else list(bounds)
