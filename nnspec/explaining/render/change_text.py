"""What would change it, as text."""

from __future__ import annotations

import json
from collections.abc import Mapping

from nnspec.diagnostics.suggestions import counted, printable
from nnspec.evaluators.reference import evaluate_row
from nnspec.explaining.goals import Outcome
from nnspec.explaining.render.html import PAGE
from nnspec.explaining.render.markdown import text as markdown
from nnspec.network import Network
from nnspec.spec.model import Input, Value
from nnspec.views.escaping import safe
from nnspec.views.numbers import amount_text, value_text, with_unit

NORM = "the sum of changes, each relative to the width of its input's range; a category counts 1"

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
    by = float(new) - float(old)
    way = "up" if by > 0 else "down"
    to = with_unit(_digits(float(new)), item.unit)
    return f"{item.name} {way} by {_digits(abs(by))} to {to}"


def _digits(value: float) -> str:
    return f"{value:,.{SHORT}g}" if abs(value) < 1e7 else f"{value:,.10g}"


def _proved(found: Outcome) -> str:
    size = 0.0 if found.size is None else found.size
    if found.smallest:
        return f"size {size:.6g}: no smaller change of {', '.join(found.inputs)} reaches it"
    return f"size {size:.6g}: the smallest found; none smaller than {found.at_least:.6g} exists"


def _shortened(network: Network, found: Outcome) -> Mapping[str, Value]:
    """The row with numbers of a few digits, if that still reaches the goal; otherwise as found."""
    reached = {} if found.reached is None else dict(found.reached)
    items = {item.name: item for item in network.spec.inputs}
    for name, (old, new) in found.changes.items():
        if isinstance(new, float) and isinstance(old, int | float):
            reached[name] = _away(items[name], new, float(old))
    value = evaluate_row(network.spec, reached).outputs[found.goal.neuron]
    if found.goal.met(value) or found.reached is None:
        return reached
    return found.reached


def _away(item: Input, new: float, old: float) -> float:
    """A number of a few digits, rounded away from the old one, within the range."""
    short = float(f"{new:.{SHORT}g}")
    if abs(short - old) < abs(new - old):
        step = 10.0 ** (len(f"{abs(new):.0f}") - SHORT)
        short = float(f"{short + (step if new > old else -step):.{SHORT}g}")
    low, high = item.range
    inside = (low is None or short >= low) and (high is None or short <= high)
    return short if inside else new


def _unit(network: Network, name: str) -> str | None:
    return next((neuron.unit for _, neuron in network.spec.neurons() if neuron.name == name), None)
