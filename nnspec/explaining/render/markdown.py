"""An explanation as Markdown, for a review or a file note."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnspec.diagnostics.suggestions import printable
from nnspec.explaining.data import METHODS, Account, NeuronStep, OutputReasons, Reasons
from nnspec.explaining.render.text import difference_text, how_exact
from nnspec.views.escaping import prose
from nnspec.views.numbers import amount_text, signed_text, value_text, with_unit


def render_markdown(explanation: Account) -> str:
    """The explanation as tables in Markdown; every text is escaped."""
    lines = [f"# {text(explanation.title)}", "", *_facts(explanation)]
    for output in explanation.outputs:
        lines += _output(output)
    lines += ["## Neuron by neuron", ""]
    for step in explanation.neurons:
        lines += _neuron(step)
    used = {r.method for o in explanation.outputs for r in (o.by_neuron, o.by_input)}
    lines += [f"{name}: {METHODS[name]}.\n" for name in sorted(used)]
    return "\n".join(lines).rstrip("\n") + "\n"


def text(said: str) -> str:
    """Text that stays text in Markdown, on one line and in one cell."""
    return prose(printable(said))


def _table(header: Sequence[str], align: str, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table; ``align`` has ``<`` or ``>`` for each column."""
    yield f"| {' | '.join(header)} |"
    yield f"| {' | '.join('---:' if side == '>' else '---' for side in align)} |"
    for row in rows:
        yield f"| {' | '.join(map(text, row))} |"
    yield ""


def _facts(explanation: Account) -> Iterator[str]:
    yield f"Compared with the baseline: {text(explanation.baseline.description)}."
    yield ""
    rows = [
        (fact.name, with_unit(value_text(fact.value), fact.unit),
         with_unit(value_text(fact.baseline), fact.unit))
        for fact in explanation.facts
    ]  # fmt: skip
    yield from _table(("input", "row", "baseline"), "<>>", rows)


def _output(output: OutputReasons) -> Iterator[str]:
    value = with_unit(amount_text(output.value), output.unit)
    yield f"## {text(output.name)} is {text(value)}"
    yield ""
    yield f"{text(difference_text(output))}."
    yield ""
    yield from _reasons("By neuron", output, output.by_neuron)
    yield from _reasons("By input", output, output.by_input)


def _reasons(title: str, output: OutputReasons, found: Reasons) -> Iterator[str]:
    yield f"{title} ({text(how_exact(found))}):"
    yield ""
    rows = [
        (with_unit(signed_text(reason.amount), output.unit), reason.name, reason.because)
        for reason in found.reasons
    ]
    yield from _table(("amount", "reason", "because"), "><<", rows)


def _neuron(step: NeuronStep) -> Iterator[str]:
    fired = "" if step.fired is None else ", fired" if step.fired else ", silent"
    value = with_unit(amount_text(step.value), step.unit)
    yield f"**{text(step.name)}** = {text(value)}{fired}"
    yield ""
    rows = [
        (term.source, amount_text(term.value), amount_text(term.weight), amount_text(term.amount))
        for term in step.terms
    ]
    rows.append(("bias", "", "", amount_text(step.bias)))
    rows.append((f"z, the {step.aggregation}", "", "", amount_text(step.z)))
    yield from _table(("source", "value", "weight", "term"), "<>>>", rows)
