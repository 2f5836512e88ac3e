"""A network's diagram as text for Graphviz."""

from __future__ import annotations

from nnspec.spec.model import NetworkSpec
from nnspec.views.diagram.graph import graph_of


def diagram_dot(spec: NetworkSpec) -> str:
    """The units and synapses of a spec without errors, in the DOT language.

    Examples
    --------
    >>> from nnspec.spec.model import Input, Layer, NetworkSpec, Neuron
    >>> spec = NetworkSpec("n", (Input("age"),), (Layer("out", (Neuron("old", {"age": 1}),)),))
    >>> '"age" -> "old" [label="1"' in diagram_dot(spec)
    True
    """
    graph = graph_of(spec)
    lines = [f"digraph {_quoted(graph.name)} {{", "  rankdir=LR;", "  node [shape=box];"]
    for column, (heading, _) in enumerate(graph.columns):
        names = [unit.name for unit in graph.units if unit.column == column]
        lines.append(f"  subgraph {_quoted(f'cluster {column}')} {{ label={_quoted(heading)};")
        lines += [f"    {_quoted(name)};" for name in names] + ["  }"]
    for edge in graph.edges:
        colour = "#2563b8" if edge.weight >= 0 else "#c8590c"
        facts = f'label={_quoted(f"{edge.weight:g}")}, color="{colour}", '
        facts += f"penwidth={1 + 3 * edge.share:.2f}"
        lines.append(f"  {_quoted(edge.source)} -> {_quoted(edge.target)} [{facts}];")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
