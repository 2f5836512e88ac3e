"""Rows explained: from which baseline, and the strongest reasons for each neuron."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class WrongRow:
    """A row of which the network says something else than is so.

    Parameters
    ----------
    row, given
        Its number, from 1, and what the inputs read.
    off, values
        In words: how far off the network is, and what it says.
    neurons
        Which neurons are to be explained.
    """

    row: int
    given: Row
    off: str
    values: str
    neurons: Collection[str]


def wrong_rows(
    survey: Survey, neurons: Sequence[str], rows: Sequence[WrongRow], table_name: str
) -> Iterator[str]:
    """Each row explained beside the table's middle, or why that cannot be."""
    explainer = None
    try:
        explainer = Explainer(survey.network, survey.middle.baseline(table_name), neurons)
        yield _baseline(explainer)
    except NnspecError as error:
        yield f"<p>Not explained: {safe(str(error))}.</p>"
    methods: set[str] = set()
    for number, wrong in enumerate(rows, 1):
        yield '<div class="miss">'
        yield f"<h3>{number}. Row {wrong.row:,}: {safe(wrong.off)}</h3>"
        yield f"<p>{safe(wrong.values)}</p>"
        yield f"<p>{safe(_given(survey.network, wrong.given))}</p>"
        if explainer is not None:
            yield from _reasons(explainer, wrong, methods)
        yield "</div>"
    for name in sorted(methods):
        yield f'<p class="note">{safe(name)}: {safe(METHODS[name])}.</p>'


def _baseline(explainer: Explainer) -> str:
    """From where reasons are measured, as a paragraph."""
    base, there = explainer.baseline, explainer.at_baseline.outputs
    row = _given(explainer.network, base.row)
    units = {neuron.name: neuron.unit for _, neuron in explainer.spec.neurons()}
    values = [
        f"{name} is {with_unit(amount_text(there[name]), units.get(name))}"
        for name in explainer.targets
    ]
    return (
        f"<p>Reasons are measured from the baseline, {safe(base.description)}: {safe(row)}. "
        f"There {safe(', '.join(values))}. Amounts add up to the prediction less that.</p>"
    )


def _given(network: Network, cells: Row) -> str:
    """What the inputs read, in words."""
    return ", ".join(
        f"{item.name} {with_unit(value_text(cells[item.name]), item.unit)}"
        for item in network.spec.inputs
    )


def _reasons(explainer: Explainer, wrong: WrongRow, methods: set[str]) -> Iterator[str]:
    """The strongest reasons for some neurons, by neuron and by input; their methods are noted."""
    try:
        outputs = explainer.explain(wrong.given).outputs
    except NnspecError as error:
        yield f"<p>Not explained: {safe(str(error))}.</p>"
        return
    for output in outputs:
        if output.name in wrong.neurons:
            also = "" if len(wrong.neurons) == 1 else f", {output.name},"
            yield from _tables(explainer, output, f"Row {wrong.row:,}{also}", methods)


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
