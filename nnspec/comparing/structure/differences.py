"""What differs between two specs, as frozen data; every value in it is plain JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

T = TypeVar("T")

Part: TypeAlias = Literal[
    "network", "input", "parameter", "layer", "neuron", "example", "property"
]  # fmt: skip
Action: TypeAlias = Literal[
    "added", "removed", "renamed", "changed", "re-weighted", "flipped", "moved"
]  # fmt: skip

TEXTS = frozenset({"title", "description", "version", "authors", "license", "source"})
"""Aspects that are for people: they change no value, whatever they say."""


@dataclass(frozen=True, slots=True)
class WeightMove:
    """One weight of a bulk layer, or one bias (whose ``source`` is empty), before and after.

    ``old`` or ``new`` is None where there is no such synapse.
    """

    target: str
    source: str
    old: float | None
    new: float | None

    @property
    def size(self) -> float:
        """How far the weight moved; a synapse that is absent counts as 0."""
        old = 0.0 if self.old is None else self.old
        return abs((0.0 if self.new is None else self.new) - old)


@dataclass(frozen=True, slots=True)
class WeightMoves:
    """What became of the many weights, or biases, of a bulk layer.

    Parameters
    ----------
    same, re_weighted, flipped, added, removed
        How many stayed as they were, changed, changed their sign, came and went.
    largest
        Those that moved furthest, furthest first.
    """

    same: int = 0
    re_weighted: int = 0
    flipped: int = 0
    added: int = 0
    removed: int = 0
    largest: tuple[WeightMove, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same in both specs.

    Parameters
    ----------
    part
        The kind of thing it belongs to.
    name
        The thing's name in the new spec; in the old one if it was removed.
    action
        What happened: to the thing as a whole if ``aspect`` is empty, otherwise to that.
    aspect
        What of it: ``synapse``, ``bias``, ``activation``, ``range``, ``expect price``, ...
    source
        The source of a synapse, by its new name.
    old, new
        What was, and what is; None where there is nothing.
    note
        What else is to be said, such as which parameter a weight comes from.
    uses
        What uses a parameter.
    moves
        What became of a bulk layer's weights or biases.
    """

    part: Part
    name: str
    action: Action
    aspect: str = ""
    source: str = ""
    old: Any = None
    new: Any = None
    note: str = ""
    uses: tuple[str, ...] = ()
    moves: WeightMoves | None = None

    @property
    def is_text(self) -> bool:
        """Whether only words for people are concerned: no value, no claim and no column."""
        return self.aspect in TEXTS or self.aspect.startswith("x-")

    @property
    def share(self) -> float | None:
        """How much further from 0 a number is than it was, as a share of that; None if unknown."""
        if not (_is_number(self.old) and _is_number(self.new)) or self.old == 0:
            return None
        return float((self.new - self.old) / self.old)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def plain(value: Any) -> Any:
    """A value of the model as JSON has it: lists for tuples, one spelling for each number.

    Examples
    --------
    >>> plain((0, 2.0, None, {"knots": ((0, 0.5),)}))
    [0, 2, None, {'knots': [[0, 0.5]]}]
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value


# -- finding them ---------------------------------------------------------------------------------

Facts: TypeAlias = Mapping[str, Any]


def compare_things(
    part: Part,
    old: Mapping[str, T],
    new: Mapping[str, T],
    to: Mapping[str, str],
    shown: Callable[[T], Any],
    changed: Callable[[str, T, T], Iterator[Difference]],
) -> Iterator[Difference]:
    """Things that came, went or have another name, and what has changed of the others.

    Parameters
    ----------
    old, new
        The things by their names, in order.
    to
        By old name the new one, of those that both specs have.
    shown
        A thing of one spec only, as data.
    changed
        By its new name, what is not the same in a thing that both have.
    """
    was = {now: name for name, now in to.items()}
    for name, item in new.items():
        if name not in was:
            yield Difference(part, name, "added", new=shown(item))
            continue
        if was[name] != name:
            yield Difference(part, name, "renamed", old=was[name], new=name)
        yield from changed(name, old[was[name]], item)
    for name, item in old.items():
        if name not in to:
            yield Difference(part, name, "removed", old=shown(item))


def present(facts: Facts) -> dict[str, Any]:
    """The facts that there are, as plain values."""
    return {key: plain(value) for key, value in facts.items() if value is not None}


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
