"""NS506: a stand-in for missing values that the input itself cannot take."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import did_you_mean, quote
from nnspec.spec.model import Input, Value, category_text
from nnspec.validation.rule import Subject, error


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each `missing` that is no value of its input."""
    for item in subject.spec.inputs:
        if item.missing is not None:
            fault = impossible_value(item, item.missing)
            if fault is not None:
                message, mend = fault
                yield Finding("NS506", ("inputs", item.name, "missing"), message, mend)


def impossible_value(item: Input, value: Value) -> tuple[str, str] | None:
    """Why an input cannot take a value, and what it can; None if it can."""
    if item.type == "category":
        texts = item.category_texts
        if category_text(value) in texts:
            return None
        return (
            f"{quote(value)} is not a category of {quote(item.name)}",
            did_you_mean(category_text(value), texts),
        )
    if isinstance(value, str):
        return (
            f"{quote(item.name)} is a {item.type} and cannot be {quote(value)}",
            "write a number, without quotes",
        )
    if item.type == "boolean":
        if value in (0, 1):
            return None
        return f"{quote(item.name)} is a boolean and cannot be {value}", "legal: true, false, 1, 0"
    if isinstance(value, bool):
        return f"{quote(item.name)} is a {item.type}, not {quote(value)}", "write a number"
    return _out_of_range(item, value)


def _out_of_range(item: Input, value: float) -> tuple[str, str] | None:
    if item.type == "integer" and not float(value).is_integer():
        return f"{quote(item.name)} is an integer and cannot be {value}", "write a whole number"
    low, high = item.range
    if (low is not None and value < low) or (high is not None and value > high):
        ends = f"[{'…' if low is None else low}, {'…' if high is None else high}]"
        return (
            f"{value} is outside the range {ends} of {quote(item.name)}",
            "change the value or the range",
        )
    return None


RULE = error(
    "NS506",
    "impossible-stand-in",
    what="A `missing` that its input could never have: out of range, of another type, no category.",
    why="The network would be evaluated where its author said it must not be.",
    example="age: {range: [0, 250], missing: -1}",
    mend="age: {range: [0, 250], missing: 38}",
)(check)
