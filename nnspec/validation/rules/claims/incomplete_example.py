"""NS702: an example that leaves inputs without a value."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import listed, nearest, quote
from nnspec.spec.model import Example, Input
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._claims import affordable


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each example that does not give every input, naming all it leaves out."""
    if not subject.names_complete:
        return
    meant_by = _meant_by(subject)
    needed = {item.name: None for item in subject.spec.inputs if item.missing is None}
    for index, example in enumerate(subject.spec.examples):
        missing = [name for name in needed if name not in example.given]
        unknown = [name for name in example.given if name not in subject.wiring.inputs]
        meant = {meant_by.get(name) for name in unknown}
        missing = [name for name in missing if name not in meant]
        if missing and meant_by.keys() >= set(unknown):
            names = listed([quote(name) for name in missing])
            yield Finding(
                "NS702",
                ("examples", index, "given"),
                f"{_called(example, index)} gives no value for {names}",
                _mend(missing),
                at="key",
            )


def _meant_by(subject: Subject) -> dict[str, str | None]:
    """The input that each unknown name was meant for (NS701 reports it), or None.

    Names beyond what is affordable are left out: whether something is missing where they stand,
    or only misspelt, nobody can tell.
    """
    inputs = subject.wiring.inputs
    given = dict.fromkeys(name for example in subject.spec.examples for name in example.given)
    unknown = [name for name in given if name not in inputs]
    return {name: _meant(name, inputs) for name in unknown[: affordable(len(inputs))]}


def _meant(name: str, inputs: dict[str, Input]) -> str | None:
    owner = name.partition(".")[0]
    return owner if owner in inputs else nearest(name, inputs)


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
