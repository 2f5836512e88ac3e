"""What is wrong with the limits that a property's `when` puts on an input.

Each limit has one fault at most, decided here in one place; three rules report them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from nnspec.diagnostics import Finding, Path
from nnspec.diagnostics.suggestions import quote
from nnspec.spec.inputs import number_bounds
from nnspec.spec.model import Input
from nnspec.validation.rule import Subject
from nnspec.validation.rules._claims import interval_text
from nnspec.validation.rules._values import Values, has_no_values, is_finite, with_article

IMPOSSIBLE, UNTESTABLE, REVERSED = "NS703", "NS704", "NS706"


def when_faults(subject: Subject, code: str) -> Iterator[Finding]:
    """Yield the faults of one code among all limits of known inputs."""
    values = Values(types_known=subject.names_complete)
    inputs = subject.wiring.inputs
    for index, item in enumerate(subject.spec.properties):
        for name, allowed in item.when.items():
            if name in inputs:
                path = ("properties", index, "when", name)
                for finding in _faults(inputs[name], allowed, path, values):
                    if finding.code == code:
                        yield finding


def _faults(item: Input, allowed: Any, path: Path, values: Values) -> Iterator[Finding]:
    if item.type == "category":
        yield from _category_faults(item, allowed, path, values)
        return
    texts = [(i, end) for i, end in enumerate(allowed) if isinstance(end, str)]
    if texts or len(allowed) != 2:
        for i, text in texts:
            fault = values.fault(item, text)
            if fault is not None:
                yield Finding(IMPOSSIBLE, (*path, i), *fault)
        if not texts:
            yield _no_interval(item, allowed, path)
        return
    if all(end is None or is_finite(end) for end in allowed):
        yield from _interval_faults(item, allowed, path, values)


def _category_faults(item: Input, allowed: Any, path: Path, values: Values) -> Iterator[Finding]:
    if not allowed:
        message = f"'when' allows {quote(item.name)} no value at all: its list is empty"
        yield Finding(UNTESTABLE, path, message, "list the values that the claim is about")
        return
    if None in allowed:
        message = f"{quote(item.name)} is a category and has no interval"
        yield Finding(IMPOSSIBLE, path, message, "list its values, such as [good, fair]")
        return
    for i, value in enumerate(allowed):
        fault = values.fault(item, value)
        if fault is not None:
            yield Finding(IMPOSSIBLE, (*path, i), *fault)


def _no_interval(item: Input, allowed: Any, path: Path) -> Finding:
    kind = f"{quote(item.name)} is {with_article(item.type)}"
    count = f"{len(allowed)} {'value' if len(allowed) == 1 else 'values'}"
    message = f"{kind}: 'when' limits it to an interval; given a list of {count}"
    only = allowed[0] if len(allowed) == 1 and allowed[0] is not None else None
    both = "true" if only is True else "false" if only is False else only
    mend = "write [low, high]; null leaves a side open"
    return Finding(IMPOSSIBLE, path, message, mend if only is None else f"write [{both}, {both}]")


def _interval_faults(item: Input, allowed: Any, path: Path, values: Values) -> Iterator[Finding]:
    low, high = allowed
    if low is not None and high is not None and low > high:
        yield reversed_interval(f"what 'when' allows {quote(item.name)}", low, high, path)
        return
    if has_no_values(item):
        return
    nothing = _nothing_left(item, low, high)
    if nothing is not None:
        yield Finding(UNTESTABLE, path, *nothing)
        return
    for i, end in enumerate(allowed):
        fault = None if end is None else values.fault(item, end)
        if fault is not None:
            message, mend = fault
            is_outside = mend == "change the value or the range"
            null = "write null for the end of the range, or change the range"
            yield Finding(IMPOSSIBLE, (*path, i), message, null if is_outside else mend)


def _nothing_left(item: Input, low: float | None, high: float | None) -> tuple[str, str] | None:
    """Why no value of an input lies in an interval; None if one does."""
    first, last = number_bounds(item)
    bottom = first if low is None else max(first, low)
    top = last if high is None else min(last, high)
    given = interval_text(low, high)
    if bottom > top:
        ends = interval_text(*(("false", "true") if item.type == "boolean" else item.range))
        return (
            f"no value of {quote(item.name)} lies in {given}: its range is {ends}",
            "change the limits or the range",
        )
    whole = item.type in ("integer", "boolean") and math.isfinite(bottom) and math.isfinite(top)
    if whole and math.ceil(bottom) > math.floor(top):
        kind = with_article(item.type)
        return (
            f"no value of {quote(item.name)} lies in {given}: it is {kind}",
            "write an interval that holds a whole number",
        )
    return None


def reversed_interval(what: str, low: object, high: object, path: Path) -> Finding:
    """The finding of an interval whose low end is above its high end."""
    return Finding(
        REVERSED,
        path,
        f"{what} is empty: {low} is above {high}",
        f"did you mean [{high}, {low}]?",
    )
