"""NetworkSpec -> YAML: what :func:`nnspec.spec.reading.read_spec` reads, written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import yaml

from nnspec.spec.model import (
    Activation,
    AnyLayer,
    BulkLayer,
    Claim,
    DenseWeights,
    Example,
    FileWeights,
    Independent,
    Input,
    Interval,
    Layer,
    Linear,
    Lipschitz,
    Monotone,
    NetworkSpec,
    Neuron,
    Ordered,
    Property,
    SparseWeights,
    Then,
    Transform,
)
from nnspec.text.scalars import NUMBER, looks_numeric, resolve_plain

OPEN: Interval = (None, None)

WIDTH = 100


def dump(spec: NetworkSpec) -> str:
    """The spec as YAML text; ``load(dump(spec))`` gives the same spec back.

    Raises
    ------
    ValueError
        If the spec holds a number that is not finite, which the format cannot say.
    """
    return dump_data(to_data(spec))


def dump_data(data: dict[str, Any]) -> str:
    """Plain maps and lists as YAML text, written as :func:`dump` writes a spec."""
    text = yaml.dump(
        data,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=WIDTH,
        default_flow_style=False,
    )
    return str(text)


def to_data(spec: NetworkSpec) -> dict[str, Any]:
    """The spec as the plain maps and lists of its YAML, keys in the format's order."""
    return _without_none(
        {
            "nnspec": 1,
            "name": spec.name,
            "title": spec.title,
            "description": spec.description,
            "version": spec.version,
            "authors": list(spec.authors) or None,
            "license": spec.license,
            "source": spec.source,
            "inputs": {item.name: _input(item) for item in spec.inputs},
            "parameters": dict(spec.parameters) or None,
            "layers": [_layer(layer) for layer in spec.layers],
            "outputs": None if spec.outputs is None else list(spec.outputs),
            "examples": [_example(item) for item in spec.examples] or None,
            "properties": [_property(item) for item in spec.properties] or None,
            **spec.extensions,
        }
    )


def _without_none(node: Mapping[str, Any]) -> dict[str, Any]:
    # Extensions are kept whatever they hold.
    return {k: v for k, v in node.items() if v is not None or k.startswith("x-")}


def _interval(interval: Interval) -> list[Any] | None:
    return None if interval == OPEN else list(interval)


def _input(item: Input) -> dict[str, Any]:
    steps = [_transform(step) for step in item.transforms]
    return _without_none(
        {
            "title": item.title,
            "description": item.description,
            "type": None if item.type == "number" else item.type,
            "categories": list(item.categories) or None,
            "unit": item.unit,
            "range": _interval(item.range),
            "column": item.column,
            "missing": item.missing,
            "transform": steps[0] if len(steps) == 1 else steps or None,
            **item.extensions,
        }
    )


def _transform(step: Transform) -> Any:
    p = step.parameters
    if step.kind == "standardize":
        return {"standardize": {"mean": p[0], "deviation": p[1]}}
    if step.kind == "rescale":
        return {"rescale": {"from": [p[0], p[1]], "to": [p[2], p[3]]}}
    if step.kind == "clip":
        return {"clip": list(p)}
    return step.kind


def _activation(activation: Activation | None) -> Any:
    if activation is None or not activation.parameters:
        return None if activation is None else activation.name
    return {activation.name: {k: _lists(v) for k, v in activation.parameters.items()}}


def _lists(value: Any) -> Any:
    return [_lists(item) for item in value] if isinstance(value, list | tuple) else value


def _layer(layer: AnyLayer) -> dict[str, Any]:
    head = {"name": layer.name, "description": layer.description}
    defaults = {
        "activation": _activation(layer.activation),
        "aggregation": layer.aggregation,
        "group": layer.group,
    }
    return _without_none({**head, **defaults, **_body(layer), **layer.extensions})


