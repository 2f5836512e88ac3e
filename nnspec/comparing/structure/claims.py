"""Examples and properties that are not the same in both specs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnspec.comparing.structure.differences import (
    Difference,
    Part,
    compare_facts,
    plain,
    present,
    same,
    texts,
)
from nnspec.spec.linear import LinearInequality, parse_inequality, render_inequality
from nnspec.spec.model import (
    Claim,
    Example,
    Independent,
    Linear,
    Lipschitz,
    Monotone,
    NetworkSpec,
    Ordered,
    Property,
    Then,
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An example or a property: its facts, and what it is about."""

    place: int
    name: str | None
    facts: Mapping[str, Any]
    subject: Any

    def label(self, part: Part) -> str:
        return f"{part} {self.place}" if self.name is None else self.name


def compare_claims(old: NetworkSpec, new: NetworkSpec) -> Iterator[Difference]:
    """Examples and properties added, removed, renamed and changed; the old spec in new names."""
    examples = [_entries(spec.examples, _example) for spec in (old, new)]
    properties = [_entries(spec.properties, _property) for spec in (old, new)]
    yield from _compare("example", *examples)
    yield from _compare("property", *properties)


def _entries(
    items: Sequence[Any], read: Callable[[Any], tuple[dict[str, Any], Any]]
) -> list[_Entry]:
    found = []
    for place, item in enumerate(items, 1):
        facts, subject = read(item)
        found.append(_Entry(place, item.name, present(facts), subject))
    return found


def _compare(part: Part, old: Sequence[_Entry], new: Sequence[_Entry]) -> Iterator[Difference]:
    was = _matched(old, new)
    for entry in new:
        label, before = entry.label(part), was.get(entry.place)
        if before is None:
            yield Difference(part, label, "added", new=dict(entry.facts))
            continue
        if before.name != entry.name:
            old_label = before.label(part)
            yield Difference(part, label, "renamed", old=old_label, new=label)
        yield from compare_facts(part, label, before.facts, entry.facts)
    kept = {entry.place for entry in was.values()}
    for entry in old:
        if entry.place not in kept:
            yield Difference(part, entry.label(part), "removed", old=dict(entry.facts))


def _matched(old: Sequence[_Entry], new: Sequence[_Entry]) -> dict[int, _Entry]:
    """By a new entry's place the old entry: of one name, else the same facts, else one subject."""
    found: dict[int, _Entry] = {}
    free = list(old)
    tests: tuple[Callable[[_Entry, _Entry], bool], ...] = (
        lambda a, b: a.name is not None and a.name == b.name,
        lambda a, b: same(dict(a.facts), dict(b.facts)),
        lambda a, b: (a.name is None or b.name is None) and same(a.subject, b.subject),
    )
    for test in tests:
        for entry in new:
            if entry.place in found:
                continue
            match = next((other for other in free if test(other, entry)), None)
            if match is not None:
                found[entry.place] = match
                free.remove(match)
    return found


# -- facts ----------------------------------------------------------------------------------------


def _example(item: Example) -> tuple[dict[str, Any], Any]:
    given = {f"given {key}": value for key, value in sorted(item.given.items())}
    expect = {f"expect {key}": value for key, value in sorted(item.expect.items())}
    facts = {**given, **expect, "within": item.within, **dict(item.extensions)}
    return facts, plain(given)


def _property(item: Property) -> tuple[dict[str, Any], Any]:
    when = {f"when {key}": _allowed(value) for key, value in sorted(item.when.items())}
    claim = _claim(item.claim)
    facts = {**when, **claim, **texts(item, "description")}
    return facts, [plain(when), sorted(claim)]


def _allowed(value: Any) -> Any:
    """An interval, or categories, whose order says nothing."""
    if len(value) == 2 and all(side is None or isinstance(side, int | float) for side in value):
        return list(value)
    return sorted(map(plain, value), key=str)


def _claim(claim: Claim) -> dict[str, Any]:
    """A claim as facts, the same for all ways to write it."""
    match claim:
        case Then(bounds):
            return {f"then {key}": value for key, value in sorted(bounds.items())}
        case Monotone(directions):
            return _nested("monotone", directions)
        case Independent(of):
            return {f"independent {k} of": sorted(v) for k, v in sorted(of.items())}
        case Lipschitz(bounds):
            return _nested("lipschitz", bounds)
        case Ordered(pairs):
            return {f"ordered {a} <= {b}": "claimed" for a, b in sorted(pairs)}
        case Linear(inequalities):
            return {f"linear {text}": "claimed" for text in sorted(map(_canonical, inequalities))}


def _nested(key: str, claims: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        f"{key} {neuron} in {given}": value
        for neuron, of in sorted(claims.items())
        for given, value in sorted(of.items())
    }


def _canonical(text: str) -> str:
    """An inequality with its terms in the order of their names, and 0 on the right."""
    parsed = parse_inequality(text)
    terms = tuple(sorted(parsed.terms))
    return render_inequality(LinearInequality(terms, parsed.constant, parsed.relation))
