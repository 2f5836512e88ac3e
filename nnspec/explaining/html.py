"""An explanation as HTML: a page of its own, or a fragment for a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from nnspec.explaining.data import METHODS, Explanation, NeuronStep, OutputReasons, Reasons
from nnspec.explaining.text import difference_text, how_exact
from nnspec.explaining.wording import amount_text, signed_text, value_text, with_unit
from nnspec.suggestions import printable

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


def render_html(explanation: Explanation) -> str:
    """A whole page that needs nothing else."""
    return PAGE.format(title=safe(explanation.title), body=render_fragment(explanation))


def render_fragment(explanation: Explanation) -> str:
    """The explanation as a fragment with its own style; every text is escaped."""
    parts = [f"<style>{STYLE}</style>", '<div class="nnspec-explanation">']
    parts += [f"<h1>{safe(explanation.title)}</h1>", *_facts(explanation)]
    for output in explanation.outputs:
        parts += _output(output)
    parts += ["<h2>Neuron by neuron</h2>"]
    for step in explanation.neurons:
        parts += _neuron(step)
    used = {r.method for o in explanation.outputs for r in (o.by_neuron, o.by_input)}
    parts += [f'<p class="note">{safe(name)}: {safe(METHODS[name])}.</p>' for name in sorted(used)]
    return "\n".join([*parts, "</div>"])


def safe(text: str) -> str:
    """Text that stays text in HTML, whatever it holds."""
    return escape(printable(text), quote=True)


def _facts(explanation: Explanation) -> Iterator[str]:
    yield f"<table><caption>The row, and the baseline: {safe(explanation.baseline.description)}"
    yield "</caption><thead><tr><th>input</th><th>row</th><th>baseline</th></tr></thead><tbody>"
    for fact in explanation.facts:
        cells = [value_text(fact.value), value_text(fact.baseline)]
        numbers = "".join(_number(with_unit(cell, fact.unit)) for cell in cells)
        yield f'<tr><th scope="row">{safe(fact.name)}</th>{numbers}</tr>'
    yield "</tbody></table>"


def _number(text: str) -> str:
    return f'<td class="number">{safe(text)}</td>'


def _output(output: OutputReasons) -> Iterator[str]:
    value = with_unit(amount_text(output.value), output.unit)
    yield f"<h2>{safe(output.name)} is {safe(value)}</h2>"
    yield f"<p>{safe(difference_text(output))}</p>"
    yield from _reasons("By neuron", output, output.by_neuron)
    yield from _reasons("By input", output, output.by_input)


def _reasons(title: str, output: OutputReasons, found: Reasons) -> Iterator[str]:
    yield f'<table><caption>{title} <span class="note">({safe(how_exact(found))})</span></caption>'
    yield "<thead><tr><th>amount</th><th>reason</th><th>because</th></tr></thead><tbody>"
    for reason in found.reasons:
        amount = _number(with_unit(signed_text(reason.amount), output.unit))
        yield f'<tr>{amount}<th scope="row">{safe(reason.name)}</th>'
        yield f"<td>{safe(reason.because)}</td></tr>"
    yield "</tbody></table>"


def _neuron(step: NeuronStep) -> Iterator[str]:
    about = f": {safe(step.description)}" if step.description else ""
    value = with_unit(amount_text(step.value), step.unit)
    fired = "" if step.fired is None else ", fired" if step.fired else ", silent"
    yield f'<table><caption>{safe(step.name)} <span class="note">{about}</span> '
    yield f"= {safe(value)}{fired}</caption>"
    yield "<thead><tr><th>source</th><th>value</th><th>weight</th><th>term</th></tr></thead><tbody>"
    for term in step.terms:
        numbers = "".join(_number(amount_text(x)) for x in (term.value, term.weight, term.amount))
        yield f'<tr><th scope="row">{safe(term.source)}</th>{numbers}</tr>'
    yield f'<tr><th scope="row">bias</th><td></td><td></td>{_number(amount_text(step.bias))}</tr>'
    ending = f"z, the {safe(step.aggregation)}"
    yield f'<tr><th scope="row">{ending}</th><td></td><td></td>{_number(amount_text(step.z))}</tr>'
    group = "" if step.group is None else f", then {safe(step.group)}"
    yield f'<tr><th scope="row">{safe(step.activation)}{group}</th><td></td><td></td>'
    yield f"{_number(value)}</tr></tbody></table>"
