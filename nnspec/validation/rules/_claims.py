"""What examples and properties speak of: names, intervals, inequalities, each with its path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from weakref import WeakKeyDictionary

from nnspec.diagnostics import Path
from nnspec.spec.linear import LinearInequality, LinearSyntaxError, parse_inequality
from nnspec.spec.model import (
    Claim,
    Independent,
    Interval,
    Linear,
    Lipschitz,
    Monotone,
    Ordered,
    Property,
    Then,
)
from nnspec.validation.rule import Subject

Wanted: TypeAlias = Literal["input", "neuron", "either"]
Parsed: TypeAlias = LinearInequality | LinearSyntaxError


@dataclass(frozen=True, slots=True)
class Mention:
    """A name that an example or a property gives, and what it must be the name of.

    ``clause`` is the key under which it stands. ``swapped`` says that a neuron and the inputs in
    its map have changed places.
    """

    name: str
    wanted: Wanted
    path: Path
    clause: str
    at: Literal["key", "value"] = "key"
    swapped: bool = False


_PARSED: WeakKeyDictionary[Subject, list[tuple[Path, str, Parsed]]] = WeakKeyDictionary()


def inequalities(subject: Subject) -> list[tuple[Path, str, Parsed]]:
    """Every inequality of a spec: its path, its text, and what it says or why it says nothing.

    Several rules ask, and a long text takes a second; it is read once for each subject.
    """
    if subject not in _PARSED:
        _PARSED[subject] = list(_parse_all(subject))
    return _PARSED[subject]


def _parse_all(subject: Subject) -> Iterator[tuple[Path, str, Parsed]]:
    for path, item in _properties(subject):
        if isinstance(item.claim, Linear):
            for index, text in enumerate(item.claim.inequalities):
                yield (*path, "linear", index), text, _parse(text)


def _parse(text: str) -> Parsed:
    try:
        return parse_inequality(text)
    except LinearSyntaxError as error:
        return error


def mentions(subject: Subject) -> Iterator[Mention]:
    """Every name in the examples and properties of a spec."""
    for index, example in enumerate(subject.spec.examples):
        path: Path = ("examples", index)
        yield from _keys(example.given, "input", (*path, "given"))
        yield from _keys(example.expect, "neuron", (*path, "expect"))
    for path, item in _properties(subject):
        yield from _keys(item.when, "input", (*path, "when"))
        yield from _in_claim(subject, item.claim, (*path, item.claim.key))
    for path, _, parsed in inequalities(subject):
        if isinstance(parsed, LinearInequality):
            for name, _ in parsed.terms:
                yield Mention(name, "either", path, "linear", "value")


def _properties(subject: Subject) -> Iterator[tuple[Path, Property]]:
    for index, item in enumerate(subject.spec.properties):
        yield ("properties", index), item


def _keys(names: Mapping[str, Any], wanted: Wanted, path: Path) -> Iterator[Mention]:
    for name in names:
        yield Mention(name, wanted, (*path, name), str(path[-1]))


def _in_claim(subject: Subject, claim: Claim, path: Path) -> Iterator[Mention]:
    match claim:
        case Then(bounds=bounds):
            yield from _keys(bounds, "neuron", path)
        case Monotone(directions=nested) | Lipschitz(bounds=nested):
            yield from _nested(subject, nested, path)
        case Independent(of=of):
            yield from _nested(subject, of, path)
        case Ordered(pairs=pairs):
            for index, pair in enumerate(pairs):
                for end, name in enumerate(pair):
                    yield Mention(name, "neuron", (*path, index, end), "ordered", "value")


def _nested(
    subject: Subject, nested: Mapping[str, Mapping[str, Any] | tuple[str, ...]], path: Path
) -> Iterator[Mention]:
    clause = str(path[-1])
    for neuron, names in nested.items():
        swapped = _is_swapped(subject, neuron, tuple(names))
        yield Mention(neuron, "neuron", (*path, neuron), clause, swapped=swapped)
        if swapped:
            continue
        if isinstance(names, Mapping):
            yield from (Mention(n, "input", (*path, neuron, n), clause) for n in names)
        else:
            for index, name in enumerate(names):
                yield Mention(name, "input", (*path, neuron, index), clause, "value")


def _is_swapped(subject: Subject, outer: str, inner: tuple[str, ...]) -> bool:
    wiring = subject.wiring
    return outer in wiring.inputs and bool(inner) and all(map(wiring.is_neuron, inner))


def intervals(subject: Subject) -> Iterator[tuple[Path, str, Interval]]:
    """Every interval that a neuron must lie in, with its path and the neuron's name."""
    for index, example in enumerate(subject.spec.examples):
        for name, bound in example.expect.items():
            if isinstance(bound, tuple):
                yield ("examples", index, "expect", name), name, bound
    for path, item in _properties(subject):
        if isinstance(item.claim, Then):
            for name, bound in item.claim.bounds.items():
                if isinstance(bound, tuple):
                    yield (*path, "then", name), name, bound


def affordable(n_legal: int) -> int:
    """How many times the nearest of so many names may be looked for.

    Each time takes some microseconds a name, and a spec of nothing but unknown names must not
    take minutes.
    """
    return max(1, min(50, 100_000 // max(1, n_legal)))


def interval_text(low: object, high: object) -> str:
    """An interval as YAML has it; an open side is ``null``."""
    return f"[{'null' if low is None else low}, {'null' if high is None else high}]"
