"""NS702: an example that leaves inputs without a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nnspec.diagnostics import Finding
from nnspec.model import Example, Value
from nnspec.suggestions import listed, nearest, quote
from nnspec.validation.rule import Subject, error

MOST_UNKNOWN = 20
"""With more unknown names than these an example's fault is NS701's, many times over."""


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each example that does not give every input, naming all it leaves out."""
    if not subject.names_complete:
        return
    needed = {item.name: None for item in subject.spec.inputs if item.missing is None}
    for index, example in enumerate(subject.spec.examples):
        missing = [name for name in needed if name not in example.given]
        if missing:
            meant = _meant(subject, example.given)
            missing = [] if meant is None else [name for name in missing if name not in meant]
        if missing:
            names = listed([quote(name) for name in missing])
            yield Finding(
                "NS702",
                ("examples", index, "given"),
                f"{_called(example, index)} gives no value for {names}",
                _mend(missing),
                at="key",
            )


def _meant(subject: Subject, given: Mapping[str, Value]) -> set[str] | None:
    """Inputs that unknown names were meant for (NS701 reports those); None if nobody can tell."""
    inputs = subject.wiring.inputs
    unknown = [name for name in given if name not in inputs]
    if len(unknown) > MOST_UNKNOWN:
        return None
    meant = {name.partition(".")[0] for name in unknown}
    absent = [name for name in inputs if name not in given]
    return meant | {near for near in (nearest(name, absent) for name in unknown) if near}


def _called(example: Example, index: int) -> str:
    return f"example {index + 1}" if example.name is None else f"example {quote(example.name)}"


def _mend(missing: list[str]) -> str:
    them = "it" if len(missing) == 1 else "them"
    stand_in = f"or let the input have a stand-in: {missing[0]}: {{missing: …}}"
    return f"add {them} to 'given', {stand_in}"


RULE = error(
    "NS702",
    "incomplete-example",
    what="An example whose `given` leaves out an input that has no stand-in for a missing value.",
    why="Without a value for every input the network cannot be evaluated, and nothing is shown.",
    example="given: {area: 3000, bedrooms: 4, distance: 2}\nexpect: {historic: 20}",
    mend="given: {area: 3000, bedrooms: 4, distance: 2, age: 120}\nexpect: {historic: 20}",
)(check)
