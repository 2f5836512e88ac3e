"""The network itself: its inputs, each neuron in words and as a formula, the matrices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nnspec.diagnostics.suggestions import counted, listed
from nnspec.functions.aggregations import Bounds
from nnspec.network import Network
from nnspec.program.compiled import CompiledLayer
from nnspec.reporting.markup import Html, paragraphs, safe, section, table
from nnspec.spec.model import Input, NetworkSpec, Neuron
from nnspec.spec.resolved import ResolvedLayer, resolve
from nnspec.views.diagram import Look, diagram_svg
from nnspec.views.diagram.blocks import heat_map_svg
from nnspec.views.formula import layer_formula, neuron_formula
from nnspec.views.numbers import exact_text, interval_text

MOST_CELLS = 600
"""A larger matrix is shown as a heat map, with its size and extremes."""

WIDEST = 5
"""A wider matrix is cut into tables of so many columns, which fit on paper."""

MOST_CATEGORIES = 40

LINES = (
    "Blue, whole lines are positive weights; orange, dashed ones negative. "
    "A line is as wide as its source, between the values it takes, moves the neuron, beside the "
    "neuron's other lines."
)
CELLS = "A block for each layer, its weights as a heat map: blue is positive, orange negative."


def network_sections(network: Network, spans: Mapping[str, Bounds]) -> Iterator[str]:
    """Diagram, inputs, neurons and matrices.

    Parameters
    ----------
    spans
        By unit, between which values a table's rows kept it.
    """
    spec = network.spec
    svg = diagram_svg(spec, Look(prefix="report", spans=spans))
    yield section("diagram", "Diagram", [
        f'<div class="wide diagram" role="region" tabindex="0" aria-label="Diagram">{svg}</div>',
        f'<p class="note">{LINES if "data-weight" in svg else CELLS}</p>',
    ])  # fmt: skip
    yield section("inputs", "Inputs", _inputs(spec))
    yield section("neurons", "Neurons", _neurons(spec))
    yield section("matrices", "Matrices", _matrices(network))


def _inputs(spec: NetworkSpec) -> Iterator[str]:
    head = ["input", "type", "unit", "range", "a missing value", "then", "description"]
    yield table("What the network reads", head,
                [_input(item) for item in spec.inputs], "stacked")  # fmt: skip
    if spec.parameters:
        rows = [(name, exact_text(float(value))) for name, value in spec.parameters.items()]
        yield table("Parameters: numbers used in many places", ["parameter", "value#"], rows)


def _input(item: Input) -> tuple[str, ...]:
    name = item.name if item.column is None else f"{item.name} (column {item.column})"
    span = interval_text(item.range)
    if item.type == "category":
        span = listed(list(item.category_texts), MOST_CATEGORIES)
    missing = "is an error" if item.missing is None else f"becomes {exact_text(item.missing)}"
    steps = ", ".join(
        " ".join([step.kind, *("…" if x is None else exact_text(x) for x in step.parameters)])
        for step in item.transforms
    )
    about = ": ".join(text for text in (item.title, item.description) if text)
    return name, item.type, item.unit or "", span, missing, steps, about


def _neurons(spec: NetworkSpec) -> Iterator[str]:
    outputs = set(spec.output_names)
    for layer in resolve(spec).layers:
        group = f", then {layer.group} over the layer" if layer.group else ""
        title = f"Layer {layer.name}: {counted(len(layer.neuron_names), 'neuron')}{group}"
        yield f"<h3>{safe(title)}</h3>"
        yield from paragraphs(layer.written.description)
        if layer.matrix is not None:
            last = f" … {layer.neuron_names[-1]}" if layer.matrix.size > 1 else ""
            formula = _formula(layer_formula(layer, layer.matrix))
            rows = [(f"{layer.neuron_names[0]}{last}", formula)]
            yield table(title, ["neurons", "formula"], rows, "titled")
        else:
            yield _named(title, layer, outputs)
    yield f"<p>Outputs: {safe(listed(spec.output_names, 60))}.</p>"


def _named(title: str, layer: ResolvedLayer, outputs: set[str]) -> Html:
    rows = []
    for neuron in layer.neurons():
        own = Neuron(neuron.name) if neuron.own is None else neuron.own
        mark = Html(f'{safe(own.name)} <span class="mark">output</span>')
        about = ": ".join(text for text in (own.title, own.description) if text)
        rows.append((
            mark if own.name in outputs else own.name,
            about,
            _formula(neuron_formula(neuron)),
            own.unit or "",
            "" if own.range == (None, None) else interval_text(own.range),
        ))  # fmt: skip
    return table(
        title, ["neuron", "description", "formula", "unit", "range"], rows, "stacked titled"
    )


def _formula(text: str) -> Html:
    return Html(f"<code>{safe(text)}</code>")


# -- matrices -------------------------------------------------------------------------------------


def _matrices(network: Network) -> Iterator[str]:
    yield ('<p class="note">A row for each neuron, a column for each source; a dot where there '
           "is no synapse.</p>")  # fmt: skip
    layers = resolve(network.spec).layers
    for layer, resolved in zip(network.compiled.layers, layers, strict=True):
        rows, columns = layer.weights.shape
        if rows * columns > MOST_CELLS:
            yield from _large(layer, resolved)
            continue
        matrix = network.weights(layer.name).with_bias(layer.bias)
        size = f"{layer.name}: {rows} x {columns}, and the bias"
        for start in range(0, len(matrix.columns), WIDEST):
            part = matrix.columns[start : start + WIDEST]
            values = matrix.values[:, start : start + WIDEST].tolist()
            cells = [(name, *("·" if x == 0 else f"{x:.12g}" for x in row))
                     for name, row in zip(matrix.rows, values, strict=True)]  # fmt: skip
            more = f" (columns from {start + 1})" if start else ""
            yield table(size + more, ["", *(f"{name}#" for name in part)], cells)


def _large(layer: CompiledLayer, resolved: ResolvedLayer) -> Iterator[str]:
    """A matrix of too many cells to be read."""
    rows, columns = layer.weights.shape
    weights = layer.weights.numbers
    said = f"{layer.name}: {rows:,} x {columns:,}, {counted(layer.weights.n_synapses, 'synapse')}"
    if weights.size:
        least, greatest = float(weights.min()), float(weights.max())
        said += f", weights from {least:.6g} to {greatest:.6g}"
    bias = f", biases from {np.min(layer.bias):.6g} to {np.max(layer.bias):.6g}"
    yield f"<p>{safe(said + bias)}. Too large to be read as numbers; the spec holds them.</p>"
    svg = heat_map_svg(resolved, prefix=f"map-{layer.name}")
    yield f'<div class="wide">{svg}</div>'
