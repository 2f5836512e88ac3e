"""NS401: a synapse from the same or a later layer."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import quote
from nnspec.spec.model import NetworkSpec
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._paths import neuron_path

MOST_WAYS = 100
"""The way round is looked for this often; a large and tangled spec must not take minutes."""

LONGEST_WAY = 12
"""A longer way round is shown by its two ends."""


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each source that is not evaluated before its target."""
    spec, wiring = subject.spec, subject.wiring
    found = 0
    consumers: dict[str, list[str]] = {}
    for index, neuron in spec.neurons():
        for source, _ in neuron.synapses:
            layer = wiring.layer_of(source)
            if layer is not None and layer >= index:
                consumers = consumers or consumers_of(spec)
                found += 1
                way = way_round(consumers, neuron.name, source) if found <= MOST_WAYS else []
                yield Finding(
                    "NS401",
                    neuron_path(index, neuron.name, "synapses", source),
                    _message(neuron.name, source, layer == index, way),
                    _help(spec, neuron.name, index, layer, is_cycle=bool(way)),
                    at="key",
                )
    yield from _between_layers(subject)


def _between_layers(subject: Subject) -> Iterator[Finding]:
    wiring = subject.wiring
    for index, bulk in subject.spec.bulk_layers():
        for place, name in enumerate(bulk.sources):
            found = wiring.layers.get(name, -1)
            if found >= index and name not in wiring.inputs:
                message = f"layer {quote(bulk.name)} reads {quote(name)}, which comes later"
                if found == index:
                    message = f"layer {quote(bulk.name)} reads itself"
                mend = "a layer reads inputs and earlier layers"
                yield Finding("NS401", ("layers", index, "from", place), message, mend)


def _message(target: str, source: str, same_layer: bool, way: list[str]) -> str:
    place = "the same layer" if same_layer else "a later layer"
    message = f"{quote(target)} reads {quote(source)}, which stands in {place}"
    if not way:
        return message
    if len(way) > LONGEST_WAY:
        way = [*way[:5], f"… {len(way) - 10:,} more …", *way[-5:]]
    return f"{message}; the way round: {' -> '.join(way)}"


def _help(spec: NetworkSpec, target: str, index: int, layer: int, *, is_cycle: bool) -> str:
    if is_cycle:
        return "a network is evaluated once, layer by layer: break the cycle"
    if index == layer:
        return f"move {quote(target)} to a layer after {quote(spec.layers[layer].name)}"
    return f"list layer {quote(spec.layers[layer].name)} before {quote(spec.layers[index].name)}"


def consumers_of(spec: NetworkSpec) -> dict[str, list[str]]:
    """Each source with the neurons that read it."""
    consumers: dict[str, list[str]] = {}
    for _, neuron in spec.neurons():
        for source, _ in neuron.synapses:
            consumers.setdefault(source, []).append(neuron.name)
    return consumers


def way_round(consumers: dict[str, list[str]], start: str, end: str) -> list[str]:
    """The shortest chain of synapses start -> … -> end -> start; empty if there is none."""
    came_from: dict[str, str | None] = {start: None}
    queue = deque([start])
    while queue:
        name = queue.popleft()
        if name == end:
            return _unwound(came_from, end, start)
        for target in consumers.get(name, ()):
            if target not in came_from:
                came_from[target] = name
                queue.append(target)
    return []


def _unwound(came_from: dict[str, str | None], end: str, start: str) -> list[str]:
    chain: list[str] = []
    step: str | None = end
    while step is not None:
        chain.append(step)
        step = came_from[step]
    return [*reversed(chain), start]


RULE = error(
    "NS401",
    "backward-synapse",
    what="A source that stands in the same layer as its target, or in a later one.",
    why=(
        "Layers are evaluated once, in the order in which they are listed: when a neuron is "
        "computed, its sources must already have their values. A cycle has no first neuron."
    ),
    example="- name: hidden\n  neurons:\n    a: {synapses: {b: 1}}\n    b: {synapses: {age: 1}}",
    mend="- name: first\n  neurons:\n    b: {synapses: {age: 1}}\n"
    "- name: second\n  neurons:\n    a: {synapses: {b: 1}}",
)(check)