def _body(layer: AnyLayer) -> dict[str, Any]:
    if isinstance(layer, Layer):
        neurons = {neuron.name: _neuron(neuron) for neuron in layer.neurons}
        return {"bias": layer.bias, "neurons": neurons}
    return {
        "size": layer.size,
        "from": list(layer.sources),
        "weights": _weights(layer),
        "bias": _file(layer.bias) if isinstance(layer.bias, FileWeights) else _lists(layer.bias),
    }


def _weights(layer: BulkLayer) -> Any:
    if isinstance(layer.weights, DenseWeights):
        return _lists(layer.weights.rows)
    if isinstance(layer.weights, SparseWeights):
        return {"sparse": _lists(layer.weights.entries)}
    return _file(layer.weights)


def _file(weights: FileWeights) -> dict[str, Any]:
    return _without_none({"file": weights.file, "tensor": weights.tensor})


def _neuron(neuron: Neuron) -> dict[str, Any]:
    return _without_none(
        {
            "title": neuron.title,
            "description": neuron.description,
            "unit": neuron.unit,
            "activation": _activation(neuron.activation),
            "aggregation": neuron.aggregation,
            "range": _interval(neuron.range),
            "bias": neuron.bias,
            "synapses": dict(neuron.synapses),
            **neuron.extensions,
        }
    )


def _example(example: Example) -> dict[str, Any]:
    return _without_none(
        {
            "name": example.name,
            "given": dict(example.given),
            "expect": {k: _lists(v) for k, v in example.expect.items()},
            "within": example.within,
            **example.extensions,
        }
    )


def _property(item: Property) -> dict[str, Any]:
    return _without_none(
        {
            "name": item.name,
            "description": item.description,
            "when": {k: _lists(v) for k, v in item.when.items()} or None,
            item.claim.key: _claim(item.claim),
            **item.extensions,
        }
    )


def _claim(claim: Claim) -> Any:
    match claim:
        case Then(bounds):
            return {k: _lists(v) for k, v in bounds.items()}
        case Monotone(directions):
            return {k: dict(v) for k, v in directions.items()}
        case Independent(of):
            return {k: list(v) for k, v in of.items()}
        case Lipschitz(limits):
            return {k: dict(v) for k, v in limits.items()}
        case Ordered(pairs):
            return _lists(pairs)
        case Linear(inequalities):
            return list(inequalities)


class _Dumper(yaml.SafeDumper):
    """Writes numbers and text so that :func:`nnspec.text.scalars.resolve_plain` reads them back."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_number(self, value: float) -> yaml.Node:
        if not math.isfinite(value):
            raise ValueError(f"{value} is not finite and cannot stand in a spec")
        # Without a point PyYAML would not see a number in 1e-07, and write a tag that says so.
        text = repr(value)
        text = text if "." in text else text.replace("e", ".0e")
        return self.represent_scalar("tag:yaml.org,2002:float", text)

    def represent_text(self, text: str) -> yaml.Node:
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))

    def represent_map(self, node: dict[str, Any]) -> yaml.Node:
        flow = bool(node) and all(not isinstance(v, dict | list) for v in node.values())
        short = flow and sum(len(str(k)) + len(str(v)) + 4 for k, v in node.items()) < WIDTH - 30
        return self.represent_mapping("tag:yaml.org,2002:map", node.items(), flow_style=short)

    def represent_items(self, items: list[Any]) -> yaml.Node:
        flat = all(not isinstance(item, dict) for item in items)
        return self.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=flat)


def _style(text: str) -> str | None:
    """Quotes for text that would be read as something else, or as a number elsewhere."""
    if not text.isprintable():
        return '"'
    is_number = NUMBER.fullmatch(text) is not None or looks_numeric(text)
    if is_number or text == "<<" or not _reads_as_text(text):
        return "'"
    return None


def _reads_as_text(text: str) -> bool:
    try:
        return isinstance(resolve_plain(text), str)
    except ValueError:
        return False


_Dumper.add_representer(float, _Dumper.represent_number)
_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.add_representer(dict, _Dumper.represent_map)
_Dumper.add_representer(list, _Dumper.represent_items)
