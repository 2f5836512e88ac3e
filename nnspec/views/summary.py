"""A spec as a summary: what goes in, what each neuron computes, what comes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnspec.diagnostics.suggestions import counted, listed, printable
from nnspec.spec.model import Input, NetworkSpec
from nnspec.spec.resolved import ResolvedLayer, resolve
from nnspec.spec.topology import count_neurons, count_synapses
from nnspec.views.formula import input_text, layer_formula, neuron_formula


def network_facts(spec: NetworkSpec) -> dict[str, Any]:
    """The summary as data."""
    synapses, possible = count_synapses(spec), _possible_synapses(spec)
    return {
        "name": spec.name,
        "title": spec.title,
        "description": spec.description,
        "version": spec.version,
        "inputs": [_input_facts(item) for item in spec.inputs],
        "parameters": dict(spec.parameters),
        "layers": [_layer_facts(layer) for layer in resolve(spec).layers],
        "outputs": list(spec.output_names),
        "counts": {
            "inputs": len(spec.inputs),
            "layers": len(spec.layers),
            "neurons": count_neurons(spec),
            "synapses": synapses,
            "density": synapses / possible if possible else 0.0,
            "examples": len(spec.examples),
            "properties": len(spec.properties),
        },
    }


def _possible_synapses(spec: NetworkSpec) -> int:
    """How many synapses a network of these layers could have, each to the layer before it."""
    width = sum(len(item.units) for item in spec.inputs)
    total = 0
    for layer in spec.layers:
        total += width * layer.size
        width = layer.size
    return total


def _input_facts(item: Input) -> dict[str, Any]:
    facts = {
        "name": item.name,
        "type": item.type,
        "unit": item.unit,
        "range": list(item.range),
        "column": item.column_name,
        "missing": item.missing,
        "transforms": [[step.kind, *step.parameters] for step in item.transforms],
        "description": item.description,
    }
    return {**facts, "categories": list(item.categories)} if item.categories else facts


def _layer_facts(layer: ResolvedLayer) -> dict[str, Any]:
    head = {"name": layer.name, "group": layer.group, "description": layer.written.description}
    if layer.matrix is not None:
        formula = layer_formula(layer, layer.matrix)
        return {**head, "size": layer.matrix.size, "formula": formula}
    neurons = [
        {
            "name": neuron.name,
            "formula": neuron_formula(neuron),
            "unit": neuron.own.unit,
            "description": neuron.own.description,
        }
        for neuron in layer.neurons()
        if neuron.own is not None
    ]
    return {**head, "neurons": neurons}


def summary_lines(spec: NetworkSpec) -> Iterator[str]:
    """The summary as text."""
    facts = network_facts(spec)
    version = f" {printable(spec.version)}" if spec.version else ""
    yield f"{spec.name}{version}" + (f": {printable(spec.title)}" if spec.title else "")
    if spec.description:
        yield from (printable(line) for line in spec.description.strip().splitlines())
    yield ""
    yield "inputs"
    yield from _columns([_input_row(item) for item in spec.inputs])
    if spec.parameters:
        yield ""
        yield "parameters"
        yield from _columns([(name, f"{value:g}") for name, value in spec.parameters.items()])
    for layer in facts["layers"]:
        yield ""
        yield f"layer {layer['name']}" + (f" ({layer['group']})" if layer["group"] else "")
        yield from _columns(_layer_rows(layer))
    yield ""
    yield f"outputs: {listed(spec.output_names, most=12)}"
    counts = facts["counts"]
    yield (
        f"{counted(counts['inputs'], 'input')}, {counted(counts['neurons'], 'neuron')} in "
        f"{counted(counts['layers'], 'layer')}, {counted(counts['synapses'], 'synapse')} "
        f"(density {counts['density']:.0%}), {counted(counts['examples'], 'example')}, "
        f"{counts['properties']} {'property' if counts['properties'] == 1 else 'properties'}"
    )


def _input_row(item: Input) -> tuple[str, ...]:
    notes = [input_text(item)]
    if item.categories:
        notes.append(listed(item.category_texts, most=8))
    if item.column is not None:
        notes.append(f"column {item.column!r}")
    if item.missing is not None:
        notes.append(f"{item.missing} stands in when missing")
    if item.transforms:
        notes.append("then " + ", ".join(step.kind for step in item.transforms))
    return item.name, printable("; ".join(notes)), printable(item.description or "")


def _layer_rows(layer: Mapping[str, Any]) -> list[tuple[str, ...]]:
    name = layer["name"]
    if "size" in layer:
        return [(f"{name}.0 … {name}.{layer['size'] - 1}", f"= {layer['formula']}")]
    return [
        (
            neuron["name"],
            f"= {neuron['formula']}",
            printable("; ".join(filter(None, (neuron["unit"], neuron["description"])))),
        )
        for neuron in layer["neurons"]
    ]


def _columns(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Rows with their cells aligned, but for the last cell."""
    widths = [max(len(row[i]) for row in rows) for i in range(max(map(len, rows)) - 1)]
    for row in rows:
        padded = [cell.ljust(widths[i]) if i < len(row) - 1 else cell for i, cell in enumerate(row)]
        yield ("  " + "  ".join(padded)).rstrip()
