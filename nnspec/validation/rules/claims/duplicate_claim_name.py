"""NS709: one name for two examples or properties."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding, Path
from nnspec.diagnostics.suggestions import quote
from nnspec.validation.rule import Subject, error


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each example or property whose name another already has."""
    owners: dict[str, tuple[str, Path]] = {}
    for name, kind, path in _names(subject):
        if name is None:
            continue
        if name not in owners:
            owners[name] = kind, path
            continue
        first, first_path = owners[name]
        again = f"a second {kind}" if first == kind else f"a {kind}; an {first} already has it"
        yield Finding(
            "NS709",
            path,
            f"{quote(name)} is the name of {again}",
            "rename one of the two; examples and properties are chosen by name",
            related=first_path,
        )


def _names(subject: Subject) -> Iterator[tuple[str | None, str, Path]]:
    for index, example in enumerate(subject.spec.examples):
        yield example.name, "example", ("examples", index, "name")
    for index, item in enumerate(subject.spec.properties):
        yield item.name, "property", ("properties", index, "name")


RULE = error(
    "NS709",
    "duplicate-claim-name",
    what="A name that two examples or properties share; they have one set of names.",
    why="They are chosen and reported by name, and this name could mean either.",
    example=(
        "properties:\n  - name: a price is a price\n    then: {price: [0, null]}\n"
        "  - name: a price is a price\n    then: {price: [null, 1e7]}"
    ),
    mend=(
        "properties:\n  - name: no price is below 0\n    then: {price: [0, null]}\n"
        "  - name: no price is above ten million\n    then: {price: [null, 1e7]}"
    ),
)(check)
