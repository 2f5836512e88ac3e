"""NS501: a range whose low end is above its high end."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding, Path
from nnspec.diagnostics.suggestions import quote
from nnspec.spec.model import Interval
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._paths import neuron_path


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each range that no value can lie in, or that its input cannot have."""
    for item in subject.spec.inputs:
        path = ("inputs", item.name, "range")
        yield from _reversed(item.range, item.name, path)
        if item.range != (None, None) and item.type in ("boolean", "category"):
            yield Finding(
                "NS501",
                path,
                f"{quote(item.name)} is a {item.type} and cannot have a range",
                "delete the range",
            )
        if item.type == "integer":
            for index, end in enumerate(item.range):
                if end is not None and not float(end).is_integer():
                    message = f"{quote(item.name)} is an integer, and its range ends at {end}"
                    yield Finding("NS501", (*path, index), message, "end it at an integer")
    for layer, neuron in subject.spec.neurons():
        yield from _reversed(neuron.range, neuron.name, neuron_path(layer, neuron.name, "range"))


def _reversed(interval: Interval, name: str, path: Path) -> Iterator[Finding]:
    low, high = interval
    if low is not None and high is not None and low > high:
        yield Finding(
            "NS501",
            path,
            f"the range of {quote(name)} is empty: {low} is above {high}",
            f"did you mean [{high}, {low}]?",
        )


RULE = error(
    "NS501",
    "impossible-range",
    what=(
        "A range whose low end is above its high end, a range of a boolean or category, or a range "
        "of an integer input that ends between two integers."
    ),
    why="No value lies in it, or its ends are values that the input cannot take.",
    example="area: {range: [20000, 100]}",
    mend="area: {range: [100, 20000]}",
)(check)
