"""NS704: a property whose `when` leaves no input that it could be about."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._when import UNTESTABLE, when_faults


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each limit under `when` in which no value of its input lies."""
    yield from when_faults(subject, UNTESTABLE)


RULE = error(
    "NS704",
    "untestable-property",
    what=(
        "A property whose `when` leaves an input no value: an interval outside its range, an "
        "interval without a whole number for an integer, an empty list of categories."
    ),
    why="It claims something about no input at all, and so holds of every network.",
    example=(
        "inputs:\n  age: {range: [0, 250]}\n# ...\nproperties:\n  - when: {age: [300, 400]}\n"
        "    then: {historic: [0, 300]}"
    ),
    mend=(
        "inputs:\n  age: {range: [0, 250]}\n# ...\nproperties:\n  - when: {age: [200, 250]}\n"
        "    then: {historic: [0, 300]}"
    ),
)(check)
