"""NS704: a property that speaks of no input, or compares inputs of which there is but one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import quote
from nnspec.spec.inputs import number_bounds, within_whole
from nnspec.spec.model import Independent, Input, Lipschitz, Monotone, Property, category_text
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._values import is_finite
from nnspec.validation.rules._when import UNTESTABLE, when_faults


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each limit that leaves an input no value, or a comparison only one."""
    empty = set()
    for finding in when_faults(subject, UNTESTABLE):
        empty.add(finding.path[:4])
        yield finding
    for index, item in enumerate(subject.spec.properties):
        for name, path in _compared(item):
            known = subject.wiring.inputs.get(name)
            limited = ("properties", index, "when", name) in empty
            if known is None or limited or not subject.names_complete:
                continue
            only = _only_value(known, item.when.get(name))
            if only is not None:
                message = f"{item.claim.key} compares two values of {quote(name)}, which has one"
                help_ = f"only {only} is allowed here; widen 'when' or the range, or drop the claim"
                at_key = not isinstance(item.claim, Independent)
                full = ("properties", index, *path)
                yield Finding(UNTESTABLE, full, message, help_, at="key" if at_key else "value")


def _compared(item: Property) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Each input of which a claim compares two values, with its path in the property."""
    match item.claim:
        case Monotone(directions=nested) | Lipschitz(bounds=nested):
            for neuron, inputs in nested.items():
                yield from ((name, (item.claim.key, neuron, name)) for name in inputs)
        case Independent(of=of):
            for neuron, names in of.items():
                for i, name in enumerate(names):
                    yield name, (item.claim.key, neuron, i)


def _is_number(end: float | str) -> bool:
    return not isinstance(end, str) and is_finite(end)


def _only_value(item: Input, allowed: Any) -> str | None:
    """The one value that an input may have, as text; None if it may have more, or nobody knows."""
    if item.type == "category":
        texts = set(item.category_texts)
        if allowed is not None:
            if not all(isinstance(value, str | int | float) for value in allowed):
                return None
            texts &= {category_text(value) for value in allowed}
        return next(iter(texts)) if len(texts) == 1 else None
    ends = (None, None) if allowed is None else allowed
    if len(ends) != 2 or not all(end is None or _is_number(end) for end in ends):
        return None
    low, high = number_bounds(item)
    low = low if ends[0] is None else max(low, float(ends[0]))
    high = high if ends[1] is None else min(high, float(ends[1]))
    low, high = within_whole(item, (low, high))
    return f"{low:g}" if low == high else None


RULE = error(
    "NS704",
    "untestable-property",
    what=(
        "A property whose `when` leaves an input no value: an interval outside its range, an "
        "interval without a whole number for an integer, an empty list of categories. Or a claim "
        "that compares two values of an input (`monotone`, `independent`, `lipschitz`) which has "
        "only one."
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
