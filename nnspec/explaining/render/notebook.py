"""What a notebook shows of an explanation, and of a change: tables in its own colours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar

from nnspec.explaining.data import Account
from nnspec.explaining.goals import Outcome
from nnspec.explaining.render.html import (
    STYLE,
    facts_table,
    methods,
    neuron_table,
    number,
    output_tables,
    said_of,
)
from nnspec.explaining.render.text import MOST_NEURONS, MOST_REASONS, MOST_TERMS
from nnspec.explaining.render.wording import exact_text
from nnspec.spec.model import Value
from nnspec.views.escaping import safe
from nnspec.views.numbers import amount_text, value_text, with_unit

T = TypeVar("T")


def shown(render: Callable[[T], str], what: T) -> str | None:
    """What a notebook shows; None, and so the plain repr, where that fails.

    Whoever looks at a result must see it, whatever may be wrong with its table.
    """
    with suppress(Exception):
        return render(what)
    return None


def explanation_table(explanation: Account) -> str:
    """An explanation for a notebook: reasons first, the neurons folded away, what is long cut."""
    parts = [f"<p><strong>{safe(explanation.title)}</strong></p>", *facts_table(explanation)]
    for output in explanation.outputs:
        parts += [f"<p><strong>{said_of(output)}</strong></p>"]
        parts += output_tables(output, MOST_REASONS)
    parts += ["<details><summary>Neuron by neuron</summary>"]
    steps = explanation.neurons[-MOST_NEURONS:]
    if len(steps) < len(explanation.neurons):
        parts.append(f"<p>… {len(explanation.neurons) - len(steps):,} before these</p>")
    for step in steps:
        parts += neuron_table(step, MOST_TERMS)
    return _fragment([*parts, *methods(explanation), "</details>"])


def change_table(found: Outcome) -> str:
    """A change for a notebook: by input its value as it is and as it would be."""
    return _fragment([*_goal(found), *_changes(found), f"<p>{safe(_proved(found))}</p>"])


def _fragment(parts: list[str]) -> str:
    """Lines with the style that holds for them alone."""
    return "\n".join(
        [f"<style>{STYLE}</style>", '<div class="nnspec-explanation">', *parts, "</div>"]
    )


def _goal(found: Outcome) -> Iterator[str]:
    unit = found.units.get(found.goal.neuron)
    now = with_unit(amount_text(found.value), unit)
    wanted = with_unit(f"{found.goal.sign} {found.goal.number:,.15g}", unit)
    yield f"<p><strong>{safe(f'{found.goal.neuron} is {now}; wanted: {wanted}')}</strong></p>"


def _changes(found: Outcome) -> Iterator[str]:
    if not found.changes:
        return
    yield "<table><thead><tr><th>input</th><th>as it is</th><th>instead</th></tr></thead><tbody>"
    for name, pair in found.changes.items():
        cells = "".join(number(with_unit(_precise(v), found.units.get(name))) for v in pair)
        yield f'<tr><th scope="row">{safe(name)}</th>{cells}</tr>'
    if found.new_value is not None:
        values = (found.value, found.new_value)
        unit = found.units.get(found.goal.neuron)
        cells = "".join(number(with_unit(amount_text(v), unit)) for v in values)
        yield f'<tr><th scope="row">{safe(found.goal.neuron)}</th>{cells}</tr>'
    yield "</tbody></table>"


def _precise(value: Value) -> str:
    """A cell of the row; rounded as far as reasons are, it might no longer reach the goal."""
    return exact_text(value) if isinstance(value, float) else value_text(value)


def _proved(found: Outcome) -> str:
    """What is known of the change, in a sentence."""
    names = ", ".join(found.inputs)
    if found.goal.met(found.value):
        return "Nothing needs to change."
    if found.impossible:
        return f"No change of {names} within the declared ranges reaches it."
    if found.size is None:
        return f"None was found; none smaller than {found.at_least:.6g} exists."
    if found.smallest:
        return f"Size {found.size:.6g}: no smaller change of {names} reaches it."
    return (
        f"Size {found.size:.6g}: the smallest found; none smaller than {found.at_least:.6g} exists."
    )
