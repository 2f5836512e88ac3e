"""The table: what could not be used, where inputs left their ranges, how often neurons fired."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics.suggestions import counted, listed, quote
from nnspec.reporting.firing import NeuronTally
from nnspec.reporting.inputs import InputTally
from nnspec.reporting.markup import Html, bar, percent, safe, section, table
from nnspec.reporting.survey import Survey
from nnspec.views.numbers import amount_text, exact_text, interval_text, with_unit

MOST_REASONS = 50
MOST_BULK = 32
"""A larger bulk layer is summed up in a line."""


def table_sections(survey: Survey) -> Iterator[str]:
    """What the table holds, and what the network made of its rows."""
    yield section("table", "The table's rows", _rows(survey))
    yield section("firing", "How often each neuron fired", _firing(survey))


def _rows(survey: Survey) -> Iterator[str]:
    valued = survey.rows - survey.bad
    yield (
        f"<p>{counted(survey.rows, 'row')}; {valued:,} could be valued, {survey.bad:,} could not. "
        f"In {counted(survey.outside, 'row')} a value lies outside its input's declared range; "
        "such rows are valued all the same.</p>"
    )
    if survey.reasons:
        yield _reasons(survey)
    columns = survey.asked.columns
    head = ["input", "declared range", "below#", "above#", "missing#", "not usable#", "least#",
            "greatest#"]  # fmt: skip
    yield table("Where inputs left their declared ranges", head,
                [_input(tally, columns[tally.item.name]) for tally in survey.inputs])  # fmt: skip
    yield ('<p class="note">A missing value is not usable, too, where no other stands in for it. '
           "The extremes are of all values that were read.</p>")  # fmt: skip
    for tally in survey.inputs:
        if tally.item.type == "category":
            found = [f"{text} {count:,}" for text, count in tally.categories]
            yield f"<p>{safe(tally.item.name)}: {safe(listed(found, 60))}.</p>"


def _input(tally: InputTally, column: str) -> tuple[str, ...]:
    item = tally.item
    name = item.name if column == item.name else f"{item.name} (column {column})"
    span = "categories" if item.type == "category" else interval_text(item.range)
    read = tally.least <= tally.greatest
    ends = [with_unit(exact_text(x), item.unit) if read else "" for x in
            (tally.least, tally.greatest)]  # fmt: skip
    missing = _count(tally.missing) if item.missing is None else f"{tally.missing:,}"
    counts = _count(tally.below), _count(tally.above), missing, _count(tally.bad)
    return name, span, *counts, *ends


def _count(number: int) -> Html:
    """A count; one that says that something is odd stands out."""
    return Html(f'<b class="odd">{number:,}</b>' if number else "0")


def _reasons(survey: Survey) -> str:
    found = sorted(survey.reasons.values(), key=lambda reason: -reason.count)
    rows = []
    for reason in found[:MOST_REASONS]:
        fault = reason.first
        value = quote(fault.value) if fault.column and fault.code != "missing" else ""
        rows.append((fault.column or "the row as a whole", fault.reason, f"{reason.count:,}",
                     f"{fault.row:,}", value))  # fmt: skip
    head = ["column", "reason", "count#", "first in row#", "as written there"]
    more = len(found) - len(rows)
    cut = f", the {MOST_REASONS} most frequent of {len(found):,} reasons" if more else ""
    return table(f"Why rows could not be valued{cut}", head, rows)


# -- firing ---------------------------------------------------------------------------------------


def _firing(survey: Survey) -> Iterator[str]:
    n_rows = survey.firing.n_rows
    if n_rows == 0:
        yield "<p>No row could be valued.</p>"
        return
    yield (
        f'<p class="note">Over the {n_rows:,} rows that could be valued. A neuron fires where its '
        "activation, silent at 0 up to a hinge, is above 0, or where it is the winner of its "
        "group; others never are silent.</p>"
    )
    units = {neuron.name: neuron.unit for _, neuron in survey.network.spec.neurons()}
    rows: list[tuple[str, ...]] = []
    start = 0
    for layer in survey.network.spec.layers:
        size = len(layer.neuron_names)
        own = survey.firing.neurons[start : start + size]
        start += size
        if not layer.neurons and size > MOST_BULK:
            rows.append(_summed(own, n_rows))
        else:
            rows += [_neuron(neuron, n_rows, units.get(neuron.name)) for neuron in own]
    head = ["neuron", "layer", "fired", "rows#", "least#", "greatest#", "outside its range#"]
    yield table("Neurons over the table", head, rows)


def _neuron(neuron: NeuronTally, n_rows: int, unit: str | None) -> tuple[str, ...]:
    fired = "" if neuron.fired is None else bar(neuron.fired / n_rows)
    count = "" if neuron.fired is None else f"{neuron.fired:,}"
    outside = "" if neuron.range == (None, None) else _count(neuron.outside)
    ends = [with_unit(amount_text(x), unit) for x in (neuron.least, neuron.greatest)]
    return neuron.name, neuron.layer, fired, count, *ends, outside


def _summed(neurons: list[NeuronTally], n_rows: int) -> tuple[str, ...]:
    """A large layer in one line."""
    first, last = neurons[0], neurons[-1]
    shares = sorted(n.fired / n_rows for n in neurons if n.fired is not None)
    fired = ""
    if shares:
        fired = (f"{shares.count(0.0):,} never, {shares.count(1.0):,} always; half of them in at "
                 f"least {percent(shares[len(shares) // 2])} of the rows")  # fmt: skip
    least, greatest = min(n.least for n in neurons), max(n.greatest for n in neurons)
    return (f"{first.name} … {last.name}", first.layer, fired, "", amount_text(least),
            amount_text(greatest), "")  # fmt: skip
