"""NS402: a layer without neurons, or a network without inputs or layers."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import quote
from nnspec.validation.rule import Subject, error


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each part of the network that must not be empty and is."""
    if not subject.names_complete:
        return
    spec = subject.spec
    if not spec.inputs:
        yield Finding("NS402", ("inputs",), "the network has no inputs", "declare at least one")
    if not spec.layers:
        yield Finding("NS402", ("layers",), "the network has no layers", "declare at least one")
    bulk = dict(spec.bulk_layers())
    for index, layer in enumerate(spec.layers):
        if layer.size < 1:
            part = "size" if index in bulk else "neurons"
            yield Finding(
                "NS402",
                ("layers", index, part),
                f"layer {quote(layer.name)} has no neurons",
                "give it at least one, or delete the layer",
            )
    if spec.outputs is not None and not spec.outputs:
        message = "the network has no outputs"
        yield Finding("NS402", ("outputs",), message, "list at least one, or delete the key")


RULE = error(
    "NS402",
    "empty-layer",
    what="A layer without neurons, or a network without inputs, layers or outputs.",
    why="It computes nothing, so something is missing.",
    example="layers:\n  - name: hidden\n    neurons: {}",
    mend="layers:\n  - name: hidden\n    neurons:\n      old: {synapses: {age: 1}}",
)(check)
