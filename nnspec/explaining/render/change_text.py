"""What would change it, as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from nnspec.diagnostics.suggestions import counted, printable
from nnspec.evaluators.reference import evaluate_row
from nnspec.explaining.goals import Outcome
from nnspec.explaining.render.html import PAGE
from nnspec.explaining.render.markdown import text as markdown
from nnspec.explaining.render.wording import exact_text
from nnspec.network import Network
from nnspec.spec.model import Input, Value
from nnspec.views.escaping import safe
from nnspec.views.numbers import amount_text, value_text, with_unit

NORM = "the sum of changes, each relative to the width of its input's range; a category counts 1"

EXACT = 17
"""Digits that tell any two doubles apart."""

SHORT = 7
"""Significant digits of a changed number, rounded away from the row so that it still reaches."""


def render_change(network: Network, found: Outcome, form: str) -> str:
    """A change as ``text``, ``json``, ``markdown`` or ``html``."""
    if form == "json":
        return json.dumps(found.to_dict(), ensure_ascii=False, indent=2) + "\n"
    lines = change_lines(network, found)
    if form == "markdown":
        return "\n".join(f"- {markdown(line.strip())}" for line in lines) + "\n"
    if form == "html":
        items = "\n".join(f"<li>{safe(line.strip())}</li>" for line in lines)
        return PAGE.format(title=safe(network.name), body=f"<ul>\n{items}\n</ul>")
    return "\n".join(printable(line) for line in lines) + "\n"


def change_lines(network: Network, found: Outcome) -> list[str]:
    """What would change it, in sentences."""
    unit = _unit(network, found.goal.neuron)
    now = with_unit(amount_text(found.value), unit)
    goal = with_unit(f"{found.goal.sign} {found.goal.number:,.15g}", unit)
    said = [f"{found.goal.neuron} is {now}; wanted: {goal}"]
    if found.goal.met(found.value):
        return [*said, "  nothing needs to change"]
    if found.reached is None or found.new_value is None or found.size is None:
        return [*said, _not_found(found)]
    row = _shortened(network, found)
    items = {item.name: item for item in network.spec.inputs}
    for name, (old, _) in found.changes.items():
        said.append(f"  {_change(items[name], old, row[name])}")
    value = evaluate_row(network.spec, row).outputs[found.goal.neuron]
    said.append(f"  then {found.goal.neuron} is {with_unit(amount_text(value), unit)}")
    return [*said, f"  {_proved(found)}", f"  (size: {NORM})"]


def _not_found(found: Outcome) -> str:
    names = ", ".join(found.inputs)
    if found.impossible:
        return f"  no change of {names} within the declared ranges reaches it"
    return (
        f"  no change of {names} was found in {counted(found.n_boxes, 'part')} of the ranges; "
        f"none smaller than {found.at_least:.6g} exists ({NORM})"
    )


def _change(item: Input, old: Value, new: Value) -> str:
    if isinstance(old, str | bool) or isinstance(new, str | bool) or item.type == "boolean":
        return f"{item.name} {value_text(new)} instead of {value_text(old)}"
    way = "up" if new > old else "down"
    to = with_unit(exact_text(float(new)), item.unit)
    return f"{item.name} {way} by {_difference(float(old), float(new))} to {to}"


def _difference(old: float, new: float) -> str:
    """How far one printed number is from another; never less, for a step short may not reach."""
    by = abs(Decimal(repr(new)) - Decimal(repr(old)))
    rounded = Context(prec=2 * SHORT, rounding=ROUND_CEILING).plus(by)
    return f"{rounded.normalize():,f}" if rounded >= Decimal("1e-6") else f"{float(rounded):.14g}"


def _proved(found: Outcome) -> str:
    size = 0.0 if found.size is None else found.size
    if found.smallest:
        return f"size {size:.6g}: no smaller change of {', '.join(found.inputs)} reaches it"
    return f"size {size:.6g}: the smallest found; none smaller than {found.at_least:.6g} exists"


def _shortened(network: Network, found: Outcome) -> Mapping[str, Value]:
    """The row with numbers of as few digits as still reach the goal, as they will be printed."""
    if found.reached is None:
        return {}
    items = {item.name: item for item in network.spec.inputs}
    for digits in range(SHORT, EXACT):
        row = dict(found.reached)
        for name, (old, new) in found.changes.items():
            if isinstance(new, float) and isinstance(old, int | float):
                row[name] = _away(items[name], new, float(old), digits)
        if found.goal.met(evaluate_row(network.spec, row).outputs[found.goal.neuron]):
            return row
    return found.reached


def _away(item: Input, new: float, old: float, digits: int) -> float:
    """A number of a few digits, rounded away from the old one, within the range."""
    away = ROUND_CEILING if new > old else ROUND_FLOOR
    short = float(Context(prec=digits, rounding=away).create_decimal_from_float(new))
    low, high = item.range
    inside = (low is None or short >= low) and (high is None or short <= high)
    return short if inside else new


def _unit(network: Network, name: str) -> str | None:
    return next((neuron.unit for _, neuron in network.spec.neurons() if neuron.name == name), None)
