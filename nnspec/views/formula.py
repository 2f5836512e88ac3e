"""Each neuron as a formula in names, as a person would write it down."""

from __future__ import annotations

from collections.abc import Iterable

from nnspec.diagnostics.suggestions import printable
from nnspec.functions.activations import ALIASES, DEFAULT_ACTIVATION
from nnspec.spec.model import Activation, BulkLayer, Input, Weight
from nnspec.spec.resolved import ResolvedLayer, ResolvedNeuron
from nnspec.views.numbers import exact_text


def neuron_formula(neuron: ResolvedNeuron) -> str:
    """What a neuron computes.

    Examples
    --------
    >>> from nnspec.spec.model import Layer, NetworkSpec, Neuron
    >>> from nnspec.spec.resolved import resolve
    >>> historic = Neuron("historic", {"age": 1}, bias=-100, activation="relu")
    >>> price = Neuron("price", {"area": 327.5, "distance": -17378}, bias="base")
    >>> inputs = Input("age"), Input("area"), Input("distance")
    >>> layers = Layer("hidden", (historic,)), Layer("output", (price,))
    >>> spec = NetworkSpec("n", inputs, layers, parameters={"base": 5.0})
    >>> [neuron_formula(neuron) for neuron in resolve(spec).neurons()]
    ['relu(-100 + age)', 'base + 327.5 area - 17378 distance']
    """
    return _activated(neuron.activation.written, _reduced(neuron))


def layer_formula(layer: ResolvedLayer, matrix: BulkLayer) -> str:
    """What the neurons of a layer given by a matrix compute, in one line."""
    kind = "sparse weights" if matrix.weights.form == "sparse" else "weights"
    if matrix.weights.file is not None:
        kind = f"weights of {printable(matrix.weights.file)}"
    inner = f"bias + {layer.aggregation.name} of {kind} and {', '.join(matrix.sources)}"
    return _activated(layer.activation.written, inner)


def _activated(activation: Activation, inner: str) -> str:
    if ALIASES.get(activation.name, activation.name) == DEFAULT_ACTIVATION:
        return inner
    given = ", ".join(f"{k}: {_parameter(v)}" for k, v in activation.parameters.items())
    return f"{activation.name}{{{given}}}({inner})" if given else f"{activation.name}({inner})"


def _parameter(value: object) -> str:
    return _number(value) if isinstance(value, int | float) else str(value)


def _reduced(neuron: ResolvedNeuron) -> str:
    record, bias = neuron.aggregation, neuron.shown_bias
    synapses = [(synapse.source, synapse.shown) for synapse in neuron.as_written]
    if record.is_sum:
        return _sum(bias, synapses)
    if record.reducer == "multiply":
        inner = " · ".join(_factor(source, weight) for source, weight in synapses)
    elif record.term.linear:
        terms = ", ".join(_term(source, weight) for source, weight in synapses)
        inner = f"{record.name}({terms})"
    else:
        terms = ", ".join(f"{s} from {_number(w)}" for s, w in synapses)
        inner = f"{record.name}({terms})"
    return inner if bias == 0 else f"{_number(bias)} + {inner}"


def _sum(bias: Weight, synapses: Iterable[tuple[str, Weight]]) -> str:
    text = "" if bias == 0 else _number(bias)
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


def _number(value: Weight) -> str:
    """A number as it would be written by hand; a parameter by its name."""
    return exact_text(value)


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
