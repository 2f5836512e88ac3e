"""NS703: a value, in an example or a property, that its input cannot take."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._values import Values
from nnspec.validation.rules._when import IMPOSSIBLE, when_faults


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each value under `given` or `when` that its input cannot take."""
    values = Values(types_known=subject.names_complete)
    inputs = subject.wiring.inputs
    for index, example in enumerate(subject.spec.examples):
        for name, value in example.given.items():
            fault = values.fault(inputs[name], value) if name in inputs else None
            if fault is not None:
                yield Finding(IMPOSSIBLE, ("examples", index, "given", name), *fault)
    yield from when_faults(subject, IMPOSSIBLE)


RULE = error(
    "NS703",
    "impossible-value",
    what=(
        "A value in an example's `given`, or an end or a category in a property's `when`, that its "
        "input cannot take: of another type, outside the declared range, no whole number where one "
        "is due, or no category of it."
    ),
    why=(
        "The network was not written for it, so that nothing is shown by it; either the value is "
        "wrong, or what the input declares."
    ),
    example="inputs:\n  age: {unit: year, range: [0, 250]}\n# ...\ngiven: {age: 1890}",
    mend="inputs:\n  age: {unit: year, range: [0, 250]}\n# ...\ngiven: {age: 135}",
)(check)
