"""NS706: an interval, in an example or a property, whose low end is above its high end."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import quote
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._claims import intervals
from nnspec.validation.rules._when import REVERSED, reversed_interval, when_faults


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each reversed interval under `expect`, `when` or `then`."""
    for path, name, (low, high) in intervals(subject):
        if low is not None and high is not None and low > high:
            what = f"the interval of {quote(name)} under '{path[2]}'"
            yield reversed_interval(what, low, high, path)
    yield from when_faults(subject, REVERSED)


RULE = error(
    "NS706",
    "empty-interval",
    what="An interval under `expect`, `when` or `then` whose low end is above its high end.",
    why="No value lies in it: nothing could meet it, or nothing is left to claim.",
    example="then: {price: [1e7, 0]}",
    mend="then: {price: [0, 1e7]}",
)(check)
