"""An explanation as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill

from nnspec.diagnostics.suggestions import counted, printable
from nnspec.explaining.data import METHODS, Account, NeuronStep, OutputReasons, Reasons, Term
from nnspec.functions.activations import ACTIVATIONS, DEFAULT_ACTIVATION, find
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.groups import GROUPS
from nnspec.views.numbers import amount_text, signed_text, value_text, with_unit

MOST_REASONS = 12
MOST_NEURONS = 40
MOST_TERMS = 12
"""What is longer is cut, and says so; JSON holds everything."""


def render_text(explanation: Account, *, which: str = "this row") -> str:
    """How a row was valued, for a terminal; it ends without a line break.

    Parameters
    ----------
    explanation
        What to render.
    which
        What to call the row.
    """
    lines = [*_heading(explanation, which)]
    for output in explanation.outputs:
        lines += _output(output)
    lines += ["neuron by neuron", *_neurons(explanation), "", *_methods(explanation)]
    return "\n".join(printable(line) for line in lines)


def row_text(explanation: Account, *, baseline: bool = False) -> str:
    """The row, or the baseline, in names and units."""
    return ", ".join(
        f"{fact.name} {with_unit(value_text(fact.baseline if baseline else fact.value), fact.unit)}"
        for fact in explanation.facts
    )


def _heading(explanation: Account, which: str) -> Iterator[str]:
    yield f"{explanation.network}, {which}"
    yield f"  {row_text(explanation)}"
    yield f"compared with the baseline: {explanation.baseline.description}"
    yield f"  {row_text(explanation, baseline=True)}"
    yield ""


def _output(output: OutputReasons) -> Iterator[str]:
    value = with_unit(amount_text(output.value), output.unit)
    yield f"{output.name} is {value}: {difference_text(output)}"
    yield from _reasons("by neuron", output, output.by_neuron)
    yield from _reasons("by input", output, output.by_input)
    yield ""


def difference_text(output: OutputReasons) -> str:
    """How an output compares with the baseline."""
    base = with_unit(amount_text(output.baseline), output.unit)
    if output.difference == 0:
        return f"the same as at the baseline, {base}"
    more = "more" if output.difference > 0 else "less"
    size = with_unit(amount_text(abs(output.difference)), output.unit)
    return f"{size} {more} than the baseline's {base}"


def _reasons(title: str, output: OutputReasons, found: Reasons) -> Iterator[str]:
    yield f"  {title} ({how_exact(found)})"
    if not found.reasons:
        yield "    nothing contributes"
        return
    shown = found.reasons[:MOST_REASONS]
    amounts = [with_unit(signed_text(reason.amount), output.unit) for reason in shown]
    width = max(map(len, amounts))
    names = max(len(reason.name) for reason in shown)
    for amount, reason in zip(amounts, shown, strict=True):
        yield f"    {amount.rjust(width)}  {reason.name.ljust(names)}  because {reason.because}"
    if len(found.reasons) > len(shown):
        rest = sum(reason.amount for reason in found.reasons[MOST_REASONS:])
        others = counted(len(found.reasons) - len(shown), "other")
        yield f"    {with_unit(signed_text(rest), output.unit).rjust(width)}  {others}"


def how_exact(found: Reasons) -> str:
    """Whether reasons add up, and how well, in a few words."""
    if not found.complete:
        return f"INCOMPLETE: {found.error:.6g} has no reason; the line crosses a pole or nearly so"
    if found.method == "exact":
        return "exact"
    size = abs(found.error) / found.scale if found.scale else 0.0
    return f"integrated gradients, completeness error {size:.1g}"


def _methods(explanation: Account) -> Iterator[str]:
    used = {r.method for o in explanation.outputs for r in (o.by_neuron, o.by_input)}
    for method in sorted(used):
        yield from fill(f"{method}: {METHODS[method]}", 88, subsequent_indent="  ").splitlines()


def _neurons(explanation: Account) -> Iterator[str]:
    shown = explanation.neurons[-MOST_NEURONS:]
    if len(shown) < len(explanation.neurons):
        yield f"  … {len(explanation.neurons) - len(shown):,} before these; --format json has all"
    facts = {unit: fact.unit for fact in explanation.facts for unit in fact.seen}
    units = facts | {step.name: step.unit for step in explanation.neurons}
    for step in shown:
        yield from ("  " + line for line in _neuron(step, units))


def _neuron(step: NeuronStep, units: dict[str, str | None]) -> Iterator[str]:
    about = f", {step.description}" if step.description else ""
    yield f"{step.name}{about}"
    rows = [_term(step, term, units) for term in step.terms[:MOST_TERMS]]
    more = len(step.terms) - len(rows)
    words = AGGREGATIONS[step.aggregation].words
    if words:
        yield f"  {words}"
    if step.bias or not rows:
        rows.append(("bias", "", amount_text(step.bias)))
    rows.append(("z", "", amount_text(step.z)))
    name, how, amount = (max(len(row[i]) for row in rows) for i in range(3))
    for first, second, third in rows[:-1]:
        yield f"  {first.ljust(name)}  {second.ljust(how)}  {third.rjust(amount)}"
    if more:
        yield f"  … and {counted(more, 'synapse')} more"
    yield f"  {'z'.ljust(name)}  {''.ljust(how)}  {rows[-1][2].rjust(amount)}  {_ending(step)}"


def _term(step: NeuronStep, term: Term, units: dict[str, str | None]) -> tuple[str, str, str]:
    sign = AGGREGATIONS[step.aggregation].term.sign
    value = with_unit(amount_text(term.value), units.get(term.source))
    return term.source, f"{value} {sign} {amount_text(term.weight)}", amount_text(term.amount)


def _ending(step: NeuronStep) -> str:
    """What became of z."""
    value = with_unit(amount_text(step.value), step.unit)
    plain = find(step.activation) is ACTIVATIONS[DEFAULT_ACTIVATION]
    said = f"-> {value}" if plain and step.group is None else ""
    if not said:
        through = [] if plain else [step.activation]
        through += [] if step.group is None else [step.group]
        said = f"-> {value} by {' and '.join(through)}"
    if step.fired is not None:
        wins = step.group is not None and GROUPS[step.group].jumps
        words = ("won", "lost") if wins else ("fired", "silent")
        said += f": {words[0] if step.fired else words[1]}"
        said += f", {step.because}" if step.because else ""
    return said
