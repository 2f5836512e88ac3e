"""NS301: a synapse from a source that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import did_you_mean, listed, quote
from nnspec.spec.topology import Wiring
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._paths import neuron_path

MOST_EXPLAINED = 100
"""After so many unknown names the nearest is no longer looked for: nobody reads that far."""


def check(subject: Subject) -> Iterator[Finding]:
    """Yield one finding for each unknown source, at the first synapse that names it."""
    if not subject.names_complete:
        return
    wiring = subject.wiring
    places: dict[str, list[tuple[int, str]]] = {}
    for index, neuron in subject.spec.neurons():
        for source, _ in neuron.synapses:
            if source not in wiring.layer_of_unit and not _is_known(wiring, source):
                places.setdefault(source, []).append((index, neuron.name))
    for count, (source, uses) in enumerate(places.items()):
        index, name = uses[0]
        also = listed([quote(other) for _, other in uses[1:]], most=5)
        what, mend = f"source {quote(source)} is not an input or a neuron", ""
        if count < MOST_EXPLAINED:
            what, mend = explain_unknown(wiring, source, index)
        yield Finding(
            "NS301",
            neuron_path(index, name, "synapses", source),
            what + (f" (also in {also})" if also else ""),
            mend,
            at="key",
        )


def _is_known(wiring: Wiring, source: str) -> bool:
    return wiring.layer_of(source) is not None or is_whole_category(wiring, source)


def is_whole_category(wiring: Wiring, source: str) -> bool:
    """Whether a source names a category input as a whole, which is NS308's fault."""
    item = wiring.inputs.get(source)
    return item is not None and item.type == "category"


def explain_unknown(wiring: Wiring, source: str, layer: int) -> tuple[str, str]:
    """What is wrong with a source that does not exist, and what to do."""
    owner = source.rpartition(".")[0]
    if source in wiring.spec.parameters:
        return (
            f"source {quote(source)} is a parameter, not an input or neuron",
            "a parameter stands on the right: source: parameter",
        )
    if source in wiring.layers:
        names = wiring.spec.layers[wiring.layers[source]].neuron_names[:5]
        return (
            f"source {quote(source)} is a layer, not a neuron",
            f"name one of its neurons: {listed(names)}",
        )
    if owner in wiring.inputs:
        item = wiring.inputs[owner]
        if item.type == "category":
            return (
                f"{quote(source)}: the category {quote(owner)} has no such value",
                did_you_mean(source, item.units),
            )
    if owner in wiring.bulk:
        _, size = wiring.bulk[owner]
        return (
            f"{quote(source)}: layer {quote(owner)} has no such neuron",
            f"its neurons are {owner}.0 to {owner}.{size - 1}",
        )
    return (
        f"source {quote(source)} is not an input or a neuron",
        did_you_mean(source, wiring.units_before(layer)),
    )


RULE = error(
    "NS301",
    "dangling-synapse",
    what="A synapse whose source is neither an input nor a neuron.",
    why=(
        "A synapse that starts nowhere adds nothing, silently: the network would give another "
        "number than its author meant. Most often a name is misspelt or was changed in one place."
    ),
    example="historic:\n  bias: -100\n  synapses: {agee: 1}",
    mend="historic:\n  bias: -100\n  synapses: {age: 1}",
)(check)
