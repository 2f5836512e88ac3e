"""A network's diagram as SVG: inputs left, named neurons, and only the synapses that exist."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from nnspec.spec.model import NetworkSpec
from nnspec.spec.resolved import resolved_activation
from nnspec.spec.topology import count_neurons
from nnspec.views.diagram.blocks import blocks_svg
from nnspec.views.diagram.graph import Edge, Graph, Unit, activation_curve, graph_of
from nnspec.views.diagram.layout import Placed, place
from nnspec.views.diagram.style import style
from nnspec.views.diagram.text import shortened, text_width
from nnspec.views.escaping import safe_xml

MOST_UNITS = 200
"""A network of more units is drawn as blocks, a matrix as a heat map."""

SIZE, SMALL = 14.0, 11.0
HEIGHT, TALL = 30.0, 44.0
MARGIN, HEAD = 24.0, 62.0
GLYPH = 18.0


@dataclass(frozen=True)
class Look:
    """How a diagram looks.

    Parameters
    ----------
    theme
        ``light``, ``dark``, or ``auto`` for whatever the reader prefers.
    values
        By unit: its value in one row, which then colours it.
    prefix
        Begins every id, so that several diagrams may share a page.
    spans
        By unit, between which values it was seen to lie; otherwise its declared range is taken. A
        synapse is as wide as it can move its neuron with that.
    room
        A value's text for which each unit keeps a place, where values will change.
    """

    theme: str = "auto"
    values: Mapping[str, float] = field(default_factory=dict)
    prefix: str = "nn"
    spans: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    room: str = ""


def diagram_svg(spec: NetworkSpec, look: Look | None = None) -> str:
    """The diagram of a spec without errors.

    Examples
    --------
    >>> from nnspec.spec.model import Input, Layer, NetworkSpec, Neuron
    >>> spec = NetworkSpec("n", (Input("age"),), (Layer("out", (Neuron("old", {"age": 1}),)),))
    >>> diagram_svg(spec).count('<path class="synapse')
    1
    """
    look = Look() if look is None else look
    # Counted before any synapse is looked at: a wide network may have millions.
    if sum(len(item.units) for item in spec.inputs) + count_neurons(spec) > MOST_UNITS:
        return blocks_svg(spec, theme=look.theme, prefix=look.prefix)
    return _Drawing(graph_of(spec, look.spans), look).text()


class _Drawing:
    def __init__(self, graph: Graph, look: Look) -> None:
        self.graph = graph
        self.look = look
        self.height = TALL if look.values else HEIGHT
        columns = [[u.name for u in graph.units if u.column == i]
                   for i in range(len(graph.columns))]  # fmt: skip
        links = [(edge.source, edge.target) for edge in graph.edges]
        heights = {unit.name: self.height for unit in graph.units}
        self.placed: Placed = place(columns, links, heights)
        self.widths = [self._column_width(i) for i in range(len(columns))]
        self.left = self._lefts()

    def _column_width(self, column: int) -> float:
        heading = self.graph.columns[column]
        widest = max(text_width(shortened(heading[0]), SIZE, bold=True),
                     text_width(shortened(heading[1]), SMALL))  # fmt: skip
        for unit in self.graph.units:
            if unit.column == column:
                glyph = GLYPH + 8 if column else 0
                value = self.look.values.get(unit.name)
                said = 0.0 if value is None else text_width(f"{value:,.6g}", SMALL)
                said = max(said, text_width(self.look.room, SMALL))
                name = text_width(shortened(unit.name), SIZE)
                widest = max(widest, max(name, said) + glyph + 20)
        return max(widest, 64.0)

    def _lefts(self) -> list[float]:
        lefts = [MARGIN]
        for column, width in enumerate(self.widths[:-1]):
            crossing = sum(1 for e in self.graph.edges
                           if self.graph.by_name[e.source].column <= column
                           < self.graph.by_name[e.target].column)  # fmt: skip
            lefts.append(lefts[-1] + width + 90 + min(160, 3 * crossing))
        return lefts

    def text(self) -> str:
        """The whole SVG document."""
        width = self.left[-1] + self.widths[-1] + MARGIN
        height = self.placed.height + HEAD + MARGIN
        prefix, title = safe_xml(self.look.prefix), safe_xml(self.graph.title)
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{prefix}-net" role="img" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
            f'aria-labelledby="{prefix}-title">',
            f'<title id="{prefix}-title">Network {title}</title>',
            style(self.look.theme, self.look.prefix),
            f'<rect class="page" width="{width:.0f}" height="{height:.0f}"/>',
            *self._headings(),
            '<g class="synapses">',
            *(self._edge(edge) for edge in sorted(self.graph.edges, key=lambda e: e.share)),
            "</g>",
            '<g class="units">',
            *(line for unit in self.graph.units for line in self._unit(unit)),
            "</g>",
            "</svg>",
        ]
        return "\n".join(lines) + "\n"

    def _headings(self) -> Iterator[str]:
        for i, (name, shared) in enumerate(self.graph.columns):
            x = self.left[i] + self.widths[i] / 2
            yield f'<text class="heading" x="{x:.1f}" y="24">{safe_xml(shortened(name))}</text>'
            if shared:
                text = safe_xml(shortened(shared))
                yield f'<text class="shared" x="{x:.1f}" y="42">{text}</text>'

    def _y(self, key: tuple[str, int]) -> float:
        return self.placed.y[key] + HEAD

    def _edge(self, edge: Edge) -> str:
        source, target = self.graph.by_name[edge.source], self.graph.by_name[edge.target]
        x0 = self.left[source.column] + self.widths[source.column]
        y0 = self._y((source.name, source.column))
        path = [f"M{x0:.1f},{y0:.1f}"]
        for column in range(source.column + 1, target.column + 1):
            last = column == target.column
            y1 = self._y((target.name if last else source.name, column))
            x1 = self.left[column]
            bend = (x1 - x0) / 2
            path.append(f"C{x0 + bend:.1f},{y0:.1f} {x1 - bend:.1f},{y1:.1f} {x1:.1f},{y1:.1f}")
            if not last:
                x1 += self.widths[column]
                path.append(f"H{x1:.1f}")
            x0, y0 = x1, y1
        sign = "positive" if edge.weight > 0 else "negative" if edge.weight < 0 else "zero"
        width = 1.0 + 4.5 * math.sqrt(edge.share)
        said = f"{edge.source} → {edge.target}: {edge.weight:g}"
        return (
            f'<path class="synapse {sign}" d="{" ".join(path)}" stroke-width="{width:.2f}" '
            f'data-source="{safe_xml(edge.source)}" data-target="{safe_xml(edge.target)}" '
            f'data-weight="{edge.weight!r}"><title>{safe_xml(said)}</title></path>'
        )

    def _unit(self, unit: Unit) -> Iterator[str]:
        x, y = self.left[unit.column], self._y((unit.name, unit.column)) - self.height / 2
        width = self.widths[unit.column]
        kind = "input" if unit.column == 0 else "output" if unit.output else "hidden"
        said = unit.name + (f": {unit.note}" if unit.note else "")
        yield f'<g class="unit {kind}" data-name="{safe_xml(unit.name)}">'
        yield f"<title>{safe_xml(said)}</title>"
        yield (f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{self.height:.0f}" '
               f'rx="8"{self._fill(unit)}/>')  # fmt: skip
        label = x + 10 + (GLYPH + 8 if unit.column else 0)
        text = safe_xml(shortened(unit.name))
        yield f'<text class="name" x="{label:.1f}" y="{y + 20:.1f}">{text}</text>'
        if unit.column:
            yield self._glyph(unit, x + 10, y + 8)
        value = self.look.values.get(unit.name)
        if value is not None:
            look = "value strong" if unit.column else "value"
            place = f'x="{label:.1f}" y="{y + 36:.1f}"'
            yield f'<text class="{look}" {place}>{value:,.6g}</text>'
        yield "</g>"

    def _fill(self, unit: Unit) -> str:
        """How strongly a neuron fires in the row, beside the others of its layer."""
        value = self.look.values.get(unit.name)
        if value is None or not math.isfinite(value):
            return ""
        if (
            unit.column == 0
        ):  # inputs differ in their units: how great beside each other says nothing
            return f' data-value="{value!r}"'
        peers = (abs(self.look.values.get(u.name, 0.0)) for u in self.graph.units
                 if u.column == unit.column)  # fmt: skip
        greatest = max(filter(math.isfinite, peers), default=0.0)
        share = abs(value) / greatest if greatest > 0 else 0.0
        side = "firing" if value >= 0 else "below"
        return f' data-value="{value!r}" class="{side}" style="fill-opacity:{0.5 * share:.3f}"'

    def _glyph(self, unit: Unit, x: float, y: float) -> str:
        used = resolved_activation(None) if unit.activation is None else unit.activation
        curve = activation_curve(used)
        points = " ".join(f"{x + px * GLYPH:.1f},{y + 13 - py * 12:.1f}" for px, py in curve)
        return (f'<polyline class="activation" points="{points}">'
                f"<title>{safe_xml(used.written.name)}</title></polyline>")  # fmt: skip
