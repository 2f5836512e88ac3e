"""Rows explained: from which baseline, and the strongest reasons for each neuron."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence

from nnspec.diagnostics import NnspecError
from nnspec.diagnostics.suggestions import counted
from nnspec.explaining import Explainer
from nnspec.explaining.data import METHODS, OutputReasons, Reason, Reasons
from nnspec.explaining.render.text import how_exact
from nnspec.network import Network
from nnspec.reporting.markup import safe, table
from nnspec.reporting.survey import Survey
from nnspec.spec.model import Value
from nnspec.views.numbers import amount_text, signed_text, value_text, with_unit

MOST_REASONS = 3
"""So many reasons are told of each error; the others are summed up."""

Row = Mapping[str, Value]


def explainer_of(
    survey: Survey, neurons: Sequence[str], table_name: str
) -> tuple[Explainer | None, str]:
    """What explains these neurons beside the table's middle; or None, and why not."""
    try:
        return Explainer(survey.network, survey.middle.baseline(table_name), neurons), ""
    except NnspecError as error:
        return None, str(error)


def baseline_said(explainer: Explainer) -> str:
    """From where reasons are measured, as a paragraph."""
    base, there = explainer.baseline, explainer.at_baseline.outputs
    row = given_said(explainer.network, base.row)
    units = {neuron.name: neuron.unit for _, neuron in explainer.spec.neurons()}
    values = [
        f"{name} is {with_unit(amount_text(there[name]), units.get(name))}"
        for name in explainer.targets
    ]
    return (
        f"<p>Reasons are measured from the baseline, {safe(base.description)}: {safe(row)}. "
        f"There {safe(', '.join(values))}. Amounts add up to the prediction less that.</p>"
    )


def given_said(network: Network, cells: Row) -> str:
    """What the inputs read, in words."""
    return ", ".join(
        f"{item.name} {with_unit(value_text(cells[item.name]), item.unit)}"
        for item in network.spec.inputs
    )


def reason_tables(
    explainer: Explainer, row: int, given: Row, neurons: Collection[str], methods: set[str]
) -> Iterator[str]:
    """The strongest reasons for some neurons, by neuron and by input; their methods are noted."""
    try:
        outputs = explainer.explain(given).outputs
    except NnspecError as error:
        yield f"<p>Not explained: {safe(str(error))}.</p>"
        return
    for output in outputs:
        if output.name in neurons:
            about = f"Row {row:,}" if len(neurons) == 1 else f"Row {row:,}, {output.name},"
            yield from _tables(explainer, output, about, methods)


def _tables(
    explainer: Explainer, output: OutputReasons, about: str, methods: set[str]
) -> Iterator[str]:
    kinds = [("neuron", output.by_neuron), ("input", output.by_input)]
    inputs = set(explainer.network.inputs)
    if all(reason.name in inputs for reason in output.by_neuron.reasons):
        kinds = kinds[1:]  # the neuron reads the inputs themselves: twice would say the same
    for by, found in kinds:
        methods.add(found.method)
        caption = f"{about} by {by} ({how_exact(found)})"
        yield table(caption, ["reason", "amount#", "because"], _top(found, output.unit))


def method_notes(methods: Collection[str]) -> Iterator[str]:
    """What each method is."""
    for name in sorted(methods):
        yield f'<p class="note">{safe(name)}: {safe(METHODS[name])}.</p>'


def _top(found: Reasons, unit: str | None) -> Iterator[tuple[str, str, str]]:
    top, rest = found.reasons[:MOST_REASONS], found.reasons[MOST_REASONS:]
    for reason in top:
        yield reason.name, with_unit(signed_text(reason.amount), unit), reason.because
    if rest:
        yield counted(len(rest), "other"), with_unit(signed_text(_sum(rest)), unit), ""
    if not found.reasons:
        yield "nothing contributes", "", ""


def _sum(reasons: Sequence[Reason]) -> float:
    return math.fsum(reason.amount for reason in reasons)
