"""NS905 and NS906: neurons that are the same for every input that the ranges allow."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import listed, quote
from nnspec.functions.activations import DEFAULT_ACTIVATION
from nnspec.functions.aggregations import Bounds
from nnspec.spec.model import Input
from nnspec.spec.resolved import ResolvedNeuron
from nnspec.validation.bounds import activation_image
from nnspec.validation.rule import Subject, warning

NEGLIGIBLE = 1e-9
"""An activation whose value varies by less is the same for every input."""


def check_dead(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each neuron that is 0 over the whole of the declared ranges."""
    for neuron, value in _constant(subject):
        if value == 0:
            yield Finding(
                "NS905",
                neuron.path,
                f"{quote(neuron.name)} can never fire: {_because(subject, neuron)}",
                "mend its bias or weights, widen the range, or delete it",
                at="key",
            )


def check_saturated(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each neuron that is one number, not 0, over the declared ranges."""
    for neuron, value in _constant(subject):
        if value != 0:
            yield Finding(
                "NS906",
                neuron.path,
                f"{quote(neuron.name)} is always {value:.6g}: {_because(subject, neuron)}",
                "mend its bias or weights, or put the number into a bias and delete it",
                at="key",
            )


def _constant(subject: Subject) -> Iterator[tuple[ResolvedNeuron, float]]:
    """Neurons whose activation flattens a z that does vary."""
    for neuron in subject.resolved.named.values():
        low, high = subject.bounded.z[neuron.name]
        if low == high:
            continue  # its sources are what does not vary
        image = activation_image(neuron.activation, (low, high))
        if neuron.activation.function.name != DEFAULT_ACTIVATION and _is_flat(image, (low, high)):
            yield neuron, image[0] if image[0] == image[1] else sum(image) / 2


def _is_flat(image: Bounds, z: Bounds) -> bool:
    low, high = image
    if not (math.isfinite(low) and math.isfinite(high)):
        return False
    if low == high:
        return True
    # A small z makes a small image; only a large z flattened by its activation is saturation.
    return high - low <= NEGLIGIBLE * max(1.0, abs(low)) and z[1] - z[0] > 1e3 * (high - low)


def _because(subject: Subject, neuron: ResolvedNeuron) -> str:
    low, high = subject.bounded.z[neuron.name]
    if neuron.aggregation.is_sum:
        value = activation_image(neuron.activation, (low, high))[0]
        limits = _limits(subject.wiring.inputs, neuron, upper=value == 0)
        if limits:
            return limits
    return f"its z lies in [{low:.6g}, {high:.6g}] over the declared ranges"


def _limits(inputs: Mapping[str, Input], neuron: ResolvedNeuron, *, upper: bool) -> str:
    """What limits z: "age is at most 90"; empty if a source is no plain input."""
    said: list[str] = []
    for source, weight, _ in neuron.as_written:
        item = inputs.get(source)
        if item is None or item.transforms or item.type not in ("number", "integer"):
            return ""
        rising = weight > 0
        end = item.range[1 if rising == upper else 0]
        if end is None:
            return ""
        said.append(f"{source} is {'at most' if rising == upper else 'at least'} {end:g}")
    return listed(said, most=4)


DEAD = warning(
    "NS905",
    "dead-neuron",
    what="A neuron whose value is 0 for every input that the declared ranges allow.",
    why=(
        "It never contributes. By interval arithmetic its z stays where the activation is 0; the "
        "range, the bias or a sign is not what was meant."
    ),
    example="inputs:\n  age: {range: [0, 90]}\n# ...\n"
    "historic: {activation: relu, bias: -100, synapses: {age: 1}}",
    mend="inputs:\n  age: {range: [0, 250]}\n# ...\n"
    "historic: {activation: relu, bias: -100, synapses: {age: 1}}",
)(check_dead)

SATURATED = warning(
    "NS906",
    "saturated-neuron",
    what="A neuron whose value is one number, not 0, for every input that the ranges allow.",
    why=(
        "It is a bias in disguise. Most often an input comes in units that make z far too large "
        "for a sigmoid or a threshold."
    ),
    example="inputs:\n  area: {range: [100, 20000]}\n# ...\n"
    "large: {activation: sigmoid, synapses: {area: 10}}",
    mend="inputs:\n  area: {range: [100, 20000]}\n# ...\n"
    "large: {activation: sigmoid, bias: -10, synapses: {area: 0.005}}",
)(check_saturated)
