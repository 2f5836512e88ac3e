"""An explanation as HTML: a page of its own, or a fragment for a notebook."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics.suggestions import counted
from nnspec.explaining.data import METHODS, Account, NeuronStep, OutputReasons, Reasons
from nnspec.explaining.render.text import difference_text, how_exact
from nnspec.views.escaping import safe
from nnspec.views.numbers import amount_text, signed_text, value_text, with_unit

STYLE = """
.nnspec-explanation{font:15px/1.45 system-ui,sans-serif;max-width:62rem}
.nnspec-explanation table{border-collapse:collapse;margin:.3rem 0 1rem}
.nnspec-explanation th,.nnspec-explanation td{padding:.15rem .7rem .15rem 0;text-align:left;
vertical-align:top}
.nnspec-explanation .number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.nnspec-explanation caption{text-align:left;font-weight:600}
.nnspec-explanation .note{opacity:.75;font-weight:400}
.nnspec-explanation thead th{border-bottom:1px solid currentColor}
""".strip()

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body>
{body}
</body>
</html>
"""


def render_html(explanation: Account) -> str:
    """A whole page that needs nothing else."""
    return PAGE.format(title=safe(explanation.title), body=render_fragment(explanation))


def render_fragment(explanation: Account) -> str:
    """The explanation as a fragment with its own style; every text is escaped."""
    parts = [f"<style>{STYLE}</style>", '<div class="nnspec-explanation">']
    parts += [f"<h1>{safe(explanation.title)}</h1>", *facts_table(explanation)]
    for output in explanation.outputs:
        parts += [f"<h2>{said_of(output)}</h2>", *output_tables(output)]
    parts += ["<h2>Neuron by neuron</h2>"]
    for step in explanation.neurons:
        parts += neuron_table(step)
    return "\n".join([*parts, *methods(explanation), "</div>"])


def methods(explanation: Account) -> Iterator[str]:
    """How the differences were divided."""
    used = {r.method for o in explanation.outputs for r in (o.by_neuron, o.by_input)}
    for name in sorted(used):
        yield f'<p class="note">{safe(name)}: {safe(METHODS[name])}.</p>'


def facts_table(explanation: Account) -> Iterator[str]:
    """The row beside the baseline."""
    yield f"<table><caption>The row, and the baseline: {safe(explanation.baseline.description)}"
    yield "</caption><thead><tr><th>input</th><th>row</th><th>baseline</th></tr></thead><tbody>"
    for fact in explanation.facts:
        cells = [value_text(fact.value), value_text(fact.baseline)]
        numbers = "".join(number(with_unit(cell, fact.unit)) for cell in cells)
        yield f'<tr><th scope="row">{safe(fact.name)}</th>{numbers}</tr>'
    yield "</tbody></table>"


def number(text: str) -> str:
    """A cell that holds a number."""
    return f'<td class="number">{safe(text)}</td>'


def said_of(output: OutputReasons) -> str:
    """What an output is, as a heading."""
    return safe(f"{output.name} is {with_unit(amount_text(output.value), output.unit)}")


def output_tables(output: OutputReasons, most: int | None = None) -> Iterator[str]:
    """Why an output is what it is: its reasons, or so many of them at most."""
    yield f"<p>{safe(difference_text(output))}</p>"
    yield from _reasons("By neuron", output, output.by_neuron, most)
    yield from _reasons("By input", output, output.by_input, most)


def _reasons(title: str, output: OutputReasons, found: Reasons, most: int | None) -> Iterator[str]:
    yield f'<table><caption>{title} <span class="note">({safe(how_exact(found))})</span></caption>'
    yield "<thead><tr><th>amount</th><th>reason</th><th>because</th></tr></thead><tbody>"
    for reason in found.reasons[:most]:
        amount = number(with_unit(signed_text(reason.amount), output.unit))
        yield f'<tr>{amount}<th scope="row">{safe(reason.name)}</th>'
        yield f"<td>{safe(reason.because)}</td></tr>"
    if most is not None and len(found.reasons) > most:
        rest = sum(reason.amount for reason in found.reasons[most:])
        others = f"<td>{counted(len(found.reasons) - most, 'other')}</td><td></td>"
        yield f"<tr>{number(with_unit(signed_text(rest), output.unit))}{others}</tr>"
    yield "</tbody></table>"


def neuron_table(step: NeuronStep, most: int | None = None) -> Iterator[str]:
    """What a neuron did: its synapses, or so many of them at most, and what became of them."""
    about = f": {safe(step.description)}" if step.description else ""
    value = with_unit(amount_text(step.value), step.unit)
    fired = "" if step.fired is None else ", fired" if step.fired else ", silent"
    yield f'<table><caption>{safe(step.name)} <span class="note">{about}</span> '
    yield f"= {safe(value)}{fired}</caption>"
    yield "<thead><tr><th>source</th><th>value</th><th>weight</th><th>term</th></tr></thead><tbody>"
    for term in step.terms[:most]:
        numbers = "".join(number(amount_text(x)) for x in (term.value, term.weight, term.amount))
        yield f'<tr><th scope="row">{safe(term.source)}</th>{numbers}</tr>'
    if most is not None and len(step.terms) > most:
        more = counted(len(step.terms) - most, "synapse")
        yield f"<tr><td>… and {more} more</td><td></td><td></td><td></td></tr>"
    group = "" if step.group is None else f", then {step.group}"
    yield from _ending("bias", amount_text(step.bias))
    yield from _ending(f"z, the {step.aggregation}", amount_text(step.z))
    yield from _ending(f"{step.activation}{group}", value)
    yield "</tbody></table>"


def _ending(name: str, text: str) -> Iterator[str]:
    """A row below the synapses."""
    yield f'<tr><th scope="row">{safe(name)}</th><td></td><td></td>{number(text)}</tr>'
