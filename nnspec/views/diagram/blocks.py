"""A wide network's diagram: a block for each layer, its weights as a heat map."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from nnspec.spec.model import NetworkSpec
from nnspec.spec.resolved import ResolvedLayer, resolve
from nnspec.views.diagram.style import style
from nnspec.views.diagram.text import shortened, text_width
from nnspec.views.escaping import safe_xml

CELLS = 48
"""A heat map has so many rows and columns at most; each cell is the mean of the weights in it."""

SIDE = 4.0
MARGIN, GAP, TOP = 24.0, 60.0, 62.0

Entries: TypeAlias = Iterable[tuple[int, int, float]]


def blocks_svg(spec: NetworkSpec, *, theme: str = "auto", prefix: str = "nn") -> str:
    """The diagram of a network as blocks."""
    scope = safe_xml(prefix)
    parts: list[str] = []
    n_units = sum(len(item.units) for item in spec.inputs)
    x, parts = _block(MARGIN, "inputs", f"{n_units:,} units", parts)
    tallest = 0.0
    for layer in resolve(spec).layers:
        said = f"{layer.written.size:,} neurons"
        if layer.written.activation is not None:
            said += f", {layer.written.activation.name}"
        n_rows, columns, entries = _entries(layer)
        cells = list(_heat_map(x, n_rows, len(columns), entries))
        width = max(SIDE * min(CELLS, max(1, len(columns))), text_width(said, 11),
                    text_width(shortened(layer.name), 14, bold=True))  # fmt: skip
        parts.append(f'<g class="layer" data-name="{safe_xml(layer.name)}">')
        parts.append(f'<text class="heading" x="{x + width / 2:.1f}" y="24">'
                     f"{safe_xml(shortened(layer.name))}</text>")  # fmt: skip
        parts.append(f'<text class="shared" x="{x + width / 2:.1f}" y="42">{safe_xml(said)}</text>')
        parts += [*cells, "</g>"]
        tallest = max(tallest, SIDE * min(CELLS, max(1, n_rows)))
        x += width + GAP
    width, height = x - GAP + MARGIN, 62 + max(tallest, 60) + MARGIN
    title = safe_xml(spec.title if spec.title is not None else spec.name)
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" class="{scope}-net" role="img" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
            f'aria-labelledby="{scope}-title">'
            f'<title id="{scope}-title">Network {title}, layer by layer</title>')  # fmt: skip
    page = f'<rect class="page" width="{width:.0f}" height="{height:.0f}"/>'
    return "\n".join([head, style(theme, prefix), page, *parts, "</svg>"]) + "\n"


def heat_map_svg(layer: ResolvedLayer, *, theme: str = "auto", prefix: str = "nn") -> str:
    """One layer's weights as a heat map by itself."""
    n_rows, columns, entries = _entries(layer)
    width = SIDE * min(CELLS, max(1, len(columns))) + 2
    height = SIDE * min(CELLS, max(1, n_rows)) + 2
    scope, title = safe_xml(prefix), safe_xml(f"Weights of layer {layer.name}")
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" class="{scope}-net" role="img" '
            f'viewBox="-1 {TOP - 1:.0f} {width:.0f} {height:.0f}" width="{2 * width:.0f}" '
            f'height="{2 * height:.0f}" aria-labelledby="{scope}-title">'
            f'<title id="{scope}-title">{title}</title>')  # fmt: skip
    cells = _heat_map(0.0, n_rows, len(columns), entries)
    return "\n".join([head, style(theme, prefix), *cells, "</svg>"]) + "\n"


def _block(x: float, name: str, said: str, parts: list[str]) -> tuple[float, list[str]]:
    width = max(64.0, text_width(said, 11))
    drawn = [
        f'<text class="heading" x="{x + width / 2:.1f}" y="24">{safe_xml(name)}</text>',
        f'<text class="shared" x="{x + width / 2:.1f}" y="42">{safe_xml(said)}</text>',
        f'<g class="unit input"><rect x="{x:.1f}" y="62" width="{width:.1f}" height="60" rx="8"/>'
        "</g>",
    ]
    return x + width + GAP, [*parts, *drawn]


def _entries(layer: ResolvedLayer) -> tuple[int, Sequence[str], Entries]:
    """How many neurons a layer has, its sources, and its synapses as (row, column, weight)."""
    size = layer.written.size
    if layer.matrix is not None:
        numbers = layer.matrix.weights.numbers
        if numbers is None:
            return size, layer.columns, ()
        kept = ((row, column, w) for row in range(size) for column, w in numbers.row(row))
        return size, layer.columns, kept
    neurons = list(layer.neurons())
    sources = sorted({source for neuron in neurons for source, _, _ in neuron.synapses})
    column = {name: i for i, name in enumerate(sources)}
    found = [(r, column[s], w) for r, neuron in enumerate(neurons) for s, w, _ in neuron.synapses]
    return size, sources, found


def _heat_map(x: float, n_rows: int, n_columns: int, entries: Entries) -> Iterator[str]:
    """Cells coloured by the mean weight of the synapses in them."""
    tall, wide = min(CELLS, max(1, n_rows)), min(CELLS, max(1, n_columns))
    sums: dict[tuple[int, int], float] = {}
    counts: dict[tuple[int, int], int] = {}
    for row, column, weight in entries:
        cell = row * tall // max(1, n_rows), column * wide // max(1, n_columns)
        sums[cell] = sums.get(cell, 0.0) + weight
        counts[cell] = counts.get(cell, 0) + 1
    means = {cell: total / counts[cell] for cell, total in sums.items()}
    greatest = max(map(abs, means.values()), default=0.0)
    yield (f'<rect class="frame" x="{x:.1f}" y="{TOP:.0f}" width="{SIDE * wide:.1f}" '
           f'height="{SIDE * tall:.1f}"/>')  # fmt: skip
    for (row, column), mean in sorted(means.items()):
        sign = "positive" if mean >= 0 else "negative"
        share = abs(mean) / greatest if greatest > 0 else 0.0
        yield (f'<rect class="cell {sign}" x="{x + SIDE * column:.1f}" '
               f'y="{TOP + SIDE * row:.1f}" width="{SIDE}" height="{SIDE}" '
               f'fill-opacity="{share:.3f}"/>')  # fmt: skip
