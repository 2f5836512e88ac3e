"""Each neuron as a formula in names, as a person would write it down."""

from __future__ import annotations

from collections.abc import Iterable

from nnspec.diagnostics.suggestions import printable
from nnspec.functions.activations import ACTIVATIONS, DEFAULT_ACTIVATION, find
from nnspec.functions.aggregations import AGGREGATIONS, DEFAULT_AGGREGATION
from nnspec.spec.model import (
    Activation,
    BulkLayer,
    FileWeights,
    Input,
    Layer,
    Neuron,
    SparseWeights,
    Weight,
)
from nnspec.views.numbers import exact_text


def neuron_formula(layer: Layer, neuron: Neuron) -> str:
    """What a neuron computes.

    Examples
    --------
    >>> historic = Neuron("historic", {"age": 1}, bias=-100, activation="relu")
    >>> neuron_formula(Layer("hidden"), historic)
    'relu(-100 + age)'
    >>> price = Neuron("price", {"area": 327.5, "distance": -17378}, bias="base")
    >>> neuron_formula(Layer("output"), price)
    'base + 327.5 area - 17378 distance'
    """
    bias = layer.bias if neuron.bias is None else neuron.bias
    aggregation = layer.aggregation if neuron.aggregation is None else neuron.aggregation
    activation = layer.activation if neuron.activation is None else neuron.activation
    inner = _reduced(aggregation or DEFAULT_AGGREGATION, neuron, bias)
    return _activated(activation, inner)


def layer_formula(layer: BulkLayer) -> str:
    """What the neurons of a bulk layer compute, in one line."""
    kind = "sparse weights" if isinstance(layer.weights, SparseWeights) else "weights"
    if isinstance(layer.weights, FileWeights):
        kind = f"weights of {printable(layer.weights.file)}"
    aggregation = layer.aggregation or DEFAULT_AGGREGATION
    inner = f"bias + {aggregation} of {kind} and {', '.join(layer.sources)}"
    return _activated(layer.activation, inner)


def _activated(activation: Activation | None, inner: str) -> str:
    if activation is None or find(activation.name) is ACTIVATIONS[DEFAULT_ACTIVATION]:
        return inner
    given = ", ".join(f"{k}: {_parameter(v)}" for k, v in activation.parameters.items())
    return f"{activation.name}{{{given}}}({inner})" if given else f"{activation.name}({inner})"


def _parameter(value: object) -> str:
    return _number(value) if isinstance(value, int | float) else str(value)


def _reduced(aggregation: str, neuron: Neuron, bias: Weight | None) -> str:
    record = AGGREGATIONS[aggregation]
    if record.is_sum:
        return _sum(bias, neuron.synapses)
    if record.reducer == "multiply":
        inner = " · ".join(_factor(source, weight) for source, weight in neuron.synapses)
    elif record.term.linear:
        terms = ", ".join(_term(source, weight) for source, weight in neuron.synapses)
        inner = f"{aggregation}({terms})"
    else:
        terms = ", ".join(f"{s} from {_number(w)}" for s, w in neuron.synapses)
        inner = f"{aggregation}({terms})"
    return inner if bias in (None, 0) else f"{_number(bias)} + {inner}"


def _sum(bias: Weight | None, synapses: Iterable[tuple[str, Weight]]) -> str:
    text = "" if bias in (None, 0) else _number(bias)
    for source, weight in synapses:
        negative = isinstance(weight, int | float) and weight < 0
        term = _term(source, -weight if negative and not isinstance(weight, str) else weight)
        if text:
            text += f" - {term}" if negative else f" + {term}"
        else:
            text = f"-{term}" if negative else term
    return text


def _term(source: str, weight: Weight) -> str:
    return source if weight == 1 else f"{_number(weight)} {source}"


def _factor(source: str, exponent: Weight) -> str:
    return source if exponent == 1 else f"{source}^{_number(exponent)}"


def _number(value: Weight | None) -> str:
    """A number as it would be written by hand; a parameter by its name."""
    return "0" if value is None else exact_text(value)


def input_text(item: Input) -> str:
    """An input's type and range, such as ``number in [100, 20000] ft2``."""
    if item.type == "category":
        return f"category of {len(item.categories)}"
    low, high = item.range
    unit = "" if item.unit is None else f" {item.unit}"
    if (low, high) == (None, None):
        return f"{item.type}{unit}"
    ends = f"[{'…' if low is None else _number(low)}, {'…' if high is None else _number(high)}]"
    return f"{item.type} in {ends}{unit}"
